"""Windows of text."""

import numpy as np
import pytest

from kerasgen.data import TextBatches


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


def test_a_pass_over_everything_reads_the_text_as_one_row():
    (row,) = TextBatches(np.arange(50), 10, 4).examples()
    np.testing.assert_array_equal(row, np.arange(50)[None])
