"""GANs and techniques side by side, all else equal: three small studies over seeds.

    python benchmarks/gan_comparisons.py wasserstein     # DCGAN and WGAN-GP on Fashion-MNIST, at equal processor time
    python benchmarks/gan_comparisons.py attention       # DCGAN and SAGAN on the crawl tiles, at equal processor time
    python benchmarks/gan_comparisons.py techniques      # a DCGAN on 2,000 clothes with one technique at a time, at equal steps
    python benchmarks/gan_comparisons.py wasserstein --seeds 1 --budget 60

Networks are half as wide as those of the published models, and rates are constant. Numbers are for the validation split. A
study's results so far are kept after every training: run it again, and it continues. Writes benchmarks/results/gan-<study>.json
and .md.
"""

import argparse
import dataclasses
import json
import pathlib
import time
from collections.abc import Callable

import keras
import numpy as np

from kerasgen import OptimizerGroup, data, metrics
from kerasgen.files import write_atomically
from kerasgen.models.gan.dcgan import DCGAN
from kerasgen.models.gan.sagan import SAGAN
from kerasgen.models.gan.wgan_gp import WGANGP
from kerasgen.precision import dtype_policy
from kerasgen.scores.experts import expert, features_and_probabilities, judge_samples
from kerasgen.scores.features import validate_features
from kerasgen.zoo import card

RESULTS = pathlib.Path(__file__).parent / "results"
HALF = {"widths": (64, 32, 16), "discriminator_widths": (32, 64, 128)}
SAMPLES = 5000
WORDS = {"frechet": "Fréchet distance", "kernel_distance": "kernel distance", "precision": "precision", "recall": "recall"}


def adams(generator, discriminator, beta_1=0.5, beta_2=0.999):
    members = {"generator": generator, "discriminator": discriminator}
    return lambda: OptimizerGroup(**{name: keras.optimizers.Adam(rate, beta_1, beta_2) for name, rate in members.items()})


@dataclasses.dataclass(frozen=True)
class Arm:
    """One of the things compared: a model for a seed, its optimizer, and the examples per step."""

    model: Callable
    optimizer: Callable
    batch_size: int = 64


@dataclasses.dataclass(frozen=True)
class Study:
    """Arms on one data set, each trained for `budget` steps or seconds of processor time."""

    title: str
    data: str
    arms: dict
    validate: Callable
    budget: int
    unit: str
    images: int | None = None
    raw: bool = False  # also score the last weights, without averaging


def judged(judge_name):
    """Fréchet distance, precision and recall of 5,000 samples against as many validation images."""

    def validate(model, splits):
        judge = expert(judge_name)
        real, _ = features_and_probabilities(judge, splits["validation"]["image"][:SAMPLES])
        generated, _ = judge_samples(judge, model, SAMPLES)
        pair = metrics.precision_recall(real, generated, 5)
        return {"frechet": metrics.frechet_distance(real, generated), "precision": pair.precision, "recall": pair.recall}

    return validate


def dcgan(**options):
    return lambda seed: DCGAN(**{**HALF, "seed": seed, **options})


TILE = {"image_shape": (32, 32, 3), "augment": ("translation", "flip", "cutout")}
BETWEEN = adams(3e-4, 3e-4)
WGAN = {"widths": HALF["widths"], "critic_widths": HALF["discriminator_widths"]}

STUDIES = {
    "wasserstein": Study(
        "DCGAN and WGAN-GP on Fashion-MNIST: equal parameters, data and processor time",
        "fashion_mnist",
        {
            "DCGAN, R1 0.5": Arm(dcgan(penalty_weight=0.5), BETWEEN),
            "WGAN-GP, 3 critic steps": Arm(
                lambda seed: WGANGP(**WGAN, critic_steps=3, seed=seed), adams(3e-4, 3e-4, 0.0, 0.9), 192
            ),
            "WGAN-GP, 1 critic step": Arm(lambda seed: WGANGP(**WGAN, critic_steps=1, seed=seed), adams(1e-4, 3e-4, 0.0, 0.9)),
        },
        judged("judge-fashion"),
        budget=100,
        unit="seconds",
    ),
    "attention": Study(
        "DCGAN and SAGAN on the crawl tiles: equal size and processor time",
        "crawl_tiles",
        {
            "DCGAN, R1 0.3": Arm(dcgan(penalty_weight=0.3, **TILE), BETWEEN),
            "SAGAN": Arm(
                lambda seed: SAGAN(**{**HALF, **TILE, "widths": (160, 80, 32, 16), "seed": seed}),
                adams(1e-4, 4e-4, 0.0, 0.9),
            ),
        },
        validate_features("simclr-sprites"),
        budget=150,
        unit="seconds",
    ),
    "techniques": Study(
        "One technique at a time on a plain DCGAN: 2,000 clothes, equal steps",
        "fashion_mnist",
        {
            "plain": Arm(dcgan(), BETWEEN),
            "label smoothing 0.1": Arm(dcgan(label_smoothing=0.1), BETWEEN),
            "DiffAugment: translation, cutout": Arm(dcgan(augment=("translation", "cutout")), BETWEEN),
            "DiffAugment: rotation, flip, crop": Arm(dcgan(augment=("rotation", "flip", "crop")), BETWEEN),
            "two time scales: 1e-4, 4e-4": Arm(dcgan(), adams(1e-4, 4e-4)),
            "gradient penalty R1 0.5": Arm(dcgan(penalty_weight=0.5), BETWEEN),
        },
        judged("judge-fashion"),
        budget=1500,
        unit="steps",
        images=2000,
        raw=True,
    ),
}


