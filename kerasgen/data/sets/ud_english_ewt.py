"""Universal Dependencies, English Web Treebank: words of weblogs, mails and reviews with parts of speech."""

from kerasgen.data import parsing
from kerasgen.data.raw import RawFile, github
from kerasgen.data.registry import DataSet

TAGS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X"
UPOS = tuple(TAGS.split())
REPOSITORY, COMMIT = "UniversalDependencies/UD_English-EWT", "b33472d3ce50a62056d6057f1b8a723e9d211176"  # tag r2.10


def parse(files):
    """{split: fields as declared}."""
    names = {"train": "train", "validation": "dev", "test": "test"}
    return {split: sentences(files[f"en_ewt-ud-{name}.conllu"]) for split, name in names.items()}


def sentences(content):
    """The words of a CoNLL-U file; ranges of contracted words ("3-4") and empty nodes ("8.1") are passed over."""
    found = []
    for block in content.decode("utf-8").strip("\n").split("\n\n"):
        rows = [line.split("\t") for line in block.split("\n") if not line.startswith("#")]
        found.append([row for row in rows if row[0].isdigit()])
    return parsing.tagged(found, word=1, upos=(3, UPOS))


DATA_SET = DataSet(
    name="ud_english_ewt",
    parse=parse,
    files=(
        RawFile(
            "en_ewt-ud-train.conllu",
            13_686_411,
            "e6a3784727e7726d4f1c2e10ff22dcd0ddeb8869ad6f85b73bb1ff5ef798e944",
            (github(REPOSITORY, COMMIT, "en_ewt-ud-train.conllu"),),
            RawFile("en_ewt-ud-train.conllu.xz", 1_397_888, "c39ab16bcbf48d617e1694c3c23ed9ee7bd4f551f129dee29738947ada40f2c6"),
        ),
        RawFile(
            "en_ewt-ud-dev.conllu",
            1_738_438,
            "ef962ac05d844eaff46eeded125937129bfc0876d43963d66810cb73ffa8f5df",
            (github(REPOSITORY, COMMIT, "en_ewt-ud-dev.conllu"),),
            RawFile("en_ewt-ud-dev.conllu.xz", 211_872, "d4503b97cb14a73afcc8101bdb36ba1e37d08223c8f420e1560f9c88e8cdc51a"),
        ),
        RawFile(
            "en_ewt-ud-test.conllu",
            1_738_935,
            "465100c5b6fb606725068dc70680d65cc047fbb4ae25195375618bc6353a4e58",
            (github(REPOSITORY, COMMIT, "en_ewt-ud-test.conllu"),),
            RawFile("en_ewt-ud-test.conllu.xz", 210_876, "e6225f67aea32791c07735bdfc6b74e30299b724aae389756d92479c85fe7374"),
        ),
    ),
    licence="CC BY-SA 4.0",
    redistributable=True,
    source="N. Silveira et al., 2014: A gold standard dependency corpus for English; release 2.10",
    splits="as given",
    modality="tags",
    unit="sentences",
    counted_by="length",
    fields={
        "token": "texts, the words of all sentences",
        "length": "int64 (sentences,), the words of each sentence",
        "upos": "int64 (words,), universal part of speech",
    },
    labels={"upos": UPOS},
    counts={"train": 12_543, "validation": 2_001, "test": 2_077},
    hashes={
        "train": "6b2dcc96f423e10bba0ccb54225ae68f630cbed954cf6522ff7bdc6874bc377a",
        "validation": "70afc4954ca6ef207c880b1455c61dac7e94f03f8fafd5f7b7ef47f641fc8384",
        "test": "a3323221893c9f6f0e39c5fd5dbe94215e24249e6f588d9d57e53386cfc9ef4e",
    },
    instead_of=("universal_dependencies",),
)
