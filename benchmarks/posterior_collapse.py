"""Posterior collapse provoked and cured, and what beta trades, on images that code makes.

    python benchmarks/posterior_collapse.py           # both studies, three seeds: about fifteen minutes on two cores
    python benchmarks/posterior_collapse.py --quick   # does it run? One seed, a few steps; nothing is kept

Collapse    A ladder of two stochastic layers (HVAE: a vector of 8, below it a map of 4x4 places with 2 each) learns discs on
            tiles: a vector suits the disc, and the map suits the 4x4 tiles, each of which is light or dark. Trained without a
            cure, with the weight of the divergence warmed up, with free nats for each layer, and with both. Reported: the
            divergence of each layer, active latents of each (Burda et al., 2016: the variance of the mean over images is above
            0.01), the divergence of single latents of the vector, and the bound.
Beta        A VAE of 10 latents learns discs on black, with weights of the divergence from 0.1 to 16. Reported: the error of
            reconstructions, and the mutual information gap (Chen et al., 2018, arXiv:1802.04942, equation 6) between latents
            and the four factors of a disc (horizontal and vertical place, radius, grey level), which are independent.

16x16 images, pixels drawn as bits from their grey levels; all numbers are of the same 2,000 test images. Results go to
results/posterior-collapse.md, .json and .png.
"""

import argparse
import json
import pathlib
import time

import keras
import numpy as np
from matplotlib.figure import Figure

from kerasgen.data import binarise, to_float_images
from kerasgen.models.vae.hvae import HVAE
from kerasgen.models.vae.vae import VAE
from kerasgen.steps import seeded
from kerasgen.training.release import hardware

RESULTS = pathlib.Path(__file__).parent / "results"
SEEDS = (0, 1, 2)
TRAIN, TEST, BATCH = 8000, 2000, 64
LEAST, MOST = np.array([4, 4, 1.5, 0.4]), np.array([12, 12, 3.5, 1])  # horizontal and vertical place, radius, grey level
FACTOR_BINS, LATENT_BINS = 10, 20
BETAS = (0.1, 0.3, 1.0, 2.0, 4.0, 8.0, 16.0)
CURES = {
    "none": {},
    "warm-up of 500 steps": {"warmup_steps": 500},
    "2 free nats a layer": {"free_bits": 2.0},
    "both": {"warmup_steps": 500, "free_bits": 2.0},
}
STEPS = {"collapse": 750, "beta": 1000}
SHARED = {"image_shape": (16, 16, 1), "average_decay": 0.99}
LADDER = {"scales": ("vector", "quarter"), "depths": (8, 2), "widths": (12, 24), "blocks": 1, "hidden_dim": 48}
PLAIN = {"latent_dim": 10, "widths": (16, 32), "blocks": 0, "hidden_dim": 64}


def discs(count, seed):
    """Images uint8 (count, 16, 16, 1) of one disc each, and their factors, uniform in [0, 1]: (count, 4)."""
    factors = np.random.default_rng(seed).uniform(size=(count, 4))
    x, y, radius, grey = (LEAST + factors * (MOST - LEAST)).T[..., None, None]
    rows, columns = np.mgrid[:16, :16] + 0.5
    covered = np.clip(radius + 0.5 - np.hypot(columns - x, rows - y), 0, 1)  # of each pixel, with a soft edge
    return np.round(255 * grey * covered).astype("uint8")[..., None], factors


def discs_on_tiles(count, seed):
    """The discs of `discs` before 4x4 tiles, each of which is light or dark by chance: uint8 (count, 16, 16, 1)."""
    tiles = np.kron(np.random.default_rng((seed, 1)).choice([8, 84], (count, 4, 4)), np.ones((1, 4, 4), int))
    return np.maximum(discs(count, seed)[0], tiles[..., None].astype("uint8"))


