"""MADE on MNIST, its bits drawn anew in every step. `kerasgen train made-mnist`.

One order of the pixels, row by row. The picture shows samples.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.autoregressive.made import MADE
from kerasgen.schedules import half_cosine
from kerasgen.scores.exact_bits import score_exact_bits, validate_exact_bits
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    schedule = half_cosine(1.5e-3, steps, final=0.01, warmup=steps // 50)
    return keras.optimizers.AdamW(schedule, weight_decay=1e-2, global_clipnorm=100.0)


recipe = Recipe(
    name="made-mnist",
    title="MADE, a masked autoencoder that gives the exact probability of handwritten digits, as bits",
    title_zh="MADE（掩码自编码器），二值手写数字，概率精确可算",
    family="autoregressive",
    paper="Germain et al., 2015, arXiv:1502.03509",
    data="mnist",
    model=lambda: MADE(hidden_dims=(1000, 1000), average_decay=0.999, seed=0),
    optimizer=optimizer,
    batch_size=256,
    epochs=32,
    validate=validate_exact_bits(),
    select=("nats", "min"),
    score=score_exact_bits(static="binarized_mnist"),
    caption="Samples: images of bits, drawn pixel by pixel.",
    precision="float32",
    minutes=20,
    notes="Its images are of bits, as they are drawn. It knows nothing of neighbourhood, so strokes are rough. Trained on "
    "fresh bits, so its number on the static test set is not one of a model trained on those.",
)
