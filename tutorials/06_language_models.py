# %% [markdown]
# # 6. Language models: from the Markov assumption to attention
#
# A language model says how probable a text is. Everything else follows: what comes next, what to write, which of two texts is
# the better one. This page goes from counting to attention:
#
# - the chain rule, and what a Markov chain leaves out of it;
# - n-grams: why a count of zero must not be a probability of zero;
# - an LSTM and a GPT that are trained here, beside the ones of the zoo and beside counting;
# - decoding: greedy, temperature, top-p, beam search;
# - attention: where a model looks, and the mask that keeps it from looking ahead;
# - a "bidirectional" model that is shown the answer.
#
# At the end we run what an article prints as a language model, and repair its mistakes one by one.
#
# The page takes some minutes on two CPU cores; with `KERASGEN_FAST=1` it uses the few thousand characters inside the
# package and trains for a few steps, so that everything runs and little is learned.

# %%
import collections
import itertools
import os
import pathlib
import re
import sys

import keras
import numpy as np
from keras import layers, ops
from matplotlib.figure import Figure

import kerasgen
from kerasgen.models.language.attention_lstm import AttentionLSTM
from kerasgen.models.language.gpt import GPT
from kerasgen.models.language.lstm import LSTMLanguageModel
from kerasgen.models.language.markov_chain import MarkovChain
from kerasgen.models.language.ngram import NGram
from kerasgen.tokenizers import CharacterTokenizer

fast = bool(os.environ.get("KERASGEN_FAST"))
out = pathlib.Path("tutorial-output/06")
out.mkdir(parents=True, exist_ok=True)
keras.utils.set_random_seed(0)


def show(path):
    """Shows a picture in a notebook; a script prints where it is."""
    if "ipykernel" in sys.modules:
        from IPython.display import Image, display

        display(Image(filename=str(path)))
    print(path)


def attempt(what, lines):
    """Runs some lines and prints what comes of them, an error included."""
    try:
        print(f"{what}: {lines()}")
    except Exception as error:
        words = re.sub(r"\x1b\[\d+m|\s+", " ", str(error))  # in one line, without terminal colours
        print(f"{what}: {type(error).__name__}: {words[:160]}")


splits = kerasgen.data.load("tiny_shakespeare", smoke=fast)
read, unread = (kerasgen.data.to_text(splits[part]["text"]) for part in ("train", "test"))
unread = unread[:20_000]
markov = kerasgen.load("markov-shakespeare")
tokenizer = markov.tokenizer
ids, unread_ids = tokenizer.encode(read), tokenizer.encode(unread)

# %% [markdown]
# ## The chain rule and the Markov assumption
#
# The probability of a text is a product, one factor a character. That is no assumption; it holds for every distribution:
#
# $$p(x_1 \dots x_n) = p(x_1)\, p(x_2 | x_1) \cdots p(x_n | x_1 \dots x_{n-1})$$
#
# The Markov assumption is about the factors: given the last k characters, the next one does not depend on those before. Then
# the model is a table, and learning is counting. `markov-shakespeare` has k = 6. We report *nats a character*, the mean of
# -log p; 65 characters at random cost log 65 = 4.17, and the least that is possible is the entropy of the text, not 0.

# %%
line = "To be, or not to be"
factors = markov.token_log_probs(tokenizer.encode(line)[None])[0]
print("log p of each character:", np.round(factors, 1))
print(f"their sum {factors.sum():.4f}, log_prob of the line {markov.log_prob([line])[0]:.4f}")
print("order   states                 read    unread (nats a character)")
for order in (0, 1, 2, 3, 4, 6, 8):
    chain = MarkovChain(tokenizer.size, order, smoothing=30.0, beginning=(0, 0))
    chain.fit(ids[None])
    nats = [-chain.token_log_probs(part[None]).mean() for part in (ids[:20_000], unread_ids)]
    print(f"{order:5}   {tokenizer.size**order:<20,}   {nats[0]:.3f}   {nats[1]:.3f}")

