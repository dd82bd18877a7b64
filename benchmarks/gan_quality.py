"""The zoo's GANs compared with the plain keras.io DCGAN recipe: the same judge, the same counts, the same functions.

    python benchmarks/gan_quality.py mnist dcgan-mnist             # minutes
    python benchmarks/gan_quality.py mnist dcgan-mnist --full      # adds classification accuracy scores, minutes each

The baseline is trained by `python benchmarks/keras_io_dcgan.py mnist`. Writes benchmarks/results/gan-quality-<data>.json and
.md, and a grid of 100 uncurated samples of each.
"""

import argparse
import json
import pathlib

import keras_io_dcgan

import kerasgen
from kerasgen import data, plots
from kerasgen.scores.judged import score_images
from kerasgen.zoo import card

RESULTS = pathlib.Path(__file__).parent / "results"
JUDGES = {"mnist": "judge-mnist", "fashion_mnist": "judge-fashion"}


class Baseline:
    """The trained baseline with the `sample` of a zoo model."""

    def __init__(self, dataset):
        self.dataset = dataset

    def sample(self, count, seed=0, start=0):
        return keras_io_dcgan.sample(self.dataset, count, seed, start)


def table(results):
    """The Markdown table of {name: {key: `Score`}}, real data first."""
    first = next(iter(results.values()))
    lines = [f"| | {' | '.join(score.named(key) for key, score in first.items())} |", "|---" * (len(first) + 1) + "|"]
    real = ("" if score.reference is None else card.number(score.reference) for score in first.values())
    lines.append(f"| real data | {' | '.join(real)} |")
    for name, scores in results.items():
        lines.append(f"| {name} | {' | '.join(card.number(scores[key].value) for key in first)} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", choices=list(JUDGES))
    parser.add_argument("models", nargs="*", help="names or directories of models to compare")
    parser.add_argument("--full", action="store_true", help="also classification accuracy scores")
    arguments = parser.parse_args()

    splits = data.load(arguments.dataset)
    score = score_images(JUDGES[arguments.dataset])
    candidates = {f"keras-io-dcgan-{arguments.dataset}": Baseline(arguments.dataset)}
    candidates |= {name: kerasgen.load(name) for name in arguments.models}
    results = {}
    for name, model in candidates.items():
        results[name] = score(model, splits, arguments.full)
        plots.save_grid(model.sample(100, seed=0), RESULTS / f"{pathlib.Path(name).name}.png", columns=10, scale=2)

    found = {name: {key: score.to_dict() for key, score in scores.items()} for name, scores in results.items()}
    (RESULTS / f"gan-quality-{arguments.dataset}.json").write_text(json.dumps(found, indent=1) + "\n")
    (RESULTS / f"gan-quality-{arguments.dataset}.md").write_text(table(results))
    print(table(results))


if __name__ == "__main__":
    main()
