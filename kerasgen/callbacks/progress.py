"""A progress bar with the time left; lines instead of a bar where the output is no terminal."""

import sys

import keras


class ProgressBar(keras.callbacks.Callback):
    """Shows a whole training as one bar on standard error.

    Args:
        steps_per_epoch: Batches an epoch.
        epochs: Epochs of the training.
        lines: Whether each epoch leaves a line. If not, the bar goes away at the end, and there is nothing without a terminal.
    """

    def __init__(self, steps_per_epoch, epochs, lines=True):
        super().__init__()
        self.steps_per_epoch, self.epochs, self.lines = steps_per_epoch, epochs, lines
        self.bar = None

    def on_epoch_begin(self, epoch, logs=None):
        if self.bar is None and sys.stderr.isatty():
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
            self.task = self.bar.add_task("", total=self.steps_per_epoch * self.epochs, completed=self.steps_per_epoch * epoch)
            self.bar.start()
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.bar is not None:
            losses = "  ".join(f"{name} {float(value):.3f}" for name, value in (logs or {}).items())
            done = self.epoch * self.steps_per_epoch + batch + 1
            self.bar.update(self.task, completed=done, description=f"epoch {self.epoch + 1}/{self.epochs}  {losses}")

    def on_epoch_end(self, epoch, logs=None):
        if not self.lines:
            return
        line = f"epoch {epoch + 1}/{self.epochs}  " + "  ".join(f"{name} {float(value):.4g}" for name, value in logs.items())
        if self.bar is not None:
            self.bar.console.print(line)
        else:
            print(line, file=sys.stderr, flush=True)

    def on_train_end(self, logs=None):
        if self.bar is not None:
            self.bar.stop()
