"""LSTM over piano rolls that writes each chord note by note, from the highest down.

Boulanger-Lewandowski, Bengio & Vincent, 2012, arXiv:1206.6392, whose recurrent networks, too, give a distribution of whole
frames: keys that sound together depend on each other. Theirs (RNN-NADE) decides key by key; here a chord x_t is written as the
notes n_t1 > n_t2 > ... that sound and "no more" (0) after the lowest, so that each chord has one spelling:

    log p(x) = sum_t sum_k log p(n_tk | n_t1 .. n_t(k-1), x_1 .. x_(t-1))
    h_t = LSTM([x_(t-1), whether t = 1], h_(t-1))
    p(n_tk = i | ...) = softmax over i < n_t(k-1) of W relu(V relu(A h_t + B x_(t-1) + C n_t(k-1) + sum_(j<k) D n_tj))

Since the highest note comes first, a chord under a given melody is drawn exactly. Training moves each piece up or down by a
number of keys of its own. Rolls are of 0 and 1, (frames, size); keys count from the lowest, notes from 1.
"""

import functools

import keras
import numpy as np
from keras import ops

from kerasgen import blocks, checks, noise
from kerasgen.layers import WeightAverage
from kerasgen.model import GenerativeModel
from kerasgen.models.sequence.chord_drawing import Past, under
from kerasgen.models.sequence.chord_network import Memory, build_writer, notes_of, transposed
from kerasgen.models.sequence.frames import checked, side_by_side
from kerasgen.steps import compiled, portable_step

LOWEST = 21  # MIDI number of the lowest key
FRAMES = 2**14  # computed at once by `log_prob`
PIECE = 16  # frames to a multiple of which pieces are filled up there
RESAMPLING = 1  # stream of random numbers beside that of the notes


