"""The LSTM language model beside other ways to compute the same."""

import itertools

import keras
import numpy as np
import pytest
import tiny

from kerasgen.models.language.lstm import LSTMLanguageModel
from kerasgen.tokenizers import CharacterTokenizer


@pytest.fixture(scope="module")
def model():
    return tiny.stir(tiny.build("lstm"))


def by_hand(model, tokens):
    """Log-probability of each token of one text, in NumPy with float64: the equations of the model file, one step at a time."""

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    embedding = np.array(model.network.embedding.embeddings.numpy(), "float64")
    cells = [[np.array(w.numpy(), "float64") for w in lstm.weights] for lstm in model.network.lstms]
    kernel, bias = (np.array(w.numpy(), "float64") for w in model.network.head.weights)
    states = [(np.zeros(model.units), np.zeros(model.units)) for _ in cells]
    result = []
    for before, token in zip([model.vocabulary_size, *tokens[:-1]], tokens, strict=True):
        x = embedding[before]
        for layer, (w, u, b) in enumerate(cells):
            h, c = states[layer]
            i, f, g, o = np.split(x @ w + h @ u + b, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            x = sigmoid(o) * np.tanh(c)
            states[layer] = (x, c)
        logits = x @ kernel + bias
        result.append(logits[token] - np.log(np.sum(np.exp(logits))))
    return np.array(result)


def test_token_log_probs_are_those_of_the_equations(model):
    tokens = tiny.tokens()[:2]
    expected = [by_hand(model, row) for row in tokens]
    np.testing.assert_allclose(model.token_log_probs(tokens), expected, atol=1e-5)


def test_log_prob_is_the_sum_of_its_conditionals_however_long(model):
    text = "".join(np.random.default_rng(2).choice(list("abcde"), 1100))  # over two chunks
    expected = np.sum(by_hand(model, model.tokenizer.encode(text)))
    together = model.log_prob([text, "ab", "", text[:600]])
    assert together[0] == pytest.approx(expected, rel=1e-5)
    assert together[1] == pytest.approx(np.sum(by_hand(model, [0, 1])), rel=1e-5)
    assert together[2] == 0
    np.testing.assert_allclose(model.log_prob([text, "ab", "", text[:600]], batch_size=1), together, rtol=1e-5)
    assert model.log_prob([]).shape == (0,)


def test_probabilities_of_all_texts_of_length_three_sum_to_one(model):
    texts = ["".join(letters) for letters in itertools.product("abcde", repeat=3)]
    assert np.sum(np.exp(model.log_prob(texts))) == pytest.approx(1, abs=1e-5)


def test_loss_is_the_mean_of_the_log_probs(model):
    model.compile(keras.optimizers.Adam())
    loss = model.evaluate(tiny.tokens(), batch_size=4, verbose=0, return_dict=True)["loss"]
    assert loss == pytest.approx(-np.mean(model.token_log_probs(tiny.tokens())), rel=1e-5)


def test_training_predicts_from_the_past_alone(model):
    tokens = tiny.tokens()
    changed = tokens.copy()
    changed[:, 4] = (changed[:, 4] + 1) % 5
    one, other = model.token_log_probs(tokens), model.token_log_probs(changed)
    np.testing.assert_array_equal(one[:, :4], other[:, :4])
    assert np.all(one[:, 4:] != other[:, 4:])


def test_samples_follow_the_model(model):
    """20,000 texts of two characters against their 25 probabilities."""
    count = 20_000
    drawn = model.sample(count, seed=1, length=2, batch_size=5000)
    pairs = ["".join(letters) for letters in itertools.product("abcde", repeat=2)]
    expected = np.exp(model.log_prob(pairs))
    found = np.array([drawn.count(pair) for pair in pairs]) / count
    assert np.all(np.abs(found - expected) < 5 * np.sqrt(expected * (1 - expected) / count) + 1e-4)


def test_generation_goes_on_from_its_prompt(model):
    text = model.generate("abc", length=30, seed=4)
    assert text.startswith("abc") and len(text) == 33
    assert text == model.generate("abc", length=30, seed=4) != model.generate("abc", length=30, seed=5)
    likeliest = model.generate("abc", length=12, temperature=0)
    assert likeliest == model.generate("abc", length=12, top_k=1, seed=9) == model.generate("abc", length=12, top_p=1e-9)
    scores = model.log_prob([likeliest[:end] + letter for end in range(3, 15) for letter in "abcde"]).reshape(12, 5)
    assert "".join("abcde"[best] for best in np.argmax(scores, axis=1)) == likeliest[3:]  # greedy at each step


def test_a_cycle_is_learned():
    tokens = (np.arange(9)[None] + np.arange(4)[:, None]) % 4
    model = LSTMLanguageModel(4, 8, 24, 1, 0.0, 0.0, average_decay=0.5, seed=0)
    model.tokenizer = CharacterTokenizer("abcd")
    model.compile(keras.optimizers.Adam(2e-2))
    model.fit(np.tile(tokens, (60, 1)).astype("int32"), batch_size=4, shuffle=False, verbose=0)
    assert model.generate("c", length=9, temperature=0) == "cdabcdabcd"
    assert model.log_prob(["abcdabcd"])[0] == pytest.approx(np.log(1 / 4), abs=0.2)


@pytest.mark.parametrize("key", ["vocabulary_size", "embedding_dim", "units", "num_layers"])
def test_sizes_are_checked(key):
    with pytest.raises(ValueError, match=f"^{key} must be an integer from 1"):
        tiny.build("lstm", **{key: 0})


@pytest.mark.parametrize("tokens", [[[0, 5]], [[-1, 0]], [[0.0, 1.0]], [0, 1]])
def test_tokens_out_of_range_are_refused(model, tokens):
    with pytest.raises(ValueError, match=r"^tokens must be token ids, integers from 0 to 4 of shape \(count, length\)"):
        model.token_log_probs(tokens)
