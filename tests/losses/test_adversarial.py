"""The adversarial losses against closed forms: optima over a finite set of images, slopes, targets."""

import itertools

import numpy as np
import pytest
import tiny  # noqa: F401  (the backend)
from keras import ops
from scipy.optimize import minimize

from kerasgen.losses import ADVERSARIAL, adversarial

P = np.array([0.5, 0.3, 0.2])  # how often each of three images occurs among ten real ones
Q = np.array([0.2, 0.2, 0.6])
TEN = 10


def counts(shares):
    return np.repeat(np.arange(3), np.round(TEN * shares).astype(int))


def value(loss, logits, **options):
    """The discriminator's loss of logits for three images which occur as P and Q say."""
    logits = np.asarray(logits, "float32")
    objective, _ = adversarial(loss, **options)
    return float(objective(ops.convert_to_tensor(logits[counts(P)]), ops.convert_to_tensor(logits[counts(Q)])))


def best(loss, **options):
    found = minimize(lambda logits: value(loss, logits, **options), np.full(3, 0.1), method="Nelder-Mead", tol=1e-8)
    return found.x, found.fun


def divergence(p, q):
    return np.sum(p * np.log(p / q))


@pytest.mark.parametrize("loss", ["minimax", "non_saturating"])
def test_the_best_discriminator_gives_the_jensen_shannon_divergence(loss):
    logits, lowest = best(loss)
    middle = (P + Q) / 2
    np.testing.assert_allclose(logits, np.log(P / Q), atol=2e-2)
    expected = np.log(4) - divergence(P, middle) - divergence(Q, middle)
    assert lowest == pytest.approx(expected, abs=1e-5)  # log 4 for equal distributions
    assert value(loss, np.zeros(3)) == pytest.approx(np.log(4), rel=1e-6)


def test_minimax_is_the_papers_value_function():
    real, fake = np.array([0.3, -1.2, 2.0], "float32"), np.array([-0.7, 0.4], "float32")
    discriminator, generator = adversarial("minimax")

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    expected = np.mean(np.log(sigmoid(real))) + np.mean(np.log(1 - sigmoid(fake)))
    assert float(discriminator(real, fake)) == pytest.approx(-expected, rel=1e-5)
    assert float(generator(fake)) == pytest.approx(np.mean(np.log(1 - sigmoid(fake))), rel=1e-5)
    assert float(adversarial("non_saturating")[1](fake)) == pytest.approx(-np.mean(np.log(sigmoid(fake))), rel=1e-5)


def slope(loss, logit, step=1e-2):
    """How fast the generator's loss falls with a rising logit."""
    objective = adversarial(loss)[1]
    low, high = (float(objective(np.array([x], "float32"))) for x in (logit - step, logit + step))
    return (low - high) / (2 * step)


def test_where_the_discriminator_is_sure_minimax_alone_stops_teaching():
    assert slope("minimax", -8.0) < 1e-3
    assert slope("non_saturating", -8.0) == pytest.approx(1, abs=1e-2)
    assert slope("least_squares", -8.0) == pytest.approx(9, rel=1e-3)
    assert slope("hinge", -8.0) == slope("wasserstein", -8.0) == pytest.approx(1, rel=1e-3)
    assert slope("minimax", 0.0) == pytest.approx(slope("non_saturating", 0.0), rel=1e-2)  # both a half


def test_the_best_hinge_discriminator_measures_the_total_variation():
    lowest = min(value("hinge", logits) for logits in itertools.product(np.linspace(-2, 2, 9), repeat=3))
    assert lowest == pytest.approx(2 - np.sum(np.abs(P - Q)), abs=1e-4)  # Lim & Ye, 2017, lemma 1
    assert value("hinge", np.sign(P - Q)) == pytest.approx(lowest, abs=1e-4)
    objective = adversarial("hinge")[0]
    assert float(objective(np.array([1.0, 5.0], "float32"), np.array([-1.0, -7.0], "float32"))) == 0


def test_the_best_least_squares_discriminator_is_known():
    logits, _ = best("least_squares")
    np.testing.assert_allclose(logits, P / (P + Q), atol=1e-3)  # Mao et al., 2017, equation 5 with a = 0, b = 1
    logits, _ = best("least_squares", label_smoothing=0.1)
    np.testing.assert_allclose(logits, 0.9 * P / (P + Q), atol=1e-3)


def test_smoothed_targets_are_those_of_the_cross_entropy():
    logits, _ = best("non_saturating", label_smoothing=0.1)
    shares = 0.9 * P / (P + Q)  # Salimans et al., 2016, section 3.4
    np.testing.assert_allclose(logits, np.log(shares / (1 - shares)), atol=2e-2)


def test_wasserstein_is_a_difference_of_means():
    assert value("wasserstein", [1.0, 2.0, 4.0]) == pytest.approx(np.sum((Q - P) * [1, 2, 4]), rel=1e-5)


@pytest.mark.parametrize("loss", ADVERSARIAL)
def test_generators_want_higher_logits(loss):
    assert slope(loss, -0.5) > 0


@pytest.mark.parametrize("loss", ["hinges", "", None, 3])
def test_unknown_losses_are_refused(loss):
    with pytest.raises(ValueError, match=r"^loss must be one of 'non_saturating', .*; received"):
        adversarial(loss)


@pytest.mark.parametrize("smoothing", [-0.1, 0.6, "a", float("nan")])
def test_smoothing_out_of_range_is_refused(smoothing):
    with pytest.raises(ValueError, match=r"^label_smoothing must be a number from 0 to 0\.5; received"):
        adversarial("minimax", smoothing)


@pytest.mark.parametrize("loss", ["hinge", "wasserstein"])
def test_losses_without_targets_have_nothing_to_smooth(loss):
    with pytest.raises(ValueError, match=f"^label_smoothing must be 0 with loss='{loss}'"):
        adversarial(loss, 0.1)
