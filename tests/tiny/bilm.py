from kerasgen.models.language.bilm import BidirectionalLM
from tiny._base import Tiny, tokens

TINY = Tiny(
    BidirectionalLM,
    {
        **{"vocabulary_size": 5, "embedding_dim": 3, "units": 6, "num_layers": 1, "joint_dim": 4},
        **{"dropout": 0.1, "weight_drop": 0.1, "seed": 1},
    },
    batch=lambda: (tokens(),),
    # Texts of one length, a power of two: every other one is compiled anew.
    use=lambda model: model.pseudo_log_prob(["abca", "edcb"]).astype("float32"),
)
