"""Neural Turing machine that recalls what came after an item. `kerasgen train ntm-recall`.

2 to 6 items of three rows; one of them comes again, and the answer is the item after it. Otherwise as `ntm-copy`.
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
    name="ntm-recall",
    title="Neural Turing machine that recalls which item came after another",
    title_zh="神经图灵机，联想回忆",
    family="sequence",
    modality="bits",
    paper="Graves, Wayne & Danihelka, 2014, arXiv:1410.5401; Collier & Beel, 2018, arXiv:1807.08518",
    data="recall_bits",
    fields=("length", "row", "query"),
    model=lambda: NTM("recall", units=100, slots=128, training_slots=32, seed=0),
    optimizer=optimizer,
    batch_size=BATCH_SIZE,
    epochs=EPOCHS,
    steps_per_epoch=STEPS,
    validate=validate_answers,
    select=("nats", "min"),
    score=score_answers(
        {"test": "of 2 to 6 items", **{f"test_{items}": f"of {items} items" for items in (6, 10, 15, 20)}},
        Beside(lambda: NTM("recall", units=119, heads=0, seed=0), optimizer, EPOCHS * STEPS, BATCH_SIZE),
    ),
    picture=memory_picture("test_6"),
    caption="Six items, one of which comes again. From above, time to the right: what goes in, what comes out, where it "
    "writes, where it reads",
    precision="float32",
    minutes=25,
    notes="Knows one task, with items of three rows.",
)
