"""Fine-tuning against training from scratch, at equal steps, on little data of another kind.

    python benchmarks/finetuning.py                       # all of them, about three quarters of an hour on two cores
    python benchmarks/finetuning.py dcgan-mnist --seeds 1

`dcgan-mnist` and `vae-mnist` continue with 1,000 images of Fashion-MNIST, `lstm-shakespeare` with 100 kB of Lewis Carroll
(texts/alice.txt). `freezed` is `dcgan-mnist` on 500 images of Fashion-MNIST, with a third arm whose discriminator keeps its two
lower layers (FreezeD: Mo, Cho & Shin, 2020, arXiv:2002.10964). All arms use what `kerasgen finetune` uses: batches, optimizer,
validation number. A pretrained arm starts at the zoo's weights with that command's learning rate, a third of the highest of
the original training; the other at random weights with the full one. Each seed has its own images, batches and random weights.

Writes benchmarks/results/finetuning-<name>.json and .png, and finetuning.md with all that are there.

    python benchmarks/finetuning.py --rates               # what becomes of a loaded model at several constant rates
    python benchmarks/finetuning.py --rates vae-mnist/own gan-mnist/rings

trains loaded models in float32, on their own data and on little new data (300 drawn rings, 200 pictures of clothes, Lewis
Carroll), at several shares of the highest rate of their training. `kerasgen.load` takes the highest that leaves a model as good
as it was on its own data, `kerasgen.finetune` one that helps more on new data: it keeps only what is better on validation.
Writes benchmarks/results/finetuning-rates.json and .md.
"""

import argparse
import dataclasses
import json
import pathlib
import tempfile

import keras
import numpy as np

from kerasgen import modalities, zoo
from kerasgen.precision import dtype_policy
from kerasgen.scores import criteria
from kerasgen.steps import seeded
from kerasgen.training import finetuning, runner
from kerasgen.training.freezing import freeze
from kerasgen.zoo import card
from kerasgen.zoo.entries import has_tokenizer

HERE = pathlib.Path(__file__).parent
RESULTS = HERE / "results"


@dataclasses.dataclass(frozen=True)
class Task:
    """What a model is fine-tuned on, for how many steps, and after how many it is evaluated."""

    model: str
    source: str
    steps: int
    every: int
    images: int = 1000
    freeze: tuple = ()  # layers of a third arm that stay as they are

    @property
    def starts(self):
        return ("pretrained", "from scratch", *([FROZEN] if self.freeze else []))


@dataclasses.dataclass(frozen=True)
class Rates:
    """What a loaded model goes on with, and after how many steps it is looked at."""

    model: str
    source: str
    marks: tuple
    shares: tuple = (0.03, 0.1, 0.33)


SAMPLES = HERE.parent / "kerasgen" / "data" / "samples"
RATES = {
    "gan-mnist/own": Rates("gan-mnist", "mnist", (50, 100, 200)),
    "dcgan-mnist/own": Rates("dcgan-mnist", "mnist", (50, 100, 200)),
    "vae-mnist/own": Rates("vae-mnist", "mnist", (50, 100)),
    "gan-mnist/rings": Rates("gan-mnist", "rings", (50, 100, 200)),
    "dcgan-mnist/rings": Rates("dcgan-mnist", "rings", (50, 100, 200)),
    "vae-mnist/clothes": Rates("vae-mnist", str(SAMPLES / "fashion_mnist.npz"), (20, 50)),
    "lstm-shakespeare/carroll": Rates("lstm-shakespeare", str(HERE / "texts" / "alice.txt"), (10, 20)),
}
FROZEN = "pretrained, lower layers of the discriminator frozen"
TASKS = {
    "dcgan-mnist": Task("dcgan-mnist", "fashion_mnist", steps=400, every=100),
    "vae-mnist": Task("vae-mnist", "fashion_mnist", steps=600, every=100),
    "lstm-shakespeare": Task("lstm-shakespeare", str(HERE / "texts" / "alice.txt"), steps=120, every=20),
    "freezed": Task(
        "dcgan-mnist",
        "fashion_mnist",
        steps=400,
        every=100,
        images=500,
        freeze=("discriminator/conv2d", "discriminator/conv2d_1"),
    ),
}


def read(modality, model, task, seed):
    """The source as `kerasgen finetune` reads it; for images, a training subset chosen by `seed`."""
    if modality.name == "text":
        return modality.read(task.source, model, drop_unknown=True)[0]
    about, _ = modality.read(task.source, model)
    splits = dict(about.read())
    chosen = np.random.default_rng(seed).permutation(len(splits["train"]["image"]))[: task.images]
    splits["train"] = {field: values[chosen] for field, values in splits["train"].items()}
    return dataclasses.replace(about, read=lambda: splits)


