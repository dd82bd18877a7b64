"""The 500 recordings of a sixth speaker of the Free Spoken Digit Dataset, for testing models trained on the other five."""

from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet
from kerasgen.data.sets import spoken_digit


def parse(files):
    """{"test": fields as declared}."""
    return {"test": spoken_digit.recordings(files["fsdd_lucas_recordings.tar.xz"])}


DATA_SET = DataSet(
    name="spoken_digit_lucas",
    parse=parse,
    files=(
        RawFile("fsdd_lucas_recordings.tar.xz", 3_153_668, "db7dc83f7d875af2a91bcb690675935dc9d2e1f3a56a1d7b94edeea16bc69670"),
    ),
    folder="spoken_digit",
    licence="CC BY-SA 4.0",
    redistributable=True,
    source="Free Spoken Digit Dataset, recordings added after version 1.0.9",
    splits="one speaker as a whole is the test split",
    made="recordings/*_lucas_*.wav of github.com/Jakobovski/free-spoken-digit-dataset at "
    "26eb9aaf76e81b692f806f9140c2d2777410d7a1 in one tar archive, packed by xz",
    modality="audio",
    unit="recordings",
    counted_by="length",
    fields=spoken_digit.FIELDS,
    labels={"label": tuple("0123456789"), "speaker": spoken_digit.SPEAKERS},
    counts={"test": 500},
    hashes={
        "test": "e011c592d2ce41b4296c72e5596ec645da521ad4c9b986ffe1a14e8264047025",
    },
)