# %% [markdown]
# A longer memory describes the text that was counted better and better. On other text it soon stops to help: on the whole
# validation text order 5 has 1.620 nats, order 6 has 1.611, order 7 as many, and order 8 has 1.614
# (`kerasgen info markov-shakespeare`). Hence the order is chosen on text that was not counted.
#
# A chain of order 1 is a matrix. Here is that of the 26 letters and the space. Its *stationary* distribution is the one
# that a step of the chain leaves as it is; the chain comes to it from anywhere, and for a chain that was counted it is
# nearly how often each letter occurs.

# %%
letters = CharacterTokenizer(" abcdefghijklmnopqrstuvwxyz")
spelled = re.sub("[^a-z]+", " ", read.lower())
chain = MarkovChain(letters.size, order=1, smoothing=1.0, beginning=(0,))
chain.fit(letters.encode(spelled)[None])
matrix, stationary = chain.transition_matrix(), chain.stationary()
kerasgen.plots.save_matrix(matrix, ["_", *letters.characters[1:]], out / "matrix.png", stationary)
show(out / "matrix.png")
far = np.linalg.matrix_power(matrix, 50)
often = np.bincount(letters.encode(spelled), minlength=letters.size) / len(spelled)
print(f"a step changes the stationary distribution by {np.abs(stationary @ matrix - stationary).max():.0e}")
print(f"after 50 steps from any letter it is there, but for {np.abs(far - stationary).max():.0e}")
print(f"it differs from how often letters occur by at most {np.abs(stationary - often).max():.4f}")
attempt("the matrix of order 6", lambda: markov.transition_matrix())

# %% [markdown]
# ## n-grams, and what has never been seen
#
# An n-gram model of order n is a chain of order n-1. Counts alone give probability 0 to whatever they have not seen, and
# one such factor makes the whole text impossible. How often does that happen?

# %%
unseen = None
for n in range(2, 9):
    known = {read[i : i + n] for i in range(len(read) - n + 1)}
    missing = [i for i in range(len(unread) - n + 1) if unread[i : i + n] not in known]
    print(f"{n} characters: {len(missing) / (len(unread) - n + 1):6.2%} of those in unread text were never seen", end="")
    print(f", the first is {unread[missing[0] : missing[0] + n]!r}" if missing else "")
    if n == 5:
        unseen = unread[missing[0] : missing[0] + n]

# %% [markdown]
# About one in seven of the strings of five characters has never been seen, and more than half of those of eight. Smoothing
# takes something from what was seen, and gives it to what was not. To whom? The shorter context decides, and so on down to the
# single characters. Kneser & Ney's point is *what to count* there. A shorter context is only asked when the longer one does
# not know, so that it should say in how many places a word may stand, not how often it does. In the plays some names are
# frequent and come after one word only: VINCENTIO occurs 160 times, always after the same word.

# %%
words = re.findall(r"[A-Za-z']+|[^\sA-Za-z]", read)
times, before = collections.Counter(words), collections.defaultdict(set)
for left, word in itertools.pairwise(words):
    before[word].add(left)
common = [word for word, count in times.items() if count >= (5 if fast else 60)]
for word in sorted(common, key=lambda word: (len(before[word]) / times[word], word))[:3]:
    print(f"{word!r} occurs {times[word]} times, after {len(before[word])} different words")

counted = {order: NGram(tokenizer.size, order, beginning=(0,) * max(1, order - 1)) for order in (2, 3, 5, 7)}
for model in counted.values():
    model.fit(ids[None])
