"""Neural Turing machine that copies rows of bits several times. `kerasgen train ntm-repeat-copy`.

1 to 10 rows, to be said 1 to 10 times, and then an end mark: it has to count. Otherwise as `ntm-copy`.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.sequence.ntm import NTM
from kerasgen.schedules import half_cosine
from kerasgen.scores.bit_tasks import Beside, memory_picture, score_answers, validate_answers
from kerasgen.training.recipe import Recipe

EPOCHS, STEPS, BATCH_SIZE = 40, 500, 16


def optimizer(steps):
    return keras.optimizers.Adam(half_cosine(1e-3, steps), global_clipnorm=10.0)


recipe = Recipe(
    name="ntm-repeat-copy",
    title="Neural Turing machine that copies rows of bits as often as it is told",
    title_zh="神经图灵机，按指定次数重复复制比特序列",
    family="sequence",
    modality="bits",
    paper="Graves, Wayne & Danihelka, 2014, arXiv:1410.5401; Collier & Beel, 2018, arXiv:1807.08518",
    data="repeat_copy_bits",
    fields=("length", "row", "repeats"),
    model=lambda: NTM("repeat-copy", units=100, slots=128, training_slots=24, seed=0),
    optimizer=optimizer,
    batch_size=BATCH_SIZE,
    epochs=EPOCHS,
    steps_per_epoch=STEPS,
    validate=validate_answers,
    select=("nats", "min"),
    score=score_answers(
        {
            "test": "of 1 to 10 rows, 1 to 10 times",
            "test_longer": "of 20 rows, 10 times",
            "test_oftener": "of 10 rows, 20 times",
        },
        Beside(lambda: NTM("repeat-copy", units=119, heads=0, seed=0), optimizer, EPOCHS * STEPS, BATCH_SIZE),
    ),
    picture=memory_picture("test"),
    caption="Rows to be said several times. From above, time to the right: what goes in, what comes out, where it writes, "
    "where it reads",
    precision="float32",
    minutes=25,
    notes="Knows one task. How many times is a number beside the rows; the scores say how far it counts beyond the 10 times of "
    "its training.",
)
