"""The bidirectional language model beside other ways to compute the same."""

import itertools

import keras
import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen.model import VerbNotOffered
from kerasgen.models.language.bilm import BidirectionalLM
from kerasgen.models.language.filling import guessed
from kerasgen.steps import input_gradients
from kerasgen.tokenizers import CharacterTokenizer
from kerasgen.training.vocabulary import extended

LETTERS = list("abcde")


@pytest.fixture(scope="module")
def model():
    return tiny.stir(tiny.build("bilm", num_layers=2))


def arrays(layer):
    return [np.array(w.numpy(), "float64") for w in layer.weights]


def outputs(stack, vectors, units):
    """Those of the last of some LSTMs after each of `vectors`, one step at a time."""

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    states, found = [[np.zeros(units)] * 2 for _ in stack], []
    for x in vectors:
        for layer, (w, u, b) in enumerate(stack):
            h, c = states[layer]
            i, f, g, o = np.split(x @ w + h @ u + b, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            x = sigmoid(o) * np.tanh(c)
            states[layer] = x, c
        found.append(x)
    return np.array(found)


def by_hand(model, tokens):
    """{"forward", "backward", "fill": log-probabilities (length, vocabulary_size)} of one text, in NumPy with float64."""
    network, edge = model.network, model.vocabulary_size
    (embedding,), lstms = arrays(network.embedding), [arrays(lstm) for lstm in network.lstms]
    (a, d), (b,), (r,), (w, c) = map(arrays, (network.from_ahead, network.from_behind, network.joint, network.head))
    forward, backward = lstms[: model.num_layers], lstms[model.num_layers :]
    ahead = outputs(forward, embedding[[edge, *tokens[:-1]]], model.units)
    behind = outputs(backward, embedding[[edge, *tokens[:0:-1]]], model.units)[::-1]
    both = ahead + behind + np.tanh(ahead @ a + behind @ b + d) @ r
    logits = {"forward": ahead @ w + c, "backward": behind @ w + c, "fill": both @ w + c}
    return {name: x - np.log(np.sum(np.exp(x), axis=1, keepdims=True)) for name, x in logits.items()}


def hidden_one_by_one(model, tokens):
    """Log-probabilities (length, vocabulary_size) of what could stand at each place, none of which they may depend on."""
    found = []
    for place in range(len(tokens)):
        rows = np.array([np.concatenate([tokens[:place], [token], tokens[place + 1 :]]) for token in range(5)])
        odds = np.array([by_hand(model, row)["fill"][place] for row in rows])
        np.testing.assert_allclose(odds, odds[:1].repeat(5, axis=0), atol=1e-12)
        found.append(odds[0])
    return np.array(found)


def all_logits(model, tokens):
    """What `predictions` gives, of whole texts at once."""
    parts = [logits for _, _, logits in model.predictions(tokens)]
    return {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}


# What is computed


def test_logits_are_those_of_the_equations_however_long(model):
    tokens = np.random.default_rng(0).integers(0, 5, (2, 1100)).astype("int32")  # over two parts
    expected = [by_hand(model, row) for row in tokens]
    spans = []
    for first, last, logits in model.predictions(tokens):
        spans.append((first, last))
        for name, each in logits.items():
            found = ops.convert_to_numpy(ops.log_softmax(each))
            np.testing.assert_allclose(found, [row[name][first:last] for row in expected], atol=1e-5)
    assert [first for first, _ in spans] == [0, *(last for _, last in spans[:-1])] and spans[-1][1] == 1100
    short = tokens[:, :11]
    for name, each in model(short).items():
        found = ops.convert_to_numpy(ops.log_softmax(each))
        np.testing.assert_allclose(found, [by_hand(model, row)[name] for row in short], atol=1e-5)


def test_the_verbs_of_language_models_are_those_of_the_forward_direction(model):
    tokens = tiny.tokens()[:2]
    expected = [by_hand(model, row)["forward"][np.arange(7), row] for row in tokens]
    np.testing.assert_allclose(model.token_log_probs(tokens), expected, atol=1e-5)
    likeliest = int(np.argmax(by_hand(model, [0, 3, 0])["forward"][2]))
    assert model.generate("ad", length=1, temperature=0) == "ad" + LETTERS[likeliest]


@pytest.mark.parametrize("training", [True, False])
def test_no_prediction_of_a_token_has_read_it(model, training):
    """The gradient by the vector of token t is exactly zero for all predictions of t, and for no others that may read it."""
    length, network = 6, model.network
    vectors = np.random.default_rng(1).standard_normal((1, length + 2, model.embedding_dim)).astype("float32")
    rows, own = vectors.repeat(length, axis=0), np.eye(length, dtype="float32")[..., None]  # row t asks for the logits of t
    places, others = np.arange(length)[:, None], np.arange(-1, length + 1)[None]  # the first vector is that of the beginning
    may_read = {"forward": others < places, "backward": others > places, "fill": others != places}
    for name, reads in may_read.items():
        slopes = input_gradients(lambda x, name=name: own * ops.square(network.predict(x, training)[name]), rows, model)
        slopes = np.abs(ops.convert_to_numpy(slopes)).max(axis=2)
        assert np.all(slopes[~reads] == 0) and np.all(slopes[reads] > 0), name


def test_changing_a_token_changes_no_odds_of_it(model):
    tokens = tiny.tokens()
    changed = tokens.copy()
    changed[:, 4] = (changed[:, 4] + 1) % 5
    one, other = all_logits(model, tokens), all_logits(model, changed)
    for name, same in (("forward", slice(0, 5)), ("backward", slice(4, 7)), ("fill", slice(4, 5))):
        reads = np.ones(7, bool)
        reads[same] = False
        np.testing.assert_array_equal(one[name][:, same], other[name][:, same])
        assert np.all(np.any(one[name][:, reads] != other[name][:, reads], axis=2)), name


# Pseudo-log-probability


def test_pseudo_log_prob_hides_each_token_in_turn(model):
    texts = ["a", "edc", "ebbad", ""]
    ids = [model.tokenizer.encode(text) for text in texts]
    expected = [sum(odds[token] for odds, token in zip(hidden_one_by_one(model, row), row, strict=True)) for row in ids[:3]]
    np.testing.assert_allclose(model.pseudo_log_prob(texts), [*expected, 0], atol=1e-5)
    np.testing.assert_allclose(model.pseudo_log_prob(texts[::-1], batch_size=1), [*expected, 0][::-1], atol=1e-5)
    assert model.pseudo_log_prob([]).shape == (0,) and model.pseudo_log_prob(["ab"]).dtype == np.float64


def test_either_direction_has_a_likelihood(model):
    tokens = np.array(list(itertools.product(range(5), repeat=3)), "int32")
    logits = all_logits(model, tokens)
    for name in ("forward", "backward"):
        log_probs = ops.convert_to_numpy(ops.log_softmax(logits[name]))
        totals = np.sum(np.take_along_axis(log_probs, tokens[..., None], axis=2), axis=(1, 2))
        assert np.sum(np.exp(totals)) == pytest.approx(1, abs=1e-5)


def test_log_prob_is_not_offered_and_the_reason_is(model):
    assert not hasattr(model, "log_prob")
    with pytest.raises(VerbNotOffered, match=r"no log_prob: .*do not multiply to a probability.*It offers .*pseudo_log_prob"):
        model.log_prob(["abc"])


# Filling gaps


@pytest.mark.parametrize("text", ["_", "_bc", "ab_", "abc_eda"])
def test_a_single_gap_gets_what_is_likeliest_by_both_sides(model, text):
    place = text.index("_")
    odds = by_hand(model, model.tokenizer.encode(text.replace("_", "a")))["fill"][place]
    assert model.fill(text) == text.replace("_", LETTERS[np.argmax(odds)])
    assert model.fill(text, beams=1) == model.fill(text)


@pytest.mark.parametrize("text", ["__", "a__c_", "_bd___a_c", "d_a" * 4])
def test_of_several_gaps_each_gets_what_is_likeliest_given_the_others(model, text):
    filled = model.fill(text)
    assert len(filled) == len(text) and all(a in ("_", b) for a, b in zip(text, filled, strict=True)) and "_" not in filled
    odds = by_hand(model, model.tokenizer.encode(filled))["fill"]
    for place in (i for i, letter in enumerate(text) if letter == "_"):
        assert LETTERS[np.argmax(odds[place])] == filled[place]


def test_more_guesses_find_no_worse_filling(model):
    random = np.random.default_rng(3)
    for _ in range(6):
        letters = random.choice(LETTERS, 8)
        letters[random.choice(8, 3, replace=False)] = "_"
        text = "".join(letters)
        few, every = model.pseudo_log_prob([model.fill(text, beams=1), model.fill(text, beams=125)])
        assert every >= few - 1e-4


def test_guesses_are_the_likeliest_by_the_forward_direction(model):
    """Among all fillings of two gaps, by the text up to the second of them, in which the letter between them counts."""
    text, places = np.array([[5, 1, 0, 3, 2, 0, 4, 5]], "int32"), np.array([2, 5])
    states = model.read_ahead(text[:, :1], model.begin(1))[2]
    rows = guessed(model, text, places, 4, states)
    scores = {}
    for pair in itertools.product(range(5), repeat=2):
        ids = text[0, 1:-1].copy()
        ids[places - 1] = pair
        scores[pair] = np.sum(by_hand(model, ids)["forward"][np.arange(5), ids[:5]])
    after_first = {first: max(scores[first, second] for second in range(5)) for first in range(5)}
    assert len(after_first) == 5  # more than beams: one first letter is given up before what follows is read
    kept = [tuple(row[places]) for row in rows]
    assert kept == sorted(kept, key=lambda pair: -scores[pair]) and len(set(kept)) == 4
    assert kept[0] == max(scores, key=scores.get)


def test_gaps_far_apart_and_other_signs(model):
    text = "".join(np.random.default_rng(2).choice(LETTERS, 1200))
    hidden = text[:5] + "??" + text[7:700] + "??" + text[702:]
    filled = model.fill(hidden.replace("??", "?"), gap="?", beams=2)
    assert len(filled) == 1198 and filled[:5] == text[:5] and filled[6:699] == text[7:700]
    assert len(model.fill(hidden, gap="??", beams=2)) == 1198  # a gap of two signs hides one letter
    assert model.fill("xab_y", drop_unknown=True) == model.fill("ab_")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("abc",), r"text must be a str that holds the gap '_' at least once; received 'abc'"),
        (("",), r"text must be a str that holds the gap '_'"),
        ((3,), r"text must be a str that holds the gap '_' at least once; received 3"),
        (("ab_", ""), r"gap must be a str of at least one character; received ''"),
        (("ab_", None), r"gap must be a str of at least one character; received None"),
        (("ab_", "_", 0), r"beams must be an integer from 1 to 10000; received 0"),
        (("ax_", "_"), r"text must consist of the 5 characters 'abcde'; 1 of its 2 are others: 'x'"),
    ],
)
def test_texts_that_cannot_be_filled_are_refused(model, arguments, message):
    with pytest.raises(ValueError, match=message):
        model.fill(*arguments)


