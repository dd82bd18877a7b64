"""Short English sentences with Chinese translations, simplified and traditional."""

from kerasgen.data.raw import RawFile, github
from kerasgen.data.registry import DataSet
from kerasgen.data.sets import _tatoeba


def parse(files):
    """{split: {"eng", "cmn": texts}}."""
    return _tatoeba.pairs(files["cmn-eng.zip"], "cmn")


DATA_SET = DataSet(
    name="tatoeba_cmn_eng",
    parse=parse,
    files=(
        RawFile(
            "cmn-eng.zip",
            1_023_782,
            "14ca2a26d33af0601be3433f14a51f34e2fba4ce3b27d5d1cd39c0260151cc77",
            (github("zhourongchang399/cn_en", "03f237b768201fde6d119d160888b3771e60a4c6", "data/cmn-eng.zip"),),
        ),
    ),
    folder="tatoeba",
    licence=_tatoeba.LICENCE,
    redistributable=True,
    source="the contributors of tatoeba.org; packed by manythings.org/anki, 2020-06-28",
    splits=_tatoeba.SPLITS,
    modality="pairs",
    unit="pairs",
    counted_by="eng_length",
    fields={"eng": "texts, English", "cmn": "texts, Mandarin"},
    counts={"train": 18_755, "validation": 2_345, "test": 2_344},
    hashes={
        "train": "5c41f04dab86612cd235c9cedf6fc191ae692ebd97f66fb286f44e02d19d3f79",
        "validation": "06b74221ec4d953621ce3734412b56cf5b2d1ceb37f464ce1473b7f5d753028d",
        "test": "197e621db949ed8cbb872543fee25d6c04bbee3503eeab01a3d6bafe2c5c1eb5",
    },
    instead_of=("tatoeba",),
)
