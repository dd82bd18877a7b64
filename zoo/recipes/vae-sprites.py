"""VAE of game tiles in colour, with a discretised logistic likelihood. `kerasgen train vae-sprites`.

Each of the 3,072 numbers of a tile has a distribution over its 256 levels (Kingma et al., 2016, arXiv:1606.04934, appendix
A.3), so that its bound counts bits a dimension. There are 4,598 tiles to learn from, and their mirror images; the epoch that
was best on the validation tiles is released. In each row of the picture: a test tile, and its reconstruction with one of the
latents that vary most moved from -3 to 3.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras
import numpy as np

from kerasgen.data import to_float_images
from kerasgen.models.vae.vae import VAE
from kerasgen.schedules import half_cosine
from kerasgen.scores.levels import mirrored, score_levels, validate_levels
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    schedule = half_cosine(1e-3, steps, warmup=steps // 50)
    return keras.optimizers.AdamW(schedule, weight_decay=1e-2, global_clipnorm=1000.0)


def traversals(model, splits):
    """Ten test tiles and nine reconstructions of each, in which one latent moves: one row for each of ten latents."""
    images = to_float_images(splits["test"]["image"])
    codes, _ = model.encode(images)
    moved = np.argsort(-codes.var(axis=0))[:10]
    chosen = np.linspace(0, len(images) - 1, len(moved)).astype(int)
    rows = np.repeat(codes[chosen], 9, axis=0).reshape(len(moved), 9, -1)
    rows[np.arange(len(moved)), :, moved] = np.linspace(-3, 3, 9)
    drawn = model.decode(rows.reshape(-1, rows.shape[-1])).reshape(len(moved), 9, *images.shape[1:])
    return np.concatenate([images[chosen][:, None], drawn], axis=1).reshape(-1, *images.shape[1:])


recipe = Recipe(
    name="vae-sprites",
    title="Variational autoencoder of game tiles, in colour",
    title_zh="变分自编码器，彩色游戏图块",
    family="vae",
    paper="Kingma & Welling, 2014, arXiv:1312.6114; Kingma et al., 2016, arXiv:1606.04934",
    data="crawl_tiles",
    model=lambda: VAE(
        image_shape=(32, 32, 3),
        latent_dim=64,
        widths=(48, 64),
        blocks=1,
        hidden_dim=256,
        likelihood="logistic",
        warmup_steps=1000,
        seed=0,
    ),
    optimizer=optimizer,
    batch_size=128,
    batches=mirrored,
    epochs=30,
    steps_per_epoch=300,
    validate=validate_levels(),
    select=("bits_per_dim", "min"),
    score=score_levels(),
    picture=traversals,
    caption="In each row: a test tile, and its reconstruction with one latent moved from -3 to 3.",
    precision="float32",
    minutes=40,
    notes="Draws tiles of 32x32 pixels, softer than the game's: each sample is a mean. Trained on mirror images, too.",
)
