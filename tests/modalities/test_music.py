"""Piano rolls of a user's own: how they are read, cut and batched; and what is written, shown and probed."""

import io
import types
import wave

import numpy as np
import pytest

from kerasgen import data, modalities
from kerasgen.data.sets import jsb_chorales
from kerasgen.modalities.music import KEYS, RATE, REST, midi, pictures, variable, wav
from kerasgen.models.sequence.gradient_hmm import GradientHMM
from kerasgen.models.sequence.hmm import HMM

MUSIC = modalities.get("music")


def pieces(count=24, seed=5):
    return jsb_chorales.rolls(jsb_chorales.cadences(count, seed))


@pytest.fixture(scope="module")
def model():
    """A model that has read a few pieces."""
    found = HMM(4, "autoregressive", size=KEYS, smoothing=1.0, seed=0)
    found.fit(data.to_sequences(*pieces().values()), epochs=2)
    return found


def read(source, **options):
    about, notes = MUSIC.read(source, None, **options)
    return about, about.read(), notes


def test_pieces_are_cut_as_a_whole(tmp_path):
    np.savez(tmp_path / "a.npz", **pieces())
    about, splits, notes = read(tmp_path / "a.npz", seed=3)
    assert {part: len(fields["length"]) for part, fields in splits.items()} == {"train": 20, "validation": 2, "test": 2}
    found = {roll.tobytes() for fields in splits.values() for roll in data.to_sequences(fields["roll"], fields["length"])}
    assert found == {roll.tobytes() for roll in data.to_sequences(*pieces().values())} and notes == []
    assert about.splits == "validation and test: a tenth each of the pieces, drawn with seed 3"
    again, other = (read(tmp_path / "a.npz", seed=seed)[1]["test"]["roll"] for seed in (3, 4))
    assert np.array_equal(again, splits["test"]["roll"]) and not np.array_equal(other, splits["test"]["roll"])


def test_an_archive_with_parts_keeps_them(tmp_path):
    arrays = {f"{part}/{field}": array for part in ("train", "test") for field, array in pieces().items()}
    np.savez(tmp_path / "a.npz", **arrays)
    about, splits, _ = read(tmp_path / "a.npz")
    assert [len(splits[part]["length"]) for part in ("train", "validation", "test")] == [22, 2, 24]
    assert about.splits == "validation: a tenth of the pieces, drawn with seed 0"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"roll": np.zeros((4, 87))}, r"roll must be 0 and 1, \(frames, 88\); received float64 \(4, 87\)"),
        ({"roll": np.full_like(pieces()["roll"], 2)}, "roll must be 0 and 1, .* or other values"),
        ({"length": pieces()["length"][:-1]}, r"length must be integers \(pieces,\) that add up to the \d+ frames"),
        ({"length": np.append(pieces()["length"], 0)}, "length must be at least 1"),
        ({"length": None}, "has no field 'length'"),
        (pieces(10), "must hold at least 20 pieces .* received 10"),
    ],
)
def test_wrong_archives(tmp_path, changes, message):
    arrays = {field: array for field, array in {**pieces(), **changes}.items() if array is not None}
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        read(tmp_path / "a.npz")


def test_wrong_sources_and_options(tmp_path):
    with pytest.raises(ValueError, match=r"data must be an \.npz file for a model of music"):
        read(tmp_path / "a.mid")
    with pytest.raises(ValueError, match="drop_unknown and skip_broken are for texts and folders"):
        read("jsb_chorales", drop_unknown=True)


def test_models_take_lists_of_pieces(model):
    part = pieces()
    recipe = types.SimpleNamespace(fields=("length", "roll"))
    listed = MUSIC.batches(recipe, {"train": part}, model)
    assert [len(roll) for roll in listed] == part["length"].tolist()
    (few,) = MUSIC.examples(part, ("length", "roll"), 3)
    assert len(few) == 3 and all(np.array_equal(a, b) for a, b in zip(few, listed, strict=False))
    assert MUSIC.fields(model, {"train": part}) == ("length", "roll")
    with pytest.raises(ValueError, match="frames of size 87 instead of 88"):
        MUSIC.fields(model, {"train": {**part, "roll": part["roll"][:, :87]}})


def test_models_that_take_arrays_get_shuffled_batches_of_all_pieces():
    part, model = pieces(), GradientHMM(2, "bernoulli", size=KEYS, seed=0)
    recipe = types.SimpleNamespace(fields=("length", "roll"), batch_size=6, seed=0, steps_per_epoch=None)
    batches = MUSIC.batches(recipe, {"train": part}, model)
    found = [roll[:length] for i in range(len(batches)) for roll, length in zip(*batches[i], strict=True)]
    assert {roll.astype("uint8").tobytes() for roll in found} == {each.tobytes() for each in data.to_sequences(*part.values())}
    assert [len(roll) for roll in found] != part["length"].tolist() and len(batches) == 4
    model.compile("sgd", run_eagerly=True)
    (few,) = MUSIC.examples(part, ("length", "roll"), 3)
    expected = -model.log_prob(few).sum() / sum(map(len, few))
    assert model.evaluate(few, verbose=0) == pytest.approx(expected, rel=1e-4)


