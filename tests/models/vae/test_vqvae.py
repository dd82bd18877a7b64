"""The vector-quantised autoencoder and its prior beside other ways to compute the same."""

import keras
import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen import noise
from kerasgen.models.vae.codebook import DEAD, Codebook, entropy, used
from kerasgen.models.vae.vqvae import straight_through
from kerasgen.steps import input_gradients


@pytest.fixture(scope="module")
def model():
    return tiny.stir(tiny.build("vqvae"))


def test_the_quantiser_passes_gradients_straight_through(model):
    """The slope at the features is that of what follows, taken at the vectors; none reaches the codebook."""
    random = np.random.default_rng(0)
    features, vectors, weights = (random.standard_normal((2, 3)).astype("float32") for _ in range(3))
    through = input_gradients(lambda x: weights * ops.sin(straight_through(x, vectors)), features, model)
    np.testing.assert_allclose(through, weights * np.cos(vectors), rtol=1e-5)
    none = input_gradients(lambda x: straight_through(features, x) + 0.0 * x, vectors, model)
    np.testing.assert_allclose(none, 0)
    np.testing.assert_allclose(straight_through(features, vectors), vectors, atol=1e-6)


def test_codes_are_those_of_the_nearest_vectors(model):
    images = tiny.images()
    features = ops.convert_to_numpy(model.encoder(images))
    np.testing.assert_allclose(np.linalg.norm(features, axis=-1), 1, atol=1e-3)
    vectors = ops.convert_to_numpy(model.codebook.vectors())
    distances = np.square(features[..., None, :] - vectors).sum(axis=-1)
    np.testing.assert_allclose(model.codebook.distances(features), distances, atol=1e-4)
    codes = model.encode(images)
    assert codes.shape == (8, 2, 2) and codes.dtype == np.int32
    chosen = np.take_along_axis(distances, codes[..., None], axis=-1)[..., 0]
    np.testing.assert_allclose(chosen, distances.min(axis=-1), atol=1e-4)
    np.testing.assert_allclose(model.reconstruct(images), model.decode(codes), atol=1e-6)


def test_the_codebook_follows_its_features():
    codebook = Codebook(3, 2, 0.9, seed=0)
    codebook.sums.assign([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    codebook.counts.assign([4.0, 4.0, DEAD])  # the last is nearly dead
    features = np.array([[0.8, 0.6], [0.6, 0.8], [0.0, 1.0], [0.8, -0.6]], "float32")  # codes 0, 1, 1, 0
    codebook.follow(features, keras.random.SeedGenerator(0))
    sums, counts = ops.convert_to_numpy(codebook.sums), ops.convert_to_numpy(codebook.counts)
    np.testing.assert_allclose(counts[:2], 0.9 * 4 + 0.1 * 2, rtol=1e-5)
    np.testing.assert_allclose(sums[0], 0.9 * np.array([1, 0]) + 0.1 * np.array([1.6, 0.0]), atol=1e-6)
    np.testing.assert_allclose(sums[1], 0.9 * np.array([0, 1]) + 0.1 * np.array([0.6, 1.8]), atol=1e-6)
    assert counts[2] == pytest.approx(4 / 3)  # it starts anew at one of the features
    assert np.abs(sums[2] / counts[2] - features).sum(axis=1).min() < 1e-5


def test_written_codes_are_those_of_the_prior_without_a_cache(model):
    labels, uniform = np.array([2, 0, 1], "int32"), noise.uniform((4,), 3, 0, 3)
    codes = ops.convert_to_numpy(model.write_codes(labels, np.full(3, 0.7, "float32"), uniform))
    tokens = labels[:, None] + 12
    for i in range(4):
        logits = ops.convert_to_numpy(model.prior(tokens)[0])[:, -1, :12] / 0.7
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        passed = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1) < uniform[:, i : i + 1]
        np.testing.assert_array_equal(codes[:, i], np.minimum(passed.sum(axis=1), 11))
        tokens = np.concatenate([tokens, codes[:, i : i + 1]], axis=1)


def test_the_prior_is_one_of_codes_alone(model):
    """Its probabilities of all pairs of codes that follow two given ones sum to 1."""
    pairs = np.stack(np.meshgrid(np.arange(12), np.arange(12)), axis=-1).reshape(-1, 2)
    codes = np.concatenate([np.full((144, 1), 5), np.full((144, 1), 7), pairs], axis=1).astype("int32")

    def log_probs(length):
        tokens = np.concatenate([np.full((144, 1), 12 + 1), codes[:, : length - 1]], axis=1)
        logits = ops.convert_to_numpy(model.prior(tokens)[0])[..., :12]
        each = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
        each = np.take_along_axis(each, codes[:, :length, None], axis=-1)[..., 0]
        return each.sum(axis=1)

    found = float(model.prior_loss(codes, np.full(144, 1), model.prior))
    assert found == pytest.approx(-np.mean(log_probs(4)) / 4, rel=1e-4)
    total = np.exp(log_probs(4) - log_probs(2)).sum()
    assert total == pytest.approx(1, abs=1e-3)


def test_perplexity_counts_codes_in_even_use(model, monkeypatch):
    images = tiny.images()
    for codes, expected in ((np.arange(32) % 8, 8), (np.zeros(32, int), 1), (np.repeat([3, 4], 16), 2)):
        monkeypatch.setattr(model, "encode", lambda *_, codes=codes: codes.reshape(8, 2, 2))
        assert model.codebook_perplexity(images) == pytest.approx(expected)


def test_entropies_are_those_of_probabilities():
    assert float(entropy(np.full(4, 0.25, "float32"))) == pytest.approx(np.log(4))
    even = 4.0 * np.eye(4, dtype="float32")[None, :, ::-1]  # each place far from all but one
    clear = 4.0 - even
    assert float(used(clear[None])) == pytest.approx(np.log(4), abs=1e-3)
    assert float(used(np.tile(clear[None, :, :1], (1, 1, 4, 1)))) == pytest.approx(0, abs=1e-3)


def test_labels_and_temperature_reach_the_sample(model):
    assert not np.allclose(model.sample(4, label=0, seed=1), model.sample(4, label=2, seed=1))
    np.testing.assert_allclose(
        model.sample(label=[0, 2, 1], seed=1)[1], model.sample(1, label=2, seed=1, start=1)[0], atol=1e-5
    )
    cold = model.sample(6, label=1, temperature=0.01)
    np.testing.assert_allclose(cold, np.broadcast_to(cold[:1], cold.shape), atol=1e-5)
    with pytest.raises(ValueError, match=r"^temperature must be a number from 0.01 to 100; received 0"):
        model.sample(1, temperature=0)
    with pytest.raises(ValueError, match=r"^label must be"):
        model.sample(1, label=3)


def test_unusable_input_is_refused(model):
    for codes in (np.zeros((2, 2, 3), int), np.zeros((1, 2, 2)), np.full((1, 2, 2), 12), np.zeros((0, 2, 2), int)):
        with pytest.raises(ValueError, match=r"^codes must be integers from 0 to 11 of shape \(count, 2, 2\)"):
            model.decode(codes)
    with pytest.raises(ValueError, match=r"^prior_width must be a multiple of 2 \* prior_heads = 4; received 9"):
        tiny.build("vqvae", prior_width=9)
    with pytest.raises(ValueError, match=r"^y must be the labels of the images"):
        model.check_data(tiny.images())
