"""The folder of a search: what it holds, and who may write to it. Imports neither Keras nor KerasTuner."""

import json

from kerasgen.files import PART, remove_files, write_atomically
from kerasgen.json_files import read_object
from kerasgen.training.run import HOLDER, LOCK, require_own, require_resumable
from kerasgen.training.run import OWN as RUN_FILES

SETTINGS = "search.json"
FAILURE = "failure.json"
# Everything that a search writes: KerasTuner's state, and trials, which are runs.
OWN = (
    *(HOLDER, LOCK, "oracle.json", "tuner*.json", "chief.json", "worker*.json", PART),
    *(f"trial_*/{pattern}" for pattern in (*RUN_FILES, "trial.json", FAILURE, "checkpoint*", "build_config.json")),
    SETTINGS,  # removed last, as a run's progress is
)


def own_files(settings):
    """Patterns of the files in the folder of the search with these settings, its results included."""
    return [*(f"{settings.get('recipe')}.{ending}" for ending in ("json", "md", "png")), *OWN]


def open_folder(folder, settings, resume, restart):
    """Makes the folder of a search, or checks that a search to be resumed has the same settings.

    As for a `Run`: only files that a search wrote are removed, and a smoke search leaves a real one alone.

    Raises:
        ValueError: It holds a search and neither `resume` nor `restart` is given, it has other settings, or there are other
            files.
    """
    settings = json.loads(json.dumps(settings))
    path, own = folder / SETTINGS, own_files(settings)
    if path.exists():
        before = read_object(path)
        if settings.get("smoke") and not before.get("smoke"):
            raise ValueError(f"{folder} holds a real search, which a smoke run leaves alone: name another run folder.")
        if not (restart or settings.get("smoke")):
            return require_resumable(folder, "a search", before, settings, resume)
        require_own(folder, own, SETTINGS)
        remove_files(folder, [pattern for pattern in own if pattern not in (HOLDER, LOCK)])
    require_own(folder, own, SETTINGS)
    write_atomically(path, json.dumps(settings, indent=1).encode())
