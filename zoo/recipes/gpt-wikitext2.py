"""GPT of byte pairs on WikiText-2. `kerasgen train gpt-wikitext2`.

Pieces of words keep the matrix of tokens small (4,096 of them, a fifth of the parameters) where words would need 33,278, and
lose nothing: every text has a probability, which is shared out among its words, the ends of lines included. Windows begin where
lines begin, so that the model learns how a text starts. Two million words are little: a fifth of what the blocks say is left
out, the verbs use an average of the weights, and the pass that is best on the validation text is released.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras
import numpy as np

from kerasgen.data import TextBatches, to_text
from kerasgen.models.language.gpt import GPT
from kerasgen.schedules import half_cosine
from kerasgen.scores.text import score_words, validate_text
from kerasgen.tokenizers import BytePairTokenizer
from kerasgen.tokenizers.byte_pair import alphabet
from kerasgen.training.recipe import Recipe

TOKENS, LENGTH = 4096, 512
PROTOCOL = {"test": "wikitext2-v1: the test text in the original tokenisation, <unk> and an <eos> for each line included"}


def model():
    return GPT(TOKENS, width=192, num_layers=7, num_heads=6, window=256, dropout=0.2, average_decay=0.999, seed=0)


def tokenizer(splits):
    """Of the most frequent pairs of the training text; those of a smoke test's short text are filled up with rare ones."""
    found = BytePairTokenizer.from_text(to_text(splits["train"]["text"]), TOKENS)
    letters = alphabet()
    others = [f"{a} {b}" for a in reversed(letters) for b in letters if f"{a} {b}" not in found.merges]
    return BytePairTokenizer([*found.merges, *others[: TOKENS - found.size]])


def optimizer(steps):
    schedule = half_cosine(4e-3, steps, final=0.01, warmup=steps // 40)
    return keras.optimizers.Muon(schedule, weight_decay=0.1, adam_weight_decay=0.0, global_clipnorm=1.0)


def batches(recipe, splits):
    text = to_text(splits["train"]["text"])
    pieces = tokenizer(splits)
    ids = pieces.encode(text)
    ends = np.array([piece.endswith(b"\n") for piece in pieces.token_bytes()])
    lines = np.concatenate([[0], np.flatnonzero(ends[ids[:-1]]) + 1])
    length = min(LENGTH, len(ids) // (recipe.batch_size + 2))  # the text of a smoke test is short
    return TextBatches(ids, length, recipe.batch_size, recipe.seed, lines, recipe.steps_per_epoch)


recipe = Recipe(
    name="gpt-wikitext2",
    title="Transformer of byte pairs of Wikipedia articles",
    title_zh="字节对 GPT，维基百科条目",
    family="language",
    modality="text",
    paper="Radford et al., 2018; Sennrich, Haddow & Birch, 2016, arXiv:1508.07909",
    data="wikitext2",
    fields=("text",),
    batches=batches,
    model=model,
    tokenizer=tokenizer,
    optimizer=optimizer,
    batch_size=16,
    epochs=20,
    validate=validate_text(),
    select=("nats", "min"),
    score=score_words(PROTOCOL, beside="ngram-wikitext2"),
    precision="float32",
    minutes=120,
    notes="Writes in the tokenisation of WikiText-2: words between spaces, <unk> for rare ones. A token is a piece of a word; "
    "perplexity is a word of the original tokenisation. Its tokenizer holds pieces of its training text, whose licence it has.",
)
