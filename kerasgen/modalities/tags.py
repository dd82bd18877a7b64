"""Tagged sentences: words, perhaps their parts of speech, and a tag for each word."""

import pathlib

import numpy as np

from kerasgen import noise
from kerasgen.data.sets.conll2000 import POS, tagged_sentences
from kerasgen.modalities.modality import Modality
from kerasgen.modalities.sources import (
    PARTS,
    check_source,
    complete,
    cut_words,
    described,
    plan_cut,
    read_arrays,
    require_field,
)

SHOWN = (  # written for cards
    "The DT old JJ clock NN in IN the DT hall NN has VBZ stopped VBN again RB . .",
    "Nobody NN expected VBD that IN two CD small JJ boats NNS would MD reach VB the DT island NN before IN dark NN . .",
)
PROBE = (6, 12)  # sentences without sense, words of each


class Tags(Modality):
    """Sentences with tags; fine-tuning reads CoNLL files: a line a word, an empty line after each sentence.

    The first column is the word, the last the tag; of three or more, the second is the part of speech.
    """

    name = "tags"
    suffixes = (".txt",)
    sources = {"conll": "a .conll file", "txt": "a .txt file of columns"}
    minimum = (16, 2, 2)
    unit = "sentences"
    probe_verbs = ("marginals",)

    def read(self, source, model, seed=0, drop_unknown=False, skip_broken=False):
        """As `Modality.read`: the arrays are what the model's `fit` takes, hashed features and numbers of tags."""
        if drop_unknown or skip_broken:
            raise ValueError("drop_unknown and skip_broken are for texts and folders of images; this model learns from tags.")
        kind = check_source(source, self)
        if kind == "data set":
            about, splits = read_arrays(source, kind, self)
            for field in ("token", "length", "pos", "chunk"):
                require_field(splits, field, source)
            pairs = {part: tagged_sentences(fields) for part, fields in splits.items()}
        else:
            about, pairs = described(source, "a file of columns"), {"train": read_columns(source)}
        missing, ends = plan_cut(pairs, lambda pair: len(pair[0]), self, str(source))
        if missing:
            rows, tags = pairs["train"]
            order = np.random.Generator(np.random.Philox(key=[seed, 0])).permutation(len(rows))
            for part, numbers in zip(["train", *missing], np.split(order, ends), strict=True):
                pairs[part] = [rows[i] for i in np.sort(numbers)], [tags[i] for i in np.sort(numbers)]
        found = {part: arrays(model, *pairs[part]) for part in PARTS}
        return complete(about, found, cut_words(missing, f"of the sentences, drawn with seed {seed}")), []

    def fields(self, model, splits):
        for fields in splits.values():
            model.check_data(fields["features"], fields["tag"])
        return ("features", "tag")

    # Batches

    def batches(self, recipe, splits, model):
        """Shuffled sentences of the training split; those of a data set with parts of speech twice, once without them."""
        from kerasgen.data import Batches

        train = splits["train"]
        if "features" not in train:
            rows, tags = tagged_sentences(train)
            train = arrays(model, [*rows, *([word for word, _ in row] for row in rows)], [*tags, *tags])
        both = train["features"], train["tag"]
        return Batches(both, recipe.batch_size, seed=recipe.seed, steps_per_epoch=recipe.steps_per_epoch)

    # Cards

    def example(self, model):
        rows = [list(zip(line.split()[::2], line.split()[1::2], strict=True)) for line in SHOWN]
        found = model.tag(rows, spans=True)
        return "\n".join(" ".join(f"[{kind} {words}]" for kind, words, _, _ in spans) for spans in found)

    def shown(self, entry):
        return ["```text", entry["example"], "```"] if "example" in entry else []

    def snippet(self, entry):
        return 'print(model.tag(["The old clock in the hall has stopped again."], spans=True))'

    # Probes

    def probe(self, model, verb, seed):
        """Probabilities of the tags of random words with random parts of speech."""
        count, length = PROBE
        numbers = (noise.uniform((length, 2), seed, 0, count) * (1000, len(POS))).astype("int64")
        rows = [[(f"word{word}", POS[part]) for word, part in row] for row in numbers.tolist()]
        return np.concatenate(getattr(model, verb)(rows))


def read_columns(path):
    """(sentences, their tags) of a CoNLL file.

    Raises:
        ValueError: It is no UTF-8 text, or a line has one column, or another number of columns than the first.
    """
    try:
        lines = pathlib.Path(path).read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} must be UTF-8 text: byte {error.start} is none.") from error
    rows, tags, width = [[]], [[]], None
    for number, line in enumerate(lines, 1):
        columns = line.split()
        if not columns:
            if rows[-1]:
                rows.append([])
                tags.append([])
            continue
        width = width or len(columns)
        if len(columns) < 2 or len(columns) != width:
            raise ValueError(
                f"{path}, line {number} must have a word, a tag and as many columns as the first line; received {line!r:.80}."
            )
        rows[-1].append((columns[0], columns[1]) if width > 2 else columns[0])
        tags[-1].append(columns[-1])
    kept = [i for i, row in enumerate(rows) if row]
    return [rows[i] for i in kept], [tags[i] for i in kept]


def arrays(model, rows, tags):
    """{"features", "tag"} as the model's `fit` takes them."""
    return {"features": model.hashed(rows), "tag": model.numbers(tags, [len(row) for row in rows])}
