"""Neural Turing machine that copies rows of bits. `kerasgen train ntm-copy`.

It sees up to 20 rows and is asked for them again; what it learns is to write them to one slot after another, to go back to the
first, and to read. Training has 32 slots and not 128: the weights are the same, and a step takes a quarter of the time.
The LSTM beside it has as many parameters, and learns from the same number of the same batches.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.sequence.ntm import NTM
from kerasgen.schedules import half_cosine
from kerasgen.scores.bit_tasks import Beside, memory_picture, score_answers, validate_answers
from kerasgen.training.recipe import Recipe

EPOCHS, STEPS, BATCH_SIZE = 30, 500, 16


def optimizer(steps):
    return keras.optimizers.Adam(half_cosine(1e-3, steps), global_clipnorm=10.0)


recipe = Recipe(
    name="ntm-copy",
    title="Neural Turing machine that copies rows of bits, longer ones than it was trained on",
    title_zh="神经图灵机，复制任意长度的比特序列",
    family="sequence",
    modality="bits",
    paper="Graves, Wayne & Danihelka, 2014, arXiv:1410.5401; Collier & Beel, 2018, arXiv:1807.08518",
    data="copy_bits",
    fields=("length", "row"),
    model=lambda: NTM("copy", units=100, slots=128, training_slots=32, seed=0),
    optimizer=optimizer,
    batch_size=BATCH_SIZE,
    epochs=EPOCHS,
    steps_per_epoch=STEPS,
    validate=validate_answers,
    select=("nats", "min"),
    score=score_answers(
        {"test": "of 1 to 20 rows", **{f"test_{rows}": f"of {rows} rows" for rows in (20, 40, 80, 120)}},
        Beside(lambda: NTM("copy", units=119, heads=0, seed=0), optimizer, EPOCHS * STEPS, BATCH_SIZE),
        leading=("test", "test_40", "test_120"),
    ),
    picture=memory_picture("test_40"),
    caption="40 rows, twice as many as it was trained on. From above, time to the right: what goes in, what comes out, where "
    "it writes, where it reads",
    precision="float32",
    minutes=15,
    notes="Knows one task. Its memory has 128 slots: of longer sequences the beginning is overwritten.",
)
