from kerasgen.models.flow.coupling_flow import CouplingFlow
from tiny._base import Tiny, vectors

TINY = Tiny(
    CouplingFlow,
    {"dim": 3, "couplings": 1, "hidden_dim": 4, "components": 2, "seed": 1},
    batch=lambda: (vectors(),),
    use=lambda model: model.sample(6, seed=3),
)
