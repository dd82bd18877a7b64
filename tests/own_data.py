"""Data of a user's own, made up, and models that would learn from them."""

import types

import numpy as np
from PIL import Image

from kerasgen import modalities
from kerasgen.tokenizers import CharacterTokenizer

SHAPE = (8, 8, 1)
LETTERS = CharacterTokenizer("abc\n")


def images(count=20, shape=(8, 8)):
    return np.random.default_rng(0).integers(0, 256, (count, *shape)).astype("uint8")


def text(count=10_000):
    return "".join(np.random.default_rng(0).choice(list("abc\n"), count))


def ramps(count=40, shape=SHAPE):
    """Splits of ramps of random brightness, with noise; one part three times."""
    generator = np.random.default_rng(0)
    slopes = np.linspace(0, 230, shape[1])[:, None] * generator.uniform(size=(count, 1, 1, 1))
    image = (slopes + generator.uniform(0, 25, (count, *shape))).astype("uint8")
    return {part: {"image": image, "label": np.arange(count) % 3} for part in ("train", "validation", "test")}


def save(folder, arrays, names="{:03}.png"):
    """Writes images as files; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, array in enumerate(arrays):
        Image.fromarray(array).save(folder / names.format(i))
    return folder


def read_images(source, image_shape=SHAPE, **options):
    """(`DataSet`, its splits, what was done) of a source for a model of images of that shape."""
    model = types.SimpleNamespace(image_shape=image_shape)
    about, notes = modalities.get("image").read(source, model, **options)
    return about, about.read(), " ".join(notes)


def read_text(source, tokenizer=LETTERS, **options):
    """The same for a model of texts."""
    about, notes = modalities.get("text").read(source, types.SimpleNamespace(tokenizer=tokenizer), **options)
    return about, about.read(), " ".join(notes)


def together(splits, field="image"):
    """A field of all parts, as one array."""
    return np.concatenate([splits[part][field] for part in ("train", "validation", "test")])
