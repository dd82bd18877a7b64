"""Probes: a few outputs of a fixed input, by which anyone can tell that a loaded model computes what its trainer's did."""

import numpy as np

from kerasgen import noise

SEED = 20_240_601
TOLERANCE = 2e-3  # float32 on other machines and backends; wrong weights differ by far more


def make_probe(model):
    """Returns {"input": ..., "expected": [...], "tolerance": ...} for `model`."""
    if getattr(model, "tokenizer", None) is not None:
        kind = "log_prob"
    else:
        kind = next(verb for verb in ("sample", "classify", "features") if verb in model.capabilities)
    return {"input": {"verb": kind, "seed": SEED}, "expected": _outputs(model, kind), "tolerance": TOLERANCE}


def probe_error(model, probe):
    """Largest difference between the probe's expected outputs and those of `model`."""
    outputs = np.array(_outputs(model, probe["input"]["verb"], probe["input"]["seed"]))
    return float(np.max(np.abs(outputs - np.array(probe["expected"]))))


def _outputs(model, verb, seed=SEED):
    """Sixteen numbers spread over the output."""
    if verb == "log_prob":  # nats a token of sixteen texts without sense
        ids = (noise.uniform((40,), seed, 0, 16) * model.tokenizer.size).astype("int64")
        output = model.log_prob([model.tokenizer.decode(row) for row in ids]) / 40
    elif verb == "sample":
        output = model.sample(2, seed=seed)
    else:
        output = getattr(model, verb)(2.0 * noise.uniform(model.image_shape, seed, 0, 4) - 1.0)
    flat = np.asarray(output, "float64").reshape(-1)
    return [round(float(value), 6) for value in flat[np.linspace(0, len(flat) - 1, 16).astype(int)]]
