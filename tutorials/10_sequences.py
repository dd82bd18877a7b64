# %% [markdown]
# # 10. Chains, tags and memories
#
# Three ways to model a sequence, and what each of them can and cannot do:
#
# - a hidden Markov model says how probable a sequence is: `forward`, `posterior`, `viterbi`, `sample`, and how soon it
#   forgets;
# - a conditional random field says how probable *tags* are, given a sequence, and nothing of the sequence itself;
# - a memory machine learns where to keep what it has seen, and how to find it again.
#
# At the end we look at what two articles say of them.
#
# With the real data the page computes for about two minutes on two CPU cores; with `KERASGEN_FAST=1` it uses the few examples
# inside the package.

# %%
import os
import pathlib
import sys

import keras
import numpy as np

import kerasgen
from kerasgen.data import to_sequences
from kerasgen.data.sets.conll2000 import tagged_sentences
from kerasgen.modalities import get
from kerasgen.modalities.music import pictures
from kerasgen.models.sequence.gradient_hmm import GradientHMM
from kerasgen.models.sequence.hmm import HMM
from kerasgen.scores.music import keys_alone

fast = bool(os.environ.get("KERASGEN_FAST"))
out = pathlib.Path("tutorial-output/10")
out.mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)


def show(path):
    """Shows a picture in a notebook; a script prints where it is."""
    if "ipykernel" in sys.modules:
        from IPython.display import Image, display

        display(Image(filename=str(path)))
    print(path)


# %% [markdown]
# ## A hidden Markov model
#
# A chain of hidden states z, of which one knows only what each of them emits, x:
#
# $$p(x, z) = p(z_1) \prod_t p(z_t \mid z_{t-1}) \prod_t p(x_t \mid z_t), \qquad p(x) = \sum_z p(x, z)$$
#
# There are more paths z than could ever be added up one by one, but what comes after z_t does not depend on what was before
# it, so that the sum is made step by step, in time that grows with the length and no faster (Rabiner, 1989). By hand, for
# four tosses of a coin that somebody may exchange for another one: 2^4 paths, and `log_prob`.

# %%
coins = HMM(2, "categorical", size=2)
coins.arrays = {
    "start": np.array([0.5, 0.5]),
    "transitions": np.array([[0.9, 0.1], [0.2, 0.8]]),
    "emissions": np.array([[0.5, 0.5], [0.9, 0.1]]),  # a fair coin, and one that falls on 0 nine times in ten
}
tosses = np.array([0, 0, 1, 0])
total = 0.0
for path in np.ndindex(2, 2, 2, 2):
    p = coins.arrays["start"][path[0]]
    for t in range(4):
        p *= coins.arrays["emissions"][path[t], tosses[t]]
        p *= coins.arrays["transitions"][path[t], path[t + 1]] if t < 3 else 1.0
    total += p
print(f"sum over 16 paths {total:.6f}, by log_prob {np.exp(coins.log_prob([tosses])[0]):.6f}")
(until,), (smoothed,) = coins.forward([tosses]), coins.posterior([tosses])
filtered = np.exp(until - np.logaddexp.reduce(until, axis=1, keepdims=True))
print("p(second coin), knowing the tosses so far:", filtered[:, 1].round(2))
print("p(second coin), knowing all of them:      ", smoothed[:, 1].round(2))
print("most probable path:", coins.viterbi([tosses])[0])

# %% [markdown]
# `forward` adds up what was until now, `posterior` uses what came later, too, and `viterbi` gives the one path that is most
# probable as a whole.
#
# ### Chorales
#
# `hmm-jsb` has 200 states, which nobody told what they stand for, and emits the keys of a piano that sound in a quarter note.
# It was fitted by EM (Baum-Welch) to chorales of J. S. Bach. How probable are chorales that it has not seen? In nats a
# quarter note, beside a model in which no key knows of any other, and beside the same quarter notes in another order:

# %%
model = kerasgen.load("hmm-jsb")
splits = kerasgen.data.load("jsb_chorales", smoke=fast)
rolls = to_sequences(splits["test"]["roll"], splits["test"]["length"])
frames = sum(map(len, rolls))
mixed = [np.random.default_rng(0).permutation(roll) for roll in rolls]
alone = keys_alone(splits["train"])
print(f"{len(rolls)} chorales, {frames} quarter notes")
print(f"hmm-jsb            {-model.log_prob(rolls).sum() / frames:6.2f} nats a quarter note")
print(f"in another order   {-model.log_prob(mixed).sum() / frames:6.2f}")
print(f"each key by itself {-alone(rolls).sum() / frames:6.2f}")

# %% [markdown]
# What the states have become shows when one asks which keys sound in them: chords, in a certain position.

