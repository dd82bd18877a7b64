import numpy as np

from kerasgen.models.diffusion.diffusion import Diffusion
from tiny._base import COUNT, IMAGE_SHAPE, Tiny, images, labels

TINY = Tiny(
    Diffusion,
    {"image_shape": IMAGE_SHAPE, "num_classes": 3, "widths": (8, 16), "steps": 3, "seed": 1},
    batch=lambda: (images(), labels()),
    use=lambda model: model.sample(6, seed=3),
    inputs=lambda: [images(), np.linspace(-3, 3, COUNT, dtype="float32"), np.eye(3, dtype="float32")[labels()]],
)
