"""The folder of a training in progress: state, history, and what is needed to go on after a kill."""

import csv
import hashlib
import io
import json
import math
import os
import pathlib
import shutil

from kerasgen.files import write_atomically

PROGRESS = "progress.json"


class Run:
    """Checkpoints of a run, each written whole before the one before it is let go.

    progress.json names the newest checkpoint and the one before, with their sha256; a damaged newest one is passed over.

    Args:
        folder: The run's folder; made when the run is opened.
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
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
        return self.history[-1]["seconds"] if self.history else 0.0

    def open(self, settings, resume=False, restart=False):
        """Starts a run with these settings, or finds the one to resume.

        Raises:
            ValueError: The folder holds a run and neither `resume` nor `restart` is given, or it has other settings.
        """
        settings = json.loads(json.dumps(settings))
        path = self.progress_path
        if restart and path.exists():
            shutil.rmtree(self.folder)
        if path.exists():
            progress = json.loads(path.read_text(encoding="utf-8"))
            if not resume:
                raise ValueError(
                    f"{self.folder} holds a run that has reached epoch {len(progress['history'])}. Pass --resume to go on with "
                    "it, or --restart to begin anew."
                )
            if progress["settings"] != settings:
                before = progress["settings"]
                changed = [key for key in {**before, **settings} if before.get(key) != settings.get(key)]
                raise ValueError(
                    f"{self.folder} cannot be resumed with other settings than it began with: {', '.join(changed)}. "
                    "Restore them, or pass --restart to begin anew."
                )
            self.progress = progress
            self._drop_damaged()
            return
        self.progress["settings"] = settings
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_progress()

    def restore(self, model):
        """Gives `model` the weights, optimizers, random states and counters of the newest checkpoint, if there is one."""
        if self.progress["states"]:
            model.load_weights(self.folder / self.progress["states"][0]["file"])

    def restore_selected(self, model):
        """Gives `model` the weights of the epoch that validation chose; without validation, of the last."""
        if self.progress["best"] is not None:
            model.load_weights(self.folder / self.progress["best"]["file"])

    @property
    def selected_epoch(self):
        return self.progress["best"]["epoch"] if self.progress["best"] else self.epoch

    def save(self, model, epoch, logs, best=None):
        """Keeps a checkpoint and the numbers of a completed epoch.

        Args:
            model: The compiled model.
            epoch: How many epochs are complete.
            logs: {name: number} of this epoch.
            best: (number, "max" or "min") to keep this epoch's weights if no epoch had a better number; None to keep none.
        """
        before = self.progress["states"]
        state = self._write_state(model, f"state-{epoch:05d}.weights.h5")
        self.progress["history"].append({"epoch": epoch, **logs})
        self.progress["states"] = [{**state, "epoch": epoch}, *before[:1]]
        if best is not None and self._is_better(*best):
            name = f"best-{epoch:05d}.weights.h5"
            shutil.copyfile(self.folder / state["file"], self.folder / name)
            self.progress["best"] = {"file": name, "value": best[0], "epoch": epoch}
        self._write_progress()
        keep = {s["file"] for s in self.progress["states"]} | {(self.progress["best"] or {}).get("file")}
        for path in self.folder.glob("*.weights.h5"):
            if path.name not in keep:
                path.unlink()

    def _is_better(self, value, direction):
        best = self.progress["best"]
        if best is None or math.isnan(best["value"]):
            return True
        return value > best["value"] if direction == "max" else value < best["value"]

    def _write_state(self, model, name):
        part = self.folder / f".part-{name}"
        model.save_weights(part)
        with part.open("rb+") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        os.replace(part, self.folder / name)
        return {"file": name, "sha256": digest}

    def _write_progress(self):
        write_atomically(self.progress_path, json.dumps(self.progress, indent=1).encode())
        if self.history:
            text = io.StringIO()
            writer = csv.DictWriter(text, fieldnames=list(self.history[0]), restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(self.history)
            write_atomically(self.folder / "history.csv", text.getvalue().encode())

    def _drop_damaged(self):
        def is_whole(state):
            path = self.folder / state["file"]
            return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == state["sha256"]

        states = [state for state in self.progress["states"] if is_whole(state)]
        if self.progress["states"] and not states:
            raise ValueError(f"{self.folder} cannot be resumed: its checkpoints are damaged. Pass --restart to begin anew.")
        self.progress["states"] = states
        self.progress["history"] = self.progress["history"][: self.epoch]
        best = self.progress["best"]
        if best is not None and best["epoch"] > self.epoch:
            self.progress["best"] = None
