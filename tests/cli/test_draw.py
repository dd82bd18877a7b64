"""sample: what is written, printed and refused."""

import functools
import re

import numpy as np
import pytest
from command_line import run
from PIL import Image
from tiny_zoo import ENTRIES, entry, write_zoo

from kerasgen import zoo
from kerasgen.models.language.language_model import LanguageModel


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("tiny-2 -n 0", 2, "count must be an integer from 1 to 1000000; received 0"),
        ("tiny-2 -o a.npy --count 1000001", 2, "count must be .* received 1000001"),
        ("tiny-2 -n 2.5", 2, "'--count'"),
        ("tiny-2 -n 10001", 2, "A PNG shows at most 10000 images; received --count 10001"),
        ("tiny-2 --seed -1", 2, "seed must be an integer from 0 to 9223372036854775807; received -1"),
        ("tiny-2 -o a.jpg", 2, "--output must be a file named .png, .npy or .npz; received 'a.jpg'"),
        ("tiny-2 -o folder.png", 2, "--output must be a file .* received 'folder.png'"),
        ("tiny-2 --label 1", 1, "tiny-2 takes no label. These do: digits."),
        ("tiny-2 --steps 3", 1, "tiny-2 takes no steps. No model of the zoo does yet."),
        ("digits --label 3", 1, "label must be an integer from 0 to 2; received 3"),
        ("waves -o a.png", 2, "--output must be a file named .npy or .npz; received 'a.png'"),
        ("words -o a.png", 2, "--output must be a file named .txt; received 'a.png'"),
    ],
)
def test_bad_arguments_are_refused_before_weights_are_loaded(listed, labelled, monkeypatch, tmp_path, arguments, code, message):
    monkeypatch.setattr(zoo, "load", lambda *_: pytest.fail("weights were loaded"))
    write_zoo(tmp_path, {**ENTRIES, "words": entry("words", modality="text"), "waves": entry("waves", modality="array")})
    folder = tmp_path / "here" / "folder.png"
    folder.mkdir()
    result = run("sample", *arguments.split(), code=code)
    assert re.search(message, result.stderr) and result.stdout == ""
    assert list(folder.parent.iterdir()) == [folder]


def test_sample_writes_an_enlarged_grid(released, at, tmp_path):
    at(released)
    assert run("sample", "tiny-2", "-n", 3).stdout == "tiny-2.png\n"
    image = np.asarray(Image.open("tiny-2.png"))
    assert image.shape == (230, 230, 3)  # two rows of two images of 8 pixels, 14 times as wide, and gaps of 2
    pixel = zoo.load("tiny-2").sample(3, seed=0)[1, 2, 3, 0]
    assert abs(image[2 + 14 * 2 + 7, 4 + 112 + 14 * 3 + 7, 0] - 127.5 * (pixel + 1)) <= 1
    deep = tmp_path / "new" / "folder" / "grid.png"
    assert run("sample", "tiny-2", "-n", 400, "-o", deep).stdout == f"{deep}\n"
    assert 600 < max(Image.open(deep).size) <= 700 + 21 * 2  # the images, and the gaps between them


def test_sample_prints_or_writes_texts(tmp_path, monkeypatch):
    monkeypatch.setattr(LanguageModel, "sample", functools.partialmethod(LanguageModel.sample, length=20))
    texts = zoo.load("lstm-shakespeare").sample(2, seed=3)
    printed = run("sample", "lstm-shakespeare", "-n", 2, "--seed", 3).stdout
    assert printed.startswith(texts[0] + "\n\n---") and printed.endswith("---\n" + texts[1] + "\n")
    path = tmp_path / "new" / "a.txt"
    assert run("sample", "lstm-shakespeare", "-n", 2, "--seed", 3, "-o", path).stdout == f"{path}\n"
    assert path.read_text() == "\n\n".join(texts) + "\n"


def test_sample_writes_arrays(released, at):
    at(released)
    expected = zoo.load("tiny-2").sample(5, seed=7)
    run("sample", "tiny-2", "-n", 5, "--seed", 7, "-o", "a.npy")
    run("sample", "tiny-2", "-n", 5, "--seed", 7, "-o", "sub/a.npz")
    assert np.load("a.npy").dtype == "float32" and (np.load("a.npy") == expected).all()
    assert (np.load("sub/a.npz")["samples"] == expected).all()
    assert run("sample", "digits", "--label", 2, "-o", "b.npy").stdout == "b.npy\n"
    assert np.load("b.npy") == pytest.approx(2 / 3)
    for label in ([], ["--label", "1"]):  # whoever cannot sample says so itself
        said = run("sample", "judge", *label, code=1).stderr
        assert re.fullmatch("Error: Judge has no sample: .*; dcgan-mnist has sample, .*\n", said)


def test_weights_that_are_nowhere_are_told_before_keras_is_imported(listed, monkeypatch):
    def too_early(*_):
        raise AssertionError("Keras was imported first")

    monkeypatch.setattr("kerasgen.cli.draw.start_keras", too_early)
    assert "KERASGEN_OFFLINE forbids downloads" in run("sample", "tiny-2", code=1).stderr


def test_generate_prints_what_the_model_writes():
    model = zoo.load("lstm-shakespeare")
    expected = model.generate("ROMEO:", length=30, seed=2, temperature=0.7, stop=["zz"])
    options = ("--length", 30, "--seed", 2, "--temperature", 0.7, "--stop", "zz")
    assert run("generate", "lstm-shakespeare", "--prompt", "ROMEO:", *options).stdout == expected + "\n"
    (text, log_prob), _ = model.generate("ROMEO:\nMy lord", length=4, beams=3, n_best=2)
    printed = run("generate", "lstm-shakespeare", "--prompt", "ROMEO:\nMy lord", "--length", 4, "--beams", 3, "--n-best", 2)
    assert printed.stdout.startswith(f"{log_prob:.3f}\t{text}\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("lstm-shakespeare", "--prompt", "1"), "prompt must consist of the 65 characters .* are others: '1'"),
        (("lstm-shakespeare", "--top-p", 0), "top_p must be above 0"),
        (("lstm-shakespeare", "--n-best", 3), "n_best goes with beams"),
        (("dcgan-mnist",), "dcgan-mnist writes no texts. These do: .*lstm-shakespeare"),
    ],
)
def test_generate_refuses_before_anything_is_printed(arguments, message):
    result = run("generate", *arguments, code=1)
    assert re.search(message, result.stderr) and result.stdout == ""
