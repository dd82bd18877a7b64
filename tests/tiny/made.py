from kerasgen.models.autoregressive.made import MADE
from tiny._base import IMAGE_SHAPE, Tiny, images

TINY = Tiny(
    MADE,
    {"image_shape": IMAGE_SHAPE, "hidden_dims": (12, 9), "num_orders": 2, "dropout": 0.1, "seed": 1},
    batch=lambda: (images(),),
    use=lambda model: model.log_prob(2.0 * (images() > 0) - 1).astype("float32"),
    inputs=images,
)
