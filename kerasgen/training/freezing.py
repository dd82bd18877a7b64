"""Layers that fine-tuning leaves unchanged."""

import fnmatch
import re

import keras


def layer_paths(model):
    """Returns {path: layer} of the layers that learn, such as "generator/conv2d_1", in the model's order.

    Keras numbers unnamed layers over the life of a process; here a number is only the rank among siblings of the same
    kind, so that a path means the same layer everywhere.
    """
    paths, ranks = {}, {}
    for layer in _inner(model):
        stem = re.sub(r"(_\d+)+$", "", layer.name)
        rank = ranks[stem] = ranks.get(stem, -1) + 1
        name = f"{stem}_{rank}" if rank else stem
        if _is_network(layer):
            paths.update({f"{name}/{path}": inner for path, inner in layer_paths(layer).items()})
        elif layer.trainable_weights:
            paths[name] = layer
    return paths


def freeze(model, patterns):
    """Freezes the layers whose path, or the path of a network that they are part of, matches a pattern.

    Frozen batch normalisations also keep their statistics. The model must be compiled again afterwards: its optimizer was
    built for the weights that were trainable before.

    Args:
        model: A built model.
        patterns: Shell-style patterns such as "discriminator/conv*" ("*" stands for "/" too), or one such str.

    Returns:
        The paths of the frozen layers.

    Raises:
        ValueError: A pattern matches nothing, or the model, or one of its players, would have nothing left to learn.
    """
    patterns = [patterns] if isinstance(patterns, str) else list(patterns or ())
    paths = layer_paths(model)
    frozen = [path for path in paths if any(_fits(path, pattern) for pattern in patterns)]
    if patterns and not paths:
        raise ValueError(f"freeze must be empty: a {type(model).__name__} has no layers that learn; received {patterns}.")
    for pattern in patterns:
        if not any(_fits(path, pattern) for path in paths):
            raise ValueError(f"freeze must fit one of the layers {', '.join(paths)}; received {pattern!r}.")
    for player in model.players or [""]:
        own = [path for path in paths if path.startswith(f"{player}/" if player else "")]
        if frozen and set(own) <= set(frozen):
            what = f"the {player}" if player else "the model"
            raise ValueError(f"freeze must leave some layer of {what} to learn ({', '.join(own)}); received {patterns}.")
    for path in frozen:
        paths[path].trainable = False
    return frozen


def _inner(layer):
    return list(layer._flatten_layers(include_self=False, recursive=False))


def _is_network(layer):
    """Whether all its weights belong to sublayers; a layer that wraps a cell is one layer."""
    parts = [inner.trainable_weights for inner in _inner(layer)]
    owns_none = sum(map(len, parts)) == len(layer.trainable_weights)
    return isinstance(layer, keras.Model) or (owns_none and sum(map(bool, parts)) > 1)


def _fits(path, pattern):
    segments = path.split("/")
    return any(fnmatch.fnmatchcase("/".join(segments[:i]), pattern) for i in range(1, len(segments) + 1))
