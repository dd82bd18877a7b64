"""Hidden Markov models beside hmmlearn's: the same passes of Baum-Welch from the same start, and the time they take.

    python benchmarks/hidden_markov.py           # each case five times, in turns
    python benchmarks/hidden_markov.py --quick   # does it run? Nothing is kept

Sequences are drawn from a chain of as many states as both models have. Both start from the same parameters and take ten
passes; reported are the shortest times of these passes, the ratio to hmmlearn as it comes (with logarithms; the goal is at
most 1.0) and to hmmlearn when asked for scaled probabilities (both in C++), and by how much the mean log-likelihoods of a
frame differ in the end. kerasgen looks once more at all sequences after the last pass, for the loss that it reports, and
checks in each pass that the log-likelihood did not fall. Results go to results/hidden-markov.md.
"""

import argparse
import logging
import pathlib

import numpy as np
from hmmlearn import hmm as hmmlearn
from timing import take_turns, timed

from kerasgen.models.sequence.hmm import HMM
from kerasgen.training.release import hardware

RESULTS = pathlib.Path(__file__).parent / "results"
SHAPES = [  # (states, sequences, frames of each)
    (2, 1000, 10),
    (4, 500, 40),
    (20, 500, 40),
    (2, 1, 1000),
    (4, 1, 10000),
    (8, 1, 10000),
    (20, 1, 10000),
]
CASES = [(kind, *shape) for kind in ("categorical", "gaussian") for shape in SHAPES]
PASSES, ROUNDS, SYMBOLS, NUMBERS = 10, 5, 6, 2


def truth(kind, states, seed=0):
    """A chain that keeps its state four times in five, and what its states emit."""
    random = np.random.default_rng(seed)
    model = HMM(states, kind)
    spread = random.dirichlet(np.ones(states), states)
    emissions = random.dirichlet(np.full(SYMBOLS, 0.3), states)
    if kind == "gaussian":
        emissions = np.stack([3.0 * random.standard_normal((states, NUMBERS)), np.ones((states, NUMBERS))], axis=1)
    model.arrays = {
        "start": np.full(states, 1 / states),
        "transitions": 0.8 * np.eye(states) + 0.2 * spread,
        "emissions": emissions,
    }
    return model


def sides(kind, states, x):
    """(fits our model anew, fits theirs anew), both from what our first pass makes; each returns nats a frame."""
    start = HMM(states, kind, size=SYMBOLS if kind == "categorical" else None, min_variance=1e-6, seed=0)
    start.fit(x)
    arrays, lengths, frames = dict(start.arrays), [len(each) for each in x], sum(map(len, x))
    rows = np.concatenate(x)
    rows = rows[:, None] if kind == "categorical" else rows
    model = HMM(states, kind, size=start.size, min_variance=1e-6)

    def ours():
        model.arrays = dict(arrays)
        return model.fit(x, epochs=PASSES).history["loss"][-1]

    def theirs(implementation="log"):
        fixed = {"n_iter": PASSES, "tol": -np.inf, "init_params": "", "implementation": implementation}
        if kind == "categorical":
            other = hmmlearn.CategoricalHMM(states, n_features=SYMBOLS, **fixed)
            other.emissionprob_ = arrays["emissions"]
        else:
            other = hmmlearn.GaussianHMM(states, covars_prior=0, covars_weight=0, min_covar=1e-6, **fixed)
            other.n_features = NUMBERS
            other.means_, other.covars_ = arrays["emissions"][:, 0], arrays["emissions"][:, 1] ** 2
        other.startprob_, other.transmat_ = arrays["start"], arrays["transitions"]
        theirs.model = other.fit(rows, lengths)

    def score():
        return -theirs.model.score(rows, lengths) / frames

    return ours, theirs, score


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one small case, once")
    quick = parser.parse_args().quick
    logging.getLogger("hmmlearn").setLevel(logging.ERROR)  # that it has not converged after ten passes
    lines = [
        "| emissions | states | sequences | frames each | kerasgen, s | hmmlearn, s | ratio | scaled, s | ratio | difference |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for kind, states, count, length in [("categorical", 2, 10, 10)] if quick else CASES:
        x = list(truth(kind, states).sample(count, length=length, seed=0))
        ours, theirs, score = sides(kind, states, x)
        theirs()
        difference = abs(ours() - score())
        runs = {"ours": ours, "log": theirs, "scaling": lambda run=theirs: run("scaling")}
        blocks = {name: lambda n, run=run: timed(run, n) for name, run in runs.items()}
        seconds = {name: min(values) for name, values in take_turns(blocks, 1 if quick else ROUNDS, 0).items()}
        cells = [kind, states, f"{count:,}", f"{length:,}", f"{seconds['ours']:.4f}"]
        for name in ("log", "scaling"):
            cells += [f"{seconds[name]:.4f}", f"{seconds['ours'] / seconds[name]:.2f}"]
        lines.append("| " + " | ".join(map(str, [*cells, f"{difference:.1e}"])) + " |")
        print(lines[-1], flush=True)
    words = " ".join(__doc__.split("Sequences are")[1].split(" Results go")[0].split())
    text = [
        "# Hidden Markov models",
        "",
        f"Made by `python benchmarks/hidden_markov.py` on {hardware()}. Sequences are {words}",
        "",
        *lines,
    ]
    if not quick:
        (RESULTS / "hidden-markov.md").write_text("\n".join([*text, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
