"""Scores of models of piano rolls: nats a frame, beside keys that know nothing of each other, and how full the frames are."""

import numpy as np

from kerasgen.data import to_sequences
from kerasgen.score import Score
from kerasgen.scores.experts import SAMPLE_SEED
from kerasgen.scores.intervals import with_interval

DRAWN, FRAMES = 200, 64  # pieces that are drawn, and frames of each
MAJOR = (0, 2, 4, 5, 7, 9, 11)  # steps of the diatonic scale, in semitones above its first note
COPIED = 8  # quarter notes in a row, two bars, that a copy shares with a chorale
UNSEEN = 0.5  # how often either state of a key counts beside what was seen


def validate_rolls():
    """Returns a `validate` function: nats a frame of the validation split."""
    return lambda model, splits: {"nats": nats_a_frame(losses(model.log_prob, splits["validation"]))}


def score_rolls():
    """Returns a `score` function: nats a frame of the test split, and the keys that sound in a frame of samples."""

    def score(model, splits, full=True):
        test = splits["test"]
        alone = losses(keys_alone(splits["train"]), test)
        nats = with_interval(
            nats_a_frame,
            losses(model.log_prob, test),
            count=int(test["length"].sum()),
            protocol="exact, test split, the mean over all frames of all pieces; interval from resampled pieces",
            label="nats per frame",
            better="lower",
            reference=nats_a_frame(alone),
            beside="each key by itself, given whether it sounded before",
            leading=True,
        )
        drawn = model.sample(DRAWN, length=FRAMES, seed=SAMPLE_SEED)
        sounding = Score(
            float(drawn.sum(axis=2).mean()),
            count=DRAWN * FRAMES,
            protocol=f"{DRAWN} samples of {FRAMES} frames; beside it, the test split",
            label="keys that sound in a frame",
            reference=float(test["roll"].sum(axis=1).mean()),
            beside="real music",
        )
        return {"nats": nats, "sounding": sounding}

    return score


def score_composer():
    """Returns a `score` function: that of `score_rolls`, and of samples the scale, the variety and what is copied."""

    def score(model, splits, full=True):
        drawn = list(model.sample(DRAWN, length=FRAMES, seed=SAMPLE_SEED))
        real, known = (to_sequences(splits[part]["roll"], splits[part]["length"]) for part in ("test", "train"))
        seen = set().union(*map(passages, known))
        protocol = f"{DRAWN} samples of {FRAMES} frames, the mean of pieces; beside it, the test split"

        def beside(measure, label, what=protocol):
            rows = np.array([[measure(piece)] for piece in drawn])
            reference = float(np.mean([measure(piece) for piece in real]))
            return with_interval(np.mean, rows, protocol=what, label=label, reference=reference, beside="real music")

        def copied_share(piece):
            return np.mean([each in seen for each in passages(piece)] or [0.0])

        copied = f"{protocol}; passages of {COPIED} frames that stand in a training chorale, in whatever key"
        return {
            **score_rolls()(model, splits, full),
            "in_scale": beside(in_scale, "share of notes in the scale that fits best"),
            "pitch_entropy": beside(pitch_entropy, "entropy of the pitch classes in bits"),
            "copied": beside(
                lambda piece: np.mean([each in seen for each in passages(piece)] or [0.0]), "passages copied", copied
            ),
        }

    return score


def pitch_classes(roll):
    """How often each of the twelve pitch classes sounds in a roll (frames, keys), the lowest key's first: (12,)."""
    counts = np.asarray(roll, "int64").sum(axis=0)
    return np.bincount(np.arange(len(counts)) % 12, weights=counts, minlength=12)


def in_scale(roll):
    """Share of the notes that lie in that one of the twelve diatonic scales which holds the most; 1 of silence."""
    counts = pitch_classes(roll)
    return max(counts[np.add(MAJOR, first) % 12].sum() for first in range(12)) / counts.sum() if counts.any() else 1.0


def pitch_entropy(roll):
    """Entropy of the pitch classes in bits, 0 to 3.58."""
    shares = pitch_classes(roll)
    shares = shares[shares > 0] / max(shares.sum(), 1)
    return float(-np.sum(shares * np.log2(shares)))


def passages(roll):
    """Each run of `COPIED` frames, moved so that its lowest note is the lowest key: a list of bytes."""
    roll, found = np.asarray(roll, "uint8"), []
    for first in range(len(roll) - COPIED + 1):
        part = roll[first : first + COPIED]
        keys = np.flatnonzero(part.any(axis=0))
        found.append(part[:, keys[0] : keys[-1] + 1].tobytes() if len(keys) else b"")
    return found


def losses(log_prob, part):
    """(nats, frames) of each piece of a part: float64 (pieces, 2)."""
    return np.stack([-log_prob(to_sequences(part["roll"], part["length"])), part["length"]], axis=1)


def nats_a_frame(rows):
    return float(rows[:, 0].sum() / rows[:, 1].sum())


def keys_alone(part):
    """`log_prob` of 88 Markov chains that know nothing of each other: each key goes on or begins as often as in `part`."""
    seen = np.full((2, 2, part["roll"].shape[1]), UNSEEN)  # [whether it sounded before, whether it sounds, key]
    for before, now in steps(part):
        for was, now_is in np.ndindex(2, 2):
            seen[was, now_is] += ((before == was) & (now == now_is)).sum(axis=0)
    logs, keys = np.log(seen / seen.sum(axis=1, keepdims=True)), np.arange(seen.shape[2])

    def log_prob(rolls):
        return np.array([logs[before_of(roll), roll.astype(int), keys].sum() for roll in rolls])

    return log_prob


def steps(part):
    """(the frame before, the frame) of each frame of each piece."""
    for roll in to_sequences(part["roll"], part["length"]):
        yield before_of(roll), roll


def before_of(roll):
    """The frame before each frame; silence before the first."""
    return np.concatenate([np.zeros_like(roll[:1]), roll[:-1]]).astype(int)
