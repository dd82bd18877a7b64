"""The verbs of language models, on a Markov chain whose probabilities are known: a table instead of a network."""

import itertools

import keras
import numpy as np
import pytest
import tiny

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
    model.generate("abcabca", length=4, seed=1)
    assert [call.shape for call in model.calls] == [(1, 8), (1, 1), (1, 1), (1, 1)]
    assert model.calls[0].tolist() == [[3, 0, 1, 2, 0, 1, 2, 0]]
    model.calls.clear()
    model.sample(5, length=2, batch_size=3)
    assert [call.shape for call in model.calls] == [(3, 1), (3, 1), (2, 1), (2, 1)]


def test_prompts_are_read_in_pieces_of_few_lengths(model):
    prompt = model.sample(1, length=680)[0]
    model.calls.clear()
    assert model.generate(prompt, length=2).startswith(prompt)
    assert [call.shape[1] for call in model.calls] == [512, 128, 32, 8, 1, 1]
    read = np.concatenate([call[0] for call in model.calls])
    assert read.tolist()[1:-1] == model.tokenizer.encode(prompt).tolist()


def test_several_prompts_are_continued_at_once(model):
    """Text i depends on (seed, i) and its own prompt alone, whatever the other prompts and their lengths."""
    prompts = ["ab", "", "bcabcabca", "c", "ab"]
    together = model.generate(prompts, length=25, seed=3)
    assert all(
        text.startswith(prompt) and len(text) == len(prompt) + 25 for text, prompt in zip(together, prompts, strict=True)
    )
    assert together[0] == model.generate("ab", length=25, seed=3) != together[4]
    assert model.generate(["bca", "", "a"], length=25, seed=3)[1] == together[1]
    ended = model.generate(prompts, length=25, seed=3, stop="bc")
    for text, whole, prompt in zip(ended, together, prompts, strict=True):
        assert text == prompt + whole[len(prompt) :].split("bc")[0]


def test_a_stream_is_the_continuation_in_pieces(model):
    options = {"length": 40, "seed": 4, "temperature": 0.9}
    found = list(model.stream("ab", **options))
    assert "ab" + "".join(found) == model.generate("ab", **options) and len(found) == 40
    found = list(model.stream("b", length=6, temperature=0, stop="cab"))
    assert found == []  # the continuation of b is cabcab
    first = next(iter(model.stream("b", length=10_000)))
    assert len(model.calls) < 100 and first in LETTERS  # the first piece comes before the last is computed


def test_min_p_and_repetition_penalty(model):
    drawn = model.sample(300, seed=2, length=1, min_p=0.5)
    assert set(drawn) == {"a"}  # 0.2 and 0.1 are less than half of 0.7
    assert set(model.sample(300, seed=2, length=1, min_p=0.2)) == {"a", "b"}
    assert model.generate("a", length=1, temperature=0) == "ab"
    assert model.generate("ab", length=1, temperature=0) == "abc"
    # After "abc" come a and b with 0.6 and 0.4; both have occurred: log 0.6 * r > log 0.4 * r.
    assert model.generate("abc", length=1, temperature=0, repetition_penalty=3) == "abca"
    # After "ca" come a, b, c with 0.2, 0.5, 0.3: of these b alone is new.
    assert model.generate("ba", length=1, temperature=0, repetition_penalty=3) == "bac"  # b: 3 log 0.5 < log 0.3


# Beam search


def test_the_best_continuations_are_those_of_all(model):
    ids = itertools.product("abc", repeat=3)
    every = sorted(
        (
            ("b" + "".join(x), np.log(probability("b" + "".join(x))) - np.log(probability("b")))
            for x in ids
            if "cc" not in "b" + "".join(x)
        ),
        key=lambda entry: -entry[1],
    )
    found = model.generate("b", length=3, beams=27, n_best=4)
    assert [text for text, _ in found] == [text for text, _ in every[:4]]
    np.testing.assert_allclose([log_prob for _, log_prob in found], [log_prob for _, log_prob in every[:4]])
    assert model.generate("b", length=3, beams=27) == every[0][0]
    lists = model.generate(["b", "abb"], length=3, beams=9, n_best=2)
    assert [len(each) for each in lists] == [2, 2] and lists[1][0][0].startswith("abb")


