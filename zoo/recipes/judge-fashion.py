"""The classifier whose features and probabilities measure the generators of clothes. `kerasgen train judge-fashion`.

The picture shows the test images that it is least sure of.

Trained on shifted, blurred and noisy images so that it judges shape and not texture, but with weaker disturbances
than judge-mnist: clothes differ by more than their outline. See kerasgen/models/judges/judge.py.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.judges.judge import Judge
from kerasgen.schedules import half_cosine
from kerasgen.scores.judges import LEAST_CONFIDENT, judge_accuracy, least_confident_images, score_judge
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    return keras.optimizers.Adam(half_cosine(2e-3, steps, warmup=steps // 20))


recipe = Recipe(
    name="judge-fashion",
    title="Classifier of clothes whose 128 features serve the metrics",
    title_zh="服装分类器，128 维特征供评价指标使用",
    family="judge",
    paper="kerasgen; disturbances after Gregor et al., 2015, arXiv:1502.04623, equations 25-27",
    data="fashion_mnist",
    fields=("image", "label"),
    model=lambda: Judge(widths=(48, 80, 112), feature_dim=128, max_shift=1.5, max_blur=0.5, max_noise=0.15, seed=1),
    optimizer=optimizer,
    batch_size=128,
    epochs=14,
    validate=judge_accuracy,
    select=("accuracy", "max"),
    score=score_judge,
    picture=least_confident_images,
    caption=LEAST_CONFIDENT,
    seed=1,
    minutes=20,
    notes="Made to compare generators of the same kind of images by the same judge: its distances mean nothing beside those "
    "of another network.",
)
