"""Chords written note by note: beside sums over every piece, a chain rule by hand, and melodies that are kept."""

import itertools

import keras
import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen.models.sequence.chord_drawing import systematic
from kerasgen.models.sequence.chord_network import transposed
from kerasgen.models.sequence.chords import LOWEST, ChordLSTM


def stirred(size=3, seed=0, **more):
    """A small model whose weights are large enough that everything matters."""
    model = ChordLSTM(size, units=5, num_layers=2, chord_dim=6, seed=seed, **more)
    random = np.random.default_rng(seed)
    for weight in model.memory.weights + model.writer.weights:
        if "float" in str(weight.dtype):
            weight.assign(ops.convert_to_numpy(weight) + 0.4 * random.standard_normal(weight.shape))
    return model


def every_piece(size, frames):
    chords = [np.array(bits) for bits in itertools.product([0, 1], repeat=size)]
    return [np.stack(piece) for piece in itertools.product(chords, repeat=frames)]


def test_probabilities_of_all_pieces_sum_to_one():
    assert np.exp(stirred().log_prob(every_piece(3, 2))).sum() == pytest.approx(1, abs=1e-5)


def test_log_prob_is_the_chain_rule_note_by_note():
    model, roll = stirred(4), np.array([[0, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0], [0, 0, 1, 0]])
    states, total = model.memory.start_states(1), 0.0
    for t, frame in enumerate(roll):
        before = (roll[t - 1] if t else np.zeros(4)).astype("float32")
        h, states = model.memory(np.append(before, t == 0).astype("float32")[None, None], states)
        known, last = np.zeros(4, "float32"), 5
        for note in [*(np.flatnonzero(frame)[::-1] + 1), 0]:
            inputs = [ops.convert_to_numpy(h)[:, 0], before[None], known[None], np.array([last], "int32")]
            logits = ops.convert_to_numpy(model.writer(inputs))[0].astype("float64")
            assert np.all(logits[max(last, 1) :] < -1e8)  # from the highest down
            total += logits[note] - np.log(np.sum(np.exp(logits - logits.max()))) - logits.max()
            known[note - 1 if note else []] = 1
            last = note
    assert model.log_prob([roll])[0] == pytest.approx(total, rel=1e-5)


def test_a_piece_beside_longer_ones_is_as_probable_as_alone():
    model, rolls = stirred(6), tiny.chord_lstm.rolls()
    alone = [model.log_prob([roll])[0] for roll in rolls]
    np.testing.assert_allclose(model.log_prob(rolls), alone, rtol=1e-5)
    parts = model.log_prob([rolls[2][:n] for n in range(1, len(rolls[2]) + 1)])
    assert np.all(np.diff(parts) < 0)  # each frame adds a logarithm of a probability


def test_what_comes_later_changes_nothing_before():
    model, roll = stirred(6), tiny.chord_lstm.rolls()[2]
    changed = np.concatenate([roll[:3], 1 - roll[3:]])
    notes, _ = model.batched([roll, changed])
    first, second = ops.convert_to_numpy(model(notes))
    np.testing.assert_allclose(first[:3], second[:3], rtol=1e-5)
    assert np.all(np.abs(first[3:] - second[3:]) > 1e-3)


def test_samples_come_as_often_as_they_are_probable():
    model, pieces = stirred(2, seed=2), every_piece(2, 2)
    drawn = model.sample(4000, length=2, seed=0, batch_size=4000)
    found = np.array([(drawn == piece).all(axis=(1, 2)).mean() for piece in pieces])
    expected = np.exp(model.log_prob(pieces))
    assert np.abs(found - expected).max() < 4 * np.sqrt(0.25 / 4000)


def test_a_harmony_comes_as_often_as_it_is_probable_given_the_melody():
    """Two frames and many candidates: the particle filter against Bayes' rule over all pieces."""
    model, melody = stirred(3, seed=1), [LOWEST + 1, LOWEST + 2]
    fitting = [piece for piece in every_piece(3, 2) if tops(piece) == [2, 3]]
    expected = np.exp(model.log_prob(fitting))
    expected /= expected.sum()
    drawn = [model.harmonise(melody, seed=seed, candidates=16) for seed in range(100)]
    found = np.array([np.mean([np.array_equal(piece, each) for each in drawn]) for piece in fitting])
    assert found.sum() == pytest.approx(1) and np.abs(found - expected).max() < 4 * np.sqrt(0.25 / 100)


def tops(roll):
    """The highest note of each frame, 0 of silence."""
    return [int(np.flatnonzero(frame).max()) + 1 if frame.any() else 0 for frame in roll]


