"""GPT of Tang poems, character by character, in four forms that can be asked for. `kerasgen train gpt-tang`.

A row is a token for the form, a poem of at most 64 characters and marks, and a token for its end: rows of one length, each read
whole. A megabyte of poems is little, so a quarter of what the blocks say is left out, and the verbs use an average of the
weights. Sizes, rates and the number of passes, about 15, follow the literature on texts of this size. Poems whose lines are
alike were put into the same split; title and author are not read. Characters that occur once or twice are read as a gap, which
is never written.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.data import Batches
from kerasgen.data.ragged import to_strings
from kerasgen.models.language.poems import PoemGPT
from kerasgen.schedules import half_cosine
from kerasgen.scores.poems import score_poems, validate_poems
from kerasgen.tokenizers import PoemTokenizer
from kerasgen.tokenizers.poem import LONGEST
from kerasgen.training.recipe import Recipe

SIZE = 5000


def model():
    return PoemGPT(SIZE, width=192, num_layers=6, num_heads=6, window=LONGEST, dropout=0.25, average_decay=0.998, seed=0)


def tokenizer(splits):
    return PoemTokenizer.from_poems(to_strings(splits["train"], "poem"), SIZE)


def optimizer(steps):
    schedule = half_cosine(4e-3, steps, final=0.01, warmup=steps // 40)
    return keras.optimizers.Muon(schedule, weight_decay=0.1, adam_weight_decay=0.0, global_clipnorm=1.0)


def batches(recipe, splits):
    train = splits["train"]
    rows = tokenizer(splits).rows(to_strings(train, "poem"), train["label"])
    return Batches(rows, recipe.batch_size, recipe.seed, recipe.steps_per_epoch)


recipe = Recipe(
    name="gpt-tang",
    title="Transformer of Tang poems in four forms",
    title_zh="唐诗 GPT：五绝、七绝、五律、七律",
    family="language",
    modality="text",
    paper="Radford et al., 2018; Keskar et al., 2019, arXiv:1909.05858",
    data="chinese_poetry",
    fields=("poem", "label"),
    batches=batches,
    tokenizer=tokenizer,
    model=model,
    optimizer=optimizer,
    batch_size=64,
    epochs=5,
    steps_per_epoch=1400,
    validate=validate_poems(),
    score=score_poems("chinese_poetry, test split"),
    precision="float32",
    minutes=150,
    notes="Writes traditional characters, and poems without title. The form is one of lines and characters: it knows rhyme and "
    "tone only as far as it has learned them from the characters, and eight-line poems of the training set include some in the "
    "old style.",
)
