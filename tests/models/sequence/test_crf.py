"""The tagger of words: features against a count by hand, tags and probabilities against enumeration, refusals."""

import itertools
import zlib

import keras
import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen.models.sequence.crf import SLOTS, CRFTagger, features_of

TAGS = ["O", "B-NP", "I-NP"]
SENTENCE = [("The", "DT"), ("cat", "NN"), ("sat", "VBD")]


def test_features_are_those_of_the_template():
    found = features_of(SENTENCE, 2**17)
    bucket = lambda text: zlib.crc32(text.encode()) % 2**17  # noqa: E731
    assert found.shape == (3, SLOTS)
    expected = ["p0:_B-1", "p1:The", "p2:cat", "p3:sat", "p4:_B+1", "p5:The/cat", "p6:cat/sat"]
    expected += ["p7:_B-1", "p8:DT", "p9:NN", "p10:VBD", "p11:_B+1", "p12:_B-1/DT", "p13:DT/NN", "p14:NN/VBD", "p15:VBD/_B+1"]
    expected += ["p16:_B-1/DT/NN", "p17:DT/NN/VBD", "p18:NN/VBD/_B+1"]
    assert found[1].tolist() == [bucket(text) for text in expected]
    alone = features_of([(word, None) for word, _ in SENTENCE], 2**17)
    assert alone[1, 2] == bucket("w2:cat") and not set(alone[1]) & set(found[1])


def test_log_prob_marginals_and_tags_agree_with_enumeration():
    model = tiny.stir(tiny.build("crf"))
    every = [list(path) for path in itertools.product(TAGS, repeat=3)]
    log_prob = model.log_prob([SENTENCE] * len(every), every)
    assert np.exp(log_prob).sum() == pytest.approx(1, abs=1e-5)
    assert model.tag([SENTENCE]) == [every[int(np.argmax(log_prob))]]
    first = [sum(np.exp(log_prob[i]) for i, path in enumerate(every) if path[0] == tag) for tag in TAGS]
    np.testing.assert_allclose(model.marginals([SENTENCE])[0][0], first, atol=1e-5)
    assert first[2] == 0  # no sentence begins inside a phrase


def test_sentences_may_be_text_words_or_words_with_parts_of_speech():
    model = tiny.stir(tiny.build("crf"))
    text, words = "A cat, or two.", ["A", "cat", ",", "or", "two", "."]
    mixed = model.tag([SENTENCE, text, words])
    assert [len(tags) for tags in mixed] == [3, 6, 6] and mixed[1] == mixed[2]
    assert mixed == [model.tag([one])[0] for one in (SENTENCE, text, words)]
    assert model.tag([SENTENCE, text, words], batch_size=1) == mixed


def test_it_learns_phrases_and_says_them_in_words():
    model = CRFTagger(TAGS, buckets=500, seed=0)
    model.compile(keras.optimizers.Adam(0.3))
    rows, tags = [SENTENCE, ["a", "dog", "ran", "home"]], [["B-NP", "I-NP", "O"], ["B-NP", "I-NP", "O", "B-NP"]]
    x, y = model.hashed(rows), model.numbers(tags, [3, 4])
    losses = model.fit(x, y, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < 0.1 * losses[0]
    assert model.tag(rows) == tags
    assert model.tag(rows, spans=True) == [[("NP", "The cat", 0, 2)], [("NP", "a dog", 0, 2), ("NP", "home", 3, 4)]]
    assert model.evaluate(x, y, verbose=0) == pytest.approx(-model.log_prob(rows, tags).mean(), abs=1e-4)


def test_a_score_is_the_sum_of_the_weights_of_its_features():
    model = tiny.stir(tiny.build("crf"))
    x = model.hashed([SENTENCE, ["cat"]])
    assert x.shape == (2, 3, SLOTS) and np.all(x[1, 1:] == -1)
    scores, kernel = ops.convert_to_numpy(model(x)), model.network.get_layer("kernel").embeddings.numpy()
    np.testing.assert_allclose(scores[0, 1], kernel[x[0, 1]].sum(axis=0), rtol=1e-4, atol=1e-5)
    assert np.all(scores[1, 1:] == 0)


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda model: model.tag("one text"), "sentences must be a list of str"),
        (lambda model: model.tag([]), "sentences must be a list of str"),
        (lambda model: model.tag(["  "]), "each with words; received '  ' as number 0"),
        (lambda model: model.tag([["a", ("b", "NN")]]), "all words of a sentence alike"),
        (lambda model: model.tag([[1, 2]]), "all words of a sentence alike"),
        (lambda model: model.log_prob([["a", "b"]], [["O"]]), r"tags must hold a tag for each word, \[2\]; received \[1\]"),
        (lambda model: model.log_prob([["a"]], [["X"]]), "tags must be some of O, B-NP, I-NP; received 'X'"),
        (lambda model: model.tag([["a"]], batch_size=0), "batch_size must be an integer"),
        (lambda model: CRFTagger(["O"]), "tags must be two names or more"),
        (lambda model: CRFTagger(["O", "NP"]), "names must be .* received 'NP'"),
        (lambda model: CRFTagger(TAGS, buckets=1), "buckets must be an integer from 2"),
        (lambda model: model.evaluate(np.full((2, 3, SLOTS), 50), np.zeros((2, 3), int)), "^x must be .* to 49"),
        (lambda model: model.evaluate(np.zeros((2, 3, SLOTS), int), np.zeros((2, 2), int)), "^y must be numbers of tags"),
    ],
)
def test_what_it_cannot_use_is_refused(use, message):
    with pytest.raises(ValueError, match=message):
        use(tiny.build("crf"))


def test_it_says_that_it_is_discriminative():
    with pytest.raises(NotImplementedError, match="discriminative"):
        tiny.build("crf").sample(1)
