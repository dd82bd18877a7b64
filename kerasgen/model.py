"""The base class of every model: bookkeeping only, no architecture and no loss."""

import inspect

import keras
import numpy as np

from kerasgen import checks, exports
from kerasgen.guards import RequireBatches, first_batch, listed, parts_of, refuse_weights, watch_batches, watched
from kerasgen.optimizers import OptimizerGroup, penalty
from kerasgen.precision import dtype_policy, house_settings
from kerasgen.steps import apply_gradients, num_replicas, state_kept, value_and_gradients

VERBS = {  # what models of some family offer, and a model of the zoo that does
    "sample": "dcgan-mnist",
    "generate": "lstm-shakespeare",
    "stream": "lstm-shakespeare",
    "log_prob": "lstm-shakespeare",
    "elbo": "vae-mnist",
    "iw_bound": "vae-mnist",
    "encode": "vae-mnist",
    "decode": "vae-mnist",
    "reconstruct": "vae-mnist",
    "interpolate": "dcgan-mnist",
    "classify": "judge-mnist",
    "features": "simclr-sprites",
    "score": "dcgan-mnist",
    "denoise": "denoiser-mnist",
    "fit_prior": "autoencoder-mnist",
    "sweep_labels": "cgan-mnist",
    "interpolate_labels": "cgan-mnist",
    "attention": "sagan-sprites",
    "complete": "made-mnist",
    "posterior": "gmm-mnist",
    "forward": "hmm-jsb",
    "backward": "hmm-jsb",
    "viterbi": "hmm-jsb",
    "tag": "crf-conll2000",
    "harmonise": "lstm-jsb",
    "run": "ntm-copy",
}
FIT, EVALUATE = (inspect.signature(verb) for verb in (keras.Model.fit, keras.Model.evaluate))


class VerbNotOffered(AttributeError, NotImplementedError):
    """A verb that the model's family does not offer: an AttributeError, so that `hasattr(model, verb)` is false."""


