"""What `compile` charges for weights: l1 and l2, for models with one loss and with two players."""

import keras
import numpy as np
import pytest
import tiny

from kerasgen.optimizers import OptimizerGroup

L1, L2, RATE = 0.03, 0.2, 0.5
WITHOUT_CHANCE = {"lstm": {"dropout": 0.0, "weight_drop": 0.0}}
names = pytest.mark.parametrize("name", ["lstm", "mlp_gan"])


def compiled(name, weights=None, rate=RATE, **penalties):
    model = tiny.stir(tiny.build(name, **WITHOUT_CHANCE.get(name, {})))
    if weights is not None:
        model.set_weights(weights)
    members = {player: keras.optimizers.SGD(rate) for player in model.players}
    model.compile(OptimizerGroup(**members) if members else keras.optimizers.SGD(rate), **penalties)
    return model


def test_a_step_goes_down_the_slope_of_the_penalty():
    plain = compiled("lstm")
    charged = compiled("lstm", plain.get_weights(), l1=L1, l2=L2)
    start = tiny.values(plain.trainable_weights)
    for model in (plain, charged):
        tiny.fit(model, *tiny.batch("lstm"), batch_size=tiny.COUNT)
    for before, *after in zip(start, *(tiny.values(model.trainable_weights) for model in (plain, charged)), strict=True):
        slope = L1 * np.sign(before) + 2 * L2 * before if before.ndim > 1 else np.zeros_like(before)
        np.testing.assert_allclose(after[1], after[0] - RATE * slope, atol=1e-5)
    assert any(before.ndim == 1 for before in start)


@names
def test_weights_shrink(name):
    sizes = []
    for l2 in (0.0, 3.0):
        model = compiled(name, rate=0.02, l2=l2)
        tiny.fit(model, *tiny.batch(name), epochs=3)
        sizes.append(sum(float(np.sum(np.square(w))) for w in tiny.values(model.trainable_weights) if w.ndim > 1))
    assert sizes[1] < 0.7 * sizes[0]


@names
def test_the_penalties_are_saved_with_the_model(name, tmp_path):
    model = compiled(name, l1=L1, l2=L2)
    model.save(tmp_path / "model.keras")
    assert dict(keras.models.load_model(tmp_path / "model.keras").penalties) == {"l1": L1, "l2": L2}


@pytest.mark.parametrize("key", ["l1", "l2"])
@pytest.mark.parametrize("wrong", [-1.0, float("nan"), "much"])
def test_factors_are_checked(key, wrong):
    with pytest.raises(ValueError, match=f"^{key} must be a number from 0 to 1000"):
        tiny.build("lstm").compile("sgd", **{key: wrong})
