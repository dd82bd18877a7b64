"""Which model for my data? Two tables of all models of the zoo that say how likely handwritten digits are.

    python benchmarks/likelihoods.py            # a minute or two: numbers are those of the cards, seconds a sample are measured
    python benchmarks/likelihoods.py --untimed  # leaves the seconds out

Bits    MNIST's digits as bits. Nats an image on bits drawn once from the grey levels, and on the bits of others ("static").
Greys   MNIST's digits in 256 grey levels, in bits a dimension (a pixel), and in nats an image.

"exact" is the log-probability itself. "bound" is an upper bound on what an image costs, and the gap is what lies between:
what the approximate posterior misses (with the gain that ten times the samples bring), the noise between grey levels, or the
noise of diffusion. A model that is told the class of a digit can save up to log 10 = 2.3 nats by it. Results go to
results/likelihoods.md.
"""

import argparse
import math
import pathlib
import time

import kerasgen

RESULTS = pathlib.Path(__file__).parent / "results"
PIXELS = 784
DATA = ("mnist", "binarized_mnist")
SAMPLES = 64
GREYS = {  # the score that counts bits a dimension, and what its gap is
    "iw_bits_per_dim": "noise between grey levels, 16 draws",
    "elbo_bits_per_dim": "noise between grey levels, 1 draw",
    "bits_per_dimension": "variational bound of the steps",
}
GIVEN = "given their class"  # what protocols say of models that are told it
ADVICE = """\
For a number that can be trusted to the last digit, or for filling in what is missing: an autoregressive model, and for
grey levels or tables a mixture or a flow. For codes of images, and for samples in one step: a variational autoencoder.
For samples that look best: diffusion, which says least surely how likely an image is."""


def value(metrics, name):
    return metrics[name]["value"] if name in metrics else None


def bits_row(name, metrics):
    """{column: value} of a model of bits; None if it is none."""
    exact = "nats" in metrics and metrics["nats"].get("protocol", "").startswith("exact")
    if not exact and "iw_nats_first" not in metrics:
        return None
    if exact:
        kind = "exact"
    else:
        gain = value(metrics, "iw_nats_first") - value(metrics, "iw_nats_first_more")
        kind = f"bound: posterior, 500 samples (5,000 gain {gain:.2f})"
    fresh, static = value(metrics, "nats" if exact else "iw_nats"), value(metrics, "static_nats")
    return {
        **{"score": "nats" if exact else "iw_nats", "kind": kind, "order": fresh},
        **{"nats": fresh, "nats, static": static, "bits a pixel": fresh / (PIXELS * math.log(2))},
    }


def greys_row(name, metrics):
    """{column: value} of a model of grey levels; None if it is none."""
    for score, gap in GREYS.items():
        if score in metrics:
            found = value(metrics, score)
            nats = found * PIXELS * math.log(2)
            return {"score": score, "kind": f"bound: {gap}", "order": found, "bits a pixel": found, "nats": nats}
    return None


def seconds_of(name):
    """Seconds a sample, of 64 at once, after a first call that compiles."""
    model = kerasgen.load(name)
    model.sample(SAMPLES, seed=0)
    started = time.perf_counter()
    model.sample(SAMPLES, seed=1)
    return (time.perf_counter() - started) / SAMPLES


def rows_of(row, timed):
    """[(name, entry, columns, seconds a sample)], the fewest nats first."""
    found = []
    for name in kerasgen.list_models():
        entry = kerasgen.info(name)
        columns = row(name, entry["metrics"]) if entry["data"]["name"] in DATA else None
        if columns is not None:
            found.append((name, entry, columns, seconds_of(name) if timed else None))
    return sorted(found, key=lambda each: each[2]["order"])


def shown(number, digits):
    return "-" if number is None else f"{number:,.{digits}f}"


def table(rows, columns):
    """Lines of a table in Markdown; `columns` are {name: digits}."""
    heads = ["model", "family", "number", *columns, "parameters", "minutes of training", "seconds a sample"]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for name, entry, found, seconds in rows:
        told = ", told the class" if GIVEN in entry["metrics"][found["score"]]["protocol"] else ""
        training = entry["training"]
        minutes = f"{training['seconds'] / 60:.0f} ({training['hardware'].split(',')[0].split(' (')[0]})"
        cells = [name, entry["family"], found["kind"] + told, *(shown(found[key], digits) for key, digits in columns.items())]
        cells += [f"{entry['parameters']:,}", minutes, shown(seconds, 4)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--untimed", action="store_true", help="leave out the seconds a sample")
    timed = not parser.parse_args().untimed
    bits = table(rows_of(bits_row, timed), {"nats": 2, "nats, static": 2, "bits a pixel": 4})
    greys = table(rows_of(greys_row, timed), {"bits a pixel": 3, "nats": 0})
    words = " ".join(__doc__.split('"exact"')[1].split(" Results go")[0].split())
    text = [
        *("# Which model for my data? How likely digits are to each", ""),
        f'Made by `python benchmarks/likelihoods.py` from the cards of the models; test images of MNIST. "exact" {words}',
        *("", "## Digits as bits, nats an image", "", *bits, "", "## Digits in 256 grey levels, bits a pixel", "", *greys, ""),
        *(ADVICE, ""),
    ]
    print("\n".join(text))
    if timed:
        (RESULTS / "likelihoods.md").write_text("\n".join(text), encoding="utf-8")


if __name__ == "__main__":
    main()
