"""A codebook that follows the features which choose its vectors, and the entropies that tell how it is used.

van den Oord et al., 2017, arXiv:1711.00937, appendix A.1, for features of length 1 (Yu et al., 2022, arXiv:2110.04627). With
n_k of the features of a batch nearest to vector k, and s_k their sum,

    N_k = d N_k + (1 - d) n_k,    S_k = d S_k + (1 - d) s_k,    e_k = S_k / |S_k|
"""

import keras
from keras import layers, ops

TEMPERATURE = 0.05  # of soft choices, beside squared distances from 0 to 4
DEAD = 0.03  # of the mean number of choices: codes with less start anew


@keras.saving.register_keras_serializable("kerasgen")
class Codebook(layers.Layer):
    """Codes -> vectors of unit length (..., code_dim), which follow the features that choose them."""

    def __init__(self, size, dim, decay, seed, name="codebook", **kwargs):
        super().__init__(name=name, autocast=False, **{**kwargs, "dtype": "float32"})
        self.config = (size, dim, decay, seed)
        self.decay = decay
        kept = {"trainable": False, "aggregation": "mean"}
        start = keras.initializers.RandomNormal(stddev=dim**-0.5, seed=seed)
        self.sums = self.add_weight(shape=(size, dim), initializer=start, name="sums", **kept)  # of the features, averaged
        self.counts = self.add_weight(shape=(size,), initializer="ones", name="counts", **kept)  # of choices in a batch
        self.built = True

    def vectors(self):
        return unit(self.sums.value)

    def call(self, codes):
        return ops.take(self.vectors(), ops.cast(codes, "int32"), axis=0)

    def distances(self, features):
        """Squared distances of features (..., code_dim) from all vectors: (..., codebook_size)."""
        return 2.0 - 2.0 * ops.matmul(features, ops.transpose(self.vectors()))  # of vectors of unit length

    def nearest(self, features):
        """Codes of features: int32 (...)."""
        return ops.cast(ops.argmin(self.distances(features), axis=-1), "int32")

    def follow(self, features, seed_generator):
        """Moves the averages towards the features of a batch, and codes that hardly any chose to features drawn at random."""
        size, dim, decay, _ = self.config
        features = ops.reshape(features, (-1, dim))
        chosen = ops.one_hot(self.nearest(features), size, dtype="float32")
        counts = decay * self.counts + (1.0 - decay) * ops.sum(chosen, axis=0)
        sums = decay * self.sums + (1.0 - decay) * ops.matmul(ops.transpose(chosen), features)
        number = ops.cast(ops.shape(features)[0], "float32")
        lot = ops.cast(keras.random.uniform((size,), dtype="float32", seed=seed_generator) * number, "int32")
        fresh = ops.take(features, ops.minimum(lot, ops.shape(features)[0] - 1), axis=0)
        share = number / size  # what a code in even use has
        dead = counts < DEAD * share
        self.counts.assign(ops.where(dead, share, counts))
        self.sums.assign(ops.where(dead[:, None], share * fresh, sums))

    def get_config(self):
        return {**super().get_config(), **dict(zip(("size", "dim", "decay", "seed"), self.config, strict=True))}


def unit(x):
    """Vectors along the last axis at length 1."""
    return x / ops.sqrt(ops.sum(ops.square(x), axis=-1, keepdims=True) + 1e-8)


def entropy(shares):
    """Of probabilities along the last axis, in nats."""
    return -ops.sum(shares * ops.log(ops.maximum(shares, 1e-8)), axis=-1)


def used(distances):
    """Entropy of the mean soft choice less the mean entropy of soft choices, in nats: 0 .. log(codebook_size)."""
    shares = ops.softmax(-distances / TEMPERATURE)
    return entropy(ops.mean(shares, axis=(0, 1, 2))) - ops.mean(entropy(shares))
