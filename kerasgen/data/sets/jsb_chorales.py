"""Four-part chorales of J. S. Bach as piano rolls, one frame per quarter note."""

import json

import numpy as np

from kerasgen.data.raw import RawFile, github
from kerasgen.data.registry import DataSet

LOWEST, KEYS = 21, 88  # MIDI numbers of a piano's keys: 21 .. 108
REPOSITORY, COMMIT = "czhuang/JSB-Chorales-dataset", "9a7f733ddb4ed91f48da64ac7f0f621c34aadd4d"


def parse(files):
    """{split: {"roll": uint8 (frames, 88), "length": int64 (chorales,)}}."""
    given = json.loads(files["jsb-chorales-quarter.json"])
    return {split: rolls(given[name]) for split, name in (("train", "train"), ("validation", "valid"), ("test", "test"))}


def rolls(chorales):
    """The piano rolls of chorales that are lists of frames of MIDI pitches."""
    frames = [frame for chorale in chorales for frame in chorale]
    roll = np.zeros((len(frames), KEYS), "uint8")
    for row, pitches in zip(roll, frames, strict=True):
        row[np.array(pitches, int) - LOWEST] = 1
    return {"roll": roll, "length": np.array([len(chorale) for chorale in chorales], "int64")}


def cadences(count, seed):
    """Chorales that a rule makes, for examples inside the package: chords of a major key that end on its tonic.

    The encoding of the real ones has no licence. A chord is one of tonic, subdominant and dominant in that order, held one to
    three quarters; the bass has its root, and the other voices the note of the chord that is nearest to a place of their own.

    Args:
        count: How many.
        seed: Of the keys, the lengths and the places of the voices.

    Returns:
        A list of lists of frames, each four MIDI numbers.
    """
    generator, found = np.random.default_rng(seed), []
    for _ in range(count):
        key, frames = int(generator.integers(12)), []
        for degree in [0, 5, 7] * int(generator.integers(2, 4)) + [0]:
            chord = [(key + degree + step) % 12 for step in (0, 4, 7)]
            places = np.add([56, 63, 70], generator.integers(-3, 4, 3))
            upper = [
                min((note for note in range(45, 82) if note % 12 in chord), key=lambda note, place=place: abs(note - place))
                for place in places
            ]
            frames += [[36 + chord[0], *map(int, upper)]] * int(generator.integers(1, 4))
        found.append(frames)
    return found


DATA_SET = DataSet(
    name="jsb_chorales",
    parse=parse,
    files=(
        RawFile(
            "jsb-chorales-quarter.json",
            407_200,
            "2db9329f1881a1d3f49703ec556bf1d6f84b4f6c1d702c156536e93cf31e1c91",
            (github(REPOSITORY, COMMIT, "jsb-chorales-quarter.json"),),
            RawFile("jsb-chorales-quarter.json.gz", 43_860, "fc86ce66e9158240bc6180809d096949d5a177838a1bc213f2e649cf6c1936f6"),
        ),
    ),
    licence="music in the public domain; no licence file for the encoding",
    source="N. Boulanger-Lewandowski, Y. Bengio, P. Vincent, 2012, arXiv:1206.6392; M. Allan & C. K. I. Williams, 2005",
    splits="as given by Boulanger-Lewandowski: 229, 76 and 77 chorales",
    modality="music",
    unit="chorales",
    counted_by="length",
    fields={
        "roll": "uint8 (frames, 88): 1 for each of a piano's keys, MIDI 21 to 108, that sounds in the frame",
        "length": "int64 (chorales,), the frames of each",
    },
    counts={"train": 229, "validation": 76, "test": 77},
    hashes={
        "train": "230162487d8bd1c37c85a97f68df8c95e6a6f96b5444634af95d06cfb8791e9a",
        "validation": "1b95832b15d6504012e38739cdc4163513c54790baa2f9a948cc3b0fa9c3a764",
        "test": "8f748c4ef6751bf4541f5b9183732aa87fd2ac94a86d9ed7eb4f766cb169ad49",
    },
)
