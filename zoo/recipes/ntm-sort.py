"""Neural Turing machine that sorts rows of bits by their priorities. `kerasgen train ntm-sort`.

1 to 10 rows, each with a priority. In the paper (section 4.5) a machine learned to write each row to a place that its priority
says, and to read one after another. As there, it has several heads.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.sequence.ntm import NTM
from kerasgen.schedules import half_cosine
from kerasgen.scores.bit_tasks import Beside, memory_picture, score_answers, validate_answers
from kerasgen.training.recipe import Recipe

EPOCHS, STEPS, BATCH_SIZE = 60, 500, 16


def optimizer(steps):
    return keras.optimizers.Adam(half_cosine(1e-3, steps), global_clipnorm=10.0)


recipe = Recipe(
    name="ntm-sort",
    title="Neural Turing machine that sorts rows of bits by priority",
    title_zh="神经图灵机，按优先级排序",
    family="sequence",
    modality="bits",
    paper="Graves, Wayne & Danihelka, 2014, arXiv:1410.5401; Collier & Beel, 2018, arXiv:1807.08518",
    data="sort_bits",
    fields=("length", "row", "priority"),
    model=lambda: NTM("sort", units=100, slots=128, heads=4, training_slots=32, seed=0),
    optimizer=optimizer,
    batch_size=BATCH_SIZE,
    epochs=EPOCHS,
    steps_per_epoch=STEPS,
    validate=validate_answers,
    select=("nats", "min"),
    score=score_answers(
        {"test": "of 1 to 10 rows", **{f"test_{rows}": f"of {rows} rows" for rows in (10, 15, 20)}},
        Beside(lambda: NTM("sort", units=163, heads=0, seed=0), optimizer, EPOCHS * STEPS, BATCH_SIZE),
    ),
    picture=memory_picture("test_10"),
    caption="Ten rows with priorities. From above, time to the right: what goes in, what comes out, where its heads write, "
    "where they read",
    precision="float32",
    minutes=40,
    notes="Knows one task. It sorts all rows, where the paper's machine gave the first 16 of 20.",
)
