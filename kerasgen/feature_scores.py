"""Scores that need no classes: encoders trained without labels, and generators by the features of such an encoder.

As in scoring.py, every function takes what `Recipe.score` and `Recipe.validate` take and gives what they give.
"""

import warnings

import keras
import numpy as np

from kerasgen import metrics, noise
from kerasgen.data import to_float_images
from kerasgen.scoring import SAMPLE_SEED, expert, sampler

SAMPLES = 5_000
BLOCK = 1000


def features_of(encoder, images):
    """Features of uint8 images, or of a function (start, stop) -> images in [-1, 1] and a count, `(draw, count)`."""
    draw, count = images if isinstance(images, tuple) else (lambda i, j: to_float_images(images[i:j]), len(images))
    return np.concatenate([encoder.features(draw(i, min(i + BLOCK, count))) for i in range(0, count, BLOCK)])


# Encoders


def validate_encoder(model, splits):
    """What a linear classifier of the features says of the validation split."""
    train, part = splits["train"], splits["validation"]
    hits = probe(features_of(model, train["image"]), train["label"], features_of(model, part["image"]), part["label"])
    return {"probe_accuracy": float(hits.mean())}


def score_encoder(model, splits, full=True):
    """Linear classification by the features, beside the same by pixels and by features of random weights."""
    train, test = splits["train"], splits["test"]
    random = untrained(model)
    dimensions = min(model.feature_dim, len(train["image"]))
    representations = {
        "probe_accuracy": ("features learned without these labels", lambda images: features_of(model, images)),
        "probe_accuracy_random": ("the same network with random weights", lambda images: features_of(random, images)),
        "probe_accuracy_pixels": (
            f"{dimensions} principal components of the pixels",
            principal_components(train["image"], dimensions),
        ),
    }
    scores = {}
    for name, (what, represent) in representations.items():
        hits = probe(represent(train["image"]), train["label"], represent(test["image"]), test["label"])
        interval = metrics.bootstrap_interval(np.mean, hits)
        scores[name] = {
            "value": float(hits.mean()),
            "low": interval.low,
            "high": interval.high,
            "count": len(hits),
            "better": "higher",
            "protocol": f"{what}: accuracy on the test split of a logistic regression on {len(train['image'])} training images",
        }
    return scores


def principal_components(images, count):
    """A function of uint8 images to their first `count` principal components, those of `images`."""
    from sklearn.decomposition import PCA

    def flat(images):
        return to_float_images(images).reshape(len(images), -1)

    analysis = PCA(count, random_state=0).fit(flat(images))
    return lambda images: analysis.transform(flat(images))


