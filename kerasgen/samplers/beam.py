"""Beam search: the likeliest continuations of a text, as far as a bounded number of open ones can find them.

Every step extends each of the open texts by every token and keeps the likeliest (Graves, 2012, arXiv:1211.3711, algorithm 1). A
finished text of n tokens is ranked by log p / n ** length_penalty: 0 ranks by probability, which favours short texts, 1 by the
mean of a token. The text that greedy choice writes is kept open in addition, so that the search never ends below it.
"""

import numpy as np

from kerasgen.samplers.states import rows_of
from kerasgen.samplers.tokens import log_softmax


def beam_search(read, logits, states, beams, length, ended=lambda ids: False, length_penalty=0.0):
    """The best continuations of one text.

    Args:
        read: Function (tokens (count, 1), states) -> (logits (count, 1, vocabulary_size), states).
        logits: Those of the first token, (1, vocabulary_size), up to a constant.
        states: What the model knows before it, one row.
        beams: Texts kept open, at least 1; vocabulary_size ** length of them search everything.
        length: Most tokens of a continuation, at least 1.
        ended: Function from a list of ids to whether that continuation is finished.
        length_penalty: Exponent, at least 0.

    Returns:
        A list of (ids, natural-log probability), best first, at most `beams`; the best never ranks below that of greedy choice.
    """
    opened, totals, greedy, done = [[]], np.zeros(1), 0, []

    def rank(entry):
        return entry[1] / len(entry[0]) ** length_penalty

    for step in range(length):
        sums = totals[:, None] + log_softmax(logits)
        best = np.argsort(-sums, axis=None, kind="stable")[:beams]
        chosen = [tuple(place) for place in zip(*np.unravel_index(best, sums.shape), strict=True) if np.isfinite(sums[place])]
        likeliest = None if greedy is None else (greedy, int(np.argmax(sums[greedy])))
        if likeliest is not None and likeliest not in chosen:
            chosen.append(likeliest)
        entries = [([*opened[row], int(token)], float(sums[row, token])) for row, token in chosen]
        stays = [not ended(ids) for ids, _ in entries]
        done += [entry for entry, stay in zip(entries, stays, strict=True) if not stay]
        kept = [i for i, stay in enumerate(stays) if stay]
        greedy = next((n for n, i in enumerate(kept) if chosen[i] == likeliest), None)
        opened, totals = [entries[i][0] for i in kept], np.array([entries[i][1] for i in kept])
        done = sorted(done, key=rank, reverse=True)[:beams]
        # What is open can only become less probable, and at most `length` tokens long.
        if not kept or (len(done) == beams and totals.max() / length**length_penalty <= rank(done[-1])):
            break
        if step + 1 < length:
            tokens = np.array([[ids[-1]] for ids in opened], "int32")
            logits, states = read(tokens, rows_of(states, [chosen[i][0] for i in kept]))
            logits = np.asarray(logits)[:, -1]
    done += list(zip(opened, totals.tolist(), strict=True))
    return sorted(done, key=rank, reverse=True)[:beams]
