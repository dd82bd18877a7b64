"""What `kerasgen index` generates, on a made-up checkout; and that of the real one, which must be up to date."""

import configparser
import json
import subprocess
import sys
import threading

import pytest
from tiny_zoo import ENTRIES, ENTRY, entry

from kerasgen import files
from kerasgen.zoo import card, entries, index

SETUP = """[metadata]
name = kerasgen

[options]
packages =
    old
    older
python_requires = >=3.11

[options.package_data]
kerasgen.zoo_data = manifest.json
kerasgen.checkpoint_data = */*

[tool:pytest]
testpaths = tests
"""
PAGE = "# A zoo\n\n<!-- models: generated -->\nold rows\n<!-- end of models -->\n\nMore.\n"


@pytest.fixture
def root(tmp_path):
    """A checkout with two models, and nothing that is generated."""
    for package in ("kerasgen", "kerasgen/models", "kerasgen/models/gan"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
    (tmp_path / "zoo" / "recipes").mkdir(parents=True)
    (tmp_path / "setup.cfg").write_text(SETUP)
    (tmp_path / "README.md").write_text(PAGE)
    (tmp_path / "README.zh.md").write_text(PAGE)
    for name in ("tiny-10", "tiny-2"):
        add(tmp_path, ENTRIES[name])
    return tmp_path


def add(root, entry):
    folder = root / "checkpoints" / entry["name"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "entry.json").write_text(json.dumps(entry))


def listed(root, section, key):
    parser = configparser.ConfigParser()
    parser.read(root / "setup.cfg", encoding="utf-8")
    return parser[section][key].split()


def in_manifest(root):
    return list(json.loads((root / "zoo" / "manifest.json").read_text(encoding="utf-8"))["models"])


def test_everything_is_made_from_the_entries(root):
    written = index.write(root)
    cards = ["checkpoints/tiny-2/card.md", "checkpoints/tiny-10/card.md"]
    assert sorted(written) == sorted(["zoo/manifest.json", "zoo/README.md", *cards, "README.md", "README.zh.md", "setup.cfg"])
    assert index.stale(root) == {} and index.write(root) == []

    manifest = json.loads((root / "zoo" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest == {"schema": entries.SCHEMA, "mirrors": [], "models": {n: ENTRIES[n] for n in ("tiny-2", "tiny-10")}}
    assert in_manifest(root) == ["tiny-2", "tiny-10"]  # as `kerasgen list` has them
    for name in ("tiny-2", "tiny-10"):
        assert (root / "checkpoints" / name / "card.md").read_text(encoding="utf-8") == card.render(ENTRIES[name])

    page = (root / "README.md").read_text(encoding="utf-8")
    row = f"| [`tiny-2`](checkpoints/tiny-2/card.md) | {ENTRIES['tiny-2']['title']} | 1,500 | 2.00 MB | Fréchet distance 1.25 "
    assert page.startswith("# A zoo\n\n<!-- models: generated -->\n\n| name | what |") and row in page
    assert page.endswith("\n\n<!-- end of models -->\n\nMore.\n") and "old rows" not in page
    assert "| 名称 | 内容 |" in (root / "README.zh.md").read_text(encoding="utf-8")
    assert row.replace("(checkpoints", "(../checkpoints") in (root / "zoo" / "README.md").read_text(encoding="utf-8")

    found = ["kerasgen", "kerasgen.models", "kerasgen.models.gan", "kerasgen.zoo_data", "kerasgen.checkpoint_data"]
    assert listed(root, "options", "packages") == found
    assert listed(root, "options", "python_requires") == [">=3.11"] and listed(root, "metadata", "name") == ["kerasgen"]
    assert listed(root, "options.package_data", "kerasgen.checkpoint_data") == ["tiny-2/*", "tiny-10/*"]
    assert listed(root, "options.package_data", "kerasgen.zoo_data") == ["manifest.json"]
    assert listed(root, "tool:pytest", "testpaths") == ["tests"]


def test_only_what_is_stale_is_written(root):
    index.write(root)
    add(root, {**ENTRIES["tiny-2"], "notes": "Draws squares."})
    assert sorted(index.stale(root)) == ["checkpoints/tiny-2/card.md", "zoo/manifest.json"]
    assert sorted(index.write(root)) == ["checkpoints/tiny-2/card.md", "zoo/manifest.json"]
    (root / "checkpoints" / "tiny-2" / "card.md").write_text("by hand")
    assert index.write(root) == ["checkpoints/tiny-2/card.md"] and index.stale(root) == {}


def test_mirrors_are_kept_and_pages_without_marks_left_alone(root):
    (root / "zoo" / "manifest.json").write_text('{"schema": 1, "mirrors": ["https://example.org"], "models": {}}')
    (root / "README.zh.md").write_text("no marks")
    assert "README.zh.md" not in index.write(root)
    assert json.loads((root / "zoo" / "manifest.json").read_text())["mirrors"] == ["https://example.org"]


def test_broken_entries_are_refused_and_nothing_is_written(root):
    add(root, {**ENTRIES["tiny-2"], "name": "other"})
    (root / "checkpoints" / "other").rename(root / "checkpoints" / "third")
    with pytest.raises(ValueError, match=r"checkpoints/third/entry\.json: field 'name' must be 'third'; found 'other'"):
        index.write(root)
    assert not (root / "zoo" / "manifest.json").exists()
    (root / "checkpoints" / "third" / "entry.json").write_text("{")
    with pytest.raises(ValueError, match=r"third/entry\.json: broken in line 1"):
        index.write(root)


def test_an_installed_package_has_nothing_to_generate(monkeypatch, tmp_path):
    monkeypatch.setattr(index, "checkout", lambda: None)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="An installed package has nothing to generate"):
        index.write()


def test_a_list_without_its_key_is_refused(root):
    (root / "setup.cfg").write_text("[options]\n")
    with pytest.raises(ValueError, match="must have a key 'packages'"):
        index.stale(root)


# What the wheel takes


def weigh(root, sizes):
    """Entries whose folders hold so many bytes, in the order of `kerasgen list`; what a folder holds beside is counted."""
    made = {}
    for name, size in sizes.items():
        made[name] = entry(name)
        folder = root / "checkpoints" / name
        folder.mkdir(parents=True)
        (folder / "model.weights.h5").write_bytes(bytes(size - 10))
        (folder / "samples.png").write_bytes(bytes(10))
    return made


def test_models_travel_in_order_as_long_as_there_is_room(tmp_path):
    made = weigh(tmp_path, {"a-1": 400, "a-2": 500, "a-10": 200, "b": 100, "c": 20})
    (tmp_path / "kerasgen" / "__pycache__").mkdir(parents=True)
    (tmp_path / "kerasgen" / "a.py").write_bytes(bytes(90))
    (tmp_path / "kerasgen" / "__pycache__" / "a.pyc").write_bytes(bytes(10_000))  # does not travel
    (tmp_path / "zoo" / "recipes").mkdir(parents=True)
    (tmp_path / "zoo" / "recipes" / "a.py").write_bytes(bytes(10))
    assert index.travelling(tmp_path, made, limit=1320) == ["a-1", "a-2", "a-10", "b", "c"]
    assert index.travelling(tmp_path, made, limit=1319) == ["a-1", "a-2", "a-10", "b"]
    assert index.travelling(tmp_path, made, limit=800) == ["a-1", "a-10", "b"]  # what does not fit is left out
    assert index.travelling(tmp_path, made, limit=500) == ["a-1"]
    assert index.travelling(tmp_path, made, limit=119) == []


def test_the_list_of_the_wheel_leaves_room_for_the_manifest(root, monkeypatch):
    for name in ("tiny-2", "tiny-10"):
        (root / "checkpoints" / name / "model.weights.h5").write_bytes(bytes(100_000))
    index.write(root)
    assert listed(root, "options.package_data", "kerasgen.checkpoint_data") == ["tiny-2/*", "tiny-10/*"]
    monkeypatch.setattr(index, "WHEEL_BYTES", index.size_of(root / "checkpoints"))  # nothing for the manifest
    setup = index.stale(root)["setup.cfg"]
    assert "    tiny-2/*\n\n" in setup and "tiny-10" not in setup


# Two at once


class Slow:
    """`index.entries_in` of a process that dawdles: says when it has read, and goes on when it may."""

    def __init__(self):
        self.read, self.may_go_on, self.original = threading.Event(), threading.Event(), index.entries_in

    def __call__(self, folder):
        found = self.original(folder)
        if threading.current_thread().name == "slow":
            self.read.set()
            self.may_go_on.wait(20)
        return found


def test_who_publishes_second_waits_and_sees_the_first(root, monkeypatch):
    slow = Slow()
    monkeypatch.setattr(index, "entries_in", slow)
    first = threading.Thread(target=index.write, args=(root,), name="slow")
    first.start()
    assert slow.read.wait(20)  # it has read two entries, and is about to write
    add(root, entry("third", data={**ENTRY["data"], "name": "late"}))
    second = threading.Thread(target=index.write, args=(root,))
    second.start()
    second.join(0.3)
    assert second.is_alive() and not (root / "zoo" / "manifest.json").exists()  # it waits for the lock
    slow.may_go_on.set()
    for thread in (first, second):
        thread.join(20)
    assert in_manifest(root) == ["third", "tiny-2", "tiny-10"] and index.stale(root) == {}


PROCESS = """
import json, pathlib, sys
sys.path.insert(0, sys.argv[3])
from tiny_zoo import entry
from kerasgen.zoo import index
root, name = pathlib.Path(sys.argv[1]), sys.argv[2]
for i in range(10):
    folder = root / "checkpoints" / f"{name}-{i}"
    folder.mkdir()
    (folder / "part").write_text(json.dumps(entry(folder.name)))
    (folder / "part").rename(folder / "entry.json")
    index.write(root)
"""


@pytest.mark.slow
def test_two_processes_that_publish_at_once_end_whole(root):
    import tiny_zoo

    command = [sys.executable, "-c", PROCESS, str(root)]
    folder = str(files.pathlib.Path(tiny_zoo.__file__).parent)
    processes = [subprocess.Popen([*command, name, folder]) for name in ("left", "right")]
    assert [process.wait(800) for process in processes] == [0, 0]
    assert sorted(in_manifest(root)) == sorted(
        ["tiny-2", "tiny-10", *(f"{name}-{i}" for name in ("left", "right") for i in range(10))]
    )
    assert index.stale(root) == {} and not list(root.rglob("*.part"))


# The real one


@pytest.mark.skipif(files.checkout() is None, reason="an installed package has no pages")
def test_the_index_of_this_checkout_is_not_stale():
    assert list(index.stale()) == [], "run `kerasgen index`"


@pytest.mark.skipif(files.checkout() is None, reason="an installed package has no pages")
@pytest.mark.parametrize("page", index.PAGES)
def test_the_readmes_have_a_place_for_the_table(page):
    text = (files.checkout() / page).read_text(encoding="utf-8")
    assert text.count(index.BEGIN) == text.count(index.END) == 1
