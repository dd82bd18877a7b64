"""Scores of encoders trained without labels: what a linear classifier finds in their features."""

import warnings

import numpy as np

from kerasgen.data import to_float_images
from kerasgen.scores.experts import features_of
from kerasgen.scores.intervals import with_interval
from kerasgen.scores.untrained import untrained


def validate_encoder(model, splits):
    """The accuracy of a linear classifier of the features on the validation split."""
    train, part = splits["train"], splits["validation"]
    hits = probe(features_of(model, train["image"]), train["label"], features_of(model, part["image"]), part["label"])
    return {"probe_accuracy": float(hits.mean())}


def score_encoder(model, splits, full=True):
    """Linear classification by the features, compared with pixels and with features of random weights."""
    train, test = splits["train"], splits["test"]
    random, linear = untrained(model), "accuracy of a linear classifier of its features"
    dimensions = min(model.feature_dim, len(train["image"]))
    representations = {
        "probe_accuracy": (linear, "features learned without these labels", lambda images: features_of(model, images)),
        "probe_accuracy_random": (
            "the same with random weights",
            "the same network with random weights",
            lambda images: features_of(random, images),
        ),
        "probe_accuracy_pixels": (
            "the same by pixels",
            f"{dimensions} principal components of the pixels",
            principal_components(train["image"], dimensions),
        ),
    }
    scores = {}
    for name, (label, what, represent) in representations.items():
        protocol = f"{what}: accuracy on the test split of a logistic regression on {len(train['image'])} training images"
        scores[name] = with_interval(
            np.mean,
            probe(represent(train["image"]), train["label"], represent(test["image"]), test["label"]),
            protocol=protocol,
            label=label,
            better="higher",
            leading=name == "probe_accuracy",
        )
    return scores


def principal_components(images, count):
    """A function of uint8 images to their first `count` principal components, those of `images`."""
    from sklearn.decomposition import PCA

    def flat(images):
        return to_float_images(images).reshape(len(images), -1)

    analysis = PCA(count, random_state=0).fit(flat(images))
    return lambda images: analysis.transform(flat(images))


def probe(train, train_labels, test, test_labels):
    """1 where a logistic regression from `train` features classifies a test image correctly, else 0: float64 (test count,)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(train)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the protocol is so many steps, not the optimum
        classifier = LogisticRegression(C=0.1, max_iter=300).fit(scaler.transform(train), train_labels)
    return (classifier.predict(scaler.transform(test)) == test_labels).astype("float64")


NEAREST_NEIGHBOURS = (
    "In each row: a real test image, then the nine real training images whose features are nearest to its own, nearest first."
)


def nearest_neighbour_grid(model, splits, count=10):
    """In each row, a test image and the nine training images with the nearest features: float32 (10 * count, ...)."""
    from sklearn.neighbors import NearestNeighbors

    test, train = splits["test"]["image"], splits["train"]["image"]
    queries = test[:: max(1, len(test) // count)][:count]
    search = NearestNeighbors(n_neighbors=9).fit(features_of(model, train))
    nearest = search.kneighbors(features_of(model, queries), return_distance=False)  # (count, 9)
    rows = [np.concatenate([query[None], train[chosen]]) for query, chosen in zip(queries, nearest, strict=True)]
    return to_float_images(np.concatenate(rows))
