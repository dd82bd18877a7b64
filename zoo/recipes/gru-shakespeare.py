"""GRU on Shakespeare's plays, character by character. `kerasgen train gru-shakespeare`.

The recipe of lstm-shakespeare with gated recurrent units: dropped recurrent weights, dropout, an average of the weights, a rate
that falls to zero along a half cosine. Windows begin where lines begin, so that the model learns how a text starts. The
released run trains on training and validation text, as do others whose numbers are for the last tenth, and releases its last
pass.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import string

import keras
import numpy as np

from kerasgen.data import TextBatches, to_text
from kerasgen.models.language.gru import GRULanguageModel
from kerasgen.schedules import half_cosine
from kerasgen.scores.text import SHAKESPEARE, score_text
from kerasgen.tokenizers import CharacterTokenizer
from kerasgen.training.recipe import Recipe

tokenizer = CharacterTokenizer("\n !$&',-.3:;?" + string.ascii_uppercase + string.ascii_lowercase)
LENGTH = 256


def model():
    gru = GRULanguageModel(
        tokenizer.size, 64, units=512, num_layers=2, dropout=0.4, weight_drop=0.4, average_decay=0.999, seed=0
    )
    gru.tokenizer = tokenizer
    return gru


def optimizer(steps):
    schedule = half_cosine(2e-3, steps, final=0.01, warmup=steps // 40)
    return keras.optimizers.Adam(schedule, global_clipnorm=1.0)


def batches(recipe, splits, parts=("train", "validation")):
    ids = tokenizer.encode("".join(to_text(splits[part]["text"]) for part in parts))
    lines = np.concatenate([[0], np.flatnonzero(ids[:-1] == tokenizer.encode("\n")[0]) + 1])
    length = min(LENGTH, len(ids) // (recipe.batch_size + 2))  # the text of a smoke test is short
    return TextBatches(ids, length, recipe.batch_size, recipe.seed, lines, recipe.steps_per_epoch)


recipe = Recipe(
    name="gru-shakespeare",
    title="Gated recurrent units that read Shakespeare's plays, character by character",
    title_zh="字符级 GRU 语言模型，莎士比亚剧作",
    family="language",
    modality="text",
    paper="Cho et al., 2014, arXiv:1406.1078; Merity, Keskar & Socher, 2018, arXiv:1708.02182",
    data="tiny_shakespeare",
    fields=("text",),
    batches=batches,
    model=model,
    optimizer=optimizer,
    batch_size=32,
    epochs=15,
    score=score_text(SHAKESPEARE, beside="ngram-shakespeare"),
    precision="float32",
    minutes=45,
    notes="Knows the 65 characters of its training text and no others. Writes plausible lines and no plot: it has read one "
    "megabyte. Dropout and number of passes are near those chosen on validation for lstm-shakespeare, batches half "
    "as large.",
)
