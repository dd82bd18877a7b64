"""A published number: what it refuses, and that nothing is lost on its way through an entry."""

import dataclasses
import json

import numpy as np
import pytest

from kerasgen.score import Score, checked

FULL = Score(
    value=0.5,
    count=100,
    protocol="share of white pixels",
    label="white pixels",
    better="higher",
    low=0.4,
    high=0.6,
    reference=0.45,
    beside="another model",
    parts=(0.25, 0.75),
    leading=True,
)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": "0.5"}, "value of a score must be a number; received '0.5'"),
        ({"value": None}, "value of a score must be a number; received None"),
        ({"value": float("nan")}, "value of a score must be a number; received nan"),
        ({"value": True}, "value of a score must be a number; received True"),
        ({"low": "0"}, "low of a score must be a number; received '0'"),
        ({"high": np.float32("nan")}, "high of a score must be a number"),
        ({"reference": False}, "reference of a score must be a number; received False"),
        ({"low": None}, "low and high of a score go together; received None and 0.6"),
        ({"high": None}, "low and high of a score go together; received 0.4 and None"),
        ({"count": 0}, "count of a score must be a positive integer; received 0"),
        ({"count": 2.0}, "count of a score must be a positive integer; received 2.0"),
        ({"count": True}, "count of a score must be a positive integer; received True"),
        ({"protocol": ""}, "protocol of a score must be words; received ''"),
        ({"protocol": 3}, "protocol of a score must be words; received 3"),
        ({"better": "more"}, "better of a score must be 'higher', 'lower' or None; received 'more'"),
        ({"parts": ("a",)}, "parts of a score must be numbers"),
    ],
)
def test_refusals(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(FULL, **changes)


def test_nothing_is_lost_on_the_way_through_json():
    for score in (FULL, Score(-1, 1, "x"), Score(0.0, 3, "x", low=0.0, high=0.0, reference=0.0, parts=(0.0, 0.0))):
        fields = json.loads(json.dumps(score.to_dict()))
        assert Score.from_dict(fields) == score and Score.from_dict(fields).to_dict() == score.to_dict()
    assert list(FULL.to_dict()) == [field.name for field in dataclasses.fields(Score)]


def test_zeros_are_numbers_and_what_says_nothing_is_left_out():
    zeros = Score(0, 1, "x", low=0.0, high=0.0, reference=0.0)
    assert zeros.to_dict() == {"value": 0, "count": 1, "protocol": "x", "low": 0.0, "high": 0.0, "reference": 0.0}
    assert Score(0.0, 1, "x").to_dict() == {"value": 0.0, "count": 1, "protocol": "x"}


def test_numbers_of_numpy_become_those_of_python():
    score = Score(np.float32(0.5), np.int64(7), "x", low=np.float64(0), high=np.float32(1), parts=np.array([1, 2]))
    assert [type(each) for each in (score.value, score.count, score.low, score.high)] == [float, int, float, float]
    assert score.parts == (1.0, 2.0) and json.dumps(score.to_dict())
    assert type(Score(3, 1, "x").value) is int  # a number of things stays one


def test_the_message_names_the_entry():
    with pytest.raises(ValueError, match=r"a\.json: metrics\.white must have value, count and protocol.*count"):
        Score.from_dict({"value": 1, "protocol": "x"}, "a.json: metrics.white")
    with pytest.raises(ValueError, match=r"a\.json: metrics\.white must have .*better than"):
        Score.from_dict({"value": 1, "count": 1, "protocol": "x", "better than": 2}, "a.json: metrics.white")
    with pytest.raises(ValueError, match=r"^a\.json: metrics\.white: count of a score must be"):
        Score.from_dict({"value": 1, "count": 0, "protocol": "x"}, "a.json: metrics.white")


def test_its_name_is_its_label_or_its_key():
    assert FULL.named("white") == "white pixels" and Score(1, 1, "x").named("white") == "white"


@pytest.mark.parametrize("scores", [None, [FULL], {"white": 0.5}, {"white": FULL.to_dict()}])
def test_a_recipe_must_return_scores(scores):
    assert checked({"white": FULL}) == {"white": FULL} and checked({}) == {}
    with pytest.raises(ValueError, match=r"^score of the recipe a must return a dictionary of kerasgen\.Score; received"):
        checked(scores, "score of the recipe a")
