"""The n-gram model against dictionaries, closed formulas, nltk, and all strings there are."""

import itertools
import math

import keras
import numpy as np
import pytest
import tiny
from counting import KneserNey, as_dictionary, rows_of

from kerasgen.models.language import discounts
from kerasgen.models.language.grams import count, packed, pruned
from kerasgen.models.language.ngram import NGram
from kerasgen.tokenizers import CharacterTokenizer

LETTERS = "abcd"


def fitted(order=3, rows=None, **options):
    model = NGram(len(LETTERS), order, **options)
    model.tokenizer = CharacterTokenizer(LETTERS)
    model.fit(rows_of(1, (5, 60)) if rows is None else rows)
    return model


# Probabilities

EVERY = {
    "plain": {},
    "pruned": {"max_grams": 20},
    "beginning": {"beginning": (2, 3)},
    "cache": {"cache_length": 2, "cache_strengths": (3.0, 0.5)},
    "pruned with cache": {"max_grams": 30, "cache_length": 50, "cache_strengths": (0.0, 2.0, 1.0)},
    "discounts": {"discounts": (1, 2, 3, 0.5, 0.5, 0.5, 0.1, 0.1, 2)},
    "order one": {"order": 1},
    "longer than the texts": {"order": 5},
}


@pytest.mark.parametrize("options", EVERY.values(), ids=EVERY)
def test_probabilities_of_all_strings_of_three_sum_to_one(options):
    model = fitted(**options)
    texts = ["".join(letters) for letters in itertools.product(LETTERS, repeat=3)]
    assert np.exp(model.log_prob(texts)).sum() == pytest.approx(1, abs=1e-12)
    for prompt in ("a", "dcb", "abcdabcdbb"):
        total = np.exp(model.log_prob([prompt + letter for letter in LETTERS]) - model.log_prob([prompt])).sum()
        assert total == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("options", EVERY.values(), ids=EVERY)
def test_reading_token_by_token_agrees_with_whole_texts(options):
    model, texts = fitted(**options), rows_of(7, (3, 40))
    before = np.concatenate([np.full((3, 1), len(LETTERS)), texts[:, :-1]], axis=1)
    parts, states = [], model.begin(3)
    for columns in (before[:, :1], before[:, 1:4], before[:, 4:]):
        logits, states = model.read(columns, states)
        parts.append(logits)
    logits = np.concatenate(parts, axis=1)
    np.testing.assert_allclose(np.exp(logits).sum(axis=2), 1, atol=1e-12)
    np.testing.assert_allclose(
        np.take_along_axis(logits, texts[..., None], 2)[..., 0], model.token_log_probs(texts), atol=1e-10
    )
    contexts = [texts[0, :n] for n in (0, 1, 9)]
    np.testing.assert_allclose(model.next_log_probs(contexts), logits[0, [0, 1, 9]], atol=1e-10)


@pytest.mark.parametrize("given", [None, (0.3, 0.7, 0.9, 0.5, 1.0, 1.5, 1.0, 0.0, 2.5)])
def test_probabilities_are_those_of_dictionaries(given):
    rows = rows_of(1, (5, 60))
    model = fitted(rows=rows, discounts=given)
    table = model.arrays["discount_table"]
    if given is not None:
        np.testing.assert_array_equal(table.ravel(), given)
    other = KneserNey(rows, 3, len(LETTERS), {k + 1: row for k, row in enumerate(table.tolist())})
    text = rows_of(9, (1, 80))
    found = np.exp(model.token_log_probs(text))[0]
    whole = [len(LETTERS), *text[0].tolist()]
    expected = [other.probability(token, whole[: t + 1]) for t, token in enumerate(whole[1:])]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_discounts_are_those_of_the_closed_formulas():
    """Ten n-grams of order one: four seen once, three twice, two three times, one four times."""
    tokens = np.repeat(np.arange(10), [1, 1, 1, 1, 2, 2, 2, 3, 3, 4])
    grams = count(tokens[None], 1, 11)[0]
    y = 4 / (4 + 2 * 3)
    np.testing.assert_allclose(discounts.closed_form(grams), [[1 - 2 * y * 3 / 4, 2 - 3 * y * 2 / 3, 3 - 4 * y * 1 / 2]])
    few = count(np.array([[0, 0, 1, 1]]), 1, 11)[0]  # nothing was seen once, or three times
    found = discounts.closed_form(few)
    assert np.isfinite(found).all() and np.all(found >= 0) and np.all(found <= [1, 2, 3])


