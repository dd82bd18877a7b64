"""Training steps written once and run on TensorFlow and JAX: the only file that knows about backends.

TensorFlow updates variables in place. JAX wants pure functions: Keras hands the values of all variables to `train_step`
and expects the new values back. The functions here hide that difference, so that a model file reads as if every backend
were stateful.
"""

import contextlib
import functools
import random
import sys

import keras
import numpy as np
from keras import ops
from keras.src.backend.common import global_state

BACKEND = keras.backend.backend()
if BACKEND == "jax":
    import jax
else:
    import tensorflow as tf
    from tensorflow.python.framework import config as determinism


def portable_step(step):
    """Turns `step(self, batch) -> logs` into a `train_step` or `test_step` for the active backend.

    `batch` is an array where the data set yields one array, and a tuple where it yields several. On JAX the wrapper binds
    the incoming values to the model's variables in a `keras.StatelessScope`, runs `step` unchanged, and reads the new
    values back.
    """
    if BACKEND != "jax":

        @functools.wraps(step)
        def stateful_step(self, batch):
            batch = _unwrapped(batch)
            # tf.data runs the graph once more without a batch; counters must not advance.
            with tf.control_dependencies([part for part in tf.nest.flatten(batch) if part is not None]):
                return step(self, batch)

        return stateful_step

    @functools.wraps(step)
    def stateless_step(self, state, batch):
        groups = _variable_groups(self)
        if len(state) == 3:  # evaluate() carries no optimizer variables
            groups = [groups[0], groups[1], groups[3]]
        pairs = [pair for group, values in zip(groups, state, strict=True) for pair in zip(group, values, strict=True)]
        with keras.StatelessScope(state_mapping=pairs) as scope:
            logs = step(self, _unwrapped(batch))
        return logs, tuple([scope.get_current_value(v) for v in group] for group in groups)

    return stateless_step


def value_and_gradients(loss_fn, variables, model):
    """Returns `loss_fn()` and its gradients with respect to `variables` of `model`.

    `loss_fn` may update any other variable of `model` (random seeds, batch statistics, metrics).
    """
    if BACKEND == "tensorflow":
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([v.value for v in variables])
            loss = loss_fn()
        return loss, tape.gradient(loss, [v.value for v in variables])

    chosen = {id(v) for v in variables}
    others = [v for group in _variable_groups(model) for v in group if id(v) not in chosen]

    def pure_loss(values, other_values):
        pairs = [*zip(variables, values, strict=True), *zip(others, other_values, strict=True)]
        with keras.StatelessScope(state_mapping=pairs) as scope:
            loss = loss_fn()
        return loss, [scope.get_current_value(v) for v in others]

    (loss, updated), gradients = jax.value_and_grad(pure_loss, has_aux=True)(
        [v.value for v in variables], [v.value for v in others]
    )
    for variable, value in zip(others, updated, strict=True):
        variable.assign(value)
    return loss, gradients


def apply_gradients(optimizer, gradients, variables):
    """Lets a built optimizer take its step on `variables`."""
    if BACKEND == "tensorflow":
        optimizer.apply(gradients, variables)
        return
    # LossScaleOptimizer decides by a condition whether to step: under JAX that must not assign within its branches.
    slots = optimizer.variables
    updated = optimizer.stateless_apply([v.value for v in slots], gradients, [v.value for v in variables])
    for variable, value in zip([*variables, *slots], [*updated[0], *updated[1]], strict=True):
        variable.assign(value)


def input_gradients(fn, inputs, model):
    """Returns the gradient of `sum(fn(inputs))` with respect to `inputs`, of the same shape; may be nested in a loss.

    `fn` should leave variables alone (`training=False`, or no layer that keeps state): JAX drops such updates.
    """
    return value_and_input_gradients(fn, inputs, model)[1]


def value_and_input_gradients(fn, inputs, model):
    """Returns `fn(inputs)` and its `input_gradients`: a loss that needs both passes the network once."""
    inputs = ops.convert_to_tensor(inputs)
    if BACKEND == "tensorflow":
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            value = fn(inputs)
            total = ops.sum(value)
        return value, tape.gradient(total, inputs)

    pairs = [(v, v.value) for group in _variable_groups(model) for v in group]

    def pure_total(x):
        with keras.StatelessScope(state_mapping=pairs):
            value = fn(x)
            return ops.sum(value), value

    (_, value), gradients = jax.value_and_grad(pure_total, has_aux=True)(inputs)
    return value, gradients


