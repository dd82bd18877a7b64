"""What every tokenizer offers, and the file it is saved as."""

import json
import pathlib

from kerasgen.files import write_atomically
from kerasgen.json_files import plain, read_object

KINDS = {}


class Tokenizer:
    """Text to ids in 0 .. size-1 and back.

    A kind of tokenizer sets `kind`, defines `encode`, `decode`, `size` and `get_config`, and takes that configuration as
    keyword arguments.
    """

    kind = None

    def __init_subclass__(cls):
        if cls.kind is not None:
            KINDS[cls.kind] = cls

    @property
    def size(self):
        """How many ids there are."""
        raise NotImplementedError

    def encode(self, text, name="text", drop_unknown=False):
        """ids of a str: int32 array (count,).

        Args:
            text: The str.
            name: What messages call it.
            drop_unknown: Leave out the parts that have no id; without it, that is an error.

        Raises:
            ValueError: The text has parts that have no id; the message shows them and how many there are.
        """
        raise NotImplementedError

    def decode(self, ids):
        """The str that a sequence of ids represents.

        Raises:
            ValueError: An id is out of range.
        """
        raise NotImplementedError

    def get_config(self):
        raise NotImplementedError

    def save(self, path):
        """Writes the tokenizer as JSON; `load_tokenizer` reads it."""
        text = json.dumps({"kind": self.kind, **self.get_config()}, ensure_ascii=False, indent=1)
        write_atomically(pathlib.Path(path), (text + "\n").encode())

    def __eq__(self, other):
        return type(self) is type(other) and self.get_config() == other.get_config()

    __hash__ = None


def load_tokenizer(path):
    """Returns the tokenizer of a file that `Tokenizer.save` wrote.

    Raises:
        ValueError: The file does not hold a tokenizer.
    """
    try:
        found = read_object(path)
        return KINDS[found.pop("kind")](**found)
    except (KeyError, TypeError, ValueError) as error:
        known = ", ".join(map(repr, sorted(KINDS)))
        said = f"{type(error).__name__}: {plain(error):.300}"
        raise ValueError(f"{path} holds no tokenizer of the kinds {known}: {said}.") from error
