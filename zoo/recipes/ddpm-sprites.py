"""Diffusion on game tiles. `kerasgen train ddpm-sprites`.

The data of dcgan-sprites and sagan-sprites, as they are: no tile is shifted or mirrored; dropout is what stands against
learning the 4,650 training tiles by heart. The card's picture has samples in odd rows, and below each the training tile that
is nearest to it by pixels.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.diffusion.diffusion import Diffusion
from kerasgen.schedules import half_cosine
from kerasgen.scores.diffusion import score_diffusion
from kerasgen.scores.features import BESIDE_TRAINING, beside_training
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    schedule = half_cosine(6e-4, steps, final=0.01, warmup=steps // 50)
    return keras.optimizers.Adam(schedule, beta_2=0.99, global_clipnorm=1.0)


recipe = Recipe(
    name="ddpm-sprites",
    title="Diffusion model of game tiles: creatures, things and walls in colour",
    title_zh="扩散模型，游戏图块：彩色的生物、物品和墙壁",
    family="diffusion",
    paper="Ho et al., 2020, arXiv:2006.11239; Salimans & Ho, 2022, arXiv:2202.00512",
    data="crawl_tiles",
    model=lambda: Diffusion((32, 32, 3), widths=(48, 96, 128), dropout=0.1, average_decay=0.9995, seed=0),
    optimizer=optimizer,
    batch_size=64,
    epochs=16,
    steps_per_epoch=1440,  # twenty passes
    score=score_diffusion(encoder_name="simclr-sprites"),
    picture=beside_training,
    caption=BESIDE_TRAINING,
    precision="float32",
    minutes=300,
    notes="Draws tiles of 32x32 pixels. All tiles stand on mid grey, and the splits keep families of near-copies together.",
)
