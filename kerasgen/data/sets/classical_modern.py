"""Sentences of classical Chinese books with their translation into modern Chinese."""

import numpy as np

from kerasgen.data import parsing
from kerasgen.data.ragged import from_strings
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet

TITLES = (
    "三国志 世说新语 列子 史记 吕氏春秋 围炉夜话 国语 孔子家语 孙子兵法 孟子 容斋随笔 "
    "左传 庄子 战国策 搜神后记 搜神记 梦溪笔谈 菜根谭 论语 贞观政要 韩非子 颜氏家训"
)
BOOKS = tuple(TITLES.split())


def parse(files):
    """{split: {"classical", "modern": texts, "label": int64 (count,), the book}}."""
    splits = {}
    for split, name in (("train", "train"), ("validation", "valid"), ("test", "test")):
        classical, modern, book = zip(*parsing.table(files[f"{name}.tsv"], header=False), strict=True)
        labels = np.array([BOOKS.index(title) for title in book])
        splits[split] = {**from_strings("classical", classical), **from_strings("modern", modern), "label": labels}
    return splits


DATA_SET = DataSet(
    name="classical_modern",
    parse=parse,
    files=(
        RawFile(
            "train.tsv",
            18_755_589,
            "40164ad14743cf1922130f499947383c026d182465dbf558588843b6f9bbc812",
            packed=RawFile("train.tsv.xz", 5_720_712, "059dc4505fd63f5667fd7d5086b273d0165fa6d983062889f7db415a176a1d77"),
        ),
        RawFile(
            "valid.tsv",
            389_034,
            "6f5c8d280bde382a80ca3adad0e995f605d40ed5224468e4f8dfb0960689308d",
            packed=RawFile("valid.tsv.xz", 144_476, "8cefc5aa5b3c7bdfac2ab5e5b54932b10e0fd9dd9012ca263af68e939e7fc575"),
        ),
        RawFile(
            "test.tsv",
            527_608,
            "fd58ee047ef4e497b53d6f866c4e644b29dcd96b1f39bf1506137545c0a5a677",
            packed=RawFile("test.tsv.xz", 187_368, "f183781cbf632f9698bcfa9c742f7de7464c505aaa6b3139685ab2175317a7a6"),
        ),
    ),
    licence="MIT for the corpus; its texts were collected from the web, and the sources of the modern side keep their rights",
    source="NiuTrans: Classical-Modern",
    splits="by chapter, by the sha256 of its path modulo 40, as given",
    made="from 22 books of github.com/NiuTrans/Classical-Modern at 4e746ea9fa99c3c0d7051c45397330bef7b0962d: pairs of 1 to 120 "
    "and 1 to 200 characters, repeated classical sentences dropped, as tab-separated classical, modern, book",
    modality="pairs",
    unit="pairs",
    counted_by="label",
    fields={
        "classical": "texts, simplified characters",
        "modern": "texts, simplified characters",
        "label": "int64 (count,), the book",
    },
    labels={"label": BOOKS},
    counts={"train": 106_365, "validation": 2_249, "test": 3_091},
    hashes={
        "train": "faeb0c7e13a153596ba7fc63f38c4081eca784afd202a78b3045dbb0275dca2b",
        "validation": "a01708d8dc9931546c0710fabafe8e857ce56be02639d7509a47ae7f5c48e3e3",
        "test": "352312e264e1e4774462f9e49140d3bf35b0533744414e3b6ce0a24aeba1c043",
    },
)