def test_agrees_with_nltk_on_its_own_smoothing():
    """nltk takes one discount, none from single tokens, and no mixture with equally likely ones below."""
    lm = pytest.importorskip("nltk.lm")
    from nltk.util import everygrams

    tokens = rows_of(3, (1, 200))[0]
    tokens = np.concatenate([tokens, tokens[:3]])  # what begins the text also stands elsewhere: nltk drops it otherwise
    text = [LETTERS[i] for i in tokens]
    peer = lm.KneserNeyInterpolated(3, discount=0.1)
    peer.fit([list(everygrams(text, max_len=3))], vocabulary_text=text)
    model = NGram(len(LETTERS), 3, discounts=(0, 0, 0, *[0.1] * 6), beginning=tokens[:2].tolist())
    model.fit(tokens[None, 2:])
    expected = [peer.score(text[t], text[t - 2 : t]) for t in range(2, 90)]
    np.testing.assert_allclose(np.exp(model.token_log_probs(tokens[None, 2:]))[0, :88], expected, atol=1e-12)


# Learning


def test_the_loss_is_that_of_the_texts():
    model, rows = NGram(4, 3), rows_of(1, (5, 60))
    history = model.fit(rows, validation_data=rows_of(2, (5, 60))).history
    assert history["loss"] == [pytest.approx(-model.token_log_probs(rows).mean())]
    assert history["val_loss"] == [pytest.approx(model.evaluate(rows_of(2, (5, 60))))]
    assert history["loss"][0] < history["val_loss"][0] < 2


def test_fit_adds_counts():
    first, second = rows_of(1, (4, 50)), rows_of(2, (4, 50))
    both, one_by_one = fitted(rows=np.concatenate([first, second])), fitted(rows=first)
    one_by_one.fit(second)
    assert as_dictionary(one_by_one.grams) == as_dictionary(both.grams)
    np.testing.assert_allclose(one_by_one.arrays["discount_table"], both.arrays["discount_table"])


def test_fine_tuning_on_a_pruned_model_helps_and_keeps_the_limit():
    model, rows, held_out = fitted(max_grams=40), rows_of(2, (4, 200)), rows_of(2, (4, 400))[:, 200:]
    before, table = model.evaluate(held_out), model.arrays["discount_table"]
    model.fit(rows)
    assert model.evaluate(held_out) < before - 0.02
    assert sum(model.grams.sizes[1:]) == 40
    np.testing.assert_array_equal(model.arrays["discount_table"], table)  # counts of counts are gone with what was pruned


