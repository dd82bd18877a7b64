"""How a bidirectional language model fills the gaps of a text: guesses by beam search, then each gap given all else.

Given all others, each token of a gap has its odds; of several gaps at once there are none. Choosing in turn what is likeliest
given the present rest (iterated conditional modes; Besag, 1986) ends where no single change is an improvement, which depends on
where it starts: hence several guesses.
"""

import numpy as np
from keras import ops

from kerasgen import blocks
from kerasgen.models.language.continuing import CHUNK
from kerasgen.samplers.states import rows_of
from kerasgen.samplers.tokens import log_softmax

SWEEPS = 16  # most times that every gap is filled anew: the odds of a network may disagree for ever


def filled(model, ids, gaps, beams):
    """The ids of a text (length,) with its gaps filled in.

    Args:
        model: A `BidirectionalLM`.
        ids: The text, int (length,); what stands in the gaps has no effect.
        gaps: Places of the gaps, ascending, at least one.
        beams: Most fillings that are guessed and improved.
    """
    edge, places = model.vocabulary_size, np.asarray(gaps) + 1
    text = np.array([[edge, *ids, edge]], "int32")
    # What is known of the text on either side of all gaps is the same for every filling.
    _, ahead = passed(model.read_ahead, text[:, : places[0] - 1], model.begin(1))
    _, behind = passed(model.read_behind, text[:, places[-1] + 2 :], model.begin(1), backward=True)
    rows = guessed(model, text, places, beams, ahead)
    states = [rows_of(each, np.zeros(len(rows), int)) for each in (ahead, behind)]
    for _ in range(SWEEPS):
        better = improved(model, rows, places, *states)
        if np.array_equal(better, rows):
            break
        rows = better
    fillings = np.unique(rows, axis=0)[:, 1:-1]
    return fillings[0] if len(fillings) == 1 else fillings[np.argmax(model.pseudo_log_probs(fillings))]


def guessed(model, text, places, beams, states):
    """The likeliest fillings by the forward direction, given all text up to the last gap: at most `beams` rows as `text`.

    Args:
        model, beams: As for `filled`.
        text: A text with its ends, int (1, length).
        places: The gaps.
        states: The forward direction's, before it has read the token that stands before the first gap.
    """
    rows, scores, done = text, np.zeros(1), places[0] - 1
    for place in places:
        read = rows[:, done:place]
        for first, last in blocks.halving_spans(0, read.shape[1], CHUNK):
            logits, states = model.read(read[:, first:last], states)
            log_probs = log_softmax(ops.convert_to_numpy(logits))
            between = read[:, first + 1 : last + 1]  # the text between two gaps tells fillings of the first apart
            said = np.take_along_axis(log_probs[:, : between.shape[1]], between[..., None], axis=2)
            scores = scores + np.sum(said, axis=(1, 2))
        extended = (scores[:, None] + log_probs[:, -1]).reshape(-1)
        best = np.argsort(-extended, kind="stable")[:beams]
        parents, tokens = np.divmod(best, model.vocabulary_size)
        rows, scores, states, done = rows[parents], extended[best], rows_of(states, parents), place
        rows[:, place] = tokens
    return rows


def improved(model, rows, places, ahead, behind):
    """A copy of texts in which each gap, from left to right, has its likeliest token given all others at that time.

    Args:
        model: As for `filled`.
        rows: Texts with their ends, int (count, length).
        places: The gaps.
        ahead: States of the forward direction before it has read the token that stands before the first gap.
        behind: States of the backward direction before it has read the token that stands behind the last gap.
    """
    rows, outputs = rows.copy(), []
    ends = [*(places[1:] + 1), places[-1] + 2]
    for place, end in zip(places[::-1], ends[::-1], strict=True):  # what is right of a gap changes after the gap itself
        output, behind = passed(model.read_behind, rows[:, place + 1 : end], behind, backward=True)
        outputs.append(output)
    done = places[0] - 1
    for place, from_behind in zip(places, outputs[::-1], strict=True):
        output, ahead = passed(model.read_ahead, rows[:, done:place], ahead)
        rows[:, place] = np.argmax(ops.convert_to_numpy(model.joined(output, from_behind)), axis=1)
        done = place
    return rows


def passed(read, tokens, states, backward=False):
    """(last output of a direction (count, units), or None if there is no token; its states) after tokens (count, length).

    Args:
        read: The direction, `read_ahead` or `read_behind` of the model.
        tokens: Ids in the order of the text.
        states: Those before.
        backward: Whether the direction reads from right to left.
    """
    output, spans = None, blocks.halving_spans(0, tokens.shape[1], CHUNK)
    for first, last in reversed(spans) if backward else spans:
        _, outputs, states = read(tokens[:, first:last], states)
        output = outputs[:, 0 if backward else -1]
    return output, states
