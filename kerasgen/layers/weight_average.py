"""An exponential moving average of a network's weights, for sampling."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("kerasgen")
class WeightAverage(keras.layers.Layer):
    """Keeps the average of all variables of a network (batch statistics too) and calls the network with it.

    The t-th update uses the decay min(decay, (1 + t) / (10 + t)); the update that starts an average copies the network.
    A weights file without training state holds no average: there the network's own weights already are the averaged
    ones, and the next training starts a new average from them, so that fine-tuning shows at once.

    Args:
        network: The built network to follow.
        decay: Share of the average that one update keeps, in [0, 1).

    Call arguments:
        Those of the network, tensors by position and settings by keyword. It always computes as outside training.
    """

    def __init__(self, network, decay=0.999, **kwargs):
        # Under a mixed policy Keras would round weights and inputs to half precision here: that is the network's to decide.
        super().__init__(trainable=False, dtype="float32", autocast=False, **kwargs)
        self.decay = decay
        self.network = lambda: network  # hidden in a function: as an attribute Keras would count it a second time
        self.updates = self.add_weight(
            shape=(), dtype="int32", initializer="zeros", aggregation="only_first_replica", name="updates"
        )
        self.slow = [
            self.add_weight(
                shape=v.shape, dtype="float32", initializer="zeros", aggregation="mean", autocast=False, name=f"slow_{i}"
            )
            for i, v in enumerate(network.weights)
        ]
        self.built = True

    def update(self):
        """Moves the average towards the network's present weights; call it once at the end of each training step."""
        t = ops.cast(self.updates.value, "float32")
        decay = ops.minimum(self.decay, (1.0 + t) / (10.0 + t))
        for slow, variable in zip(self.slow, self.network().weights, strict=True):
            fast = ops.cast(variable.value, "float32")
            moved = decay * slow.value + (1.0 - decay) * fast
            slow.assign(ops.where(t == 0, fast, moved))  # a new average starts as a copy, whatever stood there
        self.updates.assign_add(1)

    def values(self):
        """The averaged value of each followed variable, in order; the network's own where no average has been started."""
        started = self.updates.value > 0
        return [
            ops.where(started, slow.value, ops.cast(fast.value, "float32"))
            for slow, fast in zip(self.slow, self.network().weights, strict=True)
        ]

    def call(self, *args, **kwargs):
        """Returns `network(*args, training=False, **kwargs)`, computed with the averaged weights."""
        with self.in_place():
            return self.network()(*args, training=False, **kwargs)

    def compute_mask(self, inputs, previous_mask):
        """None: the network has already set the masks of its outputs."""
        return None

    def in_place(self):
        """A scope in which the network's weights have their averaged values."""
        return keras.StatelessScope(state_mapping=list(zip(self.network().weights, self.values(), strict=True)))

    def copy_to_network(self):
        """Overwrites the network's weights with the average and forgets the average."""
        for fast, value in zip(self.network().weights, self.values(), strict=True):
            fast.assign(value)
        self.updates.assign(0)

    def save_own_variables(self, store):
        if int(self.updates.numpy()) > 0:
            super().save_own_variables(store)

    def load_own_variables(self, store):
        if len(store.keys()) == 0:
            self.updates.assign(0)
        else:
            super().load_own_variables(store)

    def get_config(self):
        raise NotImplementedError("WeightAverage is part of the model that builds it; serialize that model.")
