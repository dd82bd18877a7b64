from kerasgen.models.language.attention_lstm import AttentionLSTM
from tiny._base import Tiny, tokens

TINY = Tiny(
    AttentionLSTM,
    {
        **{"vocabulary_size": 5, "embedding_dim": 3, "units": 6, "num_layers": 2, "window": 4, "attention_dim": 3},
        **{"dropout": 0.1, "weight_drop": 0.1, "seed": 1},
    },
    batch=lambda: (tokens(),),
    use=lambda model: model.log_prob(["abc", "edcbabcde"]).astype("float32"),
)
