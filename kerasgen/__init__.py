"""A Keras 3 zoo of generative models with pretrained checkpoints.

    model = kerasgen.load("dcgan-mnist")
    images = model.sample(16, seed=0)      # float32, (16, 28, 28, 1), in [-1, 1]

Nothing here imports TensorFlow or JAX until a model is used.
"""

import importlib

from kerasgen import backend, serialization

__version__ = "0.1.0"

try:
    backend.choose()
except ImportError as error:
    if backend.is_command_line():  # which has no traceback for what its user can mend
        raise SystemExit(f"Error: {error}") from None
    raise
serialization.announce()

_PUBLIC = {
    "load": "kerasgen.zoo",
    "list_models": "kerasgen.zoo",
    "info": "kerasgen.zoo",
    "evaluate": "kerasgen.evaluation",
    "verify": "kerasgen.evaluation",
    "train": "kerasgen.workflow",
    "finetune": "kerasgen.training.finetuning",
    "save": "kerasgen.training.saving",
    "tune": "kerasgen.tuning.search",
    "GenerativeModel": "kerasgen.model",
    "ExactModel": "kerasgen.exact",
    "OptimizerGroup": "kerasgen.optimizers",
    "Recipe": "kerasgen.training.recipe",
    "Score": "kerasgen.score",
    "portable_step": "kerasgen.steps",
    "input_gradients": "kerasgen.steps",
}

_MODULES = (
    "blocks",
    "callbacks",
    "data",
    "latents",
    "layers",
    "losses",
    "metrics",
    "modalities",
    "models",
    "noise",
    "plots",
    "samplers",
    "schedules",
    "scores",
    "tokenizers",
    "training",
    "tuning",
    "zoo",
)

__all__ = ["__version__", *_PUBLIC, *_MODULES]


def __getattr__(name):
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    if name in _MODULES:
        return importlib.import_module(f"kerasgen.{name}")
    raise AttributeError(f"module 'kerasgen' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
