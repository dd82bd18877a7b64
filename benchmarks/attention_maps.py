"""A picture of where sagan-sprites looks: samples, and for three pixels of each the generator's attention.

    python benchmarks/attention_maps.py     # writes benchmarks/results/sagan-attention.png

Red: the pixel that is painted. Bright: the places from which it takes information.
"""

import pathlib

import numpy as np

import kerasgen
from kerasgen import latents

PIXELS = [(4, 4), (16, 16), (26, 16)]  # background, middle, foot


def main():
    model = kerasgen.load("sagan-sprites")
    z = latents.draw(model.latent_dim, 12)
    maps = np.stack([model.attention(z, row, column) for row, column in PIXELS])
    pictures = kerasgen.plots.attention_images(model.decode(z), maps, PIXELS)
    path = pathlib.Path(__file__).parent / "results" / "sagan-attention.png"
    kerasgen.plots.save_grid(pictures, path, columns=12, scale=2)
    print(path)


if __name__ == "__main__":
    main()
