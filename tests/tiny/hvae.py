import numpy as np

from kerasgen.models.vae.hvae import HVAE
from tiny._base import COUNT, IMAGE_SHAPE, Tiny, images

LATENT_DIM = 3 + 16


def latents():
    return np.random.default_rng(0).standard_normal((COUNT, LATENT_DIM)).astype("float32")


TINY = Tiny(
    HVAE,
    {
        "image_shape": IMAGE_SHAPE,
        "scales": ("vector", "half"),
        "depths": (3, 1),
        "widths": (4, 6),
        "blocks": 0,
        "hidden_dim": 8,
        "seed": 1,
    },
    batch=lambda: (images(),),
    use=lambda model: model.sample(6, seed=3),
    inputs=latents,
)
