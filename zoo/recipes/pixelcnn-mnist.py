"""Gated PixelCNN on MNIST, its bits drawn anew in every step. `kerasgen train pixelcnn-mnist`.

Small, since a network at full resolution costs 784 times its weights an image. The picture shows samples.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.autoregressive.pixelcnn import PixelCNN
from kerasgen.schedules import half_cosine
from kerasgen.scores.exact_bits import score_exact_bits, validate_exact_bits
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    schedule = half_cosine(3e-3, steps, final=0.01, warmup=steps // 50)
    return keras.optimizers.Adam(schedule, global_clipnorm=100.0)


recipe = Recipe(
    name="pixelcnn-mnist",
    title="Gated PixelCNN, which writes handwritten digits pixel by pixel, as bits",
    title_zh="门控 PixelCNN，逐像素生成二值手写数字",
    family="autoregressive",
    paper="van den Oord et al., 2016, arXiv:1606.05328",
    data="mnist",
    model=lambda: PixelCNN(width=24, num_layers=6, first_kernel=7, kernel=3, head_dim=48, seed=0),
    optimizer=optimizer,
    batch_size=64,
    epochs=10,
    validate=validate_exact_bits(),
    select=("nats", "min"),
    score=score_exact_bits(static="binarized_mnist"),
    caption="Samples: images of bits, drawn pixel by pixel.",
    precision="float32",
    minutes=60,
    notes="Its images are of bits, as they are drawn. Trained on fresh bits, so its number on the static test set is not one "
    "of a model trained on those.",
)
