"""Convolutional VAE on Fashion-MNIST, its bits drawn anew in every step. `kerasgen train vae-fashion`.

Trained on the importance-weighted bound with two samples. Hardware, time and scores of the last run are in the entry that this
command writes.
"""

import keras

from kerasgen.models.vae.vae import VAE
from kerasgen.schedules import half_cosine
from kerasgen.scores.bits import score_bits, validate_bits
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    schedule = half_cosine(1.5e-3, steps, warmup=steps // 50)
    return keras.optimizers.Adam(schedule, global_clipnorm=200.0)  # a bad batch costs hundreds of nats


recipe = Recipe(
    name="vae-fashion",
    title="Variational autoencoder of clothes, as bits",
    title_zh="变分自编码器，二值服装图像",
    family="vae",
    paper="Kingma & Welling, 2014, arXiv:1312.6114; Burda, Grosse & Salakhutdinov, 2016, arXiv:1509.00519",
    data="fashion_mnist",
    model=lambda: VAE(latent_dim=40, widths=(32, 64), blocks=1, hidden_dim=512, train_samples=2, seed=0),
    optimizer=optimizer,
    batch_size=128,
    epochs=24,
    validate=validate_bits(),
    select=("nats", "min"),
    score=score_bits(data_name="fashion"),
    precision="float32",
    minutes=30,
    notes="Its likelihood is one of bits: grey levels are probabilities, most of the nats are the chance in drawing them, and "
    "samples are shown as means, which are smoother than real clothes.",
)
