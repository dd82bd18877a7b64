"""Digits against other images by the bound of vae-mnist: what a likelihood notices, what it does not, and scores that mend it.

    python benchmarks/anomaly.py           # one to three minutes on two cores
    python benchmarks/anomaly.py --quick   # fewer images, a shorter training; nothing is kept

Each score is the larger the more unusual an image. The area under the ROC curve is the probability that an image of the other
kind scores higher than a test digit; below 0.5 the other kind is taken for more usual than digits.

-bound          nats an image, minus the evidence lower bound (10 latents).
typicality      how far the bound is from its mean over validation digits (Nalisnick et al., 2019, arXiv:1906.02994, for one
                image): what is too likely is unusual, too.
-bound - zlib   what the model needs in excess of a general compressor (Serra et al., 2020, arXiv:1909.11480, equation 1).
-bound - KT     the same with a compressor of pictures of bits: each bit is coded given six neighbours above and to the
                left, by counts that it learns from this one image as it goes (Krichevsky & Trofimov, 1981).

The trap is known from clothes and digits: a model of clothes, trained here for a minute, stands beside vae-mnist. All images
are bits drawn from grey levels. Results go to results/anomaly.md and .json.
"""

import argparse
import json
import pathlib
import time
import zlib

import keras
import numpy as np
from sklearn.metrics import roc_auc_score

import kerasgen
from kerasgen import data
from kerasgen.data import binarise, to_float_images
from kerasgen.models.vae.vae import VAE
from kerasgen.steps import seeded
from kerasgen.training.release import hardware

RESULTS = pathlib.Path(__file__).parent / "results"
COUNT, SAMPLES, TRAINING_IMAGES, EPOCHS = 1000, 10, 20_000, 3
NEIGHBOURS = ((0, -1), (0, -2), (-1, -1), (-1, 0), (-1, 1), (-2, 0))  # rows and columns from the pixel
SCORES = ("-bound", "typicality", "-bound - zlib", "-bound - KT")


def shrunk(images):
    """Images (count, 28, 28, 1) at half their size, in the middle of black."""
    halves = images.reshape(-1, 14, 2, 14, 2, 1).mean(axis=(2, 4)).round().astype("uint8")
    return np.pad(halves, ((0, 0), (7, 7), (7, 7), (0, 0)))


def kinds(count):
    """{name: uint8 images (at most count, 28, 28, 1)}, digits of the test split first."""
    digits = data.load("mnist")["test"]["image"][:count]
    fonts = data.load("fonts")["test"]
    letters = fonts["image"][fonts["label"] < 52]  # the last ten are digits
    letters = letters[np.random.default_rng(0).permutation(len(letters))[:count], 2:-2, 2:-2]
    return {
        "digits": digits,
        "letters of typefaces": letters,
        "clothes": data.load("fashion_mnist")["test"]["image"][:count],
        "digits in a mirror": digits[:, :, ::-1],
        "digits upside down": digits[:, ::-1],
        "digits at half size": shrunk(digits),
        "black images": np.zeros_like(digits),
        "noise": np.random.default_rng(1).integers(0, 256, digits.shape).astype("uint8"),
    }


def zlib_nats(bits):
    """Length of each image of -1 and 1 as compressed by zlib, in nats: (count,)."""
    return np.array([8 * np.log(2) * len(zlib.compress(np.packbits(image > 0).tobytes(), 9)) for image in bits])


def counted_nats(bits):
    """Length of each image of -1 and 1 as coded by counts of its own contexts, in nats: (count,)."""
    ones = (bits[..., 0] > 0).astype(int)
    count, height, width = ones.shape
    padded = np.pad(ones, ((0, 0), (2, 0), (2, 1)))
    contexts = sum(
        padded[:, 2 + row : 2 + row + height, 2 + column : 2 + column + width] << i
        for i, (row, column) in enumerate(NEIGHBOURS)
    )
    seen, nats, images = np.full((count, 2 ** len(NEIGHBOURS), 2), 0.5), np.zeros(count), np.arange(count)
    for context, bit in zip(contexts.reshape(count, -1).T, ones.reshape(count, -1).T, strict=True):  # pixel by pixel
        nats -= np.log(seen[images, context, bit] / seen[images, context].sum(axis=1))
        seen[images, context, bit] += 1
    return nats


