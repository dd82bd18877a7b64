"""LSTM on Shakespeare's plays, character by character. `kerasgen train lstm-shakespeare`.

A larger version of the article's Embedding, LSTM and dropout. One megabyte of text is little, so success depends on limiting
overfitting: dropped recurrent weights, dropout, an average of the weights, a rate that falls to zero along a half cosine.
Windows begin where lines begin, so that the model learns how a text starts. The schedule was chosen on the validation text, in
a run that did not train on it; the released run also trains on it, as do others whose numbers are for the last tenth, and
releases its last pass.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import string

import keras
import numpy as np

from kerasgen.data import TextBatches, to_text
from kerasgen.models.language.lstm import LSTMLanguageModel
from kerasgen.schedules import half_cosine
from kerasgen.scores.text import SHAKESPEARE, score_text
from kerasgen.tokenizers import CharacterTokenizer
from kerasgen.training.recipe import Recipe

tokenizer = CharacterTokenizer("\n !$&',-.3:;?" + string.ascii_uppercase + string.ascii_lowercase)
LENGTH = 256


def model():
    lstm = LSTMLanguageModel(
        tokenizer.size, 64, units=512, num_layers=2, dropout=0.4, weight_drop=0.4, average_decay=0.998, seed=0
    )
    lstm.tokenizer = tokenizer
    return lstm


def optimizer(steps):
    schedule = half_cosine(3e-3, steps, final=0.01, warmup=steps // 40)
    return keras.optimizers.Adam(schedule, global_clipnorm=1.0)


def batches(recipe, splits, parts=("train", "validation")):
    ids = tokenizer.encode("".join(to_text(splits[part]["text"]) for part in parts))
    lines = np.concatenate([[0], np.flatnonzero(ids[:-1] == tokenizer.encode("\n")[0]) + 1])
    length = min(LENGTH, len(ids) // (recipe.batch_size + 2))  # the text of a smoke test is short
    return TextBatches(ids, length, recipe.batch_size, recipe.seed, lines, recipe.steps_per_epoch)


recipe = Recipe(
    name="lstm-shakespeare",
    title="Character language model of Shakespeare's plays",
    title_zh="字符级语言模型，莎士比亚剧作",
    family="language",
    modality="text",
    paper="Hochreiter & Schmidhuber, 1997; Merity, Keskar & Socher, 2018, arXiv:1708.02182",
    data="tiny_shakespeare",
    fields=("text",),
    batches=batches,
    model=model,
    optimizer=optimizer,
    batch_size=64,
    epochs=14,
    score=score_text(SHAKESPEARE),
    minutes=20,
    notes="Knows the 65 characters of its training text and no others. Writes plausible lines and no plot: it has read one "
    "megabyte. Chosen on validation: with the same model, 36 passes over the training text alone, it came to 1.491 nats on the "
    "validation text and hardly fell after pass 20; the last tenth, from other plays, was 1.677 then. The released run "
    "therefore makes fewer passes, over training and validation text.",
)