def arm(task, seed, start):
    """Trains one arm; returns its numbers on validation, the first before any step, and how it was trained."""
    name, pretrained = task.model, start != "from scratch"
    entry = zoo.info(name)
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    with dtype_policy("mixed_bfloat16"):
        model = zoo.build(entry)
    if pretrained:
        model.set_weights(zoo.load(name).get_weights())
    if start == FROZEN:
        freeze(model, task.freeze)
    if has_tokenizer(entry):
        model.tokenizer = zoo.load(name).tokenizer
    modality = modalities.get(entry["modality"])
    about = read(modality, model, task, seed)
    splits = about.read()
    fields = modality.fields(model, splits)
    criterion = criteria.choose(model, about.name, splits, fields, modality)
    optimizer, rates = finetuning.optimizer_for(model, entry, share=finetuning.SHARE if pretrained else 1.0)
    recipe = finetuning.make_recipe(entry, name, model, about, fields, criterion, optimizer, seed, task.every)
    model, batches = runner.prepare(dataclasses.replace(recipe, precision="mixed_bfloat16"), splits)
    number = criterion.select[0]
    curve = [criterion.validate(model, splits)[number]]
    for epoch in range(task.steps // task.every):
        model.fit(batches, initial_epoch=epoch, epochs=epoch + 1, shuffle=False, verbose=0)
        curve.append(criterion.validate(model, splits)[number])
    print(f"{name}, {start}, seed {seed}: {', '.join(map(card.number, curve))}", flush=True)
    return {
        "start": start,
        "seed": seed,
        "rates": rates,
        "batch_size": recipe.batch_size,
        "curve": curve,
        "what": criterion.words,
    }


def rings(count=300, seed=0):
    """uint8 pictures (count, 28, 28, 1) of rings, of any place, size and width."""
    drawn = np.random.default_rng(seed).uniform([[10], [10], [5], [1.5]], [[18], [18], [10], [3]], (4, count))
    y, x, radius, width = drawn[..., None, None]
    rows, columns = np.mgrid[:28, :28]
    off = np.abs(np.sqrt((rows - y) ** 2 + (columns - x) ** 2) - radius)
    return (255 * np.clip(2.0 - 1.5 * off / width, 0, 1))[..., None].astype("uint8")


def at_rates(task, seed=0):
    """The validation number of a loaded model before and after steps at each share: what it is, and [{share, curve}]."""
    entry, source = zoo.info(task.model), task.source
    modality, model, arms = modalities.get(entry["modality"]), zoo.load(task.model), []
    folder = tempfile.TemporaryDirectory()
    if source == "rings":
        source = pathlib.Path(folder.name) / "rings.npz"
        np.savez(source, image=rings())
    about, _ = modality.read(source, model, drop_unknown=modality.name == "text")
    splits = about.read()
    fields = modality.fields(model, splits)
    criterion = criteria.choose(model, about.name, splits, fields, modality)
    for share in task.shares:
        keras.utils.set_random_seed(seed)
        model = zoo.load(task.model)
        optimizer, _ = finetuning.optimizer_for(model, entry, share=share)
        recipe = finetuning.make_recipe(entry, task.model, model, about, fields, criterion, optimizer, seed, 10)
        model, batches = runner.prepare(recipe, splits)
        curve = {0: criterion.validate(model, splits)[criterion.select[0]]}
        for epoch in range(max(task.marks) // 10):
            model.fit(batches, initial_epoch=epoch, epochs=epoch + 1, shuffle=False, verbose=0)
            if (steps := 10 * (epoch + 1)) in task.marks:
                curve[steps] = criterion.validate(model, splits)[criterion.select[0]]
        print(f"{task.model}, share {share:.2g}: {', '.join(map(card.number, curve.values()))}", flush=True)
        arms.append({"share": share, "curve": curve})
    return {"what": criterion.words, "arms": arms}


def write_rates(found):
    """finetuning-rates.json and .md: a row for each model, data and share."""
    (RESULTS / "finetuning-rates.json").write_text(json.dumps(found, indent=1) + "\n")
    lines = [
        "| model / data | share of the highest rate | validation number (lower is better): after how many steps |",
        "|---|---|---|",
    ]
    for name, each in found.items():
        for arm in each["arms"]:
            curve = ", ".join(f"{card.number(value)} ({steps})" for steps, value in arm["curve"].items())
            lines.append(f"| `{name}` | {arm['share']:.2g} | {each['what']}: {curve} |")
    lines += ["", "One seed each, in float32. Written by `python benchmarks/finetuning.py --rates`.", ""]
    (RESULTS / "finetuning-rates.md").write_text("\n".join(lines))


def summary(name, arms):
    """A summary of the curves of all seeds, as the cells of a row."""
    task = TASKS[name]
    curves = {start: np.array([a["curve"] for a in arms if a["start"] == start]) for start in task.starts}
    mean = {start: c.mean(axis=0) for start, c in curves.items()}
    ahead = mean["pretrained"][1:] < mean["from scratch"][1:]
    overtaken = task.every * (1 + int(np.argmin(ahead))) if not ahead.all() else None
    caught = np.flatnonzero(mean["from scratch"] <= mean["pretrained"][1])
    what = "" if task.source.endswith(".txt") else f", {task.images} images"
    seeds = "1 seed" if len(arms) == len(curves) else f"{len(arms) // len(curves)} seeds"
    cells = [f"`{task.model}`{what}, {seeds}", arms[0]["what"], card.number(mean["pretrained"][0])]
    for start in curves:
        best = curves[start].min(axis=1)
        cells.append(f"{card.number(best.mean())} ({card.number(best.min())} to {card.number(best.max())})")
    if not task.freeze:
        cells.append("")
    cells.append(f"no, in {task.steps} steps" if overtaken is None else f"from step {overtaken} on")
    cells.append(f"more than {task.steps}" if len(caught) == 0 else str(task.every * int(caught[0])))
    return cells


def draw(name, arms):
    """Validation number against steps: a line for each seed. If an arm starts far off, the legend says where."""
    from matplotlib import pyplot

    task, later = TASKS[name], np.array([a["curve"][1:] for a in arms])
    figure, axes = pyplot.subplots(figsize=(5.4, 4), layout="constrained")
    for start, colour in zip(task.starts, ("tab:blue", "tab:orange", "tab:green"), strict=False):
        curves = [a["curve"] for a in arms if a["start"] == start]
        label = f"{start} (before any step: {card.number(np.mean([curve[0] for curve in curves]))})"
        for i, curve in enumerate(curves):
            steps = task.every * np.arange(len(curve))
            axes.plot(steps, curve, color=colour, marker=".", alpha=0.8, label=label if i == 0 else None)
    margin = 0.1 * np.ptp(later)
    axes.set_ylim(later.min() - margin, later.max() + margin)
    axes.set(xlabel="steps", ylabel=arms[0]["what"].replace(" on the features", "\non the features"), title=task.model)
    axes.grid(alpha=0.3)
    figure.legend(loc="outside lower center", fontsize="small")
    figure.savefig(RESULTS / f"finetuning-{name}.png", dpi=110)
    pyplot.close(figure)


def write_pages():
    """finetuning.md and the pictures, from all results that are there."""
    heads = ["model", "validation number (lower is better)", "pretrained, before any step", "pretrained, best (seeds)",
             "from scratch, best (seeds)", "frozen, best (seeds)", "overtaken?",
             "steps from scratch to the pretrained one's first number"]  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    names = [name for name in TASKS if (RESULTS / f"finetuning-{name}.json").exists()]
    for name in names:
        arms = json.loads((RESULTS / f"finetuning-{name}.json").read_text())
        draw(name, arms)
        lines.append(f"| {' | '.join(summary(name, arms))} |")
    lines += ["", "Means over seeds, in brackets their range. Written by `python benchmarks/finetuning.py`.", ""]
    lines += [f"![{name}](finetuning-{name}.png)" for name in names]
    (RESULTS / "finetuning.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"some of {', '.join(TASKS)}; all if none is given")
    parser.add_argument("--rates", action="store_true", help=f"loaded models at several rates: some of {', '.join(RATES)}")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds, from 0 on")
    arguments = parser.parse_args()
    known = RATES if arguments.rates else TASKS
    if unknown := sorted(set(arguments.names) - set(known)):
        parser.error(f"names must be some of {', '.join(known)}; received {', '.join(unknown)}")
    with seeded(0, deterministic=True):
        if arguments.rates:
            path = RESULTS / "finetuning-rates.json"
            found = json.loads(path.read_text()) if path.exists() else {}
            for name in arguments.names or RATES:
                found[name] = at_rates(RATES[name])
                write_rates(found)
            return
        for name in arguments.names or TASKS:
            arms = [arm(TASKS[name], seed, start) for seed in range(arguments.seeds) for start in TASKS[name].starts]
            (RESULTS / f"finetuning-{name}.json").write_text(json.dumps(arms, indent=1) + "\n")
    write_pages()


if __name__ == "__main__":
    main()
