"""Free Spoken Digit Dataset: five speakers say the ten digits fifty times each, 8 kHz."""

import io
import pathlib
import wave

import numpy as np

from kerasgen.data import parsing
from kerasgen.data.ragged import take
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet

RATE = 8000  # samples a second
SPEAKERS = ("george", "jackson", "nicolas", "theo", "yweweler", "lucas")
ARCHIVE = "free-spoken-digit-dataset-1.0.9.tar.gz"
FIELDS = {
    "audio": "int16 (samples,), one channel, 8,000 samples a second",
    "length": "int64 (count,), the samples of each recording",
    "label": "int64 (count,), the digit",
    "speaker": "int64 (count,), the speaker",
    "take": "int64 (count,), which recording of this digit by this speaker, 0 .. 49",
}


def parse(files):
    """{split: fields as declared}."""
    arrays = recordings(files[ARCHIVE])
    take_number = arrays["take"]
    parts = {"train": take_number >= 10, "validation": (take_number >= 5) & (take_number < 10), "test": take_number < 5}
    return {split: take(arrays, np.flatnonzero(part)) for split, part in parts.items()}


def recordings(archive):
    """All recordings/<digit>_<speaker>_<take>.wav of an unpacked tar archive, by speaker, digit and take."""
    found = []
    for name, content in parsing.tar_members(archive).items():
        path = pathlib.PurePosixPath(name)
        if path.suffix == ".wav":
            digit, speaker, number = path.stem.split("_")
            found.append((SPEAKERS.index(speaker), int(digit), int(number), samples(content)))
    speakers, digits, numbers, sounds = zip(*sorted(found, key=lambda recording: recording[:3]), strict=True)
    return {
        "audio": np.concatenate(sounds),
        "length": np.array([len(sound) for sound in sounds], "int64"),
        "label": np.array(digits, "int64"),
        "speaker": np.array(speakers, "int64"),
        "take": np.array(numbers, "int64"),
    }


def samples(content):
    """The samples of a .wav file of one channel, 16 bits and 8 kHz: int16 (samples,)."""
    with wave.open(io.BytesIO(content)) as sound:
        if (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) != (1, 2, RATE):
            raise ValueError(f"recordings must have 1 channel, 2 bytes a sample, {RATE} Hz; received {sound.getparams()}.")
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype("int16")


DATA_SET = DataSet(
    name="spoken_digit",
    parse=parse,
    files=(
        RawFile(
            ARCHIVE,
            11_975_353,
            "8bc44cde129d505cbbb6b365c09f80c663f2aa77578afc634e6141a2f87100c0",
            ("https://github.com/Jakobovski/free-spoken-digit-dataset/archive/v1.0.9.tar.gz",),
        ),
    ),
    licence="CC BY-SA 4.0",
    redistributable=True,
    source="Z. Jackson et al.: Free Spoken Digit Dataset, version 1.0.9",
    splits="by take of each speaker and digit: test 0 to 4, as its authors say; validation 5 to 9; train 10 to 49. The same "
    "five speakers are in each split; spoken_digit_lucas has one who is in none",
    modality="audio",
    unit="recordings",
    counted_by="length",
    fields=FIELDS,
    labels={"label": tuple("0123456789"), "speaker": SPEAKERS},
    counts={"train": 2_000, "validation": 250, "test": 250},
    hashes={
        "train": "6bb01dd523abfb694c32f68b1230a005c59a46853d701eefc319b43f7b032b9e",
        "validation": "85021ca14504f4d838401ad7dda3bab17c01f8883b705406dbf736efb0713464",
        "test": "37105412ece62e1e6aa545b183c1c44a49188e3a5740c3e3f0d4ddd4f704ca51",
    },
)
