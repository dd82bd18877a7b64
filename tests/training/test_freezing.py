"""Frozen layers: their paths, that they stay, and what is refused."""

import numpy as np
import pytest
import tiny

from kerasgen.training.freezing import freeze, layer_paths


def test_paths_are_the_same_in_every_process():
    for _ in range(2):  # Keras numbers the layers of a second model otherwise
        paths = layer_paths(tiny.build("dcgan"))
        assert list(paths)[:3] == ["generator/dense", "generator/batch_normalization", "generator/conv2d_transpose"]
        assert list(paths)[-2:] == ["discriminator/conv2d_2", "discriminator/dense"]
        assert {"encoder/conv2d_1", "encoder/log_variance", "decoder/dense_1"} <= set(layer_paths(tiny.build("vae")))
        assert next(iter(layer_paths(tiny.build("lstm")))).endswith("embedding")


@pytest.mark.parametrize(
    ("name", "pattern", "count"),
    [("dcgan", "generator/*_1", 2), ("vae", "encoder", 7), ("lstm", ["*embedding", "*dense"], 2)],
)
def test_frozen_layers_do_not_move_and_the_others_do(name, pattern, count):
    model = tiny.stir(tiny.build(name))
    layers = layer_paths(model)
    frozen = freeze(model, pattern)
    model.compile(tiny.adams(model))
    before = {path: tiny.values(layer.weights) for path, layer in layers.items()}  # moving statistics are among them
    tiny.fit(model, *tiny.batch(name), epochs=2)
    assert len(frozen) == count
    for path, layer in layers.items():
        same = [np.array_equal(*pair) for pair in zip(before[path], tiny.values(layer.weights), strict=True)]
        assert all(same) if path in frozen else not any(same), path


def test_refusals():
    with pytest.raises(ValueError, match=r"freeze must fit one of the layers generator/dense, .*; received 'conv2d'"):
        freeze(tiny.build("dcgan"), ["generator/*_1", "conv2d"])
    with pytest.raises(ValueError, match=r"must leave some layer of the discriminator to learn \(discriminator/conv2d,"):
        freeze(tiny.build("dcgan"), "discriminator")
    model = tiny.build("vae")
    with pytest.raises(ValueError, match="must leave some layer of the model to learn"):
        freeze(model, "*")
    assert len(model.trainable_variables) == len(tiny.build("vae").trainable_variables)  # nothing was frozen
    assert freeze(model, ()) == []
