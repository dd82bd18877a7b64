from kerasgen.models.sequence.gradient_hmm import GradientHMM
from tiny._base import Tiny
from tiny.hmm import series

TINY = Tiny(
    GradientHMM,
    {"states": 3, "emission": "neural_gaussian", "size": 2, "hidden_dim": 8, "min_variance": 0.01, "seed": 1},
    batch=lambda: (series(),),
    use=lambda model: model.log_prob(series()).astype("float32"),
)
