"""The LSTM language model beside other ways to compute the same."""

import itertools

import keras
import numpy as np
import pytest
import tiny

from kerasgen.models.language.lstm import LSTMLanguageModel, next_token_probabilities
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
    for end in range(3, 15):  # greedy: at each step the likeliest of all continuations
        scores = model.log_prob([likeliest[:end] + letter for letter in "abcde"])
        assert "abcde"[int(np.argmax(scores))] == likeliest[end]


def test_generation_ends_before_a_stop(model):
    whole = model.generate("a", length=60, seed=4)
    stop = whole[20:23]
    cut = model.generate("a", length=60, seed=4, stop=["never", stop])
    assert cut == "a" + whole[1 : whole.index(stop, 1)]


def test_next_token_probabilities():
    logits = np.log([[0.5, 0.25, 0.125, 0.125]])
    np.testing.assert_allclose(next_token_probabilities(logits), [[0.5, 0.25, 0.125, 0.125]])
    np.testing.assert_allclose(next_token_probabilities(logits, temperature=0), [[1, 0, 0, 0]])
    np.testing.assert_allclose(next_token_probabilities(logits, temperature=0.5), np.array([[16, 4, 1, 1]]) / 22)
    np.testing.assert_allclose(next_token_probabilities(logits, top_k=2), [[2 / 3, 1 / 3, 0, 0]])
    np.testing.assert_allclose(next_token_probabilities(logits, top_p=0.5), [[1, 0, 0, 0]])
    np.testing.assert_allclose(next_token_probabilities(logits, top_p=0.6), [[2 / 3, 1 / 3, 0, 0]])
    np.testing.assert_allclose(next_token_probabilities(logits, top_p=1), [[0.5, 0.25, 0.125, 0.125]])


def test_a_cycle_is_learned():
    tokens = (np.arange(9)[None] + np.arange(4)[:, None]) % 4
    model = LSTMLanguageModel(4, 8, 24, 1, 0.0, 0.0, average_decay=0.5, seed=0)
    model.tokenizer = CharacterTokenizer("abcd")
    model.compile(keras.optimizers.Adam(2e-2))
    model.fit(tokens.astype("int32"), epochs=60, verbose=0)
    assert model.generate("c", length=9, temperature=0) == "cdabcdabcd"
    assert model.log_prob(["abcdabcd"])[0] == pytest.approx(np.log(1 / 4), abs=0.2)


def test_the_tokenizer_travels_in_a_keras_file(model, tmp_path):
    model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras").tokenizer == model.tokenizer


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prompt": "axb"}, r"^prompt must consist of the 5 characters 'abcde'; received also 'x'\."),
        ({"prompt": 3}, r"^prompt must be a str; received 3"),
        ({"length": 0}, r"^length must be an integer from 1 to .*; received 0"),
        ({"temperature": -1}, r"^temperature must be a number from 0 to 100; received -1"),
        ({"top_k": 6}, r"^top_k must be an integer from 1 to 5; received 6"),
        ({"top_p": 0}, r"^top_p must be above 0; received 0"),
        ({"top_p": 1.5}, r"^top_p must be a number from 0 to 1; received 1.5"),
        ({"stop": [""]}, r"^stop must be a str of at least one character"),
        ({"seed": -1}, r"^seed must be an integer"),
    ],
)
def test_generate_refuses(model, options, message):
    with pytest.raises(ValueError, match=message):
        model.generate(**options)


def test_log_prob_refuses(model):
    with pytest.raises(ValueError, match=r"^texts must be a list of str; received a single str 'abc'"):
        model.log_prob("abc")
    with pytest.raises(ValueError, match=r"^texts\[1\] must consist of .* received also 'z'"):
        model.log_prob(["a", "z"])


def test_a_model_without_or_with_another_tokenizer_says_so():
    model = LSTMLanguageModel(3, 2, 2, 1)
    with pytest.raises(ValueError, match=r"^This model has no tokenizer: set model\.tokenizer"):
        model.generate()
    model.tokenizer = CharacterTokenizer("ab")
    with pytest.raises(ValueError, match=r"^tokenizer must have vocabulary_size = 3 tokens; received one of 2"):
        model.sample(1)


@pytest.mark.parametrize("key", ["vocabulary_size", "embedding_dim", "units", "num_layers"])
def test_sizes_are_checked(key):
    with pytest.raises(ValueError, match=f"^{key} must be an integer from 1"):
        tiny.build("lstm", **{key: 0})


def test_tokens_out_of_range_are_refused(model):
    model.compile(keras.optimizers.Adam())
    with pytest.raises(ValueError, match=r"^x must be token ids, integers from 0 to 4 .* received values from 0 to 5"):
        model.fit(np.array([[0, 5]]), verbose=0)
    with pytest.raises(ValueError, match=r"^y must be None"):
        model.fit(tiny.tokens(), tiny.tokens(), verbose=0)
