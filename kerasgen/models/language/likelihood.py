"""The loss of language models that learn by gradients."""

import keras
from keras import ops


def negative_log_likelihood(model, tokens, training, end=None):
    """Mean over all tokens, or over those up to the end of each text, in nats.

    The model tracks it, with the share of tokens that it held to be the likeliest. What training minimises is this less
    `model.entropy_bonus` times the mean entropy of the predictions, a bonus for doubt (Pereyra et al., 2017, "Regularizing
    neural networks by penalizing confident output distributions", arXiv:1701.06548).

    Args:
        model: Called with the ids of texts (batch, length), it gives the logits of the tokens after each; its
            `vocabulary_size` stands for the beginning.
        tokens: Ids, int (batch, length); each row is a text from its beginning.
        training: Whether weights in training predict, with parts left out, or their average.
        end: The id that ends a text and fills the rest of its row; None for texts that fill their rows.
    """
    start = ops.full_like(tokens[:, :1], model.vocabulary_size)
    before = ops.concatenate([start, tokens[:, :-1]], axis=1)
    logits = model(before, training=training)
    losses = keras.losses.sparse_categorical_crossentropy(tokens, logits, from_logits=True)  # (batch, length)
    hits = ops.cast(ops.cast(ops.argmax(logits, axis=-1), tokens.dtype) == tokens, losses.dtype)
    counts = ops.ones_like(losses) if end is None else ops.cast(before != end, losses.dtype)
    loss, accuracy = (ops.sum(part * counts) / ops.sum(counts) for part in (losses, hits))
    model.track(loss=loss, accuracy=accuracy)
    if not (training and model.entropy_bonus):
        return loss
    log_probs = ops.log_softmax(logits)
    entropies = -ops.sum(ops.exp(log_probs) * log_probs, axis=-1)
    return loss - model.entropy_bonus * ops.sum(entropies * counts) / ops.sum(counts)
