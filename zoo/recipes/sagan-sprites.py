"""Self-attention GAN of game tiles. `kerasgen train sagan-sprites`.

As large as dcgan-sprites, from the same data with the same changes of what the discriminator sees. Rates of the authors: the
discriminator learns four times as fast (Zhang et al., 2019, section 4). The card's picture has samples in odd rows, and below
each the training tile that is nearest to it by pixels; where the generator looks is shown by `model.attention`.
Hardware, time and scores of the last run stand in zoo/manifest.json, written by that command.
"""

import keras

from kerasgen.feature_scores import beside_training, score_features, validate_features
from kerasgen.models.gan.sagan import SAGAN
from kerasgen.optimizers import OptimizerGroup
from kerasgen.recipe import Recipe


def optimizer(steps):
    """Rates fall along a half cosine; beta_1 = 0, beta_2 = 0.9: Zhang et al., section 4."""

    def adam(rate):
        return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps, alpha=0.02), beta_1=0.0, beta_2=0.9)

    return OptimizerGroup(generator=adam(1e-4), discriminator=adam(4e-4))


recipe = Recipe(
    name="sagan-sprites",
    title="Self-attention GAN of game tiles: creatures, things and walls in colour",
    family="gan",
    paper="Zhang et al., 2019, arXiv:1805.08318; Miyato et al., 2018, arXiv:1802.05957",
    aliases=("at-gan-sprites",),
    data="crawl_tiles",
    model=lambda: SAGAN(
        image_shape=(32, 32, 3),
        widths=(320, 160, 72, 32),
        discriminator_widths=(64, 128, 256),
        augment=("translation", "flip", "cutout"),
        seed=0,
    ),
    optimizer=optimizer,
    batch_size=64,
    epochs=10,
    steps_per_epoch=360,  # five passes
    validate=validate_features("simclr-sprites"),
    select=("kernel_distance", "min"),
    score=score_features("simclr-sprites"),
    picture=beside_training,
    minutes=10,
    notes="Draws tiles of 32x32 pixels that have the colours, outlines and textures of the game's; what they show is often "
    "nothing in particular. All tiles stand on mid grey, and the splits keep families of near-copies together.",
)
