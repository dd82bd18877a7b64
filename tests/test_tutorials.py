"""The tutorials: the same code in both languages, notebooks, commands that exist, and each one run on the samples."""

import ast
import pathlib
import re
import shlex

import numpy as np
import pytest
import typer
from PIL import Image

from kerasgen import cli, zoo

ROOT = pathlib.Path(__file__).parent.parent
ENGLISH = sorted((ROOT / "tutorials").glob("*.py"))
CHINESE = sorted((ROOT / "tutorials" / "zh").glob("*.py"))
SECONDS = 120  # of computing that a tutorial may take with KERASGEN_FAST=1


def names(paths):
    return [path.name for path in paths]


def test_every_tutorial_has_its_twin_and_its_links():
    assert names(ENGLISH) and names(ENGLISH) == names(CHINESE)
    for page in (ROOT / "README.md", ROOT / "tutorials" / "README.md"):
        assert all(f"{name})" in page.read_text(encoding="utf-8") for name in names(ENGLISH)), page
    assert all(f"tutorials/zh/{name})" in (ROOT / "README.zh.md").read_text(encoding="utf-8") for name in names(ENGLISH))


class WithoutWords(ast.NodeTransformer):
    """Makes every text between quotation marks the same."""

    def visit_JoinedStr(self, node):
        node.values = [self.visit(value) for value in node.values if not isinstance(value, ast.Constant)]
        return node

    def visit_FormattedValue(self, node):
        node.value = self.visit(node.value)  # and its format stays as it is
        return node

    def visit_Constant(self, node):
        return ast.Constant("") if isinstance(node.value, str) else node


