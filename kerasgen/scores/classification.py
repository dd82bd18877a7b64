"""The classification accuracy score: what a classifier learns from generated images alone.

Ravuri & Vinyals, 2019, arXiv:1905.10887.
"""

import keras
import numpy as np

from kerasgen import blocks, zoo
from kerasgen.data import Batches, to_float_images, to_uint8_images
from kerasgen.precision import dtype_policy
from kerasgen.score import Score
from kerasgen.scores.experts import BLOCK, expert, features_and_probabilities
from kerasgen.steps import seeded

COUNT = 50_000  # generated images
EPOCHS = 10


def classification_accuracy(judge_name, draw, splits, labels=None, count=COUNT, epochs=EPOCHS, seed=0):
    """The score of a classifier that learned from generated images and is tested on real ones.

    The judge's architecture is trained from scratch without disturbances: Adam(1e-3), batches of 128, 10 epochs, in float32
    (bfloat16 takes hours on processors that lack it). If a model takes no labels, the judge supplies them, and the number says
    little.

    Args:
        judge_name: The judge, whose architecture is trained.
        draw: Function (start, stop) -> images in [-1, 1].
        splits: Data set with the split "test".
        labels: The labels asked for, (count,); None for the judge's.
        count, epochs, seed: Images, passes, and the seed of both.
    """
    judge, whose = expert(judge_name), "the judge's labels" if labels is None else "the labels asked for"

    def named(start, stop):
        block = draw(start, stop)
        block_labels = np.argmax(judge.classify(block), axis=1) if labels is None else labels[start:stop]
        return to_uint8_images(block), block_labels  # a quarter of the memory

    images, labels_used = blocks.drawn(named, count, size=BLOCK)
    return Score(
        train_classifier(judge, images, labels_used, splits["test"], epochs, seed),
        count=count,
        protocol=f"cas-v1: judge's architecture, {count} samples with {whose}, {epochs} epochs, one seed",
        label="classification accuracy score",
        better="higher",
        reference=real_accuracy(judge_name, splits, count, epochs, seed),
    )


def real_accuracy(judge_name, splits, count, epochs, seed):
    """What as many real images teach: on the judge's card for the usual number, else computed."""
    if count == COUNT:
        return zoo.info(judge_name)["metrics"]["scratch_accuracy"]["value"]
    images, labels = (splits["train"][field][:count] for field in ("image", "label"))
    return train_classifier(expert(judge_name), images, labels, splits["test"], epochs, seed)


def train_classifier(judge, images, labels, test, epochs=EPOCHS, seed=0):
    """Test accuracy of a fresh network of the judge's architecture after training on uint8 `images`."""
    plain = {"max_shift": 0.0, "max_blur": 0.0, "max_noise": 0.0, "average_decay": 0.0}
    with seeded(seed):
        with dtype_policy("float32"):
            classifier = type(judge)(**{**judge.get_config(), **plain, "seed": seed})
        classifier.compile(keras.optimizers.Adam(1e-3))
        classifier.fit(Batches((images, labels), 128, seed=seed, prepare=to_float_images), epochs=epochs, verbose=0)
    return float(np.mean(np.argmax(features_and_probabilities(classifier, test["image"])[1], axis=1) == test["label"]))
