"""What setup.cfg promises is what is in the tree."""

import configparser
import pathlib

import pytest

ROOT = pathlib.Path(__file__).parent.parent


@pytest.fixture(scope="module")
def setup():
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_every_package_is_listed(setup):
    listed = {name for name in setup["options"]["packages"].split() if not name.endswith("_data")}
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "kerasgen").rglob("__init__.py")}
    assert listed == found


def test_version_is_the_same_everywhere(setup):
    import kerasgen

    assert setup["metadata"]["version"] == kerasgen.__version__
    assert f"## {kerasgen.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_needed_package_is_asked_for(setup):
    asked = {line.split(">")[0].strip() for line in setup["options"]["install_requires"].splitlines()}
    needed = "tensorflow keras tensorflow-datasets importlib_resources keras-tuner scikit-learn tensorboard pooch filelock"
    assert set(f"{needed} matplotlib pillow typer rich".split()) <= asked
    assert {"test", "jax", "tutorials"} <= set(setup["options.extras_require"])


def test_no_file_grows_beyond_reading():
    long = {
        p.name: n for p in (ROOT / "kerasgen").rglob("*.py") if (n := len(p.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long
