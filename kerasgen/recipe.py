"""What a recipe says: which model learns what, how, and which numbers it is judged by."""

import dataclasses
import hashlib
import importlib.util
import pathlib
import sys
from collections.abc import Callable

from kerasgen.paths import zoo_folder
from kerasgen.suggest import unknown_name


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The method section of a trained model. `kerasgen train` runs any of them with the same runner.

    Args:
        name: `<model>-<data>[-<variant>]`, lower case, hyphens.
        title: One line for lists and cards.
        model: Function without arguments that builds the model.
        data: Name of a registered data set, or a `kerasgen.data.DataSet`.
        optimizer: Function from the number of training steps to the optimizer that `compile` takes.
        batch_size: Examples a step.
        epochs: Passes, or stretches of `steps_per_epoch` steps; a checkpoint is kept after each.
        score: Function (model, splits, full) -> {metric: {"value": ..., "count": ..., "protocol": ...}}, run on the test
            split after training. `full=False` is the quick mode, for numbers that take long.
        validate: Function (model, splits) -> {name: number} on the validation split after each epoch, or None.
        select: (name, "max" or "min"): the epoch with the best such validation number is released; None releases the last.
        picture: Function (model, splits) -> images in [-1, 1] for the card; None for samples of seed 0.
        fields: Fields of the training split that make a batch.
        batches: Function (recipe, splits) -> `Batches` of the training split; None for its examples in shuffled order.
        steps_per_epoch: Steps an epoch; None for one pass over the training split.
        seed: Seed of the weights, of the order of the data and of the training noise.
        precision: Keras dtype policy of the training. What is released and scored is float32 arithmetic.
        family, modality, paper: For lists and cards.
        aliases: Other names that `kerasgen.load` knows the model by.
        minutes: Expected training time on two CPU cores.
        notes: What a user should know: limits, what went into the choice.
    """

    name: str
    title: str
    model: Callable
    data: str
    optimizer: Callable
    batch_size: int
    epochs: int
    score: Callable
    validate: Callable | None = None
    select: tuple | None = None
    picture: Callable | None = None
    fields: tuple = ("image",)
    batches: Callable | None = None
    steps_per_epoch: int | None = None
    seed: int = 0
    precision: str = "mixed_bfloat16"
    family: str = "other"
    modality: str = "image"
    paper: str = ""
    aliases: tuple = ()
    minutes: float = 0.0
    notes: str = ""


def recipe_names():
    """Names of the recipes that travel with the package, sorted."""
    return sorted(path.stem for path in (zoo_folder() / "recipes").glob("*.py"))


def load_recipe(name_or_path):
    """Returns (recipe, path of its file) for a name of the zoo or a Python file that defines `recipe`.

    Raises:
        ValueError: No such name or file, or the file has no `recipe`.
    """
    path = pathlib.Path(name_or_path)
    if path.suffix != ".py":
        if name_or_path not in recipe_names():
            raise unknown_name(
                "recipe", name_or_path, recipe_names(), hint="A file of your own is given by its path, my_model.py"
            )
        path = zoo_folder() / "recipes" / f"{name_or_path}.py"
    elif not path.is_file():
        raise ValueError(f"There is no recipe file {name_or_path!r}.")
    module = import_file(path)
    recipe = getattr(module, "recipe", None)
    if not isinstance(recipe, Recipe):
        raise ValueError(f"{path} must define `recipe = kerasgen.Recipe(...)`; found {recipe!r}.")
    return recipe, path


def import_file(path):
    """Runs a Python file as a module named after it, once per process, and returns the module.

    Files beside it can be imported by it.

    Raises:
        ValueError: There is no such .py file, or another module has its name already.
    """
    path = pathlib.Path(path).resolve()
    if path.suffix != ".py" or not path.is_file():
        raise ValueError(f"There is no Python file {str(path)!r} to import.")
    name = path.stem.replace("-", "_")
    if name in sys.modules and getattr(sys.modules[name], "__file__", None) == str(path):
        return sys.modules[name]
    other = importlib.util.find_spec(name)
    if other is not None and other.origin != str(path):
        raise ValueError(f"{path} would hide the module {name!r} ({other.origin}): give the file another name.")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def file_hash(path):
    """sha256 of a file, in hex."""
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
