"""The folder of a training in progress: state, history, and what is needed to continue after a kill."""

import contextlib
import csv
import datetime
import hashlib
import io
import json
import math
import os
import pathlib
import re
import socket
import sys

from kerasgen.files import PART, remove_files, write_atomically
from kerasgen.json_files import check_fields, plain, read_object

PROGRESS = "progress.json"
LONGEST = 64 * 10**6  # bytes of progress.json: several hundred thousand epochs
HOLDER = ".kerasgen-holder.json"
LOCK = ".kerasgen-lock"
MODEL_FILES = ("entry.json", "card.md", "model.weights.h5", "tokenizer.json", "samples.*", PART)
STATES = ("state-[0-9]*[0-9].weights.h5", "best-[0-9]*[0-9].weights.h5")
# Everything that a run writes: nothing else in its folder is ever removed.
OWN = (
    HOLDER,
    "history.csv",
    LOCK,
    *STATES,
    PART,
    "samples/epoch-[0-9]*",
    "tensorboard/**/events.out.tfevents.*",
    *(f"{folder}/{name}" for folder in ("release", "result") for name in MODEL_FILES),
    PROGRESS,  # removed last: without it the rest is nobody's
)
KINDS = {
    "settings": dict,
    "history": [{"epoch": int, "seconds?": (int, float)}],
    "states": [{"file": str, "sha256": str, "epoch": int}],
    "best": (dict, type(None)),
}
BEST = {"file": str, "sha256": str, "value": (int, float), "epoch": int}


def require_resumable(folder, state, before, settings, resume):
    """Raises unless the user wants to resume the work that a folder holds, with the same settings.

    Args:
        folder: The folder, for messages.
        state: What it holds, in words.
        before, settings: The settings that it began with, and the present ones: {name: JSON value}.
        resume: Whether the user wants to resume it.

    Raises:
        ValueError: `resume` is false, or settings differ.
    """
    if not resume:
        raise ValueError(f"{folder} holds {state}. Pass --resume to go on with it, or --restart to begin anew.")
    if changed := [key for key in {**before, **settings} if before.get(key) != settings.get(key)]:
        names = f"{plain(', '.join(changed)):.300}"
        raise ValueError(
            f"{folder} cannot be resumed with other settings than it began with: {names}. Restore them, or pass --restart to "
            "begin anew."
        )


def require_own(folder, own, marker=None):
    """Raises a ValueError if a folder holds files that match none of the patterns `own`: it is somebody else's.

    Without the file `marker`, which all work of kerasgen begins with, names prove nothing: the folder must be empty. A linked
    folder is not its own either.
    """
    if marker is not None and not (folder / marker).is_file():
        own = (HOLDER, LOCK, PART)
    known = {path for pattern in own for path in folder.glob(pattern)}
    files = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    others = sorted(str(path.relative_to(folder)) for path in files if path not in known)
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        raise ValueError(f"{folder} holds other files ({', '.join(others[:3])}{more}): name a new or an empty folder.")


@contextlib.contextmanager
def held(folder):
    """Reserves a folder for this process while it trains; creates it if need be, and removes it if it stays empty.

    Raises:
        ValueError: Another process is using it; the message says which.
    """
    import filelock

    folder.mkdir(parents=True, exist_ok=True)
    lock, holder = filelock.FileLock(folder / LOCK), folder / HOLDER
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        who = read_object(holder) if holder.is_file() else {}
        known = f" process {who.get('pid')} on {who.get('host')}, since {who.get('since')}" if who else " another process"
        raise ValueError(f"{folder} is in use by{known}. Wait until it has ended, or name another folder.") from None
    try:
        since = datetime.datetime.now().isoformat(" ", "seconds")
        write_atomically(holder, json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}).encode())
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()
        (folder / LOCK).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            folder.rmdir()


def tell_size(folder):
    """Says on standard error how much room a finished run takes, and how to be rid of it."""
    size = Run(folder).size
    print(f"The run in {folder} takes {size / 1e6:.1f} MB; `kerasgen runs rm` removes it.", file=sys.stderr, flush=True)


def check_progress(progress, where):
    """Raises a ValueError that begins with `where` unless a progress.json has the fields that a run relies on."""
    check_fields(progress, KINDS, where)
    for row in progress["history"]:
        check_fields(row, dict.fromkeys(row, (int, float, type(None))), f"{where}: history")
    if progress["best"] is not None:
        check_fields(progress["best"], BEST, f"{where}: best")
    for record in [*progress["states"], *([progress["best"]] if progress["best"] else [])]:
        if not re.fullmatch(r"(state|best)-[0-9]{1,12}\.weights\.h5", record["file"]):
            raise ValueError(f"{where}: file must be the name of a checkpoint; found {record['file']!r:.80}.")


def numbers(row):
    """A row of the history as it was before JSON, which knows no NaN."""
    return {key: math.nan if value is None else value for key, value in row.items()}


