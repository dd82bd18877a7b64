"""GPT of Wikipedia articles in byte pairs. `kerasgen train gpt-wikitext2`.

Six blocks read windows of 256 tokens, each of which may be any of 6,000 pieces of words, so that no word is unknown. The pieces
are counted on the training text. Windows begin where sentences or lines do. The network is regularised as that of
gpt-shakespeare, since two million words are few, too; sizes, rates and the number of passes, about 20, follow the literature.
The score is a word of the original tokenisation: the nats of all pieces, divided by the number of words, as those of
ngram-wikitext2, which stand beside it.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras
import numpy as np

from kerasgen.data import TextBatches, to_text
from kerasgen.models.language.gpt import GPT
from kerasgen.schedules import half_cosine
from kerasgen.scores.text import score_words, validate_text
from kerasgen.tokenizers import BytePairTokenizer
from kerasgen.training.recipe import Recipe

SIZE = 6000
LENGTH = 256
PROTOCOL = {"test": "wikitext2-v1: the test text in the original tokenisation, <unk> and an <eos> for each line included"}


def model():
    return GPT(SIZE, width=192, num_layers=6, num_heads=6, window=128, dropout=0.2, average_decay=0.998, seed=0)


def tokenizer(splits):
    return BytePairTokenizer.from_text(to_text(splits["train"]["text"]), SIZE, fill=True)


def optimizer(steps):
    schedule = half_cosine(4e-3, steps, final=0.01, warmup=steps // 40)
    return keras.optimizers.Muon(schedule, weight_decay=0.1, adam_weight_decay=0.0, global_clipnorm=1.0)


def batches(recipe, splits):
    pieces = tokenizer(splits)
    ids = pieces.encode(to_text(splits["train"]["text"]))
    ends = [i for i, piece in enumerate(pieces.token_bytes()) if piece == b" ." or piece.endswith(b"\n")]
    starts = np.concatenate([[0], np.flatnonzero(np.isin(ids[:-1], ends)) + 1])
    length = min(LENGTH, len(ids) // (recipe.batch_size + 2))  # the text of a smoke test is short
    return TextBatches(ids, length, recipe.batch_size, recipe.seed, starts, recipe.steps_per_epoch)


recipe = Recipe(
    name="gpt-wikitext2",
    title="Transformer of Wikipedia articles, in byte pairs",
    title_zh="字节对 GPT，维基百科条目",
    family="language",
    modality="text",
    paper="Radford et al., 2019; Sennrich, Haddow & Birch, 2016, arXiv:1508.07909",
    data="wikitext2",
    fields=("text",),
    batches=batches,
    tokenizer=tokenizer,
    model=model,
    optimizer=optimizer,
    batch_size=32,
    epochs=4,
    steps_per_epoch=1500,
    validate=validate_text(),
    score=score_words(PROTOCOL, beside="ngram-wikitext2"),
    precision="float32",
    minutes=200,
    notes="Reads and writes the tokenisation of WikiText-2: lower-case and capital words between spaces, <unk> for rare ones, "
    "@-@ for a hyphen. Its tokens are pieces of words, counted on the training text. It has read two million words: what it "
    "says of the world is made up.",
)
