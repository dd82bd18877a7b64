"""Kinds of data, one file each: how they are read from a user, batched, saved, shown and probed.

What depends on the kind of data stands here and nowhere else: to add one is to add a file with a subclass of `Modality`.
"""

from kerasgen.modalities.modality import Modality, get

__all__ = ["Modality", "get"]
