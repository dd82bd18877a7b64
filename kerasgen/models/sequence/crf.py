"""Linear-chain CRF that tags words: hashed features of a window, weights of (feature, tag), and transitions.

Lafferty, McCallum & Pereira, 2001; Sha & Pereira, 2003, "Shallow parsing with conditional random fields". The features of a
word are those of CRF++'s template for CoNLL-2000: the words at t-2 .. t+2 and the two pairs around t, the parts of speech at
t-2 .. t+2, their pairs and triples. With the weights w_f of feature f, (tags,),

    u_t = sum over the features f of word t of w_(hash(f) mod buckets),        p(tags | words) as `kerasgen.layers.CRF` says

(hashing: Weinberger et al., 2009, arXiv:0902.2206, without signs), so that the weights hold no words. It is a discriminative
model: it knows how probable tags are given words, and nothing of how probable the words are. A sentence without parts of speech
has features of words alone, with names, and so buckets, of their own.
"""

import functools
import re
import zlib

import keras
import numpy as np
from keras import layers, ops

from kerasgen import checks
from kerasgen.layers import CRF
from kerasgen.model import GenerativeModel
from kerasgen.steps import compiled, portable_step

SLOTS = 19  # features a word: of 7 words and pairs of words, 12 of parts of speech; or 19 of words alone
NOTHING = -1  # in place of a feature, and of all features where a sentence has ended
PIECE = 16  # sentences are padded to a multiple, so that few lengths are compiled
TOKEN = re.compile("\\w+(?:[-.,'\u2019]\\w+)*|[^\\w\\s]")


