"""Scores of memory machines: answers that are right in every bit, and bits that are wrong, beside an LSTM of equal size."""

import dataclasses
from collections.abc import Callable

import numpy as np

from kerasgen.data.sets._bit_tasks import question_batches, questions
from kerasgen.metrics import share_interval
from kerasgen.plots import memory_image
from kerasgen.score import Score
from kerasgen.scores.intervals import with_interval
from kerasgen.steps import seeded


@dataclasses.dataclass(frozen=True)
class Beside:
    """The model that a machine is compared with, and how it learns.

    Args:
        model: Function without arguments that builds it.
        optimizer: Function from the number of steps to its optimizer.
        steps, batch_size, seed: Of its training.
    """

    model: Callable
    optimizer: Callable
    steps: int
    batch_size: int
    seed: int = 0

    def trained(self, splits):
        """The model after its training."""
        with seeded(self.seed):
            model = self.model()
            model.compile(self.optimizer(self.steps))
            batches = question_batches(model, splits["train"], self.batch_size, self.seed, self.steps)
            model.fit(batches, epochs=1, shuffle=False, verbose=0)
        return model


def validate_answers(model, splits):
    """On the validation split: nats a bit, and the share of exact answers."""
    sequences, given = questions(splits["validation"])
    rows = measured(model, splits["validation"])
    right = [answer.astype("uint8") for _, answer in model.read(sequences, **given)]
    nats = -model.log_prob(sequences, right, **given).sum() / rows[:, 2].sum()
    return {"nats": float(nats), "exact": float(rows[:, 0].mean())}


def score_answers(parts, beside, leading=("test",)):
    """Returns a `score` function: exact answers and wrong bits of some parts of the data.

    Args:
        parts: {split: its questions in words, such as "of 40 rows"}.
        beside: A `Beside`, which is trained where all scores are asked for.
        leading: Splits whose exact answers stand in tables of models.
    """

    def score(model, splits, full=True):
        other = beside.trained(splits) if full else None
        found = {}
        for split, words in parts.items():
            rows = measured(model, splits[split])
            peer = None if other is None else measured(other, splits[split])
            key = split.removeprefix("test").strip("_")
            suffix = f"_{key}" if key else ""
            found[f"exact{suffix}"] = exact_score(rows, peer, split, words, split in leading)
            found[f"errors{suffix}"] = error_score(rows, peer, split, words)
        return found

    return score


def exact_score(rows, peer, split, words, leading):
    """The `Score` of answers that are right in every bit, with Wilson's interval."""
    count = len(rows)
    low, high = share_interval(int(rows[:, 0].sum()), count)
    return Score(
        100 * float(rows[:, 0].mean()),
        count,
        f"{split} split, every bit and the number of rows; Wilson's interval",
        f"exact answers {words}, %",
        "higher",
        100 * low,
        100 * high,
        leading=leading,
        **reference(peer, lambda rows: 100 * float(rows[:, 0].mean())),
    )


def error_score(rows, peer, split, words):
    """The `Score` of wrong bits, with a bootstrap interval over questions."""
    return with_interval(
        wrong_bits,
        rows,
        count=int(rows[:, 2].sum()),
        protocol=f"{split} split, of the bits of right answers; interval from resampled questions",
        label=f"wrong bits {words}, %",
        better="lower",
        **reference(peer, wrong_bits),
    )


def reference(peer, number):
    return {} if peer is None else {"reference": number(peer), "beside": "LSTM of equal size"}


def wrong_bits(rows):
    return float(100 * rows[:, 1].sum() / rows[:, 2].sum())


def measured(model, part):
    """Of each question of a part: whether its answer is exact, how many of its bits are wrong, and how many it has.

    A row that is missing has all its bits wrong.
    """
    sequences, given = questions(part)
    found = []
    for (_, right), answer in zip(model.read(sequences, **given), model.run(sequences, **given), strict=True):
        common = min(len(right), len(answer))
        wrong = int((right[:common] != answer[:common]).sum()) + right[common:].size
        found.append((wrong == 0 and len(right) == len(answer), wrong, right.size))
    return np.array(found, "float64")


def memory_picture(split, number=0):
    """Returns a `picture` function: one question of a split, the model's answer, and where its heads wrote and read."""

    def picture(model, splits):
        sequences, given = questions(splits[split])
        one = slice(number, number + 1)
        sequences, given = sequences[one], {name: values[one] for name, values in given.items()}
        ((question, right),) = model.read(sequences, **given)
        (answer,) = model.run(sequences, **given)
        ((reading, writing),) = model.attention(sequences, **given)
        rows = np.concatenate([question, np.zeros((len(right), question.shape[1]), "float32")])
        return memory_image(rows, answer[: len(right)], reading, writing)[None]

    return picture
