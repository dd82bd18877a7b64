"""Searches for better learning rates, batch sizes and whatever else a recipe names. `kerasgen tune NAME`.

A `Search` says what is searched, in zoo/searches/<name>.py or in a recipe file of your own; a recipe without one gets
the standard space. KerasTuner chooses the values (adapter.py), every trial is a training by the runner of all recipes
(search.py), and the results become a table, a picture and what `kerasgen train NAME --from-search` reads (results.py).
"""

import importlib

__all__ = ["Choice", "LogUniform", "Search", "Uniform", "set_values"]


def __getattr__(name):
    if name in __all__:  # when first used: the folders of searches can be looked at without Keras
        return getattr(importlib.import_module("kerasgen.tuning.space"), name)
    raise AttributeError(f"module 'kerasgen.tuning' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
