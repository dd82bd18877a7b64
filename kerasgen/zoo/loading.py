"""From an entry to a model: verified files, the architecture, weights."""

import copy
import dataclasses
import importlib
import pathlib

from kerasgen.json_files import plain
from kerasgen.zoo.entries import TOKENIZER, WEIGHTS, find, has_tokenizer, manifest

DTYPES = ("float32", "mixed_bfloat16", "mixed_float16")


def load(name, dtype=None, pretrained=True, learning_rate=None, **changes):
    """Returns a model with its pretrained weights, compiled for fine-tuning.

    Its optimizers are those of its training, new and at a constant rate: a small share of the highest of the training, with
    which `fit` adapts it to new data and leaves it as good as it was on its own.

    Args:
        name: A name of the zoo, such as "dcgan-mnist", or a directory that a training wrote.
        dtype: "float32", "mixed_bfloat16" or "mixed_float16": what its layers compute in; weights and results are float32.
            None for float32.
        pretrained: Whether it has the weights. Without, the architecture alone, with random weights, and the highest rate
            of the training.
        learning_rate: Of every optimizer, 1e-9 to 10, as in `kerasgen.finetune`; None for the default. Afterwards
            `model.optimizer.learning_rate = 1e-4` sets it, and Keras' learning-rate callbacks change it.
        **changes: Arguments of the model that differ from the entry's `config`, such as image_shape=(64, 64, 3); only
            without weights.

    Returns:
        A `GenerativeModel`; `sample`, `fit` and its other verbs work at once.

    Raises:
        ValueError: Unknown name, weights that do not belong to this architecture, changes of a pretrained model, or an
            argument that is out of range.
        OSError: The weights are not on this machine and cannot be fetched, or are damaged.
    """
    entry, folder = find(name)
    dtype = checked_dtype(dtype)
    if learning_rate is not None:
        from kerasgen import checks

        checks.number("learning_rate", learning_rate, 1e-9, 10)
    if pretrained:
        if changes:
            given = ", ".join(changes)
            raise ValueError(f"pretrained must be False to change {given}: weights belong to one architecture; received True.")
        path = locate(entry, folder)
    tokenizer_path = locate(entry, folder, TOKENIZER) if has_tokenizer(entry) else None
    model = build(entry, dtype) if pretrained else build_untrained(entry, dtype, changes)
    if pretrained:
        from kerasgen.zoo import weights

        weights.load_weights(model, path, entry["fingerprint"])
    if tokenizer_path is not None:
        from kerasgen.tokenizers import load_tokenizer

        model.tokenizer = load_tokenizer(tokenizer_path)
    from kerasgen.zoo.compiling import compile_to_go_on

    compile_to_go_on(model, entry, learning_rate, share=None if pretrained else 1.0)
    if pretrained:
        model.origin = Origin(copy.deepcopy(entry))
    return model


def checked_dtype(dtype):
    """The name of a dtype policy that the models compute in: weights stay float32, or training would lose small steps.

    Raises:
        ValueError: Another one.
    """
    name = "float32" if dtype is None else getattr(dtype, "name", dtype)
    if not isinstance(name, str) or name not in DTYPES:
        raise ValueError(
            f"dtype must be one of {', '.join(map(repr, DTYPES))}, which all keep weights in float32; received {dtype!r}."
        )
    return name


@dataclasses.dataclass(frozen=True)
class Origin:
    """Where the weights of a loaded model come from."""

    entry: dict

    def __str__(self):
        return f"{self.entry['name']}, version {self.entry.get('version', 1)}"

    @property
    def card(self):
        from kerasgen.zoo import card

        return card.render(self.entry)


def build_untrained(entry, dtype=None, changes=()):
    """The model of an entry with random weights, and with other arguments where `changes` name some.

    Raises:
        ValueError: The model has no such argument.
    """
    from kerasgen.precision import dtype_policy

    if unknown := sorted(set(changes) - set(entry["config"])):
        raise ValueError(f"{entry['name']} has the arguments {', '.join(entry['config'])}; received also {', '.join(unknown)}.")
    with dtype_policy(dtype or "float32"):
        return find_class(entry["model"])(**{**entry["config"], **dict(changes)})


def locate(entry, folder=None, ending=WEIGHTS):
    """Returns the path of an entry's weights, or other file, after size and sha256 have been compared with the entry's."""
    from kerasgen.download import inside
    from kerasgen.zoo import fetch

    file, *_ = files_of(entry, ending)
    if folder is None:
        return fetch.fetch(file, mirrors=manifest()["mirrors"])
    return fetch.verified(inside(pathlib.Path(folder), pathlib.PurePosixPath(file["path"]).name), file)


def files_of(entry, ending):
    """The records of an entry's files of that name.

    Raises:
        ValueError: There is none.
    """
    found = [file for file in entry["files"] if pathlib.PurePosixPath(file["path"]).name == ending]
    if not found:
        raise ValueError(f"The entry of {entry['name']} names no file {ending}.")
    return found


def build(entry, dtype=None):
    """Returns the untrained, uncompiled model of a manifest entry.

    Raises:
        ValueError: The class is not defined, or the configuration asks for more than the weights file can hold.
    """
    from kerasgen.precision import dtype_policy
    from kerasgen.zoo.bounds import bounded

    model_class, (weights, *_) = find_class(entry["model"]), files_of(entry, WEIGHTS)
    with dtype_policy(dtype or "float32"), bounded(weights["bytes"]):
        try:
            return model_class(**entry["config"])
        except (TypeError, ValueError, AttributeError, LookupError, OverflowError) as error:
            raise ValueError(
                f"{entry['name']}: config: {entry['model']} cannot be built with it ({plain(error):.200})."
            ) from error


def find_class(path):
    """Returns the model class of an entry: one of kerasgen.models, or a subclass that the user's own code has defined.

    Nothing but kerasgen's own modules is imported: a directory from elsewhere runs no code.

    Raises:
        ValueError: The class is not defined in this process.
    """
    from kerasgen.model import GenerativeModel

    module, _, name = path.rpartition(".")
    if module.startswith("kerasgen.models."):
        try:
            found = getattr(importlib.import_module(module), name, None)
        except ModuleNotFoundError:
            found = None
        if isinstance(found, type) and issubclass(found, GenerativeModel):
            return found
        raise ValueError(f"The field 'model' of an entry must name a model class; {path!r:.80} is none.")
    for candidate in _subclasses(GenerativeModel):
        if candidate.__name__ == name and candidate.__module__.rpartition(".")[2] in (module.rpartition(".")[2], "__main__"):
            return candidate
    raise ValueError(
        f"This model is a {name!r:.80} of your own module {module!r:.80}, which is not loaded. Import the file that defines it "
        f"first; on the command line: kerasgen --import {plain(module):.80}.py ..."
    )


def class_path(model):
    return f"{type(model).__module__}.{type(model).__qualname__}"


def _subclasses(cls):
    for sub in cls.__subclasses__():
        yield sub
        yield from _subclasses(sub)
