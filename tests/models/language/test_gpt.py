"""The GPT beside its equations in NumPy."""

import itertools

import keras
import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen.layers.rotary import rotary
from kerasgen.models.language.gpt import GPT, SHARPNESS
from kerasgen.tokenizers import CharacterTokenizer


@pytest.fixture(scope="module")
def model():
    return tiny.stir(tiny.build("gpt"))


def norm(x):
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + 1e-6)


def turned(x, position):
    """Each pair of coordinates (i, half + i) as a complex number, times exp(i * position * speed)."""
    half = x.shape[-1] // 2
    pairs = (x[..., :half] + 1j * x[..., half:]) * np.exp(1j * position * 10_000.0 ** (-np.arange(half) / half))
    return np.concatenate([pairs.real, pairs.imag], axis=-1)


def by_hand(model, tokens):
    """Log-probability of each token of one text, in NumPy with float64, one token at a time."""
    network = model.network
    embedding = np.array(network.embedding.embeddings.numpy(), "float64")
    kernels = [
        {
            name: np.array(getattr(block, name).kernel.numpy(), "float64")
            for name in ("query", "key", "value", "out", "up", "down")
        }
        for block in network.blocks
    ]
    past = [[] for _ in kernels]
    result = []
    heads, depth = network.head_shape
    for position, (before, token) in enumerate(zip([model.vocabulary_size, *tokens[:-1]], tokens, strict=True)):
        x = norm(embedding[before])
        for kernel, known in zip(kernels, past, strict=True):
            q, k, v = ((norm(x) @ kernel[name]).reshape(heads, depth) for name in ("query", "key", "value"))
            known.append((turned(norm(k), position), v))
            visible = known[-model.window - 1 :]
            scores = np.array([np.sum(turned(norm(q), position) * key, axis=-1) for key, _ in visible]) * SHARPNESS / depth
            weights = np.exp(scores) / np.sum(np.exp(scores), axis=0)  # (tokens, heads)
            x = x + np.sum(weights[..., None] * np.array([value for _, value in visible]), axis=0).reshape(-1) @ kernel["out"]
            x = x + np.maximum(norm(x) @ kernel["up"], 0) ** 2 @ kernel["down"]
        logits = embedding[: model.vocabulary_size] @ (norm(x) * np.array(network.gain.numpy(), "float64"))
        result.append(logits[token] - np.log(np.sum(np.exp(logits))))
    return np.array(result)


def test_token_log_probs_are_those_of_the_equations(model):
    """Texts much longer than the window, so that the kept keys and values have been replaced several times."""
    tokens = np.random.default_rng(3).integers(0, 5, (2, 21))
    np.testing.assert_allclose(model.token_log_probs(tokens), [by_hand(model, row) for row in tokens], atol=1e-4)


@pytest.mark.parametrize("length", [4, 30, 32])  # within the window; whole; in stretches, as long as the window
def test_cached_equals_uncached(model, length):
    """One token at a time, in pieces, and all at once without a cache: the same logits."""
    tokens = np.random.default_rng(4).integers(0, 5, (3, length)).astype("int32")
    whole = ops.convert_to_numpy(model(tokens))
    states, steps = model.begin(3), []
    for t in range(length):
        logits, states = model.read(tokens[:, t : t + 1], states)
        steps.append(ops.convert_to_numpy(logits))
    np.testing.assert_allclose(np.concatenate(steps, axis=1), whole, atol=1e-5)
    first, states = model.read(tokens[:, :3], model.begin(3))
    second, states = model.read(tokens[:, 3:], states)
    np.testing.assert_allclose(np.concatenate([ops.convert_to_numpy(p) for p in (first, second)], axis=1), whole, atol=1e-5)


def test_what_is_known_of_a_text_does_not_grow(model):
    _, states = model.read(np.zeros((2, 64), "int32"), model.begin(2))
    sizes = [tuple(leaf.shape) for leaf in keras.tree.flatten(states)]
    assert sizes == [tuple(leaf.shape) for leaf in keras.tree.flatten(model.begin(2))]
    assert np.all(ops.convert_to_numpy(states[0]) == model.window)


def test_a_later_token_changes_nothing_before_it(model):
    tokens = np.random.default_rng(5).integers(0, 5, (2, 24)).astype("int32")
    for place in (0, 11, 23):
        changed = tokens.copy()
        changed[:, place] = (changed[:, place] + 1) % 5
        one, other = (ops.convert_to_numpy(model(each)) for each in (tokens, changed))
        np.testing.assert_array_equal(one[:, :place], other[:, :place])
        assert np.all(np.any(one[:, place] != other[:, place], axis=-1))


def test_a_block_looks_back_as_far_as_its_window():
    shallow = tiny.stir(tiny.build("gpt", num_layers=1))
    tokens = np.random.default_rng(6).integers(0, 5, (1, 16)).astype("int32")
    changed = tokens.copy()
    changed[:, 3] = (changed[:, 3] + 1) % 5
    differs = np.any(ops.convert_to_numpy(shallow(tokens)) != ops.convert_to_numpy(shallow(changed)), axis=-1)[0]
    assert np.flatnonzero(differs).tolist() == [3, 4, 5, 6, 7]  # itself and the four after it


def test_products_of_turned_vectors_depend_on_their_distance():
    q, k = np.random.default_rng(7).normal(size=(2, 1, 1, 1, 8)).astype("float32")
    products = [np.sum(ops.convert_to_numpy(rotary(q, m)) * ops.convert_to_numpy(rotary(k, m - 5))) for m in (5, 17, 400)]
    np.testing.assert_allclose(products, products[0], rtol=1e-3)
    row = ops.convert_to_numpy(rotary(np.tile(q, (1, 3, 1, 1)), 2))
    np.testing.assert_allclose(row[0, :, 0], [turned(q[0, 0, 0], position) for position in (2, 3, 4)], atol=1e-5)


def test_probabilities_of_all_texts_of_length_three_sum_to_one(model):
    texts = ["".join(letters) for letters in itertools.product("abcde", repeat=3)]
    assert np.sum(np.exp(model.log_prob(texts))) == pytest.approx(1, abs=1e-5)


def test_loss_is_the_mean_of_the_log_probs(model):
    model.compile(keras.optimizers.Adam())
    loss = model.evaluate(tiny.tokens(), batch_size=4, verbose=0, return_dict=True)["loss"]
    assert loss == pytest.approx(-np.mean(model.token_log_probs(tiny.tokens())), rel=1e-5)


def test_a_cycle_is_learned():
    tokens = (np.arange(9)[None] + np.arange(4)[:, None]) % 4
    model = GPT(4, 16, 1, 2, window=4, dropout=0.0, average_decay=0.5, seed=0)
    model.tokenizer = CharacterTokenizer("abcd")
    model.compile(keras.optimizers.Muon(1e-2))
    model.fit(np.tile(tokens, (40, 1)).astype("int32"), batch_size=4, shuffle=False, verbose=0)
    assert model.generate("c", length=9, temperature=0) == "cdabcdabcd"
    assert model.generate(["c", "bcd", ""], length=5, beams=2)[:2] == ["cdabcd", "bcdabcda"]


@pytest.mark.parametrize("key", ["vocabulary_size", "width", "num_layers", "num_heads", "window"])
def test_sizes_are_checked(key):
    with pytest.raises(ValueError, match=f"^{key} must be an integer from 1"):
        tiny.build("gpt", **{key: 0})


def test_a_width_that_heads_cannot_share_is_refused():
    with pytest.raises(ValueError, match=r"^width must be a multiple of 2 \* num_heads = 6; received 8"):
        tiny.build("gpt", num_heads=3)