def compiled(fn, model):
    """Returns `fn`, compiled; every call uses the weights that `model` has by then.

    The first axis of all tensors and results counts independent rows. TensorFlow compiles once for any number of rows; JAX
    once for each power of two, to which the last row is repeated.
    """
    if BACKEND == "tensorflow":
        traced, compilations = tf.function(fn), {}

        def call(*args):
            args = keras.tree.map_structure(tf.convert_to_tensor, args)
            kinds = tuple((tuple(part.shape[1:]), part.dtype) for part in tf.nest.flatten(args))
            if kinds not in compilations:
                specs = keras.tree.map_structure(lambda part: tf.TensorSpec([None, *part.shape[1:]], part.dtype), args)
                compilations[kinds] = traced.get_concrete_function(*specs)
            return compilations[kinds](*args)

        return call

    @jax.jit
    def pure(values, args):
        with keras.StatelessScope(state_mapping=list(zip(model.variables, values, strict=True))):
            return fn(*args)

    def padded(*args):
        count = jax.tree.leaves(args)[0].shape[0]
        more = max(0, (1 << max(0, count - 1).bit_length()) - count)
        if more == 0:
            return pure([v.value for v in model.variables], args)
        widths = lambda part: [(0, more), *[(0, 0)] * (part.ndim - 1)]  # noqa: E731
        args = jax.tree.map(lambda part: jax.numpy.pad(part, widths(part), mode="edge"), args)
        results = pure([v.value for v in model.variables], args)
        return jax.tree.map(lambda part: part[:count], results)

    return padded


def accelerators():
    """Names of what the backend computes on besides the processor, such as ["NVIDIA H100 80GB HBM3"]; [] if nothing."""
    if BACKEND == "jax":
        return [device.device_kind for device in jax.local_devices() if device.platform != "cpu"]
    found = tf.config.list_physical_devices("GPU")
    return [tf.config.experimental.get_device_details(device).get("device_name", device.name) for device in found]


def num_replicas():
    """How many replicas take this step together. tf.distribute sums their gradients: each divides its loss by this number."""
    return tf.distribute.get_strategy().num_replicas_in_sync if BACKEND == "tensorflow" else 1


@contextlib.contextmanager
def seeded(seed, deterministic=False):
    """Inside the block the global random generators start from `seed`; afterwards they go on from where they were before.

    These are the generators of Python, NumPy, Keras and TensorFlow.

    Args:
        seed: Integer in 0 .. 2^32 - 1.
        deterministic: Whether every operation gives the same bits in every run on the same machine, too.
    """
    names = ("global_random_seed", "global_seed_generator")  # what Keras calls them
    python, numpy = random.getstate(), np.random.get_state()
    before = {name: global_state.get_global_attribute(name) for name in names}
    module = sys.modules.get("tensorflow.python.eager.context")  # TensorFlow has no public way to read its generator
    context = module and module.context()
    tensorflow = context and (context._seed, getattr(context, "_rng", None))  # there is none before the first seed
    turn_off = deterministic and BACKEND == "tensorflow" and not determinism.is_op_determinism_enabled()
    try:
        if turn_off:
            tf.config.experimental.enable_op_determinism()
        keras.utils.set_random_seed(seed)
        yield
    finally:
        if turn_off:
            determinism.disable_op_determinism()
        random.setstate(python)
        np.random.set_state(numpy)
        for name, value in before.items():
            global_state.set_global_attribute(name, value)
        if context is not None:
            context._seed, context._rng = tensorflow


@contextlib.contextmanager
def state_kept(model):
    """On JAX: if the block ends in an error that leaves variables without values, all get back those from before the block.

    While it trains, Keras takes the values out of the variables, and JAX reuses their memory for the step's results.
    """
    if BACKEND != "jax":
        yield
        return
    variables = [v for group in _variable_groups(model) for v in group]
    before = [jax.numpy.copy(v.value) for v in variables]
    try:
        yield
    except BaseException:
        if any(v._value is None or v._value.is_deleted() for v in variables):
            for variable, value in zip(variables, before, strict=True):
                variable._value = value
        model._jax_state, model._jax_state_synced = None, True
        raise


def _unwrapped(batch):
    while isinstance(batch, tuple) and len(batch) > 1 and batch[-1] is None:  # train_on_batch: (x, y or None, None)
        batch = batch[:-1]
    return batch[0] if isinstance(batch, tuple) and len(batch) == 1 else batch


def _variable_groups(model):
    """The four lists of variables that Keras threads through a JAX training step, in its order."""
    optimizer = [] if getattr(model, "optimizer", None) is None else model.optimizer.variables
    return [model.trainable_variables, model.non_trainable_variables, optimizer, model.metrics_variables]
