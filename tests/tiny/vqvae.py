from kerasgen.models.vae.vqvae import VQVAE
from tiny._base import IMAGE_SHAPE, Tiny, images, labels

TINY = Tiny(
    VQVAE,
    {
        "image_shape": IMAGE_SHAPE,
        "num_classes": 3,
        "codebook_size": 12,
        "code_dim": 3,
        "widths": (4, 6),
        "blocks": 0,
        "prior_width": 8,
        "prior_layers": 1,
        "prior_heads": 2,
        "seed": 1,
    },
    batch=lambda: (images(), labels()),
    use=lambda model: model.sample(6, seed=3),
    inputs=images,
)