@keras.saving.register_keras_serializable("kerasgen")
class CRFTagger(GenerativeModel):
    """Tagger of words.

    Args:
        tags: Names of the tags, in the order of their numbers.
        buckets: Number of buckets that features are hashed into, 2 to 2^24.
        legal: Whether tags are "O", "B-..." and "I-...", and those that cannot follow each other have probability 0.
        seed: Seed of the random numbers of training (there are none: weights begin at 0).
    """

    capabilities = ("tag", "log_prob", "marginals")
    cannot = {
        "sample": "it is discriminative, and knows how probable tags are given words, not how probable words are",
        "generate": "it is discriminative, and knows how probable tags are given words, not how probable words are",
    }

    def __init__(self, tags=("O", "B-NP", "I-NP"), buckets=2**17, legal=True, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        if isinstance(tags, str) or len(tags) < 2 or len(set(tags)) < len(tags) or not all(isinstance(t, str) for t in tags):
            raise ValueError(f"tags must be two names or more, all different; received {tags!r:.200}.")
        self.tags = tags
        self.buckets = checks.integer("buckets", buckets, 2, 2**24)
        self.legal = legal
        self.network = build_network(buckets, len(tags))
        self.crf = CRF(len(tags), allowed=CRF.legal_bio(tags) if legal else None, name="crf", dtype="float32")
        self.crf.build((None, None, len(tags)))
        self.built = True

    def call(self, features):
        """Unary scores of hashed features: float32 (batch, length, tags)."""
        return self.network(ops.cast(features, "int32"))

    # Training

    @portable_step
    def train_step(self, batch):
        self.minimize(lambda: self.tag_loss(*batch))
        return self.logs()

    @portable_step
    def test_step(self, batch):
        self.tag_loss(*batch)
        return self.logs()

    def tag_loss(self, features, labels):
        """Mean of -log p(tags | words) in nats a sentence."""
        loss = ops.mean(self.crf.negative_log_likelihood(self(features), labels))
        self.track(loss=loss)
        return loss

    def check_data(self, x, y=None):
        x = np.asarray(x)
        fits = x.ndim == 3 and x.shape[-1] == SLOTS and x.dtype.kind in "iu" and x.size > 0
        if not fits or x.min() < NOTHING or x.max() >= self.buckets:
            raise ValueError(
                f"x must be the features of sentences that hashed(sentences) gives, integers (sentences, length, {SLOTS}) "
                f"from {NOTHING} to {self.buckets - 1}; received {x.dtype} of shape {x.shape}, or other values."
            )
        y = None if y is None else np.asarray(y)
        highest = len(self.tags) - 1
        if y is None or y.shape != x.shape[:2] or y.dtype.kind not in "iu" or y.min() < -1 or y.max() > highest:
            received = "None" if y is None else f"{y.dtype} of shape {y.shape}, or other values"
            raise ValueError(
                f"y must be numbers of tags, integers {x.shape[:2]} from 0 to {highest}, -1 where there is no word; received "
                f"{received}."
            )

    def networks(self):
        """Unary scores of hashed features; the best path is no network."""
        return {"scores": self.network}

    # Verbs

    def tag(self, sentences, spans=False, batch_size=256):
        """The most probable tags of each sentence.

        Args:
            sentences: A list of sentences. Each is a str, a list of words, or a list of (word, part of speech); a str is cut
                into words and punctuation marks. Parts of speech are those of the Penn Treebank if the model was trained on
                them.
            spans: Whether to return spans in place of tags.
            batch_size: Sentences at once.

        Returns:
            A list with a list of tags for each sentence; with `spans`, a list of (kind, words, first, stop): the words with
            spaces between them, which are words number first .. stop - 1 of the sentence.

        Raises:
            ValueError: A sentence is none of these, or has no words.
        """
        rows = read_sentences(sentences)
        found = self.mapped(self._decode, rows, batch_size)
        tags = [[self.tags[i] for i in numbers[: len(row)]] for numbers, row in zip(found, rows, strict=True)]
        if not spans:
            return tags
        words = [[word for word, _ in row] for row in rows]
        return [spans_of(each, names) for each, names in zip(words, tags, strict=True)]

    def marginals(self, sentences, batch_size=256):
        """Probability of each tag of each word: a list of arrays, float32 (words, tags); arguments as for `tag`."""
        rows = read_sentences(sentences)
        found = self.mapped(self._marginals, rows, batch_size)
        return [part[: len(row)] for part, row in zip(found, rows, strict=True)]

    def log_prob(self, sentences, tags, batch_size=256):
        """log p(tags | words) in nats: float32 (sentences,).

        Args:
            sentences, batch_size: As for `tag`.
            tags: A list with the names of the tags for each sentence.

        Raises:
            ValueError: Sentences as for `tag`; another number of tags than of words, or a name that is no tag of the model.
        """
        rows = read_sentences(sentences)
        labels = self.numbers(tags, [len(row) for row in rows])
        return -np.array(self.mapped(self._nats, rows, batch_size, labels), "float32")

    # How sentences become arrays

    def hashed(self, sentences):
        """Features of sentences, what `fit` takes as `x`: int32 (sentences, longest, SLOTS), -1 after the end of a sentence."""
        return padded([features_of(row, self.buckets) for row in read_sentences(sentences)])

    def numbers(self, tags, lengths):
        """Numbers of tags, what `fit` takes as `y`: int32 (sentences, longest), -1 after the end of a sentence.

        Raises:
            ValueError: `tags` are not lists of names of the model, as many as `lengths` says.
        """
        number = {name: i for i, name in enumerate(self.tags)}
        if [len(names) for names in tags] != list(lengths):
            raise ValueError(
                f"tags must hold a tag for each word, {list(lengths)!r:.100}; received {[len(names) for names in tags]!r:.100}."
            )
        if unknown := [name for names in tags for name in names if name not in number]:
            raise ValueError(f"tags must be some of {', '.join(self.tags)}; received {unknown[0]!r}.")
        return padded([np.array([number[name] for name in names], "int32") for names in tags])

    @functools.cached_property
    def _decode(self):
        return compiled(lambda x: self.crf.decode(self(x), x[:, :, 0] >= 0), self)

    @functools.cached_property
    def _marginals(self):
        return compiled(lambda x: self.crf.marginals(self(x), x[:, :, 0] >= 0), self)

    @functools.cached_property
    def _nats(self):
        return compiled(lambda x, labels: self.crf.negative_log_likelihood(self(x), labels), self)

    def mapped(self, fn, rows, batch_size, labels=None):
        """`fn` of the features of sentences (and their labels), those of similar lengths together: a list of arrays."""
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        order, found = sorted(range(len(rows)), key=lambda i: len(rows[i])), [None] * len(rows)
        for first in range(0, len(rows), batch_size):
            chosen = order[first : first + batch_size]
            x = padded([features_of(rows[i], self.buckets) for i in chosen], PIECE)
            given = [x] if labels is None else [x, fit_width(labels[chosen], x.shape[1])]
            for i, part in zip(chosen, ops.convert_to_numpy(fn(*given)), strict=True):
                found[i] = part
        return found


def build_network(buckets, tags):
    """Hashed features -> unary scores."""
    features = keras.Input((None, SLOTS), dtype="int32", name="features")
    kernel = layers.Embedding(buckets, tags, embeddings_initializer="zeros", name="kernel", dtype="float32")
    weights = kernel(ops.maximum(features, 0))  # (batch, length, SLOTS, tags)
    there = ops.expand_dims(ops.cast(ops.greater_equal(features, 0), "float32"), -1)
    return keras.Model(features, ops.sum(weights * there, axis=2), name="network")


def read_sentences(sentences):
    """Sentences as lists of (word, part of speech or None).

    Raises:
        ValueError: They are not what `CRFTagger.tag` takes.
    """
    what = "sentences must be a list of str, of lists of words, or of lists of (word, part of speech)"
    if isinstance(sentences, str) or not isinstance(sentences, (list, tuple)) or not len(sentences):
        raise ValueError(f"{what}; received {sentences!r:.100}.")
    found = []
    for place, sentence in enumerate(sentences):
        words = TOKEN.findall(sentence) if isinstance(sentence, str) else sentence
        if not isinstance(words, (list, tuple)) or not len(words):
            raise ValueError(f"{what}, each with words; received {sentence!r:.100} as number {place}.")
        rows = [tuple(word) if isinstance(word, (list, tuple)) else (word, None) for word in words]
        kinds = {tuple(type(part) for part in row) for row in rows}
        if kinds not in ({(str, type(None))}, {(str, str)}):
            raise ValueError(f"{what}, all words of a sentence alike; received {sentence!r:.100} as number {place}.")
        found.append(rows)
    return found


def features_of(row, buckets):
    """Hashed features of the words of one sentence, a list of (word, part of speech or None): int32 (words, SLOTS)."""
    outside = ["_B-2", "_B-1"], ["_B+1", "_B+2"]
    w = [*outside[0], *(word for word, _ in row), *outside[1]]
    has_parts = row[0][1] is not None
    p = [*outside[0], *(part if has_parts else shape(word) for word, part in row), *outside[1]]
    found = np.full((len(row), SLOTS), NOTHING, "int32")
    for t in range(len(row)):
        a, b, c, d, e = w[t : t + 5]
        words = (a, b, c, d, e, f"{b}/{c}", f"{c}/{d}")
        a, b, c, d, e = p[t : t + 5]
        pairs = (f"{a}/{b}", f"{b}/{c}", f"{c}/{d}", f"{d}/{e}")
        parts = (a, b, c, d, e, *pairs, f"{a}/{b}/{c}", f"{b}/{c}/{d}", f"{c}/{d}/{e}")
        kind = "p" if has_parts else "w"
        for slot, value in enumerate((*words, *parts)):
            found[t, slot] = zlib.crc32(f"{kind}{slot}:{value}".encode()) % buckets
    return found


def shape(word):
    """What stands for a part of speech where none is known: short words themselves, else case, figures and the last letters."""
    if len(word) <= 3:
        return word.lower()
    case = "A" if word[0].isupper() else "a"
    return f"{case}{'0' if any(c.isdigit() for c in word) else ''}{'-' if '-' in word else ''}{word[-3:].lower()}"


def padded(parts, multiple=1):
    """Arrays (words, ...) as one, (sentences, longest, ...), -1 after the ends; the length is a multiple."""
    longest = -(-max(map(len, parts)) // multiple) * multiple
    found = np.full((len(parts), longest, *parts[0].shape[1:]), -1, "int32")
    for row, part in zip(found, parts, strict=True):
        row[: len(part)] = part
    return found


def fit_width(labels, width):
    """Labels (sentences, length), cut or filled up with -1 to another length."""
    found = np.full((len(labels), width), -1, "int32")
    found[:, : labels.shape[1]] = labels[:, :width]
    return found


def spans_of(words, tags):
    """The spans of a sentence, (kind, words, first, stop) each: B- begins one, and so does an I- that goes on nothing."""
    found = []
    for t, (word, tag) in enumerate(zip(words, tags, strict=True)):
        if tag == "O":
            continue
        place, _, kind = tag.partition("-")
        if place == "I" and found and found[-1][0] == kind and found[-1][3] == t:
            found[-1] = (kind, f"{found[-1][1]} {word}", found[-1][2], t + 1)
        else:
            found.append((kind, word, t, t + 1))
    return found
