"""GPT of Tang poems, in a form on request. `kerasgen train gpt-tang`.

29,189 poems are 1.3 million characters, of 6,960 kinds: little, so that overfitting is the limit. Three tenths of what the
blocks say are left out, the verbs use an average of the weights, and the pass that is best on validation poems is released. The
first token says the form, which the user may choose. Simplified characters are read as the traditional ones of the poems.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.data import Batches
from kerasgen.data.ragged import to_strings
from kerasgen.data.sets import chinese_poetry
from kerasgen.models.language.poems import END, MARKS, PoemGPT, rows
from kerasgen.schedules import half_cosine
from kerasgen.scores.poems import score_poems, validate_poems
from kerasgen.tokenizers import CharacterTokenizer
from kerasgen.training.recipe import Recipe

PUNCTUATION = {"？": "。", "！": "。", "；": "，"}  # of 0.7% of the poems; the source's marks are modern ones
CHARACTERS = 6957  # of all poems, without those marks


def model():
    return PoemGPT(
        len(MARKS) + len(END) + CHARACTERS,
        width=192,
        num_layers=5,
        num_heads=6,
        window=65,
        dropout=0.3,
        average_decay=0.998,
        seed=0,
    )


def tokenizer(splits):
    poems = "".join("".join(to_strings(part, "poem")) for part in splits.values())
    characters = sorted(set(poems) - set(PUNCTUATION))
    return CharacterTokenizer(MARKS + END + "".join(characters), chinese_poetry.read_as() | PUNCTUATION)


def optimizer(steps):
    schedule = half_cosine(4e-3, steps, final=0.01, warmup=steps // 40)
    return keras.optimizers.Muon(schedule, weight_decay=0.1, adam_weight_decay=0.0, global_clipnorm=1.0)


def batches(recipe, splits):
    train = splits["train"]
    ids = rows(tokenizer(splits), to_strings(train, "poem"), train["label"])
    return Batches(ids, recipe.batch_size, recipe.seed, recipe.steps_per_epoch)


recipe = Recipe(
    name="gpt-tang",
    title="Transformer of Tang poems in four forms",
    title_zh="唐诗 GPT：五绝、七绝、五律、七律",
    family="language",
    modality="text",
    paper="Radford et al., 2018; Keskar et al., 2019, arXiv:1909.05858",
    data="chinese_poetry",
    fields=("poem",),
    batches=batches,
    model=model,
    tokenizer=tokenizer,
    optimizer=optimizer,
    batch_size=64,
    epochs=16,
    validate=validate_poems(),
    select=("nats", "min"),
    score=score_poems(),
    precision="float32",
    minutes=60,
    notes='Ask for a form: `model.sample(4, form="五绝")`, `model.generate("明月", form="七绝")`. A form is lines and their '
    "lengths; tones and rhymes are what it learned of them, and the eight-line poems that it read include some in the old "
    "style. Writes traditional characters and reads simplified ones too; those that both scripts have, such as 云, it reads "
    "as they are.",
)
