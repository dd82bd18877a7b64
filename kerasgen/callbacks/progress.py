"""A progress bar with the time left; lines instead of a bar where the output is no terminal."""

import sys

import keras


class ProgressBar(keras.callbacks.Callback):
    """Shows a whole training as one bar on standard error.

    Args:
        steps_per_epoch: Batches an epoch.
        epochs: Epochs of the training.
        lines: Whether each epoch leaves a line. If not, the bar disappears at the end, and without a terminal nothing is shown.
        budget: A `Budget` that ends the training before the last of these epochs; None if all of them are trained.
    """

    def __init__(self, steps_per_epoch, epochs, lines=True, budget=None):
        super().__init__()
        self.steps_per_epoch, self.epochs, self.lines, self.budget = steps_per_epoch, epochs, lines, budget
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
            self.task = self.bar.add_task("", total=1.0, completed=self._share(epoch, 0))
            self.bar.start()
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.bar is not None:
            losses = "  ".join(f"{name} {float(value):.3f}" for name, value in (logs or {}).items())
            description = f"{self._name(self.epoch)}  {losses}"
            self.bar.update(self.task, completed=self._share(self.epoch, batch + 1), description=description)

    def _share(self, epoch, batches):
        if self.budget is not None:
            return self.budget.share
        return (epoch * self.steps_per_epoch + batches) / (self.epochs * self.steps_per_epoch)

    def _name(self, epoch):
        return f"epoch {epoch + 1}" if self.budget is not None else f"epoch {epoch + 1}/{self.epochs}"

    def on_epoch_end(self, epoch, logs=None):
        if not self.lines:
            return
        line = f"{self._name(epoch)}  " + "  ".join(f"{name} {float(value):.4g}" for name, value in logs.items())
        if self.bar is not None:
            self.bar.console.print(line)
        else:
            print(line, file=sys.stderr, flush=True)

    def on_train_end(self, logs=None):
        if self.bar is not None:
            self.bar.stop()
