"""The encoder whose features measure the generators of sprites, trained without labels. `kerasgen train simclr-sprites`.

Two views of a tile differ by colour, position, crop and mirror image (kerasgen/models/encoders/simclr.py). A linear classifier
of the tiles' folders, which the encoder never saw in training, tests whether the features say what is in the picture.
The card's picture has, in each row, a test tile and the nine training tiles with the nearest features.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.encoders.simclr import SimCLR
from kerasgen.schedules import half_cosine
from kerasgen.scores.encoders import NEAREST_NEIGHBOURS, nearest_neighbour_grid, score_encoder, validate_encoder
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    schedule = half_cosine(2e-3, steps, warmup=steps // 20)
    return keras.optimizers.AdamW(schedule, weight_decay=1e-4)


recipe = Recipe(
    name="simclr-sprites",
    title="Encoder of game tiles whose 128 features, learned without labels, serve the metrics",
    title_zh="游戏图块编码器，无标签学得的 128 维特征供评价指标使用",
    family="encoder",
    paper="Chen et al., 2020, arXiv:2002.05709",
    data="crawl_tiles",
    model=lambda: SimCLR(
        widths=(32, 64, 128),
        augment=("brightness", "contrast", "saturation", "translation", "rotation", "crop", "flip"),
        temperature=0.2,
        seed=0,
    ),
    optimizer=optimizer,
    batch_size=256,
    epochs=60,
    validate=validate_encoder,
    score=score_encoder,
    picture=nearest_neighbour_grid,
    caption=NEAREST_NEIGHBOURS,
    minutes=12,
    notes="Made to compare generators of the same tiles by the same features: its distances mean nothing beside those of "
    "another network. What its training changed at random (colour, place, cut, mirror image) the features tell less of.",
)
