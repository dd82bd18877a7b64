"""Where a memory machine writes and reads: Graves et al., 2014, arXiv:1410.5401, figures 6 and 9."""

import numpy as np

SEEN = 0.02  # a weight that makes a slot worth showing
GAP = 2  # lines between the parts


def memory_image(question, answer, reading, writing, scale=4):
    """One question, from left to right: the rows that go in, those that come out, where was written and where was read.

    Args:
        question: Rows that go in, (steps, channels), zeros while the answer goes out.
        answer: Rows that come out, (at most steps, bits), in [0, 1]: those of the last steps.
        reading, writing: Weights (steps, heads, slots); the slots that any head uses are shown, and those between them.
        scale: Pixels of a number.

    Returns:
        float32 (height, scale * steps, 1) in [-1, 1]: dark where numbers are large.

    Raises:
        ValueError: Shapes do not fit.
    """
    question, answer, reading, writing = (np.asarray(part, "float32") for part in (question, answer, reading, writing))
    steps = len(question)
    weights = [part[:, head] for part in (writing, reading) if part.ndim == 3 for head in range(part.shape[1])]
    if question.ndim != 2 or answer.ndim != 2 or len(answer) > steps or len(weights) < 2:
        raise ValueError(
            "question must be (steps, channels), answer (at most steps, bits), reading and writing (steps, heads, slots); "
            f"received {question.shape}, {answer.shape}, {reading.shape} and {writing.shape}."
        )
    if any(len(part) != steps for part in weights):
        raise ValueError(f"reading and writing must have {steps} steps; received {len(reading)} and {len(writing)}.")
    used = np.flatnonzero(np.max([part.max(axis=0) for part in weights], axis=0) > SEEN)
    slots = around(used, weights[0].shape[1])
    padded = np.concatenate([np.zeros((steps - len(answer), answer.shape[1]), "float32"), answer])
    lines = []
    for part in (question, padded, *(part[:, slots] for part in weights)):
        lines += [1 - 2 * np.clip(part.T, 0, 1), np.zeros((GAP, steps), "float32")]
    whole = np.concatenate(lines[:-1])
    return np.repeat(np.repeat(whole, scale, axis=0), scale, axis=1)[..., None].astype("float32")


def around(used, count):
    """The numbers of the slots of a circle of `count` that are used and of those between, without the longest unused run."""
    if not len(used):
        return np.arange(count)
    gaps = np.diff(np.append(used, used[0] + count))
    last = int(np.argmax(gaps))
    return (used[(last + 1) % len(used)] + np.arange(count - gaps[last] + 1)) % count
