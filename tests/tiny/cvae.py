from kerasgen.models.vae.cvae import CVAE
from tiny._base import IMAGE_SHAPE, Tiny, images, labels

TINY = Tiny(
    CVAE,
    {"image_shape": IMAGE_SHAPE, "num_classes": 3, "latent_dim": 3, "widths": (4, 6), "hidden_dim": 8, "seed": 1},
    batch=lambda: (images(), labels()),
    use=lambda model: model.sample(6, seed=3),
)