class Run:
    """Checkpoints of a run, each written whole before an older one is removed.

    progress.json names the newest checkpoint, the one before and the best, with their sha256; if the newest is damaged, the
    one before is used.

    Args:
        folder: The run's folder; made when the run is opened.
        shared: Whether something else keeps files there too, such as a search in the folder of a trial.
    """

    def __init__(self, folder, shared=False):
        self.folder = pathlib.Path(folder)
        self.shared = shared
        self.progress = {"settings": None, "history": [], "states": [], "best": None}

    @property
    def progress_path(self):
        return self.folder / PROGRESS

    def exists(self):
        """Whether the folder holds a run."""
        return self.progress_path.exists()

    @property
    def epoch(self):
        """Epochs completed."""
        return self.progress["states"][0]["epoch"] if self.progress["states"] else 0

    @property
    def history(self):
        """One dictionary of numbers per completed epoch."""
        return self.progress["history"]

    @property
    def seconds(self):
        """Training time so far."""
        return self.history[-1].get("seconds", 0.0) if self.history else 0.0

    def open(self, settings, resume=False, restart=False):
        """Starts a run with these settings, or finds the one to resume.

        Args:
            settings: {name: JSON value}. With "smoke" true, an earlier smoke run starts anew, and no other run is touched.
            resume: Continue the run that the folder holds.
            restart: Remove its files first; nothing else in the folder is touched.

        Raises:
            ValueError: The folder holds a run and neither `resume` nor `restart` is given, it has other settings or is damaged,
                or the folder holds other files.
        """
        settings = json.loads(json.dumps(settings))
        if self.exists():
            progress = read_object(self.progress_path, LONGEST)
            check_progress(progress, str(self.progress_path))
            before = progress["settings"]
            if settings.get("smoke") and not before.get("smoke"):
                raise ValueError(f"{self.folder} holds a real run, which a smoke run leaves alone: name another run folder.")
            if not (restart or settings.get("smoke")):
                state = f"a run that has reached epoch {len(progress['history'])}"
                require_resumable(self.folder, state, before, settings, resume)
                self.progress = {**progress, "history": [numbers(row) for row in progress["history"]]}
                return self._check_files()
            if not self.shared:
                require_own(self.folder, OWN, PROGRESS)
            remove_files(self.folder, [pattern for pattern in OWN if pattern not in (HOLDER, LOCK)])
        if not self.shared:
            require_own(self.folder, OWN, PROGRESS)
        self.progress["settings"] = settings
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_progress()

    def restore(self, model):
        """Gives `model` the weights, optimizers, random states and counters of the newest checkpoint, if there is one."""
        if self.progress["states"]:
            model.load_weights(self.folder / self.progress["states"][0]["file"])

    def restore_selected(self, model):
        """Gives `model` the weights of the epoch that validation chose; without validation, of the last.

        Raises:
            ValueError: The chosen checkpoint is damaged.
        """
        best = self.progress["best"]
        if best is not None:
            self._require_whole(best)
            model.load_weights(self.folder / best["file"])

    @property
    def size(self):
        """Bytes of all that is in the folder."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink())

    @property
    def selected_epoch(self):
        return self.progress["best"]["epoch"] if self.progress["best"] else self.epoch

    def save(self, model, epoch, logs, best=None):
        """Keeps a checkpoint and the numbers of a completed epoch.

        Args:
            model: The model.
            epoch: How many epochs are complete.
            logs: {name: number} of this epoch.
            best: (number, "max" or "min") to keep this epoch's weights if the number is finite and no epoch had a better one;
                None to keep none.
        """
        from kerasgen.zoo.weights import snapshot  # with h5py, which looking at runs can do without

        before, content = self.progress["states"], snapshot(model).getvalue()
        state = self._write(f"state-{epoch:05d}.weights.h5", content)
        self.progress["history"].append({"epoch": epoch, **logs})
        self.progress["states"] = [{**state, "epoch": epoch}, *before[:1]]
        if best is not None and self._is_better(*best):
            chosen = self._write(f"best-{epoch:05d}.weights.h5", content)
            self.progress["best"] = {**chosen, "value": best[0], "epoch": epoch}
        self._write_progress()
        keep = {s["file"] for s in self.progress["states"]} | {(self.progress["best"] or {}).get("file")}
        for pattern in STATES:
            for path in self.folder.glob(pattern):
                if path.name not in keep:
                    path.unlink()

    def _is_better(self, value, direction):
        if not math.isfinite(value):
            return False
        best = self.progress["best"]
        return best is None or (value > best["value"] if direction == "max" else value < best["value"])

    def _write(self, name, content):
        """Writes a checkpoint; returns its record."""
        write_atomically(self.folder / name, content)
        return {"file": name, "sha256": hashlib.sha256(content).hexdigest()}

    def _write_progress(self):
        history = [{key: value if math.isfinite(value) else None for key, value in row.items()} for row in self.history]
        text = json.dumps({**self.progress, "history": history}, indent=1, allow_nan=False)
        write_atomically(self.progress_path, text.encode())
        if self.history:
            text = io.StringIO()
            writer = csv.DictWriter(text, fieldnames=list(self.history[0]), restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(self.history)
            write_atomically(self.folder / "history.csv", text.getvalue().encode())

    def _is_whole(self, record):
        path = self.folder / pathlib.PurePath(record["file"]).name
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == record["sha256"]

    def _require_whole(self, record):
        if not self._is_whole(record):
            raise ValueError(
                f"{self.folder / record['file']} is damaged: it is not what the run wrote. Pass --restart to begin anew."
            )

    def _check_files(self):
        """Falls back to the checkpoint before if the newest is damaged.

        Raises:
            ValueError: No checkpoint is whole, or the best one is not.
        """
        states = [state for state in self.progress["states"] if self._is_whole(state)]
        if self.progress["states"] and not states:
            raise ValueError(f"{self.folder} cannot be resumed: its checkpoints are damaged. Pass --restart to begin anew.")
        self.progress["states"] = states
        self.progress["history"] = self.progress["history"][: self.epoch]
        best = self.progress["best"]
        if best is not None and best["epoch"] > self.epoch:
            self.progress["best"] = best = None
        if best is not None:
            self._require_whole(best)
