"""Multi-scale coupling flow on MNIST's 256 grey levels. `kerasgen train realnvp-mnist`.

RealNVP's two scales and checkerboards, Glow's invertible convolutions behind the first four couplings, and two parts of Flow++:
couplings that pass a mixture of logistics, and noise between grey levels that a smaller flow learns. Most pixels of a digit are
black, and what such a pixel costs makes up much of the bits: these parts fit its noise.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.flow.realnvp import RealNVP
from kerasgen.schedules import half_cosine
from kerasgen.scores.flows import score_flow, validate_bits_per_dim
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    schedule = half_cosine(1.5e-3, steps, final=0.01, warmup=steps // 50)
    return keras.optimizers.Adam(schedule, beta_2=0.99, global_clipnorm=200.0)  # of a loss in nats an image


recipe = Recipe(
    name="realnvp-mnist",
    title="Coupling flow of handwritten digits in 256 grey levels, of exact density",
    title_zh="耦合流（RealNVP），256 级灰度的手写数字，密度精确",
    family="flow",
    paper="Dinh, Sohl-Dickstein & Bengio, 2017, arXiv:1605.08803; Ho et al., 2019, arXiv:1902.00275",
    data="mnist",
    model=lambda: RealNVP(couplings=(6, 6), widths=(80, 96), blocks=2, components=8, plain=4, dropout=0.1, seed=0),
    optimizer=optimizer,
    batch_size=128,
    epochs=18,
    validate=validate_bits_per_dim(),
    select=("bits_per_dim", "min"),
    score=score_flow("judge-mnist"),
    precision="float32",
    minutes=250,
    notes="Bits per dimension are of 8-bit images and an upper bound: noise between grey levels is integrated over by draws. "
    "log_prob is the density of continuous images, another number.",
)