def trained(model, images, steps):
    model.compile(keras.optimizers.Adam(2e-3))
    model.fit(images, batch_size=BATCH, epochs=steps * BATCH // len(images), verbose=0)
    return model


def divergences(mean, log_variance):
    """Mean over images of KL(q(z_j | image) || N(0, 1)): (latents,)."""
    return 0.5 * np.mean(np.square(mean) + np.exp(log_variance) - 1 - log_variance, axis=0)


def active(means):
    """How many latents have a mean that varies with the image (Burda et al., 2016, arXiv:1509.00519, section 5.2)."""
    return int(np.sum(means.reshape(len(means), -1).var(axis=0) > 0.01))


def information(first, second):
    """Mutual information in nats of two arrays of bins (count,), from their histogram."""
    joint = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(joint, (first, second), 1 / len(first))
    independent = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    held = joint > 0
    return float(np.sum(joint[held] * np.log(joint[held] / independent[held])))


def information_gap(latents, factors):
    """Of each factor: how much more the latent that knows it best knows of it than the second, as a share of its entropy: (4,).

    Args:
        latents: Draws from q(z | image): a latent that has collapsed must not tell by the small moves of its mean.
        factors: What the images were made from, (count, 4).
    """

    def binned(values, bins):
        """The bin of each value, equally many in each bin."""
        return np.argsort(np.argsort(values, axis=0), axis=0) * bins // len(values)

    latent_bins, factor_bins, gaps = binned(latents, LATENT_BINS), binned(factors, FACTOR_BINS), []
    for factor in factor_bins.T:
        known = np.sort([information(latent, factor) for latent in latent_bins.T])[::-1]
        gaps.append((known[0] - known[1]) / information(factor, factor))
    return np.array(gaps)


def collapse_run(cure, seed, counts, steps):
    """Numbers of a ladder trained with one of CURES."""
    images, test = to_float_images(discs_on_tiles(counts[0], 0)), discs_on_tiles(counts[1], 1)
    with seeded(seed, deterministic=True):
        model = trained(HVAE(**SHARED, **LADDER, seed=seed, **CURES[cure]), images, steps)
    bits = binarise(test, seed=0)
    means, log_variances = model.encode(bits)
    vector, grid = model.layers_of(means)
    upper, lower = model.layer_divergences(bits).mean(axis=0).tolist()
    alone = divergences(means, log_variances)[: vector.shape[1]]
    return {
        "vector": upper,
        "map": lower,
        "active_vector": active(vector),
        "active_map": active(grid),
        "latents": sorted(alone.tolist(), reverse=True),
        "elbo": float(model.elbo(bits).mean()),
    }


def beta_run(beta, seed, counts, steps):
    """Numbers of a VAE trained with this weight of the divergence."""
    images, (test, factors) = to_float_images(discs(counts[0], 0)[0]), discs(counts[1], 1)
    with seeded(seed, deterministic=True):
        model = trained(VAE(**SHARED, **PLAIN, seed=seed, beta=beta), images, steps)
    bits = binarise(test, seed=0)
    mean, log_variance = model.encode(bits)
    drawn = mean + np.exp(0.5 * log_variance) * np.random.default_rng(0).standard_normal(mean.shape)
    error = np.square(model.decode(mean) - to_float_images(test)) / 4  # of pixels in [0, 1]
    gaps = information_gap(drawn, factors)
    alone = divergences(mean, log_variance)
    return {
        "error": float(error.mean()),
        "gap": float(gaps.mean()),
        "gaps": gaps.tolist(),
        "active": active(mean),
        "divergence": float(alone.sum()),
        "latents": sorted(alone.tolist(), reverse=True),
        "elbo": float(model.elbo(bits).mean()),
    }


def over_seeds(runs, key, digits=2):
    """Mean, least and greatest over the runs, as text."""
    values = [run[key] for run in runs]
    text = f"{np.mean(values):.{digits}f}"
    return text if len(values) == 1 else f"{text} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def latents_of(runs):
    """The divergence of single latents of the first seed, as text."""
    return ", ".join(f"{nats:.2f}" for nats in runs[0]["latents"])


def table(results):
    seeds = len({run["seed"] for run in results["runs"]})
    lines = [
        "# Posterior collapse, its cures, and what beta trades",
        "",
        f"Made by `python benchmarks/posterior_collapse.py`, whose first lines say what is measured. {TRAIN:,} training "
        f"images, batches of {BATCH}; means (least to greatest) over {seeds} seeds. {results['minutes']:.0f} minutes on "
        f"{results['hardware']}.",
        "",
        "## A ladder of two layers, discs on tiles",
        "",
        f"{results['steps']['collapse']} steps; nats an image. The divergence of single latents is that of the first seed.",
        "",
        "| cure | KL, vector | KL, map | active of 8 | active of 32 | ELBO | KL of the vector's latents |",
        "|---|---|---|---|---|---|---|",
    ]
    by_arm = {}
    for run in results["runs"]:
        by_arm.setdefault((run["study"], run["arm"]), []).append(run)
    for (study, arm), runs in by_arm.items():
        if study == "collapse":
            cells = [over_seeds(runs, key) for key in ("vector", "map")]
            cells += [over_seeds(runs, key, 1) for key in ("active_vector", "active_map")]
            lines.append("| " + " | ".join([arm, *cells, over_seeds(runs, "elbo"), latents_of(runs)]) + " |")
    lines += [
        "",
        "## Beta, discs on black",
        "",
        f"{results['steps']['beta']} steps. Squared error of pixels in [0, 1], of images drawn from their mean code; the "
        "mutual information gap is a mean over four factors, 1 if each is known by one latent and no other. ELBO at weight 1.",
        "",
        "| beta | squared error | mutual information gap | active of 10 | KL | ELBO | KL of the latents |",
        "|---|---|---|---|---|---|---|",
    ]
    for (study, arm), runs in by_arm.items():
        if study == "beta":
            cells = [over_seeds(runs, "error", 5), over_seeds(runs, "gap", 3), over_seeds(runs, "active", 1)]
            cells += [over_seeds(runs, "divergence"), over_seeds(runs, "elbo"), latents_of(runs)]
            lines.append("| " + " | ".join([str(arm), *cells]) + " |")
    return "\n".join([*lines, "", "![beta](posterior-collapse.png)", ""])


def plot(results, path):
    """Error of reconstructions and mutual information gap against beta: means over seeds, and their ranges."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    runs = [run for run in results["runs"] if run["study"] == "beta"]
    betas = sorted({run["arm"] for run in runs})
    titles = {"error": "squared error of reconstructions", "gap": "mutual information gap"}
    for axes, (key, title) in zip(figure.subplots(1, 2), titles.items(), strict=True):
        values = np.array([[run[key] for run in runs if run["arm"] == beta] for beta in betas])
        axes.fill_between(betas, values.min(axis=1), values.max(axis=1), alpha=0.25)
        axes.plot(betas, values.mean(axis=1), marker="o")
        axes.set(xscale="log", xlabel="beta", title=title, ylim=(0, None))
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=100)


def study(seeds, steps, cures, betas, counts=(TRAIN, TEST)):
    """All runs, each printed when it is done."""
    started, runs = time.monotonic(), []
    for name, arms, run in (("collapse", cures, collapse_run), ("beta", betas, beta_run)):
        for arm in arms:
            for seed in seeds:
                runs.append({"study": name, "arm": arm, "seed": seed, **run(arm, seed, counts, steps[name])})
                print(runs[-1], flush=True)
    return {"steps": steps, "minutes": (time.monotonic() - started) / 60, "hardware": hardware(), "runs": runs}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one seed, a few steps; nothing is written")
    if parser.parse_args().quick:
        results = study((0,), {"collapse": 10, "beta": 10}, ("none", "both"), (0.1, 16.0), (640, 200))
        print(table(results))
        return
    results = study(SEEDS, STEPS, CURES, BETAS)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "posterior-collapse.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "posterior-collapse.md").write_text(table(results), encoding="utf-8")
    plot(results, RESULTS / "posterior-collapse.png")
    print(table(results))


if __name__ == "__main__":
    main()
