from kerasgen.models.vae.denoiser import Denoiser
from tiny._base import IMAGE_SHAPE, Tiny, images

TINY = Tiny(
    Denoiser,
    {"image_shape": IMAGE_SHAPE, "widths": (4, 6, 8), "seed": 1},
    batch=lambda: (images(),),
    use=lambda model: model.denoise(2.0 * images()),
)
