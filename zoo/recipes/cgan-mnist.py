"""Conditional GAN on MNIST: `sample(16, label=7)`. `kerasgen train cgan-mnist`.

The networks of dcgan-mnist, both given the class: by conditional batch normalisation in the generator and a projection in the
discriminator (Miyato & Koyama, 2018). Real digits paired with a wrong class teach the discriminator early what the classes
are (Reed et al., 2016). The picture shows ten latents (rows) in each class (columns).
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.gan.cgan import CGAN
from kerasgen.optimizers import OptimizerGroup
from kerasgen.schedules import half_cosine
from kerasgen.scores.labelled import score_labels, validate_labels
from kerasgen.training.recipe import Recipe

learning_rate = 3e-4  # with beta_1 = 0.5: Radford et al. 2016, section 4


def optimizer(steps):
    """Both rates fall along a half cosine."""

    def adam():
        return keras.optimizers.Adam(half_cosine(learning_rate, steps, final=0.02), beta_1=0.5)

    return OptimizerGroup(generator=adam(), discriminator=adam())


recipe = Recipe(
    name="cgan-mnist",
    title="Conditional GAN of handwritten digits: the digit can be asked for",
    title_zh="条件 GAN，手写数字：可以指定画哪个数字",
    family="gan",
    paper="Mirza & Osindero, 2014, arXiv:1411.1784; Miyato & Koyama, 2018, arXiv:1802.05637",
    data="mnist",
    fields=("image", "label"),
    model=lambda: CGAN(
        widths=(128, 64, 32),
        discriminator_widths=(64, 128, 256),
        penalty_weight=0.5,
        mismatch_weight=1.0,
        seed=0,
    ),
    optimizer=optimizer,
    batch_size=64,
    epochs=6,
    validate=validate_labels("judge-mnist"),
    score=score_labels("judge-mnist"),
    picture=lambda model, splits: model.sweep_labels(10),
    caption="In each row: one latent in the classes 0 to 9, from left to right.",
    minutes=20,
    notes="Draws digits of 28x28 pixels and nothing else. Now and then a sample shows another digit than the one asked for, or "
    "one between two.",
)
