from kerasgen.models.gan.dcgan import DCGAN
from tiny._base import IMAGE_SHAPE, Tiny, images

TINY = Tiny(
    DCGAN,
    {
        "image_shape": IMAGE_SHAPE,
        "latent_dim": 4,
        "widths": (8, 6, 4),
        "discriminator_widths": (4, 6, 8),
        "penalty_weight": 0.5,
        "seed": 1,
    },
    batch=lambda: (images(),),
    use=lambda model: model.sample(6, seed=3),
)
