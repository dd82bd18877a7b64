"""Abstracts of papers on computational linguistics and their titles, for summarisation."""

import numpy as np

from kerasgen.data import parsing
from kerasgen.data.ragged import from_strings
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet


def parse(files):
    """{split: {"abstract", "title": texts, "year": int64 (count,)}}."""
    splits = {}
    for split, name in (("train", "train"), ("validation", "valid"), ("test", "test")):
        papers = parsing.json_lines(files[f"{name}.jsonl"])
        splits[split] = {
            **from_strings("abstract", [paper["abstract"] for paper in papers]),
            **from_strings("title", [paper["title"] for paper in papers]),
            "year": np.array([paper["year"] for paper in papers], "int64"),
        }
    return splits


DATA_SET = DataSet(
    name="acl_titles",
    parse=parse,
    files=(
        RawFile(
            "train.jsonl",
            9_634_578,
            "6c436ce064a2a1aeb20fe97f4d22c1d5979013f6f94121248dd5b059a1909bbc",
            packed=RawFile("train.jsonl.xz", 2_032_928, "aa87efcec12618773034aacdd1ef6c15a5804432da210d127c57d5d385e1ef82"),
        ),
        RawFile(
            "valid.jsonl",
            537_422,
            "5f10f6d05923618621219f57ae2ab9b235b911eac160055075dea87febc31eb6",
            packed=RawFile("valid.jsonl.xz", 137_592, "789cd1e47b441e8a2d3cfbdd188e0ccd9390ca03c8820a4c54f6e383df4c5df2"),
        ),
        RawFile(
            "test.jsonl",
            478_394,
            "a528cd470678c9997a54b47f20b5a5e6c35e9f5db734e138ccd9bec5ca76ef40",
            packed=RawFile("test.jsonl.xz", 123_508, "5d86fd5c52f11251685b3a369748d3c4f59bf08bc8f7232ff96177151d326498"),
        ),
    ),
    licence="CC BY 4.0 (the authors and the Association for Computational Linguistics)",
    redistributable=True,
    source="ACL Anthology, papers of 2016 to February 2021",
    splits="by the sha256 of the paper's id modulo 20: 0 is test, 1 is validation",
    made="data/xml of github.com/heddayam/acl-anthology at b26270386b65c0861d17d4d6d5d7a1eaf345499f: of the volumes of ACL, "
    "NAACL, EACL, EMNLP, Findings, AACL, CoNLL, COLING, IJCNLP, TACL, *SEM and SemEval, as lines of JSON "
    '{"id", "year", "title", "abstract"}',
    modality="pairs",
    unit="papers",
    counted_by="year",
    fields={"abstract": "texts", "title": "texts", "year": "int64 (count,)"},
    counts={"train": 9_209, "validation": 516, "test": 469},
    hashes={
        "train": "3087faccdf10bd2ce91c39ec9017bac8295c918e20493b56b0840b46d244aacc",
        "validation": "06bc7229bf226019ce1a270b5a11e942f12e35f0b6d125feb6c16504e899d4e9",
        "test": "b9366e7348d5b903aea9d469a30bdbe222583739d8fd6c94fd0a39bdbe37dfbb",
    },
    instead_of=("cnn_dailymail", "samsum", "xsum", "gigaword"),
)
