"""Flow matching on MNIST, told the class. `kerasgen train flow-matching-mnist`.

The network, the data and the training of ddpm-mnist; but an image goes to noise along a straight line, and the network says its
velocity (Lipman et al., 2023; Liu et al., 2023). Samples are drawn as there. The picture shows samples of the classes 0 to 9
(columns).
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
    name="flow-matching-mnist",
    title="Flow matching of handwritten digits: straight paths from noise to digits",
    title_zh="流匹配，手写数字：从噪声到数字走直线",
    family="diffusion",
    paper="Lipman et al., 2023, arXiv:2210.02747; Liu et al., 2023, arXiv:2209.03003",
    data="mnist",
    fields=("image", "label"),
    model=lambda: Diffusion(
        num_classes=10, widths=(32, 64, 96), schedule="straight", target="velocity", average_decay=0.9995, seed=0
    ),
    optimizer=optimizer,
    batch_size=128,
    epochs=30,
    score=score_diffusion("judge-mnist"),
    picture=lambda model, splits: model.sample(label=[*range(10)] * 10),
    caption="Samples of the classes 0 to 9, from left to right.",
    precision="float32",
    minutes=140,
    notes="Draws digits of 28x28 pixels, in 25 steps of the network where a GAN takes one.",
)
