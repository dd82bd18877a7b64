from kerasgen.models.mixture.image_mixture import ImageMixture
from tiny._base import IMAGE_SHAPE, Tiny, images

TINY = Tiny(
    ImageMixture,
    {"image_shape": list(IMAGE_SHAPE), "components": 2, "rank": 2, "min_variance": 0.01, "seed": 1},
    batch=lambda: (images(),),
    use=lambda model: (model.log_prob(images()) / 64).astype("float32"),
)
