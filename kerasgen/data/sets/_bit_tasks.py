"""Sequences of random bits that memory machines are asked about, made by code: rows of 8 bits, and what is asked of them."""

import numpy as np

from kerasgen.data.ragged import to_sequences
from kerasgen.data.registry import DataSet

BITS = 8
ITEM = 3  # rows of an item that is to be recalled
PACE = 300  # steps after which longer questions join: what has been learned on short ones is soon known of all
PIECE = 8  # questions are padded to a multiple, so that few lengths are compiled
SOURCE = "Graves, Wayne & Danihelka, 2014, arXiv:1410.5401, section 4"


def rows_of(random, sizes):
    """{"length", "row"} of random bits: int64 (sequences,) and uint8 (sum of sizes, 8)."""
    sizes = np.asarray(sizes, "int64")
    return {"length": sizes, "row": random.integers(0, 2, (int(sizes.sum()), BITS), "uint8")}


def declare(name, draw, seed, sizes, of, hashes, **fields):
    """The `DataSet` of a task.

    Args:
        name: Its name.
        draw: Function (random numbers, sizes (sequences,), *more) -> {field: array}.
        seed: Seed of the random numbers, with the number of the split.
        sizes: {split: (sequences, smallest size, largest size, *more)}; sizes are drawn evenly.
        of: What a size counts.
        hashes, **fields: As for `DataSet`; "length" and "row" are among the fields without being named.
    """

    def read():
        splits = {}
        for number, (split, (count, low, high, *more)) in enumerate(sizes.items()):
            random = np.random.Generator(np.random.Philox(key=[seed, number]))
            splits[split] = draw(random, random.integers(low, high + 1, count), *more)
        return splits

    words = [f"{split} {count:,} of {span(low, high)}" for split, (count, low, high, *_) in sizes.items()]
    return DataSet(
        name=name,
        read=read,
        licence="none: made by code",
        source=SOURCE,
        splits=f"random bits of fixed seeds, by {of}: {', '.join(words)}",
        redistributable=True,
        modality="bits",
        unit="sequences",
        counted_by="length",
        fields={"length": "int64 (sequences,), rows of each", "row": "uint8 (sum of length, 8), 0 and 1", **fields},
        counts={split: count for split, (count, *_) in sizes.items()},
        hashes=hashes,
    )


def span(low, high):
    return f"{low} to {high}" if low < high else f"{low}"


def questions(fields):
    """(sequences, {what is asked of them: a value for each}) of {field: array}: the arguments of `NTM.run`."""
    sequences = to_sequences(fields["row"], fields["length"])
    if "query" in fields:
        items = [rows.reshape(-1, ITEM, rows.shape[1]) for rows in sequences]
        return items, {"queries": [each[number] for each, number in zip(items, fields["query"], strict=True)]}
    if "priority" in fields:
        return sequences, {"priorities": to_sequences(fields["priority"], fields["length"])}
    return sequences, {"repeats": fields["repeats"].tolist()} if "repeats" in fields else {}


def question_batches(model, fields, batch_size, seed, steps_per_epoch=None):
    """Batches of questions and right answers for `fit`, those of similar lengths together, and short ones first."""
    from kerasgen.data.batches import GroupedBatches

    sequences, given = questions(fields)
    asked = model.read(sequences, **given)
    sizes = [len(x) + len(answer) + model.spare for x, answer in asked]

    def prepare(numbers, longest):
        return model.padded([asked[i] for i in numbers], -(-longest // PIECE) * PIECE)

    return GroupedBatches(sizes, batch_size, seed, steps_per_epoch, prepare, pace=PACE)