def test_pruning_by_loss_costs_less_than_at_random():
    rows, other = rows_of(1, (5, 400)), rows_of(1, (5, 800))[:, 400:]
    whole, blind = fitted(4, rows), NGram(len(LETTERS), 4)
    total = sum(whole.grams.sizes[1:])
    small = fitted(4, rows, max_grams=total // 4)
    assert sum(small.grams.sizes[1:]) == total // 4
    random = [np.random.default_rng(k).random(size) for k, size in enumerate(whole.grams.sizes[1:])]
    blind.arrays = {**packed(pruned(whole.grams, random, total // 4)), "discount_table": whole.arrays["discount_table"]}
    costs = [model.evaluate(other) - whole.evaluate(other) for model in (small, blind)]
    assert costs[0] < 0.7 * costs[1]


def test_discounts_for_held_out_text_are_no_worse_than_the_formulas():
    model, other = fitted(), rows_of(2, (3, 80))
    chosen = model.discounts_for(other)
    assert len(chosen) == 9 and fitted(discounts=chosen).evaluate(other) < model.evaluate(other) - 1e-3
    with pytest.raises(ValueError, match=r"^max_grams must be None to choose discounts"):
        fitted(max_grams=20).discounts_for(other)


def test_a_cache_helps_where_texts_repeat_themselves():
    model, other = fitted(), np.tile(rows_of(5, (1, 20)), (1, 8))
    strengths = model.strengths_for(other, 60, 2)
    cached = model.with_cache(60, strengths)
    assert cached.evaluate(other) < model.evaluate(other) - 0.3
    assert cached.with_cache(0, ()).evaluate(other) == model.evaluate(other)
    assert cached.tokenizer is model.tokenizer and cached.get_config()["cache_length"] == 60


# Verbs and files


def test_texts_occur_as_often_as_they_are_probable():
    """4,000 texts of two letters against their probabilities."""
    model = fitted(max_grams=20, cache_length=5, cache_strengths=(4.0,))
    drawn = model.sample(4000, seed=1, length=2)
    texts = ["".join(letters) for letters in itertools.product(LETTERS, repeat=2)]
    expected = np.exp(model.log_prob(texts))
    found = np.array([drawn.count(text) for text in texts]) / 4000
    assert np.all(np.abs(found - expected) <= 4.5 * np.sqrt(expected * (1 - expected) / 4000))


def test_generation_goes_on_from_its_prompt():
    model = fitted(rows=np.tile([[0, 1, 2, 3]], (3, 30)), discounts=[0.5] * 9)
    assert model.generate("ab", length=6, temperature=0) == "abcdabcd"
    assert model.generate("", length=4, temperature=0) == "abcd"


def test_weights_travel_exactly(tmp_path):
    model = fitted(max_grams=30)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    fresh = NGram(4, 3, max_grams=30)
    fresh.load_weights(tmp_path / "model.weights.h5")
    for again in (keras.models.load_model(tmp_path / "model.keras"), fresh):
        np.testing.assert_array_equal(again.token_log_probs(rows_of(2, (2, 30))), model.token_log_probs(rows_of(2, (2, 30))))
    wrong = NGram(4, 2)
    wrong.load_weights(tmp_path / "model.weights.h5")
    with pytest.raises(ValueError, match="not those of n-grams of order 2"):
        wrong.token_log_probs(np.array([[1, 2]]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": 0}, r"^order must be an integer from 1 to 32; received 0"),
        ({"vocabulary_size": 0}, r"^vocabulary_size must be an integer from 1"),
        ({"discounts": (1, 2, 3)}, r"^discounts must be 15 numbers, three for each order; received 3"),
        ({"order": 1, "discounts": (1.1, 1, 1)}, r"^discounts must be a number from 0 to 1; received 1.1"),
        ({"max_grams": 0}, r"^max_grams must be an integer from 1"),
        ({"beginning": (256,)}, r"^beginning must be an integer from 0 to 255; received 256"),
        ({"beginning": ()}, r"^beginning must be at least one id"),
        ({"cache_length": 3}, r"^cache_length and cache_strengths go together; received 3 and \(\)"),
        ({"cache_strengths": (1.0,)}, r"^cache_length and cache_strengths go together; received 0 and \(1.0,\)"),
        ({"cache_length": 3, "cache_strengths": (-1.0,)}, r"^cache_strengths must be a number from 0"),
    ],
)
def test_arguments_out_of_range_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        NGram(**options)


def test_an_untrained_model_says_so():
    model = tiny.build("ngram")
    for verb in (
        lambda: model.log_prob(["a"]),
        lambda: model.sample(1),
        lambda: model.grams,
        lambda: model.discounts_for([[1]]),
    ):
        with pytest.raises(ValueError, match="learned nothing yet"):
            verb()
    assert math.isfinite(tiny.compiled("ngram").log_prob(["e"])[0])