@pytest.mark.parametrize("path", ENGLISH, ids=names(ENGLISH))
def test_both_languages_have_the_same_code(path):
    """But for words between quotation marks, which are printed or drawn; files and models are called by the same names."""
    twin = path.parent / "zh" / path.name
    codes = [ast.dump(WithoutWords().visit(ast.parse(each.read_text(encoding="utf-8")))) for each in (path, twin)]
    assert codes[0] == codes[1]
    strings = [
        {
            node.value
            for node in ast.walk(ast.parse(each.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"[\w./*-]+", node.value, re.ASCII)
        }
        for each in (path, twin)
    ]
    assert strings[1] <= strings[0]  # names, paths and options are not translated
    cells = [re.findall(r"^# %%.*$", each.read_text(encoding="utf-8"), re.MULTILINE) for each in (path, twin)]
    assert cells[0] == cells[1]


@pytest.mark.parametrize("path", ENGLISH + CHINESE, ids=names(ENGLISH) + [f"zh/{name}" for name in names(CHINESE)])
def test_becomes_a_notebook(path):
    jupytext, nbformat = pytest.importorskip("jupytext"), pytest.importorskip("nbformat")
    notebook = jupytext.read(path)
    nbformat.validate(notebook)
    assert notebook.cells[0].cell_type == "markdown" and notebook.cells[0].source.startswith("# ")
    assert {cell.cell_type for cell in notebook.cells} == {"markdown", "code"}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            compile(cell.source, str(path), "exec")


@pytest.mark.parametrize("path", ENGLISH + CHINESE, ids=names(ENGLISH) + [f"zh/{name}" for name in names(CHINESE)])
def test_commands_are_ones_that_exist(path):
    text = path.read_text(encoding="utf-8")
    commands = re.findall(r"^# (kerasgen .+)$", text, re.MULTILINE) + re.findall(r"`(kerasgen [^`\n]+)`", text)
    assert commands
    group = typer.main.get_command(cli.app)
    for command in commands:
        arguments = shlex.split(command)[1:]
        subcommand = group.commands[arguments[0]]
        subcommand.make_context(arguments[0], arguments[1:])  # parses, and does nothing


# What a tutorial prints with KERASGEN_FAST=1. Numbers of the zoo's models are those of their entries, or within wide bounds: a
# model that is trained anew must not break this.
PRINTED = {
    "01_load_sample_explore.py": [
        r"real digits in \[0, 1\]: 1?\d% are taken for real",
        r"decoder, line 369: ValueError",
        r"divergence, line 176: TypeError",
        r" 0\.0 +-100\.0 +-50\.500 +49\.500 +49\.\d+",
        r"'To be, or not to be': -\d+\.\d in all",
    ],
    "02_fine_tune.py": [
        r"8 of 18 trained arrays are the discriminator's",
        r"a generator step moves the discriminator by 0\.0\n",
        r"verdicts on four images: \(4, 28, 1\)",
        r"ok card",
    ],
    "03_search.py": [
        r"training on windows: ValueError",
        r"line 128: SyntaxError",
        r"cut by position: 0%",
        r"learning rate 1e38: FloatingPointError",
        r"generator loss [\d.]+, pictures changed by 0\.0\ngenerator loss 0\.\d+, pictures changed by 0\.0",
    ],
    "04_gans.py": [
        r"as printed +best D \[1\. 1\. 1\. 1\.\], value -?0\.0000",
        r"q = p +best D \[0\.5 0\.5 0\.5 0\.5\], value -1\.3863",
        r"8 of the 19 arrays that the stack trains are the discriminator's",
        r"002, line 118: AttributeError",
        r"D = 0\.01: loss as printed 0\.688, right 4\.605",
        r"R1, batch of 256 +\d +\d+% \| \d +\d+%",
    ],
    "05_gan_family.py": [
        r"halfway on the line: length 5\.\d+",
        r"samples +to the nearest training image: least (?!0\.000)\d+\.\d+",
        r"names the class that was asked for: (100|9\d)\.\d%",
        r"stopped after \d of 10 epochs: strong_discriminator",
    ],
    "06_language_models.py": [
        r"the matrix of order 6: ValueError",
        r"counts alone +0\.000000\n.*\n  Kneser-Ney +0\.(?!000000)\d{6}",
        r"gpt-shakespeare +\d\.\d+",
        r"at least as likely as greedy choice: True",
        r"without the mask these outputs do: \[0 1 2 3 4 5\]\n.*with the mask these outputs do: \[4 5\]\n",
        r"character 20 changed: 0 of 20 before it move, (20|1\d) of 20 from it on",
        r"lines 128-129, .*: SyntaxError",
        r"vocab_size is nowhere: NameError",
        r"line 94, 100 windows: IndexError",
        r"windows: \(8, 32\) with targets \(256, 65\) for outputs \(8, 65\)\nline 110: ValueError",
        r"line 110, single tokens: ValueError",
        r"TimeoutError: still in the first epoch after 15 batches",
        r"Dropout\(0\.8\) keeps (19|20|21)%",
    ],
    "07_autoencoders.py": [
        r"principal components: 0\.\d+",
        r"ELBO -[\d.]+ nats an image, of which the divergence takes [\d.]+",
        r"layer 6, half +[\d.]+ nats",
        r"digits at half size +-\d+ +\d+ +0\.[0-4]\d+ +(0\.9\d+|1\.000)",
        r"as printed: +\[-10\.5 +-3\. +-0\.5 +2\. *\]",
        r"001, line 108 .*: +1\.919 -23\.081 -48\.081; .*\n002, lines .*: +0\.980 +-5\.4\d+ +-10\.4\d+;",
        r"mended +loss after 0, 200, 400 steps: +1\.919 +1\.516 +1\.516; mean +0\.50, log variance +-0\.69",
        r"lines 170-171: InvalidArgumentError",
        r"as long as a code: \(8, 8, 4\)\n",
        r"line 174: TypeError",
        r"line 370: ValueError",
    ],
    "08_diffusion.py": [
        r"signal-to-noise ratio, cosine +39\.863",
        r"ddim  error after 40, 80, 160, 320 steps: 0\.016\d+ 0\.008\d+ 0\.004\d+ 0\.002\d+\n",
        r"heun  error after 40, 80, 160, 320 steps: 0\.00[12]\d+ 0\.000\d+ 0\.0001\d 0\.0000\d",
        r"ddpm, 320 steps: mean 0\.7[01], deviation 0\.(29|30|31)",
        r"ddpm  +\d+\.\d% +\d+\.\d%\nddim  ",
        r"guidance 0: +\d+\.\d% as asked, spread 0\.\d+\n",
        r"known pixels are as they were: True",
        r"class told wrongly: at most \d+\.\d+ bits a dimension",
        r"Gaussian +kurtosis at times 0, 0\.5, 0\.8, 1: +[23]\.\d+ +[23]\.\d+ +[23]\.\d+ +[23]\.\d+\n",
    ],
    "09_exact_likelihood.py": [
        r"untrained +all 512 images together 1\.000000; a striped one: 6\.238 nats, 9\.000 bits, 1\.000 bits a pixel",
        r"\ntrained +all 512 images together 1\.000000; a striped one: 2\.\d+ nats, 3\.\d+ bits",
        r"\n +8 +\d\.\d+ +\d\.\d+ +0\.000000 ",
        r"density that the points come from: 1\.01\d nats",
        r"made-mnist: (7|8|9)\d\.\d nats an image",
        r"pixel \(7, 7\): (?!105)[1-9]\d* of 105 pixels",
        r"a pixel that is not before: 0\.0\n",
        r"without the slope +integral 1\.649, .*\nwith it +integral 1\.000, from 2 to 4 0\.161; share of draws there 0\.16",
        r"truth +1\.01\d nats a test point, integral (1\.00|0\.99)\d+\n",
        r"flow +1\.0\d\d nats a test point, integral (1\.00|0\.99)\d+\n",
        r"there and back, largest error: 0\.00\d+\n",
        r"area of another row +median score (0\.9\d+|1\.000);",
        r"log p\(x\) = -1\.5155; gap of the ELBO 0\.3150\nbound with    1 samples -1\.83\d+, gap 0\.31\d+\n",
        r"bound with 1000 samples -1\.51\d+, gap -?0\.00\d+\n",
        r"1e-10 +-\d+\.\d+ +\d\.\d+\n",
        r"integral without the determinant: (?!1\.0)\d+\.\d+\n",
        r"with labels: ValueError: y must be None",
    ],
    "10_sequences.py": [
        r"sum over 16 paths 0\.081005, by log_prob 0\.081005\n",
        r"most probable path: \[0 0 0 0\]",
        r"hmm-jsb +\d+\.\d\d nats a quarter note\nin another order +\d+\.\d\d\n",
        r"after 64 quarter notes: 0\.0\d+\n",
        r"knowing the last  8: \d+\.\d\d nats\nthe first time \d+\.\d\d nats",
        r"network, 2 state\(s\): \d\.\d\d\n",
        r"G  \w+ .*G4\nG  .*G4\nA  .*A4\nB  .*B4\nC  .*C5\n",
        r"flies  I-NP 0\.\d+, B-VP 0\.\d+",
        r"together  : \d+\.\d% of \d+ tags right, 0 illegal",
        r"The clock  all 529 pairs of tags: 1\.0000;.*\nclock The  all 529 pairs of tags: 1\.0000;",
        r"CRFTagger has no sample: it is discriminative",
        r"HMM: y must be None: .*\nCRF: y must be numbers of tags",
        r" 5 rows: \d+\.\d\d% of the bits right, \d+% of the sequences",
        r"memory: \d+ slots of \d+ numbers\ncontroller: lstm, .*\nNTM has no sample: it answers questions",
    ],
}
PICTURES = {
    "01_load_sample_explore.py": ["01/gan.png", "01/vae.png", "01/latent-map.png", "01/autoencoder.png"],
    "02_fine_tune.py": ["02/head-start.png", "02/reconstructions.png", "02/trousers/samples.png", "02/trousers.png"],
    "03_search.py": ["../runs/search-tutorial-lstm/tutorial-lstm.png"],
    "04_gans.py": ["04/articles.png", "04/gradient.png", "04/ring.png"],
    "05_gan_family.py": [
        f"05/{name}" for name in ("gan-mnist.png", "walk.gif", "nearest.png", "classes.png", "attention.png", "augment.png")
    ],
    "06_language_models.py": ["06/matrix.png", "06/attention.png"],
    "07_autoencoders.py": [
        f"07/{name}.png"
        for name in ("reconstructions", "samples", "noise", "clouds", "map", "styles", "sevens", "ladder", "discs", "articles")
    ],
    "08_diffusion.py": [
        f"08/{name}.png"
        for name in ("noise", "small", "steps", "curve", "guidance", "inpaint", "vary", "denoise", "interpolation")
    ],
    "09_exact_likelihood.py": [f"09/{name}.png" for name in ("mixtures", "missing", "completed", "seen", "moons")],
    "10_sequences.py": ["10/chorales.png", "10/memory.png"],
}


NUMBERS = {  # a pattern with one number, and what it must lie between
    "02_fine_tune.py": (r"of the log, ([\d.]+) of Shakespeare", 0.8, 4.2),
    "03_search.py": (r"test: ([\d.]+) nats a character", 1, 4.2),  # log 65 = 4.17 without training
    "04_gans.py": (r"discriminator_loss: ([\d.]+)", 1, 4.2),
}


def check_numbers(name, printed):
    """What is known of the numbers that a tutorial prints, whatever the weights of the zoo."""
    if name in NUMBERS:
        pattern, low, high = NUMBERS[name]
        last = float(re.findall(pattern, printed)[-1])
        assert low < last < high, last
    if name.startswith("01"):  # what is drawn at a higher temperature is less likely
        nats = [float(found) for found in re.findall(r"its own text at temperature [\d.]+: ([\d.]+) nats", printed)]
        assert len(nats) == 3 and 0 < nats[0] < nats[1] < nats[2]
    if name.startswith("05"):
        for each, kind in (("dcgan-mnist", "DCGAN"), ("gan-mnist", "MLPGAN")):
            entry = zoo.info(each)
            score = entry["metrics"]["frechet"]
            numbers = f"{score['value']:.1f}, real images {score['reference']:.1f}"
            assert f"{entry['title']}: Fréchet distance {numbers}; {kind}" in printed


@pytest.mark.slow
@pytest.mark.parametrize("path", ENGLISH, ids=names(ENGLISH))
def test_runs_on_the_samples_alone(run_python, monkeypatch, tmp_path, path):
    monkeypatch.chdir(tmp_path)
    code = """
        import runpy, sys, time
        from kerasgen.tuning import results
        results.checkout = lambda: None  # results go to the current folder, as those of an installed package do
        runpy.run_path(sys.argv[1], run_name="__main__")
        print("seconds", time.process_time())
    """
    folders = {name: str(tmp_path / "none") for name in ("KERASGEN_HOME", "KERASGEN_DATA", "TFDS_DATA_DIR")}
    printed = run_python(code, path, KERASGEN_FAST="1", KERASGEN_OFFLINE="1", **folders)
    for pattern in PRINTED[path.name]:
        assert re.search(pattern, printed), f"{pattern}\n{printed}"
    for picture in PICTURES[path.name]:
        with Image.open(tmp_path / "tutorial-output" / picture) as image:
            assert min(image.size) > 50 and len(np.unique(np.asarray(image.convert("L")))) > 2
    check_numbers(path.name, printed)
    assert float(re.findall(r"seconds ([\d.]+)", printed)[-1]) < SECONDS
    assert not list(tmp_path.glob("none/**/*.npz"))  # no data set was fetched
