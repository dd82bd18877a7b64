"""Training batches whose order is a function of (seed, epoch, step), so that a resumed run sees the same batches."""

import keras
import numpy as np


class Batches(keras.utils.PyDataset):
    """Shuffled batches of equal size.

    Each pass goes through the examples in a fresh order; an epoch is `steps_per_epoch` batches, wherever a pass ends.

    Args:
        arrays: One array, or a tuple of arrays with the same first axis.
        batch_size: Examples per batch.
        seed: Seed of the order.
        steps_per_epoch: Batches per epoch; None for one pass (the incomplete last batch of a pass is left out).
        first_epoch: The epoch with which iteration begins, when a run is resumed.
        prepare: Function applied to each batch's first array, such as `to_float_images`.

    Raises:
        ValueError: There are fewer examples than one batch needs, or arrays of different length.
    """

    def __init__(self, arrays, batch_size, seed=0, steps_per_epoch=None, first_epoch=0, prepare=None):
        # Two workers: with one, tf.data tunes itself, and waits for its tuning thread as an epoch ends, up to half a minute
        # (TensorFlow 2.21, Keras 3.15).
        super().__init__(workers=2)
        self.arrays = arrays if isinstance(arrays, tuple) else (arrays,)
        counts = [len(array) for array in self.arrays]
        if len(set(counts)) > 1:
            raise ValueError(f"arrays must hold equally many examples; received {', '.join(map(str, counts))}.")
        if not 1 <= batch_size <= counts[0]:
            raise ValueError(f"batch_size must be from 1 to the number of examples, {counts[0]}; received {batch_size}.")
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = first_epoch
        self.prepare = prepare
        self.steps_per_pass = counts[0] // batch_size
        self.steps_per_epoch = steps_per_epoch or self.steps_per_pass
        self._order = (None, None)
        self._within_epoch = False

    def __len__(self):
        return self.steps_per_epoch

    def __getitem__(self, index):
        which_pass, position = divmod(self.epoch * self.steps_per_epoch + index, self.steps_per_pass)
        known_pass, order = self._order  # one look: another worker may be in another pass
        if known_pass != which_pass:
            order = np.random.Generator(np.random.Philox(key=[self.seed, which_pass])).permutation(len(self.arrays[0]))
            self._order = (which_pass, order)
        chosen = order[position * self.batch_size : (position + 1) * self.batch_size]
        first, *rest = (array[chosen] for array in self.arrays)
        if self.prepare is not None:
            first = self.prepare(first)
        return (first, *rest) if rest else first

    def examples(self):
        """All examples at once, in their own order and prepared as batches are: a tuple of arrays."""
        first, *rest = self.arrays
        return (first if self.prepare is None else self.prepare(first), *rest)

    def on_epoch_begin(self):
        self._within_epoch = True

    def on_epoch_end(self):
        if self._within_epoch:  # Keras also calls this once before the first epoch
            self.epoch += 1
        self._within_epoch = False


class GroupedBatches(Batches):
    """Batches of examples of similar sizes, small ones first.

    By size, the examples are cut into groups of equal count. Two groups of the smallest are used at first, and one more after
    every `pace` steps; until all are, every other batch is of the newest. A batch is drawn at random from all of its group.

    Args:
        sizes: Size of each example, integers (count,).
        batch_size: Examples per batch.
        seed: Seed of the draws.
        steps_per_epoch: Batches per epoch.
        prepare: Function (numbers of examples (batch_size,), a size that none exceeds) -> a batch.
        groups: Number of groups, at least 2.
        pace: Steps after which one more group is used; 0 for all from the beginning.
    """

    def __init__(self, sizes, batch_size, seed, steps_per_epoch, prepare, groups=10, pace=0):
        super().__init__(np.asarray(sizes), batch_size, seed, steps_per_epoch, prepare=prepare)
        self.groups = np.array_split(np.argsort(sizes, kind="stable"), min(groups, len(sizes)))
        self.pace = pace

    def __getitem__(self, index):
        step, count = self.epoch * self.steps_per_epoch + index, len(self.groups)
        used = min(count, 2 + step // self.pace) if self.pace else count
        number = index % count if used == count else used - 1 if index % 2 else index // 2 % used
        group, random = self.groups[number], np.random.Generator(np.random.Philox(key=[self.seed, step]))
        widest = self.groups[-1] if index == 1 else group  # the first two batches tell Keras that sizes differ
        return self.prepare(random.choice(group, self.batch_size), int(self.arrays[0][widest[-1]]))

    def examples(self):
        """All examples as one batch, in their own order: a tuple of arrays."""
        return self.prepare(np.arange(len(self.arrays[0])), int(self.arrays[0].max()))
