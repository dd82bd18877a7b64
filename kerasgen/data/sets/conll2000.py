"""CoNLL-2000: words of the Wall Street Journal with parts of speech and phrases ("chunks")."""

import numpy as np

from kerasgen.data import parsing
from kerasgen.data.ragged import to_sequences, to_strings
from kerasgen.data.raw import RawFile, github
from kerasgen.data.registry import DataSet
from kerasgen.data.splitting import split

TAGS = (
    "# $ '' ( ) , . : CC CD DT EX FW IN JJ JJR JJS MD NN NNP NNPS NNS PDT POS PRP PRP$ RB RBR RBS RP SYM TO UH VB VBD VBG VBN "
    "VBP VBZ WDT WP WP$ WRB ``"
)
POS = tuple(TAGS.split())
PHRASES = ("ADJP", "ADVP", "CONJP", "INTJ", "LST", "NP", "PP", "PRT", "SBAR", "UCP", "VP")
CHUNKS = ("O", *(f"{place}-{phrase}" for phrase in PHRASES for place in "BI"))
REPOSITORY, COMMIT = "teropa/nlp", "f89bc5a15b516208de1cfe2abe9692b7ed9a43e2"


def parse(files):
    """{split: fields as declared}."""
    given = {part: sentences(files[f"{part}.txt"]) for part in ("train", "test")}
    # Neighbours are sentences of one article, hence no shuffling.
    return {**split(given["train"], (9, 1, 0), shuffle=False), "test": given["test"]}


def sentences(content):
    """The fields of lines "word pos chunk", with an empty line after each sentence."""
    blocks = [block.split("\n") for block in content.decode("utf-8").strip("\n").split("\n\n")]
    return fields([[line.split(" ") for line in block] for block in blocks])


def fields(rows):
    """The fields as declared of sentences, lists of [word, part of speech, chunk]."""
    return parsing.tagged(rows, pos=(1, POS), chunk=(2, CHUNKS))


def tagged_sentences(part):
    """The sentences of a split as lists of (word, part of speech), and lists of their tags."""
    words = list(zip(to_strings(part, "token"), (POS[i] for i in part["pos"]), strict=True))
    return to_sequences(words, part["length"]), to_sequences([CHUNKS[i] for i in part["chunk"]], part["length"])


def phrases(count, seed):
    """Sentences that a rule makes, for examples inside the package: the corpus has no free licence.

    A sentence is a noun phrase, a verb phrase perhaps with another noun phrase, and perhaps a preposition with one.

    Args:
        count: How many.
        seed: Of the choices.

    Returns:
        A list of sentences, each a list of [word, part of speech, chunk].
    """
    generator, found = np.random.default_rng(seed), []
    choose = lambda words: words.split()[generator.integers(len(words.split()))]  # noqa: E731

    def nominal():
        words = [(choose("the a this every"), "DT")]
        words += [(choose("green quiet heavy clever"), "JJ")] * int(generator.integers(2))
        words.append((choose("kettle river teacher window lantern"), "NN"))
        return [[word, pos, "I-NP" if i else "B-NP"] for i, (word, pos) in enumerate(words)]

    for _ in range(count):
        sentence = nominal()
        if generator.integers(2):
            sentence += [[choose("will may must"), "MD", "B-VP"], [choose("follow carry paint"), "VB", "I-VP"], *nominal()]
        else:
            sentence.append([choose("sleeps shines waits"), "VBZ", "B-VP"])
        if generator.integers(2):
            sentence += [[choose("near under behind"), "IN", "B-PP"], *nominal()]
        found.append([*sentence, [".", ".", "O"]])
    return found


DATA_SET = DataSet(
    name="conll2000",
    parse=parse,
    files=(
        RawFile(
            "train.txt",
            2_842_164,
            "82033cd7a72b209923a98007793e8f9de3abc1c8b79d646c50648eb949b87cea",
            (github(REPOSITORY, COMMIT, "resources/corpora/conll2000/train.txt"),),
            RawFile("train.txt.gz", 599_146, "c36219269bf9debdcc281ca2dac3fbef596858d8d981d788697a3b6ece30360f"),
        ),
        RawFile(
            "test.txt",
            639_396,
            "73b7b1e565fa75a1e22fe52ecdf41b6624d6f59dacb591d44252bf4d692b1628",
            (github(REPOSITORY, COMMIT, "resources/corpora/conll2000/test.txt"),),
            RawFile("test.txt.gz", 136_827, "aca2678bf0292bc6fa49addf93b2a5ee33ddf7c03ccff9f154d285e8ff4ef67e"),
        ),
    ),
    licence="data of a shared task, derived from the Wall Street Journal, for research; no licence file",
    source="E. F. Tjong Kim Sang & S. Buchholz, 2000: Introduction to the CoNLL-2000 shared task: chunking",
    splits="test: as given; validation: the last tenth of the 8,936 training sentences in their order; train: those before",
    modality="tags",
    unit="sentences",
    counted_by="length",
    fields={
        "token": "texts, the words of all sentences",
        "length": "int64 (sentences,), the words of each sentence",
        "pos": "int64 (words,), part of speech by a tagger",
        "chunk": "int64 (words,), where in which phrase: B begins it, I goes on, O is outside",
    },
    labels={"pos": POS, "chunk": CHUNKS},
    counts={"train": 8_042, "validation": 894, "test": 2_012},
    hashes={
        "train": "083fbe1a75bada5f3dd72d9b42491b505742d9eee84e4da6e485add54fd2af64",
        "validation": "d281cd78719f194927b59038780012d744e2ce9ae80630d9c110a6f11adfac91",
        "test": "b0e076b8175bb3c6935433f20f886cf5c4b2e200a24c00f2a3e3161b74da0b3f",
    },
    instead_of=("conll2003", "conll2002"),
)
