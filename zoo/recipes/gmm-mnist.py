"""Mixture of factor analysers of MNIST's 256 grey levels, by EM. `kerasgen train gmm-mnist`.

Each component is a mean digit, eight directions in which it varies, and noise for each pixel. The least variance of that
noise decides how much is learned by heart: of 1e-3, 1e-4, 3e-5 and 1e-5, with 50 components and 30,000 images (20,000 for the
first), the validation images cost 5.29, 4.42, 4.07 and 3.92 bits a pixel after ten passes, and at 1e-5 no more were gained
after the second pass; 20 components cost 0.21 bits more than 50 at 3e-5. The pass that is best on validation is released. The
picture shows samples.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

from kerasgen.models.mixture.image_mixture import ImageMixture
from kerasgen.scores.flows import score_flow, validate_bits_per_dim
from kerasgen.training.recipe import Recipe

recipe = Recipe(
    name="gmm-mnist",
    title="Mixture of factor analysers of handwritten digits in 256 grey levels, fitted by EM",
    title_zh="因子分析混合模型，256 级灰度的手写数字，EM 拟合",
    family="mixture",
    paper="Ghahramani & Hinton, 1996; Richardson & Weiss, 2018, arXiv:1805.12462",
    data="mnist",
    model=lambda: ImageMixture(components=64, rank=8, min_variance=1e-5, seed=0),
    epochs=8,
    validate=validate_bits_per_dim(1000),
    select=("bits_per_dim", "min"),
    score=score_flow("judge-mnist"),
    precision="float32",
    minutes=10,
    notes="Bits per dimension are of 8-bit images and an upper bound. A sum of Gaussians knows nothing of strokes: its samples "
    "have the shape of digits and grey noise along their edges.",
)
