from kerasgen.models.vae.autoencoder import Autoencoder
from tiny._base import IMAGE_SHAPE, Tiny, images

TINY = Tiny(
    Autoencoder,
    {"image_shape": IMAGE_SHAPE, "latent_dim": 3, "widths": (4, 6), "hidden_dim": 8, "seed": 1},
    batch=lambda: (images(),),
    use=lambda model: model.reconstruct(images()),
    inputs=images,
)
