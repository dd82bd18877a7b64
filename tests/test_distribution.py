"""Two devices take the step of one: MirroredStrategy on two virtual CPUs, in processes of their own."""

import json

import pytest
import tiny

pytestmark = pytest.mark.skipif(tiny.BACKEND != "tensorflow", reason="tf.distribute is TensorFlow's")
IN_CI = ("dcgan", "vae")  # two players, and one loss; the others before a release

TWO_DEVICES = """
import contextlib, json, sys
import numpy as np
import tensorflow as tf

device = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(device, [tf.config.LogicalDeviceConfiguration()] * 2)

import keras, tiny
from kerasgen import OptimizerGroup
from kerasgen.layers import WeightAverage

strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
assert strategy.num_replicas_in_sync == 2
scopes = {"one": contextlib.nullcontext, "two": strategy.scope}
"""

DUEL = """
def run(scope, optimizer):
    with scope():
        model = tiny.Duel()
        model.compile(OptimizerGroup(**{player: optimizer() for player in model.players}))
        history = tiny.fit(model, tiny.points(), epochs=4)
        evaluated = model.evaluate(tiny.points(), batch_size=4, verbose=0)
    return tiny.values(model.weights), [*history.values(), evaluated], int(model.optimizer.iterations.numpy())

gaps = {}
for name, optimizer in {"sgd": lambda: keras.optimizers.SGD(0.1), "adam": lambda: keras.optimizers.Adam(0.01)}.items():
    (a, losses_a, steps_a), (b, losses_b, steps_b) = (run(scope, optimizer) for scope in scopes.values())
    weights = max(float(np.max(np.abs(x - y))) for x, y in zip(a, b, strict=True))
    losses = max(float(np.max(np.abs(np.subtract(x, y)))) for x, y in zip(losses_a, losses_b, strict=True))
    gaps[name] = {"weights": weights, "losses": losses, "steps": [steps_a, steps_b]}
print(json.dumps(gaps))
"""

MODEL = """
from keras import ops

def waves(shape, **options):  # the same numbers for every eighth example: each device sees each of the eight equally often
    angle = 0.0
    for axis, size in enumerate(shape):
        steps = ops.cast(ops.arange(size) % 8 + 1, "float32")
        angle = angle + 1.7 ** axis * ops.reshape(steps, [-1] + [1] * (len(shape) - axis - 1))
    return ops.sin(97.0 * angle)

keras.random.normal = lambda shape, **options: 2 ** 0.5 * waves(shape)
keras.random.uniform = lambda shape, low=0.0, high=1.0, **options: low + (high - low) * (0.5 + 0.5 * waves(shape))
keras.random.dropout = lambda inputs, *arguments, **options: inputs  # two devices cannot drop the same units
keras.layers.Dropout.call = lambda layer, inputs, training=False: inputs

keras.utils.set_random_seed(0)
name = sys.argv[1]
start = tiny.stir(tiny.build(name))
data = [np.concatenate([part] * 8) for part in tiny.batch(name)]

def run(scope):
    with scope():
        model = tiny.build(name)
        model.set_weights(start.get_weights())
        if model.players:
            optimizer = OptimizerGroup(**{player: keras.optimizers.SGD(1e-4) for player in model.players})
        else:
            optimizer = keras.optimizers.SGD(1e-4)  # so small that the update is the sum of many gradients of one point
        model.compile(optimizer)
        before = tiny.values(model.trainable_variables)
        losses = tiny.fit(model, *data, batch_size=64, epochs=24)
        after = tiny.values(model.trainable_variables)
        size = sum(float(np.sum(np.square(y - x))) for x, y in zip(before, after, strict=True)) ** 0.5
        averages = [int(layer.updates.numpy()) for layer in model.layers if isinstance(layer, WeightAverage)]
        return {"update": size, "losses": losses, "averages": averages, "model": model}

found = {devices: run(scope) for devices, scope in scopes.items()}
models = [entry.pop("model") for entry in found.values()]
models[1].save_weights(sys.argv[2])
models[0].load_weights(sys.argv[2])
found["gap"] = float(np.max(np.abs(tiny.use(name, models[0]) - tiny.use(name, models[1]))))
print(json.dumps(found))
"""


@pytest.mark.slow
def test_deterministic_losses_give_the_same_steps_and_reports(run_python):
    for name, gap in json.loads(run_python(TWO_DEVICES + DUEL)).items():
        assert gap["weights"] < 1e-5, name
        assert gap["losses"] < 1e-5, name
        assert gap["steps"] == [8, 8]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in IN_CI else pytest.mark.release) for name in tiny.TRAINED]
)
def test_updates_are_not_doubled(name, run_python, tmp_path):
    found = json.loads(run_python(TWO_DEVICES + MODEL, name, tmp_path / "model.weights.h5"))
    one, two = found["one"], found["two"]
    assert two["update"] == pytest.approx(one["update"], rel=0.02)  # batch statistics differ
    for loss, values in one["losses"].items():
        if loss.endswith("loss"):  # batch statistics and noise differ
            assert sum(two["losses"][loss]) == pytest.approx(sum(values), rel=0.3)
    assert one["averages"] == two["averages"] == [24] * len(one["averages"])
    assert found["gap"] < 1e-5  # what two devices learned, one can use
