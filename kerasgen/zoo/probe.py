"""Probes: a few outputs for a fixed input, by which anyone can check that a loaded model computes what the original did."""

import numpy as np

SEED = 20_240_601
TOLERANCE = 2e-3  # float32 on other machines and backends; wrong weights differ by far more
NUMBERS = 16
WEIGHTS = "weights"  # in place of a verb: for a model that offers none that its modality can call


def make_probe(model, modality):
    """Returns {"input": ..., "expected": [...], "tolerance": ...}, by the first of the modality's verbs that `model` has."""
    verb = next((verb for verb in modality.probe_verbs if verb in model.capabilities), WEIGHTS)
    return {"input": {"verb": verb, "seed": SEED}, "expected": outputs(model, modality, verb), "tolerance": TOLERANCE}


def probe_error(model, modality, probe):
    """Largest difference between the probe's expected outputs and those of `model`.

    Raises:
        ValueError: The probe asks for a verb that is none of the modality's, or expects another count of numbers.
    """
    verb, count = probe["input"]["verb"], len(probe["expected"])
    if verb not in (*modality.probe_verbs, WEIGHTS) or count != NUMBERS:
        raise ValueError(
            f"probe must have one of the verbs {', '.join(modality.probe_verbs)}, {WEIGHTS} and {NUMBERS} numbers; received "
            f"{verb!r:.80} and {count}."
        )
    found = np.array(outputs(model, modality, probe["input"]["verb"], probe["input"]["seed"]))
    return float(np.max(np.abs(found - np.array(probe["expected"]))))


def outputs(model, modality, verb, seed=SEED):
    """`NUMBERS` numbers spread over the output; of weights, over all that the model has learned."""
    if verb == WEIGHTS:
        learned = [*getattr(model, "arrays", {}).values(), *(weight.numpy() for weight in model.weights)]
        output = np.concatenate([np.ravel(np.asarray(array, "float64")) for array in learned])
    else:
        output = modality.probe(model, verb, seed)
    flat = np.asarray(output, "float64").reshape(-1)
    return [round(float(value), 6) for value in flat[np.linspace(0, len(flat) - 1, NUMBERS).astype(int)]]
