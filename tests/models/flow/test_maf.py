"""The autoregressive flow beside the Jacobian by autodiff, an integral, and what the masks must hide."""

import keras
import numpy as np
import pytest
from jacobians import log_determinant
from keras import ops

from kerasgen.models.flow.maf import MAF, masked_network
from kerasgen.scores.densities import integral_score

CENTER, SPREAD = [1.0, -20.0, 0.0], [0.5, 30.0, 0.01]
X = (np.random.default_rng(0).standard_normal((5, 3)) * SPREAD + CENTER).astype("float32")
LABELS = np.array([0, 1, 1, 0, 1])


def stirred(**settings):
    model = MAF(3, hidden_dim=6, center=CENTER, spread=SPREAD, seed=0, **{"num_layers": 2, **settings})
    for number, weight in enumerate(model.trainable_variables):
        weight.assign_add(0.2 * np.random.default_rng(number).standard_normal(weight.shape))
    return model


@pytest.fixture(scope="module", params=[0, 3], ids=["affine", "mixture"])
def model(request):
    return stirred(components=request.param)


@pytest.fixture(scope="module")
def given():
    return stirred(num_classes=2)


def log_normal(z):
    return -0.5 * np.sum(np.square(z.astype("float64")) + np.log(2 * np.pi), axis=1)


def test_log_prob_is_that_of_the_latents_and_the_jacobian(model):
    scaled = (X - model.offset) / model.unit
    log_dets = [log_determinant(lambda x: model.flow(x)[0], scaled[i : i + 1].astype("float32"), model) for i in range(5)]
    wanted = log_normal(model.encode(X)) + log_dets - np.log(SPREAD).sum()
    found = model.log_prob(X)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_the_density_adds_up_to_one():
    model = MAF(2, num_layers=2, hidden_dim=4, components=2, center=[1.0, 0.0], spread=[2.0, 0.5], seed=0)
    for number, weight in enumerate(model.trainable_variables):
        weight.assign_add(0.2 * np.random.default_rng(number).standard_normal(weight.shape))
    assert integral_score(model, ((-80, 80), (-20, 20)), steps=641).value == pytest.approx(1.0, abs=0.01)


def test_decode_and_encode_lead_back(model):
    np.testing.assert_allclose((model.decode(model.encode(X)) - X) / SPREAD, np.zeros_like(X), atol=2e-5)


def test_a_column_depends_on_those_before_it_alone():
    network = masked_network(4, 10, 2, 0, 0.0, None)
    for number, weight in enumerate(network.trainable_variables):
        weight.assign(np.random.default_rng(number).standard_normal(weight.shape))
    x = np.random.default_rng(1).standard_normal((1, 4)).astype("float32")
    before = ops.convert_to_numpy(network(x)).reshape(4, 2)
    for column in range(4):
        changed = x.copy()
        changed[0, column] += 1.0
        moved = np.abs(ops.convert_to_numpy(network(changed)).reshape(4, 2) - before) > 1e-6
        np.testing.assert_array_equal(moved, np.repeat(np.arange(4)[:, None] > column, 2, axis=1))


def test_a_class_changes_the_density(given):
    each = np.stack([given.log_prob(X, label) for label in (0, 1)])
    assert np.abs(each[0] - each[1]).min() > 1e-3
    np.testing.assert_allclose(given.log_prob(X, LABELS), each[LABELS, np.arange(5)], atol=1e-5)
    np.testing.assert_allclose(given.decode(given.encode(X, LABELS), LABELS), X, rtol=1e-4, atol=1e-3)
    drawn = given.sample(4, seed=1, label=[0, 1, 0, 1])
    np.testing.assert_allclose(drawn[1::2], given.sample(4, seed=1, label=1)[1::2], rtol=1e-5)
    np.testing.assert_allclose(drawn[2:], given.sample(2, seed=1, start=2, label=[0, 1]), rtol=1e-5)


def test_a_conditional_density_is_trained_with_labels(given):
    given.compile(keras.optimizers.Adam(0.0))
    loss = given.evaluate(X, LABELS, verbose=0)
    loss = loss[0] if isinstance(loss, list) else loss
    assert loss == pytest.approx(-given.log_prob(X, LABELS).mean(), rel=1e-4)
    given.fit(X, LABELS, verbose=0)
    for labels, message in ((None, "y must be labels in 0..1"), (LABELS + 1, "y must be integers from 0 to 1")):
        with pytest.raises(ValueError, match=f"^{message}"):
            given.fit(X, labels)


def test_far_rows_are_anomalies(model):
    rows = model.sample(200, seed=7)
    scores = model.anomaly_scores(rows, samples=400, seed=1)
    assert scores.min() >= 0 and scores.max() <= 1 and abs(scores.mean() - 0.5) < 0.12  # the model's own: about uniform
    far = rows[:5] + np.float32(1e3) * np.array(SPREAD, "float32")
    np.testing.assert_array_equal(model.anomaly_scores(far, samples=100), np.ones(5))
    assert np.all(np.isfinite(model.log_prob(np.full((1, 3), 1e20))))


def test_it_learns_what_a_gaussian_would():
    rng = np.random.default_rng(1)
    factor = np.array([[1.0, 0.0], [1.2, 0.5]])
    rows = (rng.standard_normal((2000, 2)) @ factor.T).astype("float32")
    model = MAF(2, num_layers=1, hidden_dim=4, average_decay=0.9, seed=0)
    model.compile(keras.optimizers.Adam(0.03))
    model.fit(rows, batch_size=200, epochs=10, verbose=0)
    entropy = np.log(2 * np.pi * np.e) + np.log(np.linalg.det(factor))
    assert -model.log_prob(rows).mean() == pytest.approx(entropy, abs=0.06)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": 1}, "columns must be an integer from 2"),
        ({"num_layers": 0}, "num_layers must be"),
        ({"center": [1.0, 2.0]}, "center must be None or a list of 3 numbers"),
        ({"spread": [1.0, 0.0, 1.0]}, "spread must be a number from 1e-30"),
    ],
)
def test_settings_that_make_no_flow_are_refused(changes, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        MAF(**{"columns": 3, **changes})


def test_other_rows_and_classes_are_refused(model, given):
    with pytest.raises(ValueError, match=r"^rows must be finite real numbers of shape \(count, 3\)"):
        model.log_prob(X[:, :2])
    with pytest.raises(ValueError, match=r"^given must be None"):
        model.log_prob(X, 0)
    with pytest.raises(ValueError, match=r"^given must be a class in 0\.\.1"):
        given.log_prob(X)
    with pytest.raises(ValueError, match=r"^label must be an integer from 0 to 1"):
        given.sample(2, label=2)
    with pytest.raises(ValueError, match=r"^given must be as many"):
        given.encode(X, [0, 1])


@pytest.mark.parametrize("classes", [0, 2])
def test_it_is_exported_with_its_density(classes):
    model = stirred(num_classes=classes)
    labels = [LABELS.astype("int32")] if classes else []
    found = model.averaged_networks()["encode"]([X, *labels] if classes else X)
    np.testing.assert_allclose(found["latents"], model.encode(X, *labels), atol=1e-4)
    np.testing.assert_allclose(found["log_prob"], model.log_prob(X, *labels), atol=1e-4)
