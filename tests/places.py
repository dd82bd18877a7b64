"""Where the checkout's files are, also for a package that is installed elsewhere."""

import pathlib

CHECKPOINTS = pathlib.Path(__file__).parents[1] / "checkpoints"  # of all models; a wheel has room for some
