"""The hourly series of the M4 competition, for forecasting the next two days."""

import csv
import io

import numpy as np

from kerasgen.data.raw import RawFile, github
from kerasgen.data.registry import DataSet

REPOSITORY, COMMIT = "Mcompetitions/M4-methods", "6c1067e5a57161249b17289a565178dc7a3fb3ca"
HORIZON = 48  # hours


def parse(files):
    """{split: {"series": float32 (hours,), "length": int64 (series,)}}; row i is the same series in each split."""
    given, future = (rows(files[f"M4_Hourly-{part}.csv"]) for part in ("train", "test"))
    parts = {
        "train": [values[:-HORIZON] for values in given],
        "validation": [values[-HORIZON:] for values in given],
        "test": future,
    }
    return {
        split: {"series": np.concatenate(series), "length": np.array([len(values) for values in series], "int64")}
        for split, series in parts.items()
    }


def rows(content):
    """The series of a table with one series per row: its name, then its values, then empty cells."""
    table = csv.reader(io.StringIO(content.decode("utf-8")))
    next(table)
    return [np.array([value for value in row[1:] if value], "float32") for row in table]


DATA_SET = DataSet(
    name="m4_hourly",
    parse=parse,
    files=(
        RawFile(
            "M4_Hourly-train.csv",
            2_347_115,
            "ea59b7783573c49077a835ab6465c7d66f1474783360f310988a9a737fbca62f",
            (github(REPOSITORY, COMMIT, "Dataset/Train/Hourly-train.csv"),),
            RawFile("M4_Hourly-train.csv.xz", 388_692, "46ada17c2892fdf298dea4572d88b003730649e1ddd3e31af51de71512daaa44"),
        ),
        RawFile(
            "M4_Hourly-test.csv",
            132_820,
            "71a57fccb15e534d973626ada4fb87febf789e9317715b7cc6dd3b5f90db6f42",
            (github(REPOSITORY, COMMIT, "Dataset/Test/Hourly-test.csv"),),
            RawFile("M4_Hourly-test.csv.xz", 28_448, "176a11946dcbaff01898c92b0156e847f2f8e3e855e9175c75955aa73cedb5ef"),
        ),
    ),
    folder="time_series",
    licence="no licence file",
    source="S. Makridakis, E. Spiliotis, V. Assimakopoulos, 2018: The M4 competition",
    splits="by time: test is the 48 hours that the competition asked for; validation the 48 before them; train what is before",
    modality="series",
    unit="series",
    counted_by="length",
    fields={"series": "float32 (hours,), all series one after another", "length": "int64 (series,), the hours of each"},
    counts={"train": 414, "validation": 414, "test": 414},
    hashes={
        "train": "5fe4d67b343a7e9c3bafd3ce71a5ad90089e85463bc84d82af3e67ea70e42099",
        "validation": "1eba550d21370a9321319c86668b5df039a82ea8c4763da0e56127c801352223",
        "test": "464bac9b6a9e6c86ef6994a0d3b817953f8782023c291097b0da2c06754468fd",
    },
)
