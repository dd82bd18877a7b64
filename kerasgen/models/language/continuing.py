"""How a language model goes on from texts of any lengths: by choosing tokens one by one, or by searching for likely ones."""

import numpy as np
from keras import ops

from kerasgen import blocks, noise
from kerasgen.samplers import Writer, beam_search
from kerasgen.samplers.states import joined, rows_of

CHUNK = 512  # most tokens of a text that are read in one call, a power of two


def written(model, rows, length, choice, seed, stops):
    """Yields what each text gains, a list of str, after every token.

    Args:
        model: A `LanguageModel`.
        rows: Ids of each text so far, the beginning included.
        length: Most tokens to add.
        choice: A `TokenChoice`.
        seed: Text i depends on (seed, i) alone.
        stops: Strings before which a text ends.
    """
    writers = [Writer(model.tokenizer, stops, row[1:]) for row in rows]
    for chosen in continued(model, rows, noise.uniform((length,), seed, 0, len(rows)), choice):
        yield [writer.add(token) for writer, token in zip(writers, chosen, strict=True)]
        if all(writer.ended for writer in writers):
            return
    yield [writer.rest() for writer in writers]


def continued(model, rows, uniform, choice):
    """Reads rows of ids, then yields the next token of each (count,), a step for each column of `uniform` (count, steps)."""
    seen = None
    if choice.repetition_penalty is not None:
        seen = np.stack([np.isin(np.arange(model.vocabulary_size), row) for row in rows])
    logits, states = read_rows(model, rows)
    for left, column in zip(range(uniform.shape[1] - 1, -1, -1), uniform.T, strict=True):
        chosen = choice(logits, column, seen)
        yield chosen
        if seen is not None:
            seen[np.arange(len(rows)), chosen] = True
        if left:  # the last token need not be read
            logits, states = model.read(chosen[:, None].astype("int32"), states)
            logits = ops.convert_to_numpy(logits[:, -1])


def searched(model, row, length, beams, stops, length_penalty):
    """The best continuations of one text by beam search: a list of (str, natural-log probability)."""

    def text_of(ids):
        writer = Writer(model.tokenizer, stops, row[1:])
        text = "".join(map(writer.add, ids))
        return (text, True) if writer.ended else (text + writer.rest(), False)

    def ended(ids):
        return bool(stops) and text_of(ids)[1]

    logits, states = read_rows(model, [row])
    found = beam_search(model.read, logits, states, beams, length, ended, length_penalty)
    return [(text_of(ids)[0], log_prob) for ids, log_prob in found]


def read_rows(model, rows):
    """(logits of the next token (count, vocabulary_size), states) after rows of ids of any lengths."""
    lengths = np.array([len(row) for row in rows])
    parts, order = [], np.argsort(lengths, kind="stable")
    for length in np.unique(lengths):
        tokens = np.stack([rows[i] for i in order if lengths[i] == length]).astype("int32")
        states = model.begin(len(tokens))
        for first, last in blocks.halving_spans(0, int(length), CHUNK):
            logits, states = model.read(tokens[:, first:last], states)
        parts.append((ops.convert_to_numpy(logits[:, -1]), states))
    back = np.argsort(order)
    return np.concatenate([logits for logits, _ in parts])[back], rows_of(joined([s for _, s in parts]), back)
