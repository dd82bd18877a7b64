"""Load and oil temperature of an electricity transformer, hour by hour for two years, for forecasting."""

import numpy as np

from kerasgen.data import parsing
from kerasgen.data.raw import RawFile, github
from kerasgen.data.registry import DataSet

COLUMNS = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")
MONTH = 30 * 24  # hours


def parse(files):
    """{split: {"series": float32 (hours, 7)}}; the splits follow one another."""
    rows = [line.split(",")[1:] for line in parsing.lines(files["ETTh1.csv"])[1:]]
    series = np.array(rows, "float32")
    ends = {"train": 12 * MONTH, "validation": 16 * MONTH, "test": 20 * MONTH, "later": len(series)}
    starts = [0, *ends.values()]
    return {split: {"series": series[start:end]} for start, (split, end) in zip(starts, ends.items(), strict=False)}


DATA_SET = DataSet(
    name="etth1",
    parse=parse,
    files=(
        RawFile(
            "ETTh1.csv",
            2_589_657,
            "f18de3ad269cef59bb07b5438d79bb3042d3be49bdeecf01c1cd6d29695ee066",
            (github("zhouhaoyi/ETDataset", "1d16c8f4f943005d613b5bc962e9eeb06058cf07", "ETT-small/ETTh1.csv"),),
            RawFile("ETTh1.csv.xz", 280_984, "7102ef06a3694dbc5ff61e1e2995a6916f246825ca37c96b68fda7383bc11fd0"),
        ),
    ),
    folder="time_series",
    licence="CC BY-ND 4.0",
    source="H. Zhou et al., 2021, arXiv:2012.07436 (Informer)",
    splits="by time, as its authors do: 12, 4 and 4 months of 30 days; later: the hours after the test",
    modality="series",
    unit="hours",
    counted_by="series",
    fields={"series": "float32 (hours, 7): useful and useless load, high, middle and low, and the oil temperature (last)"},
    counts={"train": 8_640, "validation": 2_880, "test": 2_880, "later": 3_020},
    hashes={
        "train": "3415585427af53a9ccdefb31ea46c12fdede24396ca8444b172ee41e46122f10",
        "validation": "d66ace1e1e68f3f3dffdacbd29ab1bc2e64b77880344750569e18b18c0638caa",
        "test": "f3ee4f48f15b50fcb3ad7c7aaf9a19b18184ebf2b03891e471b34d69e5879570",
        "later": "4ead0d9b537bd7cabdfbb341a2de735bc76f4a0570ff44ead2e3f5e3b4908b43",
    },
)
