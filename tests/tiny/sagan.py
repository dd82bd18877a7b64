from kerasgen.models.gan.sagan import SAGAN
from tiny._base import IMAGE_SHAPE, Tiny, images

TINY = Tiny(
    SAGAN,
    {
        "image_shape": IMAGE_SHAPE,
        "latent_dim": 4,
        "widths": (6, 8, 4),
        "discriminator_widths": (8, 6, 4),
        "loss": "non_saturating",  # the hinge has no slope in the last biases while all logits lie within it
        "augment": ("cutout",),
        "seed": 1,
    },
    batch=lambda: (images(),),
    use=lambda model: model.sample(6, seed=3),
)
