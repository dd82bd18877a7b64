"""The LSTM that looks back, beside other ways to compute the same."""

import itertools

import keras
import numpy as np
import pytest
import tiny

from kerasgen.models.language.attention_lstm import AttentionLSTM, banded
from kerasgen.tokenizers import CharacterTokenizer


@pytest.fixture(scope="module")
def model():
    return tiny.stir(tiny.build("attention_lstm"))


def by_hand(model, tokens):
    """(log-probability of each token of one text, weights of the states before each), in NumPy, one step at a time."""

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    def arrays(layer):
        return [np.array(w.numpy(), "float64") for w in layer.weights]

    network, look = model.network, model.network.attention
    embedding, lstms = arrays(network.embedding)[0], [arrays(lstm) for lstm in network.lstms]
    (query, bias), (key,), (fit,) = arrays(look.query), arrays(look.key), arrays(look.fit)
    (own, own_bias), (found,), (kernel, head_bias) = arrays(look.own), arrays(look.found), arrays(network.head)
    states, outputs, result, looked = [[np.zeros(model.units)] * 2 for _ in lstms], [], [], []
    for before, token in zip([model.vocabulary_size, *tokens[:-1]], tokens, strict=True):
        x = embedding[before]
        for layer, (w, u, b) in enumerate(lstms):
            h, c = states[layer]
            i, f, g, o = np.split(x @ w + h @ u + b, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            x = sigmoid(o) * np.tanh(c)
            states[layer] = x, c
        near = np.array(outputs[-model.window :]).reshape(-1, model.units)
        scores = np.tanh(near @ key + x @ query + bias) @ fit[:, 0]
        weights = np.exp(scores) / np.sum(np.exp(scores)) if len(scores) else scores
        logits = np.tanh(x @ own + own_bias + weights @ near @ found) @ kernel + head_bias
        result.append(logits[token] - np.log(np.sum(np.exp(logits))))
        looked.append(weights)
        outputs.append(x)
    return np.array(result), looked


def test_token_log_probs_and_attention_are_those_of_the_equations(model):
    tokens = np.random.default_rng(0).integers(0, 5, 11)
    expected, looked = by_hand(model, tokens)
    np.testing.assert_allclose(model.token_log_probs(tokens[None])[0], expected, atol=1e-5)
    attention = model.attention(model.tokenizer.decode(tokens))
    assert attention.shape == (11, 11) and attention.dtype == np.float32
    for t, weights in enumerate(looked):
        np.testing.assert_allclose(attention[t, t - len(weights) : t], weights, atol=1e-5)
        assert np.sum(attention[t]) == pytest.approx(1 if t else 0, abs=1e-5)


def test_log_prob_is_the_sum_of_its_conditionals_however_long(model):
    text = "".join(np.random.default_rng(2).choice(list("abcde"), 1100))  # over two chunks
    together = model.log_prob([text, "ab", ""])
    assert together[0] == pytest.approx(np.sum(by_hand(model, model.tokenizer.encode(text))[0]), rel=1e-5)
    assert together[1] == pytest.approx(np.sum(by_hand(model, [0, 1])[0]), rel=1e-5) and together[2] == 0


def test_probabilities_of_all_texts_of_length_three_sum_to_one(model):
    texts = ["".join(letters) for letters in itertools.product("abcde", repeat=3)]
    assert np.sum(np.exp(model.log_prob(texts))) == pytest.approx(1, abs=1e-5)


def test_a_token_predicts_from_the_past_alone(model):
    tokens = tiny.tokens()
    changed = tokens.copy()
    changed[:, 4] = (changed[:, 4] + 1) % 5
    one, other = model.token_log_probs(tokens), model.token_log_probs(changed)
    np.testing.assert_array_equal(one[:, :4], other[:, :4])
    assert np.all(one[:, 4:] != other[:, 4:])


def test_a_band_is_where_the_states_are():
    weights = np.random.default_rng(0).uniform(size=(2, 5, 3)).astype("float32")
    found = keras.ops.convert_to_numpy(banded(weights))
    assert found.shape == (2, 5, 8)
    for t in range(5):
        np.testing.assert_array_equal(found[:, t, t : t + 3], weights[:, t])
    assert np.count_nonzero(found) == weights.size


def test_a_cycle_is_learned():
    tokens = (np.arange(9)[None] + np.arange(4)[:, None]) % 4
    model = AttentionLSTM(4, 8, 24, 1, 4, 8, 0.0, 0.0, average_decay=0.5, seed=0)
    model.tokenizer = CharacterTokenizer("abcd")
    model.compile(keras.optimizers.Adam(2e-2))
    model.fit(np.tile(tokens, (60, 1)).astype("int32"), batch_size=4, shuffle=False, verbose=0)
    assert model.generate("c", length=9, temperature=0) == "cdabcdabcd"
    assert model.log_prob(["abcdabcd"])[0] == pytest.approx(np.log(1 / 4), abs=0.2)


@pytest.mark.parametrize(
    ("text", "message"), [("", "1 to 10000 tokens; received 0"), (3, "text must be a str"), ("axb", "text")]
)
def test_texts_that_cannot_be_looked_at_are_refused(model, text, message):
    with pytest.raises(ValueError, match=message):
        model.attention(text)


@pytest.mark.parametrize("argument", ["window", "attention_dim", "units", "num_layers"])
def test_sizes_out_of_range_are_refused(argument):
    with pytest.raises(ValueError, match=f"{argument} must be .*0"):
        AttentionLSTM(**{argument: 0})
