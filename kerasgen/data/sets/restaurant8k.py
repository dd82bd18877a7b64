"""What people say when they book a restaurant, and which words give the date, the time, the people and the names."""

import json

import numpy as np

from kerasgen.data.ragged import from_strings
from kerasgen.data.raw import RawFile, github
from kerasgen.data.registry import DataSet
from kerasgen.data.splitting import split

REPOSITORY, COMMIT = "PolyAI-LDN/task-specific-datasets", "57ec275d8078af65b7731c2a98be812d844a6d6b"
SLOTS = ("people", "date", "time", "first_name", "last_name")


def parse(files):
    """{split: fields as declared}."""
    given = {part: utterances(json.loads(files[f"{part}.json"])) for part in ("train_0", "test")}
    return {**split(given["train_0"], (9, 1, 0)), "test": given["test"]}


def utterances(items):
    """The fields of a list of {"userInput", "context", "labels"}."""
    start = np.full((len(items), len(SLOTS)), -1, "int64")
    end, requested = start.copy(), np.zeros_like(start)
    for row, item in enumerate(items):
        for slot in item.get("context", {}).get("requestedSlots", ()):
            requested[row, SLOTS.index(slot)] = 1
        for label in item.get("labels", ()):
            span, column = label["valueSpan"], SLOTS.index(label["slot"])
            start[row, column], end[row, column] = span.get("startIndex", 0), span["endIndex"]
    texts = from_strings("utterance", [item["userInput"]["text"] for item in items])
    return {**texts, "start": start, "end": end, "requested": requested}


DATA_SET = DataSet(
    name="restaurant8k",
    parse=parse,
    files=(
        RawFile(
            "train_0.json",
            2_606_612,
            "90cb03e1cdd3ee141829605955a54d946308e1558250ca1e7413f260443bc6a4",
            (github(REPOSITORY, COMMIT, "span_extraction/restaurant8k/train_0.json"),),
            RawFile("train_0.json.xz", 118_748, "c1388b837ab8924ae445010d43e09d1cf7183c8de1ef65166c97082e0c856680"),
        ),
        RawFile(
            "test.json",
            1_189_740,
            "31dbbb2fa36319f9f1f2c3ed441619ebf6e081f82aefd484b98caf86cd826ab0",
            (github(REPOSITORY, COMMIT, "span_extraction/restaurant8k/test.json"),),
            RawFile("test.json.xz", 54_992, "aea3c6e08449290180cdf382a65f6a293d599c86937f491b30eafd1b19b64c21"),
        ),
    ),
    licence="CC BY 4.0",
    redistributable=True,
    source="S. Coope, T. Farghly, D. Gerz, I. Vulić, M. Henderson, 2020, arXiv:2005.08866 (PolyAI)",
    splits="test: as given; validation: a tenth of the 8,198 training utterances, drawn with seed 0; train: the rest",
    modality="text",
    unit="utterances",
    counted_by="start",
    fields={
        "utterance": "texts",
        "start": "int64 (count, 5), first character of the value of each slot, -1 where there is none",
        "end": "int64 (count, 5), the character after its last one, -1 where there is none",
        "requested": "int64 (count, 5), 1 for the slots that had been asked for",
    },
    labels={"slot": SLOTS},
    counts={"train": 7_378, "validation": 820, "test": 3_731},
    hashes={
        "train": "c2f345fb4f875e9d9d10de052a4b5a60915ad3cfb3689296c9a5a9df4bafd54e",
        "validation": "91c1ef1063b84589dd909751b80c09de9955e13e229c33a2dcbf95449b7f1ece",
        "test": "99c24785893a9ea149736920a0c06c7f3a810ff1b33d2ecbfc065adc06a815e1",
    },
    instead_of=("squad",),
)
