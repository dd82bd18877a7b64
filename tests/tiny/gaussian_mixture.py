from kerasgen.models.mixture.gaussian_mixture import GaussianMixture
from tiny._base import Tiny, vectors

TINY = Tiny(
    GaussianMixture,
    {"components": 2, "min_variance": 0.01, "seed": 1},
    batch=lambda: (vectors(),),
    use=lambda model: model.log_prob(vectors()).astype("float32"),
)