# %%
names = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
paths = model.viterbi(rolls)
visits = np.bincount(np.concatenate(paths), minlength=model.states)
stacked, states = np.concatenate(rolls), np.concatenate(paths)
for state in np.argsort(-visits, kind="stable")[:5]:
    shares = stacked[states == state].mean(axis=0)
    loudest = np.sort(np.argsort(-shares, kind="stable")[:4])
    keys = [f"{names[(key + 21) % 12]}{(key + 21) // 12 - 1} {shares[key]:.0%}" for key in loudest]
    print(f"state {state:3}, {visits[state]:3} quarter notes: {', '.join(keys)}")
posterior = model.posterior(rolls)
forward = [np.exp(a - np.logaddexp.reduce(a, axis=1, keepdims=True)) for a in model.forward(rolls)]
for words, found in (("so far", forward), ("all", posterior)):
    print(f"the most probable state, knowing {words:6}: p = {np.concatenate(found).max(axis=1).mean():.2f} on average")
agree = np.mean(np.concatenate(posterior).argmax(axis=1) == states)
print(f"on the most probable path it is the same in {agree:.0%} of the quarter notes")

# %% [markdown]
# Sampling is drawing a state, what it emits, the next state. The upper row of the picture is the beginning of four real
# chorales, the lower one is drawn; `kerasgen sample hmm-jsb -n 2 -o chorales.mid` makes it heard.

# %%
length = 12 if fast else 48
real = np.stack([roll[:length] for roll in rolls if len(roll) >= length][:4])
drawn = model.sample(4, length=length, seed=1)
kerasgen.plots.save_grid(pictures(np.concatenate([real, drawn])), out / "chorales.png", columns=4, scale=3)
show(out / "chorales.png")
get("music").write(drawn, out / "chorales.mid")
print(f"keys that sound at once: {real.sum(axis=2).mean():.2f} in real chorales, {drawn.sum(axis=2).mean():.2f} in drawn ones")

# %% [markdown]
# ### What it cannot do
#
# All that the model knows of the past is one of 200 states. How long does that last? Let two chains begin in two states, and
# look after k steps at the distance of the distributions over their states (half the sum of absolute differences: 1 for
# chains that have nothing in common, 0 for chains that cannot be told apart). On average over the states, from that of a
# chain that has run for ever:

# %%
transitions = model.arrays["transitions"]
rest = np.linalg.matrix_power(transitions, 10_000)[0]
for k in (1, 2, 4, 8, 16, 32, 64):
    distances = 0.5 * np.abs(np.linalg.matrix_power(transitions, k) - rest).sum(axis=1)
    print(f"after {k:2} quarter notes: {rest @ distances:.3f}")

# %% [markdown]
# The same, seen from outside: how well is a quarter note foretold by the last k before it, as if the piece had begun there?
# And what does it help to have heard the whole piece once, if it is played again?

# %%
longest = 8 if fast else 32
places = [(roll, t) for roll in rolls for t in range(longest, len(roll), 1 if fast else 5)]
for k in (k for k in (1, 2, 4, 8, 16, 32) if k <= longest):
    with_it = model.log_prob([roll[t - k : t + 1] for roll, t in places])
    without = model.log_prob([roll[t - k : t] for roll, t in places])
    print(f"knowing the last {k:2}: {np.mean(without - with_it):.2f} nats")
once, twice = model.log_prob(rolls), model.log_prob([np.concatenate([roll, roll]) for roll in rolls])
print(f"the first time {-once.sum() / frames:.2f} nats a quarter note, when it is repeated {(once - twice).sum() / frames:.2f}")

# %% [markdown]
# After four quarter notes nothing is gained by knowing more, and a piece that is repeated note for note costs no less than
# the first time: there is no place where it could be kept. For that there would have to be states for every piece.
#
# ### A network inside
#
# What a state emits may also be told by a network that sees the whole frame before. Nothing changes for the chain: paths are
# summed out in the same way, and `fit` follows the gradient of log p(x), which is made of the same expected counts as EM.
#
# Our data are six lamps in a ring. In each frame the pattern of the frame before has moved by one place; to the left or to
# the right depends on a direction that one does not see and that changes one time in twenty; and each lamp fails one time in
# twenty. A table, whose lamps depend on the state and on the same lamp before, would need a state for every pattern. A
# network without a chain (one state) does not know the direction. In nats a frame, on sequences that were not used to fit:

# %%
random = np.random.default_rng(0)
lamps, right_way = random.integers(0, 2, (500, 20, 6)), random.integers(0, 2, 500)
for t in range(1, 20):
    right_way = right_way ^ (random.random(500) < 0.05)
    moved = np.where(right_way[:, None], np.roll(lamps[:, t - 1], 1, axis=1), np.roll(lamps[:, t - 1], -1, axis=1))
    lamps[:, t] = moved ^ (random.random((500, 6)) < 0.05)
