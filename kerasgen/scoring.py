"""Scores of trained models: which numbers a recipe reports, by which protocol. Judges come from the zoo.

Every function takes what `Recipe.score` and `Recipe.validate` take and gives what they give. A score is a dictionary with
"value", "count" (samples it rests on), "protocol", and where it has them "low" and "high" (95% bootstrap interval),
"better" ("higher" or "lower") and "beside" (the same number for real data).
"""

import functools

import keras
import numpy as np

from kerasgen import metrics, zoo
from kerasgen.data import Batches, to_float_images, to_uint8_images
from kerasgen.precision import built_in

BLOCK = 1000  # images made and judged at once: only features and probabilities are held
SAMPLES = 10_000
SAMPLE_SEED = 2024


@functools.cache
def expert(name):
    """The judge or encoder of that name, loaded once."""
    return zoo.load(name)


def opinions(judge, images):
    """(features, class probabilities) of uint8 or [-1, 1] images, or of a function (start, stop) -> images with a length."""
    parts = [judge.opinion(_floats(images[i : i + BLOCK])) for i in range(0, len(images), BLOCK)]
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def sample_opinions(judge, model, count, seed=SAMPLE_SEED):
    """(features, class probabilities) of `count` samples, which are drawn block by block."""
    draw = sampler(model, count, seed)
    parts = [judge.opinion(draw(start, min(start + BLOCK, count))) for start in range(0, count, BLOCK)]
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def sampler(model, count, seed):
    """A function (start, stop) -> those of `model.sample(count, seed=seed)`, without computing the others."""
    return lambda start, stop: model.sample(stop - start, seed=seed, start=start)


def judge_accuracy(model, splits):
    """Share of the validation images that a judge names rightly."""
    part = splits["validation"]
    hits = np.argmax(opinions(model, part["image"])[1], axis=1) == part["label"]
    return {"accuracy": float(np.mean(hits))}


def doubtful_images(model, splits, count=50):
    """The test images whose likeliest class has the lowest probability, most doubtful first, in [-1, 1]."""
    images = splits["test"]["image"]
    order = np.argsort(opinions(model, images)[1].max(axis=1))
    return to_float_images(images[order[:count]])


def score_judge(model, splits, full=True):
    """Test accuracy, plain and under the disturbances of training; in full also what its architecture learns without them."""
    train, test = splits["train"], splits["test"]
    hits = np.argmax(opinions(model, test["image"])[1], axis=1) == test["label"]
    model.seed_generator.state.assign(keras.random.SeedGenerator(SAMPLE_SEED).state.value)
    blocks = [_floats(test["image"][i : i + BLOCK]) for i in range(0, len(test["image"]), BLOCK)]
    disturbed = [model.opinion(np.clip(keras.ops.convert_to_numpy(model.disturb(b)), -1, 1))[1] for b in blocks]
    disturbed_hits = np.argmax(np.concatenate(disturbed), axis=1) == test["label"]
    scores = {
        "accuracy": _score(np.mean, hits, protocol="test split", better="higher"),
        "accuracy_disturbed": _score(
            np.mean, disturbed_hits, protocol="test split, shifted, blurred and noisy", better="higher"
        ),
    }
    if full:
        scores["scratch_accuracy"] = {
            "value": train_classifier(model, train["image"], train["label"], test),
            "better": "higher",
            "count": len(train["image"]),
            "protocol": "cas-v1 with the real training images: what classification accuracy scores are held against",
        }
    return scores


def validate_images(judge_name, count=2000):
    """Returns a `validate` function: a quick look at samples beside the validation images."""

    def validate(model, splits):
        judge = expert(judge_name)
        real, _ = opinions(judge, splits["validation"]["image"][:count])
        features, probabilities = sample_opinions(judge, model, len(real))
        return {
            "frechet": metrics.frechet_distance(real, features),
            "top_probability": metrics.mean_top_probability(probabilities),
            "smallest_class": float(metrics.class_shares(probabilities).min()),
            "largest_class": float(metrics.class_shares(probabilities).max()),
        }

    return validate


