"""Short English sentences with French translations."""

from kerasgen.data.raw import RawFile, github
from kerasgen.data.registry import DataSet
from kerasgen.data.sets import _tatoeba


def parse(files):
    """{split: {"eng", "fra": texts}}."""
    return _tatoeba.pairs(files["fra-eng.zip"], "fra")


DATA_SET = DataSet(
    name="tatoeba_fra_eng",
    parse=parse,
    files=(
        RawFile(
            "fra-eng.zip",
            2_951_390,
            "16c4f7d0df9e7c5e6c54cdb0447f3f4a18a55052ff5e2e0b27dd4a06c0e49d04",
            (github("genimind/seq2seq", "4f3f8eb0adde54fcc8b89394336b002e7961244c", "fra-eng.zip"),),
        ),
    ),
    folder="tatoeba",
    licence=_tatoeba.LICENCE,
    redistributable=True,
    source="the contributors of tatoeba.org; packed by manythings.org/anki, 2017-09-29",
    splits=_tatoeba.SPLITS,
    modality="pairs",
    unit="pairs",
    counted_by="eng_length",
    fields={"eng": "texts, English", "fra": "texts, French"},
    counts={"train": 114_226, "validation": 14_278, "test": 14_278},
    hashes={
        "train": "fc07d51caef792fa8507bbd64ebd516aa0da3987b403c27914bbb423b57156fd",
        "validation": "8125f2aaa62c9d88c5c40c5a7c7ccc62e19ba5c771cbb832c48c8e1de7f7e49e",
        "test": "41b5e54492b8d147067387c0fea64c4bb215cb3a567bddc0edc0db73893365f3",
    },
    instead_of=("tatoeba", "wmt14_translate", "para_crawl"),
)
