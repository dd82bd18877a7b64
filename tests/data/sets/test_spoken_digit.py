"""Spoken digits: recordings of an archive, split by take."""

import io
import tarfile
import wave

import numpy as np
import pytest

from kerasgen.data import to_sequences
from kerasgen.data.sets import spoken_digit


def wav(samples, rate=8000):
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, rate, 0, "NONE", "not compressed"))
        sound.writeframes(np.asarray(samples, "<i2").tobytes())
    return file.getvalue()


def archive(files):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as packed:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            packed.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def test_takes_decide_the_split(tiny):
    speakers = {"theo": 3, "george": 0}
    files = {"fsdd/README.md": b"read me"}
    for speaker, number in speakers.items():
        for digit in (7, 2):
            for take in (12, 0, 5, 4, 10, 9):
                files[f"fsdd/recordings/{digit}_{speaker}_{take}.wav"] = wav([-number, digit, take, *range(take)])
    splits = tiny("spoken_digit", {spoken_digit.ARCHIVE: archive(files)})
    assert {split: sorted(set(fields["take"].tolist())) for split, fields in splits.items()} == {
        "train": [10, 12],
        "validation": [5, 9],
        "test": [0, 4],
    }
    for fields in splits.values():
        assert fields["audio"].dtype == np.int16 and len(fields["label"]) == 8
        sounds = to_sequences(fields["audio"], fields["length"])
        told = zip(fields["speaker"], fields["label"], fields["take"], strict=True)
        assert [sound[:3].tolist() for sound in sounds] == [[-s, d, t] for s, d, t in told]
        assert fields["speaker"].tolist() == [0] * 4 + [3] * 4 and fields["label"].tolist() == [2, 2, 7, 7] * 2


def test_other_sounds_are_refused():
    with pytest.raises(ValueError, match=r"^recordings must have 1 channel, 2 bytes a sample, 8000 Hz; received .*44100"):
        spoken_digit.samples(wav([1, 2], rate=44100))