known, unseen = list(lamps[:400]), list(lamps[400:])
for count in (2, 8, 32):
    table = HMM(count, "autoregressive", smoothing=0.1, transition_smoothing=0.1, seed=0)
    table.fit(known, epochs=3 if fast else 30)
    print(f"table, {count:2} states:   {-table.log_prob(unseen).mean() / 20:.2f}")
for count in (1, 2):
    network = GradientHMM(count, "neural_bernoulli", size=6, hidden_dim=32, seed=0)
    network.compile(keras.optimizers.Adam(0.03))
    network.fit(known, epochs=1 if fast else 80, batch_size=20, verbose=0)
    print(f"network, {count} state(s): {-network.log_prob(unseen).mean() / 20:.2f}")

# %% [markdown]
# ### A network that remembers
#
# `lstm-jsb` keeps what it has heard in the cells of an LSTM, not in one of so many states, and writes the notes of a chord one
# after another, from the highest down, so that each knows of those above it. `log_prob` is as exact. The same two questions:

# %%
network = kerasgen.load("lstm-jsb")
for k in (k for k in (1, 2, 4, 8, 16, 32) if k <= longest):
    with_it = network.log_prob([roll[t - k : t + 1] for roll, t in places])
    without = network.log_prob([roll[t - k : t] for roll, t in places])
    print(f"knowing the last {k:2}: {np.mean(without - with_it):.2f} nats")
once, twice = network.log_prob(rolls), network.log_prob([np.concatenate([roll, roll]) for roll in rolls])
print(f"the first time {-once.sum() / frames:.2f} nats a quarter note, when it is repeated {(once - twice).sum() / frames:.2f}")

# %% [markdown]
# It still gains from what was long ago when the chain has long forgotten it. But a repetition costs it hardly less than the
# first time, either: a sense of where a phrase stands is not a copy of it.
#
# Since the highest note of a chord comes first, voices can be drawn below a melody. `harmonise` lets several pieces grow side
# by side, and those go on that find the next note of the melody probable:

# %%
melody = [67, 67, 69, 71, 72, 71, 69, 67, 66, 67]  # MIDI numbers, a quarter note each
roll = network.harmonise(melody, seed=2)
for pitch, frame in zip(melody, roll, strict=True):
    voices = [f"{names[(key + 21) % 12]}{(key + 21) // 12 - 1}" for key in np.flatnonzero(frame)]
    print(f"{names[pitch % 12]:2}", *voices)
get("music").write([roll], out / "harmonised.wav")

# %% [markdown]
# ## A conditional random field
#
# Here a sequence of words is given, and what is asked for are tags: which words belong together. The probability is one of
# whole sequences of tags, and of all of them given the words:
#
# $$p(y \mid x) = \frac{1}{Z(x)} \exp \sum_t \big( u_t(y_t, x) + A(y_{t-1}, y_t) \big)$$
#
# with scores u that may look at the whole sentence, since nothing has to say how sentences come about. Z(x) is added up as in
# a hidden Markov model. `crf-conll2000` finds phrases; `tag` gives the most probable tags as a whole, `marginals` each tag's
# probability.

# %%
crf = kerasgen.load("crf-conll2000")
sentence = "Time flies like an arrow ."
print([f"{kind}: {words}" for kind, words, _, _ in crf.tag([sentence], spans=True)[0]])
for word, row in zip(sentence.split(), crf.marginals([sentence.split()])[0], strict=True):
    best = np.argsort(-row)[:3]
    print(f"{word:6}", ", ".join(f"{crf.tags[i]} {row[i]:.3f}" for i in best))

# %% [markdown]
# It takes "time flies" for insects, as one noun phrase, and says how sure it is of that.
#
# Tags follow rules: I-NP goes on with a noun phrase and cannot come after B-VP. Who takes the tag of the highest score at
# each word, one by one, breaks them; the field knows what may follow what. On test sentences:

# %%
sentences, right = tagged_sentences(kerasgen.data.load("conll2000", smoke=fast)["test"])
sentences, right = sentences[:300], right[:300]
scores = crf.predict(crf.hashed(sentences), verbose=0)
one_by_one = [[crf.tags[i] for i in row[: len(words)].argmax(axis=1)] for row, words in zip(scores, sentences, strict=True)]
together = crf.tag(sentences)


def illegal(tags):
    """How often an I-X follows neither B-X nor I-X."""
    return sum(b[0] == "I" and a[2:] != b[2:] for row in tags for a, b in zip(["O", *row], row, strict=False))


words = sum(map(len, right))
for name, tags in (("one by one", one_by_one), ("together", together)):
    hits = sum(a == b for row, true in zip(tags, right, strict=True) for a, b in zip(row, true, strict=True))
    print(f"{name:10}: {hits / words:.1%} of {words} tags right, {illegal(tags)} illegal")