context, last = tokenizer.encode(unseen[:-1]), tokenizer.encode(unseen[-1])[0]
follows = collections.Counter(read[i + 4] for i in range(len(read) - 4) if read[i : i + 4] == unseen[:-1])
print(f"{unseen[:-1]!r} was seen {follows.total()} times; {unseen[-1]!r} after it, by")
print(f"  counts alone   {follows[unseen[-1]] / max(1, follows.total()):.6f}")
print(f"  add one        {1 / (follows.total() + tokenizer.size):.6f}")
print(f"  Kneser-Ney     {np.exp(counted[5].next_log_probs([context])[0, last]):.6f}")
for order, model in counted.items():
    print(f"Kneser-Ney, order {order}: {-model.token_log_probs(unread_ids[None]).mean():.3f} nats of unread text")

# %% [markdown]
# `ngram-shakespeare` goes on to eight characters, keeps 700,000 n-grams and chose its discounts on held-out text. That is the
# bar which a network has to clear: no gradient was needed for it.
#
# ## Networks
#
# A table knows nothing about two contexts that differ in a letter. A network reads them into vectors, in which
# what is alike lies close. An LSTM carries one state through the text; a Transformer looks at all tokens of its window. Both
# learn from the same loss, the mean of -log p. We train a small one of each for some hundred steps, which is not much: the
# models of the zoo, below in the table, are larger and have read the text more than ten times.

# %%
small = {
    "LSTM, trained here": LSTMLanguageModel(
        tokenizer.size, 32, units=128, num_layers=1, dropout=0.0, weight_drop=0.0, average_decay=0.98, seed=0
    ),
    "GPT, trained here": GPT(tokenizer.size, width=64, num_layers=2, num_heads=2, window=64, average_decay=0.98, seed=0),
}
for model in small.values():
    model.tokenizer = tokenizer
    model.compile(keras.optimizers.Adam(4e-3, global_clipnorm=1.0))
    model.fit(kerasgen.data.TextBatches(ids, 64, 32, steps_per_epoch=10 if fast else 300), verbose=0)
released = ("markov-shakespeare", "ngram-shakespeare", "gru-shakespeare", "lstm-shakespeare", "gpt-shakespeare")
zoo = {name: kerasgen.load(name) for name in released}
print(f"{'each character alike':20}  {np.log(tokenizer.size):.3f} nats a character of unread text")
for name, model in {**small, **zoo}.items():
    print(f"{name:20}  {-model.log_prob([unread])[0] / len(unread):.3f}")

# %% [markdown]
# (`kerasgen info gpt-shakespeare` has the numbers on the whole text, with intervals; these are on its first 20,000 characters.)
#
# ## Decoding
#
# The model gives probabilities; what to write is another decision. *Greedy* takes the likeliest character each time.
# *Temperature* T draws from p to the power 1/T: below 1 it prefers what is likely. *top-p* draws from the likeliest
# characters that have p together, and never from the tail. *Beam search* keeps several texts open and looks for one that is
# likely as a whole. For each, what it costs in nats a character by the model's own measure:

# %%
gpt, prompt, length = zoo["gpt-shakespeare"], "ROMEO:\n", 40 if fast else 150
given = gpt.log_prob([prompt])[0]
ways = {
    "greedy": {"temperature": 0},
    "temperature 0.7": {"temperature": 0.7, "seed": 1},
    "temperature 1": {"seed": 1},
    "temperature 1.5": {"temperature": 1.5, "seed": 1},
    "top-p 0.9": {"top_p": 0.9, "seed": 1},
    "beams 8": {"beams": 8},
}
costs = {}
for name, how in ways.items():
    text = gpt.generate(prompt, length=length, **how)
    costs[name] = (given - gpt.log_prob([text])[0]) / length
    print(f"--- {name}: {costs[name]:.2f} nats a character\n{text[len(prompt) :]}")
print("beam search finds what is at least as likely as greedy choice:", costs["beams 8"] <= costs["greedy"] + 1e-4)
for text, log_prob in gpt.generate("To be, or not to b", length=12, beams=8, n_best=3):
    print(f"log p {log_prob:6.2f}: {text!r}")

