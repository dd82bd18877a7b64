from kerasgen.models.judges.judge import Judge
from tiny._base import IMAGE_SHAPE, Tiny, images, labels

TINY = Tiny(
    Judge,
    {"image_shape": IMAGE_SHAPE, "num_classes": 3, "widths": (4, 6), "feature_dim": 5, "seed": 1},
    batch=lambda: (images(), labels()),
    use=lambda model: model.classify(images()),
)
