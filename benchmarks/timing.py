"""Timing of several things that take turns, so that any disturbance of the machine affects them all alike."""

import contextlib
import gc
import json
import statistics
import subprocess
import sys
import time


def timed(function, count):
    """Seconds that `count` calls of `function` take."""
    start = time.perf_counter()
    for _ in range(count):
        function()
    return time.perf_counter() - start


def take_turns(blocks, repeats, block_seconds):
    """{name: [seconds a call, one for each round]} of {name: block}, where `block(count)` gives the seconds of `count` calls.

    The first calls are not counted: they compile, allocate and fill caches. Then each round times one block of each, of
    about `block_seconds`, every other round in the opposite order.
    """
    counts = {}
    for name, block in blocks.items():
        block(1)
        counts[name] = max(1, round(block_seconds / block(1))) if block_seconds else 1
    seconds = {name: [] for name in blocks}
    for turn in range(repeats):
        for name in list(blocks)[:: -1 if turn % 2 else 1]:
            seconds[name].append(blocks[name](counts[name]) / counts[name])
    return seconds


def summary(values):
    """(median, [lower quartile, upper quartile])."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3
    return middle, [low, high]


class Worker:
    """A Python process of its own that prepares what is to be timed, and times it when asked: the other side of `serve`.

    Args:
        *arguments: The program and its arguments.
        environment: Its environment variables; None for those of this process.

    Attributes:
        facts: What the process told about itself when it was ready.

    Raises:
        RuntimeError: The process ended early.
    """

    def __init__(self, *arguments, environment=None):
        self.name = " ".join(map(str, arguments[1:]))
        self.process = subprocess.Popen(
            [sys.executable, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.facts = self._answer()

    def blocks(self):
        """{name: block} for `take_turns`."""
        return {name: lambda count, name=name: self._seconds(name, count) for name in self.facts["blocks"]}

    def _seconds(self, name, count):
        self.process.stdin.write(json.dumps([name, count]) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the process {self.name!r} ended with exit code {self.process.wait()}; see its messages above")
        return json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait()


def serve(prepare):
    """Runs `prepare() -> (blocks, facts)`, tells the `Worker` that started this process, and times blocks until it closes."""
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # what libraries print must not come between the answers
        blocks, facts = prepare()
        print(json.dumps({"blocks": list(blocks), **facts}), file=answers, flush=True)
        for line in sys.stdin:
            name, count = json.loads(line)
            gc.collect()
            gc.disable()
            seconds = blocks[name](count)
            gc.enable()
            print(json.dumps(seconds), file=answers, flush=True)
