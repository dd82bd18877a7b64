"""What every kind of data offers. `Modality` itself serves plain arrays, whatever they mean."""

import importlib
import pathlib
import re
import warnings

import numpy as np

from kerasgen.files import write_atomically

KINDS = {}


class Modality:
    """How one kind of data is read from a user, batched, saved, shown and probed.

    A subclass sets `name`, which entries and recipes call it by, and defines what differs from plain arrays.

    Class attributes:
        name: Lower case, that of its file.
        suffixes: Endings of the files that samples are written to, the usual one first.
        sources: {kind of source: its name in messages} that fine-tuning reads; empty if it reads none.
        aliases: {name of an array in an .npz file: the field it stands for}; empty for every name as it is.
        minimum: How many examples, or characters, each of PARTS needs in fine-tuning.
        unit: What `minimum` counts.
        caption: What `save_samples` writes, in words beside a picture in a card; "" where `shown` says it.
        probe_verbs: Verbs that a probe of a model may use, the best first.
    """

    name = "array"
    suffixes = (".npy", ".npz")
    sources = {}
    aliases = {}
    minimum = (16, 2, 2)
    unit = "examples"
    caption = ""
    probe_verbs = ("sample",)

    def __init_subclass__(cls):
        KINDS[cls.name] = cls

    # From a user

    def unknown(self, source, model):
        """The characters of a source that the model does not know, a sorted str.

        Raises:
            ValueError: The model does not learn from characters, or the source cannot be read.
        """
        raise ValueError(f"extend_vocabulary is for models of characters; this model learns from {self.name} data.")

    def read(self, source, model, seed=0, drop_unknown=False, skip_broken=False):
        """Reads a source in the form that a model learns from.

        Args:
            source: Name of a registered data set (which takes precedence over a file of that name), or a path.
            model: The model, whose shapes or tokens decide what is done to the data.
            seed: Seed of the splits that are cut from the training examples if the source has none.
            drop_unknown: Leave out what the model has no tokens for; without it, that is an error.
            skip_broken: Leave out files that cannot be read; without it, that is an error.

        Returns:
            (`kerasgen.data.DataSet` whose `read()` returns {"train", "validation", "test": {field: array}} and whose `splits`
            says how they were cut, what was done to the data as a list of sentences).

        Raises:
            ValueError: No such source, files that cannot be read (they are named), unknown tokens, or too little data.
            OSError: A registered data set that is not on this machine and cannot be fetched.
        """
        raise ValueError(
            f"A model of the modality {self.name!r} cannot be fine-tuned from files: none are read for it. Use its fit."
        )

    def fields(self, model, splits):
        """The fields that make up a batch of the model; all data are checked.

        Raises:
            ValueError: The model needs fields that are not there, or other ones.
        """
        return tuple(splits["train"])

    # Batches

    def batches(self, recipe, splits, model):
        """Batches of the recipe's fields of the training split, in shuffled order."""
        from kerasgen.data import Batches  # which need Keras: the command line looks at files before

        arrays, steps = tuple(splits["train"][field] for field in recipe.fields), recipe.steps_per_epoch
        return Batches(arrays, recipe.batch_size, seed=recipe.seed, steps_per_epoch=steps, prepare=self.prepare)

    def prepare(self, array):
        """The first field of some examples as models take it."""
        return array

    def examples(self, part, fields, stop=None):
        """The first `stop` examples of a part of the data, as `fit` and `evaluate` take them: a tuple of arrays."""
        first, *rest = (part[field][:stop] for field in fields)
        return self.prepare(first), *rest

    def batch_size(self, wanted, part, fields):
        """The batch size of a fine-tuning: the one wanted, or a smaller one that a small training part can fill."""
        return max(1, min(wanted, len(part[fields[0]])))

    # Files

    def check_output(self, path, count):
        """Raises a ValueError if `count` samples cannot be written to a file of that name."""
        if path.is_dir() or path.suffix not in self.suffixes:
            allowed = " or ".join(", ".join(self.suffixes).rsplit(", ", 1))
            raise ValueError(f"--output must be a file named {allowed}; received {str(path)!r}.")

    def write(self, samples, path):
        """Writes samples to a file of one of `suffixes`, whole or not at all."""
        import io

        content = io.BytesIO()
        np.save(content, samples) if path.suffix == ".npy" else np.savez_compressed(content, samples=samples)
        write_atomically(path, content.getvalue())

    def printed(self, samples):
        """Samples as a terminal shows them, or None if they belong in a file."""
        return None

    # Cards

    def save_samples(self, model, path, seed=0):
        """Writes samples, none of them chosen, beside `path` (which has no suffix); returns the file's name, or None."""
        return None

    def example(self, model):
        """A sample for the entry itself, or None."""
        return None

    def shown(self, entry):
        """The samples of a model in its card, or its recipe's picture: lines of Markdown."""
        return [f"![samples]({entry['samples']})"] if (entry.get("samples") or "").endswith(".png") else []

    def snippet(self, entry):
        """What to do first with a loaded `model`, in Python."""
        if "sample" in entry["capabilities"]:
            return "samples = model.sample(16, seed=0)"
        return f"help(model.{entry['capabilities'][0]})" if entry["capabilities"] else "model.summary()"

    # Probes

    def probe(self, model, verb, seed):
        """What `model` computes by one of `probe_verbs` from numbers of `seed`: an array of any shape."""
        return model.sample(2, seed=seed)


def known():
    """Names of the kinds of data that this package has a file for, or that the user has defined; "array" for plain arrays."""
    others = pathlib.Path(__file__).parent.glob("[a-z]*.py")
    files = [path for path in others if path != pathlib.Path(__file__) and "(Modality):" in path.read_text(encoding="utf-8")]
    return sorted({"array", *KINDS, *(path.stem for path in files)})


def get(name):
    """The modality of that name: one of this package, one that the user has defined, or `Modality` for "array".

    A name that nobody has defined gives `Modality`, too, with a warning: the data are then only arrays.
    """
    is_name = isinstance(name, str) and re.fullmatch("[a-z][a-z0-9_]*", name)
    if is_name and name not in KINDS and (pathlib.Path(__file__).parent / f"{name}.py").is_file():
        importlib.import_module(f"kerasgen.modalities.{name}")
    if name == "array" or (is_name and name in KINDS):
        return KINDS.get(name, Modality)()
    warnings.warn(
        f"There is no modality {name!r:.80} (known: {', '.join(known())}): its data are treated as plain arrays. If a file of "
        "your own defines it, import that file first (kerasgen --import FILE ...).",
        stacklevel=2,
    )
    return Modality()