# %% [markdown]
# Real text costs what the table above says. Greedy choice and beam search write texts that are far more likely than any real
# one, and dull: the likeliest text is not a typical one. Drawing at temperature 1 writes what the model believes in; what it
# writes is worse than real text because the model is. A temperature below 1, or top-p, has fewer slips and less variety.
#
# ## Attention
#
# An LSTM has to carry whatever it will need through every step. With attention it looks it up: each state asks all earlier
# ones how well they fit (a softmax over scores), and gets their mean with these weights. A task that shows it: six letters at
# random, a bar, and the same six letters again. Nothing can be known of the first six, log 8 = 2.08 nats each; the last six
# can be copied. `attention(text)` gives the weights: row by row the letter that is predicted, column by column the state
# that has read the letter below it.


# %%
def copies(count, seed):
    """Rows of six letters, a bar, and the same letters: int32 (count, 13)."""
    chosen = np.random.default_rng(seed).integers(0, 8, (count, 6))
    return np.concatenate([chosen, np.full((count, 1), 8), chosen], axis=1).astype("int32")


copier = AttentionLSTM(9, 16, units=48, window=13, attention_dim=16, dropout=0.0, weight_drop=0.0, average_decay=0.98, seed=0)
copier.tokenizer = CharacterTokenizer("abcdefgh|")
copier.compile(keras.optimizers.Adam(1e-2, global_clipnorm=1.0))
copier.fit(copies(320 if fast else 25_600, seed=1), batch_size=64, verbose=0)
nats = -copier.token_log_probs(copies(200, seed=2)).mean(axis=0)
print(f"nats of a letter: the first six {nats[:6].mean():.2f}, the bar {nats[6]:.2f}, the copies {nats[7:].mean():.2f}")
text = copier.tokenizer.decode(copies(1, seed=3)[0])
weights = copier.attention(text)
figure = Figure(figsize=(5, 5), layout="constrained")
axes = figure.add_subplot()
axes.imshow(weights, cmap="Blues", vmin=0, vmax=1)
axes.set(xticks=range(13), yticks=range(13), xticklabels=["-", *text[:-1]], yticklabels=list(text))
figure.savefig(out / "attention.png", dpi=90)
show(out / "attention.png")

# %% [markdown]
# A Transformer has no state that is carried: it is attention from every token to every token. For training all
# predictions at once, each must see what came before it and nothing else. That is the *causal mask*: scores of later tokens
# are set to minus infinity before the softmax. The test: change a token, and see whose output changes.


