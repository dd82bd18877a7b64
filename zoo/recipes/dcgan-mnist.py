"""DCGAN on MNIST. `kerasgen train dcgan-mnist`.

The networks of Radford et al. at a size that two CPU cores can train, without batch statistics in the discriminator and
with a gradient penalty there instead (Mescheder et al., 2018): the players then settle while their rates fall.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.gan.dcgan import DCGAN
from kerasgen.optimizers import OptimizerGroup
from kerasgen.schedules import half_cosine
from kerasgen.scores.judged import score_images, validate_images
from kerasgen.training.recipe import Recipe

learning_rate = 2e-4  # with beta_1 = 0.5: Radford et al. 2016, section 4


def optimizer(steps):
    """Both rates fall along a half cosine, cut off before its last quarter: the validation distance had flattened there."""

    def adam():
        schedule = half_cosine(learning_rate, steps * 13 // 10, final=0.01)
        return keras.optimizers.Adam(schedule, beta_1=0.5)

    return OptimizerGroup(generator=adam(), discriminator=adam())


recipe = Recipe(
    name="dcgan-mnist",
    title="DCGAN of handwritten digits",
    title_zh="DCGAN，手写数字",
    family="gan",
    paper="Radford, Metz & Chintala, 2016, arXiv:1511.06434",
    data="mnist",
    model=lambda: DCGAN(widths=(128, 64, 32), discriminator_widths=(64, 128, 256), penalty_weight=0.5, seed=0),
    optimizer=optimizer,
    batch_size=64,
    epochs=20,
    validate=validate_images("judge-mnist"),
    score=score_images("judge-mnist"),
    minutes=60,
    notes="Draws digits of 28x28 pixels and nothing else. Some samples are between two digits. It was trained without labels, "
    "so the digit cannot be asked for.",
)
