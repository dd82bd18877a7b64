"""Convolutional autoencoder on MNIST, and a mixture of Gaussians over its codes. `kerasgen train autoencoder-mnist`.

Sixteen numbers an image, as many as principal components stand beside it. When training has ended, a mixture of fifty full
Gaussians is fitted to the codes of the training images by EM: samples come from it.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.vae.autoencoder import Autoencoder
from kerasgen.schedules import half_cosine
from kerasgen.scores.autoencoders import fit_prior, score_autoencoder, validate_reconstructions
from kerasgen.training.recipe import Recipe

recipe = Recipe(
    name="autoencoder-mnist",
    title="Autoencoder of handwritten digits, with a mixture of Gaussians over its codes",
    title_zh="自编码器，手写数字，编码上拟合了高斯混合",
    family="vae",
    paper="Hinton & Salakhutdinov, 2006; Ghosh et al., 2020, arXiv:1903.12436",
    data="mnist",
    model=lambda: Autoencoder(latent_dim=16, widths=(32, 64), blocks=0, hidden_dim=256, seed=0),
    optimizer=lambda steps: keras.optimizers.Adam(half_cosine(2e-3, steps, final=0.01)),
    batch_size=128,
    epochs=12,
    validate=validate_reconstructions(),
    select=("mse", "min"),
    finish=fit_prior("gaussian_mixture", components=50),
    score=score_autoencoder("judge-mnist"),
    precision="float32",
    minutes=10,
    notes="Nothing keeps its codes in one place: without the mixture it cannot draw, and codes between those of two images may "
    "be of none. fit forgets the mixture; model.fit_prior fits it anew.",
)
