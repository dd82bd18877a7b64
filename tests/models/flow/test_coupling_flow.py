"""The flow of points beside the Jacobian by autodiff and an integral, and what it learns of a known density."""

import keras
import numpy as np
import pytest
from jacobians import log_determinant

from kerasgen.models.flow.coupling_flow import CouplingFlow
from kerasgen.scores.densities import density_picture, integral_score, score_nats

SIZE = {"couplings": 2, "hidden_dim": 6, "seed": 0}
X = np.random.default_rng(0).standard_normal((5, 2)).astype("float32")
WIDE = ((-40.0, 40.0), (-40.0, 40.0))


@pytest.fixture(scope="module", params=[0, 3], ids=["affine", "mixture"])
def model(request):
    model = CouplingFlow(components=request.param, **SIZE)
    for number, weight in enumerate(model.trainable_variables):
        weight.assign_add(0.2 * np.random.default_rng(number).standard_normal(weight.shape))
    return model


def test_log_prob_is_that_of_the_latents_and_the_jacobian(model):
    z = model.encode(X).astype("float64")
    wanted = [log_determinant(model.call, X[i : i + 1], model) for i in range(5)]
    wanted -= 0.5 * np.sum(np.square(z) + np.log(2 * np.pi), axis=1)
    found = model.log_prob(X)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_the_density_adds_up_to_one(model):
    assert integral_score(model, WIDE, steps=641).value == pytest.approx(1.0, abs=0.01)


def test_decode_and_encode_lead_back(model):
    np.testing.assert_allclose(model.decode(model.encode(X)), X, atol=1e-5)
    np.testing.assert_allclose(model.encode(model.decode(X)), X, atol=1e-4)


def test_a_sample_is_what_decode_gives(model):
    latents = model.encode(model.sample(4, seed=1))
    np.testing.assert_allclose(model.encode(model.sample(4, seed=1, temperature=0.5)), 0.5 * latents, atol=1e-4)


def test_far_points_make_no_infinity(model):
    far = np.array([[1e6, -1e6], [0, 1e30], [1e-30, 1e3]], "float32")
    assert np.all(np.isfinite(model.decode(far[:1])))
    assert np.all(np.isfinite(model.log_prob(far)))


def test_it_learns_what_a_gaussian_would():
    """Correlated normal points: their entropy is known."""
    rng = np.random.default_rng(1)
    factor = np.array([[1.0, 0.0], [1.2, 0.5]])
    points = (rng.standard_normal((2000, 2)) @ factor.T + [1.0, -2.0]).astype("float32")
    model = CouplingFlow(couplings=1, hidden_dim=4, components=0, average_decay=0.9, seed=0)
    model.compile(keras.optimizers.Adam(0.03))
    model.fit(points, batch_size=200, epochs=12, verbose=0)
    entropy = np.log(2 * np.pi * np.e) + np.log(np.linalg.det(factor))
    assert -model.log_prob(points).mean() == pytest.approx(entropy, abs=0.06)


def test_scores_put_the_density_beside_another_one(model):
    splits = {split: {"point": X} for split in ("train", "test")}
    scores = score_nats("point", "point", lambda x: np.full(len(x), -2.0), "two", box=WIDE)(model, splits)
    assert scores["nats"].value == pytest.approx(-model.log_prob(X).mean())
    assert (scores["nats"].reference, scores["nats"].beside) == (2.0, "two")
    picture = density_picture("point", ((-3, 3), (-3, 3)))(model, splits)
    assert picture.shape == (2, 160, 160, 1) and picture.min() >= -1 and picture.max() == 1
    inside = np.all(np.abs(X) < 3, axis=1).sum()
    assert 0 < np.sum(picture[0] < 1) <= inside  # the places with a point
    row, column = (160 * (np.array([3 - X[0, 1], X[0, 0] + 3]) / 6)).astype(int)
    assert picture[0, row, column] < 1


@pytest.mark.parametrize("name", ["dim", "couplings", "hidden_dim", "components"])
def test_settings_that_make_no_flow_are_refused(name):
    with pytest.raises(ValueError, match=f"^{name} must be an integer from"):
        CouplingFlow(**{name: -1})


@pytest.mark.parametrize("points", [X[:, :1], X[0], X[:0], X + np.inf, [["a", "b"]], [[1, 2], [3]]])
def test_other_points_are_refused(model, points):
    for verb, name in ((model.log_prob, "points"), (model.encode, "points"), (model.decode, "latents")):
        with pytest.raises(ValueError, match=rf"^{name} must be finite real numbers of shape \(count, 2\)"):
            verb(points)


def test_it_is_exported_with_its_density(model):
    found = model.averaged_networks()["encode"](X)
    np.testing.assert_allclose(found["latents"], model.encode(X), atol=1e-5)
    np.testing.assert_allclose(found["log_prob"], model.log_prob(X), atol=1e-4)
