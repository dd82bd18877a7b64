"""A matrix of probabilities, such as of the transitions of a chain."""

import numpy as np

from kerasgen.files import write_atomically


def save_matrix(matrix, names, path, weights=None):
    """Draws a square matrix, row by row from 0 (light) to its largest value (dark), on a scale of square roots.

    Args:
        matrix: float array (count, count), at least 0.
        names: A str for each row and column.
        path: PNG file to write.
        weights: A number for each row, such as its stationary probability, drawn as bars beside them; None for none.

    Raises:
        ValueError: Shapes do not fit, or there are numbers below 0.
    """
    import io

    from matplotlib.figure import Figure

    matrix, count = np.asarray(matrix, "float64"), len(names)
    if matrix.shape != (count, count) or not np.all(matrix >= 0):
        raise ValueError(
            f"matrix must be numbers of at least 0, ({count}, {count}) for {count} names; received {matrix.shape}."
        )
    if weights is not None and np.shape(weights) != (count,):
        raise ValueError(f"weights must be {count} numbers, one a name; received shape {np.shape(weights)}.")
    figure = Figure(figsize=(7.5, 6.5), layout="constrained")
    axes = figure.add_subplot(1, 8, (1, 7))
    shown = axes.imshow(np.sqrt(matrix), cmap="Blues", vmin=0)
    axes.set(xlabel="next", ylabel="now", xticks=range(count), yticks=range(count))
    axes.set_xticklabels(names)
    axes.set_yticklabels(names)
    bar = figure.colorbar(shown, ax=axes, location="top", shrink=0.5, label="probability")
    ticks = np.linspace(0, np.sqrt(matrix.max()), 5)
    bar.set_ticks(ticks, labels=[f"{tick**2:.2g}" for tick in ticks])
    if weights is not None:
        beside = figure.add_subplot(1, 8, 8, sharey=axes)
        beside.barh(range(count), weights, color="tab:blue")
        beside.set(xlabel="how often")
        beside.tick_params(labelleft=False)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=90)
    write_atomically(path, content.getvalue())
