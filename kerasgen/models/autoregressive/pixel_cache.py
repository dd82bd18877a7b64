"""Draws the pixels of a gated PixelCNN one by one, and computes nothing twice.

A pixel needs what each layer of the horizontal stack gave at the pixels to its left, and a row what each layer of the vertical
stack gave at the rows above. Both are kept, so that the cost of a pixel does not grow with the image, and is that of one column
instead of all. In NumPy: the arrays are small, and a loop over pixels is the same on each backend.
"""

import numpy as np


class PixelCache:
    """The network of `kerasgen.models.autoregressive.pixelcnn`, one pixel at a time.

    Args:
        weights: {name of a convolution: [kernel, bias]}.
        num_layers, first_kernel, kernel: As of the model.
    """

    def __init__(self, weights, num_layers, first_kernel, kernel):
        self.weights = {name: [np.asarray(w, "float32") for w in arrays] for name, arrays in weights.items()}
        self.num_layers = num_layers
        self.halves = [first_kernel // 2] + [kernel // 2] * (num_layers - 1)

    def write(self, canvas, uniform):
        """As `PixelModel.write`, without `lot`."""
        images, (_, height, width, _) = canvas.copy(), canvas.shape
        with np.errstate(divide="ignore"):
            threshold = np.log(uniform) - np.log1p(-uniform)  # a logit above it gives a one
        rows = [[] for _ in range(self.num_layers)]  # of each layer, what it takes of the rows so far, padded to both sides
        for r in range(height):
            sums = self.vertical(images, rows, r)
            columns = [[] for _ in range(self.num_layers)]  # of each layer, what it takes of this row so far
            for c in range(width):
                logits = self.horizontal(images[:, r], columns, [each[:, c] for each in sums], c)
                chosen = np.where(threshold[:, r, c] < logits, np.float32(1), np.float32(-1))
                images[:, r, c] = np.where(canvas[:, r, c] == 0, chosen, canvas[:, r, c])
        return images

    def vertical(self, images, rows, r):
        """What the vertical stack tells each layer of the horizontal one about row r: [(batch, width, 2 channels), ...]."""
        given, found = [], images[:, r - 1] if r else np.zeros_like(images[:, 0])
        for i, half in enumerate(self.halves):
            kernel, bias = self.weights[f"vertical_{i}"]
            rows[i].append(np.pad(found, ((0, 0), (half, half), (0, 0))))
            rows[i] = rows[i][-len(kernel) :]
            total = np.broadcast_to(bias, (*found.shape[:2], len(bias))).copy()
            for row, taps in zip(rows[i], kernel[-len(rows[i]) :], strict=True):
                for shift, tap in enumerate(taps):
                    total += row[:, shift : shift + found.shape[1]] @ tap
            given.append(total @ self.weights[f"down_{i}"][0][0, 0])
            found = gate(total)
        return given

    def horizontal(self, row, columns, below, c):
        """The logits of column c of a row, (batch, 1)."""
        h, first = None, row[:, c - 1] if c else np.zeros_like(row[:, 0])
        for i in range(self.num_layers):
            kernel, bias = self.weights[f"horizontal_{i}"]
            columns[i].append(h if i else first)
            columns[i] = columns[i][-kernel.shape[1] :]
            total = below[i] + bias
            for column, tap in zip(columns[i], kernel[0, -len(columns[i]) :], strict=True):
                total = total + column @ tap
            mix, mix_bias = self.weights[f"mix_{i}"]
            found = gate(total) @ mix[0, 0] + mix_bias
            h = h + found if i else found
        head, head_bias = self.weights["head"]
        last, last_bias = self.weights["logits"]
        return np.maximum(np.maximum(h, 0) @ head[0, 0] + head_bias, 0) @ last[0, 0] + last_bias


def gate(x):
    a, b = np.split(x, 2, axis=-1)
    return np.tanh(a) * (0.5 + 0.5 * np.tanh(0.5 * b))  # the sigmoid, for any b without an overflow
