"""What hidden Markov models offer, however they were fitted: the verbs, computed exactly, in float64 and in logarithms."""

import numpy as np

from kerasgen import blocks, checks, noise
from kerasgen.model import GenerativeModel
from kerasgen.models.sequence.chains import Chain, ends, require_possible
from kerasgen.models.sequence.frames import side_by_side

STATES = 1  # stream of random numbers beside that of the frames
BLOCK = 2**22  # numbers held at once, about


class HiddenMarkov(GenerativeModel):
    """The verbs of a model with `states`, with `arrays` that hold "start", "transitions" and "emissions", with the `kind` of
    emissions.py that these are for, and with `checked`, which refuses what is no list of its sequences.
    """

    capabilities = ("sample", "log_prob", "forward", "backward", "posterior", "viterbi")
    cannot = {
        "elbo": "it computes the exact probability of a sequence, by log_prob",
        "iw_bound": "it computes the exact probability of a sequence, by log_prob",
        "encode": "its hidden states are no vectors; posterior and viterbi say which they are",
        "decode": "its hidden states are no vectors",
    }

    def log_prob(self, sequences):
        """Natural-log probability (of Gaussians: density) of each sequence: float64 (count,).

        Args:
            sequences: A list of arrays of any lengths, or an array of several equally long ones: of symbols, integers
                (frames,), of bits, 0 and 1, (frames, size), or of finite numbers (frames, size).

        Raises:
            ValueError: Sequences of another form, or nothing has been learned yet.
        """
        found = np.empty(len(sequences := self.checked(sequences)))
        for numbers, lengths, _, log_density in self.padded(sequences):
            found[numbers] = ends(self.chain.forward(log_density), lengths)
        return found

    def forward(self, sequences):
        """log p(x_1 .. x_t, z_t = j) of each step and state: a list of float64 (frames, states).

        Arguments and errors are those of `log_prob`.
        """
        return self.along(sequences, lambda log_density, lengths, numbers: self.chain.forward(log_density))

    def backward(self, sequences):
        """log p(x_(t+1) .. x_T | z_t = j) of each step and state: a list of float64 (frames, states).

        Arguments and errors are those of `log_prob`.
        """
        return self.along(sequences, lambda log_density, lengths, numbers: self.chain.backward(log_density, lengths))

    def posterior(self, sequences):
        """p(z_t = j | x) of each step and state: a list of float64 (frames, states), rows sum to one.

        Arguments and errors are those of `log_prob`; it is also an error if a sequence has probability 0.
        """

        def posterior(log_density, lengths, numbers):
            found, log_prob = self.chain.posterior(log_density, lengths)
            require_possible(log_prob, numbers)
            return found

        return self.along(sequences, posterior)

    def viterbi(self, sequences):
        """The most probable path of states of each sequence: a list of int64 (frames,).

        Viterbi, 1967. Of equally probable paths, one. Arguments and errors are those of `posterior`.
        """

        def viterbi(log_density, lengths, numbers):
            require_possible(ends(self.chain.forward(log_density), lengths), numbers)
            return self.chain.viterbi(log_density, lengths)

        return self.along(sequences, viterbi, self.states**2)

    def sample(self, count=16, length=64, seed=0, start=0, batch_size=256):
        """Draws sequences.

        Args:
            count: How many, 1 to 1,000,000.
            length: Frames of each, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Sequence i depends on (seed, i) alone; a shorter one is the beginning of a longer.
            start: Index of the first sequence, to draw a long series in parts.
            batch_size: Sequences computed at once.

        Returns:
            Symbols, int64 (count, length), bits, uint8 (count, length, size), or numbers, float32 (count, length, size).

        Raises:
            ValueError: An argument is out of range, or nothing has been learned yet.
        """
        self.require_fit()
        count, seed = checks.count(count), checks.seed(seed)
        length = checks.integer("length", length, 1, 1_000_000)
        start = checks.integer("start", start, 0, 2**62)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        chain, emissions = self.chain, np.asarray(self.arrays["emissions"], "float64")
        shape, is_normal, dtype = self.kind.numbers(emissions)

        def draw(first, last):
            paths = chain.drawn(noise.uniform((length,), seed, first, last, STATES).T)
            numbers = (noise.normal if is_normal else noise.uniform)((length, *shape), seed, first, last)
            found = np.zeros((last - first, length, *shape), dtype)
            for t, states in enumerate(paths):
                before = found[:, t - 1] if t else None
                found[:, t] = self.kind.drawn(emissions, states, numbers[:, t], before)
            return found

        return blocks.drawn(draw, count, start, batch_size)

    # Computations

    @property
    def chain(self):
        """The chain of the present arrays."""
        start, transitions = (np.asarray(self.arrays[name], "float64") for name in ("start", "transitions"))
        return Chain(start, transitions)

    def along(self, sequences, compute, width=1):
        """What `compute` gives for the steps of padded sequences, cut to their lengths: a list of arrays in their own order."""
        sequences = self.checked(sequences)
        found = [None] * len(sequences)
        for numbers, lengths, _, log_density in self.padded(sequences, width):
            steps = compute(log_density, lengths, numbers)
            for place, (number, length) in enumerate(zip(numbers, lengths, strict=True)):
                found[number] = steps[:length, place].copy()
        return found

    def padded(self, sequences, width=1):
        """Sequences side by side, as many at once as fit into memory with `width` numbers for each of them and each state.

        Yields:
            (which sequences, their lengths, features of their frames one after another, log p(x_t | j), 0 after the end of a
            sequence: (frames, sequences, states)).
        """
        emissions = np.asarray(self.arrays["emissions"], "float64")
        for numbers, lengths in side_by_side(sequences, BLOCK // self.states, width):
            features = self.kind.features(np.concatenate([sequences[i] for i in numbers]), np.cumsum(lengths) - lengths)
            parts = [self.kind.log_density(features[i:j], emissions) for i, j in self.spans(features, emissions)]
            found = np.zeros((len(numbers), lengths[0], self.states))
            found[np.arange(lengths[0]) < lengths[:, None]] = np.concatenate(parts)
            yield numbers, lengths, features, np.ascontiguousarray(found.transpose(1, 0, 2))

    def spans(self, features, emissions):
        """Runs of rows of which all numbers of all states fit into memory."""
        return blocks.spans(0, len(features), max(1, BLOCK // emissions[..., :1, :].size))
