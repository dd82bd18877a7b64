"""DCGAN on Fashion-MNIST. `kerasgen train dcgan-fashion`.

The networks and the gradient penalty of dcgan-mnist, with a learning rate 1.5 times as high.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.gan.dcgan import DCGAN
from kerasgen.optimizers import OptimizerGroup
from kerasgen.schedules import half_cosine
from kerasgen.scores.judged import score_images, validate_images
from kerasgen.training.recipe import Recipe

learning_rate = 3e-4  # with beta_1 = 0.5: Radford et al. 2016, section 4


def optimizer(steps):
    """Both rates fall along a half cosine."""

    def adam():
        return keras.optimizers.Adam(half_cosine(learning_rate, steps, final=0.02), beta_1=0.5)

    return OptimizerGroup(generator=adam(), discriminator=adam())


recipe = Recipe(
    name="dcgan-fashion",
    title="DCGAN of clothes",
    title_zh="DCGAN，服装",
    family="gan",
    paper="Radford, Metz & Chintala, 2016, arXiv:1511.06434",
    data="fashion_mnist",
    model=lambda: DCGAN(
        widths=(128, 64, 32),
        discriminator_widths=(64, 128, 256),
        penalty_weight=0.5,
        seed=0,
    ),
    optimizer=optimizer,
    batch_size=64,
    epochs=10,
    validate=validate_images("judge-fashion"),
    score=score_images("judge-fashion"),
    minutes=20,
    notes="Draws clothes of 28x28 grey pixels and nothing else; prints and fine patterns are blurred. It was trained without "
    "labels, so the kind of garment cannot be asked for.",
)
