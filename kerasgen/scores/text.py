"""Scores of language models: nats, bits and perplexity, with protocol, count and interval."""

import dataclasses
import math

import numpy as np

from kerasgen import zoo
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


def score_words(protocols, beside=None):
    """Returns a `score` function for models whose tokens are pieces of words: nats and perplexity a word.

    The nats of all tokens are divided by the number of words between white space, the end of each line among them, which is
    what a model of those words, such as one with a `WordTokenizer`, is scored by.

    Args:
        protocols, beside: As for `score_text`.
    """

    def score(model, splits, full=True):
        scores = {}
        for i, (split, protocol) in enumerate(protocols.items()):
            suffix, more = (f"_{split}", ", second text") if i else ("", "")
            losses, words = token_losses(model, splits[split]), words_in_tokens(model.tokenizer, splits[split])
            protocol = f"{protocol}, state carried, nats of {len(losses):,} byte pairs over {words.sum():,} words"
            pieces = np.arange(0, len(losses), max(1, min(BLOCK, len(losses) // 2)))
            nats = with_interval(
                lambda rows: float(rows[:, 0].sum() / rows[:, 1].sum()),
                np.stack([np.add.reduceat(losses, pieces), np.add.reduceat(words, pieces)], axis=1),
                **{"count": int(words.sum()), "protocol": protocol, "label": f"nats per word{more}", "better": "lower"},
            )
            scores |= {
                f"nats{suffix}": nats,
                f"perplexity{suffix}": converted(nats, math.exp, f"perplexity per word{more}"),
            }
        scores["perplexity"] = dataclasses.replace(scores["perplexity"], leading=True)
        return {key: compared(score, key, beside) for key, score in scores.items()}

    return score


def words_in_tokens(tokenizer, fields):
    """How many words, the ends of lines among them, begin in each token of a split read by byte pairs: int64 (count,)."""
    content = np.asarray(fields["text"], "uint8")
    is_space = np.isin(content, np.frombuffer(b" \n", "uint8"))
    begins = (~is_space & np.append(True, is_space[:-1])) | (content == ord("\n"))
    lengths = np.array([len(piece) for piece in tokenizer.token_bytes()])
    ids = tokenizer.encode(to_text(fields["text"]))
    ends = np.cumsum(lengths[ids])
    totals = np.append(0, np.cumsum(begins))
    return totals[ends] - totals[ends - lengths[ids]]


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


def score_windows(split, protocol, length=256, batches=200, batch_size=64):
    """Returns a `score` function: nats a token of windows from random places, as `estimate_loss` of nanoGPT's train.py.

    Each window is read without what stands before it; its first token is given, and `length` tokens after it are scored.

    Args:
        split: Which text.
        protocol: Name and words for it.
        length: Tokens of a window.
        batches, batch_size: How many windows; nanoGPT's numbers.
    """

    def score(model, splits, full=True):
        ids = model.tokenizer.encode(to_text(splits[split]["text"]))
        starts = np.random.default_rng(0).integers(len(ids) - length, size=(batches, batch_size))
        places = np.arange(length + 1)
        means = [-np.mean(model.token_log_probs(ids[row[:, None] + places])[:, 1:], dtype="float64") for row in starts]
        words = f"{protocol}: {starts.size:,} windows of {length} characters from random places, each without what is before it"
        return {
            "nats_windows": with_interval(
                lambda rows: float(np.mean(rows)),
                np.array(means),
                **{"count": starts.size * length, "protocol": words, "label": "nats per token, windows", "better": "lower"},
            )
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


def compared(score, key, beside):
    """A score beside that of another model of the zoo under the same key, if there is such a model and number."""
    if beside is None or beside not in zoo.list_models():
        return score
    other = zoo.info(beside)["metrics"].get(key)
    return score if other is None else dataclasses.replace(score, reference=other["value"], beside=beside)


def mean_loss(losses, protocol, label, block=BLOCK, **fields):
    """The score of a mean over tokens or other losses in nats, with an interval from resampled blocks of neighbouring ones."""
    block = max(1, min(block, len(losses) // 2))  # of a short text, at least two
    blocks = [losses[i : i + block] for i in range(0, len(losses), block)]
    sums = np.array([[part.sum(), len(part)] for part in blocks])
    return with_interval(
        lambda rows: float(rows[:, 0].sum() / rows[:, 1].sum()),
        sums,
        **{"count": len(losses), "protocol": protocol, "label": label, "better": "lower", **fields},
    )


def converted(score, convert, label):
    """The same score in another unit, which tables leave out."""
    values = [convert(number) for number in (score.value, score.low, score.high)]
    return Score(values[0], score.count, score.protocol, label, score.better, low=values[1], high=values[2])
