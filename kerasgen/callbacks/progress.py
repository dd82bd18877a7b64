"""A progress bar with the time left from the first step on; where the output is no terminal, a line now and then."""

import sys
import time

import keras

EVERY = 30.0  # seconds between lines


class ProgressBar(keras.callbacks.Callback):
    """Shows a whole training as one bar on standard error.

    Without a terminal, a line follows the first step, and then one whenever `EVERY` seconds have passed without any.

    Args:
        steps_per_epoch: Batches an epoch.
        epochs: Epochs of the training.
        lines: Whether each epoch leaves a line. If not, the bar disappears at the end.
        budget: A `Budget` that ends the training before the last of these epochs; None if all of them are trained.
    """

    def __init__(self, steps_per_epoch, epochs, lines=True, budget=None):
        super().__init__()
        self.steps_per_epoch, self.epochs, self.lines, self.budget = steps_per_epoch, epochs, lines, budget
        self.bar = self.began = None
        self.epoch = self.steps = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.steps = epoch, 0
        if self.began is None:
            self.began = self.told = time.monotonic()
            self.share_before, self.has_told = self._share(epoch, 0), not self.lines
            if sys.stderr.isatty():
                self._start_bar(epoch)

    def _start_bar(self, epoch):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        self.bar = Progress(*columns, console=Console(stderr=True), transient=not self.lines)
        first = f"{self._name(epoch)}  the first step is being compiled"
        self.task = self.bar.add_task(first, total=1.0, completed=self.share_before)
        self.bar.start()

    def on_train_batch_end(self, batch, logs=None):
        self.steps = batch + 1
        losses = "  ".join(f"{name} {float(value):.3f}" for name, value in (logs or {}).items())
        if self.bar is not None:
            description = f"{self._name(self.epoch)}  {losses}"
            self.bar.update(self.task, completed=self._share(self.epoch, self.steps), description=description)
        elif not self.has_told or time.monotonic() - self.told >= EVERY:
            step = f"step {self.steps}/{self.steps_per_epoch}"
            self._tell("  ".join(part for part in (self._name(self.epoch), step, losses, self._left()) if part))

    def _left(self):
        """The time left, in words; nothing is known of it before the second step."""
        done = self._share(self.epoch, self.steps)
        if not self.has_told or done <= self.share_before:
            return ""
        seconds = (time.monotonic() - self.began) / (done - self.share_before) * (1 - done)
        return f"about {duration(seconds)} left"

    def _share(self, epoch, batches):
        if self.budget is not None:
            return self.budget.share
        return (epoch * self.steps_per_epoch + batches) / (self.epochs * self.steps_per_epoch)

    def _name(self, epoch):
        return f"epoch {epoch + 1}" if self.budget is not None else f"epoch {epoch + 1}/{self.epochs}"

    def _tell(self, line):
        self.told, self.has_told = time.monotonic(), True
        print(line, file=sys.stderr, flush=True)

    def on_epoch_end(self, epoch, logs=None):
        self.steps = 0
        self.epoch = epoch + 1
        if not self.lines:
            return
        line = f"{self._name(epoch)}  " + "  ".join(f"{name} {float(value):.4g}" for name, value in logs.items())
        if self.bar is not None:
            self.bar.console.print(line)
        else:
            self._tell("  ".join(part for part in (line, self._left()) if part))

    def on_train_end(self, logs=None):
        self.stop()

    def stop(self):
        """Takes the bar off the terminal; may be called twice."""
        if self.bar is not None:
            self.bar.stop()


def duration(seconds):
    """A time in words, rounded: "40 s", "12 min", "3.5 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
