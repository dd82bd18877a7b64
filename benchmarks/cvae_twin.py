"""What the label is worth: cvae-mnist beside a VAE of the same architecture, steps, optimizer and data, without labels.

    python benchmarks/cvae_twin.py            # trains the twin as the recipe trained cvae-mnist, then compares the test bounds
    python benchmarks/cvae_twin.py --record   # and adds the difference to the card of cvae-mnist

Both bounds are of the same bits with as many samples. A model that were perfect with the label and without would differ by the
information that the label carries, log 10 = 2.3 nats of ten equally frequent classes. Results go to results/cvae-twin.md.
"""

import argparse
import dataclasses
import json
import pathlib
import time

import numpy as np

import kerasgen
from kerasgen import data
from kerasgen.data import binarise
from kerasgen.models.vae.vae import VAE
from kerasgen.precision import dtype_policy
from kerasgen.scores.bits import BIT_SEED
from kerasgen.scores.intervals import with_interval
from kerasgen.steps import seeded
from kerasgen.training.recipe import load_recipe
from kerasgen.training.release import hardware, record_scores
from kerasgen.training.runner import prepare

RESULTS = pathlib.Path(__file__).parent / "results"
NAME = "cvae-mnist"


def twin_recipe(recipe):
    """The recipe of cvae-mnist, for a VAE with all its arguments but the number of classes."""
    config = recipe.model().get_config()
    config.pop("num_classes")
    return dataclasses.replace(recipe, name="cvae-mnist-twin", model=lambda: VAE(**config), fields=("image",))


def train_twin(recipe, splits):
    """The twin after as many steps as the released model took, and the seconds they took."""
    epochs, started = kerasgen.info(NAME)["training"]["selected_epoch"], time.monotonic()
    with seeded(recipe.seed, deterministic=True):
        model, batches = prepare(recipe, splits)
        model.fit(batches, epochs=epochs, shuffle=False, verbose=2)
    return model, epochs, time.monotonic() - started


def compare(twin, model, part, samples, count):
    """Scores of the twin's bound, and of how many nats fewer the labelled model needs, image by image."""
    bits, labels = binarise(part["image"][:count], BIT_SEED), part["label"][:count]
    plain = -twin.iw_bound(bits, samples=samples).astype("float64")
    told = -model.iw_bound(bits, labels, samples=samples).astype("float64")
    protocol = "a VAE of the same architecture, data, steps and seed; the same bits, "
    protocol += f"the first {len(bits)} test images, {samples} samples an image"
    return {
        "twin_iw_nats": with_interval(np.mean, plain, protocol=protocol, label="nats per image, twin without labels"),
        "label_gain_nats": with_interval(
            np.mean, plain - told, protocol=protocol, label="nats per image that the label saves", better="higher", leading=True
        ),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", action="store_true", help="add both numbers to the entry and the card of cvae-mnist")
    parser.add_argument("--samples", type=int, default=100, help="latents an image")
    parser.add_argument("--count", type=int, default=5000, help="test images")
    arguments = parser.parse_args()
    recipe = twin_recipe(load_recipe(NAME)[0])
    splits = data.load(recipe.data)
    twin, epochs, seconds = train_twin(recipe, splits)
    with dtype_policy("float32"):
        scores = compare(twin, kerasgen.load(NAME), splits["test"], arguments.samples, arguments.count)
    lines = [f"| {score.label} | {score.value:.2f} | {score.low:.2f} to {score.high:.2f} |" for score in scores.values()]
    text = "\n".join(
        [
            "# What the label is worth to cvae-mnist",
            "",
            f"{next(iter(scores.values())).protocol}; {epochs} epochs, {seconds / 60:.0f} minutes on {hardware()}.",
            "Made by `python benchmarks/cvae_twin.py`.",
            "",
            "| number | value | 95% interval |",
            "|---|---|---|",
            *lines,
            "",
        ]
    )
    (RESULTS / "cvae-twin.md").write_text(text, encoding="utf-8")
    found = {name: score.to_dict() for name, score in scores.items()}
    (RESULTS / "cvae-twin.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(text)
    if arguments.record:
        record_scores(NAME, scores)


if __name__ == "__main__":
    main()
