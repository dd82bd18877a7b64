"""Damaged weights files by the hundred: none crashes, hangs, takes memory or leaves a model half loaded."""

import pytest

HAMMER = """
import pathlib, random, resource, sys, time
import numpy as np
import tiny
from kerasgen.zoo import weights

folder = pathlib.Path(sys.argv[1])
model = tiny.compiled("judge")
weights.save_release(model, folder / "whole.weights.h5", "float32")
whole = (folder / "whole.weights.h5").read_bytes()
generator, path = random.Random(0), folder / "damaged.weights.h5"
before = tiny.values(model.weights)
weights.load_weights(model, folder / "whole.weights.h5")
memory, refused, slowest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0, 0.0
for number in range(300):
    content = bytearray(whole)
    for _ in range(generator.randint(1, 4)):
        place, kind = generator.randrange(len(content)), generator.randrange(5)
        size = generator.choice([1, 2, 8, 64])
        if kind == 0:
            content[place : place + size] = bytes(generator.randrange(256) for _ in range(size))
        elif kind == 1:
            del content[place : place + size]
        elif kind == 2:
            content[place : place + size] = b"\\xff" * size
        elif kind == 3:
            content[place:place] = bytes(size)
        else:
            del content[place:]
            content += b"\\0"
    path.write_bytes(content)
    started = time.monotonic()
    try:
        weights.load_weights(model, path)
        assert all(np.isfinite(value).all() for value in tiny.values(model.weights)), number
        weights.load_weights(model, folder / "whole.weights.h5")
    except (ValueError, OSError):
        refused += 1
        same = [np.array_equal(a, b) for a, b in zip(tiny.values(model.weights), before, strict=True)]
        assert all(same), f"damage {number} left the model half loaded"
    slowest = max(slowest, time.monotonic() - started)
print(refused, slowest, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024)
"""


@pytest.mark.slow
def test_300_damaged_files(run_python, tmp_path):
    refused, slowest, megabytes = map(float, run_python(HAMMER, tmp_path).split())
    assert refused > 150 and slowest < 5 and megabytes < 40
