from kerasgen.models.gan.wgan_gp import WGANGP
from tiny._base import IMAGE_SHAPE, Tiny, images

TINY = Tiny(
    WGANGP,
    {
        "image_shape": IMAGE_SHAPE,
        "latent_dim": 4,
        "widths": (8, 6, 4),
        "critic_widths": (4, 6, 8),
        "critic_steps": 2,
        "augment": ("flip",),
        "seed": 1,
    },
    batch=lambda: (images(),),
    use=lambda model: model.sample(6, seed=3),
)
