from kerasgen.models.autoregressive.pixelcnn import PixelCNN
from tiny._base import IMAGE_SHAPE, Tiny, images

TINY = Tiny(
    PixelCNN,
    {"image_shape": IMAGE_SHAPE, "width": 3, "num_layers": 2, "first_kernel": 5, "head_dim": 4, "seed": 1},
    batch=lambda: (images(),),
    use=lambda model: model.log_prob(2.0 * (images() > 0) - 1).astype("float32"),
    inputs=images,
)
