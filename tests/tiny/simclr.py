from kerasgen.models.encoders.simclr import SimCLR
from tiny._base import IMAGE_SHAPE, Tiny, images

TINY = Tiny(
    SimCLR,
    {"image_shape": IMAGE_SHAPE, "widths": (4, 6), "feature_dim": 5, "projection_dim": 3, "seed": 1},
    batch=lambda: (images(),),
    use=lambda model: model.features(images()),
)