# MIDI


def events(content):
    """[(time in quarter notes, pitch, whether it is struck)] of a file of one track, read by the rules of the format."""
    assert content[:4] == b"MThd" and int.from_bytes(content[4:8], "big") == 6
    kind, tracks, ticks = (int.from_bytes(content[i : i + 2], "big") for i in (8, 10, 12))
    assert (kind, tracks) == (0, 1) and content[14:18] == b"MTrk"
    track, found, place, time = content[22:], [], 0, 0
    assert len(track) == int.from_bytes(content[18:22], "big")
    while place < len(track):
        delta = 0
        while True:
            delta, more = delta * 128 + track[place] % 128, track[place] >= 128
            place += 1
            if not more:
                break
        time += delta
        if track[place] == 0xFF:
            place += 3 + track[place + 2]
        else:
            assert track[place] == 0x90
            found.append((time / ticks, track[place + 1], track[place + 2] > 0))
            place += 3
    assert track[-3:] == b"\xff\x2f\x00"
    return found


def test_a_midi_file_has_the_notes_of_the_roll():
    roll = np.zeros((3, KEYS), "uint8")
    roll[0, 39], roll[0:2, 0], roll[2, 87] = 1, 1, 1  # a quarter of C4, a half of the lowest key, a quarter of the highest
    found = sorted(events(midi([roll, roll[:1]])))
    assert found[:6] == [(0, 21, True), (0, 60, True), (1, 60, False), (2, 21, False), (2, 108, True), (3, 108, False)]
    assert found[6:] == [(7, 21, True), (7, 60, True), (8, 21, False), (8, 60, False)]  # after four quarters of rest


@pytest.mark.parametrize(("number", "expected"), [(0, "00"), (127, "7f"), (128, "8100"), (8192, "c000"), (2097151, "ffff7f")])
def test_numbers_of_a_midi_file_are_those_of_the_standard(number, expected):
    assert variable(number).hex() == expected


# Files, cards and probes


def test_what_is_shown_and_written(model, tmp_path):
    samples = model.sample(3, length=10, seed=1)
    for suffix in MUSIC.suffixes:
        MUSIC.check_output(tmp_path / f"a{suffix}", 3)
        MUSIC.write(samples, tmp_path / f"a{suffix}")
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), samples)
    assert events((tmp_path / "a.mid").read_bytes())
    with pytest.raises(ValueError, match=r"named \.mid, \.wav, \.png, \.npz or \.npy; received"):
        MUSIC.check_output(tmp_path / "a.mp3", 1)
    assert MUSIC.save_samples(model, tmp_path / "new" / "samples") == "samples.png"
    assert (tmp_path / "new" / "samples.png").read_bytes()[:4] == b"\x89PNG"
    assert MUSIC.snippet({"capabilities": ["sample"]}).startswith("rolls = model.sample(")
    assert MUSIC.snippet({"capabilities": ["sample", "harmonise"]}).startswith("roll = model.harmonise([67, ")
    assert MUSIC.snippet({"capabilities": ["log_prob"]}) == "help(model.log_prob)"


def test_a_picture_shows_the_keys_that_sound():
    roll = np.zeros((1, 4, KEYS), "uint8")
    roll[0, 1, 30], roll[0, 3, 32] = 1, 1
    assert pictures(roll)[0, :, :, 0].tolist() == [[1, 1, 1, -1], [1, 1, 1, 1], [1, -1, 1, 1]]
    assert pictures(np.zeros_like(roll)).shape == (1, KEYS, 4, 1)


def test_a_model_is_probed_by_its_log_prob(model):
    found = MUSIC.probe(model, "log_prob", 7)
    assert found.shape == (16,) and np.all(found < 0) and np.array_equal(found, MUSIC.probe(model, "log_prob", 7))
    assert not np.array_equal(found, MUSIC.probe(model, "log_prob", 8))


def test_sound_has_the_pitches_of_the_notes_while_they_are_held():
    roll = np.zeros((3, KEYS), "uint8")
    roll[0:2, 69 - 21] = roll[2, 57 - 21] = 1  # a' for two quarters, then a
    with wave.open(io.BytesIO(wav([roll], beats_a_minute=120))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        assert file.getnframes() == (3 + REST) * RATE // 2
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype("float64")
    half = RATE // 2

    def pitch(part):
        return np.argmax(np.abs(np.fft.rfft(part))) * RATE / len(part)

    assert pitch(sound[: 2 * half]) == pytest.approx(440, abs=2) and pitch(sound[2 * half : 3 * half]) == pytest.approx(
        220, abs=2
    )
    assert not sound[3 * half :].any() and np.abs(sound).max() == round(0.9 * 32767)
    assert wav([np.zeros((2, KEYS))]).startswith(b"RIFF")
