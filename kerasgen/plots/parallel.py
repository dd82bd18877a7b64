"""Parallel coordinates: many trials with many values each, in one picture."""

import dataclasses
import math

import numpy as np


@dataclasses.dataclass(frozen=True)
class Axis:
    """One axis.

    Args:
        label: Its name.
        values: One value per line; None for a line that does not reach the axis.
        kind: "linear", "log" (from low to high) or "choice".
        bounds: (low, high), or all values of a choice.
    """

    label: str
    values: list
    kind: str
    bounds: list

    def place(self, value):
        """Height of a value, in 0..1; NaN for None."""
        if value is None:
            return math.nan
        if self.kind == "choice":
            return self.bounds.index(value) / max(1, len(self.bounds) - 1)
        low, high = self.bounds
        if low == high:
            return 0.5
        if self.kind == "log":
            low, high, value = math.log(low), math.log(high), math.log(value)
        return (value - low) / (high - low)

    def ticks(self):
        """[(height, text)]."""
        if self.kind == "choice":
            marks = self.bounds
        elif self.kind == "log":
            marks = np.geomspace(*self.bounds, 5)
        else:
            marks = np.linspace(*self.bounds, 5)
        texts = {mark: str(mark) if isinstance(mark, (str, int)) else f"{mark:.3g}" for mark in marks}
        return [(self.place(mark), text) for mark, text in texts.items()]


def save_parallel_coordinates(axes, path, best=None, low_is_good=True, title=""):
    """Writes a PNG with a line for each trial, coloured by the last axis; no display is needed.

    Args:
        axes: List of `Axis`, the score last. A line without a score ends in grey dots.
        path: File to write.
        best: Index of the line to mark.
        low_is_good: Whether low scores get the dark colours.
        title: Above the picture.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure

    figure = Figure(figsize=(max(6.0, 1.9 * len(axes)), 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    canvas = figure.add_subplot()
    heights = np.array([[axis.place(value) for value in axis.values] for axis in axes]).T  # (lines, axes)
    colours = ScalarMappable(Normalize(0, 1.15), "viridis" if low_is_good else "viridis_r")  # not its pale yellow
    colours.set_clim((0, 1.15) if low_is_good else (-0.15, 1))
    order = np.argsort(heights[:, -1])[:: -1 if low_is_good else 1]  # the good lines on top; argsort puts NaN last
    for index in sorted(order, key=lambda i: not math.isnan(heights[i, -1])):
        failed = math.isnan(heights[index, -1])
        style = {"color": "0.6", "linestyle": ":"} if failed else {"color": colours.to_rgba(heights[index, -1])}
        canvas.plot(heights[index], linewidth=1.2, alpha=0.8, **style)
    if best is not None:
        canvas.plot(heights[best], color="crimson", linewidth=2.5, marker="o", markersize=4)
    for place, axis in enumerate(axes):
        canvas.axvline(place, color="0.2", linewidth=0.8, zorder=0)
        for height, text in axis.ticks():
            canvas.plot([place - 0.015, place + 0.015], [height, height], color="0.2", linewidth=0.8)
            look = {"fontsize": 7, "color": "0.2", "bbox": {"facecolor": "white", "alpha": 0.75, "pad": 0.8, "linewidth": 0}}
            canvas.annotate(text, (place, height), xytext=(5, 3), textcoords="offset points", zorder=9, **look)
    canvas.set_xticks(range(len(axes)), [axis.label for axis in axes], fontsize=9)
    canvas.set_yticks([])
    canvas.set_xlim(-0.1, len(axes) - 0.7)
    canvas.spines[:].set_visible(False)
    canvas.tick_params(length=0)
    canvas.set_title(title, fontsize=10)
    figure.savefig(path, dpi=110, metadata={"Software": None})
