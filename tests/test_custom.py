"""The README's own model: at most twenty lines of the user's get load, sample, train, evaluate and a card."""

import os
import re
import subprocess
import sys

import pytest

from kerasgen.files import checkout

README = (checkout() or __import__("pathlib").Path(__file__).parent.parent) / "README.md"


def example():
    return re.search(r"<!-- own model -->\n```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL).group(1)


def test_the_example_is_short():
    body = example()[example().index("@kerasgen.data.register") :]
    lines = [line for line in body.splitlines() if line.strip()]
    assert len(lines) <= 20, f"{len(lines)} lines"


@pytest.mark.slow
def test_the_example_trains_samples_evaluates_and_loads(tmp_path):
    (tmp_path / "my_gan.py").write_text(example().replace("count=4000", "count=900").replace("epochs=3", "epochs=1"))

    def run(*arguments):
        command = [sys.executable, *arguments]
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=800, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("-m", "kerasgen", "train", "my_gan.py", "--run-folder", "run")
    card = (tmp_path / "my-gan" / "card.md").read_text(encoding="utf-8")
    assert "White discs" in card and "share of white pixels" in card and "CC0" in card
    run("-m", "kerasgen", "--import", "my_gan.py", "sample", "my-gan", "-n", "4", "-o", "discs.png")
    assert (tmp_path / "discs.png").stat().st_size > 0
    assert "white" in run("-m", "kerasgen", "--import", "my_gan.py", "evaluate", "my-gan")
    loaded = "import my_gan, kerasgen as k; m = k.load('my-gan'); print(type(m).__name__, m.sample(2).shape, m.optimizer.name)"
    assert run("-c", loaded).split() == ["LeastSquaresGAN", "(2,", "28,", "28,", "1)", "optimizer_group"]
