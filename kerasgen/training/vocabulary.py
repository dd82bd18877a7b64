"""More characters for a language model that has been trained, so that it can be fine-tuned on texts in which they occur."""

import numpy as np
from keras import ops

from kerasgen.exact import ExactModel
from kerasgen.tokenizers import CharacterTokenizer


def extended(model, characters):
    """A copy of a model of characters that knows further ones; what it knew, it computes as before, up to what they get.

    The new weights are means over the characters it knew: a new one enters and leaves as an average character does, so that it
    takes little from the others at first (Hewitt, 2021, "Initializing new word embeddings for pretrained language models").

    Args:
        model: A language model with a `CharacterTokenizer`, not compiled anew.
        characters: Those to add, a str without repetition, none of which the model knows.

    Returns:
        A model of the same class, its tokenizer with the new characters last.

    Raises:
        ValueError: The model is one of counts, which grow by its own fit.
    """
    if isinstance(model, ExactModel):
        raise ValueError(f"extend_vocabulary is for models that learn by gradients; {type(model).__name__} counts.")
    size, more = model.vocabulary_size, len(characters)
    larger = type(model).from_config({**model.get_config(), "vocabulary_size": size + more})
    larger.tokenizer = CharacterTokenizer(model.tokenizer.characters + characters)
    for target, source in zip(larger.weights, model.weights, strict=True):
        target.assign(with_means(ops.convert_to_numpy(source), target.shape, size).astype(source.dtype))
    larger.origin = model.origin
    return larger


def with_means(array, shape, size):
    """The array with its means along the axes that are shorter than `shape` says, in the place of token `size`.

    Where an axis has a place more than there are tokens, the last stands for the beginning of a text, and stays the last.
    """
    for axis, length in enumerate(shape):
        if (more := length - array.shape[axis]) > 0:
            known = np.take(array, range(size), axis=axis)
            mean = np.mean(known, axis=axis, keepdims=True, dtype="float64")
            rest = np.take(array, range(size, array.shape[axis]), axis=axis)
            array = np.concatenate([known, np.repeat(mean, more, axis=axis), rest], axis=axis)
    return array
