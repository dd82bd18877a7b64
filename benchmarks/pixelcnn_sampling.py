"""Drawing images with a gated PixelCNN: with what it has computed kept, and by a pass over the whole image for each pixel.

    python benchmarks/pixelcnn_sampling.py            # both, for the network of pixelcnn-mnist, 16 images at once

Both draw the same images from the same numbers. Results go to results/pixelcnn-sampling.md.
"""

import argparse
import pathlib
import time

import numpy as np
from keras import ops

from kerasgen import noise
from kerasgen.training.recipe import load_recipe
from kerasgen.training.release import hardware

RESULTS = pathlib.Path(__file__).parent / "results"


def naive(model, uniform):
    """Images of uniform numbers (count, height, width, 1), by one pass of the whole network for each pixel."""
    images = np.zeros_like(uniform)
    for r in range(uniform.shape[1]):
        for c in range(uniform.shape[2]):
            logits = ops.convert_to_numpy(model.read_bits(images))[:, r, c].astype("float64")
            images[:, r, c] = np.where(uniform[:, r, c] < 1 / (1 + np.exp(-logits)), 1, -1)
    return images


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=16, help="images at once")
    count = parser.parse_args().count
    model = load_recipe("pixelcnn-mnist")[0].model()
    uniform = noise.uniform((1 + 28 * 28,), 0, 0, count)[:, 1:].reshape(count, 28, 28, 1)
    model.read_bits(np.zeros_like(uniform))  # compiled
    seconds, drawn = [], []
    for draw in (lambda: model.sample(count, seed=0), lambda: naive(model, uniform)):
        started = time.perf_counter()
        drawn.append(draw())
        seconds.append(time.perf_counter() - started)
    lines = [
        f"# Drawing {count} images at once with a gated PixelCNN",
        "",
        f"{model.count_params():,} weights, 28x28 pixels, on {hardware()}. Made by `python benchmarks/pixelcnn_sampling.py`.",
        f"Pixels that differ between both: {int(np.sum(drawn[0] != drawn[1]))} of {drawn[0].size:,}.",
        "",
        "| way | seconds |",
        "|---|---|",
        f"| what was computed is kept | {seconds[0]:.2f} |",
        f"| a pass over the image for each pixel | {seconds[1]:.2f} |",
        "",
        f"The first is {seconds[1] / seconds[0]:.1f} times as fast.",
        "",
    ]
    (RESULTS / "pixelcnn-sampling.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
