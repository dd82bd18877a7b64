"""Windows of text and likelihood scores."""

import math

import numpy as np
import pytest

from kerasgen import data
from kerasgen.data import TextBatches, to_text
from kerasgen.likelihood import mean_loss, score_text, validate_text
from kerasgen.tokenizers import CharacterTokenizer


def test_each_pass_cuts_the_text_into_windows():
    ids = np.arange(1000)
    batches = TextBatches(ids, 10, 9, seed=3)
    assert len(batches) == 11  # 99 windows
    windows = np.concatenate([batches[i] for i in range(len(batches))])
    assert windows.dtype == np.int32 and windows.shape == (99, 10)
    assert np.all(np.diff(windows, axis=1) == 1)
    assert len(set(windows.ravel().tolist())) == 990  # no token twice
    offset = windows.min()
    batches.epoch = 1
    later = np.concatenate([batches[i] for i in range(len(batches))])
    assert not np.array_equal(later, windows) and (later.min() != offset or not np.array_equal(later[0], windows[0]))


def test_windows_begin_where_they_may():
    boundaries = np.array([0, 33, 210, 700])
    batches = TextBatches(np.arange(1000), 10, 9, boundaries=boundaries)
    starts = {int(window[0]) for i in range(len(batches)) for window in batches[i]}
    assert starts == set(boundaries.tolist())


def test_the_order_is_a_function_of_seed_epoch_and_step():
    resumed = TextBatches(np.arange(500), 7, 4, seed=1, first_epoch=2)
    whole = TextBatches(np.arange(500), 7, 4, seed=1)
    whole.epoch = 2
    np.testing.assert_array_equal(resumed[3], whole[3])
    assert not np.array_equal(TextBatches(np.arange(500), 7, 4, seed=2, first_epoch=2)[3], whole[3])


def test_a_text_that_is_too_short_is_refused():
    TextBatches(np.arange(50), 10, 4)
    with pytest.raises(ValueError, match=r"^ids must hold at least \(batch_size \+ 1\) \* length = 50 tokens; received 49"):
        TextBatches(np.arange(49), 10, 4)


class Known:
    """A stand-in whose tokens cost what their id says."""

    tokenizer = CharacterTokenizer("abc")

    def token_log_probs(self, tokens):
        return -np.asarray(tokens, "float32")


def splits(**texts):
    return {name: {"text": np.frombuffer(text.encode(), "uint8")} for name, text in texts.items()}


def test_scores_of_known_losses():
    scores = score_text({"test": "one", "more": "two"})(Known(), splits(test="abcc" * 500, more="b" * 700))
    assert scores["nats"]["value"] == pytest.approx(1.25) and scores["nats"]["count"] == 2000
    assert scores["bits"]["value"] == pytest.approx(1.25 / math.log(2))
    assert scores["perplexity"]["value"] == pytest.approx(math.exp(1.25))
    assert scores["nats_more"]["value"] == scores["nats_more"]["low"] == scores["nats_more"]["high"] == 1
    assert scores["nats"]["protocol"].startswith("one")
    assert validate_text(rows=4)(Known(), splits(validation="abcc" * 100)) == {"nats": 1.25}


def test_interval_covers_the_mean_and_knows_that_neighbours_agree():
    losses = np.repeat(np.random.default_rng(0).standard_normal(40), 500) + 2
    score = mean_loss(losses, "p")
    assert score["low"] < score["value"] < score["high"]
    assert score["high"] - score["low"] == pytest.approx(4 / math.sqrt(40), rel=0.4)  # 40 independent blocks, not 20,000


def test_samples_inside_the_package_are_text():
    parts = data.load("tiny_shakespeare", smoke=True)
    assert set(parts) == {"train", "validation", "test", "last_tenth"}
    assert to_text(parts["train"]["text"]).startswith("First Citizen:\nBefore we proceed")


@pytest.mark.slow
def test_shakespeare_splits_are_the_documented_ones(real_data):
    parts = real_data("tiny_shakespeare")
    texts = {name: to_text(part["text"]) for name, part in parts.items()}
    sizes = {name: len(text) for name, text in texts.items()}
    assert sizes == {"train": 953_854, "validation": 50_000, "test": 55_770, "last_tenth": 111_540}
    assert texts["last_tenth"].endswith(texts["test"])
