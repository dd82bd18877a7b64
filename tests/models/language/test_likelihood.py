"""The loss of language models: what a bonus for doubt changes, and dropped inputs."""

import keras
import numpy as np
import pytest
import tiny

from kerasgen.models.language.gpt import GPT
from kerasgen.models.language.likelihood import negative_log_likelihood
from kerasgen.models.language.lstm import LSTMLanguageModel

TOKENS = np.array([[0, 3, 1, 1], [4, 2, 0, 3]], "int32")


def without_chance(**options):
    return LSTMLanguageModel(5, 3, 6, 1, dropout=0.0, weight_drop=0.0, seed=1, **options)


def entropies(model):
    """Of the predictions of TOKENS, by the averaged weights, in nats: (texts, tokens)."""
    logits = keras.ops.convert_to_numpy(model(np.pad(TOKENS[:, :-1], ((0, 0), (1, 0)), constant_values=5))).astype("float64")
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    return -(p * np.log(p)).sum(axis=-1)


@pytest.fixture
def plain_and_paid():
    """Two models of the same weights, in training as in their averages, one of which is paid for doubt."""
    plain, paid = tiny.stir(without_chance()), without_chance(entropy_bonus=0.7)
    plain.average.copy_to_network()
    paid.set_weights(plain.get_weights())
    return plain, paid


def test_the_bonus_is_the_mean_entropy_by_its_definition(plain_and_paid):
    without, paid = (float(negative_log_likelihood(model, TOKENS, training=True)) for model in plain_and_paid)
    assert paid == pytest.approx(without - 0.7 * entropies(plain_and_paid[0]).mean(), abs=1e-5)


def test_only_training_pays_it_and_what_is_tracked_is_nats(plain_and_paid):
    without, paid = (float(negative_log_likelihood(model, TOKENS, training=False)) for model in plain_and_paid)
    assert without == paid
    negative_log_likelihood(plain_and_paid[1], TOKENS, training=True)
    assert float(plain_and_paid[1].logs()["loss"]) == pytest.approx(without, abs=1e-5)


@pytest.mark.parametrize("build", [LSTMLanguageModel, GPT])
def test_a_model_that_is_paid_for_doubt_has_more_of_it(build):
    tokens, found = np.tile(TOKENS[:1], (16, 1)), []
    for bonus in (0.0, 1.0):
        model = build(5, average_decay=0.0, entropy_bonus=bonus, dropout=0.0, seed=1, **SIZES[build])
        model.compile(keras.optimizers.Adam(3e-2))
        model.fit(tokens, batch_size=2, epochs=6, shuffle=False, verbose=0)
        found.append(entropies(model)[0].mean())
    assert found[0] < 0.5 < 1.0 < found[1]


SIZES = {
    LSTMLanguageModel: {"embedding_dim": 3, "units": 6, "num_layers": 1, "weight_drop": 0.0},
    GPT: {"width": 8, "num_layers": 1, "num_heads": 2, "window": 4},
}


def test_inputs_are_left_out_in_training_alone():
    model = tiny.stir(without_chance(input_dropout=0.5))
    assert not np.array_equal(*(keras.ops.convert_to_numpy(model(TOKENS, training=True)) for _ in range(2)))
    np.testing.assert_array_equal(*(keras.ops.convert_to_numpy(model(TOKENS)) for _ in range(2)))


@pytest.mark.parametrize("key", ["entropy_bonus", "input_dropout"])
def test_the_options_are_checked(key):
    with pytest.raises(ValueError, match=f"^{key} must be a number from 0"):
        without_chance(**{key: -0.1})