# %%
def self_attention(x, causal):
    """One head, without weights: vectors (length, width) -> (length, width)."""
    scores = x @ x.T / np.sqrt(x.shape[1])
    if causal:
        scores = np.where(np.tri(len(x), dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True) @ x


x = np.random.default_rng(0).standard_normal((6, 8))
other = x.copy()
other[4] += 1
for causal in (False, True):
    moved = np.abs(self_attention(x, causal) - self_attention(other, causal)).max(axis=1) > 1e-9
    print(f"token 4 changes; {'with' if causal else 'without'} the mask these outputs do:", np.flatnonzero(moved))
one, two = unread_ids[:40], unread_ids[:40].copy()
two[20] = (two[20] + 1) % tokenizer.size
moved = np.abs(gpt.token_log_probs(one[None]) - gpt.token_log_probs(two[None]))[0] > 1e-5
print(f"gpt-shakespeare, character 20 changed: {moved[:20].sum()} of 20 before it move, {moved[20:].sum()} of 20 from it on")

# %% [markdown]
# ## What the article prints
#
# References such as (000, line 17) are to an article and its line; `tutorials/README.md` lists them. Some of its sentences
# are answered above: an n-gram model is no model of independent words (line 15), but of words that depend on the n-1 before;
# the Markov assumption is no choice between "no transfer and full transfer" (line 37), but independence of the future from
# the past, given the last k; and the loss does not approach 0 (line 41), but the entropy of the text.
#
# ### The leak (000, line 17)
#
# "A neural language model is based on a bidirectional recurrent network [...] to predict the next word." Done like that, the
# half that reads from the right has read the word that is to be predicted. Tokens drawn from 20 at random show it: nobody can
# predict them, and no honest loss is below log 20 = 2.996. `last` is the loss at the last token, which has no next
# one to read: there it would have to write. Done right, two models read one direction each, and meet only where
# neither has read the answer (Peters et al., 2018).


# %%
def reader(kind):
    """Predicts token t+1 at token t, in one of three ways."""
    tokens = keras.Input((31,), dtype="int32")
    x = layers.Embedding(20, 32)(tokens)
    if kind == "bidirectional, naive":
        x = layers.Bidirectional(layers.GRU(48, return_sequences=True))(x)
    else:
        ahead, back = layers.GRU(48, return_sequences=True)(x), layers.GRU(48, return_sequences=True, go_backwards=True)(x)
        back = ops.pad(ops.flip(back, axis=1)[:, 2:], [[0, 0], [0, 2], [0, 0]])  # at t, has read t+2 and what follows
        x = ahead if kind == "one direction" else ops.concatenate([ahead, back], axis=-1)
    model = keras.Model(tokens, layers.Dense(20)(x))
    model.compile(keras.optimizers.Adam(5e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


noise = np.random.default_rng(0).integers(0, 20, (640 if fast else 25_600, 32))
fresh = np.random.default_rng(1).integers(0, 20, (200, 32))
for kind in ("one direction", "bidirectional, naive", "two directions apart"):
    model = reader(kind)
    model.fit(noise[:, :-1], noise[:, 1:], batch_size=64, verbose=0)
    log_probs = ops.log_softmax(model.predict(fresh[:, :-1], verbose=0))
    nats = -np.take_along_axis(ops.convert_to_numpy(log_probs), fresh[:, 1:, None], axis=2)[..., 0].mean(axis=0)
    print(f"{kind:20}  {nats.mean():.3f} nats a token, last {nats[-1]:.3f}; entropy {np.log(20):.3f}")

# %% [markdown]
# ### The program (000, lines 73-129)
#
# Its lines, without comments. We run them as printed, mend what fails, and run them again.

# %%
PRINTED_MODEL = """
model = Sequential()
model.add(Embedding(vocab_size, embedding_dim, input_length=seq_len))
model.add(LSTM(hidden_dim, dropout=0.2, recurrent_dropout=0.2))
model.add(Dense(vocab_size, activation='softmax'))
model.compile(loss='categorical_crossentropy', optimizer='adam')
"""
PRINTED_DATA = """
def data_generator(data, batch_size):
    num_samples = len(data)
    while True:
        indices = np.random.randint(num_samples, size=batch_size)
        X = [data[i] for i in indices]
        y = [data[i+1] for i in indices]
        yield np.array(X), np.eye(vocab_size)[y].reshape((-1, vocab_size))
"""
PRINTED_LOOP = """
for x, y in train_gen:
    batches += 1
    loss = model.train_on_batch(x, y)
    train_loss.append(loss)

    if batches >= steps_per_epoch or (batches % 10 == 0 and verbose > 0):
        cur_loss = np.mean(train_loss[-steps_per_epoch:])
"""
PRINTED_END = """print('Val - Loss: {:.4f}
'.format(val_loss))"""
names = {"np": np, "Sequential": keras.Sequential, "Embedding": layers.Embedding, "LSTM": layers.LSTM, "Dense": layers.Dense}
names |= {"batch_size": 64, "hidden_dim": 128, "embedding_dim": 64, "seq_len": 32}
attempt("lines 128-129, a string over two lines", lambda: exec(PRINTED_END, names))
attempt("lines 81-85, vocab_size is nowhere", lambda: exec(PRINTED_MODEL, names))
names["vocab_size"] = tokenizer.size
exec(PRINTED_MODEL + PRINTED_DATA, names)
attempt("lines 81-85, with it", lambda: names["model"].name.split("_")[0])

# %% [markdown]
# **Index overrun (line 94).** `indices` reach `num_samples - 1`, and `data[i+1]` one further. Whichever batch draws the last
# index fails: of 100 windows, and batches of 64, nearly every second one. Mend: draw one less.
#
# **Wrong target shape (lines 93-95).** If an element of `data` is a window, the element after it is a window, too, and 64
# windows of 32 get 2,048 rows of targets for 64 outputs. If it is a single token, there is no sequence to read. Mend: the
# targets are the window itself, one further on, at *every* place. They stay integers, and the LSTM gives its output at
# every place.

# %%
windows = ids[: len(ids) // 32 * 32].reshape(-1, 32)
np.random.seed(0)
printed = names["data_generator"]
attempt("line 94, 100 windows", lambda: list(itertools.islice(printed(windows[:100], 64), 50)))
x, y = next(printed(windows[:-1], 8))
print("lines 93-95, windows:", x.shape, "with targets", y.shape, "for outputs", names["model"](x).shape)
attempt("line 110", lambda: names["model"].train_on_batch(x, y))
attempt("line 110, single tokens", lambda: names["model"].train_on_batch(*next(printed(ids[:-1], 8))))


def mended_generator(data, batch_size):
    """(tokens, the tokens one further on), int (batch_size, 32) each."""
    while True:
        starts = np.random.randint(len(data) - 32, size=batch_size)
        found = data[starts[:, None] + np.arange(33)]
        yield found[:, :-1], found[:, 1:]


mended = keras.Sequential(
    [
        keras.Input((None,), dtype="int32"),
        layers.Embedding(tokenizer.size, 64),
        layers.LSTM(128, dropout=0.2, return_sequences=True),
        layers.Dense(tokenizer.size, activation="softmax"),
    ]
)
mended.compile("adam", "sparse_categorical_crossentropy")

# %% [markdown]
# **Endless epochs (lines 108-117 and 122-125).** The generator never ends, and no `break` ends the loop: the condition of
# line 113 only averages. Neither does the validation. A counter that stops us at three times `steps_per_epoch` proves it.
# Mend: an epoch is a number of batches.


# %%
def counting(batches, limit):
    for number, batch in enumerate(batches):
        if number == limit:
            raise TimeoutError(f"still in the first epoch after {number} batches")
        yield batch


steps = 5
names |= {"model": mended, "train_gen": counting(mended_generator(ids, 8), 3 * steps), "steps_per_epoch": steps}
names |= {"batches": 0, "train_loss": [], "verbose": 0}
attempt(f"lines 108-117, epochs of {steps} batches", lambda: exec(PRINTED_LOOP, names))
mended.fit(mended_generator(ids, 32), steps_per_epoch=steps if fast else 300, epochs=1, verbose=0)
held = next(mended_generator(unread_ids, 200))
print(f"mended: {mended.evaluate(*held, verbose=0):.2f} nats a character of unread text; alike {np.log(tokenizer.size):.2f}")

# %% [markdown]
# **Keep rate (line 65).** "Dropout is set by the keep rate." Keras' argument is the share that is *dropped*: who passes 0.8 to
# keep four fifths keeps one.
#
# And line 63 says that regularisation prevents *under*fitting; it prevents overfitting.

# %%
for rate in (0.8, 0.2):
    kept = ops.convert_to_numpy(layers.Dropout(rate, seed=0)(np.ones((1, 10_000), "float32"), training=True))
    print(f"Dropout({rate}) keeps {np.mean(kept > 0):.0%}")

# %% [markdown]
# What is still missing in the article is a way to write text with the model. That is the section on decoding above; page 3
# searches learning rate and dropout of such a model, and `kerasgen generate gpt-shakespeare --prompt "ROMEO:"` writes on the
# command line.
