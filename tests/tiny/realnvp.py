import numpy as np

from kerasgen.models.flow.realnvp import RealNVP
from tiny._base import COUNT, IMAGE_SHAPE, Tiny


def greys():
    return np.random.default_rng(0).integers(0, 256, (COUNT, *IMAGE_SHAPE)).astype("float32") / np.float32(127.5) - 1


TINY = Tiny(
    RealNVP,
    {
        "image_shape": IMAGE_SHAPE,
        "couplings": (1,),
        "widths": (3,),
        "blocks": 0,
        "components": 2,
        "plain": 0,
        "noise_couplings": 1,
        "noise_width": 4,
        "seed": 1,
    },
    batch=lambda: (greys(),),
    use=lambda model: model.sample(6, seed=3, greys=False),
)
