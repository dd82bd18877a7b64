from kerasgen.models.vae.vae import VAE
from tiny._base import IMAGE_SHAPE, Tiny, images

TINY = Tiny(
    VAE,
    {"image_shape": IMAGE_SHAPE, "latent_dim": 3, "widths": (4, 6), "hidden_dim": 8, "seed": 1},
    batch=lambda: (images(),),
    use=lambda model: model.sample(6, seed=3),
)
