"""Texts as token ids: the windows that a language model learns from."""

import numpy as np

from kerasgen.data.batches import Batches
from kerasgen.data.ragged import to_text

__all__ = ["TextBatches", "to_text"]


class TextBatches(Batches):
    """Batches of windows of one long text, int32 (batch_size, length).

    Each pass cuts the text anew, from a random offset. With `boundaries`, each window is moved back to begin at one of
    them (such as the starts of lines), so that the model learns how texts begin.

    Args:
        ids: Token ids of the text, (count,).
        length: Tokens per window.
        batch_size: Windows per batch.
        seed: Seed of order and offsets.
        boundaries: Ascending positions at which windows may begin, the first of them 0; None for anywhere.
        steps_per_epoch, first_epoch: As for `Batches`.

    Raises:
        ValueError: The text is too short for one batch.
    """

    def __init__(self, ids, length, batch_size, seed=0, boundaries=None, steps_per_epoch=None, first_epoch=0):
        count = len(ids) // length - 1  # the offset takes up to one window
        if count < batch_size:
            raise ValueError(
                f"ids must hold at least (batch_size + 1) * length = {(batch_size + 1) * length} tokens; received {len(ids)}."
            )
        super().__init__(np.arange(count), batch_size, seed, steps_per_epoch, first_epoch)
        self.ids = np.asarray(ids, "int32")
        self.length = length
        self.boundaries = boundaries

    def __getitem__(self, index):
        windows = super().__getitem__(index)
        which_pass = (self.epoch * self.steps_per_epoch + index) // self.steps_per_pass
        offset = np.random.Generator(np.random.Philox(key=[self.seed, 2**32 + which_pass])).integers(self.length)
        starts = windows * self.length + offset
        if self.boundaries is not None:
            starts = self.boundaries[np.searchsorted(self.boundaries, starts, side="right") - 1]
        return self.ids[starts[:, None] + np.arange(self.length)]

    def examples(self):
        """The whole text as one row, for models that are fitted by passes over everything: a tuple of one array (1, count)."""
        return (self.ids[None],)