class ProcessorTime(keras.callbacks.Callback):
    """Ends a training after a number of seconds of processor time (all threads together, without tracing the first steps)."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds, self.started = seconds, None

    def on_train_batch_end(self, batch, logs=None):
        if self.started is None:
            self.started = time.process_time()
        self.model.stop_training = time.process_time() - self.started > self.seconds


class LastWeights:
    """A trained model that draws with its generator's last weights instead of their average."""

    def __init__(self, model):
        self.model, self.latent_dim = model, model.latent_dim

    def sample(self, count, seed=0, start=0):
        from kerasgen import latents

        z = latents.draw(self.latent_dim, count, seed=seed, start=start)
        return keras.ops.convert_to_numpy(self.model.generator(z, training=False))


def train(study, arm, seed, budget):
    """Trains one arm; returns its numbers on the validation split."""
    splits = data.load(study.data)
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    with dtype_policy("mixed_bfloat16"):
        model = arm.model(seed)
    model.compile(arm.optimizer())
    images = splits["train"]["image"]
    if study.images is not None:
        images = images[np.random.default_rng(seed).permutation(len(images))[: study.images]]
    by_steps = study.unit == "steps"
    batches = data.Batches(
        images, arm.batch_size, seed=seed, steps_per_epoch=budget if by_steps else 10**6, prepare=data.to_float_images
    )
    model.fit(batches, epochs=1, shuffle=False, verbose=0, callbacks=[] if by_steps else [ProcessorTime(budget)])
    found = {
        "steps": int(model.optimizer.iterations),
        "parameters": sum(getattr(model, p).count_params() for p in model.players),
    }
    found["numbers"] = {name: float(value) for name, value in study.validate(model, splits).items()}
    if study.raw:
        found["last_weights"] = {name: float(v) for name, v in study.validate(LastWeights(model), splits).items()}
    return found


def cell(runs, number, key="numbers"):
    """Mean over seeds and their range."""
    values = [run[key][number] for run in runs]
    spread = f" ({card.number(min(values))} to {card.number(max(values))})" if len(values) > 1 else ""
    return card.number(np.mean(values)) + spread


def page(name, results):
    """The table of a study."""
    study = STUDIES[name]
    arms = {arm: [run for run in results["runs"] if run["arm"] == arm] for arm in study.arms}
    arms = {arm: runs for arm, runs in arms.items() if runs}
    numbers = list(results["runs"][0]["numbers"])
    lines = [f"# {study.title}", "", f"| | parameters | steps | {' | '.join(WORDS[n] for n in numbers)} |"]
    lines.append("|---" * (len(numbers) + 3) + "|")
    for arm, runs in arms.items():
        steps = card.number(np.mean([run["steps"] for run in runs])) if study.unit == "seconds" else str(runs[0]["steps"])
        for key, words in (
            ("numbers", ""),
            *([("last_weights", ", last weights in place of the average")] if study.raw else []),
        ):
            cells = " | ".join(cell(runs, number, key) for number in numbers)
            lines.append(f"| {arm}{words} | {runs[0]['parameters']:,} | {steps} | {cells} |")
    seeds = max(len(runs) for runs in arms.values())
    budget = f"{results['budget']} {'seconds of processor time' if study.unit == 'seconds' else 'steps'}"
    over = f"means over {seeds} seeds, in brackets their range" if seeds > 1 else "one seed"
    lines += [
        "",
        f"{budget} an arm; {over}; validation split. Written by `python benchmarks/gan_comparisons.py {name}`.",
        "",
    ]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", choices=list(STUDIES))
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds, from 0 on")
    parser.add_argument("--budget", type=int, help="steps or seconds an arm, in place of the study's")
    parser.add_argument("--restart", action="store_true", help="throw away what was found before")
    arguments = parser.parse_args()
    study, path = STUDIES[arguments.study], RESULTS / f"gan-{arguments.study}.json"
    budget = arguments.budget or study.budget
    results = {"budget": budget, "runs": []}
    if path.exists() and not arguments.restart:
        results = json.loads(path.read_text())
        if results["budget"] != budget:
            parser.error(f"--budget must be that of {path.name}, {results['budget']}, without --restart; received {budget}")
    for seed in range(arguments.seeds):
        for name, arm in study.arms.items():
            if any((run["arm"], run["seed"]) == (name, seed) for run in results["runs"]):
                continue
            found = train(study, arm, seed, budget)
            print(name, seed, found, flush=True)
            results["runs"].append({"arm": name, "seed": seed, **found})
            write_atomically(path, (json.dumps(results, indent=1) + "\n").encode())
    text = page(arguments.study, results)
    write_atomically(path.with_suffix(".md"), text.encode())
    print(text)


if __name__ == "__main__":
    main()
