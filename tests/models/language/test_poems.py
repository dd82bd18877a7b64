"""The GPT of poems: its sum over forms beside that of a GPT that is told them, and what it makes of a text."""

import itertools

import numpy as np
import pytest
import tiny

from kerasgen.models.language.gpt import GPT
from kerasgen.models.language.poems import END, FORMS, LONGEST, MARKS, SHAPES, PoemGPT, has_form, rows
from kerasgen.tokenizers import CharacterTokenizer

SMALL = CharacterTokenizer(MARKS + END + "山水，", {"氵": "水"})


@pytest.fixture(scope="module")
def model():
    return tiny.stir(tiny.build("poems"))


CHANCES = np.array([0.4, 0.3, 0.2, 0.1])  # of the forms


class Ideal(PoemGPT):
    """Writes what the forms ask for, 山 as often as 水; all that it has read of a text is its state."""

    def begin(self, count):
        return [np.zeros((count, 100), "int64"), np.zeros(count, "int64")]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.read = self.answer

    def answer(self, tokens, states):
        (known, lengths), logits = states, []
        for column in tokens.T:
            known, lengths = known.copy(), lengths + 1
            known[np.arange(len(known)), lengths - 1] = column
            logits.append([self.next(row[:length].tolist()) for row, length in zip(known, lengths, strict=True)])
        return np.log(np.maximum(np.swapaxes(logits, 0, 1), 1e-30)).astype("float32"), [known, lengths]

    def next(self, ids):
        if len(ids) == 1:
            return [*CHANCES, 0, 0, 0, 0]
        count, size = SHAPES[ids[1]]
        line, place = divmod(len(ids) - 2, size + 1)
        return np.eye(8)[4 if line >= count else 7] if line >= count or place == size else [0, 0, 0, 0, 0, 0.5, 0.5, 0]


@pytest.fixture(scope="module")
def taught():
    model = Ideal(SMALL.size, 8, 1, 2, window=65, seed=0)
    model.tokenizer = SMALL
    return model


def test_a_text_is_as_probable_as_with_all_marks_before_it(model):
    """By the verb of a plain GPT with the same weights, which takes the mark as the first character."""
    plain = GPT(**model.get_config())
    plain.set_weights(model.get_weights())
    plain.tokenizer = model.tokenizer
    texts = ["山水", "山，水。", "月"]
    marked = np.exp(plain.log_prob([mark + text for text in texts for mark in MARKS])).reshape(3, 4).sum(axis=1)
    np.testing.assert_allclose(np.exp(model.log_prob(texts)), marked / np.exp(plain.log_prob(list(MARKS))).sum(), rtol=1e-4)
    np.testing.assert_allclose(model.log_prob(["", "山？", "山。"])[[0, 1]], model.log_prob(["", "山。"]), atol=1e-6)


def test_probabilities_of_what_may_come_next_sum_to_one():
    model = tiny.stir(tiny.build("poems", vocabulary_size=SMALL.size))
    model.tokenizer = SMALL
    texts = ["".join(letters) for letters in itertools.product(MARKS + END + "山水，", repeat=2)]
    assert np.sum(np.exp(model.log_prob(texts))) == pytest.approx(1, abs=1e-5)


def test_rows_hold_mark_poem_and_ends():
    poem = ("山水山水山，") * 4
    (row,) = rows(SMALL, [poem], [2])
    assert row.shape == (LONGEST + 2,) and SMALL.decode(row) == MARKS[2] + poem + END * (LONGEST + 1 - len(poem))


@pytest.mark.parametrize("form", FORMS)
def test_a_poem_has_the_form_asked_for(taught, form):
    for poem in [
        *taught.sample(4, seed=1, form=form),
        taught.generate("", form=form, temperature=0),
        taught.generate("山氵", form=form, temperature=0),
        "山水" + "".join(taught.stream("山水", form=form, temperature=0)),
        taught.generate("山", form=form, beams=2),
    ]:
        assert has_form(poem, form), poem
        assert set(poem) <= set("山水，")


def test_forms_are_drawn_as_often_as_they_are_probable(taught):
    forms = [[has_form(poem, form) for form in FORMS].index(True) for poem in taught.sample(400, seed=2)]
    share = np.bincount(forms, minlength=4) / 400
    assert np.all(np.abs(share - CHANCES) < 4 * np.sqrt(CHANCES * (1 - CHANCES) / 400))


def test_a_form_is_drawn_that_fits_the_first_characters(taught):
    """A first line of five characters leaves 五绝, of probability 0.4, and 五律, of 0.2."""
    poems = taught.generate(["山水山水山，"] * 300, seed=3)
    assert all(has_form(poem, "五绝") or has_form(poem, "五律") for poem in poems)
    assert 0.66 - 0.12 < np.mean([has_form(poem, "五绝") for poem in poems]) < 0.67 + 0.12
    np.testing.assert_allclose(taught.log_prob(["山水山水山，"]), np.log(0.6 / 32), rtol=1e-5)


def test_generated_poems_depend_on_seed_and_place_alone(model):
    three = model.generate(["山", "水", "月"], seed=5)
    assert model.generate(["山", "水"], seed=5) == three[:2]
    assert model.generate("山", seed=5) == three[0] == "山" + "".join(model.stream("山", seed=5))


def test_a_length_breaks_a_poem_off(taught):
    assert [len(poem) for poem in taught.sample(2, form="五绝", length=3)] == [3, 3]
    assert taught.generate("山", form="五绝", length=3, temperature=0) == "山山山山"
    assert taught.generate("山", form="五绝", stop="，", temperature=0) == "山山山山山"


def test_bad_requests_are_refused(model):
    for call in (model.sample, model.generate, model.stream):
        with pytest.raises(ValueError, match=r"^form must be one of '五绝', '七绝', '五律', '七律'; received 'haiku'"):
            call(form="haiku")
    with pytest.raises(ValueError, match=r"^length must be an integer from 1 to 64; received 65"):
        model.sample(1, length=65)
    with pytest.raises(ValueError, match=r"^prompt must consist of"):
        model.generate("x")
    with pytest.raises(ValueError, match=r"^prompt\[1\] must consist of"):
        model.generate(["山", "x"])
    with pytest.raises(ValueError, match=r"^texts\[0\] must consist of"):
        model.log_prob(["x"])
    assert model.generate("x山", drop_unknown=True)[0] == "山"
    with pytest.raises(ValueError, match=r"^texts must be a list of str"):
        model.log_prob("山")
    with pytest.raises(ValueError, match=r"^prompt must be a str"):
        model.stream(["山"])
    model = tiny.build("poems", vocabulary_size=5)
    model.tokenizer = tiny.ALPHABET
    with pytest.raises(ValueError, match=r"^MARKS must consist of"):
        model.sample(1)


def test_forms_are_told_from_texts():
    poem = "山水山水山，" * 3 + "山水山水山。"
    assert has_form(poem) and has_form(poem, "五绝") and not has_form(poem, "五律")
    for wrong in (poem[:-1], poem + "山", poem + poem[:6], "山" + poem, poem.replace("，", "？"), ""):
        assert not has_form(wrong)
