"""Chinese characters of Japanese writing as sequences of pen strokes."""

from kerasgen.data import parsing
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet


def parse(files):
    """{split: {"strokes": int16 (points, 3), "length": int64 (count,)}}."""
    arrays = parsing.npz(files["kanji_strokes.npz"])
    names = {"train": "train", "validation": "valid", "test": "test"}
    return {
        split: {"strokes": arrays[f"{name}_strokes"], "length": arrays[f"{name}_lengths"].astype("int64")}
        for split, name in names.items()
    }


DATA_SET = DataSet(
    name="kanji_strokes",
    parse=parse,
    files=(RawFile("kanji_strokes.npz", 1_365_343, "f743ad8a56bac2eff3b7fd63968ffe2461b7bc3466e92dd018e2734801419c6a"),),
    licence="CC BY-SA 3.0 (U. Apel and the KanjiVG project)",
    redistributable=True,
    source="KanjiVG, as stroke sequences by D. Ha, 2015 (sketch-rnn)",
    splits="as given",
    made="the pickled arrays of github.com/hardmaru/sketch-rnn-datasets at 7c854dee76090aa18c321c7af2cede815bbd475e, kanji, "
    "as plain ones: for each split the points of all characters and the number of each",
    modality="strokes",
    unit="characters",
    counted_by="length",
    fields={
        "strokes": "int16 (points, 3): steps right and down from the point before, and 1 where the pen is lifted after it",
        "length": "int64 (count,), the points of each character, at most 88",
    },
    counts={"train": 10_000, "validation": 600, "test": 500},
    hashes={
        "train": "48a93cf109dc0daef6ddda2720552c4e2c6e7a82ab75f03cae3481025271ffbb",
        "validation": "1df24832cb232475fd9e3b6bffc9c20f045cb56a5470e94633e8506f317a9c83",
        "test": "a2ae8e3d6ef4132ee4c60464f1b649df7bb73fa3fc5189637d9ffd01cca092f9",
    },
    instead_of=("quickdraw", "quickdraw_bitmap"),
)
