"""Cards and lines of tables: what stands in an entry stands there, and nothing else."""

import pytest
from tiny_zoo import ENTRIES, ENTRY, entry

from kerasgen.zoo import card, entries

TINY = ENTRIES["tiny-2"]


def test_scores_are_rows_with_arrow_interval_and_reference():
    lines = card.render(TINY).splitlines()
    assert "| Fréchet distance ↓ | 1.25 | 1.2 to 1.31 | 0.5 | 100 | 100 of each |" in lines
    assert "| precision  | 0.5 |  |  | 10 | 10 of each |" in lines
    assert "recall, one by one: 0.5, 0." in lines
    zero = entry("a", metrics={"white": {"value": 0.0, "count": 1000, "protocol": "x", "reference": 0.0, "better": "higher"}})
    assert "| white ↑ | 0 |  | 0 | 1,000 | x |" in card.render(zero).splitlines()


def test_a_number_beside_names_its_model():
    metrics = {"nats": {"value": 1.5, "count": 9, "protocol": "x", "reference": 1.25, "beside": "counts", "leading": True}}
    beside = entry("a", metrics=metrics)
    assert "| nats  | 1.5 |  | counts 1.25 | 9 | x |\n" in card.render(beside)
    assert card.summary(beside)[3] == "nats 1.5 (counts 1.25)"


def test_what_an_entry_says_is_told():
    more = {
        "paper": "Nobody, 2020",
        "aliases": ["small"],
        "samples": "samples.png",
        "caption": "Ten squares.",
        "notes": "Draws nothing.",
        "licence": "CC0",
    }
    text = card.render({**TINY, **more})
    assert f"{TINY['title']}. Nobody, 2020. Also `small`.\n\n![samples](samples.png)\n\n*Ten squares.*\n\n```python\n" in text
    assert 'kerasgen.load("tiny-2")\nimages = model.sample(16, seed=0)\n' in text
    assert "- class `kerasgen.models.gan.dcgan.DCGAN`, 1,500 parameters, 2.00 MB, version 1\n- verbs: sample, decode\n" in text
    assert "- licence of the weights: CC0\n" in text
    assert "- data: mnist, 7 examples (); licence: CC0; source: \n- recipe: `tiny.py` (digest 0…), seed 0\n" in text
    assert "- 1 epochs of batches of 8 in float32; released: epoch 1 (1 steps)\n" in text
    assert "## Limits\n\nDraws nothing.\n" in text and "Not examined: nobody has stated any" in card.render(TINY)
    assert f"- `tiny-2/model.weights.h5`: 2,000,000 bytes, sha256 `{'0' * 64}`" in text


def test_passes_over_all_data_are_no_steps():
    exact = entry("a", training={**ENTRY["training"], "steps": None, "epochs": 3, "selected_epoch": 2})
    assert "- passes over all data: 3; released: pass 2\n" in card.render(exact)


def test_a_fine_tuned_model_names_its_origin():
    tuned = {key: value for key, value in TINY.items() if key != "recipe"}
    tuned["finetuned"] = {
        "from": "tiny-10",
        "sha256": "a" * 64,
        "prepared": ["Of 24 images: 24 resized to 8x8."],
        "frozen": ["generator/dense"],
        "learning_rate": {"generator": 1e-4, "discriminator": 2e-4},
        "steps_per_epoch": 100,
        "validation": {"what": "kernel distance", "before": 2.0, "after": 0.5},
    }
    text = card.render(tuned)
    assert "- Of 24 images: 24 resized to 8x8.\n- fine-tuned from `tiny-10` (weights sha256 aaaaaaaaaaaa…)\n" in text
    assert "chosen on validation by kernel distance: 2 before, 0.5 after" in text
    assert "- frozen: generator/dense\n- learning rate 0.0001 (generator), 0.0002 (discriminator)\n" in text
    tuned["finetuned"] |= {"frozen": [], "learning_rate": {"model": 0.0033}}
    assert "- frozen: nothing\n- learning rate 0.0033\n- an epoch is 100 steps, seed 0\n" in card.render(tuned)
    tuned["finetuned"] |= {"learning_rate": {}}  # counts have none
    assert "learning rate" not in card.render(tuned)


def test_what_an_entry_does_not_tell_is_not_stated():
    needed = ("name", "model", "config", "files", "fingerprint", "parameters", "family", "modality", "capabilities")
    bare = {**{key: TINY[key] for key in needed}, "data": {"name": "mnist"}}
    entries.check_entry(bare, "here")
    text = card.render(bare)
    assert text.startswith("# tiny-2\n\ntiny-2.\n") and "2.00 MB, version 1\n" in text
    assert "- data: mnist, an unknown number of examples (not stated); licence: not stated; source: not stated\n" in text
    assert "- recipe: not stated, seed not stated\n- its length is not stated\n" in text
    assert "- time not stated, on not stated; not stated\n" in text
    assert card.summary(bare)[0] == ""
    origin = {"from": "tiny-10", "sha256": "a", "source": "b", "validation": {"what": "loss", "before": 2, "after": 1}}
    entries.check_entry({**bare, "finetuned": origin}, "here")
    assert "fine-tuned from `tiny-10`" in card.render({**bare, "finetuned": origin})


def test_a_line_of_a_table_has_the_leading_scores_with_those_of_real_data():
    title, parameters, size, scores = card.summary(TINY)
    assert (title, parameters, size) == (TINY["title"], "1,500", "2.00 MB")
    assert scores == "Fréchet distance 1.25 (0.5), precision 0.5"
    zero = entry("a", metrics={"white": {"value": 0, "count": 1, "protocol": "x", "reference": 0.0, "leading": True}})
    assert card.summary(zero)[3] == "white 0 (0)"


def test_a_line_of_the_chinese_table_is_chinese():
    chinese = card.summary({**TINY, "title_zh": "很小的模型"}, "zh")
    assert chinese == ("很小的模型", "1,500", "2.00 MB", "Fréchet 距离 1.25（0.5），精确率 0.5")
    assert card.summary(TINY, "zh")[0] == TINY["title"]  # better than nothing


def test_a_line_of_a_terminal_has_one_score():
    assert card.line(TINY) == ("2.00 MB", TINY["title"], "1.25 Fréchet distance")
    assert card.line({**TINY, "metrics": {}}) == ("2.00 MB", TINY["title"], "")


def test_a_score_that_is_none_names_its_entry():
    with pytest.raises(ValueError, match=r"^a: metrics\.white must have value, count and protocol"):
        card.render(entry("a", metrics={"white": {"value": 0}}))


@pytest.mark.parametrize(("value", "words"), [(1234567.0, "1.235e+06"), (0.000123449, "0.0001234"), (17, "17"), (0.0, "0")])
def test_numbers_have_four_digits(value, words):
    assert card.number(value) == words


def test_the_card_of_a_model_that_can_neither_draw_nor_name_has_no_picture_and_says_what_can_be_done():
    for modality in ("image", "array", "text"):
        mute = entry("mute", modality=modality, capabilities=["paint"])
        text = card.render(mute)
        assert "![" not in text and "help(model.paint)" in text
        assert "model.summary()" in card.render({**mute, "capabilities": []})
    assert "samples = model.sample(16, seed=0)" in card.render(entry("loud", modality="array"))
