"""MOSES: the molecules on which generators of molecules are compared, as SMILES strings."""

from kerasgen.data import parsing
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet
from kerasgen.data.splitting import split


def parse(files):
    """{split: {"smiles": texts}}."""
    given = {part: parsing.column("smiles", files[f"{part}.csv.gz"]) for part in ("train", "test", "test_scaffolds")}
    return {**split(given["train"], (99, 1, 0)), "test": given["test"], "test_scaffolds": given["test_scaffolds"]}


DATA_SET = DataSet(
    name="moses",
    parse=parse,
    files=(
        RawFile("train.csv.gz", 10_238_967, "786f0313aa6b9ba5514df685f885742a70ea8d86f1a4fa48115f7f80a634265c"),
        RawFile("test.csv.gz", 1_367_572, "f896fbf3764f88d94670b9959e5872c600c12152a18233823e820761b7a791b2"),
        RawFile("test_scaffolds.csv.gz", 1_274_114, "adffb2192c1bfe31ab0e13154d4af19a37dc18bdbf3cd7b4491e04405128adde"),
    ),
    licence="MIT",
    redistributable=True,
    source="D. Polykovskiy et al., 2020, arXiv:1811.12823: ZINC Clean Leads, filtered",
    splits="test and test_scaffolds (scaffolds that training lacks): as given; validation: a hundredth of the training file, "
    "drawn with seed 0; train: the rest. Novelty is counted against train and validation together",
    made="the files moses/dataset/data/*.csv.gz of the Python package molsets 0.3.1 as they are",
    modality="molecules",
    unit="molecules",
    counted_by="smiles_length",
    fields={"smiles": "texts, SMILES"},
    counts={"train": 1_568_816, "validation": 15_847, "test": 176_074, "test_scaffolds": 176_225},
    hashes={
        "train": "80d4476b0eebb3f4de2d958e48586b8ba547d1691d7218d85ed8bf4f7fda3a0b",
        "validation": "974764b3e5128a619c6deea6ffc6b093c544019356716a34146db3e5ec28aa49",
        "test": "930b5de2dda8344209ae6f689e30621c5d7bee9eef8a89dc6b9f51996a8f3930",
        "test_scaffolds": "45f5738c87968663997a1e4443462ebe82e55c3b6c369788386cfa71fbe7577f",
    },
)
