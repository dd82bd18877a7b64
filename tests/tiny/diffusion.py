from kerasgen.models.diffusion.diffusion import Diffusion
from tiny._base import IMAGE_SHAPE, Tiny, images, labels

TINY = Tiny(
    Diffusion,
    {"image_shape": IMAGE_SHAPE, "num_classes": 3, "widths": (8, 8, 8), "steps": 3, "seed": 1},
    batch=lambda: (images(), labels()),
    use=lambda model: model.sample(6, seed=3),
)
