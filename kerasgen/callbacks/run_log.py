"""TensorBoard logs of a run: losses, validation numbers, learning rates and sample grids."""

import importlib.util
import pathlib
import sys

import keras


class RunLog(keras.callbacks.Callback):
    """Shows each epoch's sample grid in TensorBoard.

    Args:
        folder: The run's folder: grids are read from samples/, logs go to tensorboard/.
    """

    @staticmethod
    def callbacks(folder):
        """The callbacks that log to `folder`/tensorboard; none, and a line that says so, where TensorFlow is not installed."""
        if importlib.util.find_spec("tensorflow") is None:
            print(
                f"TensorBoard logs need TensorFlow, which is not installed; the numbers are in {folder}/history.csv.",
                file=sys.stderr,
            )
            return []
        return [keras.callbacks.TensorBoard(str(pathlib.Path(folder) / "tensorboard"), write_graph=False), RunLog(folder)]

    def __init__(self, folder):
        super().__init__()
        self.folder = pathlib.Path(folder)

    def on_train_begin(self, logs=None):
        import tensorflow as tf

        self.writer = tf.summary.create_file_writer(str(self.folder / "tensorboard" / "samples"))

    def on_epoch_end(self, epoch, logs=None):
        import tensorflow as tf

        path = self.folder / "samples" / f"epoch-{epoch + 1:04d}.png"
        if path.exists():
            with self.writer.as_default():
                tf.summary.image("samples", tf.io.decode_png(path.read_bytes())[None], step=epoch + 1)
            self.writer.flush()

    def on_train_end(self, logs=None):
        self.writer.close()
