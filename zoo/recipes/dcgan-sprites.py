"""DCGAN of game tiles, in colour. `kerasgen train dcgan-sprites`.

There are only 4,598 tiles to learn from, so the discriminator sees all images shifted, mirrored and with a part missing
(kerasgen/layers/diff_augment.py), and a gradient penalty slows it down. The generator begins with 4x4 places: when it began
with 8x8, its tiles fell apart. The epoch that was best on the validation tiles is released. The card's picture has samples in
odd rows, and below each the training tile that is nearest to it by pixels.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.gan.dcgan import DCGAN
from kerasgen.optimizers import OptimizerGroup
from kerasgen.schedules import half_cosine
from kerasgen.scores.features import BESIDE_TRAINING, beside_training, score_features, validate_features
from kerasgen.training.recipe import Recipe

learning_rate = 2e-4  # with beta_1 = 0.5: Radford et al. 2016, section 4


def optimizer(steps):
    """Both rates fall along a half cosine."""

    def adam():
        return keras.optimizers.Adam(half_cosine(learning_rate, steps, final=0.02), beta_1=0.5)

    return OptimizerGroup(generator=adam(), discriminator=adam())


recipe = Recipe(
    name="dcgan-sprites",
    title="DCGAN of game tiles: creatures, things and walls in colour",
    title_zh="DCGAN，游戏图块：彩色的生物、物品和墙壁",
    family="gan",
    paper="Radford, Metz & Chintala, 2016, arXiv:1511.06434; Zhao et al., 2020, arXiv:2006.10738",
    data="crawl_tiles",
    model=lambda: DCGAN(
        image_shape=(32, 32, 3),
        widths=(256, 128, 64, 32),
        discriminator_widths=(64, 128, 256),
        penalty_weight=1.0,
        augment=("translation", "flip", "cutout"),
        seed=0,
    ),
    optimizer=optimizer,
    batch_size=64,
    epochs=40,
    steps_per_epoch=360,  # five passes
    validate=validate_features("simclr-sprites"),
    select=("kernel_distance", "min"),
    score=score_features("simclr-sprites"),
    picture=beside_training,
    caption=BESIDE_TRAINING,
    minutes=47,
    notes="Draws tiles of 32x32 pixels: floors and walls, and creatures and things whose outlines, colours and shades are "
    "the game's, but that one could seldom name. All tiles stand on mid grey, and the splits keep families of near-copies "
    "together.",
)
