"""How people lay out files: parts such as train/ and test/, a folder for each class, links, and what is none of it."""

import collections
import dataclasses
import os
import pathlib

from kerasgen.modalities.sources import PART_NAMES, PARTS

SYSTEM = ("__macosx", "thumbs.db", "desktop.ini")  # what operating systems leave behind
SHOWN = 3  # names in a message


@dataclasses.dataclass(frozen=True)
class File:
    """A file of a user's folder.

    Args:
        path: Where it is.
        part: "train", "validation" or "test" if a folder says so, else None.
        folders: Names of the folders that lead to it, without those that name parts.
    """

    path: pathlib.Path
    part: str | None
    folders: tuple[str, ...]


def find_files(folder, suffixes, notes):
    """The files under a folder that end in one of `suffixes`, in the order of their paths; links are followed.

    Where a folder holds subfolders named train, and valid, val, validation or test, these are the parts of the data, and what
    lies beside them is passed over. What is passed over is counted and named in `notes`.

    Raises:
        ValueError: There is no such file, or parts without a training part, or two folders that mean the same part.
    """
    folder = pathlib.Path(folder)
    files, passed = [], collections.defaultdict(list)
    _walk(folder, suffixes, None, (), frozenset(), files, passed)
    if parted := [file for file in files if file.part is not None]:
        passed["outside of the folders of parts"] = [file.path.name for file in files if file.part is None]
        files = parted
    said = [f"{len(names):,} {what} ({_some(names)})" for what, names in passed.items() if names]
    if not files:
        there = f" It holds {', '.join(said)}." if said else ""
        raise ValueError(f"{folder} holds no images; files that end in {', '.join(suffixes)} are looked for.{there}")
    if said:
        notes.append(f"Passed over: {', '.join(said)}.")
    return files


def class_names(files):
    """(class of each file, the names of all classes in order), or (None, ()) if the folders name no two classes.

    A class is the first folder in which the paths differ. Names that are numbers are in the order of their values.
    """
    paths = [list(file.folders) for file in files]
    while all(paths) and len({path[0] for path in paths}) == 1:
        paths = [path[1:] for path in paths]
    if not all(paths):
        return None, ()
    found = [path[0] for path in paths]
    names = set(found)
    return found, tuple(sorted(names, key=int) if all(name.isdecimal() for name in names) else sorted(names))


def _walk(folder, suffixes, part, names, above, files, passed):
    if (real := os.path.realpath(folder)) in above:
        return passed["links that lead back"].append(folder.name)
    entries = sorted(folder.iterdir())
    parts = {} if part is not None else _parts_among(folder, entries)
    for path in entries:
        if path.name.startswith(".") or path.name.lower() in SYSTEM:
            passed["hidden files and folders"].append(path.name)
        elif path.is_dir():
            here = parts.get(path)
            inside = names if here else (*names, path.name)
            _walk(path, suffixes, here or part, inside, above | {real}, files, passed)
        elif not path.exists():
            passed["links to nothing"].append(path.name)
        elif path.suffix.lower() not in suffixes:
            passed["files of other kinds"].append(path.name)
        else:
            files.append(File(path, part, names))
    return None


def _parts_among(folder, entries):
    """{subfolder: the part that its name stands for}; empty if the names are not those of parts.

    A folder named train among folders with other names is taken for a class of trains, unless one of them holds out data.
    """
    folders = [path for path in entries if path.is_dir() and not path.name.startswith(".")]
    named = {path: PART_NAMES[path.name.lower()] for path in folders if path.name.lower() in PART_NAMES}
    found = sorted(named.values())
    if found == ["train"] and len(folders) > 1:
        return {}
    if named and "train" not in found:
        raise ValueError(
            f"{folder} holds {', '.join(sorted(p.name for p in named))} but no folder named train: data held out must not be "
            "trained on. Move the other images into one named train, or give another name to a class."
        )
    if twice := [part for part in PARTS if found.count(part) > 1]:
        both = ", ".join(sorted(path.name for path, part in named.items() if part == twice[0]))
        raise ValueError(f"{folder} holds several folders of the part {twice[0]!r}: {both}. Leave one of them.")
    return named


def _some(names):
    return ", ".join(map(repr, names[:SHOWN])) + (", ..." if len(names) > SHOWN else "")
