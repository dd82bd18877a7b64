"""Reading and changing the learning rates of optimizers, for searches and for fine-tuning."""

import copy

import keras
import numpy as np

RATE = "learning_rate"
SCHEDULE_RATES = ("initial_learning_rate", "warmup_target", "end_learning_rate")  # what Keras' schedules call them


def highest_rate(rate, steps=None):
    """The highest value of a learning rate, a number or a schedule as Keras serializes it.

    Args:
        rate: The number or {"class_name", "config", ...}.
        steps: For schedules other than Keras': their highest value within so many steps; None to refuse them.

    Raises:
        ValueError: The schedule is not one of Keras, and `steps` is None.
    """
    if not isinstance(rate, dict):
        return float(rate)
    found = _schedule_rates(rate)
    if found and max(found.values()) > 0:
        return max(found.values())
    if steps is None:
        raise ValueError(f"The learning rate of a {rate['class_name']} cannot be searched: give the search an `apply`.")
    schedule = keras.optimizers.schedules.deserialize(copy.deepcopy(rate))
    return max(float(schedule(int(step))) for step in np.linspace(0, steps, 201))


def highest_rates(optimizer):
    """{`learning_rate` or `<player>.learning_rate`: the highest rate of its schedule}."""
    return {name: highest_rate(member.get_config()[RATE]) for name, member in _members(optimizer).items()}


def with_rates(optimizer, rates):
    """A new optimizer like `optimizer` whose highest rates are those in {`learning_rate` or `<player>.learning_rate`: rate}.

    Raises:
        ValueError: There is no such optimizer, or its schedule is not one of Keras.
    """
    members = _members(optimizer)
    if unknown := sorted(set(rates) - set(members)):
        raise ValueError(f"A learning rate must be one of {', '.join(members)}; received {', '.join(unknown)}.")
    changed = {name: _with_rate(member, rates.get(name)) for name, member in members.items()}
    if RATE in changed:
        return changed[RATE]
    return type(optimizer)(name=optimizer.name, **{name.rpartition(".")[0]: member for name, member in changed.items()})


def constant_rate(optimizer, choose):
    """(a serialized optimizer with constant learning rates, {player or "model": rate}).

    Args:
        optimizer: As Keras serializes it; that of a group has its members under their players' names.
        choose: Function from a member's serialized rate to the constant.
    """
    optimizer = copy.deepcopy(optimizer)
    parts = optimizer["config"].items()
    members = {key: part for key, part in parts if isinstance(part, dict) and RATE in part.get("config", ())}
    members = members or {"model": optimizer}
    for member in members.values():
        member["config"][RATE] = choose(member["config"][RATE])
    return optimizer, {key: member["config"][RATE] for key, member in members.items()}


def _members(optimizer):
    members = getattr(optimizer, "members", None)  # of an OptimizerGroup
    return {RATE: optimizer} if members is None else {f"{player}.{RATE}": member for player, member in members.items()}


def _with_rate(optimizer, rate):
    config = optimizer.get_config()
    if rate is not None:
        schedule, factor = config[RATE], rate / highest_rate(config[RATE])
        if isinstance(schedule, dict):
            scaled = {key: value * factor for key, value in _schedule_rates(schedule).items()}
            schedule = {**schedule, "config": {**schedule["config"], **scaled}}
        config[RATE] = schedule if isinstance(schedule, dict) else rate
    return type(optimizer).from_config(config)


def _schedule_rates(schedule):
    return {key: schedule["config"][key] for key in SCHEDULE_RATES if schedule["config"].get(key) is not None}
