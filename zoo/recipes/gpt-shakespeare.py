"""GPT on Shakespeare's plays, character by character. `kerasgen train gpt-shakespeare`.

Six blocks read windows of 256 characters; what limits a network on one megabyte is overfitting, so a fifth of what the blocks
say is left out, and the verbs use an average of the weights. Muon (Jordan et al., 2024; Liu et al., 2025, arXiv:2502.16982)
learns the matrices in fewer passes than Adam would. Windows begin where lines begin, so that the model learns how a text
starts. Sizes, rates and the number of passes follow the literature on models and texts of this size; none was chosen on
held-out text, so that the model learns from training and validation text, as do others whose numbers are for the last tenth.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import string

import keras
import numpy as np

from kerasgen.data import TextBatches, to_text
from kerasgen.models.language.gpt import GPT
from kerasgen.schedules import half_cosine
from kerasgen.scores.text import SHAKESPEARE, score_text
from kerasgen.tokenizers import CharacterTokenizer
from kerasgen.training.recipe import Recipe

tokenizer = CharacterTokenizer("\n !$&',-.3:;?" + string.ascii_uppercase + string.ascii_lowercase)
LENGTH = 256


def model():
    gpt = GPT(tokenizer.size, width=192, num_layers=6, num_heads=6, window=128, dropout=0.2, average_decay=0.998, seed=0)
    gpt.tokenizer = tokenizer
    return gpt


def optimizer(steps):
    schedule = half_cosine(4e-3, steps, final=0.01, warmup=steps // 40)
    return keras.optimizers.Muon(schedule, weight_decay=0.1, adam_weight_decay=0.0, global_clipnorm=1.0)


def batches(recipe, splits, parts=("train", "validation")):
    ids = tokenizer.encode("".join(to_text(splits[part]["text"]) for part in parts))
    lines = np.concatenate([[0], np.flatnonzero(ids[:-1] == tokenizer.encode("\n")[0]) + 1])
    length = min(LENGTH, len(ids) // (recipe.batch_size + 2))  # the text of a smoke test is short
    return TextBatches(ids, length, recipe.batch_size, recipe.seed, lines, recipe.steps_per_epoch)


recipe = Recipe(
    name="gpt-shakespeare",
    title="Transformer of Shakespeare's plays, character by character",
    title_zh="字符级 GPT，莎士比亚剧作",
    family="language",
    modality="text",
    paper="Radford et al., 2018; Su et al., 2021, arXiv:2104.09864",
    data="tiny_shakespeare",
    fields=("text",),
    batches=batches,
    model=model,
    optimizer=optimizer,
    batch_size=16,
    epochs=16,
    score=score_text(SHAKESPEARE, beside="ngram-shakespeare"),
    precision="float32",
    minutes=60,
    notes="Knows the 65 characters of its training text and no others. Writes plausible lines and no plot: it has read one "
    "megabyte.",
)
