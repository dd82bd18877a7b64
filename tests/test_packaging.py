"""What setup.cfg promises is what is in the tree; files stay short enough to read, and rooms import only what they may."""

import ast
import configparser
import inspect
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

ROOT = pathlib.Path(__file__).parent.parent
FILES = sorted([*(ROOT / "kerasgen").rglob("*.py"), *(ROOT / "zoo").rglob("*.py")])
PACKAGE = [path for path in FILES if path.is_relative_to(ROOT / "kerasgen")]
LONGEST_FILE, LONGEST_FUNCTION = 320, 60  # lines; of a function without its docstring

# Each room of the house (a package of kerasgen, or a file beside them) and the rooms that it may import, at the top of a file
# or inside a function. Each stands above those that it imports ("kerasgen" itself holds the version and the choice of backend).
SMALL = "checks files json_files noise blocks precision score download guards"
LEAVES = "data metrics plots tokenizers"
ROOMS = {
    "backend": "",
    "files": "",
    "serialization": "files",
    "kerasgen": "backend serialization",
    "checks": "",
    "noise": "checks",
    "blocks": "",
    "json_files": "",
    "precision": "",
    "guards": "",
    "deadline": "",
    "download": "deadline files",
    "score": "json_files",
    "rates": "",
    "latents": "checks noise",
    # what a model imports
    "steps": "checks",
    "optimizers": "checks",
    "exports": "checks",
    "model": "checks precision guards optimizers steps exports",
    "exact": "checks guards model",
    "layers": "checks noise",
    "losses": "checks",
    "schedules": "checks",
    "samplers": "checks noise schedules",
    # leaves: they import no model
    "metrics": "checks",
    "data": "checks files json_files download noise",
    "plots": "checks data files",
    "tokenizers": "checks blocks files json_files data",
    "callbacks": "checks guards data metrics plots",
    "modalities": "checks files noise data plots tokenizers",
    # upwards
    "models": "checks noise blocks latents steps optimizers model exact layers losses schedules samplers tokenizers",
    "zoo": f"{SMALL} rates modalities tokenizers optimizers model exact exports models",
    "scores": f"{SMALL} {LEAVES} latents steps samplers models zoo model exact",
    "training": f"{SMALL} {LEAVES} kerasgen callbacks modalities steps optimizers model exact layers zoo scores",
    "tuning": f"{SMALL} {LEAVES} rates modalities callbacks steps optimizers zoo scores training",
    "evaluation": f"{SMALL} {LEAVES} modalities zoo scores training",
    "workflow": "training tuning",
    "cli": f"{SMALL} {LEAVES} kerasgen modalities zoo scores training tuning evaluation workflow",
    "__main__": "cli",
}
ALLOWED = {room: set(rooms.split()) for room, rooms in ROOMS.items()}
BACKENDS = {"tensorflow", "jax", "torch", "tensorflow_datasets"}
BACKEND_FREE = (
    *("models", "layers", "losses", "schedules", "samplers", "model", "exact", "optimizers", "latents", "noise", "blocks"),
    *("checks", "metrics", "scores", "zoo"),
)
PUBLIC = {"kerasgen", "keras", "numpy", "string", "dataclasses", "functools"}  # what recipes may import


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
    assert {"test", "jax", "tutorials", "export"} <= set(setup["options.extras_require"])


# Types of the public names


def test_types_travel_with_the_package(setup):
    assert (ROOT / "kerasgen" / "py.typed").is_file()
    assert {"py.typed,", "*.pyi"} <= set(setup["options.package_data"]["kerasgen"].split())


def test_types_are_those_of_the_public_names():
    import kerasgen

    tree = ast.parse((ROOT / "kerasgen" / "__init__.pyi").read_text(encoding="utf-8"))
    imported = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names if alias.asname]
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert sorted([*imported, *functions, "__version__"]) == sorted(kerasgen.__all__)
    for name, stub in functions.items():
        every = [*stub.args.args, *filter(None, [stub.args.kwarg])]
        assert stub.returns is not None and all(argument.annotation is not None for argument in every), name
        defaults = [ast.literal_eval(value) for value in stub.args.defaults]
        parameters = inspect.signature(getattr(kerasgen, name)).parameters.values()
        assert [argument.arg for argument in every] == [parameter.name for parameter in parameters], name
        assert defaults == [p.default for p in parameters if p.default is not p.empty], name


@pytest.mark.slow
def test_types_are_in_wheel_and_sdist(tmp_path):
    pytest.importorskip("build")
    names = ["setup.cfg", "pyproject.toml", "README.md", "LICENSE", "kerasgen", "zoo", "checkpoints"]
    for name in names:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, tmp_path / name)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist", "."]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=800)
    (wheel,), (sdist,) = (tmp_path / "dist").glob("*.whl"), (tmp_path / "dist").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        found = {name.partition("/")[2] for name in archive.getnames()}
    for path in ("kerasgen/py.typed", "kerasgen/__init__.pyi"):
        assert path in zipfile.ZipFile(wheel).namelist() and path in found


# Short enough to read


def relative(path):
    return str(path.relative_to(ROOT))


def test_no_file_grows_beyond_reading():
    lengths = {relative(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def length_of(function):
    """Lines of a function without those of its docstring and decorators."""
    first = function.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    docstring = first.end_lineno - first.lineno + 1 if is_docstring else 0
    return function.end_lineno - function.lineno + 1 - docstring


def test_no_function_grows_beyond_reading():
    long = {}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and length_of(node) > LONGEST_FUNCTION:
                long[f"{relative(path)}: {node.name}"] = length_of(node)
    assert long == {}


# Arrows point one way


def module_of(path):
    """ "kerasgen.zoo.card" of its file; a package stands for its __init__.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path) for path in PACKAGE}


def room_of(module):
    """The room of a module: its package in kerasgen, or the file beside them."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def imported(path):
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{relative(path)}: imports are absolute"
            inner = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in MODULES else node.module for name in inner)


def test_the_table_of_rooms_is_complete_and_without_circles():
    assert {room_of(module) for module in MODULES} == set(ROOMS)
    above = list(ROOMS)
    for room, rooms in ALLOWED.items():
        assert rooms <= set(above[: above.index(room)]), f"{room} stands below what it imports"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room):
    wrong = set()
    for path in PACKAGE:
        if room_of(module_of(path)) == room:
            rooms = {room_of(name) for name in imported(path) if name.split(".")[0] == "kerasgen"}
            wrong |= {f"{relative(path)} imports {other}" for other in rooms - ALLOWED[room] - {room}}
    assert wrong == set()


@pytest.mark.parametrize("room", BACKEND_FREE)
def test_backends_are_the_business_of_steps(room):
    for path in PACKAGE:
        if room_of(module_of(path)) == room:
            assert not {name.split(".")[0] for name in imported(path)} & BACKENDS, relative(path)


def test_models_open_no_files():
    for path in (ROOT / "kerasgen" / "models").rglob("*.py"):
        assert not {name.split(".")[0] for name in imported(path)} & {"pathlib", "os", "io", "h5py", "json"}, relative(path)


def test_recipes_and_searches_import_what_is_public():
    """Of kerasgen, nothing that begins with an underscore; of the zoo's recipes, none imports another."""
    for path in FILES:
        if path.is_relative_to(ROOT / "zoo"):
            for name in imported(path):
                assert not any(part.startswith("_") for part in name.split(".")), relative(path)
                assert name.split(".")[0] in {"kerasgen", "keras", "numpy", "string", "dataclasses", "functools"}, relative(
                    path
                )
