"""How fast the zoo's models train, load and draw. Needs an otherwise idle machine.

    python benchmarks/speed.py                       # everything; writes benchmarks/results/speed.md and .json
    python benchmarks/speed.py --only load,samples   # parts: steps, load, samples, generation
    python benchmarks/speed.py --quick               # does it run? The numbers mean little and are not kept

steps       A training step of `fit` compared with a hand-written tf.GradientTape loop over the same networks and, if torch is
            installed (`pip install ".[bench]"`), PyTorch with the same layers. The goal is at most 1.02 times the loop's time.
            The loop is timed only if, from the same start and noise, it makes the same steps; PyTorch only if it has the same
            number of parameters and the same first losses.
load        A fresh process that loads a model and draws 16 samples, compared with one that only imports.
samples     Images per second against the batch size.
generation  Time per character against the length of the text, and with several texts at once.

What is compared takes turns, block by block; medians and quartiles are over blocks, ratios over pairs of the same round.
"""

import argparse
import contextlib
import functools
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

from speed_worker import COUNT, LOOP, OURS, TORCH
from timing import Worker, summary, take_turns, timed

HERE = pathlib.Path(__file__).parent
TRAINED = ("dcgan-mnist", "vae-mnist", "lstm-shakespeare")
PRECISIONS = ("float32", "mixed_bfloat16")  # the second is the recipes'
IMAGES, TEXTS = ("dcgan-mnist", "vae-mnist"), ("lstm-shakespeare",)
GOAL = 1.02
PARTS = {  # title, column of the numbers, column of the ratios
    "steps": ("Training step", "ms a step", "kerasgen's time / this time"),
    "load": ("Fresh process", "seconds", "time / importing TensorFlow"),
    "samples": ("Drawing images", "images a second", "rate / batch size 1"),
    "generation": ("Writing text", "ms a character", "time / 1 text of 100 characters"),
}


def row(model, case, values, ratios=None, goal=None):
    median, quartiles = summary(values)
    found = {"model": model, "case": case, "median": median, "quartiles": quartiles, "repeats": len(values)}
    if ratios is not None:
        found["ratio"], found["ratio_quartiles"] = summary(ratios)
    if goal is not None:
        found["goal"] = goal
    return found


def not_run(model, case, reason):
    return {"model": model, "case": case, "not_run": reason}


def divided(first, second):
    return [a / b for a, b in zip(first, second, strict=True)]


def missing(package):
    """Why a peer cannot be run, or None."""
    return None if importlib.util.find_spec(package) else f"{package} is not installed"


def unlike(ours, theirs):
    """Why PyTorch's training is not the same as kerasgen's, or None: parameters and the losses of the first step."""
    if theirs["parameters"] != ours["parameters"]:
        return f"it has {theirs['parameters']} parameters, kerasgen {ours['parameters']}"
    for key, value in ours["first"].items():
        if "loss" in key and abs(theirs["first"][key] - value) > 0.1 * abs(value):
            return f"its {key} of the first step is {theirs['first'][key]:.4g}, kerasgen's {value:.4g}"
    return None


def worker(*arguments):
    return Worker(HERE / "speed_worker.py", *arguments, environment=environment())


