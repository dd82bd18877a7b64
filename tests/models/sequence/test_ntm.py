"""The neural Turing machine: what goes in for each task, right answers, learning, verbs, refusals."""

import keras
import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen.models.sequence.ntm import NTM, UNASKED

EAGER = tiny.BACKEND == "tensorflow"  # there, a few steps are soonest taken without a graph
ROWS = [np.array([[0, 1, 1], [1, 0, 0]]), np.array([[1, 1, 0]])]
ITEMS = np.array([[[0, 1]], [[1, 1]], [[1, 0]]])


def small(task, bits=3, **more):
    return tiny.stir(NTM(task, bits=bits, **{"units": 5, "slots": 4, "width": 3, "seed": 1, **more}))


# What is asked, written out by hand


def test_copy_ends_with_a_mark():
    ((x, answer), _) = small("copy").read(ROWS)
    assert x.tolist() == [[0, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1]]
    assert answer.tolist() == ROWS[0].tolist()


def test_repeat_copy_says_how_often_and_is_to_end():
    model = small("repeat-copy")
    (x, answer), (other, _) = model.read(ROWS, repeats=[2, 5])
    assert x == pytest.approx(np.array([[0, 1, 1, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 1, 0.2]]))
    assert other[-1] == pytest.approx([0, 0, 0, 1, 0.5])
    assert answer.tolist() == 2 * ROWS[0].tolist()
    _, y = model.encoded(ROWS[:1], repeats=1)
    none = 4 * [UNASKED]
    assert y[0].tolist() == [none, none, none, [0, 1, 1, 0], [1, 0, 0, 0], [*none[:3], 1], none]


def test_recall_asks_by_an_item_for_the_next():
    ((x, answer),) = small("recall", bits=2).read([ITEMS], queries=[ITEMS[1]])
    begin, ask = [0, 0, 1, 0], [0, 0, 0, 1]
    assert x.tolist() == [begin, [0, 1, 0, 0], begin, [1, 1, 0, 0], begin, [1, 0, 0, 0], ask, [1, 1, 0, 0], ask]
    assert answer.tolist() == [[1, 0]]


def test_sort_gives_the_highest_priority_first_and_equal_ones_in_their_order():
    rows = [np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1]])]
    ((x, answer),) = small("sort").read(rows, priorities=[[-0.5, 0.25, -0.5, 1]])
    assert x[1].tolist() == [0, 1, 0, 0.25, 0] and x[4].tolist() == [0, 0, 0, 0, 1]
    assert answer.tolist() == [[1, 1, 1], [0, 1, 0], [0, 0, 1], [1, 0, 0]]


# The verbs


def test_log_prob_is_the_sum_over_the_bits_and_does_not_depend_on_the_batch():
    model = tiny.compiled("ntm", run_eagerly=EAGER)
    p = model.probabilities(ROWS)
    wrong = [1 - ROWS[0], ROWS[1]]
    expected = [np.log(np.where(bits == 1, q, 1 - q)).sum() for bits, q in zip(wrong, p, strict=True)]
    assert model.log_prob(ROWS, wrong) == pytest.approx(expected, abs=1e-4)
    assert model.log_prob(ROWS[::-1], wrong[::-1], batch_size=1) == pytest.approx(expected[::-1], abs=1e-4)
    x, y = model.encoded(ROWS)
    bits = sum(rows.size for rows in ROWS)
    assert model.evaluate(x, y, verbose=0) == pytest.approx(-model.log_prob(ROWS, ROWS).sum() / bits, abs=1e-4)
    for answer, q in zip(model.run(ROWS), p, strict=True):
        assert answer.dtype == np.uint8 and np.array_equal(answer, q > 0.5)


@pytest.mark.parametrize("at", [0, 2, None])
def test_an_answer_of_repeat_copy_ends_at_its_end_mark(at, monkeypatch):
    model, p = small("repeat-copy"), np.full((4, 4), 0.9)
    p[:, 3] = 0.1
    if at is not None:
        p[at, 3] = 0.8
    monkeypatch.setattr(model, "probabilities", lambda *given: [p])
    (answer,) = model.run(ROWS[:1], repeats=1)
    assert answer.shape == (4 if at is None else at, 3) and np.all(answer == 1)


def test_attention_shows_the_weights_of_each_step():
    model = small("copy", heads=2)
    (reading, writing), _ = model.attention(ROWS)
    assert reading.shape == writing.shape == (5, 2, 4) and not np.allclose(reading, writing)
    np.testing.assert_allclose(reading.sum(axis=-1), 1, atol=1e-5)
    again, _ = model.attention(ROWS[::-1], batch_size=1)[1]
    np.testing.assert_allclose(again, reading, atol=1e-5)


@pytest.mark.parametrize("more", [{}, {"controller": "dense"}, {"heads": 0}])
def test_a_step_in_a_loop_is_the_whole(more):
    model = small("copy", **more)
    x, _ = model.encoded(ROWS)
    states, logits = model.start(len(x)), []
    for row in x.swapaxes(0, 1):
        out = model.step(row, **states)
        states = {name: out[f"next_{name}"] for name in states}
        logits.append(out["logits"])
    np.testing.assert_allclose(np.stack(logits, axis=1), ops.convert_to_numpy(model(x)), atol=1e-5)