def scores(nats, bits, usual):
    """{name of SCORES: score of each image}; `nats` is minus the bound, `usual` its mean over usual images."""
    return dict(zip(SCORES, (nats, np.abs(nats - usual), nats - zlib_nats(bits), nats - counted_nats(bits)), strict=True))


def areas(own, others):
    """{name of a score: area under the ROC curve}, of the dicts that `scores` gives."""
    truth = np.repeat([0, 1], [len(own[SCORES[0]]), len(others[SCORES[0]])])
    return {name: float(roc_auc_score(truth, np.concatenate([own[name], others[name]]))) for name in SCORES}


def compare(model, images, validation):
    """{kind: {"count", "bound", "areas"}} of {kind: images}, of which the first is the model's own."""
    usual = -model.elbo(binarise(validation, seed=2), SAMPLES).mean()
    found, own = {}, None
    for name, part in images.items():
        bits = binarise(part, seed=1)
        nats = -model.elbo(bits, SAMPLES).astype("float64")
        each = scores(nats, bits, usual)
        own = own or each
        found[name] = {"count": len(part), "bound": float(-nats.mean()), "areas": None if each is own else areas(own, each)}
        print(name, found[name], flush=True)
    return found


def model_of_clothes(images, epochs):
    with seeded(0, deterministic=True):
        model = VAE(latent_dim=20, widths=(16, 32), blocks=0, hidden_dim=128, seed=0)
        model.compile(keras.optimizers.Adam(2e-3))
        model.fit(to_float_images(images), batch_size=128, epochs=epochs, verbose=0)
    return model


def section(title, found):
    lines = [
        f"## {title}",
        "",
        "| images | count | bound in nats | " + " | ".join(SCORES) + " |",
        "|---|---|---|" + "---|" * len(SCORES),
    ]
    for name, row in found.items():
        cells = ["-"] * len(SCORES) if row["areas"] is None else [f"{row['areas'][score]:.3f}" for score in SCORES]
        lines.append(f"| {name} | {row['count']:,} | {row['bound']:.1f} | " + " | ".join(cells) + " |")
    others = {name: row["areas"] for name, row in found.items() if row["areas"] is not None}
    trapped = [f"{name} ({each['-bound']:.2f})" for name, each in others.items() if each["-bound"] < 0.5]
    least = [f"{score} {min(each[score] for each in others.values()):.2f}" for score in SCORES]
    told = f"More usual than its own by the bound alone: {', '.join(trapped) or 'none'}. Least area: {', '.join(least)}."
    return [*lines, "", told, ""]


def page(results):
    head = [
        "# Anomalies by the bound",
        "",
        "Made by `python benchmarks/anomaly.py`, whose first lines say what the scores are. Columns hold the area under the "
        "ROC curve; with 1,000 images of each kind it is known to 0.02 (two standard errors, Hanley & McNeil, 1982). "
        f"{results['seconds']:.0f} seconds on {results['hardware']}.",
        "",
    ]
    clothes = f"A small VAE of clothes ({results['epochs']} epochs of {results['training_images']:,} images): clothes are usual"
    return "\n".join([*head, *section("vae-mnist: digits are usual", results["digits"]), *section(clothes, results["clothes"])])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="50 images of a kind, one short epoch; nothing is written")
    quick = parser.parse_args().quick
    count, training_images, epochs = (50, 640, 1) if quick else (COUNT, TRAINING_IMAGES, EPOCHS)
    started = time.monotonic()
    images = kinds(count)
    by_digits = compare(kerasgen.load("vae-mnist"), images, data.load("mnist")["validation"]["image"][:count])
    fashion = data.load("fashion_mnist")
    turned = {name: images[name] for name in ("clothes", "digits", "letters of typefaces", "black images", "noise")}
    model = model_of_clothes(fashion["train"]["image"][:training_images], epochs)
    by_clothes = compare(model, turned, fashion["validation"]["image"][:count])
    facts = {"training_images": training_images, "epochs": epochs, "samples": SAMPLES, "hardware": hardware()}
    results = {**facts, "seconds": time.monotonic() - started, "digits": by_digits, "clothes": by_clothes}
    print(page(results))
    if not quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "anomaly.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        (RESULTS / "anomaly.md").write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
