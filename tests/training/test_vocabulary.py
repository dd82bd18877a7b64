"""More characters for a trained language model."""

import keras
import numpy as np
import pytest
import tiny
from released import release

import kerasgen
from kerasgen import modalities
from kerasgen.training import finetuning
from kerasgen.training.vocabulary import extended, with_means

NAMES = ["attention_lstm", "gpt", "gru", "lstm"]


@pytest.mark.parametrize("name", NAMES)
def test_known_characters_keep_their_odds_and_a_new_one_is_an_average_one(name):
    model = tiny.stir(tiny.build(name))
    larger = extended(model, "xy")
    assert larger.tokenizer.characters == "abcdexy" and larger.vocabulary_size == 7
    tokens = tiny.tokens()
    before, after = (keras.ops.convert_to_numpy(each.read(tokens, each.begin(len(tokens)))[0]) for each in (model, larger))
    np.testing.assert_allclose(after[..., :5], before, atol=1e-5)
    np.testing.assert_allclose(after[..., 5:], np.repeat(before.mean(axis=-1, keepdims=True), 2, axis=-1), atol=1e-5)
    np.testing.assert_allclose(larger.token_log_probs(tokens)[:, 0], larger.log_prob(list("abcde"))[tokens[:, 0]], atol=1e-5)
    assert model.vocabulary_size == 5


def test_means_stand_in_the_place_of_the_first_unknown_token():
    array = np.arange(8.0).reshape(4, 2)
    np.testing.assert_array_equal(with_means(array, (6, 2), 3), [[0, 1], [2, 3], [4, 5], [2, 3], [2, 3], [6, 7]])
    np.testing.assert_array_equal(with_means(array.T, (2, 5), 4), np.concatenate([array, [[3, 4]]]).T)
    np.testing.assert_array_equal(with_means(array, (4, 2), 3), array)


def test_models_of_counts_are_refused():
    with pytest.raises(ValueError, match="models that learn by gradients; NGram counts"):
        extended(tiny.build("ngram"), "x")


def test_only_characters_can_be_added(tmp_path):
    (tmp_path / "a.txt").write_text("words")
    model, text = tiny.build("poems"), modalities.get("text")
    with pytest.raises(ValueError, match="models of characters; the tokens of this one are"):
        text.unknown(tmp_path / "a.txt", model)
    assert text.unknown(tmp_path / "a.txt", tiny.build("lstm")) == "orsw"


@pytest.mark.slow
def test_a_fine_tuned_model_writes_the_new_characters(tmp_path, capsys):
    parent = release("lstm", tmp_path / "parent")
    (tmp_path / "a.txt").write_text("abéx" * 3000)
    options = {"steps": 40, "every": 20, "learning_rate": 0.03, "run_folder": tmp_path / "run"}
    with pytest.raises(ValueError, match=r"--drop-unknown.*\s*.*--extend-vocabulary"):
        finetuning.finetune(parent, tmp_path / "a.txt", output=tmp_path / "mine", **options)
    folder = finetuning.finetune(parent, tmp_path / "a.txt", output=tmp_path / "mine", extend_vocabulary=True, **options)
    assert "2 characters were added to what the model knows: 'xé'." in capsys.readouterr().err
    model = kerasgen.load(folder)
    assert model.tokenizer.characters == "abcdexé" and "2 characters were added" in (folder / "card.md").read_text()
    assert all(check.passed for check in kerasgen.verify(folder))
    assert set("éx") <= set(model.generate("ab", length=40))
