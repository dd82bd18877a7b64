"""Self-attention GAN of game tiles. `kerasgen train sagan-sprites`.

As large as dcgan-sprites, with the same data and the same augmentation of what the discriminator sees. Both players have the
same rate: with the authors' (Zhang et al., 2019, section 4: the discriminator four times as fast) the discriminator recognised
97% of the generated tiles after 10 epochs, and samples got worse. The card's picture has samples in odd rows, and below each
the training tile that is nearest to it by pixels; `model.attention` shows where the generator looks.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.gan.sagan import SAGAN
from kerasgen.optimizers import OptimizerGroup
from kerasgen.schedules import half_cosine
from kerasgen.scores.features import BESIDE_TRAINING, beside_training, score_features, validate_features
from kerasgen.training.recipe import Recipe

learning_rate = 2e-4  # with beta_1 = 0, beta_2 = 0.9: Zhang et al., section 4


def optimizer(steps):
    """Both rates fall along a half cosine."""

    def adam():
        schedule = half_cosine(learning_rate, steps, final=0.02)
        return keras.optimizers.Adam(schedule, beta_1=0.0, beta_2=0.9)

    return OptimizerGroup(generator=adam(), discriminator=adam())


recipe = Recipe(
    name="sagan-sprites",
    title="Self-attention GAN of game tiles: creatures, things and walls in colour",
    title_zh="自注意力 GAN，游戏图块：彩色的生物、物品和墙壁",
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
    epochs=24,
    steps_per_epoch=360,  # five passes
    validate=validate_features("simclr-sprites"),
    select=("kernel_distance", "min"),
    score=score_features("simclr-sprites"),
    picture=beside_training,
    caption=BESIDE_TRAINING,
    minutes=36,
    notes="Draws tiles of 32x32 pixels: floors and walls, and creatures and things whose outlines, colours and shades are "
    "the game's, but that one could seldom name. All tiles stand on mid grey, and the splits keep families of near-copies "
    "together.",
)
