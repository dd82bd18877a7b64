from kerasgen.models.language.gru import GRULanguageModel
from tiny._base import Tiny, tokens

TINY = Tiny(
    GRULanguageModel,
    {"vocabulary_size": 5, "embedding_dim": 3, "units": 6, "num_layers": 2, "dropout": 0.1, "weight_drop": 0.1, "seed": 1},
    batch=lambda: (tokens(),),
    use=lambda model: model.log_prob(["abc", "edcbabcde"]).astype("float32"),
)
