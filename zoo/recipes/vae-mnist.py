"""Convolutional VAE on MNIST, its bits drawn anew in every step. `kerasgen train vae-mnist`.

Trained on the importance-weighted bound with a few samples (Burda et al., 2016), which leaves more latents in use than the
plain one. Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.vae.vae import VAE
from kerasgen.schedules import half_cosine
from kerasgen.scores.bits import score_bits, validate_bits
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    schedule = half_cosine(1.5e-3, steps, warmup=steps // 50)
    return keras.optimizers.Adam(schedule, global_clipnorm=100.0)  # a bad batch costs hundreds of nats


recipe = Recipe(
    name="vae-mnist",
    title="Variational autoencoder of handwritten digits, as bits",
    title_zh="变分自编码器，二值手写数字",
    family="vae",
    paper="Kingma & Welling, 2014, arXiv:1312.6114; Burda, Grosse & Salakhutdinov, 2016, arXiv:1509.00519",
    data="mnist",
    model=lambda: VAE(latent_dim=40, widths=(32, 64), blocks=1, hidden_dim=256, train_samples=4, seed=0),
    optimizer=optimizer,
    batch_size=128,
    epochs=26,
    validate=validate_bits(),
    select=("nats", "min"),
    score=score_bits(static="binarized_mnist"),
    minutes=20,
    notes="Its likelihood is one of bits: grey levels are probabilities, and samples are shown as such. Means look softer than "
    "real digits. Trained on fresh bits, so its number on the static test set is not one of a model trained on those.",
)
