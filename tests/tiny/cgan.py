from kerasgen.models.gan.cgan import CGAN
from tiny._base import IMAGE_SHAPE, Tiny, images, labels

TINY = Tiny(
    CGAN,
    {
        "image_shape": IMAGE_SHAPE,
        "num_classes": 3,
        "latent_dim": 4,
        "widths": (8, 6, 4),
        "discriminator_widths": (4, 6, 8),
        "mismatch_weight": 0.5,
        "seed": 1,
    },
    batch=lambda: (images(), labels()),
    use=lambda model: model.sample(6, seed=3),
)
