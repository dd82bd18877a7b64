"""Diffusion on Fashion-MNIST, told the class: `sample(label=7)` draws sneakers. `kerasgen train ddpm-fashion`.

The network says v (Salimans & Ho, 2022) under cosine noise; a tenth of the labels is left out, so that samples can be guided.
Samples are drawn in 25 steps of DPM-Solver++. The picture shows samples of the classes 0 to 9 (columns).
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.diffusion.diffusion import Diffusion
from kerasgen.schedules import half_cosine
from kerasgen.scores.diffusion import score_diffusion
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    schedule = half_cosine(1e-3, steps, final=0.01, warmup=steps // 50)
    return keras.optimizers.Adam(schedule, beta_2=0.99, global_clipnorm=1.0)


recipe = Recipe(
    name="ddpm-fashion",
    title="Diffusion model of clothes: the kind can be asked for",
    title_zh="扩散模型，服装：可以指定画哪一类",
    family="diffusion",
    paper="Ho et al., 2020, arXiv:2006.11239; Ho & Salimans, 2022, arXiv:2207.12598",
    data="fashion_mnist",
    fields=("image", "label"),
    model=lambda: Diffusion(num_classes=10, widths=(48, 80, 112), dropout=0.1, average_decay=0.9995, seed=0),
    optimizer=optimizer,
    batch_size=128,
    epochs=30,
    score=score_diffusion("judge-fashion"),
    picture=lambda model, splits: model.sample(label=[*range(10)] * 10),
    caption="Samples of the classes 0 to 9, from left to right.",
    precision="float32",
    minutes=360,
    notes="Draws grey pictures of clothes of 28x28 pixels, in 25 steps of the network where a GAN takes one.",
)
