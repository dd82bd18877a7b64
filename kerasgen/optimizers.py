"""Several optimizers behind the single `optimizer` that Keras compiles, saves and threads; what losses add for weights."""

import copy

import keras
from keras import ops


@keras.saving.register_keras_serializable("kerasgen")
class OptimizerGroup(keras.optimizers.Optimizer):
    """One optimizer per named sub-network, for models whose players have opposing losses.

    `model.compile(OptimizerGroup(generator=Adam(1e-4), discriminator=Adam(4e-4)))`. Keras' learning-rate callbacks and
    TensorBoard find the members under `optimizers` and treat each on its own, under its sub-network's name.

    Args:
        **members: Optimizer (or its name) by the attribute name of the sub-network it trains. The first one's step count
            is that of the whole group.

    Raises:
        ValueError: There are no members, or one optimizer is given for two sub-networks.
    """

    def __init__(self, name="optimizer_group", **members):
        super().__init__(learning_rate=0.0, name=name)
        members = {key: keras.optimizers.get(member) for key, member in members.items()}
        if not members:
            raise ValueError("OptimizerGroup needs one optimizer per sub-network, such as generator='adam'; received none.")
        if len({id(member) for member in members.values()}) < len(members):
            raise ValueError(f"Each of {sorted(members)} needs an optimizer of its own; received the same object twice.")
        for key, member in members.items():
            member.name = key
        self.members = members

    def __getitem__(self, key):
        return self.members[key]

    @property
    def optimizers(self):
        """The members in the order given: what Keras' callbacks look for."""
        return list(self.members.values())

    @property
    def learning_rate(self):
        """The rate that all members have now; setting it sets that of each. A member's own: `group["generator"].learning_rate`.

        Raises:
            AttributeError: Members have different rates.
            TypeError: Set to a number while a member has a schedule.
        """
        rates = {key: float(member.learning_rate) for key, member in self.members.items()}
        if len(set(rates.values())) > 1:
            shown = ", ".join(f"{key} {rate:.4g}" for key, rate in rates.items())
            raise AttributeError(f"The members have different learning rates ({shown}); read optimizer[name].learning_rate.")
        return next(iter(rates.values()))

    @learning_rate.setter
    def learning_rate(self, rate):
        for key, member in self.members.items():
            try:
                member.learning_rate = rate
            except TypeError as error:
                raise TypeError(
                    f"The learning rate of {key} is a schedule, which a number does not replace: compile the model with an "
                    "optimizer of a constant rate."
                ) from error

    @property
    def iterations(self):
        return self.optimizers[0].iterations

    def build_for(self, model):
        """Creates the members' variables for the sub-networks of `model`, before anything is trained, saved or restored.

        Under `mixed_float16` each member scales its own loss.
        """
        for key, member in self.members.items():
            network = getattr(model, key)
            if network.dtype_policy.name == "mixed_float16" and not _scales_loss(member):
                self.members[key] = member = keras.optimizers.LossScaleOptimizer(member, name=key)
            if not member.built:
                member.build(network.trainable_variables)
        self.built = True

    @property
    def variables(self):
        return [v for member in self.members.values() for v in member.variables]

    def finalize_variable_values(self, var_list):
        for member in self.members.values():
            if not _scales_loss(member):
                member.finalize_variable_values(member._trainable_variables)
            else:
                inner = member.inner_optimizer
                inner.finalize_variable_values(inner._trainable_variables)

    def get_config(self):
        members = {key: keras.optimizers.serialize(member) for key, member in self.members.items()}
        return {"name": self.name, **members}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**copy.deepcopy(config))  # Keras writes into the dictionaries that it deserializes


def penalty(variables, l1=0.0, l2=0.0):
    """l1 sum |w| + l2 sum w^2 over all matrices and kernels of `variables`; biases and scales, which are vectors, are free."""
    weights = [ops.cast(variable, "float32") for variable in variables if len(variable.shape) > 1]
    return sum(l1 * ops.sum(ops.abs(w)) + l2 * ops.sum(ops.square(w)) for w in weights)


def _scales_loss(optimizer):
    return isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
