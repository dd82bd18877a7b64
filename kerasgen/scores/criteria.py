"""How a fine-tuned model is judged, on whatever data: which number selects its epoch, and which numbers its card reports.

Each criterion is a pair of functions, as for `Recipe.validate` and `Recipe.score`, and the number that selects.
"""

import dataclasses
from collections.abc import Callable

import numpy as np

from kerasgen import zoo
from kerasgen.data import to_text
from kerasgen.scores.features import score_features, validate_features
from kerasgen.scores.fill_in import score_fill, validate_fill
from kerasgen.scores.judged import score_images, validate_images
from kerasgen.scores.loss import score_loss, validate_loss
from kerasgen.scores.pixels import PixelDistance
from kerasgen.scores.text import score_text, validate_text

VALIDATION_CHARACTERS = 50_000
EXPERTS = {  # family: (what is measured, validate, score, its name)
    "judge": ("Fréchet distance", validate_images, score_images, "frechet"),
    "encoder": ("kernel distance", validate_features, score_features, "kernel_distance"),
}


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


def choose(model, data_name, splits, fields, modality):
    """The criterion of a model and a data set.

    For texts: nats per token; per hidden token, for a model that fills gaps. For a model with one loss: that loss. For a model
    with players, whose losses say little about quality: the Frechet distance on the features of the zoo's judge of that data
    set, or the kernel distance on those of its encoder, if there is one; else the kernel distance on the principal components
    of the training images.

    Args:
        model: The model, compiled.
        data_name: Name of the registered data set; None for a user's own data, whatever their folder is called.
        splits: {"train", "validation", "test": {field: array}}.
        fields: What makes up a batch: ("text",), ("image",) or ("image", "label").
        modality: The `Modality` of the data.

    Raises:
        ValueError: The model has players, and the data are not images.
    """
    if hasattr(model, "predictions"):  # of hidden tokens, by a `BidirectionalLM`
        words, select = "nats per hidden token", ("nats", "min")
        return Criterion(words, beginning(validate_fill), score_fill({"test": "test part"}), select)
    if hasattr(model, "token_log_probs"):
        return Criterion("nats per token", beginning(validate_text), score_text({"test": "test part"}), ("nats", "min"))
    if "loss" in model.tracked:
        return Criterion("loss", validate_loss(fields, modality), score_loss(fields, modality), ("loss", "min"))
    if fields[0] != "image":
        raise ValueError(
            f"No number says which epoch of a {type(model).__name__} is best on data of the modality {modality.name!r}: its "
            "losses are those of players against each other. Use its fit."
        )
    shape = list(splits["train"]["image"].shape[1:])
    for family, (what, validate, score, number) in EXPERTS.items():
        for name in zoo.list_models(family=family):
            entry = zoo.info(name)
            if entry["data"]["name"] == data_name and list(entry["config"]["image_shape"]) == shape:
                return Criterion(f"{what} on the features of {name}", validate(name), score(name), (number, "min"))
    by_pixels = PixelDistance(splits)
    return Criterion(by_pixels.words, by_pixels.validate, by_pixels.score, ("kernel_distance", "min"))


def beginning(validate):
    """Returns a `validate` function of texts that reads no more than the first of the validation text, to be quick.

    Args:
        validate: Function of the number of rows that it cuts a text into, such as `validate_text`.
    """

    def validate_beginning(model, splits):
        text = to_text(splits["validation"]["text"])[:VALIDATION_CHARACTERS]
        part = {"validation": {"text": np.frombuffer(text.encode(), "uint8")}}
        return validate(min(20, len(text)))(model, part)

    return validate_beginning