def test_training_may_have_a_smaller_memory():
    model = small("copy", slots=6, training_slots=3)
    x, _ = model.encoded(ROWS)
    assert [model.steps(x, training)[1].shape[-1] for training in (False, True)] == [6, 3]


def test_without_heads_it_is_an_lstm():
    model = small("copy", heads=0)
    assert {weight.path.split("/")[-1] for weight in model.weights} == {"kernel", "recurrent_kernel", "bias"}
    assert [answer.shape for answer in model.run(ROWS)] == [(2, 3), (1, 3)]
    with pytest.raises(ValueError, match="attention needs a memory: this model has heads=0"):
        model.attention(ROWS)


@pytest.mark.slow
def test_it_learns_to_copy_one_row():
    model = NTM("copy", bits=2, units=8, controller="dense", slots=4, width=4, seed=0)
    model.compile(keras.optimizers.Adam(0.05))
    rows = [np.array([[a, b]]) for a in (0, 1) for b in (0, 1)]
    history = model.fit(*model.encoded(rows), epochs=30, batch_size=4, verbose=0).history["loss"]
    assert history[-1] < 0.3 * history[0]
    assert [answer.tolist() for answer in model.run(rows)] == [row.tolist() for row in rows]


# Refusals


@pytest.mark.parametrize(
    ("task", "use", "message"),
    [
        ("copy", lambda m: m.run([]), "sequences must be a list of arrays"),
        ("copy", lambda m: m.run("0110"), "sequences must be a list of arrays"),
        ("copy", lambda m: m.run([ROWS[0], np.zeros((0, 3))]), r"sequences\[1\] must be 0 and 1 .*; received shape \(0, 3\)"),
        ("copy", lambda m: m.run([np.zeros((2, 8))]), r"sequences\[0\] must be .*\(rows, 3\).*; received shape \(2, 8\)"),
        ("copy", lambda m: m.run(ROWS[0]), r"must be .*; received shape \(3,\)"),
        ("copy", lambda m: m.run([[[0, 1, np.nan]]]), "must be 0 and 1 .* with the value .*nan"),
        ("copy", lambda m: m.run([[[0, 1, 2]]]), "must be 0 and 1 .* with the value .*2"),
        ("copy", lambda m: m.run([[["a", "b", "c"]]]), "must be 0 and 1"),
        ("copy", lambda m: m.run([[[0, 1, 1], [0]]]), "received rows of different lengths"),
        ("copy", lambda m: m.run(ROWS, repeats=2), "repeats must be None for this task; received 2"),
        ("copy", lambda m: m.run(ROWS, batch_size=0), "batch_size must be an integer from 1"),
        ("copy", lambda m: m.log_prob(ROWS, ROWS[:1]), "answers must be a list of arrays of the shapes of right ones"),
        ("copy", lambda m: m.log_prob(ROWS, [ROWS[0], 2 * ROWS[1]]), r"answers\[1\] must be 0 and 1"),
        ("repeat-copy", lambda m: m.run(ROWS), "repeats must be given for this task; received None"),
        ("repeat-copy", lambda m: m.run(ROWS, repeats=[1]), "repeats must be a list with one for each of 2 sequences"),
        (
            "repeat-copy",
            lambda m: m.run(ROWS, repeats=[1, 0]),
            r"repeats\[1\] must be an integer from 1 to 1000; received 0",
        ),
        ("repeat-copy", lambda m: m.run(ROWS, repeats=1.5), r"repeats\[0\] must be an integer"),
        ("recall", lambda m: m.run([ITEMS], queries=[ITEMS[2]]), r"queries\[0\] must be one of its sequence's items"),
        ("recall", lambda m: m.run([ITEMS], queries=[[[0, 0]]]), r"queries\[0\] must be one of its sequence's items"),
        ("recall", lambda m: m.run([ITEMS[0]], queries=[ITEMS[0]]), r"must be .*\(items, rows, 2\)"),
        ("sort", lambda m: m.run(ROWS, priorities=[[0, 0.5]]), "priorities must be a list with one for each of 2 sequences"),
        ("sort", lambda m: m.run(ROWS, priorities=[[0, 0.5], [2]]), r"priorities\[1\] must be 1 numbers from -1 to 1"),
        ("sort", lambda m: m.run(ROWS, priorities=[[0, np.nan], [0]]), r"priorities\[0\] must be 2 numbers from -1 to 1"),
        ("sort", lambda m: m.run(ROWS, priorities=[["a", 0], [0]]), r"priorities\[0\] must be"),
        ("copy", lambda m: NTM("reverse"), "task must be one of 'copy', .*; received 'reverse'"),
        ("copy", lambda m: NTM(training_slots=200), "training_slots must be an integer from 3 to 128; received 200"),
        ("copy", lambda m: m.evaluate(np.zeros((1, 2, 4)), np.zeros((1, 2, 2))), "^y must be 0, 1, or -1"),
    ],
)
def test_what_it_cannot_use_is_refused(task, use, message):
    model = NTM(task, bits=2 if task == "recall" else 3, units=2, slots=3, width=2, seed=0)
    with pytest.raises(ValueError, match=message):
        use(model)


def test_it_says_that_it_answers_questions():
    with pytest.raises(NotImplementedError, match="answers questions"):
        tiny.build("ntm").sample(1)
