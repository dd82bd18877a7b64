"""Kinds of data, one file each: how they are read from a user, batched, saved, shown and probed.

All code that depends on the kind of data is here: to add a kind, add a file with a subclass of `Modality`.
"""

from kerasgen.modalities.modality import Modality, get

__all__ = ["Modality", "get"]
