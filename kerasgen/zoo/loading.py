"""From an entry to a model: verified files, the architecture, weights, the optimizers of its training."""

import copy
import dataclasses
import importlib
import pathlib

from kerasgen.zoo.entries import TOKENIZER, WEIGHTS, find, has_tokenizer, manifest


def load(name, dtype=None, pretrained=True, **changes):
    """Returns a model with its pretrained weights, compiled as it was trained.

    Args:
        name: A name of the zoo, such as "dcgan-mnist", or a directory that a training wrote.
        dtype: Keras dtype policy such as "mixed_bfloat16"; None for float32.
        pretrained: Whether it has the weights. Without, the architecture alone, with random weights.
        **changes: Arguments of the model that differ from the entry's `config`, such as image_shape=(64, 64, 3); only
            without weights.

    Returns:
        A `GenerativeModel`; `sample`, `fit` and its other verbs work at once.

    Raises:
        ValueError: Unknown name, weights that do not belong to this architecture, or changes of a pretrained model.
        OSError: The weights are not on this machine and cannot be fetched, or are damaged.
    """
    entry, folder = find(name)
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
    if pretrained:
        model.origin = Origin(entry)
    compile_as_trained(model, entry)
    return model


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
            raise ValueError(f"{entry['name']}: config: {entry['model']} cannot be built with it ({error}).") from error


def compile_as_trained(model, entry):
    """Compiles with the optimizers of the training, their schedules at the start."""
    import keras

    import kerasgen.optimizers  # noqa: F401  (registers OptimizerGroup)
    from kerasgen.zoo.bounds import check_optimizer

    if (entry.get("compile") or {}).get("optimizer"):  # counting and EM have none
        check_optimizer(entry["compile"]["optimizer"], f"{entry['name']}: compile.optimizer")
        optimizer = copy.deepcopy(entry["compile"]["optimizer"])  # Keras puts objects into the configuration it is given
        model.compile(optimizer=keras.saving.deserialize_keras_object(optimizer))


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
        raise ValueError(f"The field 'model' of an entry must name a model class; {path!r} is none.")
    for candidate in _subclasses(GenerativeModel):
        if candidate.__name__ == name and candidate.__module__.rpartition(".")[2] in (module.rpartition(".")[2], "__main__"):
            return candidate
    raise ValueError(
        f"This model is a {name!r} of your own module {module!r}, which is not loaded. Import the file that defines it first; "
        f"on the command line: kerasgen --import {module}.py ..."
    )


def class_path(model):
    return f"{type(model).__module__}.{type(model).__qualname__}"


def _subclasses(cls):
    for sub in cls.__subclasses__():
        yield sub
        yield from _subclasses(sub)