def test_a_melody_stays_on_top_and_a_rest_is_silence():
    melody = [LOWEST + 3, 0, LOWEST + 5, LOWEST]
    roll = stirred(6).harmonise(melody, seed=4)
    assert roll.shape == (4, 6) and roll.dtype == np.uint8
    assert tops(roll) == [4, 0, 6, 1]
    assert np.array_equal(roll, stirred(6).harmonise(np.array(melody), seed=4))


def test_pieces_go_on_from_their_beginnings():
    model, rolls = stirred(6), tiny.chord_lstm.rolls()
    longer = model.generate(rolls, length=3, seed=1)
    assert [len(each) for each in longer] == [len(roll) + 3 for roll in rolls]
    assert all(np.array_equal(each[:-3], roll) for each, roll in zip(longer, rolls, strict=True))
    assert np.array_equal(model.generate(rolls[0], length=2, seed=1), longer[0][:-1])
    whole = model.sample(3, length=5, seed=7)
    assert np.array_equal(model.sample(1, length=3, seed=7, start=2), whole[2:, :3])


def test_training_moves_pieces_within_the_keyboard():
    notes = np.repeat(np.array([[[6, 4, 0], [5, 0, 0]], [[3, 2, 0], [0, 0, 0]]], "int32"), 50, axis=0)
    moved = ops.convert_to_numpy(transposed(notes, 6, 3, keras.random.SeedGenerator(0)))
    assert np.array_equal(moved > 0, notes > 0) and moved.min() == 0 and moved.max() == 6
    steps = (moved - notes)[:, 0, 0]
    assert set(steps[:50]) == {-3, -2, -1, 0} and set(steps[50:]) == {-1, 0, 1, 2, 3}
    assert np.array_equal((moved - notes)[notes > 0], steps[np.nonzero(notes)[0]])


def test_it_learns_a_rule():
    """Chords of two notes that rise by one key a frame: what is certain costs nothing."""
    rolls = [np.roll(np.tile([1, 0, 1, 0, 0, 0, 0, 0], (5, 1)), k, axis=1) for k in (0, 1)]
    rolls = [np.stack([np.roll(frame, t) for t, frame in enumerate(roll)]) for roll in rolls]
    model = ChordLSTM(8, units=12, num_layers=1, chord_dim=12, transpose=0, dropout=0, weight_drop=0, average_decay=0.5, seed=0)
    model.compile(keras.optimizers.Adam(0.06))
    before = model.evaluate(rolls, verbose=0)
    model.fit(rolls, epochs=50, verbose=0)
    after = model.evaluate(rolls, verbose=0)
    assert after < 0.3 < 3 < before  # the first frame alone is a coin's toss, log 2 in five frames
    assert after == pytest.approx(-model.log_prob(rolls).sum() / 10, rel=1e-3)


def test_candidates_go_on_as_often_as_their_weights_say():
    kept = systematic(np.array([0.5, 0.0, 0.25, 0.25]), 0.3)
    assert np.bincount(kept, minlength=4).tolist() == [2, 0, 1, 1]


@pytest.mark.parametrize(
    ("verb", "arguments", "message"),
    [
        ("log_prob", (np.zeros((2, 6)),), "rolls must be a list of sequences"),
        ("log_prob", ([np.full((2, 6), 2)],), "rolls must be .* neither 0 nor 1"),
        ("log_prob", ([np.zeros((2, 5))],), "frames of size 5 instead of 6"),
        ("harmonise", ([],), "melody must be MIDI numbers, integers from 21 to 26 or 0 for silence"),
        ("harmonise", ([20],), r"melody must be .* received \[20\]"),
        ("harmonise", ([21.5],), "melody must be MIDI numbers"),
        ("harmonise", ([21], 0, 0), "candidates must be"),
        ("generate", (np.zeros((0, 6)),), "first_bars must be a list of sequences"),
        ("generate", (np.zeros((2, 6)), 0), "length must be"),
        ("sample", (1, 4, 0, 0, 0.0), "temperature must be"),
        ("fit", (np.ones((2, 3, 2), "int32"), np.array([3, 3])), "x must be a list of piano rolls, or their notes"),
        ("fit", (np.zeros((2, 3, 2), "int32"), np.array([3, 4])), "y must be the frames of each piece"),
    ],
)
def test_what_is_no_music_is_refused(verb, arguments, message):
    model = ChordLSTM(6, units=4, num_layers=1, chord_dim=4, seed=0)
    model.compile("adam")
    with pytest.raises(ValueError, match=message):
        getattr(model, verb)(*arguments)
