"""The values that a search tries, and how they change a recipe."""

import dataclasses
import functools
import runpy
from collections.abc import Callable

from kerasgen import checks, modalities
from kerasgen.files import zoo_folder
from kerasgen.rates import RATE, highest_rates, with_rates
from kerasgen.scores.loss import validate_loss
from kerasgen.training.recipe import import_file

TUNERS = ("random", "hyperband", "bayesian", "grid")


@dataclasses.dataclass(frozen=True, init=False)
class Choice:
    """One of some values: numbers, texts or truth values, all of one type. `Choice(32, 64, 128)`.

    Raises:
        ValueError: Fewer than two different values, or of different types.
    """

    values: tuple

    def __init__(self, *values):
        kinds = {type(value) for value in values}
        if len(set(values)) < max(2, len(values)) or len(kinds) > 1 or not kinds <= {int, float, str, bool}:
            raise ValueError(
                f"Choice takes two or more different int, float, str or bool values, all of one type; received {values!r}."
            )
        object.__setattr__(self, "values", values)

    def describe(self):
        return {"choice": list(self.values)}


@dataclasses.dataclass(frozen=True)
class Uniform:
    """A real number from `low` to `high`, all equally likely. Whole numbers are a `Choice`.

    Raises:
        ValueError: `low` is not below `high`.
    """

    low: float
    high: float

    def __post_init__(self):
        checks.number("low", self.low, -1e30, 1e30)
        checks.number("high", self.high, -1e30, 1e30)
        if not self.low < self.high:
            raise ValueError(f"low must be below high; received {self!r}.")

    def describe(self):
        return {"linear": [float(self.low), float(self.high)]}


class LogUniform(Uniform):
    """A positive real number from `low` to `high` whose logarithm is uniformly distributed, such as a learning rate.

    Raises:
        ValueError: `low` is not positive, or not below `high`.
    """

    def __post_init__(self):
        super().__post_init__()
        if self.low <= 0:
            raise ValueError(f"low of a logarithmic range must be positive; received {self!r}.")

    def describe(self):
        return {"log": [float(self.low), float(self.high)]}


def set_values(recipe, values):
    """Returns the recipe with other values.

    Args:
        recipe: A `Recipe`.
        values: {name: value}. `batch_size` is the recipe's; `learning_rate`, or `<player>.learning_rate` if there are several
            optimizers, is the highest rate, and its schedule keeps its shape; any other name is an argument of the model.
    """
    rates = {name: value for name, value in values.items() if _is_rate(name)}
    arguments = {name: value for name, value in values.items() if name not in rates and name != "batch_size"}
    changes = {}
    if "batch_size" in values:
        changes["batch_size"] = values["batch_size"]
    if rates:
        changes["optimizer"] = lambda steps: with_rates(recipe.optimizer(steps), rates)
    if arguments:
        changes["model"] = functools.partial(_rebuild, recipe.model, arguments)
    return dataclasses.replace(recipe, **changes)


def judged_by_loss(recipe, values):
    """As `set_values`, for a recipe that does not validate: its trials do, by the loss that `evaluate` reports."""
    validate = validate_loss(recipe.fields, modalities.get(recipe.modality))
    return dataclasses.replace(set_values(recipe, values), validate=validate)


@dataclasses.dataclass(frozen=True)
class Search:
    """What `kerasgen tune` tries for a recipe.

    Args:
        space: {name: `LogUniform`, `Uniform`, `Choice`, or None to leave out part of the standard space}, in addition to the
            standard space: every learning rate from a fifth to five times the recipe's, half and double the batch size, and
            the dropout of a model that has one. See `set_values` for names.
        objective: (name, "min" or "max") of a number of the recipe's `validate`; None for its `select`. It has to measure
            quality: a generator's loss does not.
        epochs: Epochs of a trial, with a learning-rate schedule of that length; None for a quarter of the recipe's.
        examples: Examples per epoch, the same for every batch size, if a whole pass takes long; None for the recipe's epoch.
        trials: Number of trials of a random or bayesian search.
        apply: Function (recipe, values) -> recipe with the values of a trial. The default rebuilds the model from its
            configuration.

    Raises:
        ValueError: An argument has the wrong type or value.
    """

    space: dict = dataclasses.field(default_factory=dict)
    objective: tuple | None = None
    epochs: int | None = None
    examples: int | None = None
    trials: int = 20
    apply: Callable = set_values

    def __post_init__(self):
        for name, choice in self.space.items():
            if choice is not None and not isinstance(choice, (Choice, Uniform)):
                raise ValueError(f"space[{name!r}] must be a LogUniform, Uniform, Choice or None; received {choice!r}.")
        if self.objective is not None:
            _check_objective(self.objective)
        for name in ("epochs", "examples"):
            if getattr(self, name) is not None:
                checks.integer(name, getattr(self, name), 1, 10**9)
        checks.integer("trials", self.trials, 1, 1_000_000)


