"""The zoo: from a name to a model with verified weights, and what is known of every model without loading it.

Nothing here imports Keras until a model is loaded.
"""

from kerasgen.zoo.entries import find, info, list_models, manifest
from kerasgen.zoo.loading import build, load

__all__ = ["build", "find", "info", "list_models", "load", "manifest"]