def test_beams_end_at_stops(model):
    found = model.generate("b", length=6, beams=200, n_best=3, stop="ca")
    text, log_prob = found[0]
    assert text == "b" and log_prob == pytest.approx(np.log(0.8 * 0.6))  # the stop counts, but is not shown


def test_unknown_characters_may_be_left_out(model):
    assert model.generate("a1b2", length=6, drop_unknown=True)[4:] == model.generate("ab", length=6)[2:]
    assert model.log_prob(["a1b2"], drop_unknown=True) == model.log_prob(["ab"])


def test_the_tokenizer_travels_in_a_keras_file(model, tmp_path):
    model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras").tokenizer == model.tokenizer


# Vectors


def test_nearest_tokens_are_those_of_the_smallest_angle():
    model = tiny.stir(tiny.build("lstm"))
    vectors = np.array(model.network.embedding.embeddings.numpy())[:5]
    found = model.nearest_tokens("b", count=4)
    cosines = [v @ vectors[1] / np.linalg.norm(v) / np.linalg.norm(vectors[1]) for v in vectors]
    expected = sorted(
        ((letter, cosine) for letter, cosine in zip("abcde", cosines, strict=True) if letter != "b"), key=lambda e: -e[1]
    )
    assert [letter for letter, _ in found] == [letter for letter, _ in expected]
    np.testing.assert_allclose([cosine for _, cosine in found], [cosine for _, cosine in expected], rtol=1e-5)
    with pytest.raises(ValueError, match=r"^token must be one token; received 'ab', which is 2"):
        model.nearest_tokens("ab")


def test_a_table_has_no_vectors(model):
    with pytest.raises(NotImplementedError, match="it looks tokens up in a table"):
        model.nearest_tokens("a")


# Refusals


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prompt": "axb"}, r"^prompt must consist of the 3 characters 'abc'; 1 of its 3 are others: 'x' \(1\)\."),
        ({"prompt": 3}, r"^prompt must be a str, or a list of at least one; received 3"),
        ({"prompt": []}, r"^prompt must be a str, or a list of at least one; received \[\]"),
        ({"prompt": ["a", "axb"]}, r"^prompt\[1\] must consist of"),
        ({"prompt": ["a", None]}, r"^prompt\[1\] must be a str; received None"),
        ({"min_p": 0}, r"^min_p must be above 0; received 0"),
        ({"repetition_penalty": 0.5}, r"^repetition_penalty must be a number from 1 to 100; received 0.5"),
        ({"beams": 0}, r"^beams must be an integer from 1 to 10000; received 0"),
        ({"beams": 2, "n_best": 3}, r"^n_best must be an integer from 1 to 2; received 3"),
        ({"n_best": 3}, r"^n_best goes with beams: give beams=3 or more"),
        ({"beams": 2, "top_k": 2}, r"^beams searches for what is probable and takes no temperature, top_k"),
        ({"beams": 2, "length_penalty": -1}, r"^length_penalty must be a number from 0 to 10; received -1"),
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


def test_a_stream_refuses_at_once(model):
    with pytest.raises(ValueError, match=r"^prompt must be a str; received \['a'\]"):
        model.stream(["a"])
    with pytest.raises(ValueError, match=r"^length must be an integer from 1"):
        model.stream("a", length=0)


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
    for name, arguments in (("begin", (1,)), ("read", (None, None))):
        with pytest.raises(NotImplementedError, match=f"LanguageModel must define {name}"):
            getattr(bare, name)(*arguments)