def validate_labels(judge_name, count=2000):
    """`validate_images`, and the share of samples that the judge takes for what was asked: of all labels, and of the worst."""

    def validate(model, splits):
        agreement = labels_obeyed(expert(judge_name), model, count)
        found = {"label_agreement": agreement.mean(), "label_agreement_worst": agreement.mean(axis=0).min()}
        return {**validate_images(judge_name, count)(model, splits), **{name: float(value) for name, value in found.items()}}

    return validate


def labels_obeyed(judge, model, count, seed=SAMPLE_SEED + 2):
    """1 where the judge sees the label asked for, else 0: (samples of each label, num_classes), about `count` in all."""
    classes = model.num_classes
    rows = count // classes
    hits = []
    for start in range(0, rows * classes, BLOCK):
        asked = np.arange(start, min(start + BLOCK, rows * classes)) % classes
        hits.append(np.argmax(judge.classify(model.sample(label=asked, seed=seed, start=start)), axis=1) == asked)
    return np.concatenate(hits).reshape(rows, classes).astype("float64")


def score_images(judge_name, samples=SAMPLES):
    """Returns a `score` function for generators of images that a judge of the zoo knows."""

    def score(model, splits, full=True):
        judge = expert(judge_name)
        count = min(samples, len(splits["test"]["image"]))
        real, real_probabilities = opinions(judge, splits["test"]["image"][:count])
        train, _ = opinions(judge, splits["train"]["image"][:count])
        features, probabilities = sample_opinions(judge, model, count)
        scores = image_scores(judge_name, real, real_probabilities, train, features, probabilities)
        if full and "label" in splits["train"]:
            draw = sampler(model, 50_000, SAMPLE_SEED + 1)
            scores["classification_accuracy"] = {
                **classification_accuracy(judge, draw, splits),
                "beside": zoo.info(judge_name)["metrics"]["scratch_accuracy"]["value"],
            }
        return scores

    return score


def score_labels(judge_name, samples=SAMPLES):
    """Returns a `score` function for generators whose `sample` takes a label that a judge of the zoo knows.

    What `score_images` gives, with samples of random labels, and whether samples show the label that was asked for. The
    classification accuracy score rests on the labels asked for too.
    """

    def score(model, splits, full=True):
        judge = expert(judge_name)
        scores = score_images(judge_name, samples)(model, splits, full=False)
        scores |= agreement_scores(judge_name, labels_obeyed(judge, model, samples), judge_recalls(judge, splits["test"]))
        if full:
            scores["classification_accuracy"] = {
                **classification_accuracy(
                    judge, sampler(model, 50_000, SAMPLE_SEED + 1), splits, labels=model.drawn_labels(50_000, SAMPLE_SEED + 1)
                ),
                "beside": zoo.info(judge_name)["metrics"]["scratch_accuracy"]["value"],
            }
        return scores

    return score


def judge_recalls(judge, part):
    """Share of the real images of each class that the judge names rightly: (classes,)."""
    named = np.argmax(opinions(judge, part["image"])[1], axis=1)
    return np.array([np.mean(named[part["label"] == label] == label) for label in range(judge.num_classes)])


def agreement_scores(judge_name, hits, real):
    """Scores of `labels_obeyed` beside the judge's `judge_recalls` on real images: over all labels, and of the worst one."""
    rows, classes = hits.shape
    protocol = f"{judge_name} names the label asked for, {rows} samples of each of {classes}"

    def worst(rows):
        return rows.mean(axis=0).min()

    return {
        "label_agreement": {
            **_score(np.mean, hits.mean(axis=1), protocol=protocol, better="higher"),
            "count": hits.size,
            "beside": float(real.mean()),
            "parts": [float(share) for share in hits.mean(axis=0)],
        },
        "label_agreement_worst": {
            **_score(worst, hits, protocol=f"{protocol}, the label with fewest", better="higher"),
            "count": hits.size,
            "beside": float(real.min()),
        },
    }


