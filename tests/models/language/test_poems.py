"""A GPT of poems: sums over forms by hand, the loss up to the end, what is drawn, and refusals."""

import keras
import numpy as np
import pytest
import tiny
from keras import ops
from tiny.poems import TOKENIZER, poem, rows

from kerasgen.tokenizers.poem import END, FIRST_FORM, FORMS, LONGEST, form_of


@pytest.fixture(scope="module")
def model():
    return tiny.stir(tiny.build("poems"))


@pytest.fixture(scope="module")
def taught():
    """A model that has learned in which order the seasons come, and to count."""
    model = tiny.build("poems", width=32, num_layers=2, window=LONGEST, dropout=0.0, average_decay=0.8)
    model.compile(keras.optimizers.Muon(2e-2))
    model.fit(np.tile(rows(), (60, 1)), batch_size=8, epochs=2, shuffle=False, verbose=0)
    return model


def by_hand(model, text):
    """log p(form) and log p(text, end | form) of each form, by the network's logits on whole rows."""
    found = []
    for form in range(len(FORMS)):
        tokens = np.array([FIRST_FORM + form, *TOKENIZER.encode(text), END], "int32")
        logits = ops.convert_to_numpy(model(np.array([[model.vocabulary_size, *tokens[:-1]]], "int32")))[0].astype("float64")
        log_probs = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
        found.append((log_probs[0, tokens[0]], np.sum(log_probs[np.arange(1, len(tokens)), tokens[1:]])))
    return np.array(found)


def test_log_prob_is_a_sum_over_forms(model):
    texts = ["春夏，秋冬。", ""]
    parts = [by_hand(model, text) for text in texts]
    np.testing.assert_allclose(model.log_prob(texts), [np.log(np.sum(np.exp(p.sum(axis=1)))) for p in parts], atol=1e-4)
    np.testing.assert_allclose(model.log_prob(texts, form="五律"), [p[FORMS.index("五律"), 1] for p in parts], atol=1e-4)


def test_the_loss_counts_tokens_up_to_the_end(model):
    model.compile(keras.optimizers.Adam())
    loss = model.evaluate(rows(), batch_size=8, verbose=0, return_dict=True)["loss"]
    texts = [(poem(4, 5, i), 0) for i in range(4)] + [(poem(4, 7, i), 1) for i in range(4)]
    total = sum(by_hand(model, text)[form].sum() for text, form in texts)
    assert loss == pytest.approx(-total / (4 * 26 + 4 * 34), rel=1e-5)


def test_the_form_asked_for_is_written(taught):
    for form, shape in (("五绝", (4, 5)), ("七绝", (4, 7))):
        poems = taught.sample(4, form=form, temperature=0.2)
        assert [form_of(each) for each in poems] == [form] * 4
        assert set(poems) <= {poem(*shape, turn) for turn in range(4)}
    forms = [form_of(each) for each in taught.sample(12, temperature=0.2)]
    assert {"五绝", "七绝"} <= set(forms) and forms.count(None) <= 4


def test_a_beginning_decides_the_form(taught):
    assert taught.generate("春夏秋冬春，夏", seed=3, temperature=0.2) == poem(4, 5)
    assert taught.generate(["春夏秋冬春夏秋，", "春"], form="七绝", temperature=0.2)[1] == poem(4, 7)
    assert "夏秋" + "".join(taught.stream("夏秋", form="五绝", temperature=0.2)) == poem(4, 5, 1)


def test_a_poem_depends_on_seed_and_index_alone(model):
    whole = model.sample(5, seed=7)
    assert model.sample(2, seed=7, start=3) == whole[3:]
    assert model.sample(5, seed=7, batch_size=2) == whole
    assert all("□" not in text and "\n" not in text for text in whole)


@pytest.mark.parametrize("verb", ["sample", "generate", "stream"])
def test_an_unknown_form_is_refused(model, verb):
    with pytest.raises(ValueError, match=r"^form must be"):
        getattr(model, verb)(form="绝句")


def test_bad_rows_and_beams_are_refused(model):
    with pytest.raises(ValueError, match=r"^x must be rows that begin with the token of a form"):
        model.check_data(rows()[:, 1:])
    with pytest.raises(ValueError, match=r"^beams, n_best and length_penalty are not for poems"):
        model.generate("春", beams=2)
    with pytest.raises(ValueError, match=r"^texts\[0\] must consist of Chinese characters"):
        model.log_prob(["spring"])
