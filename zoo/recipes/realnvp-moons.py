"""Coupling flow of two half moons. `kerasgen train realnvp-moons`.

The points' own density is known (kerasgen/data/sets/moons.py) and stands beside the model's. Couplings pass a mixture of
logistics: affine ones leave a bridge between the moons.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.data.sets import moons
from kerasgen.models.flow.coupling_flow import CouplingFlow
from kerasgen.schedules import half_cosine
from kerasgen.scores.densities import density_picture, score_nats, validate_nats
from kerasgen.training.recipe import Recipe

BOX = ((-2.0, 3.0), (-1.5, 2.0))


def optimizer(steps):
    return keras.optimizers.Adam(half_cosine(3e-3, steps, final=0.01, warmup=steps // 50), global_clipnorm=5.0)


recipe = Recipe(
    name="realnvp-moons",
    title="Coupling flow of two half moons in the plane",
    title_zh="耦合流（RealNVP），平面上的两个半月",
    family="flow",
    modality="array",
    paper="Dinh, Sohl-Dickstein & Bengio, 2017, arXiv:1605.08803; Ho et al., 2019, arXiv:1902.00275",
    data="moons",
    fields=("point",),
    model=lambda: CouplingFlow(dim=2, couplings=6, hidden_dim=48, components=8, seed=0),
    optimizer=optimizer,
    batch_size=500,
    epochs=100,
    validate=validate_nats("point"),
    select=("nats", "min"),
    score=score_nats("point", "point", moons.log_density, "the density that the points come from", BOX),
    picture=density_picture("point", BOX),
    caption="The training points, counted, and beside them the density that the model has learned; darker is more.",
    precision="float32",
    minutes=3,
)
