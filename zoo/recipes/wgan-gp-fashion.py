"""WGAN-GP on Fashion-MNIST. `kerasgen train wgan-gp-fashion`.

Three steps of the critic for one of the generator, each on its own third of a batch of 192 (Gulrajani et al., 2017, take
five). Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.gan.wgan_gp import WGANGP
from kerasgen.optimizers import OptimizerGroup
from kerasgen.schedules import half_cosine
from kerasgen.scores.judged import score_images, validate_images
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    """Rates fall along a half cosine; no memory of gradients (beta_1 = 0: Gulrajani et al., algorithm 1)."""

    def adam(rate, steps):
        schedule = half_cosine(rate, steps, final=0.02)
        return keras.optimizers.Adam(schedule, beta_1=0.0, beta_2=0.9)

    return OptimizerGroup(generator=adam(3e-4, steps), discriminator=adam(3e-4, 3 * steps))


recipe = Recipe(
    name="wgan-gp-fashion",
    title="Wasserstein GAN of clothes",
    title_zh="Wasserstein GAN，服装",
    family="gan",
    paper="Gulrajani et al., 2017, arXiv:1704.00028",
    data="fashion_mnist",
    model=lambda: WGANGP(widths=(128, 64, 32), critic_widths=(64, 128, 256), critic_steps=3, penalty_weight=10.0, seed=0),
    optimizer=optimizer,
    batch_size=192,
    epochs=11,
    validate=validate_images("judge-fashion"),
    score=score_images("judge-fashion"),
    minutes=25,
    notes="Draws clothes of 28x28 grey pixels and nothing else. The distance of its training is one of its own critic: it "
    "compares epochs of one training, not models.",
)
