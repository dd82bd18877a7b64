"""Texts: UTF-8 bytes in data sets, token ids in models, str for users."""

import collections
import pathlib

import numpy as np

from kerasgen import noise
from kerasgen.data import to_text
from kerasgen.files import write_atomically
from kerasgen.modalities.modality import Modality
from kerasgen.modalities.sources import check_source, complete, cut_words, described, plan_cut, read_arrays, require_field
from kerasgen.tokenizers.character import CharacterTokenizer, shown

LENGTH = 160  # tokens a window of a fine-tuning
BETWEEN = f"\n\n{'-' * 60}\n"  # samples of a card, or on a terminal
PROBE = (16, 40)  # texts without sense, tokens of each


class Text(Modality):
    """Texts for models with a tokenizer; fine-tuning reads .txt files and .npz arrays."""

    name = "text"
    suffixes = (".txt",)
    sources = {"txt": "a .txt file", "npz": "an .npz file"}
    minimum = (8000, 1000, 1000)
    aliases = {"text": "text"}
    unit = "characters"
    probe_verbs = ("log_prob", "pseudo_log_prob")

    def read(self, source, model, seed=0, drop_unknown=False, skip_broken=False):
        """As `Modality.read`: a text is the UTF-8 bytes that `kerasgen.data.to_text` reads, uint8 (count,)."""
        if skip_broken:
            raise ValueError("skip_broken is for folders of images; this model learns from text.")
        about, splits = self.texts(source)
        notes = []
        keep_known(splits, model.tokenizer, drop_unknown, notes)
        return complete(about, splits, self.cut(splits, str(source))), notes

    def unknown(self, source, model):
        if not isinstance(model.tokenizer, CharacterTokenizer):
            raise ValueError(
                f"extend_vocabulary is for models of characters; the tokens of this one are {model.tokenizer.kind!r}."
            )
        texts = [to_text(fields["text"]) for fields in self.texts(source)[1].values()]
        return "".join(sorted(set().union(*map(model.tokenizer.unknown, texts))))

    def texts(self, source):
        """(what is known of a source, {part: {"text": UTF-8 bytes, uint8 (count,)}} of the parts that it has)."""
        kind = check_source(source, self)
        if kind == "txt":
            splits = {"train": {"text": as_bytes(read_text(source))}}
            about = described(source, "a text file")
        else:
            about, splits = read_arrays(source, kind, self)
        require_field(splits, "text", source)
        for fields in splits.values():
            if fields["text"].dtype != np.uint8 or fields["text"].ndim != 1:
                raise ValueError(f"text must be the UTF-8 bytes of one text, uint8 (count,); received {fields['text'].dtype}.")
        return about, splits

    def cut(self, splits, source):
        """Cuts the missing splits from the end of the training text; returns what it did, in words."""
        missing, ends = plan_cut(splits, lambda fields: len(to_text(fields["text"])), self, source)
        if missing:
            text = to_text(splits["train"]["text"])
            pieces = [text[first:last] for first, last in zip([0, *ends], [*ends, len(text)], strict=True)]
            splits.update(zip(["train", *missing], [{"text": as_bytes(piece)} for piece in pieces], strict=True))
        return cut_words(missing, "of the text, its end last")

    def fields(self, model, splits):
        return ("text",)

    # Batches

    def batches(self, recipe, splits, model):
        """Windows of the training text, which begin at the starts of lines if it has lines of ordinary length."""
        from kerasgen.data import TextBatches

        text = to_text(splits["train"]["text"])
        ids = model.tokenizer.encode(text)
        lines = None
        if len(ids) == len(text):  # one id a character
            starts = np.concatenate([[0], np.flatnonzero([c == "\n" for c in text[:-1]]) + 1])
            lines = starts if len(starts) > len(text) // LENGTH else None
        length = min(LENGTH, len(ids) // (recipe.batch_size + 1))
        return TextBatches(ids, length, recipe.batch_size, recipe.seed, lines, recipe.steps_per_epoch)

    def batch_size(self, wanted, part, fields):
        return max(1, min(wanted, len(to_text(part["text"])) // LENGTH - 1))

    # Files and cards

    def write(self, samples, path):
        write_atomically(path, ("\n\n".join(samples) + "\n").encode())

    def printed(self, samples):
        return BETWEEN.join(samples)

    def save_samples(self, model, path, seed=0):
        path = path.with_suffix(".txt")
        write_atomically(path, (BETWEEN.join(model.sample(8, seed=seed)) + "\n").encode())
        return path.name

    def example(self, model):
        return model.sample(1, seed=0)[0] if "sample" in model.capabilities else None

    def shown(self, entry):
        if "example" not in entry:
            return []
        more = (
            ["", f"More samples, none of them chosen: [{entry['samples']}]({entry['samples']})."] if "samples" in entry else []
        )
        return ["```text", entry["example"], "```", *more]

    def snippet(self, entry):
        if "generate" in entry["capabilities"]:
            return 'print(model.generate("", length=300, seed=0))'
        return super().snippet(entry)

    # Probes

    def probe(self, model, verb, seed):
        """Nats a token of texts of random tokens."""
        if model.tokenizer is None:
            raise ValueError("The model has no tokenizer: its entry names no file tokenizer.json.")
        count, length = PROBE
        ids = (noise.uniform((length,), seed, 0, count) * model.tokenizer.size).astype("int64")
        return getattr(model, verb)([model.tokenizer.decode(row) for row in ids]) / length


def as_bytes(text):
    """A str as a data set holds it: its UTF-8 bytes, uint8 (count,)."""
    return np.frombuffer(text.encode(), "uint8")


def read_text(path):
    """A text file, UTF-8 with or without a byte order mark; line ends become newlines.

    Raises:
        ValueError: It is in another encoding.
    """
    try:
        return pathlib.Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} must be UTF-8 text: byte {error.start} ({error.object[error.start]:#x}) is none.") from error


def keep_known(splits, tokenizer, drop_unknown, notes):
    """Refuses the characters that the tokenizer does not know, or takes them out of the texts."""
    if not isinstance(tokenizer, CharacterTokenizer):  # one of bytes or word pieces knows all, or says what it does not
        return
    texts = {part: to_text(fields["text"]) for part, fields in splits.items()}
    unknown = sum((tokenizer.unknown(text) for text in texts.values()), collections.Counter())
    if not unknown:
        return
    what = f"{unknown.total():,} of {sum(map(len, texts.values())):,} characters are unknown to the model: {shown(unknown)}"
    if not drop_unknown:
        raise ValueError(
            f"{what}. Replace them, pass drop_unknown (--drop-unknown) to leave them out, or "
            "extend_vocabulary (--extend-vocabulary) to have the model learn them."
        )
    notes.append(f"{what}; they were left out.")
    for part, text in texts.items():
        splits[part] = {"text": as_bytes("".join(c for c in text if c not in unknown))}
