"""Where things are: the checkout or the wheel that this package runs from, and the user's cache."""

import os
import pathlib

PACKAGE = pathlib.Path(__file__).parent


def checkout():
    """The root of the checkout this package is imported from, or None if it is installed.

    An editable install counts as a checkout: zoo/ and checkpoints/ stand beside the package there.
    """
    root = PACKAGE.parent
    return root if (root / "zoo" / "recipes").is_dir() and (root / "setup.cfg").is_file() else None


def zoo_folder():
    """The folder of manifest.json and recipes/: beside the package in a checkout, inside it in a wheel."""
    root = checkout()
    return root / "zoo" if root else PACKAGE / "zoo_data"


def checkpoints_folder():
    """The folder of the weights that travel with the package."""
    root = checkout()
    return root / "checkpoints" if root else PACKAGE / "checkpoint_data"


def home():
    """The user's folder for downloads and caches: KERASGEN_HOME, else the platform's cache directory.

    Raises:
        OSError: Neither is known; the message names KERASGEN_HOME. There is no fallback to a world-writable place.
    """
    if os.environ.get("KERASGEN_HOME"):
        return pathlib.Path(os.environ["KERASGEN_HOME"]).expanduser()
    import pooch

    folder = pathlib.Path(pooch.os_cache("kerasgen"))
    if not folder.is_absolute() or "~" in folder.parts:
        raise OSError("No home directory is known on this machine. Set KERASGEN_HOME to a folder that kerasgen may write to.")
    return folder


def is_offline():
    """Whether KERASGEN_OFFLINE forbids every download."""
    return os.environ.get("KERASGEN_OFFLINE", "").strip().lower() not in ("", "0", "false", "no")