@keras.saving.register_keras_serializable("kerasgen")
class ChordLSTM(GenerativeModel):
    """Language model of chords.

    `fit` and `evaluate` take a list of piano rolls, as `log_prob` does, or what `batched` makes of one. `loss` is in nats a
    frame.

    Args:
        size: Keys of a frame; 88 for a piano.
        units: Cells of each LSTM layer.
        num_layers: LSTM layers.
        chord_dim: Width of the layers that write a chord.
        transpose: By how many keys training moves pieces at most, up and down; no note leaves the keyboard.
        dropout: Share of each layer's outputs that training leaves out.
        weight_drop: Share of the recurrent weights that training leaves out.
        average_decay: Decay of the average of the weights that the verbs use.
        seed: Seed of the random numbers of training.

    Example:
        >>> import numpy as np
        >>> scale = np.eye(8, dtype="uint8")[[0, 2, 4, 5, 7]]
        >>> model = ChordLSTM(8, units=4, chord_dim=4, transpose=0, seed=0)
        >>> model.compile("adam")
        >>> history = model.fit([scale, scale[::-1]], epochs=2, verbose=0)
        >>> model.sample(3, length=6).shape
        (3, 6, 8)
    """

    tracked = ("loss",)
    capabilities = ("sample", "log_prob", "generate", "harmonise")
    cannot = {
        "elbo": "it computes the exact probability of a piece, by log_prob",
        "iw_bound": "it computes the exact probability of a piece, by log_prob",
        "encode": "it has no latent variables",
        "decode": "it has no latent variables",
    }

    def __init__(
        self,
        size=88,
        units=256,
        num_layers=2,
        chord_dim=256,
        transpose=5,
        dropout=0.3,
        weight_drop=0.3,
        average_decay=0.999,
        seed=None,
        **kwargs,
    ):
        super().__init__(seed=seed, **kwargs)
        self.size = checks.integer("size", size, 1, 100_000)
        self.units = checks.integer("units", units, 1, 100_000)
        self.num_layers = checks.integer("num_layers", num_layers, 1, 64)
        self.chord_dim = checks.integer("chord_dim", chord_dim, 1, 100_000)
        self.transpose = checks.integer("transpose", transpose, 0, 1000)
        self.dropout = checks.number("dropout", dropout, 0, 0.95)
        self.weight_drop = checks.number("weight_drop", weight_drop, 0, 0.95)
        self.average_decay = checks.number("average_decay", average_decay, 0, 0.999999)
        self.memory = Memory(size, units, num_layers, dropout, weight_drop, self.seed)
        self.writer = build_writer(size, units, chord_dim, dropout, self.seed)
        self.memory_average = WeightAverage(self.memory, average_decay)
        self.writer_average = WeightAverage(self.writer, average_decay)
        self.remember = compiled(self.memory_average, self)
        self.next_note = compiled(lambda *known: ops.log_softmax(self.writer_average(list(known))), self)
        self.read_chords = compiled(self.call, self)
        self.built = True

    def call(self, notes, training=False):
        """Natural-log probability of each frame of notes, as `batched` gives them: float32 (batch, frames)."""
        parts = (self.memory, self.writer) if training else (self.memory_average, self.writer_average)
        return self.log_likelihood(notes, *(functools.partial(part, training=training) for part in parts))

    # Training

    @portable_step
    def train_step(self, batch):
        notes, lengths = batch
        notes = transposed(notes, self.size, self.transpose, self.seed_generator) if self.transpose else notes
        self.minimize(lambda: self.nats(notes, lengths, training=True))
        self.memory_average.update()
        self.writer_average.update()
        return self.logs()

    @portable_step
    def test_step(self, batch):
        self.nats(*batch, training=False)
        return self.logs()

    def nats(self, notes, lengths, training):
        """Nats a frame of a batch: -log p of all its pieces over the number of their frames."""
        log_prob = self(notes, training=training)
        inside = ops.cast(ops.arange(ops.shape(notes)[1]) < ops.cast(lengths, "int32")[:, None], "float32")
        count = ops.sum(inside)
        loss = -ops.sum(log_prob * inside) / count
        self.trackers["loss"].update_state(loss, sample_weight=count)  # so that the mean is that over all frames
        return loss

    def log_likelihood(self, notes, memory, writer):
        """log p of each frame: float32 (batch, frames), of notes (batch, frames, most + 1), the last of each chord 0."""
        size, notes = self.size, ops.cast(notes, "int32")
        each = ops.one_hot(notes, size + 1, dtype="float32")[..., 1:]  # (batch, frames, notes, size); silence is 0
        sounds = ops.sum(each, axis=2)
        before = ops.concatenate([ops.zeros_like(sounds[:, :1]), sounds[:, :-1]], axis=1)
        is_first = ops.zeros_like(before[..., :1]) + ops.cast(ops.arange(ops.shape(notes)[1]) == 0, "float32")[:, None]
        h, _ = memory(ops.concatenate([before, is_first], axis=-1), self.memory.start_states(ops.shape(notes)[0]))
        known = ops.cumsum(each, axis=2) - each  # the notes above
        last = ops.concatenate([ops.full_like(notes[:, :, :1], size + 1), notes[:, :, :-1]], axis=2)
        spread = [ops.repeat(ops.expand_dims(part, 2), notes.shape[2], axis=2) for part in (h, before)]
        rows = [ops.reshape(part, (-1, ops.shape(part)[-1])) for part in (*spread, known)]
        logits = writer([*rows, ops.reshape(last, (-1,))])
        log_prob = -keras.losses.sparse_categorical_crossentropy(ops.reshape(notes, (-1,)), logits, from_logits=True)
        return ops.sum(ops.reshape(log_prob, ops.shape(notes)), axis=2)

    def fit(self, x=None, y=None, *args, validation_data=None, **kwargs):
        """As `GenerativeModel.fit`. `x` and `validation_data` may be lists of piano rolls."""
        if isinstance(validation_data, list):
            validation_data = self.batched(validation_data, "validation_data")
        return super().fit(*self.read(x, y), *args, validation_data=validation_data, **kwargs)

    def evaluate(self, x=None, y=None, *args, **kwargs):
        """As `GenerativeModel.evaluate`. `x` may be a list of piano rolls."""
        return super().evaluate(*self.read(x, y), *args, **kwargs)

    def read(self, x, y=None):
        """(x, y) as `keras.Model.fit` takes them: a list of piano rolls becomes two arrays."""
        return self.batched(x, "x") if isinstance(x, list) and y is None else (x, y)

    def batched(self, rolls, name="rolls"):
        """A list of piano rolls as arrays that `fit` and `Batches` take.

        Returns:
            (notes of each frame from the highest down, filled up with 0, one 0 at least: int32 (count, longest, most + 1);
            frames of each piece: int32 (count,)).

        Raises:
            ValueError: It is no list of piano rolls of this model.
        """
        rolls = checked(rolls, name, "bernoulli", self.size)
        lengths = np.array([len(roll) for roll in rolls], "int32")
        notes = [notes_of(roll) for roll in rolls]
        found = np.zeros((len(rolls), lengths.max(), max(part.shape[1] for part in notes)), "int32")
        for row, part in zip(found, notes, strict=True):
            row[: part.shape[0], : part.shape[1]] = part
        return found, lengths

    def check_data(self, x, y=None):
        x, y = np.asarray(x), None if y is None else np.asarray(y)
        fits = x.ndim == 3 and x.size > 0 and x.dtype.kind in "iu" and 0 <= x.min() <= x.max() <= self.size
        if not fits or np.any(x[:, :, -1]) or np.any((x[:, :, 1:] >= x[:, :, :-1]) & (x[:, :, 1:] > 0)):
            raise ValueError(
                "x must be a list of piano rolls, or their notes as `batched` gives them, integers (pieces, frames, notes) "
                f"from {self.size} down and 0 after a chord; received {x.dtype} of shape {x.shape}, or other values."
            )
        if y is None or y.shape != x.shape[:1] or y.dtype.kind not in "iu" or y.min() < 1 or y.max() > x.shape[1]:
            received = "None" if y is None else f"{y.dtype} of shape {y.shape}, or other values"
            raise ValueError(
                f"y must be the frames of each piece, integers ({len(x)},) from 1 to {x.shape[1]}; received {received}."
            )

    def networks(self):
        """One note further: what has no loop. The LSTM is a loop over frames."""
        return {"next_note": self.writer}

    # Verbs

    def log_prob(self, rolls):
        """Natural-log probability of each piece: float64 (count,).

        Args:
            rolls: A list of arrays of 0 and 1, (frames, size), of any lengths, or an array of several equally long ones.

        Raises:
            ValueError: Something else.
        """
        rolls = checked(rolls, "rolls", "bernoulli", self.size)
        found = np.empty(len(rolls))
        for numbers, lengths in side_by_side(rolls, FRAMES, 1):
            notes, _ = self.batched([rolls[i] for i in numbers])
            more = -notes.shape[1] % PIECE
            log_prob = ops.convert_to_numpy(self.read_chords(np.pad(notes, ((0, 0), (0, more), (0, 0)))))
            inside = np.arange(log_prob.shape[1]) < np.asarray(lengths)[:, None]
            found[numbers] = np.sum(log_prob * inside, axis=1, dtype="float64")
        return found

    def sample(self, count=16, length=64, seed=0, start=0, temperature=1.0, batch_size=256):
        """Draws pieces.

        Args:
            count: How many, 1 to 1,000,000.
            length: Frames of each, 1 to 100,000.
            seed: Integer in 0 .. 2**63 - 1. Piece i depends on (seed, i) alone; a shorter one is the beginning of a longer.
            start: Index of the first piece, to draw a long series in parts.
            temperature: Logits are divided by it, 0.01 to 100: below 1, chords are more typical.
            batch_size: Pieces computed at once.

        Returns:
            uint8 array (count, length, size) of 0 and 1.

        Raises:
            ValueError: An argument is out of range.
        """
        count, start = checks.count(count), checks.integer("start", start, 0, 2**62)
        length, seed, temperature = check_drawing(length, seed, temperature)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)

        def draw(first, last):
            return self.continued(
                Past(self, last - first), length, temperature, noise.uniform((length, self.size), seed, first, last)
            )

        return blocks.drawn(draw, count, start, batch_size)

    def generate(self, first_bars, length=32, seed=0, temperature=1.0):
        """Goes on where pieces end.

        Args:
            first_bars: A list of piano rolls (frames, size), or one roll.
            length: Frames to add to each, 1 to 100,000.
            seed: Integer in 0 .. 2**63 - 1; how piece i goes on depends on (seed, i) and on its beginning.
            temperature: As for `sample`.

        Returns:
            A list of the whole pieces, uint8 (frames + length, size); one array where one was given.

        Raises:
            ValueError: An argument is out of range or no piano roll.
        """
        is_one = isinstance(first_bars, np.ndarray) and first_bars.ndim == 2
        rolls = checked([first_bars] if is_one else first_bars, "first_bars", "bernoulli", self.size)
        length, seed, temperature = check_drawing(length, seed, temperature)
        found = []
        for i, roll in enumerate(rolls):
            past = Past(self, 1)
            for frame in roll.astype("float32"):
                past.add(frame[None])
            added = self.continued(past, length, temperature, noise.uniform((length, self.size), seed, i, i + 1))
            found.append(np.concatenate([roll.astype("uint8"), added[0]]))
        return found[0] if is_one else found

    def continued(self, past, length, temperature, uniform):
        """The next `length` frames, uint8 (pieces, length, size), drawn with uniform numbers (pieces, length, size)."""
        found = np.zeros((len(uniform), length, self.size), "uint8")
        for t in range(length):
            chord, _ = past.chord(uniform[:, t], temperature)
            past.add(chord)
            found[:, t] = chord
        return found

    def harmonise(self, melody, seed=0, candidates=16, temperature=1.0):
        """Voices under a melody, which stays the highest note of each frame.

        Chords under the melody are drawn from left to right, which alone would not know what the melody does next. So several
        candidates grow side by side; each is as likely to go on as it found the melody's next note probable (a particle filter,
        Gordon, Salmond & Smith, 1993). With many candidates the result comes near a draw from p(piece | melody).

        Args:
            melody: MIDI numbers, a quarter note each, integers from 21 to 20 + size; 0 for silence. At least one.
            seed: Integer in 0 .. 2**63 - 1.
            candidates: How many pieces grow side by side, 1 to 10,000.
            temperature: As for `sample`.

        Returns:
            uint8 array (frames, size) of 0 and 1.

        Raises:
            ValueError: An argument is out of range.
        """
        tops = np.asarray(melody)
        highest = LOWEST + self.size - 1
        fits = tops.ndim == 1 and len(tops) and tops.dtype.kind in "iu"
        if not fits or not np.all((tops == 0) | ((tops >= LOWEST) & (tops <= highest))):
            raise ValueError(
                f"melody must be MIDI numbers, integers from {LOWEST} to {highest} or 0 for silence, (frames,), at least one; "
                f"received {melody!r:.200}."
            )
        count = checks.integer("candidates", candidates, 1, 10_000)
        length, seed, temperature = check_drawing(len(tops), seed, temperature)
        uniform = noise.uniform((length, self.size), seed, 0, count)
        choices = noise.uniform((length + 1,), seed, 0, 1, RESAMPLING)[0]
        return under(self, np.where(tops > 0, tops - LOWEST + 1, 0), temperature, uniform, choices)


def check_drawing(length, seed, temperature):
    length = checks.integer("length", length, 1, 100_000)
    return length, checks.seed(seed), checks.number("temperature", temperature, 0.01, 100)