def environment():
    """Makes everything use the kerasgen of this checkout, on TensorFlow."""
    paths = [str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": os.pathsep.join(paths)}


def steps(repeats, block_seconds):
    for name in TRAINED:
        for precision in PRECISIONS:
            yield from steps_of(name, precision, repeats, block_seconds)


def steps_of(name, precision, repeats, block_seconds):
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        ours = stack.enter_context(worker("tensorflow", name, precision, folder))
        blocks, refused = ours.blocks(), dict(ours.facts["refused"])
        refused[TORCH] = missing("torch")
        if not refused[TORCH]:
            try:
                peer = stack.enter_context(worker("torch", name, precision, folder))
                refused[TORCH] = unlike(ours.facts, peer.facts)
                blocks |= peer.blocks()
            except RuntimeError as error:
                refused[TORCH] = str(error)
        times = take_turns({case: block for case, block in blocks.items() if not refused.get(case)}, repeats, block_seconds)
    for case in (OURS, LOOP, TORCH):
        if refused.get(case):
            yield not_run(name, f"{precision}, {case}", refused[case])
        else:
            ratios = None if case == OURS else divided(times[OURS], times[case])
            milliseconds = [1000 * seconds for seconds in times[case]]
            yield row(name, f"{precision}, {case}", milliseconds, ratios, GOAL if case == LOOP else None)


def load(repeats, block_seconds):
    programs = {("-", f"import {package}"): f"import {package}" for package in ("tensorflow", "keras", "kerasgen")}
    for name in (*IMAGES, *TEXTS):
        programs[name, "load, 16 samples"] = f"import kerasgen; kerasgen.load({name!r}).sample(16)"

    def run(program):
        subprocess.run([sys.executable, "-c", program], env=environment(), check=True, stderr=subprocess.DEVNULL)

    blocks = {key: functools.partial(timed, functools.partial(run, program)) for key, program in programs.items()}
    times = take_turns(blocks, repeats, block_seconds=0)
    for key, seconds in times.items():
        yield row(*key, seconds, divided(seconds, times["-", "import tensorflow"]))


def samples(repeats, block_seconds):
    for name in IMAGES:
        with worker("samples", name) as process:
            times = take_turns(process.blocks(), repeats, block_seconds)
        rates = {case: [COUNT / value for value in seconds] for case, seconds in times.items()}
        for case, values in rates.items():
            yield row(name, case, values, divided(values, rates["batch size 1"]))


def generation(repeats, block_seconds):
    for name in TEXTS:
        with worker("generation", name) as process:
            times = take_turns(process.blocks(), repeats, block_seconds)
        costs = {}
        for case, seconds in times.items():
            count, length = (int(word) for word in case.split() if word.isdigit())
            costs[case] = [1000 * value / (count * length) for value in seconds]
        for case, values in costs.items():
            yield row(name, case, values, divided(values, costs["1 text of 100 characters"]))


def describe(repeats):
    """What the numbers depend on besides the code."""
    from kerasgen.training.release import hardware

    packages = ("kerasgen", "keras", "tensorflow", "torch", "numpy")
    versions = {name: importlib.metadata.version(name) for name in packages if importlib.util.find_spec(name)}
    return {
        "hardware": hardware(),
        "load_before": round(os.getloadavg()[0], 2),
        "versions": {"python": platform.python_version(), **versions},
        "repeats": repeats,
    }


def number(value):
    return f"{value:.4g}"


def interval(middle, quartiles):
    return f"{number(middle)} ({number(quartiles[0])} to {number(quartiles[1])})"


def table(part, rows):
    """The rows of one part in Markdown."""
    title, values, ratios = PARTS[part]
    lines = [f"## {title}", "", f"| model | case | {values} (quartiles) | {ratios} (quartiles) |", "|---|---|---|---|"]
    for found in rows:
        if "not_run" in found:
            value, ratio = f"not run: {found['not_run']}", "-"
        else:
            value = interval(found["median"], found["quartiles"])
            ratio = interval(found["ratio"], found["ratio_quartiles"]) if "ratio" in found else "-"
            if "goal" in found:
                ratio += f", goal {found['goal']}: {'met' if found['ratio'] <= found['goal'] else 'missed'}"
        lines.append(f"| {found['model']} | {found['case']} | {value} | {ratio} |")
    return "\n".join(lines) + "\n"


def page(results):
    versions = ", ".join(f"{name} {version}" for name, version in results["versions"].items())
    head = (
        f"# Speed\n\nWritten by `python benchmarks/speed.py`; its first lines say what is measured.\n\n"
        f"{results['hardware']}, load average {results['load_before']} before the start; {versions}. "
        f"Medians of {results['repeats']} blocks.\n"
    )
    return "\n".join([head, *(table(part, rows) for part, rows in results["parts"].items())])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(PARTS), help="parts to run, separated by commas")
    parser.add_argument("--repeats", type=int, help="blocks of each thing timed (20; with --quick 2)")
    parser.add_argument(
        "--quick", action="store_true", help="single calls instead of blocks, to see that it works; nothing is written"
    )
    parser.add_argument(
        "--output", type=pathlib.Path, help="folder for speed.md and speed.json (benchmarks/results; with --quick none)"
    )
    arguments = parser.parse_args()
    chosen = arguments.only.split(",")
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"--only takes {', '.join(PARTS)}; received {', '.join(sorted(unknown))}")

    repeats = arguments.repeats or (2 if arguments.quick else 20)
    results = {**describe(repeats), "parts": {}}
    if results["load_before"] > 0.5:
        print(f"Something else runs here (load average {results['load_before']}): the numbers will be wrong.", file=sys.stderr)
    for part in chosen:
        rows = results["parts"][part] = []
        for found in globals()[part](repeats, 0 if arguments.quick else 1.5):
            rows.append(found)
            print(table(part, rows).splitlines()[-1], flush=True)
    print("\n" + page(results))
    folder = arguments.output or (None if arguments.quick else HERE / "results")
    if folder is not None:
        folder.mkdir(exist_ok=True)
        (folder / "speed.json").write_text(json.dumps(results, indent=1) + "\n")
        (folder / "speed.md").write_text(page(results))


if __name__ == "__main__":
    main()
