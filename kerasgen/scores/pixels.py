"""Kernel distances by pixels: for generators of images that no judge or encoder of the zoo knows."""

from kerasgen import metrics
from kerasgen.data import to_float_images
from kerasgen.score import Score
from kerasgen.scores.experts import SAMPLE_SEED

VALIDATION_COUNT = 2000
SAMPLES = (500, 1000)  # to validate and to score


class PixelDistance:
    """Kernel distance on the principal components of the training images: no labels and no judge are needed.

    It sees brightness, layout and the proportions of different kinds of images, but is nearly blind to fine detail.

    Args:
        splits: {"train", "validation", "test": {"image": uint8 array}}.
    """

    def __init__(self, splits):
        self.train = to_float_images(splits["train"]["image"][:1000])
        self.features = metrics.PrincipalComponents(self.train, 64)
        self.words = f"kernel distance on the {len(self.features.directions)} leading principal components of the pixels"

    def real(self, part):
        return self.features(to_float_images(part["image"][:VALIDATION_COUNT]))

    def drawn(self, model, count):
        return self.features(model.sample(count, seed=SAMPLE_SEED))

    def validate(self, model, splits):
        """As `Recipe.validate`."""
        return {"kernel_distance": metrics.kernel_distance(self.real(splits["validation"]), self.drawn(model, SAMPLES[0]))}

    def score(self, model, splits, full=True):
        """As `Recipe.score`."""
        test, samples = self.real(splits["test"]), self.drawn(model, SAMPLES[1])
        interval = metrics.bootstrap_interval(metrics.kernel_distance, test, samples, resamples=100, centred=True)
        return {
            "kernel_distance": Score(
                metrics.kernel_distance(test, samples),
                count=len(samples),
                protocol=f"{self.words}, {len(samples)} samples against {len(test)} images of the test part",
                label="kernel distance",
                better="lower",
                low=interval.low,
                high=interval.high,
                reference=metrics.kernel_distance(test, self.features(self.train)),
                leading=True,
            )
        }
