"""Bidirectional LSTMs on Shakespeare's plays, character by character. `kerasgen train bilm-shakespeare`.

The bidirectional model of the articles without its leak: no prediction of a character has read it. Trained as gru-shakespeare
is: dropped recurrent weights, dropout, an average of the weights, a rate that falls along a half cosine, on training and
validation text. Each direction is smaller than the one of lstm-shakespeare, since there are two. Windows begin where lines
begin and end anywhere: what stands beyond them is the same token at either end, nothing known.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import string

import keras
import numpy as np

from kerasgen.data import TextBatches, to_text
from kerasgen.models.language.bilm import BidirectionalLM
from kerasgen.schedules import half_cosine
from kerasgen.scores.fill_in import score_fill
from kerasgen.scores.text import SHAKESPEARE
from kerasgen.tokenizers import CharacterTokenizer
from kerasgen.training.recipe import Recipe

tokenizer = CharacterTokenizer("\n !$&',-.3:;?" + string.ascii_uppercase + string.ascii_lowercase)
LENGTH = 256


def model():
    bilm = BidirectionalLM(tokenizer.size, 64, units=384, num_layers=2, joint_dim=192, dropout=0.4, weight_drop=0.4, seed=0)
    bilm.tokenizer = tokenizer
    return bilm


def optimizer(steps):
    schedule = half_cosine(3e-3, steps, final=0.01, warmup=steps // 40)
    return keras.optimizers.Adam(schedule, global_clipnorm=1.0)


def batches(recipe, splits, parts=("train", "validation")):
    ids = tokenizer.encode("".join(to_text(splits[part]["text"]) for part in parts))
    lines = np.concatenate([[0], np.flatnonzero(ids[:-1] == tokenizer.encode("\n")[0]) + 1])
    length = min(LENGTH, len(ids) // (recipe.batch_size + 2))  # the text of a smoke test is short
    return TextBatches(ids, length, recipe.batch_size, recipe.seed, lines, recipe.steps_per_epoch)


recipe = Recipe(
    name="bilm-shakespeare",
    title="Two LSTMs, one a direction, which fill in hidden characters of Shakespeare's plays",
    title_zh="双向字符级 LSTM 语言模型，补全莎士比亚剧作中被遮的字符",
    family="language",
    modality="text",
    paper="Peters et al., 2018, arXiv:1802.05365; Melamud, Goldberger & Dagan, 2016, context2vec",
    data="tiny_shakespeare",
    fields=("text",),
    batches=batches,
    model=model,
    optimizer=optimizer,
    batch_size=32,
    epochs=16,
    score=score_fill(SHAKESPEARE),
    minutes=50,
    notes="Knows the 65 characters of its training text and no others. Fills in what is likeliest character by character: a "
    "long run of gaps becomes plausible letters rather than sense. It writes by its forward direction alone. Dropout and "
    "number of passes were not searched for.",
)
