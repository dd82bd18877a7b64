"""Files that are either the old one or the new one, never half of each."""

import os
import pathlib
import uuid


def write_atomically(path, content):
    """Writes bytes to a temporary file beside `path`, then puts it in place in one step."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
