"""The first GAN, of two multilayer perceptrons, on MNIST. `kerasgen train gan-mnist`.

The articles' generator, 128-256-512-784, with the non-saturating loss of Goodfellow et al., 2014. Batches are large and the
gradient penalty keeps the players from circling (Mescheder et al., 2018); samples come from averaged weights.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.gan.mlp_gan import MLPGAN
from kerasgen.optimizers import OptimizerGroup
from kerasgen.schedules import half_cosine
from kerasgen.scores.judged import score_images, validate_images
from kerasgen.training.recipe import Recipe

learning_rate = 1e-3  # beta_1 = 0.5: Radford et al. 2016, section 4


def optimizer(steps):
    """Both rates fall along a half cosine."""

    def adam():
        return keras.optimizers.Adam(half_cosine(learning_rate, steps, final=0.02), beta_1=0.5)

    return OptimizerGroup(generator=adam(), discriminator=adam())


recipe = Recipe(
    name="gan-mnist",
    title="GAN of multilayer perceptrons, of handwritten digits",
    title_zh="多层感知机 GAN，手写数字",
    family="gan",
    paper="Goodfellow et al., 2014, arXiv:1406.2661",
    data="mnist",
    model=lambda: MLPGAN(widths=(128, 256, 512), discriminator_widths=(512, 256), penalty_weight=2.0, seed=0),
    optimizer=optimizer,
    batch_size=128,
    epochs=40,
    steps_per_epoch=780,  # two passes
    validate=validate_images("judge-mnist"),
    score=score_images("judge-mnist"),
    precision="float32",
    minutes=15,
    notes="Made of dense layers alone, which know nothing of neighbouring pixels: strokes are ragged, and samples are less "
    "clean than those of dcgan-mnist. The digit cannot be asked for.",
)
