"""Hierarchical VAE on MNIST with six stochastic layers, its bits drawn anew in every step. `kerasgen train hvae-mnist`.

Two vectors for the digit as a whole, three maps of 7x7 places with two latents each, and one of 14x14 places. So that no layer
is given up, the divergence is warmed up from nothing (Sonderby et al., 2016, arXiv:1602.02282), and half a nat of each layer is
free (Kingma et al., 2016, arXiv:1606.04934). The card has the divergence of each layer.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.vae.hvae import HVAE
from kerasgen.schedules import half_cosine
from kerasgen.scores.bits import validate_bits
from kerasgen.scores.hierarchies import score_hierarchy
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    schedule = half_cosine(1.5e-3, steps, warmup=steps // 50)
    return keras.optimizers.Adam(schedule, global_clipnorm=100.0)  # a bad batch costs hundreds of nats


recipe = Recipe(
    name="hvae-mnist",
    title="Hierarchical variational autoencoder of handwritten digits: six stochastic layers, as bits",
    title_zh="层次变分自编码器，二值手写数字，六个随机层",
    family="vae",
    paper="Sonderby et al., 2016, arXiv:1602.02282; Child, 2021, arXiv:2011.10650",
    data="mnist",
    model=lambda: HVAE(
        scales=("vector", "vector", "quarter", "quarter", "quarter", "half"),
        depths=(24, 24, 2, 2, 2, 1),
        widths=(32, 64),
        blocks=2,
        hidden_dim=192,
        average_decay=0.999,
        free_bits=0.5,
        warmup_steps=2000,
        seed=0,
    ),
    optimizer=optimizer,
    batch_size=256,
    epochs=8,
    steps_per_epoch=1000,
    validate=validate_bits(count=500, samples=20),
    select=("nats", "min"),
    score=score_hierarchy(static="binarized_mnist"),
    precision="float32",
    minutes=60,
    notes="Its likelihood is one of bits: grey levels are probabilities, and samples are shown as such. Trained on fresh bits, "
    "so its number on the static test set is not one of a model trained on those.",
)
