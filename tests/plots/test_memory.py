"""Pictures of what a memory machine does."""

import numpy as np
import pytest

from kerasgen.plots import memory_image
from kerasgen.plots.memory import around


def test_parts_stand_below_each_other_and_unused_slots_are_left_out():
    question, answer = np.zeros((3, 2)), np.array([[1, 0]])
    question[0, 1] = 1
    writing, reading = np.zeros((3, 1, 9)), np.zeros((3, 1, 9))
    writing[[0, 1, 2], 0, [4, 5, 5]] = reading[:, 0, 6] = 1
    image = memory_image(question, answer, reading, writing, scale=1)
    assert image.shape == (2 + 2 + 2 + 2 + 3 + 2 + 3, 3, 1) and image.dtype == np.float32
    dark = {(int(row), int(column)) for row, column, _ in np.argwhere(image == -1)}
    assert dark == {(1, 0), (4, 2), (8, 0), (9, 1), (9, 2), (15, 0), (15, 1), (15, 2)}
    assert memory_image(question, answer, reading, writing, scale=3).shape == (48, 9, 1)


@pytest.mark.parametrize(
    ("used", "shown"),
    [([0, 1, 8], [8, 0, 1]), ([3], [3]), ([2, 4], [2, 3, 4]), ([0, 6], [6, 7, 8, 0]), ([], [*range(9)])],
)
def test_the_memory_is_a_circle(used, shown):
    assert around(np.array(used, int), 9).tolist() == shown


@pytest.mark.parametrize(
    "change", [{"answer": np.zeros((4, 2))}, {"reading": np.zeros((2, 1, 9))}, {"writing": np.zeros((3, 9))}]
)
def test_shapes_that_do_not_fit_are_refused(change):
    given = {
        "question": np.zeros((3, 2)),
        "answer": np.zeros((1, 2)),
        "reading": np.zeros((3, 1, 9)),
        "writing": np.zeros((3, 1, 9)),
    }
    with pytest.raises(ValueError, match="must"):
        memory_image(**{**given, **change})
