"""Daily exchange rates of eight currencies to the US dollar, 1990 to 2010, for forecasting."""

from kerasgen.data import parsing
from kerasgen.data.raw import RawFile, github
from kerasgen.data.registry import DataSet

LEARNED, WINDOWS = 6071, 150  # days: what GluonTS trains on, and its five test windows of 30 (its dataset _lstnet.py)


def parse(files):
    """{split: {"series": float32 (days, 8)}}; the splits follow one another."""
    series = parsing.numbers(files["exchange_rate.txt.gz"])
    ends = {"train": LEARNED - WINDOWS, "validation": LEARNED, "test": LEARNED + WINDOWS, "later": len(series)}
    starts = [0, *ends.values()]
    return {split: {"series": series[start:end]} for start, (split, end) in zip(starts, ends.items(), strict=False)}


DATA_SET = DataSet(
    name="exchange_rate",
    parse=parse,
    files=(
        RawFile(
            "exchange_rate.txt.gz",
            177_142,
            "6a4fbb561dcdee43f071a83badbeec9223a335552278348656738b556f1c2e9d",
            (
                github(
                    "laiguokun/multivariate-time-series-data",
                    "7f402f185cc2435b5e66aed13a3b560ed142e023",
                    "exchange_rate/exchange_rate.txt.gz",
                ),
            ),
        ),
    ),
    folder="time_series",
    licence="no licence file",
    source="G. Lai, W.-C. Chang, Y. Yang, H. Liu, 2018, arXiv:1703.07015",
    splits="by time: test is the 150 business days after the first 6,071, five windows of 30, as GluonTS scores; validation "
    "the 150 days before them, train the 5,921 before those; later: the 1,367 days after the test",
    modality="series",
    unit="days",
    counted_by="series",
    fields={"series": "float32 (days, 8): Australia, UK, Canada, Switzerland, China, Japan, New Zealand, Singapore"},
    counts={"train": 5_921, "validation": 150, "test": 150, "later": 1_367},
    hashes={
        "train": "925f94daedd32bb5befd1c8a6aacfa55143acf050e8fd218fb4430399ca4df59",
        "validation": "2ae5e190cfe88da3c2487dcdd00db2832b5bdb4492d86f4cc714f63bcd69d7d4",
        "test": "ad709ca0634d416feb2791da23ba59e4b9cf582bbeff55a73911d3489dc4d9e3",
        "later": "95e5b34e5110b0048fee5392f5226ac1f83758849b1ec4ecb5bc7a49e4e50116",
    },
)
