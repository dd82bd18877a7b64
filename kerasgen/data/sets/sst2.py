"""SST-2 as in GLUE: phrases of film reviews, positive or negative."""

import numpy as np

from kerasgen.data import parsing
from kerasgen.data.ragged import from_strings, take
from kerasgen.data.raw import RawFile, github
from kerasgen.data.registry import DataSet
from kerasgen.data.splitting import split

REPOSITORY, COMMIT = "eyalbd2/Reproducing-AutoPrompt", "6288fb5bec9c572f2492875ae0111df5b6daed11"
SHORT = 3  # words: shorter phrases occur in many sentences


def parse(files):
    """{split: {"sentence": texts, "label": int64 (count,)}}."""
    given = {part: phrases(files[f"{part}.tsv"]) for part in ("train", "dev")}
    learned, texts = given["train"]
    whole = sentences(texts)
    is_long = np.array([number is not None for number in whole])
    parts = split(take(learned, np.flatnonzero(is_long)), (9, 1, 0), groups=[n for n in whole if n is not None])
    short = take(learned, np.flatnonzero(~is_long))
    train = {field: np.concatenate([parts["train"][field], short[field]]) for field in short}
    return {"train": train, "validation": parts["validation"], "test": given["dev"][0]}


def phrases(content):
    """({field: array}, the phrases) of a table of sentence and label."""
    texts, labels = zip(*parsing.table(content), strict=True)
    texts = [text.strip() for text in texts]
    return {**from_strings("sentence", texts), "label": np.array(labels, "int64")}, texts


def sentences(texts):
    """The number of the longest phrase that each phrase is a part of; None for phrases of fewer words than `SHORT`."""
    words = [text.split(" ") for text in texts]
    found, holders = [None] * len(texts), {}  # holders: {first words: longest phrases with these words somewhere}
    for number in sorted(range(len(texts)), key=lambda i: -len(words[i])):
        own = words[number]
        if len(own) < SHORT:
            break
        inside = (h for h in holders.get(tuple(own[:SHORT]), ()) if f" {texts[number]} " in f" {texts[h]} ")
        found[number] = next(inside, number)
        if found[number] == number:
            for i in range(len(own) - SHORT + 1):
                holders.setdefault(tuple(own[i : i + SHORT]), []).append(number)
    return found


DATA_SET = DataSet(
    name="sst2",
    parse=parse,
    files=(
        RawFile(
            "train.tsv",
            3_806_081,
            "48eac26399f8456935f81dd9e3a745c1430adb6c62e233ccfe22db4a0d15d1d1",
            (github(REPOSITORY, COMMIT, "glue_data/SST-2/train_full.tsv"),),
            RawFile("train.tsv.gz", 1_443_733, "1c4843303462f8f93e006ff618a9e61d207468cafd030046d7d7fd6b78af342b"),
        ),
        RawFile(
            "dev.tsv",
            94_931,
            "54a9c12c77e402fc14d6a66a506f24d999f596b0176eb777c972cccc2f9cc4b0",
            (github(REPOSITORY, COMMIT, "glue_data/SST-2/dev.tsv"),),
            RawFile("dev.tsv.gz", 38_131, "19553efc6f7bac0b7fdd37d4e29dc37c15e9e779767249a16f857fbfcedb23fa"),
        ),
    ),
    licence="Stanford Sentiment Treebank, for research; no licence file",
    source="R. Socher et al., 2013: Recursive deep models for semantic compositionality over a sentiment treebank; A. Wang et "
    "al., 2018, arXiv:1804.07461 (GLUE)",
    splits="test: the 872 sentences of GLUE's dev, whose own test has no public labels; validation: a tenth of the training "
    "phrases of three words and more, drawn with seed 0 so that the phrases of a sentence stay together; train: all others",
    modality="text",
    unit="phrases",
    counted_by="label",
    fields={"sentence": "texts, words between spaces, lower case", "label": "int64 (count,), 1 for positive"},
    labels={"label": ("negative", "positive")},
    counts={"train": 61_765, "validation": 5_584, "test": 872},
    hashes={
        "train": "88f3bc2f7f0b8ebea4e5de0f26a5a40dd1dfd79015a3a24fd757fe78e64b9e4e",
        "validation": "9c32a0a60a257d5e1a30065b5971e198b72441d316b45815c464b88dda9d9f15",
        "test": "c96a683c8c1bfc6a74c53d2289ee1f077c0244f7fdafae94fff7fabca689abb2",
    },
    instead_of=("glue", "sst", "imdb_reviews"),
)
