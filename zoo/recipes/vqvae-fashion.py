"""VQ-VAE of clothes, and a Transformer that writes its codes for a class. `kerasgen train vqvae-fashion`.

An image is 7x7 codes of a codebook of 256. Autoencoder and prior are trained in the same step; no gradient of the prior reaches
the codes. Much of these images is one black, which one code would stand for: the weight on the codes' entropy has the encoder
use the others there, too. The picture shows ten samples (rows) of each class (columns).
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras
import numpy as np

from kerasgen.models.vae.vqvae import VQVAE
from kerasgen.schedules import half_cosine
from kerasgen.scores.codes import score_codes, validate_codes
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    schedule = half_cosine(1e-3, steps, final=0.01, warmup=steps // 50)
    return keras.optimizers.AdamW(schedule, weight_decay=1e-4, global_clipnorm=10.0)


recipe = Recipe(
    name="vqvae-fashion",
    title="VQ-VAE of clothes with an autoregressive prior: the class can be asked for",
    title_zh="VQ-VAE，服装图像，编码上有自回归先验：可以指定类别",
    family="vae",
    paper="van den Oord, Vinyals & Kavukcuoglu, 2017, arXiv:1711.00937",
    data="fashion_mnist",
    fields=("image", "label"),
    model=lambda: VQVAE(
        codebook_size=256,
        code_dim=16,
        widths=(48, 96),
        blocks=2,
        prior_width=128,
        prior_layers=4,
        prior_heads=4,
        dropout=0.1,
        seed=0,
    ),
    optimizer=optimizer,
    batch_size=128,
    epochs=8,
    steps_per_epoch=500,
    validate=validate_codes("judge-fashion"),
    score=score_codes("judge-fashion"),
    picture=lambda model, splits: model.sample(label=np.arange(100) % 10),
    caption="Samples of the classes 0 to 9, from left to right.",
    minutes=30,
    notes="Draws clothes of 28x28 pixels and nothing else. What its codes do not hold, such as fine prints, its images lack.",
)
