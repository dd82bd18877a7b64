"""The optimizers of a loaded model: those of its training, at a constant rate."""

import copy

from kerasgen import checks
from kerasgen.zoo.bounds import check_optimizer

# Of the highest rate of the training, so that `fit` changes a model little on its own data and helps on new data
# (benchmarks/finetuning.py --rates measures it).
SHARE = 0.1
SHARE_OF_PLAYERS = 0.03  # players who have settled against each other lose their balance more easily than one loss its minimum


def optimizer_for(model, entry, learning_rate=None, share=None):
    """(the optimizer of the entry with constant rates, as Keras serializes it; {player or "model": rate}).

    Without `learning_rate`, rates are `share` (None: SHARE, or SHARE_OF_PLAYERS) of the highest of the training, or those of an
    earlier fine-tuning. An `ExactModel` has neither: (None, {}).

    Args:
        model: The model or its class.
        entry: Its entry.
        learning_rate: Of every optimizer, 1e-9 to 10.
        share: Above 0.

    Raises:
        ValueError: There is no optimizer to continue with, or a rate is given for a model without one.
    """
    from kerasgen.exact import ExactModel
    from kerasgen.rates import constant_rate, highest_rate

    if learning_rate is not None:
        checks.number("learning_rate", learning_rate, 1e-9, 10)
    if issubclass(model if isinstance(model, type) else type(model), ExactModel):
        if learning_rate is not None:
            raise ValueError(f"learning_rate must be None: {entry['name']} is fitted without one; received {learning_rate!r}.")
        return None, {}
    serialized = (entry.get("compile") or {}).get("optimizer")
    if not serialized:
        raise ValueError(f"{entry['name']} has no optimizer to go on with; load it and call its fit in Python.")
    check_optimizer(serialized, f"{entry['name']}: compile.optimizer")
    usual = SHARE_OF_PLAYERS if model.players else SHARE

    def choose(rate):
        if learning_rate is not None:
            return learning_rate
        highest = highest_rate(rate, entry.get("training", {}).get("steps"))
        if (
            "finetuned" in entry or "saved" in entry
        ):  # at a constant rate, which the model is used to: a second time does not slow down further
            return highest
        return float(f"{(usual if share is None else share) * highest:.2g}")

    return constant_rate(serialized, choose)


def compile_to_go_on(model, entry, learning_rate=None, share=None):
    """Compiles a model as `optimizer_for` says; counting and EM, and entries without an optimizer, stay as they are.

    Raises:
        ValueError: A rate is given for a model without an optimizer.
    """
    import keras

    import kerasgen.optimizers  # noqa: F401  (registers OptimizerGroup)

    if learning_rate is None and not (entry.get("compile") or {}).get("optimizer"):
        return
    optimizer, _ = optimizer_for(model, entry, learning_rate, share)
    if optimizer is not None:
        penalties = {name: entry["compile"][name] for name in ("l1", "l2") if name in entry["compile"]}
        model.compile(keras.saving.deserialize_keras_object(copy.deepcopy(optimizer)), **penalties)
