"""Lets Keras find this package's classes in a .keras file before any of their modules has been imported.

Keras looks a class up by its registered name, and imports modules of its own packages only. So as soon as Keras is imported, a
stand-in is registered under the name of each class of this package. Importing the class's module, which the stand-in does when
it is asked for an object, registers the class itself in its place.
"""

import importlib
import importlib.util
import re
import sys

from kerasgen.files import PACKAGE

ROOMS = ("models", "layers", "losses", "schedules", "optimizers.py")
REGISTERED = re.compile(r'^@keras\.saving\.register_keras_serializable\("kerasgen"(?:, "(\w+)")?\)\nclass (\w+)', re.MULTILINE)


class StandIn:
    """A class of a module that has not been imported yet, as far as Keras needs it to make objects."""

    def __init__(self, module, name):
        self.module, self.name = module, name

    def from_config(self, *args, **kwargs):
        return getattr(importlib.import_module(self.module), self.name).from_config(*args, **kwargs)


def announce():
    """Registers the stand-ins with Keras: now if it has been imported, else as soon as it is."""
    if hasattr(sys.modules.get("keras"), "saving"):
        register()
    elif not any(isinstance(finder, WithKeras) for finder in sys.meta_path):
        sys.meta_path.insert(0, WithKeras())


def register():
    """Registers a stand-in for each class of this package that Keras does not know yet."""
    known = sys.modules["keras"].saving.get_custom_objects()
    for registered, module, name in registered_classes():
        known.setdefault(f"kerasgen>{registered}", StandIn(module, name))


def registered_classes():
    """(name with Keras, module, class) of each class that files of this package register, read without importing them."""
    for room in ROOMS:
        path = PACKAGE / room
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            module = ".".join((PACKAGE.name, *file.relative_to(PACKAGE).with_suffix("").parts))
            for registered, name in REGISTERED.findall(file.read_text(encoding="utf-8")):
                yield registered or name, module, name


class WithKeras:
    """An import hook that finds Keras where the others do, and registers the stand-ins once its own code has run."""

    def find_spec(self, name, path=None, target=None):
        if name != "keras":
            return None
        others = (finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec"))
        spec = next((spec for finder in others if (spec := finder.find_spec(name, path, target)) is not None), None)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def run_and_register(module):
                run(module)
                register()

            spec.loader.exec_module = run_and_register
        return spec