def find_search(recipe_path):
    """Returns the `search` of a recipe file, else that of zoo/searches/, else the standard one.

    Raises:
        ValueError: It is not a `Search`.
    """
    path, found = recipe_path.resolve(), getattr(import_file(recipe_path), "search", None)
    if found is None and path.parent == (zoo_folder() / "recipes").resolve():
        path = path.parents[1] / "searches" / path.name
        if path.is_file():
            found = runpy.run_path(str(path)).get("search")  # not imported: it has the name of the recipe's module
    if found is None:
        return Search()
    if not isinstance(found, Search):
        raise ValueError(f"{path} must define `search = kerasgen.tuning.Search(...)`; found {found!r}.")
    return found


def complete(search, recipe):
    """Returns the search with its whole space, objective and epochs.

    Raises:
        ValueError: There is no objective, nothing to search, or a name that is neither the batch size, a learning rate nor
            an argument of the model.
    """
    objective = search.objective or recipe.select
    if objective is None or search.apply(recipe, {}).validate is None:
        raise ValueError(
            f"A search needs a validation number that means quality: recipe {recipe.name} must have `validate`, and `select` "
            'or a `search` whose objective is (name, "min" or "max").'
        )
    arguments = recipe.model().get_config()
    standard = _standard_space(recipe, arguments)
    space = {name: choice for name, choice in {**standard, **search.space}.items() if choice is not None}
    if not space:
        hint = "" if recipe.optimizer else f"; the model is fitted exactly: name some of its arguments, {', '.join(arguments)}"
        raise ValueError(f"space of the search for {recipe.name} is empty: nothing is left to search{hint}.")
    known = {*standard, *arguments} | ({"batch_size"} if recipe.optimizer else set())
    if search.apply is set_values and (unknown := sorted(set(space) - known)):
        allowed = ", ".join(sorted(known))
        raise ValueError(f"space of the search for {recipe.name} must name some of {allowed}; received {', '.join(unknown)}.")
    epochs = search.epochs or max(1, round(recipe.epochs / 4))
    return dataclasses.replace(search, space=space, objective=_check_objective(objective), epochs=epochs)


def _standard_space(recipe, arguments):
    """What every gradient training is searched for; nothing for a model that is fitted exactly."""
    if recipe.optimizer is None:
        return {}
    rates = highest_rates(recipe.optimizer(1000))
    space = {name: LogUniform(*(float(f"{rate * factor:.2g}") for factor in (0.2, 5.0))) for name, rate in rates.items()}
    sizes = sorted({max(1, recipe.batch_size // 2), recipe.batch_size, recipe.batch_size * 2})
    space["batch_size"] = Choice(*sizes)
    if "dropout" in arguments:
        space["dropout"] = Uniform(0.0, 0.6)
    return space


def _rebuild(build, arguments):
    model = build()
    twin = type(model).from_config({**model.get_config(), **arguments})
    if getattr(model, "tokenizer", None) is not None:
        twin.tokenizer = model.tokenizer  # it belongs to the data and is no argument
    return twin


def _is_rate(name):
    return name.rpartition(".")[2] == RATE


def _check_objective(objective):
    if not (isinstance(objective, tuple) and len(objective) == 2 and objective[1] in ("min", "max")):
        raise ValueError(f'objective must be (name, "min" or "max"); received {objective!r}.')
    return objective
