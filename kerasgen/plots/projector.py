"""Vectors with names for TensorBoard's embedding projector."""

import pathlib

import numpy as np

from kerasgen.files import write_atomically


def save_projector(folder, vectors, names):
    """Writes what TensorBoard's projector shows: `tensorboard --logdir FOLDER`, tab "Projector".

    Args:
        folder: Where vectors.tsv, metadata.tsv and projector_config.pbtxt go; made if it is not there.
        vectors: Finite array (count, width).
        names: `count` str, one for each vector; control characters are shown as escapes.

    Raises:
        ValueError: The vectors are no such array, or there are not as many names.
    """
    vectors, names = np.asarray(vectors), list(names)
    if vectors.ndim != 2 or vectors.dtype.kind not in "fiu" or not np.all(np.isfinite(vectors)):
        raise ValueError(f"vectors must be finite numbers (count, width); received {vectors.dtype} of shape {vectors.shape}.")
    if len(names) != len(vectors):
        raise ValueError(f"names must be one for each of the {len(vectors)} vectors; received {len(names)}.")
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shown = [name if name.isprintable() and name.strip() else repr(name) for name in names]  # a line break would end a row
    rows = ["\t".join(f"{number:.6g}" for number in row) for row in vectors]
    config = 'embeddings {\n  tensor_path: "vectors.tsv"\n  metadata_path: "metadata.tsv"\n}\n'
    for name, text in (
        ("vectors.tsv", "".join(row + "\n" for row in rows)),
        ("metadata.tsv", "".join(row + "\n" for row in shown)),
        ("projector_config.pbtxt", config),
    ):
        write_atomically(folder / name, text.encode())
