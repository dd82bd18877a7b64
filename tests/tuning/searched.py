"""A recipe whose trials take a second: two players on a few points. Its validation number is what the environment says."""

import os

import keras
import numpy as np
import tiny

import kerasgen
from kerasgen.tuning import Choice, Search


@kerasgen.data.register("searched-points")
def searched_points():
    return {"train": {"point": tiny.points(16)}, "test": {"point": tiny.points(4)}}


class Player(tiny.Duel):
    def sample(self, count, seed=0):
        return np.zeros((count, 2, 2, 1), "float32")


def adam(steps):
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-3, steps))


def validate(model, splits):
    if model.width == int(os.environ.get("FAILING_WIDTH", "0")):
        raise MemoryError("no room for this width")
    if model.width == int(os.environ.get("NAN_WIDTH", "0")):
        return {"weight": float("nan")}
    return {"weight": float(keras.ops.sum(keras.ops.abs(model.generator.weights[0])))}


recipe = kerasgen.Recipe(
    name="searched",
    title="Two players",
    data="searched-points",
    fields=("point",),
    batch_size=8,
    epochs=12,
    precision="float32",
    model=lambda: Player(width=3),
    optimizer=lambda steps: kerasgen.OptimizerGroup(generator=adam(steps), discriminator=adam(steps)),
    score=lambda model, splits, full: {"width": kerasgen.Score(model.width, 1, "its width")},
    validate=validate,
    select=("weight", "max"),
)
search = Search({"width": Choice(2, 3, 4)})