@pytest.mark.parametrize(
    ("texts", "options", "message"),
    [
        ("abc", {}, "texts must be a list of str; received a single str 'abc'"),
        (["ab", "x"], {}, r"texts\[1\] must consist of the 5 characters"),
        ([7], {}, r"texts\[0\] must be a str; received 7"),
        (["ab"], {"batch_size": 0}, "batch_size must be an integer from 1"),
    ],
)
def test_texts_without_a_pseudo_log_prob_are_refused(model, texts, options, message):
    with pytest.raises(ValueError, match=message):
        model.pseudo_log_prob(texts, **options)


@pytest.mark.parametrize("argument", ["vocabulary_size", "embedding_dim", "units", "num_layers", "joint_dim"])
def test_sizes_out_of_range_are_refused(argument):
    with pytest.raises(ValueError, match=f"{argument} must be .*0"):
        BidirectionalLM(**{argument: 0})


# Learning


def test_what_only_both_sides_tell_is_learned():
    """Of x, y, x + y mod 4, each is uniform given what precedes or follows it but for one; given both sides each is certain."""
    random = np.random.default_rng(0)
    x, y = random.integers(0, 4, (2, 1200))
    tokens = np.stack([x, y, (x + y) % 4], axis=1).astype("int32")
    model = BidirectionalLM(4, 8, 16, 1, 32, 0.0, 0.0, average_decay=0.9, seed=0)
    model.tokenizer = CharacterTokenizer("abcd")
    model.compile(keras.optimizers.Adam(2e-2))
    model.fit(tokens, batch_size=16, epochs=3, verbose=0)
    every = np.array([[x, y, (x + y) % 4] for x, y in itertools.product(range(4), repeat=2)], "int32")
    logits = all_logits(model, every)
    right = {name: np.mean(np.argmax(each, axis=2) == every, axis=0) for name, each in logits.items()}
    assert np.all(right["fill"] == 1)
    assert right["forward"][2] == 1 and np.all(right["forward"][:2] < 0.6)  # the last alone is known by what precedes it
    assert right["backward"][0] == 1 and np.all(right["backward"][1:] < 0.6)
    assert [model.fill(text) for text in ("_bc", "b_d", "bc_")] == ["bbc", "bcd", "bcd"]
    texts = ["".join(letters) for letters in itertools.product("abcd", repeat=3)]
    assert np.sum(np.exp(model.pseudo_log_prob(texts))) > 8  # near 16, one for each that occurs: no distribution


def test_known_characters_keep_their_odds_when_others_are_added(model):
    larger, tokens = extended(model, "xy"), tiny.tokens()
    before, after = all_logits(model, tokens), all_logits(larger, tokens)
    for name in before:
        np.testing.assert_allclose(after[name][..., :5], before[name], atol=1e-5)
    assert larger.fill("ab_", gap="_")[:2] == "ab" and np.isfinite(larger.pseudo_log_prob(["abxy"])[0])
