"""Denoising autoencoder on MNIST, for Gaussian noise of any strength. `kerasgen train denoiser-mnist`.

Noise is drawn anew in every step, with a deviation of its own for each image, uniform in [0, 0.7] on pixels in [0, 1].
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.vae.denoiser import Denoiser
from kerasgen.schedules import half_cosine
from kerasgen.scores.denoising import picture, score_denoising, validate_denoising
from kerasgen.training.recipe import Recipe

recipe = Recipe(
    name="denoiser-mnist",
    title="Denoising autoencoder of handwritten digits",
    title_zh="去噪自编码器，手写数字",
    family="vae",
    paper="Vincent, Larochelle, Bengio & Manzagol, 2008; Ronneberger et al., 2015, arXiv:1505.04597",
    data="mnist",
    model=lambda: Denoiser(widths=(16, 32, 64), max_sigma=0.7, seed=0),
    optimizer=lambda steps: keras.optimizers.Adam(half_cosine(2e-3, steps, final=0.01)),
    batch_size=128,
    epochs=6,
    validate=validate_denoising(),
    select=("psnr_gain", "max"),
    score=score_denoising(),
    picture=picture,
    caption="Damaged images, each row above what is made of it; the last row is clean.",
    precision="float32",
    minutes=15,
    notes="Knows digits of 28x28 pixels alone, and Gaussian noise that was not clipped; salt and pepper and missing squares it "
    "was not trained for. In the picture: damaged images, each row above what is made of it; the last row is clean.",
)
