"""Mixtures of Gaussians beside scikit-learn's: the same steps of EM from the same start, and the time they take.

    python benchmarks/mixtures.py           # each case five times, in turns; needs an otherwise idle machine
    python benchmarks/mixtures.py --quick   # does it run? Nothing is kept

Points of as many clusters as there are components. Both start from the same weights, means and precisions and take ten
passes; reported are seconds of these passes, their ratio (the goal is at most 1.0), and by how much the mean log-likelihoods
differ in the end. kerasgen looks once more at all points after the last pass, for the loss that it reports, and checks in each
pass that the log-likelihood did not fall. Results go to results/mixtures.md.
"""

import argparse
import pathlib
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture as ScikitMixture
from timing import summary, take_turns, timed

from kerasgen.models.mixture.gaussian_mixture import GaussianMixture
from kerasgen.training.release import hardware

RESULTS = pathlib.Path(__file__).parent / "results"
CASES = [
    (covariance, *size)
    for covariance in ("full", "diagonal")
    for size in ((20000, 2, 5), (10000, 16, 10), (5000, 64, 10), (20000, 16, 40))
]
PASSES, ROUNDS = 10, 5
THEIR_NAMES = {"full": "full", "diagonal": "diag"}


def points(count, dim, clusters):
    generator = np.random.default_rng(0)
    return 4 * generator.standard_normal((clusters, dim))[generator.integers(clusters, size=count)] + generator.standard_normal(
        (count, dim)
    )


def sides(covariance, x, components):
    """(fits our mixture anew, fits theirs anew), both from the start that our first pass makes; each returns the mixture."""
    start = GaussianMixture(components, covariance, seed=0)
    start.fit(x)
    arrays = dict(start.arrays)
    factors = arrays["factors"]
    precisions = np.linalg.inv(factors @ factors.transpose(0, 2, 1)) if covariance == "full" else factors**-2

    def ours():
        model = GaussianMixture(components, covariance, seed=0)
        model.arrays = dict(arrays)
        model.fit(x, epochs=PASSES)
        return model

    def theirs():
        return ScikitMixture(
            components,
            covariance_type=THEIR_NAMES[covariance],
            tol=0.0,
            reg_covar=0,
            max_iter=PASSES,
            weights_init=arrays["weights"],
            means_init=arrays["means"],
            precisions_init=precisions,
        ).fit(x)

    return ours, theirs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one small case, once")
    quick = parser.parse_args().quick
    warnings.filterwarnings("ignore", message="Best performing initialization did not converge|Initialization")
    lines = ["| covariance | points | numbers each | components | kerasgen, s | scikit-learn, s | ratio | difference in nats |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for covariance, count, dim, components in [("full", 500, 2, 3)] if quick else CASES:
        x = points(count, dim, components)
        ours, theirs = sides(covariance, x, components)
        difference = abs(np.mean(ours().log_prob(x)) - theirs().score(x))
        blocks = {"ours": lambda n, run=ours: timed(run, n), "theirs": lambda n, run=theirs: timed(run, n)}
        seconds = {name: summary(values)[0] for name, values in take_turns(blocks, 1 if quick else ROUNDS, 0).items()}
        ratio = seconds["ours"] / seconds["theirs"]
        cells = [covariance, f"{count:,}", dim, components, f"{seconds['ours']:.3f}", f"{seconds['theirs']:.3f}"]
        lines.append("| " + " | ".join(map(str, [*cells, f"{ratio:.2f}", f"{difference:.1e}"])) + " |")
    words = " ".join(__doc__.split("Points of")[1].split(" Results go")[0].split())
    text = [
        "# Mixtures of Gaussians",
        "",
        f"Made by `python benchmarks/mixtures.py` on {hardware()}. Points of {words}",
        "",
        *lines,
    ]
    print("\n".join(text))
    if not quick:
        (RESULTS / "mixtures.md").write_text("\n".join([*text, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
