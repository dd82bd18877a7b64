"""LSTM language model: predicts each token of a text from those before it.

Hochreiter & Schmidhuber, 1997, with forget gates (Gers et al., 2000), regularised as `recurrent.py` says. The probability of a
text x_1 ... x_n is a product of conditionals,

    log p(x) = sum_t  log softmax(W h_t + b)[x_t],        (h_t, c_t) = LSTM(embedding(x_{t-1}), (h_{t-1}, c_{t-1}))

where x_0 is a token of its own that stands for the beginning, and (h_0, c_0) = 0. The next token costs the same however long
the text: all that is known of the past is in the state (h, c), which the verbs carry along.
"""

import keras
from keras import layers

from kerasgen.layers import WeightDropLSTM
from kerasgen.models.language.likelihood import negative_log_likelihood
from kerasgen.models.language.recurrent import RecurrentLanguageModel
from kerasgen.steps import portable_step


@keras.saving.register_keras_serializable("kerasgen")
class LSTMLanguageModel(RecurrentLanguageModel):
    """Language model of stacked LSTM layers.

    The verbs that take or give text need `model.tokenizer`, which the zoo's loader sets; set your own after building.

    Args:
        vocabulary_size: Number of tokens; ids are 0 .. vocabulary_size-1.
        embedding_dim: Length of the vectors that tokens are replaced by.
        units: Cells of each LSTM layer.
        num_layers: LSTM layers.
        dropout: Share of each layer's outputs that training leaves out, the same at all steps of a text.
        input_dropout: Share of the embeddings' numbers that training leaves out, likewise.
        weight_drop: Share of the recurrent weights that training leaves out.
        average_decay: Decay of the average of the weights that the verbs use.
        entropy_bonus: What training pays for a nat of entropy of the predictions; 0 for nothing.
        seed: Seed of the random numbers of training.
    """

    layer, cell, stack, parts = WeightDropLSTM, layers.LSTMCell, "lstms", "hc"

    @portable_step
    def train_step(self, tokens):
        self.minimize(lambda: negative_log_likelihood(self, tokens, training=True))
        self.average.update()
        return self.logs()

    @portable_step
    def test_step(self, tokens):
        negative_log_likelihood(self, tokens, training=False)
        return self.logs()
