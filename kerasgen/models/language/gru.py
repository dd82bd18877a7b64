"""GRU language model: predicts each token of a text from those before it, with one state where an LSTM has two.

Cho et al., 2014, arXiv:1406.1078, in the form of `WeightDropGRU`, regularised as `recurrent.py` says. The probability of a text
x_1 ... x_n is a product of conditionals,

    log p(x) = sum_t  log softmax(W h_t + b)[x_t],        h_t = GRU(embedding(x_{t-1}), h_{t-1})

where x_0 is a token of its own that stands for the beginning, and h_0 = 0. A layer has three quarters of the weights of an LSTM
of as many cells (Chung et al., 2014, arXiv:1412.3555, compare the two).
"""

import keras
from keras import layers

from kerasgen.layers import WeightDropGRU
from kerasgen.models.language.likelihood import negative_log_likelihood
from kerasgen.models.language.recurrent import RecurrentLanguageModel
from kerasgen.steps import portable_step


@keras.saving.register_keras_serializable("kerasgen")
class GRULanguageModel(RecurrentLanguageModel):
    """Language model of stacked GRU layers.

    The verbs that take or give text need `model.tokenizer`, which the zoo's loader sets; set your own after building.

    Args:
        vocabulary_size: Number of tokens; ids are 0 .. vocabulary_size-1.
        embedding_dim: Length of the vectors that tokens are replaced by.
        units: Cells of each GRU layer.
        num_layers: GRU layers.
        dropout: Share of each layer's outputs that training leaves out, the same at all steps of a text.
        input_dropout: Share of the embeddings' numbers that training leaves out, likewise.
        weight_drop: Share of the recurrent weights that training leaves out.
        average_decay: Decay of the average of the weights that the verbs use.
        entropy_bonus: What training pays for a nat of entropy of the predictions; 0 for nothing.
        seed: Seed of the random numbers of training.
    """

    layer, cell, stack, parts = WeightDropGRU, layers.GRUCell, "grus", "h"

    @portable_step
    def train_step(self, tokens):
        self.minimize(lambda: negative_log_likelihood(self, tokens, training=True))
        self.average.update()
        return self.logs()

    @portable_step
    def test_step(self, tokens):
        negative_log_likelihood(self, tokens, training=False)
        return self.logs()
