from kerasgen.models.gan.mlp_gan import MLPGAN
from tiny._base import IMAGE_SHAPE, Tiny, images

TINY = Tiny(
    MLPGAN,
    {
        "image_shape": IMAGE_SHAPE,
        "latent_dim": 4,
        "widths": (6, 8),
        "discriminator_widths": (8, 6),
        "dropout": 0.1,
        "penalty_weight": 0.5,
        "augment": ("translation", "rotation", "cutout"),
        "seed": 1,
    },
    batch=lambda: (images(),),
    use=lambda model: model.sample(6, seed=3),
)
