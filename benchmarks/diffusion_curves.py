"""How many steps ddpm-mnist needs, by which sampler, and what guidance does: label agreement and Frechet distance.

    python benchmarks/diffusion_curves.py             # both curves
    python benchmarks/diffusion_curves.py --guidance  # that of guidance alone

500 samples a point, the same noise and labels at every point; 100 of "ddpm" in 1,000 steps. Frechet distances of so few samples
are larger than those of the card, and compare with each other only. Results go to results/diffusion-curves.md and .png.
"""

import argparse
import json
import pathlib
import time

import matplotlib
import numpy as np

import kerasgen
from kerasgen import data, metrics
from kerasgen.scores.experts import expert, features_and_probabilities

RESULTS = pathlib.Path(__file__).parent / "results"
NAME, JUDGE, COUNT, SEED = "ddpm-mnist", "judge-mnist", 500, 31
STEPS = (2, 4, 8, 16, 32, 64)
GUIDANCE = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0)


def point(model, real, count=COUNT, **options):
    """{what was asked, "agreement", "frechet", "top_probability", "seconds" an image} of `count` samples."""
    labels = np.arange(count) % model.num_classes
    started = time.perf_counter()
    images = model.sample(label=labels, seed=SEED, **options)
    seconds = (time.perf_counter() - started) / count
    features, probabilities = features_and_probabilities(expert(JUDGE), images)
    return {
        **options,
        "count": count,
        "agreement": float(np.mean(np.argmax(probabilities, axis=1) == labels)),
        "frechet": float(metrics.frechet_distance(real, features)),
        "top_probability": float(probabilities.max(axis=1).mean()),
        "seconds": seconds,
    }


def curves(model, real, guidance_only):
    found = [{"curve": "guidance", **point(model, real, guidance=guidance)} for guidance in GUIDANCE]
    for sampler in () if guidance_only else ("ddim", "dpm++", "heun", "ddpm"):
        for steps in STEPS:
            found.append({"curve": "steps", **point(model, real, sampler=sampler, steps=steps)})
            print(found[-1], flush=True)
    if not guidance_only:
        found.append({"curve": "steps", **point(model, real, 100, sampler="ddpm", steps=1000)})
    return found


def table(found):
    lines = [f"# {NAME}: steps, samplers, guidance", "", *__doc__.splitlines()[5:8], ""]
    for curve, columns in (("guidance", ("guidance",)), ("steps", ("sampler", "steps"))):
        rows = [row for row in found if row["curve"] == curve]
        if rows:
            heads = (*columns, "samples", "agreement", "Fréchet distance", "mean top probability", "ms an image")
            lines += ["", "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
            for row in rows:
                cells = (*(row[name] for name in columns), row["count"], f"{row['agreement']:.1%}", f"{row['frechet']:.1f}")
                cells += (f"{row['top_probability']:.3f}", f"{1000 * row['seconds']:.0f}")
                lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def plot(found, path):
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for sampler in dict.fromkeys(row["sampler"] for row in found if row["curve"] == "steps"):
        rows = [row for row in found if row["curve"] == "steps" and row["sampler"] == sampler and row["count"] == COUNT]
        axes[0].loglog([row["steps"] for row in rows], [row["frechet"] for row in rows], "o-", label=sampler)
    axes[0].set(xlabel="steps", ylabel="Fréchet distance")
    axes[0].legend()
    rows = [row for row in found if row["curve"] == "guidance"]
    axes[1].plot([row["guidance"] for row in rows], [row["frechet"] for row in rows], "o-", color="tab:blue")
    axes[1].set(xlabel="guidance", ylabel="Fréchet distance")
    other = axes[1].twinx()
    other.plot([row["guidance"] for row in rows], [row["agreement"] for row in rows], "s--", color="tab:orange")
    other.set(ylabel="share that shows the label (dashed)")
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--guidance", action="store_true", help="that curve alone")
    only = parser.parse_args().guidance
    model = kerasgen.load(NAME)
    real, _ = features_and_probabilities(expert(JUDGE), data.load("mnist")["test"]["image"])
    found = curves(model, real, only)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "diffusion-curves.json").write_text(json.dumps(found, indent=1) + "\n")
    (RESULTS / "diffusion-curves.md").write_text(table(found), encoding="utf-8")
    plot(found, RESULTS / "diffusion-curves.png")
    print(table(found))


if __name__ == "__main__":
    main()
