"""Recipes: what is found under a name, and the digest that says what a recipe does."""

import sys

import pytest

from kerasgen.training.recipe import Recipe, digest, import_file, load_recipe, recipe_names

SOURCE = '''"""A recipe."""

import math
from os import (
    path,
)

RATE = 2e-4  # a constant


class Thing:
    """Words."""

    kind: str = "a"

    def method(self, x, *rest, key="é", **more):
        """More words."""
        return f"{x!r:>{RATE}} {key}" if rest else [y async for y in more]


def train(steps: int = 3, /, *, rate=RATE) -> float:
    # a comment
    try:
        with open(path) as file:
            lines = [line.strip() for line in file if line]
    except (OSError, ValueError) as error:
        raise RuntimeError("no") from error
    match lines:
        case [first, *_]:
            return lambda: -steps ** 2 @ first[1:, ...]
        case {"a": 1, **others} | None:
            del lines[0]
        case _:
            pass
    return b"x", 1_000, 1j, ..., True, None, not rate, 1 < steps <= 3


recipe = dict(rate=RATE, steps=train)
'''
SAME = {
    "comments": ("# a constant", "# another one"),
    "a docstring": ('"""Words."""', '"""Other words."""'),
    "no docstring": ('        """More words."""\n', ""),
    "no docstring of the file": ('"""A recipe."""\n', ""),
    "imports": ("import math\n", "import keras\nfrom kerasgen.scores.judged import score_images\n"),
    "formatting": ("dict(rate=RATE, steps=train)", "dict(\n    rate=RATE,\n    steps=train,\n)"),
    "quotes": ('"no"', "'no'"),
    "digits in groups": ("1_000", "1000"),
    "an import inside": ("    # a comment\n", "    import keras\n"),
}
OTHER = {
    "a constant": ("2e-4", "2.1e-4"),
    "a name": ("steps=train", "steps=Thing"),
    "the name of an argument": ("key=", "kee="),
    "a default": ("steps: int = 3", "steps: int = 4"),
    "a removed default": ("steps: int = 3", "steps: int"),
    "an annotation": ("-> float", "-> int"),
    "a text that is no docstring": ('"no"', '"yes"'),
    "an operator": ("1 < steps", "1 <= steps"),
    "a truth value": ("True, None", "False, None"),
    "nothing for something": ("True, None", "True, 0"),
    "a text of an f-string": ('} {key}"', '}-{key}"'),
    "a conversion": ("x!r", "x!s"),
    "the kind of an argument": ("/, *,", "*,"),
    "a statement": ("            del lines[0]\n", "            del lines[0]\n            del lines[0]\n"),
    "a letter beyond ASCII": ("é", "è"),
}


def hashed(folder, text):
    path = folder / "own.py"
    path.write_text(text, encoding="utf-8")
    return digest(path)


@pytest.mark.parametrize("what", SAME)
def test_what_a_recipe_does_is_not_changed_by(what, tmp_path):
    old, new = SAME[what]
    assert SOURCE.count(old) == 1
    assert hashed(tmp_path, SOURCE.replace(old, new)) == hashed(tmp_path, SOURCE)


@pytest.mark.parametrize("what", OTHER)
def test_what_a_recipe_does_is_changed_by(what, tmp_path):
    old, new = OTHER[what]
    assert SOURCE.count(old) == 1
    assert hashed(tmp_path, SOURCE.replace(old, new)) != hashed(tmp_path, SOURCE)


def test_what_only_explains_is_no_part_of_a_digest(tmp_path):
    plain = hashed(tmp_path, "recipe = Recipe(title='a', picture=draw)\n")
    assert plain == hashed(tmp_path, "recipe = Recipe(title='a', title_zh='一', picture=draw, caption='b')\n")
    assert plain != hashed(tmp_path, "recipe = Recipe(title='b', picture=draw)\n")


def test_a_digest_is_the_same_under_every_python(tmp_path):
    """Computed with Python 3.11.7, 3.12.1 and 3.13.0; of a syntax tree as `ast.dump` shows it, they give three."""
    assert hashed(tmp_path, SOURCE) == "164bb228bd6c6a05e84fa1feed7536a20d0be49cf715ed9e91f3769e2e19c3eb"


def test_unknown_recipe_gets_suggestions():
    with pytest.raises(ValueError, match=r"no recipe named 'dcgan_mnist'.*dcgan-mnist"):
        load_recipe("dcgan_mnist")


def test_a_file_without_recipe_is_refused(tmp_path):
    (tmp_path / "nothing_here.py").write_text("x = 1\n")
    with pytest.raises(ValueError, match=r"must define `recipe = kerasgen.Recipe"):
        load_recipe(str(tmp_path / "nothing_here.py"))
    with pytest.raises(ValueError, match="no recipe file"):
        load_recipe(str(tmp_path / "absent.py"))


@pytest.mark.parametrize("name", recipe_names())
def test_recipes_are_short_and_complete(name):
    recipe, path = load_recipe(name)
    assert isinstance(recipe, Recipe) and recipe.name == name == path.stem
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 70
    assert recipe.title and recipe.paper and recipe.family != "other" and recipe.minutes > 0


def test_a_file_is_run_once_and_hides_no_module(tmp_path):
    (tmp_path / "own_once.py").write_text("import own_beside\nruns = own_beside.runs = own_beside.runs + 1\n")
    (tmp_path / "own_beside.py").write_text("runs = 0\n")  # files beside it can be imported
    assert import_file(tmp_path / "own_once.py") is import_file(tmp_path / "own_once.py")
    assert sys.modules["own_once"].runs == 1
    (tmp_path / "json.py").write_text("x = 1\n")
    with pytest.raises(ValueError, match=r"json\.py would hide the module 'json' .* another name"):
        import_file(tmp_path / "json.py")
    (tmp_path / "own_broken.py").write_text("x = 1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        import_file(tmp_path / "own_broken.py")
    assert "own_broken" not in sys.modules
    with pytest.raises(ValueError, match=r"There is no Python file '.*absent\.py' to import"):
        import_file(tmp_path / "absent.py")