def alike_images(model, splits, count=10):
    """In each row a test image and the nine training images of the nearest features: float32 (10 * count, ...)."""
    from sklearn.neighbors import NearestNeighbors

    test, train = splits["test"]["image"], splits["train"]["image"]
    queries = test[:: max(1, len(test) // count)][:count]
    search = NearestNeighbors(n_neighbors=9).fit(features_of(model, train))
    nearest = search.kneighbors(features_of(model, queries), return_distance=False)  # (count, 9)
    rows = [np.concatenate([query[None], train[chosen]]) for query, chosen in zip(queries, nearest, strict=True)]
    return to_float_images(np.concatenate(rows))


def probe(train, train_labels, test, test_labels):
    """1 where a logistic regression from `train` features names a test image rightly, else 0: float64 (test count,)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(train)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the protocol is so many steps, not the optimum
        classifier = LogisticRegression(C=0.1, max_iter=300).fit(scaler.transform(train), train_labels)
    return (classifier.predict(scaler.transform(test)) == test_labels).astype("float64")


# Generators


def validate_features(encoder_name, count=2000):
    """Returns a `validate` function: `count` samples beside all validation images."""

    def validate(model, splits):
        encoder = expert(encoder_name)
        real = features_of(encoder, splits["validation"]["image"])
        drawn = min(count, 10 * len(real))
        generated = features_of(encoder, (sampler(model, drawn, SAMPLE_SEED), drawn))
        pair = metrics.precision_recall(real, generated[: len(real)], 5)
        return {
            "kernel_distance": metrics.kernel_distance(real, generated),
            "frechet": metrics.frechet_distance(real, generated),
            "precision": pair.precision,
            "recall": pair.recall,
        }

    return validate


def score_features(encoder_name, samples=SAMPLES):
    """Returns a `score` function for generators of images that an encoder of the zoo knows."""

    def score(model, splits, full=True):
        encoder = expert(encoder_name)
        test, train = splits["test"]["image"], splits["train"]["image"]
        real, known = features_of(encoder, test), features_of(encoder, train)
        count = min(samples, 10 * len(test))
        generated = features_of(encoder, (sampler(model, count, SAMPLE_SEED), count))
        scores = feature_scores(encoder_name, real, known, generated)
        others = {
            "kernel_distance_random": ("the same model with random weights", sampler(untrained(model), count, SAMPLE_SEED)),
            "kernel_distance_gaussian": ("pixels as independent Gaussians", pixel_gaussian(train)),
        }
        for name, (what, draw) in others.items():
            features = features_of(encoder, (draw, count))
            scores[name] = {
                "value": metrics.kernel_distance(real, features),
                "better": "lower",
                "count": count,
                "protocol": f"{what}: what a distance of nothing learned is",
            }
        return {**scores, **copying(encoder_name, real, known, generated[: len(real)])}

    return score


def untrained(model):
    """The same architecture with random weights, the same each time."""
    keras.utils.set_random_seed(SAMPLE_SEED)  # initializers draw from the global seed
    return type(model).from_config({**model.get_config(), "seed": SAMPLE_SEED})


def pixel_gaussian(images):
    """A function (start, stop) -> images whose pixels are independent, of the mean and deviation of those of `images`."""
    floats = to_float_images(images)
    mean, deviation = floats.mean(axis=0), floats.std(axis=0)
    shape = images.shape[1:]
    return lambda start, stop: np.clip(mean + deviation * noise.normal(shape, SAMPLE_SEED, start, stop), -1, 1)


def feature_scores(encoder_name, real, known, generated, k=5):
    """Scores of generated features against those of test images, and beside each the same for training images."""
    count = len(real)

    def about(used):
        return {"count": used, "protocol": f"{encoder_name} features, {used} samples against {count} test images"}

    def pair(metric):
        return metric(real, generated[:count], k), metric(real, known[:: max(1, len(known) // count)][:count], k)

    distance = metrics.bootstrap_interval(metrics.kernel_distance, real, generated, resamples=100, centred=True)
    frechet = metrics.bootstrap_interval(metrics.frechet_distance, real, generated, resamples=100, centred=True)
    (good, real_good), (dense, real_dense) = pair(metrics.precision_recall), pair(metrics.density_coverage)
    scores = {
        "kernel_distance": {
            "value": metrics.kernel_distance(real, generated),
            "low": distance.low,
            "high": distance.high,
            "beside": metrics.kernel_distance(real, known),
            "better": "lower",
            **about(len(generated)),
        },
        "frechet": {
            "value": metrics.frechet_distance(real, generated),
            "low": frechet.low,
            "high": frechet.high,
            "beside": metrics.frechet_distance(real, known),
            "better": "lower",
            **about(len(generated)),
        },
    }
    values = {
        "precision": (good.precision, real_good.precision),
        "recall": (good.recall, real_good.recall),
        "density": (dense.density, real_dense.density),
        "coverage": (dense.coverage, real_dense.coverage),
    }
    for name, (value, beside) in values.items():
        scores[name] = {"value": float(value), "beside": float(beside), "better": "higher", **about(count)}
    return scores


def copying(encoder_name, real, known, generated):
    """Whether samples lie nearer to training images than test images do: the share of pairs in which the sample does."""
    to_generated, to_real = metrics.nearest_distances(generated, known), metrics.nearest_distances(real, known)
    return {
        "nearer_than_real": {
            "value": metrics.share_nearer(to_generated, to_real),
            "count": len(generated),
            "protocol": f"{encoder_name} features: share of (sample, test image) pairs whose sample is nearer to its nearest "
            "training image (Meehan et al., 2020, arXiv:2004.05675, section 3); 1/2 where both are alike, near 1 for copies",
        }
    }


def beside_training(model, splits, count=50):
    """Samples of seed 0 in rows of ten, below each its nearest training image by pixels: float32 (2 * count, ...)."""
    samples, train = model.sample(count, seed=0), to_float_images(splits["train"]["image"])
    nearest = train[metrics.nearest_images(samples, train).indices[:, 0]]
    rows = [part for i in range(0, count, 10) for part in (samples[i : i + 10], nearest[i : i + 10])]
    return np.concatenate(rows)
