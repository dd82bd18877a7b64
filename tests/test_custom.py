"""The README's own model: at most twenty lines get load, sample, train, evaluate and a card, and it draws discs."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from kerasgen.data import to_float_images
from kerasgen.files import checkout
from kerasgen.metrics import nearest_images

README = (checkout() or __import__("pathlib").Path(__file__).parent.parent) / "README.md"


def example():
    return re.search(r"<!-- own model -->\n```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL).group(1)


def test_the_example_is_short():
    body = example()[example().index("@kerasgen.data.register") :]
    lines = [line for line in body.splitlines() if line.strip()]
    assert len(lines) <= 20, f"{len(lines)} lines"


def discs(y, x, radius):
    """bool (count, 28, 28)."""
    rows, columns = np.mgrid[:28, :28]
    y, x, radius = (np.asarray(value)[:, None, None] for value in (y, x, radius))
    return (rows - y) ** 2 + (columns - x) ** 2 < radius**2


def measures(white):
    """How round white pixels are, bool (count, 28, 28), with their centres and areas, each (count,).

    Round is the overlap with the disc of the same centre and area, 1 for a disc.
    """
    area = white.sum(axis=(1, 2)).clip(1)
    y, x = ((white * places).sum(axis=(1, 2)) / area for places in np.mgrid[:28, :28])
    ideal = discs(y, x, np.sqrt(area / np.pi))
    return (white & ideal).sum(axis=(1, 2)) / (white | ideal).sum(axis=(1, 2)).clip(1), y, x, area


BOARD = np.broadcast_to(np.indices((28, 28)).sum(axis=0) % 8 < 4, (50, 28, 28))
WRONG = {"a checkerboard": BOARD, "nothing": BOARD & False, "everything": BOARD | True}


def test_what_measures_discs_sees_the_difference():
    random = np.random.default_rng(1)
    real = discs(*random.uniform([[8], [8], [4]], [[20], [20], [8]], (3, 4000)))
    round_, _, _, area = measures(real)
    assert round_.mean() > 0.97 and round_.min() > 0.9 and measures(BOARD)[0].max() < 0.5 and 40 < area.min() < area.max() < 220
    train, test = (to_float_images((255 * part[..., None]).astype("uint8")) for part in (real[500:], real[:200]))
    far = nearest_images(test, train).distances.mean()
    for name, white in WRONG.items():  # what an untrained or a broken generator may draw
        assert nearest_images(2.0 * white[..., None].astype("float32") - 1, train).distances.mean() > 2 * far, name


@pytest.mark.slow
def test_the_example_trains_and_draws_discs(tmp_path):
    (tmp_path / "my_gan.py").write_text(example())

    def run(*arguments):
        command = [sys.executable, *arguments]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=800, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("-m", "kerasgen", "train", "my_gan.py", "--run-folder", "run")
    card = (tmp_path / "my-gan" / "card.md").read_text(encoding="utf-8")
    assert "White discs" in card and "nearest training image" in card and "CC0" in card
    assert "Not examined: nobody has stated any" in card and "*The first samples of seed 0, none left out.*" in card
    run("-m", "kerasgen", "--import", "my_gan.py", "sample", "my-gan", "-n", "16", "-o", "discs.png")
    tiles = np.asarray(Image.open(tmp_path / "discs.png").convert("L"))[2:, 2:]
    side = 28 * 4 + 2
    tiles = np.stack([tiles[i * side :, j * side :][2 : 28 * 4 : 4, 2 : 28 * 4 : 4] for i in range(4) for j in range(4)])
    assert np.median(measures(tiles > 127)[0]) > 0.85
    run("-m", "kerasgen", "--import", "my_gan.py", "sample", "my-gan", "-n", "300", "-o", "discs.npy")
    round_, y, x, area = measures(np.load(tmp_path / "discs.npy")[..., 0] > 0)
    assert round_.mean() > 0.85 and np.mean(round_ < 0.6) < 0.1
    assert min(y.std(), x.std()) > 2 and 80 < area.mean() < 150 and area.std() > 25  # real: 3.5, 117 and 46: no collapse
    (score,) = json.loads(run("-m", "kerasgen", "--import", "my_gan.py", "evaluate", "my-gan", "--json")).values()
    assert score["reference"] / 2 < score["value"] < 2 * score["reference"]
    loaded = "import my_gan, kerasgen as k; m = k.load('my-gan'); print(type(m).__name__, m.sample(2).shape, m.optimizer.name)"
    assert run("-c", loaded).split() == ["LeastSquaresGAN", "(2,", "28,", "28,", "1)", "optimizer_group"]
