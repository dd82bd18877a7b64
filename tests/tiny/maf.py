from kerasgen.models.flow.maf import MAF
from tiny._base import Tiny, vectors

TINY = Tiny(
    MAF,
    {"columns": 3, "num_layers": 2, "hidden_dim": 6, "components": 2, "seed": 1},
    batch=lambda: (vectors(),),
    use=lambda model: model.sample(6, seed=3),
)