class GenerativeModel(keras.Model):
    """A Keras model with a training step of its own.

    A family builds its networks in `__init__`, ends it with `self.built = True`, and writes `train_step`, `test_step`,
    `check_data` and its verbs (`sample`, `encode`, `log_prob`, ...). The constructor is the configuration: flat keyword
    arguments, each stored under its own name.

    Class attributes:
        tracked: Names of the values that the steps record by `self.track`.
        players: Names of the sub-networks that have an optimizer each; empty for a model with one loss.
        capabilities: The verbs that this family offers.
        cannot: {verb: why this family cannot offer it}, for the error that a user sees.
        origin: What the zoo says of the model that these weights were loaded from, with its `card`; None for one built by hand.
        holds_text: Whether the weights hold pieces of the training text, such as words or n-grams: they then go out under
            the licence of the data.

    Args:
        seed: Seed of the random numbers of training (sampling takes its own); None for an arbitrary one.
    """

    tracked = ("loss",)
    players = ()
    capabilities = ("sample",)
    cannot = {}
    origin = None
    holds_text = False

    def __init__(self, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.seed = seed if seed is None else checks.integer("seed", seed, 0, 2**31 - 1)
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        self.trackers = {name: keras.metrics.Mean(name, dtype="float32") for name in self.tracked}

    @property
    def card(self):
        """The card of a loaded model, of its weights as they were loaded: Markdown text. None for a model built in Python."""
        return None if self.origin is None else self.origin.card

    def __repr__(self):
        return super().__repr__() if self.origin is None else f"<{type(self).__name__} loaded from {self.origin}>"

    def get_config(self):
        """Reads back every constructor argument from the attribute of the same name.

        `keras.Model` cannot do this itself: its automatic config records the default values.
        """
        config = {}
        for cls in type(self).__mro__:
            if cls is keras.Model:
                return config
            for name, parameter in inspect.signature(cls.__init__).parameters.items():
                if name != "self" and parameter.kind is not parameter.VAR_KEYWORD:
                    config.setdefault(name, getattr(self, name))

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)

    def compile(self, optimizer="adam", l1=0.0, l2=0.0, **kwargs):
        """Takes one Keras optimizer, or an `OptimizerGroup` with a member for each of `players`, and creates its variables.

        Args:
            optimizer: What takes the steps.
            l1, l2: Factors of the sums of absolute values and of squares, over the trainable matrices and kernels (no biases
                or scales), that each loss gets in training. For a decay that is no part of the loss: `AdamW`.
            **kwargs: As for `keras.Model.compile`.

        Raises:
            ValueError: The optimizer does not fit the model's players, or a factor is not a number from 0 to 1000.
        """
        factors = {"l1": checks.number("l1", l1, 0, 1000), "l2": checks.number("l2", l2, 0, 1000)}
        given = tuple(optimizer.members) if isinstance(optimizer, OptimizerGroup) else ()
        if sorted(given) != sorted(self.players):
            wanted = ", ".join(f"{player}=..." for player in self.players)
            wanted = f"OptimizerGroup({wanted})" if self.players else "one Keras optimizer"
            raise ValueError(f"optimizer of {type(self).__name__} must be {wanted}; received {optimizer!r}.")
        # The members of a group scale their own losses under mixed_float16; Keras would wrap the group as a whole.
        super().compile(optimizer=optimizer, **{"auto_scale_loss": not self.players, **kwargs})
        if self.players:
            self.optimizer.build_for(self)
        else:
            self.optimizer.build(self.trainable_variables)
        self.penalties = {name: factor for name, factor in factors.items() if factor}

    def get_compile_config(self):
        config = super().get_compile_config()
        return config and {**config, **self.penalties}

    def compile_from_config(self, config):
        self.compile(**keras.saving.deserialize_keras_object(config))

    def minimize(self, loss_fn, player=None):
        """Takes one gradient step on the mean loss `loss_fn()`, for the whole model or for one sub-network."""
        network = self if player is None else getattr(self, player)
        optimizer = self.optimizer if player is None else self.optimizer[player]
        variables = network.trainable_variables

        def scaled_loss():
            loss = loss_fn() + penalty(variables, **self.penalties) if self.penalties else loss_fn()
            return optimizer.scale_loss(loss / num_replicas())  # the gradients of replicas are summed, not averaged

        _, gradients = value_and_gradients(scaled_loss, variables, self)
        apply_gradients(optimizer, gradients, variables)

    def track(self, **values):
        """Records the batch's values under names in `tracked`; the logs hold their means."""
        for name, value in values.items():
            self.trackers[name].update_state(value)

    def logs(self):
        return {name: tracker.result() for name, tracker in self.trackers.items()}

    @property
    def metrics(self):
        return list(self.trackers.values())

    def fit(self, x=None, y=None, *args, **kwargs):
        """`keras.Model.fit`, which also refuses data that the model cannot use, and stops when a loss is not finite.

        Raises:
            ValueError: Wrong shape, type or range of the data, no data, or no whole batch.
            FloatingPointError: A tracked value became NaN or infinite.
        """
        given = dict(FIT.bind(self, x, y, *args, **kwargs).arguments)
        del given["self"]
        refuse_weights(given)
        self.check_data(*(first := first_batch(x, y)))
        if hasattr(self, "image_shape"):
            checks.warn_of_unit_range(first[0], "x")
        if (held_out := given.get("validation_data")) is not None:
            self.check_data(*first_batch(*parts_of(held_out)))
        given["x"], errors_told = watch_batches(x, lambda batch: self.check_data(*parts_of(batch)))
        with house_settings(), errors_told, state_kept(self):
            return super().fit(**{**given, "callbacks": watched(given.get("callbacks"))})

    def evaluate(self, x=None, y=None, *args, **kwargs):
        """`keras.Model.evaluate`, which also refuses data that the model cannot use.

        Raises:
            ValueError: Wrong shape, type or range of the data, no data, or no whole batch.
        """
        given = dict(EVALUATE.bind(self, x, y, *args, **kwargs).arguments)
        more = given.pop("kwargs", {})
        del given["self"]
        refuse_weights(given)
        if more.get("_use_cached_eval_dataset"):  # fit() evaluates its validation data through here, watched already
            return super().evaluate(**given, **more)
        self.check_data(*first_batch(x, y))
        given["callbacks"] = [RequireBatches(), *listed(given.get("callbacks"))]
        with house_settings(), state_kept(self):
            return super().evaluate(**given, **more)

    def predict(self, *args, **kwargs):
        """`keras.Model.predict`: what `call` gives outside training, by the averaged weights where the model keeps some."""
        with house_settings(), state_kept(self):
            return super().predict(*args, **kwargs)

    def __getattr__(self, name):
        """Called when there is no such attribute: explains why this family lacks a verb that other families have."""
        if name not in VERBS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        why = self.cannot.get(name, "its family does not define one")
        offered = ", ".join(self.capabilities)
        raise VerbNotOffered(
            f"{type(self).__name__} has no {name}: {why}. It offers {offered}; {VERBS[name]} has {name}, and "
            f"kerasgen.list_models(can={name!r}) lists all models that do."
        )

    def check_data(self, x, y=None):
        """Raises a ValueError that says what `fit` and `evaluate` take, unless `x` and `y` (a batch, or all data) fit."""
        raise NotImplementedError(f"{type(self).__name__} must define check_data(x, y=None).")

    # What leaves the house

    def networks(self):
        """{name of a verb: `keras.Model` that computes it}, which `export` writes; {} for a model without networks.

        Inputs are called as the verb's arguments. The layers are the model's own: after training, they hold other weights than
        the averaged ones that verbs use.
        """
        return {}

    def averaged(self):
        """An uncompiled float32 copy of the model whose networks hold the averaged weights, those that the verbs use."""
        with dtype_policy("float32"):
            twin = type(self).from_config(self.get_config())
        for copy, weight in zip(twin.weights, self.weights, strict=True):
            copy.assign(keras.ops.copy(weight))  # JAX would share the array, and a step of either model delete it
        own = {}  # what is no weight, such as counts
        self.save_own_variables(own)
        twin.load_own_variables({key: np.array(value) for key, value in own.items()})
        for layer in twin.layers:
            if hasattr(layer, "copy_to_network"):  # a `kerasgen.layers.WeightAverage`
                layer.copy_to_network()
        return twin

    def averaged_networks(self):
        """The `networks` of the averaged copy: they compute what the verbs compute.

        Raises:
            ValueError: The model has none.
        """
        with dtype_policy("float32"):
            networks = self.averaged().networks()
        if not networks:
            raise ValueError(f"{type(self).__name__} cannot be exported: none of its verbs is computed by a network.")
        return networks

    def export(self, filepath, format="tf_saved_model", verbose=None, input_signature=None, network=None, **kwargs):
        """`keras.Model.export` of what computes the model's verbs, with the averaged weights that they use.

        Args:
            filepath: The file to write: .onnx, .tflite (format "litert"), .keras; of a SavedModel, the folder.
            format: Of `keras.Model.export`, "tf_saved_model", "litert" and "onnx" among them, or "keras".
            verbose, input_signature, **kwargs: As for `keras.Model.export`.
            network: Which of `networks` to write, such as "encode"; None for the first. A SavedModel holds all of them: `serve`
                is the first, and each has an endpoint of its own name.

        Raises:
            ValueError: The model has no such network, or none at all, or Keras has no such format.
            ImportError: A package that writes this format is not installed.
        """
        exports.write(self.averaged_networks(), filepath, format, verbose, input_signature, network, **kwargs)

    def save_own_variables(self, store):
        """A compiled model also saves the states of its random generators, so that a resumed run continues bit-equal."""
        super().save_own_variables(store)
        if getattr(self, "optimizer", None) is not None:
            for i, state in enumerate(self.random_states()):
                store[f"random_state_{i}"] = state.value

    def load_own_variables(self, store):
        stored = {key: store[key] for key in list(store.keys())}
        for i, state in enumerate(self.random_states()):
            if (value := stored.pop(f"random_state_{i}", None)) is not None:
                state.assign(value)
        super().load_own_variables(stored)

    def random_states(self):
        """The state variables of this model's random generators, those of its layers included."""
        weights = {id(v) for v in self.weights}
        metrics = {id(v) for v in self.metrics_variables}
        return [v for v in self.variables if id(v) not in weights and id(v) not in metrics]
