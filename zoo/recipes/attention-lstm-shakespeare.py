"""LSTM that looks back, on Shakespeare's plays, character by character. `kerasgen train attention-lstm-shakespeare`.

One layer where lstm-shakespeare has two, and attention to its own states at the last 64 characters: the attentional language
model of the articles. Trained as gru-shakespeare is: dropped recurrent weights, dropout, an average of the weights, a rate that
falls along a half cosine, on training and validation text.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import string

import keras
import numpy as np

from kerasgen.data import TextBatches, to_text
from kerasgen.models.language.attention_lstm import AttentionLSTM
from kerasgen.schedules import half_cosine
from kerasgen.scores.text import SHAKESPEARE, score_text
from kerasgen.tokenizers import CharacterTokenizer
from kerasgen.training.recipe import Recipe

tokenizer = CharacterTokenizer("\n !$&',-.3:;?" + string.ascii_uppercase + string.ascii_lowercase)
LENGTH = 256


def model():
    lstm = AttentionLSTM(
        tokenizer.size, 64, units=640, num_layers=1, window=64, attention_dim=64, dropout=0.4, weight_drop=0.4, seed=0
    )
    lstm.tokenizer = tokenizer
    return lstm


def optimizer(steps):
    schedule = half_cosine(2e-3, steps, final=0.01, warmup=steps // 40)
    return keras.optimizers.Adam(schedule, global_clipnorm=1.0)


def batches(recipe, splits, parts=("train", "validation")):
    ids = tokenizer.encode("".join(to_text(splits[part]["text"]) for part in parts))
    lines = np.concatenate([[0], np.flatnonzero(ids[:-1] == tokenizer.encode("\n")[0]) + 1])
    length = min(LENGTH, len(ids) // (recipe.batch_size + 2))  # the text of a smoke test is short
    return TextBatches(ids, length, recipe.batch_size, recipe.seed, lines, recipe.steps_per_epoch)


recipe = Recipe(
    name="attention-lstm-shakespeare",
    title="LSTM with attention to its past, which reads Shakespeare's plays character by character",
    title_zh="带注意力的字符级 LSTM 语言模型，莎士比亚剧作",
    family="language",
    modality="text",
    paper="Daniluk et al., 2017, arXiv:1702.04521; Bahdanau, Cho & Bengio, 2015, arXiv:1409.0473",
    data="tiny_shakespeare",
    fields=("text",),
    batches=batches,
    model=model,
    optimizer=optimizer,
    batch_size=32,
    epochs=15,
    score=score_text(SHAKESPEARE, beside="ngram-shakespeare"),
    precision="float32",
    minutes=60,
    notes="Knows the 65 characters of its training text and no others. Writes plausible lines and no plot: it has read one "
    "megabyte. Dropout and number of passes are those of gru-shakespeare, not chosen anew.",
)
