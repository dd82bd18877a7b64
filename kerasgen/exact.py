"""Models that are fitted exactly, by counting or by EM: one pass over all data at a time, no optimizer, no batches."""

import keras
import numpy as np

from kerasgen.guards import first_batch, watched
from kerasgen.model import EVALUATE, FIT, GenerativeModel


class ExactModel(GenerativeModel):
    """A model whose `fit` is an exact algorithm over all data.

    What it has learned is held in `arrays`, whose sizes may follow from the data. A family names them in `array_names` and
    defines `learn`, `measure` and its verbs. `fit` continues from the current arrays: EM improves them, counts are added up.

    Class attributes:
        array_names: Names of the arrays.
    """

    array_names = ()
    optimizer = None  # which Keras' callbacks ask for

    def __init__(self, seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.arrays = {}
        self.built = True

    @property
    def is_fitted(self):
        """Whether anything has been learned yet."""
        return bool(self.arrays)

    def learn(self, x, y=None):
        """One pass over all data: moves `arrays` and returns {name in `tracked`: number}."""
        raise NotImplementedError(f"{type(self).__name__} must define learn(x, y=None).")

    def measure(self, x, y=None):
        """{name in `tracked`: number} of data that are not learned from."""
        raise NotImplementedError(f"{type(self).__name__} must define measure(x, y=None).")

    def require_fit(self):
        """Raises a ValueError if there is nothing to draw from or to judge by."""
        if not self.is_fitted:
            raise ValueError(f"This {type(self).__name__} has learned nothing yet: call fit, or load one of the zoo.")

    def compile(self, optimizer=None, **kwargs):
        """Takes no optimizer; there is nothing to compile.

        Raises:
            ValueError: An optimizer is given.
        """
        if optimizer is not None:
            raise ValueError(
                f"optimizer of {type(self).__name__} must be None: it is fitted by an exact algorithm; received {optimizer!r}."
            )

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose=0, callbacks=None, *, validation_data=None, **kwargs):
        """Passes over all data, `epochs` of them.

        Args:
            x, y: All data, as `check_data` says: arrays, lists, `kerasgen.data.Batches` or a tf.data.Dataset.
            batch_size, verbose: Not used; a pass is over everything.
            epochs: Number of the last pass; `initial_epoch` (0) of them count as done.
            callbacks: Keras callbacks; a pass is an epoch of one batch.
            validation_data: Data, or (x, y), to measure after each pass.
            **kwargs: Other arguments of `keras.Model.fit`; only `initial_epoch` is used.

        Returns:
            A `keras.callbacks.History`.

        Raises:
            ValueError: Data that the model cannot use, or a `validation_split`: give `validation_data` instead.
            FloatingPointError: A tracked value became NaN or infinite.
        """
        if FIT.bind(self, x, y, **kwargs).arguments.get("validation_split"):
            raise ValueError(f"validation_split must be None; received {kwargs['validation_split']!r}: give validation_data.")
        self.check_data(*first_batch(x, y))
        held_out = validation_data if isinstance(validation_data, tuple) or validation_data is None else (validation_data,)
        if held_out is not None:
            self.check_data(*first_batch(*held_out))
        x, y = whole(x, y)
        listed = keras.callbacks.CallbackList(watched(callbacks), add_history=True, model=self, epochs=epochs, steps=1)
        self.stop_training = False
        listed.on_train_begin()
        for epoch in range(kwargs.get("initial_epoch", 0), epochs):
            listed.on_epoch_begin(epoch)
            listed.on_train_batch_begin(0)
            logs = self._logs_of(self.learn(x, y), "learn")
            if set(self.arrays) != set(self.array_names):
                raise ValueError(
                    f"learn of {type(self).__name__} must set the arrays {sorted(self.array_names)}; it set "
                    f"{sorted(self.arrays)}."
                )
            listed.on_train_batch_end(0, logs)
            if held_out is not None:
                measured = self._logs_of(self.measure(*whole(*held_out)), "measure")
                logs.update({f"val_{name}": value for name, value in measured.items()})
            listed.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        listed.on_train_end()
        return self.history

    def evaluate(self, x=None, y=None, batch_size=None, verbose=0, *, return_dict=False, **kwargs):
        """The numbers of `tracked` on data that are not learned from, as `keras.Model.evaluate` returns them."""
        if unknown := EVALUATE.bind(self, x, y, **kwargs).arguments.get("kwargs"):
            raise ValueError(f"Arguments not recognized: {unknown}")  # as Keras says
        self.check_data(*first_batch(x, y))
        self.require_fit()
        found = self._logs_of(self.measure(*whole(x, y)), "measure")
        if return_dict:
            return found
        return next(iter(found.values())) if len(found) == 1 else list(found.values())

    def _logs_of(self, values, verb):
        """What `learn` or `measure` returned, as floats, if it has the names in `tracked`."""
        if set(values) != set(self.tracked):
            raise ValueError(
                f"{verb} of {type(self).__name__} must return {sorted(self.tracked)}; it returned {sorted(values)}."
            )
        return {name: float(value) for name, value in values.items()}

    def save_own_variables(self, store):
        for name in self.array_names:
            if name in self.arrays:
                store[name] = np.asarray(self.arrays[name])

    def load_own_variables(self, store):
        """Loads the arrays, whatever their sizes.

        Raises:
            ValueError: Some are missing, or there are others.
        """
        found = sorted(store.keys())
        if found and found != sorted(self.array_names):
            raise ValueError(f"A {type(self).__name__} has the arrays {sorted(self.array_names)}; the file has {found}.")
        self.arrays = {name: np.array(store[name]) for name in found}


def whole(x, y=None):
    """All of (x, y) as arrays or lists; a data set that yields batches is joined."""
    if hasattr(x, "examples"):  # kerasgen.data.Batches
        parts = x.examples()
    elif hasattr(x, "as_numpy_iterator"):
        batches = [batch if isinstance(batch, tuple) else (batch,) for batch in x.as_numpy_iterator()]
        parts = tuple(np.concatenate(place) for place in zip(*batches, strict=True))
    else:
        return x, y
    return (*parts, None)[:2]