def image_scores(judge_name, real, real_probabilities, train, features, probabilities):
    """All scores that follow from judged samples, and beside each the same for real training images."""
    count = len(features)
    about = {"count": count, "protocol": f"{judge_name} features, {count} samples against {len(real)} test images"}
    k = 5
    generated_pr, train_pr = metrics.precision_recall(real, features, k), metrics.precision_recall(real, train, k)
    generated_dc, train_dc = metrics.density_coverage(real, features, k), metrics.density_coverage(real, train, k)
    frechet = metrics.bootstrap_interval(metrics.frechet_distance, real, features, resamples=100, centred=True)
    shares = metrics.class_shares(probabilities)
    top = probabilities.max(axis=1)

    def score(value, beside, better, **more):
        return {"value": float(value), "beside": float(beside), "better": better, **about, **more}

    return {
        "frechet": score(
            metrics.frechet_distance(real, features),
            metrics.frechet_distance(real, train),
            "lower",
            low=frechet.low,
            high=frechet.high,
        ),
        "kernel_distance": score(metrics.kernel_distance(real, features), metrics.kernel_distance(real, train), "lower"),
        "precision": score(generated_pr.precision, train_pr.precision, "higher"),
        "recall": score(generated_pr.recall, train_pr.recall, "higher"),
        "density": score(generated_dc.density, train_dc.density, "higher"),
        "coverage": score(generated_dc.coverage, train_dc.coverage, "higher"),
        "top_probability": {
            **_score(np.mean, top, protocol=f"{judge_name}, mean probability of the likeliest class", better="higher"),
            "beside": float(real_probabilities.max(axis=1).mean()),
        },
        "confident": {
            **_score(
                np.mean,
                top >= 0.9,
                protocol=f"{judge_name}, share of samples whose likeliest class has >= 0.9",
                better="higher",
            ),
            "beside": float(np.mean(real_probabilities.max(axis=1) >= 0.9)),
        },
        "smallest_class": score(shares.min(), metrics.class_shares(real_probabilities).min(), "higher"),
        "largest_class": score(shares.max(), metrics.class_shares(real_probabilities).max(), "lower"),
    }


def classification_accuracy(judge, draw, splits, count=50_000, epochs=10, seed=0, labels=None):
    """Classification accuracy score: a classifier learns from generated images alone and is tested on real ones.

    Ravuri & Vinyals, 2019, arXiv:1905.10887. The judge's architecture from scratch without disturbances, Adam(1e-3),
    batches of 128, 10 epochs in mixed_bfloat16. Where a model takes no labels they are the judge's, and the number says little.

    Args:
        judge: The judge, whose architecture is trained.
        draw: Function (start, stop) -> images in [-1, 1].
        splits: Data set with the splits "train" and "test".
        labels: The labels asked for, (count,); None for the judge's.
    """
    whose = "the judge's labels" if labels is None else "the labels asked for"
    images, named = [], []
    for start in range(0, count, BLOCK):
        block = draw(start, start + BLOCK)
        images.append(to_uint8_images(block))  # a quarter of the memory
        if labels is None:
            named.append(np.argmax(judge.classify(block), axis=1))
    labels = np.concatenate(named) if labels is None else labels
    generated = train_classifier(judge, np.concatenate(images), labels, splits["test"], epochs, seed)
    return {
        "value": generated,
        "better": "higher",
        "count": count,
        "protocol": f"cas-v1: judge's architecture, {count} samples with {whose}, {epochs} epochs, one seed",
    }


def train_classifier(judge, images, labels, test, epochs=10, seed=0):
    """Test accuracy of a fresh network of the judge's architecture after training on uint8 `images`."""
    plain = {"max_shift": 0.0, "max_blur": 0.0, "max_noise": 0.0, "average_decay": 0.0}
    keras.utils.set_random_seed(seed)
    with built_in("mixed_bfloat16"):
        classifier = type(judge)(**{**judge.get_config(), **plain, "seed": seed})
    classifier.compile(keras.optimizers.Adam(1e-3))
    classifier.fit(Batches((images, labels), 128, seed=seed, prepare=to_float_images), epochs=epochs, verbose=0)
    return float(np.mean(np.argmax(opinions(classifier, test["image"])[1], axis=1) == test["label"]))


def _score(statistic, values, protocol, better):
    values = np.asarray(values, "float64")
    interval = metrics.bootstrap_interval(statistic, values)
    return {
        "value": float(statistic(values)),
        "low": float(interval.low),
        "high": float(interval.high),
        "count": len(values),
        "protocol": protocol,
        "better": better,
    }


def _floats(images):
    return to_float_images(images) if images.dtype == np.uint8 else images
