"""Chooses the Keras backend before Keras is imported, and says clearly what this package cannot run on."""

import contextlib
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import re
import sys

BACKENDS = ("tensorflow", "jax")
KERAS_NEEDED = (3, 15, 1)
TENSORFLOW_NEEDED = (2, 21)


def choose():
    """Lets Keras run on JAX where TensorFlow is not installed and KERAS_BACKEND says nothing.

    Raises:
        ImportError: Keras is absent or too old, the backend asked for is neither TensorFlow nor JAX, or neither is installed.
    """
    try:
        version = importlib.metadata.version("keras")
    except importlib.metadata.PackageNotFoundError as error:
        raise ImportError("kerasgen needs keras>=3.15.1, which is not installed: pip install 'keras>=3.15.1'") from error
    if _numbers(version) < KERAS_NEEDED:
        raise ImportError(f"kerasgen needs keras>=3.15.1; keras {version} is installed: pip install -U 'keras>=3.15.1'")
    if "keras" in sys.modules and hasattr(sys.modules["keras"], "backend"):
        asked = sys.modules["keras"].backend.backend()
    else:
        asked = os.environ.get("KERAS_BACKEND")
    if asked not in (None, "", *BACKENDS):
        raise ImportError(f"kerasgen runs on the Keras backends tensorflow and jax; KERAS_BACKEND is {asked!r}.")
    if not asked and (configured := _configured()) not in (None, *BACKENDS):
        raise ImportError(
            f"kerasgen runs on the Keras backends tensorflow and jax; your {_configuration()} says {configured!r}. Set "
            "KERAS_BACKEND=tensorflow, or change that file."
        )
    for distribution in ("tensorflow", "tensorflow-cpu"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            version = importlib.metadata.version(distribution)
            if asked != "jax" and _numbers(version) < TENSORFLOW_NEEDED:
                raise ImportError(f"kerasgen needs {distribution}>=2.21; {version} is installed: pip install -U {distribution}")
    if asked or configured == "jax":
        return
    if importlib.util.find_spec("tensorflow") is None:
        if importlib.util.find_spec("jax") is None:
            raise ImportError("kerasgen needs TensorFlow or JAX: pip install tensorflow, or pip install jax")
        os.environ["KERAS_BACKEND"] = "jax"


def is_command_line():
    """Whether this process is the command `kerasgen`, or `python -m kerasgen`."""
    name = pathlib.PurePath(sys.argv[0] if sys.argv else "").stem
    return name == "kerasgen" or (name == "-m" and sys.orig_argv[-len(sys.argv)] == "kerasgen")


def _configuration():
    """The file of Keras' settings."""
    return pathlib.Path(os.environ.get("KERAS_HOME") or pathlib.Path(os.path.expanduser("~")) / ".keras") / "keras.json"  # noqa: PTH111


def _configured():
    """The backend that a user's keras.json asks for; None if it asks for none."""
    try:
        return json.loads(_configuration().read_text(encoding="utf-8")).get("backend")
    except (OSError, ValueError, AttributeError):
        return None


def _numbers(version):
    """ "3.15.1" or "2.22.0rc0" as a tuple of at most three integers."""
    return tuple(int(re.match(r"\d*", part).group() or 0) for part in version.split(".")[:3])
