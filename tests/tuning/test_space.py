"""What a search tries, and how values change a recipe."""

import dataclasses

import keras
import pytest
import tiny
from keras.optimizers import schedules

from kerasgen.files import zoo_folder
from kerasgen.optimizers import OptimizerGroup
from kerasgen.rates import highest_rates
from kerasgen.training.recipe import Recipe, load_recipe, recipe_names
from kerasgen.tuning import Choice, LogUniform, Search, Uniform
from kerasgen.tuning.space import complete, find_search, set_values


def recipe(**changes):
    given = {"name": "a", "title": "", "model": lambda: tiny.build("lstm"), "data": "", "batch_size": 48, "epochs": 18}
    given |= {"optimizer": lambda steps: keras.optimizers.Adam(schedules.CosineDecay(0.0, steps, warmup_target=4e-3))}
    given |= {"score": None, "validate": lambda model, splits: {}, "select": ("nats", "min")}
    return Recipe(**{**given, **changes})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Choice(1), r"two or more different.*received \(1,\)"),
        (lambda: Choice(1, 1), "two or more different"),
        (lambda: Choice(1, 2.0), "all of one type"),
        (lambda: Choice((1,), (2,)), "int, float, str or bool"),
        (lambda: Uniform(1, 1), r"low must be below high; received Uniform\(low=1, high=1\)"),
        (lambda: Uniform(0, "1"), "high must be a number"),
        (lambda: LogUniform(0, 1), r"must be positive; received LogUniform\(low=0"),
        (lambda: Search(space={"a": (1, 2)}), r"space\['a'\] must be a LogUniform, Uniform, Choice or None; received \(1, 2\)"),
        (lambda: Search(objective="nats"), r"objective must be \(name, \"min\" or \"max\"\); received 'nats'"),
        (lambda: Search(objective=("nats", "low")), "objective must be"),
        (lambda: Search(epochs=0), "epochs must be an integer from 1"),
        (lambda: Search(examples=0), "examples must be an integer from 1"),
        (lambda: Search(trials=1.5), "trials must be an integer from 1"),
    ],
)
def test_bad_searches_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_standard_space_follows_from_the_recipe():
    found = complete(Search(), recipe())
    assert found.space == {
        "learning_rate": LogUniform(8e-4, 0.02),
        "batch_size": Choice(24, 48, 96),
        "dropout": Uniform(0.0, 0.6),
    }
    assert (found.objective, found.epochs) == (("nats", "min"), 4)  # a quarter of 18
    players = complete(
        Search(objective=("frechet", "min")), recipe(model=tiny.Duel, optimizer=lambda steps: group(), select=None)
    )
    assert players.space == {
        "generator.learning_rate": LogUniform(2e-4, 5e-3),
        "discriminator.learning_rate": LogUniform(1e-3, 0.025),
        "batch_size": Choice(24, 48, 96),
    }
    assert complete(Search(), recipe(batch_size=1, epochs=1)).space["batch_size"] == Choice(1, 2)


def test_a_search_adds_to_the_standard_space_and_takes_away():
    added = Search({"units": Choice(4, 6), "dropout": Uniform(0.1, 0.2), "batch_size": None}, ("accuracy", "max"), epochs=2)
    found = complete(added, recipe())
    assert list(found.space) == ["learning_rate", "dropout", "units"]
    assert (found.space["dropout"], found.objective, found.epochs) == (Uniform(0.1, 0.2), ("accuracy", "max"), 2)


def test_searches_that_cannot_work_are_refused():
    with pytest.raises(ValueError, match="needs a validation number that means quality: recipe a must have `validate`"):
        complete(Search(objective=("nats", "min")), recipe(validate=None))
    with pytest.raises(ValueError, match="needs a validation number"):
        complete(Search(), recipe(select=None))
    with pytest.raises(ValueError, match=r"must name some of average.*|must name some of batch_size.*units.*; received unit\."):
        complete(Search({"unit": Choice(1, 2)}), recipe())
    assert "unit" in complete(Search({"unit": Choice(1, 2)}, apply=lambda recipe, values: recipe), recipe()).space
    with pytest.raises(ValueError, match="is empty"):
        complete(Search(dict.fromkeys(("learning_rate", "batch_size", "dropout"))), recipe())


def group():
    return OptimizerGroup(
        generator=keras.optimizers.Adam(schedules.CosineDecay(1e-3, 100, alpha=0.01), beta_1=0.5),
        discriminator=keras.optimizers.SGD(5e-3, momentum=0.25),
    )


def test_values_reach_the_recipe():
    before = recipe()
    after = set_values(before, {"batch_size": 7, "learning_rate": 1e-3, "dropout": 0.25, "units": 9})
    model = after.model()
    assert (after.batch_size, model.dropout, model.units, model.tokenizer) == (7, 0.25, 9, tiny.ALPHABET)
    assert model.embedding_dim == before.model().embedding_dim
    assert highest_rates(after.optimizer(100)) == pytest.approx({"learning_rate": 1e-3})
    assert set_values(before, {}) == before
    unchanged = {field.name for field in dataclasses.fields(Recipe)} - {"batch_size", "model", "optimizer"}
    assert all(getattr(after, name) == getattr(before, name) for name in unchanged)


def test_a_search_is_found_in_the_recipe_file(tmp_path):
    path = tmp_path / "own_recipe.py"
    path.write_text("from kerasgen.tuning import Search\nsearch = Search(trials=3)\n")
    assert find_search(path).trials == 3
    (tmp_path / "without_search.py").write_text("recipe = None\n")
    assert find_search(tmp_path / "without_search.py") == Search()
    (tmp_path / "wrong_search.py").write_text("search = 3\n")
    with pytest.raises(ValueError, match=r"wrong_search\.py must define `search = .*; found 3"):
        find_search(tmp_path / "wrong_search.py")


@pytest.mark.parametrize("path", sorted((zoo_folder() / "searches").glob("*.py")), ids=lambda path: path.stem)
def test_the_zoos_searches_are_short_and_complete(path):
    if path.stem not in recipe_names():
        pytest.skip("its recipe has not come yet")
    recipe, recipe_path = load_recipe(path.stem)
    found = complete(find_search(recipe_path), recipe)
    assert found.objective and found.epochs <= recipe.epochs and len(path.read_text().splitlines()) <= 40


def test_a_model_that_is_fitted_exactly_is_searched_by_its_arguments():
    exact = recipe(model=lambda: tiny.build("pattern_counts"), optimizer=None, select=("loss", "min"))
    with pytest.raises(ValueError, match="the model is fitted exactly: name some of its arguments, image_shape, share, seed"):
        complete(Search(), exact)
    found = complete(Search({"share": Uniform(0.1, 0.9)}), exact)
    assert list(found.space) == ["share"] and set_values(exact, {"share": 0.7}).model().share == 0.7
    with pytest.raises(ValueError, match="must name some of image_shape, seed, share; received batch_size"):
        complete(Search({"share": Uniform(0.1, 0.9), "batch_size": Choice(1, 2)}), exact)
