"""Scores of language models: nats, bits and perplexity, with protocol, count and interval."""

import dataclasses
import math
import re

import numpy as np

from kerasgen import blocks, zoo
from kerasgen.data import to_text
from kerasgen.score import Score
from kerasgen.scores.intervals import with_interval

BLOCK = 500  # tokens that are resampled together: neighbours are not independent
SHAKESPEARE = {
    "last_tenth": "shakespeare-v1a: the last 111,540 characters (nanoGPT's validation text)",
    "test": "shakespeare-v1b: TFDS test split",
}


def validate_text(rows=20):
    """Returns a `validate` function: nats per token on the validation split, cut into `rows` texts to be quick."""

    def validate(model, splits):
        ids = model.tokenizer.encode(to_text(splits["validation"]["text"]))
        ids = ids[: len(ids) // rows * rows].reshape(rows, -1)
        return {"nats": float(-np.mean(model.token_log_probs(ids), dtype="float64"))}

    return validate


def score_text(protocols, beside=None, leading="nats"):
    """Returns a `score` function for language models.

    Each split is one text: the state is carried from its first token to its last, and every token is scored once.

    Args:
        protocols: {split: name and words for it}; the first is the leading one.
        beside: A model of the zoo that was scored by the same protocols, whose numbers stand beside these, such as
            "ngram-shakespeare": what counting alone reaches is the bar for a network. None for none.
        leading: Which number tables show: "nats", "bits" or "perplexity".
    """

    def score(model, splits, full=True):
        scores = {}
        for i, (split, protocol) in enumerate(protocols.items()):
            suffix, more = (f"_{split}", ", second text") if i else ("", "")
            protocol = f"{protocol}, state carried, every token scored once"
            nats = mean_loss(token_losses(model, splits[split]), protocol, f"nats per token{more}")
            scores |= {
                f"nats{suffix}": nats,
                f"bits{suffix}": converted(nats, lambda x: x / math.log(2), f"bits per token{more}"),
                f"perplexity{suffix}": converted(nats, math.exp, f"perplexity{more}"),
            }
        scores[leading] = dataclasses.replace(scores[leading], leading=True)
        return {key: compared(score, key, beside) for key, score in scores.items()}

    return score


def score_windows(protocols, length, size=64):
    """Returns a `score` function: nats a token where the model sees the text only through windows, as nanoGPT reports them.

    A window is `length` tokens after one that is read and not scored; each token but the first is in one window, so that this
    is the mean over nanoGPT's random windows without their noise.

    Args:
        protocols: {split: name and words for it}.
        length: Tokens that are scored in a window.
        size: Windows in a batch.
    """

    def score(model, splits, full=True):
        scores = {}
        for split, protocol in protocols.items():
            ids = model.tokenizer.encode(to_text(splits[split]["text"]))
            windows = np.lib.stride_tricks.sliding_window_view(ids, length + 1)[::length]
            losses = -blocks.mapped(model.token_log_probs, windows, size=size)[:, 1:].astype("float64").ravel()
            protocol = f"{protocol}, windows of {length} tokens after one, nothing carried"
            scores[f"nats_windows_{split}"] = mean_loss(losses, protocol, f"nats per token, windows of {length}", length)
        return scores

    return score


def score_words(protocols, beside=None):
    """Returns a `score` function for models whose tokens are pieces of words: perplexity a word, the ends of lines being words.

    Each split is one text, read from its first token to its last; its probability is that of its words, and is shared out
    among them. Other ways to cut the same text into tokens would add to the probability; they are left out.

    Args:
        protocols, beside: As for `score_text`.
    """

    def score(model, splits, full=True):
        scores = {}
        for i, (split, protocol) in enumerate(protocols.items()):
            suffix, more = (f"_{split}", ", second text") if i else ("", "")
            protocol = f"{protocol}, state carried, every token scored once"
            text = to_text(splits[split]["text"])
            losses, words = token_losses(model, splits[split]), words_ended(model.tokenizer, text)
            about = {"count": int(words.sum()), "protocol": protocol, "better": "lower"}
            nats = mean_over(losses, words, label=f"nats a word{more}", **about)
            bits = words.sum() / len(text.encode()) / math.log(2)  # of a byte, where a word has one nat
            scores |= {
                f"nats_word{suffix}": nats,
                f"perplexity{suffix}": converted(nats, math.exp, f"perplexity a word{more}"),
                f"bits_byte{suffix}": converted(nats, lambda x, bits=bits: x * bits, f"bits a byte{more}"),
            }
        scores["perplexity"] = dataclasses.replace(scores["perplexity"], leading=True)
        return {key: compared(score, key, beside) for key, score in scores.items()}

    return score


def score_with_cache(protocols, length, strengths):
    """Returns a `score` function for an `NGram`: as `score_text`, of the model `with_cache(length, strengths)`."""

    def score(model, splits, full=True):
        named = {split: f"{protocol}, with a cache of {length:,} tokens" for split, protocol in protocols.items()}
        found = score_text(named)(model.with_cache(length, strengths), splits)
        return {
            f"{key}_cache": dataclasses.replace(each, label=f"{each.label}, with cache", leading=False)
            for key, each in found.items()
        }

    return score


def score_by_order(model, orders):
    """Returns a function from splits to scores: nats a token on the validation split, by models of several orders.

    Args:
        model: Function from an order to a model that is fitted by counting, with its tokenizer; it reads the training split.
        orders: The orders.
    """

    def score(splits):
        found = {}
        for order in orders:
            chain = model(order)
            chain.fit(chain.tokenizer.encode(to_text(splits["train"]["text"]))[None])
            protocol = "validation text, by counts of the training text alone"
            losses = token_losses(chain, splits["validation"])
            found[f"nats_order_{order}"] = mean_loss(losses, protocol, f"order {order}: nats per token")
        return found

    return score


def token_losses(model, fields):
    """Nats of each token of a split, read from its first to its last: float64 (count,)."""
    return -model.token_log_probs(model.tokenizer.encode(to_text(fields["text"]))[None])[0].astype("float64")


def words_ended(tokenizer, text):
    """How many words of a text, or ends of lines, end in each of its tokens: int64 (tokens,), of a `BytePairTokenizer`."""
    sizes = np.array(list(map(len, tokenizer.token_bytes())))
    ends = np.cumsum(sizes[tokenizer.encode(text)])
    bytes_before = np.cumsum([0, *(len(character.encode()) for character in text)])
    words = bytes_before[[match.end() for match in re.finditer(r"\n|\S+", text)]]
    return np.bincount(np.searchsorted(ends, words), minlength=len(ends))


def compared(score, key, beside):
    """A score beside that of another model of the zoo under the same key, if there is such a model and number."""
    if beside is None or beside not in zoo.list_models():
        return score
    other = zoo.info(beside)["metrics"].get(key)
    return score if other is None else dataclasses.replace(score, reference=other["value"], beside=beside)


def mean_loss(losses, protocol, label, block=BLOCK, **fields):
    """The score of a mean over tokens or other losses in nats, with an interval from resampled blocks of neighbouring ones."""
    about = {"count": len(losses), "protocol": protocol, "label": label, "better": "lower", **fields}
    return mean_over(losses, np.ones(len(losses)), block, **about)


def mean_over(losses, units, block=BLOCK, **fields):
    """The score of losses in nats, shared out among so many units in each, such as words that end there; as `mean_loss`."""
    block = max(1, min(block, len(losses) // 2))  # of a short text, at least two
    spans = [slice(i, i + block) for i in range(0, len(losses), block)]
    sums = np.array([[losses[span].sum(), units[span].sum()] for span in spans])
    return with_interval(lambda rows: float(rows[:, 0].sum() / rows[:, 1].sum()), sums, **fields)


def converted(score, convert, label):
    """The same score in another unit, which tables leave out."""
    values = [convert(number) for number in (score.value, score.low, score.high)]
    return Score(values[0], score.count, score.protocol, label, score.better, low=values[1], high=values[2])