# %% [markdown]
# ### What it cannot do
#
# It gives no probability to sentences. Whatever the words, all sequences of tags together have probability 1: we add up all
# 23² pairs of tags for two words, and for the same in the wrong order. In shuffled sentences it is less sure of its tags, and
# that is all: it does not say that nobody writes like that, as `hmm-jsb` did of quarter notes in another order.

# %%
pairs = [[a, b] for a in crf.tags for b in crf.tags]
for two in (["The", "clock"], ["clock", "The"]):
    total = np.exp(crf.log_prob([two] * len(pairs), pairs)).sum()
    print(f"{' '.join(two):10} all {len(pairs)} pairs of tags: {total:.4f}; best: {' '.join(crf.tag([two])[0])}")
try:
    crf.sample(1)
except NotImplementedError as error:
    print(error)
shuffled = [[row[i] for i in np.random.default_rng(0).permutation(len(row))] for row in sentences]
for name, rows in (("as written", sentences), ("shuffled", shuffled)):
    sure = np.concatenate(crf.marginals(rows)).max(axis=1).mean()
    print(f"sentences {name}: the best tag of a word has probability {sure:.3f}")

# %% [markdown]
# ## A memory machine
#
# What both lack is a place for things. A neural Turing machine (Graves et al., 2014) has one beside its network: a memory of
# N slots with M numbers each. Its *controller*, here an LSTM, sees the input and what was read a step ago; its *heads* find a
# slot by what it holds or by a step from where they were, and write there or read. All of that has slopes, so that it is
# learned from questions and answers. `ntm-copy` was shown sequences of 1 to 20 rows of bits, each with the same rows as its
# answer.

# %%
machine = kerasgen.load("ntm-copy")
random = np.random.default_rng(0)
for rows in (5, 10, 20, 40, 80):
    asked = [random.integers(0, 2, (rows, 8)) for _ in range(20)]
    found = machine.run(asked)
    exact = np.mean([np.array_equal(a, b) for a, b in zip(asked, found, strict=True)])
    hits = np.mean([np.mean(a == b) for a, b in zip(asked, found, strict=True)])
    print(f"{rows:2} rows: {hits:.2%} of the bits right, {exact:.0%} of the sequences without an error")

# %% [markdown]
# The picture shows 20 rows; time goes to the right. From above: what goes in, what comes out, which slots it writes to, which
# it reads. Nobody told it to write rows one after another and to begin again at the first: a program, found by gradients.

# %%
asked = random.integers(0, 2, (20, 8))
((reading, writing),) = machine.attention([asked])
question = machine.encoded([asked])[0][0]
picture = kerasgen.plots.memory_image(question, machine.run([asked])[0], reading, writing)
kerasgen.plots.save_grid(picture[None], out / "memory.png", columns=1, scale=1)
show(out / "memory.png")

# %% [markdown]
# A hidden Markov model would need a state for each of the 2^160 sequences of 20 rows. What the machine cannot do is any other
# task than its own: it has no idea of how probable its rows are, and a memory of another use has to be learned anew.

# %% [markdown]
# ## What the articles say
#
# References such as (003, line 9) are to an article and its line; `tutorials/README.md` lists them.
#
# - "Traditional generative models include GMM, HMM, CRF" (003, line 9). Two of three: a conditional random field is p(tags |
#   words), and discriminative. There is nothing to draw from it, as its own error says above; what makes a hidden Markov
#   model generative is that it has p(x):

# %%
for name, each in (("HMM", model), ("CRF", crf)):
    print(f"{name}: {', '.join(each.capabilities)}")

# %% [markdown]
# - Traditional generative models "are trained on supervised data" (003, line 233). The hidden Markov model of the chorales
#   was fitted to notes alone, by EM; its states are its own invention, and it does not even take labels. It is the
#   conditional random field, which is not generative, that cannot do without them:

# %%
for name, fit in (("HMM", lambda: HMM(2).fit([np.zeros((3, 1))], [0])), ("CRF", lambda: crf.fit(crf.hashed(sentences[:1])))):
    try:
        fit()
    except ValueError as error:
        print(f"{name}: {str(error)[:100]}")

# %% [markdown]
# - "This memory can be seen as a one-dimensional store", which is read and written "by the control head (Controller)" (004,
#   line 101). It is a matrix, of slots with several numbers each; and a controller is not a head. The controller is a network
#   that says what the heads are to do; heads read and write:

# %%
print(f"memory: {machine.slots} slots of {machine.width} numbers")
print(f"controller: {machine.controller}, {machine.units} units; {machine.heads} head that reads, {machine.heads} that writes")
try:
    machine.sample(1)
except NotImplementedError as error:
    print(error)

# %% [markdown]
# - The same passage calls it a generative model that makes new data. As it was published it is a network with a memory that
#   maps a question to an answer; a generative model is what one makes of such a network by asking it for the next element.
