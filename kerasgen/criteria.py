"""What a fine-tuned model is judged by, on whatever data: which number chooses its epoch, and which its card reports.

Each criterion is a pair of functions as `Recipe.validate` and `Recipe.score` take them, and the number that selects.
"""

import contextlib
import dataclasses
from collections.abc import Callable

import keras
import numpy as np

from kerasgen import metrics, zoo
from kerasgen.data import to_float_images, to_text
from kerasgen.feature_scores import score_features, validate_features
from kerasgen.likelihood import score_text, validate_text
from kerasgen.scoring import SAMPLE_SEED, score_images, validate_images

VALIDATION_IMAGES = 2000
VALIDATION_CHARACTERS = 50_000
TEST_IMAGES = 10_000
SAMPLES = (500, 1000)  # to validate and to score by pixels


@dataclasses.dataclass(frozen=True)
class Criterion:
    """How a model is judged.

    Args:
        words: What selects, in words.
        validate, score, select: As for `Recipe`.
    """

    words: str
    validate: Callable
    score: Callable
    select: tuple


def choose(model, data_name, splits, fields):
    """The criterion of a model and a data set.

    Texts: nats a token. One loss: that loss. Players, whose losses say little about quality: the Frechet distance on the
    features of the zoo's judge of that data set, or the kernel distance on those of its encoder, if there is one; else the
    kernel distance between samples and images on the principal components of the training images.

    Args:
        model: The model, compiled.
        data_name: Name of the data set.
        splits: {"train", "validation", "test": {field: array}}.
        fields: What makes a batch: ("text",), ("image",) or ("image", "label").
    """
    if fields == ("text",):
        return Criterion("nats per token", _validate_text, score_text({"test": "test part"}), ("nats", "min"))
    if "loss" in model.tracked:
        return _by_loss(fields)
    shape = list(splits["train"]["image"].shape[1:])
    experts = {
        "judge": ("Fréchet distance", validate_images, score_images, "frechet"),
        "encoder": ("kernel distance", validate_features, score_features, "kernel_distance"),
    }
    for family, (what, validate, score, number) in experts.items():
        for name in zoo.list_models(family=family, data=data_name):
            if list(zoo.info(name)["config"]["image_shape"]) == shape:
                return Criterion(f"{what} on the features of {name}", validate(name), score(name), (number, "min"))
    return _by_pixels(splits)


def _validate_text(model, splits):
    text = to_text(splits["validation"]["text"])[:VALIDATION_CHARACTERS]
    part = {"validation": {"text": np.frombuffer(text.encode(), "uint8")}}
    return validate_text(rows=min(20, len(text)))(model, part)


def _by_loss(fields):
    """The losses that `test_step` tracks, with the same random numbers each time."""

    def batch(part, stop):
        images, *labels = (part[field][:stop] for field in fields)
        return to_float_images(images), *labels

    def validate(model, splits):
        with fixed_randomness(model):
            found = model.evaluate(*batch(splits["validation"], VALIDATION_IMAGES), batch_size=100, verbose=0, return_dict=True)
        return {name: float(value) for name, value in found.items()}

    def score(model, splits, full=True):
        arrays = batch(splits["test"], TEST_IMAGES)
        count = len(arrays[0])
        size = min(100, count // 2)
        starts = range(0, count, size)
        with fixed_randomness(model):
            blocks = [
                model.evaluate(*(a[i : i + size] for a in arrays), batch_size=size, verbose=0, return_dict=True) for i in starts
            ]
        weights = np.array([min(size, count - i) for i in starts], "float64")
        scores = {}
        for name in (name for name in ("loss", "accuracy") if name in model.tracked):
            sums = np.stack([weights * [block[name] for block in blocks], weights], axis=1)  # (blocks, 2)
            interval = metrics.bootstrap_interval(lambda rows: float(rows[:, 0].sum() / rows[:, 1].sum()), sums)
            scores[name] = {
                "value": float(sums[:, 0].sum() / count),
                "low": interval.low,
                "high": interval.high,
                "count": count,
                "better": "lower" if name == "loss" else "higher",
                "protocol": f"test part, what evaluate gives, in blocks of {size}",
            }
        return scores

    return Criterion("loss", validate, score, ("loss", "min"))


def _by_pixels(splits):
    """Kernel distance on the principal components of the pixels: no labels and no judge are needed.

    It sees brightness, layout and what kinds of images there are in which shares, and is nearly blind to fine detail.
    """
    train = to_float_images(splits["train"]["image"][:1000])
    features = metrics.PrincipalComponents(train, 64)
    words = f"kernel distance on the {len(features.directions)} leading principal components of the pixels"

    def real(part):
        return features(to_float_images(splits[part]["image"][:VALIDATION_IMAGES]))

    def drawn(model, count):
        return features(model.sample(count, seed=SAMPLE_SEED))

    def validate(model, splits):
        return {"kernel_distance": metrics.kernel_distance(real("validation"), drawn(model, SAMPLES[0]))}

    def score(model, splits, full=True):
        test, samples = real("test"), drawn(model, SAMPLES[1])
        interval = metrics.bootstrap_interval(metrics.kernel_distance, test, samples, resamples=100, centred=True)
        return {
            "kernel_distance": {
                "value": metrics.kernel_distance(test, samples),
                "low": interval.low,
                "high": interval.high,
                "beside": metrics.kernel_distance(test, features(train)),
                "count": len(samples),
                "better": "lower",
                "protocol": f"{words}, {len(samples)} samples against {len(test)} images of the test part",
            }
        }

    return Criterion(words, validate, score, ("kernel_distance", "min"))


@contextlib.contextmanager
def fixed_randomness(model):
    """Random numbers of a fixed seed inside the block; afterwards those of the training go on as if nothing had been drawn."""
    states = model.random_states()
    before = [keras.ops.convert_to_numpy(state.value) for state in states]
    for i, state in enumerate(states):
        state.assign(keras.random.SeedGenerator(SAMPLE_SEED + i).state.value)
    try:
        yield
    finally:
        for state, value in zip(states, before, strict=True):
            state.assign(value)
