"""Finds the file of a manifest record: beside the package, where it was installed from, in the cache, or on a mirror.

No copy is trusted because of where it lies: size and sha256 are compared on every call, also for the files that travel
with the package (they may be edited, or git-lfs pointers). A checkpoint has at most 8 MB, so this takes milliseconds, and
no result is remembered.
"""

import warnings

from kerasgen import files
from kerasgen.download import MISSING, FileCorrupt, FileUnavailable, bring, checked_record, defect, inside, mirrored


def fetch(file, mirrors=()):
    """Returns the path of a verified copy of `file`, downloading it if there is none on this machine.

    Looks in the package's checkpoints, in those of the checkout it was installed from, in the cache (`KERASGEN_HOME`), at the
    mirrors that the user named in `KERASGEN_MIRROR` and at `mirrors`, in this order. `KERASGEN_OFFLINE` forbids mirrors.

    Args:
        file: A manifest record {"path": "dcgan-mnist/model.weights.h5", "sha256": hex digits, "bytes": int}.
        mirrors: Base URLs from the manifest, https only, each of a copy of checkpoints/.

    Raises:
        ValueError: The record is malformed, or a link would lead out of the folders.
        FileUnavailable: No place has the file, or the cache cannot be written.
        FileCorrupt: There is no good copy, and at least one place has a wrong file under that name.
    """
    file = checked_record(file)
    faults = []  # (place, what is wrong there), for the message
    corrupt = False
    for folder in files.local_checkpoints():
        path = inside(folder, file["path"])
        problem = defect(path, file)
        if problem is None:
            return path
        faults.append((path, problem))
        if problem != MISSING:
            corrupt = True
            warnings.warn(f"{path} is not used: {problem}.", stacklevel=2)
    cached = path  # the last place looked at, and the one to download into

    if files.is_offline():
        hint = f"KERASGEN_OFFLINE forbids downloads: unset it, or copy the file to {cached} by hand."
    else:
        urls = mirrored(file["path"], mirrors)
        failed = bring(cached, file, urls) if urls else []
        if failed is None:
            return cached
        faults += failed or [("mirrors", "none is known")]
        corrupt = corrupt or any(fault.corrupt for _, fault in failed)
        hint = f"Copy the file to {cached} by hand, or set KERASGEN_MIRROR to the URL of a server of checkpoints/."
    places = "; ".join(f"{place}: {problem}" for place, problem in faults)
    error = FileCorrupt if corrupt else FileUnavailable
    raise error(f"No good copy of {file['path']} ({file['bytes']} bytes) was found. {places}.\n{hint}")


def is_here(file):
    """Whether a file lies where `fetch` finds it without a network; its contents are not checked."""
    return any((folder / checked_record(file)["path"]).is_file() for folder in files.local_checkpoints())


def verified(path, file):
    """Returns `path` if the file there matches the record, for weights that the user has placed.

    Raises:
        ValueError: The record is malformed.
        FileUnavailable: There is no file.
        FileCorrupt: It is another file; the message says how it differs.
    """
    problem = defect(path, checked_record(file))
    if problem is None:
        return path
    raise (FileUnavailable if problem == MISSING else FileCorrupt)(f"{path}: {problem}.")
