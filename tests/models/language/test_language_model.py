"""The verbs of language models, on a Markov chain whose probabilities are known: a table instead of a network."""

import itertools

import keras
import numpy as np
import pytest
import tiny  # noqa: F401  (the backend)

from kerasgen.models.language import language_model
from kerasgen.models.language.language_model import LanguageModel
from kerasgen.tokenizers import CharacterTokenizer

LETTERS = "abc"
TABLE = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [0.6, 0.4, 0.0], [0.7, 0.2, 0.1]])  # the last row begins a text


@keras.saving.register_keras_serializable("kerasgen-tests")
class Chain(LanguageModel):
    """p(x_t | x_{t-1}) = TABLE[x_{t-1}, x_t]; what it has read is kept in `calls`."""

    def __init__(self, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.vocabulary_size = len(LETTERS)
        self.calls = []
        self.built = True

    def begin(self, count):
        return np.zeros(count, "int64")  # tokens read so far: the verbs must carry the states along

    def read(self, tokens, states):
        assert tokens.dtype == np.int32 and len(tokens) == len(states)
        self.calls.append(tokens)
        with np.errstate(divide="ignore"):
            return np.log(TABLE[tokens]), states + tokens.shape[1]

    def token_log_probs(self, tokens):
        before = np.concatenate([np.full_like(tokens[:, :1], len(LETTERS)), tokens[:, :-1]], axis=1)
        with np.errstate(divide="ignore"):
            return np.log(TABLE[before, tokens]).astype("float32")


@pytest.fixture
def model():
    chain = Chain()
    chain.tokenizer = CharacterTokenizer(LETTERS)
    return chain


def probability(text):
    ids = [3, *(LETTERS.index(letter) for letter in text)]
    return np.prod([TABLE[pair] for pair in itertools.pairwise(ids)])


# Verbs


def test_texts_occur_as_often_as_they_are_probable(model):
    """5000 texts of three letters against the table: 18 of 27 can be."""
    count = 5000
    drawn = model.sample(count, seed=1, length=3, batch_size=700)
    texts = ["".join(letters) for letters in itertools.product(LETTERS, repeat=3)]
    expected = np.array([probability(text) for text in texts])
    found = np.array([drawn.count(text) for text in texts]) / count
    assert np.all(np.abs(found - expected) <= 4 * np.sqrt(expected * (1 - expected) / count))
    np.testing.assert_allclose(np.exp(model.log_prob(texts)), expected, rtol=1e-5)


def test_log_prob_sums_within_each_text(model):
    texts = ["abcab", "", "c", "abcabcabca"]
    expected = [np.log(probability(text)) for text in texts]
    np.testing.assert_allclose(model.log_prob(texts), expected, rtol=1e-5)
    np.testing.assert_allclose(model.log_prob(texts, batch_size=1), expected, rtol=1e-5)
    assert model.log_prob(texts).dtype == np.float64
    assert model.log_prob([]).shape == (0,) and np.isneginf(model.log_prob(["acc"]))


def test_generation_goes_on_from_its_prompt(model):
    text = model.generate("ab", length=30, seed=4)
    assert text.startswith("ab") and len(text) == 32 and "cc" not in text
    assert text == model.generate("ab", length=30, seed=4) != model.generate("ab", length=30, seed=5)
    for options in ({"temperature": 0}, {"top_k": 1, "seed": 9}, {"top_p": 1e-9}):
        assert model.generate("b", length=6, **options) == "bcabcab"
    assert model.generate(length=2, temperature=0) == "ab"  # from the beginning of a text


def test_generation_ends_before_a_stop(model):
    whole = model.generate("a", length=60, seed=4)
    stop = whole[20:23]
    assert model.generate("a", length=60, seed=4, stop=["never", stop]) == "a" + whole[1 : whole.index(stop, 1)]
    assert model.generate("b", length=6, temperature=0, stop="ab") == "bc"  # two tokens together


def test_nothing_is_read_twice_or_for_nothing(model):
    model.generate("abc", length=4, seed=1)
    assert [call.shape for call in model.calls] == [(1, 4), (1, 1), (1, 1), (1, 1)]
    assert model.calls[0].tolist() == [[3, 0, 1, 2]]
    model.calls.clear()
    model.sample(5, length=2, batch_size=3)
    assert [call.shape for call in model.calls] == [(3, 1), (3, 1), (2, 1), (2, 1)]


def test_long_prompts_are_read_in_chunks(model, monkeypatch):
    prompt = model.sample(1, length=40)[0]
    whole = model.generate(prompt, length=20)
    monkeypatch.setattr(language_model, "CHUNK", 8)
    model.calls.clear()
    assert model.generate(prompt, length=20) == whole
    assert [call.shape[1] for call in model.calls[:7]] == [8, 8, 8, 8, 8, 1, 1]


def test_unknown_characters_may_be_left_out(model):
    assert model.generate("a1b2", length=6, drop_unknown=True)[4:] == model.generate("ab", length=6)[2:]
    assert model.log_prob(["a1b2"], drop_unknown=True) == model.log_prob(["ab"])


def test_the_tokenizer_travels_in_a_keras_file(model, tmp_path):
    model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras").tokenizer == model.tokenizer


# Refusals


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prompt": "axb"}, r"^prompt must consist of the 3 characters 'abc'; 1 of its 3 are others: 'x' \(1\)\."),
        ({"prompt": 3}, r"^prompt must be a str; received 3"),
        ({"length": 0}, r"^length must be an integer from 1 to .*; received 0"),
        ({"temperature": -1}, r"^temperature must be a number from 0 to 100; received -1"),
        ({"top_k": 4}, r"^top_k must be an integer from 1 to 3; received 4"),
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
    with pytest.raises(ValueError, match=r"^texts\[1\] must consist of .* are others: 'z'"):
        model.log_prob(["a", "z"])
    with pytest.raises(ValueError, match=r"^batch_size must be an integer from 1"):
        model.log_prob(["a"], batch_size=0)


def test_a_model_without_or_with_another_tokenizer_says_so(model):
    model.tokenizer = None
    for verb in (model.generate, lambda: model.sample(1), lambda: model.log_prob(["a"])):
        with pytest.raises(ValueError, match=r"^This model has no tokenizer: set model\.tokenizer"):
            verb()
    model.tokenizer = CharacterTokenizer("ab")
    with pytest.raises(ValueError, match=r"^tokenizer must have vocabulary_size = 3 tokens; received one of 2"):
        model.sample(1)


def test_tokens_out_of_range_and_targets_are_refused(model):
    with pytest.raises(ValueError, match=r"^x must be token ids, integers from 0 to 2 .* received values from 0 to 3"):
        model.check_data(np.array([[0, 3]]))
    with pytest.raises(ValueError, match=r"^y must be None: a language model's targets are the tokens themselves"):
        model.check_data(np.array([[0, 1]]), np.array([[1, 0]]))


def test_a_file_that_leaves_out_a_method_is_told_which():
    bare = LanguageModel()
    for name, arguments in (("begin", (1,)), ("read", (None, None)), ("token_log_probs", (None,))):
        with pytest.raises(NotImplementedError, match=f"LanguageModel must define {name}"):
            getattr(bare, name)(*arguments)
