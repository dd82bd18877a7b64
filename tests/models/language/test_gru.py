"""The GRU language model beside other ways to compute the same."""

import itertools

import keras
import numpy as np
import pytest
import tiny

from kerasgen.models.language.gru import GRULanguageModel
from kerasgen.tokenizers import CharacterTokenizer


@pytest.fixture(scope="module")
def model():
    return tiny.stir(tiny.build("gru"))


def by_hand(model, tokens):
    """Log-probability of each token of one text, in NumPy with float64: the equations of the layer, one step at a time."""

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    embedding = np.array(model.network.embedding.embeddings.numpy(), "float64")
    weights = [[np.array(w.numpy(), "float64") for w in gru.weights] for gru in model.network.grus]
    kernel, bias = (np.array(w.numpy(), "float64") for w in model.network.head.weights)
    states, result = [np.zeros(model.units) for _ in weights], []
    for before, token in zip([model.vocabulary_size, *tokens[:-1]], tokens, strict=True):
        x = embedding[before]
        for layer, (w, u, b) in enumerate(weights):
            (z, r, n), (hz, hr, hn) = np.split(x @ w + b[0], 3), np.split(states[layer] @ u + b[1], 3)
            z, r = sigmoid(z + hz), sigmoid(r + hr)
            states[layer] = x = z * states[layer] + (1 - z) * np.tanh(n + r * hn)
        logits = x @ kernel + bias
        result.append(logits[token] - np.log(np.sum(np.exp(logits))))
    return np.array(result)


def test_token_log_probs_are_those_of_the_equations(model):
    tokens = tiny.tokens()[:2]
    np.testing.assert_allclose(model.token_log_probs(tokens), [by_hand(model, row) for row in tokens], atol=1e-5)


def test_log_prob_is_the_sum_of_its_conditionals_however_long(model):
    text = "".join(np.random.default_rng(2).choice(list("abcde"), 1100))  # over two chunks
    together = model.log_prob([text, "ab", ""])
    assert together[0] == pytest.approx(np.sum(by_hand(model, model.tokenizer.encode(text))), rel=1e-5)
    assert together[1] == pytest.approx(np.sum(by_hand(model, [0, 1])), rel=1e-5) and together[2] == 0


def test_probabilities_of_all_texts_of_length_three_sum_to_one(model):
    texts = ["".join(letters) for letters in itertools.product("abcde", repeat=3)]
    assert np.sum(np.exp(model.log_prob(texts))) == pytest.approx(1, abs=1e-5)


def test_training_predicts_from_the_past_alone(model):
    tokens = tiny.tokens()
    changed = tokens.copy()
    changed[:, 4] = (changed[:, 4] + 1) % 5
    one, other = model.token_log_probs(tokens), model.token_log_probs(changed)
    np.testing.assert_array_equal(one[:, :4], other[:, :4])
    assert np.all(one[:, 4:] != other[:, 4:])


def test_a_cycle_is_learned():
    tokens = (np.arange(9)[None] + np.arange(4)[:, None]) % 4
    model = GRULanguageModel(4, 8, 24, 1, 0.0, 0.0, average_decay=0.5, seed=0)
    model.tokenizer = CharacterTokenizer("abcd")
    model.compile(keras.optimizers.Adam(2e-2))
    model.fit(np.tile(tokens, (60, 1)).astype("int32"), batch_size=4, shuffle=False, verbose=0)
    assert model.generate("c", length=9, temperature=0) == "cdabcdabcd"
    assert model.log_prob(["abcdabcd"])[0] == pytest.approx(np.log(1 / 4), abs=0.2)
