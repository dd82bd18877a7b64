"""What a recipe says: which model learns from which data, how, and which numbers it is judged by."""

import ast
import dataclasses
import hashlib
import importlib.util
import json
import pathlib
import sys
from collections.abc import Callable

from kerasgen.checks import unknown_name
from kerasgen.files import zoo_folder

SHOWN = ("caption", "title_zh")  # arguments that only explain, added when models had been trained


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The method section of a trained model. `kerasgen train` runs any of them with the same runner.

    Args:
        name: `<model>-<data>[-<variant>]`, lower case, hyphens.
        title: One line for lists and cards.
        title_zh: The same in Chinese; "" to show `title` there, too.
        model: Function without arguments that builds the model.
        data: Name of a registered data set, or a `kerasgen.data.DataSet`.
        score: Function (model, splits, full) -> {name: `Score`}, run on the test split after training. `full=False` is the
            quick mode, which leaves out the numbers that take long.
        optimizer: Function from the number of training steps to the optimizer that `compile` takes; None for an `ExactModel`.
        penalties: {"l1": factor, "l2": factor}, or one of them, that `compile` takes too.
        batch_size: Examples per step.
        epochs: Passes, or stretches of `steps_per_epoch` steps; a checkpoint is kept after each.
        validate: Function (model, splits) -> {name: number} on the validation split after each epoch, or None.
        select: (name, "max" or "min"): the epoch with the best such validation number is released; None releases the last.
        finish: Function (model, splits) that completes the model of the chosen epoch before its release, such as fitting what
            needs the trained weights; None for nothing.
        picture: Function (model, splits) -> images in [-1, 1] for the card; None for samples of seed 0.
        caption: What the picture shows.
        fields: Fields of the training split that make up a batch.
        batches: Function (recipe, splits) -> what `fit` takes, such as `Batches` of the training split; None for what the
            modality provides: examples in shuffled order, or the windows of a text.
        tokenizer: Function from the splits to the tokenizer that the model is given, where it is made from the training text;
            None if the model brings its own, or needs none.
        steps_per_epoch: Steps per epoch; None for one pass over the training split.
        seed: Seed of the weights, of the order of the data and of the training noise.
        precision: Keras dtype policy of the training. The released model is scored in float32.
        family, modality, paper: For lists and cards; the modality also decides how data are read, saved and shown.
        licence: Terms of the weights; None for those of kerasgen, or of the data where weights hold pieces of a text.
        aliases: Other names that `kerasgen.load` knows the model by.
        minutes: Expected training time on two CPU cores.
        notes: What a user should know: limits, and how the recipe was chosen.
    """

    name: str
    title: str
    model: Callable
    data: str
    score: Callable
    optimizer: Callable | None = None
    penalties: dict = dataclasses.field(default_factory=dict)
    batch_size: int = 1
    epochs: int = 1
    validate: Callable | None = None
    select: tuple | None = None
    finish: Callable | None = None
    picture: Callable | None = None
    caption: str = ""
    title_zh: str = ""
    fields: tuple = ("image",)
    batches: Callable | None = None
    tokenizer: Callable | None = None
    steps_per_epoch: int | None = None
    seed: int = 0
    precision: str = "mixed_bfloat16"
    family: str = "other"
    modality: str = "image"
    paper: str = ""
    licence: str | None = None
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
                "recipe", name_or_path, recipe_names(), hint="Give a file of your own by its path, such as my_model.py"
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

    It can import files that lie beside it.

    Raises:
        ValueError: There is no such .py file, or another module already has its name.
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


def digest(path):
    """sha256, in hex, of what a Python file does: of its syntax tree without imports, docstrings, comments and SHOWN arguments.

    So moving a function to another module, which changes only the imports of a recipe, leaves its digest as it was.
    """
    tree = _canonical(ast.parse(pathlib.Path(path).read_text(encoding="utf-8")))
    return hashlib.sha256(json.dumps(tree, ensure_ascii=False).encode()).hexdigest()


def _canonical(node):
    """A syntax tree as nested lists that all versions of Python agree on: empty and missing fields are left out."""
    if isinstance(node, list):
        kept = [part for part in node if not isinstance(part, (ast.Import, ast.ImportFrom))]
        return [_canonical(part) for part in kept]
    if not isinstance(node, ast.AST):
        return ascii(node)
    fields = dict(ast.iter_fields(node))
    if isinstance(node, ast.JoinedStr):  # Python 3.12.1 ends some with an empty text
        fields["values"] = [part for part in fields["values"] if getattr(part, "value", None) != ""]
    if (
        isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and ast.get_docstring(node) is not None
    ):
        fields["body"] = fields["body"][1:]
    if isinstance(node, ast.Call):
        fields["keywords"] = [keyword for keyword in fields["keywords"] if keyword.arg not in SHOWN]
    return [
        type(node).__name__,
        *([name, _canonical(value)] for name, value in sorted(fields.items()) if value not in (None, [])),
    ]
