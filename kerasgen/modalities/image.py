"""Images: uint8 on disk and in data sets, float32 in [-1, 1] in models, channels last."""

import dataclasses
import io

import numpy as np

from kerasgen import checks, noise
from kerasgen.data.ranges import to_float_images
from kerasgen.files import write_atomically
from kerasgen.modalities.folders import class_names, find_files
from kerasgen.modalities.image_arrays import fit_splits
from kerasgen.modalities.image_files import SUFFIXES, read_images
from kerasgen.modalities.labels import numbered, understood
from kerasgen.modalities.modality import Modality
from kerasgen.modalities.sources import check_source, complete, cut_rows, described, read_arrays, require_field
from kerasgen.plots.grid import image_grid, save_grid

MAX_IN_GRID = 10_000  # images in one PNG


class Image(Modality):
    """Pictures of one size; fine-tuning reads folders of image files and .npz arrays."""

    name = "image"
    suffixes = (".png", ".npy", ".npz")
    sources = {"folder": "a folder of images", "npz": "an .npz file"}
    aliases = {"image": "image", "images": "image", "x": "image", "label": "label", "labels": "label", "y": "label"} | {
        "class_names": "class_names"
    }
    unit = "images"
    caption = "The first samples of seed 0, none left out."
    probe_verbs = ("sample", "classify", "features", "encode", "reconstruct", "denoise")

    def read(self, source, model, seed=0, drop_unknown=False, skip_broken=False):
        """As `Modality.read`: images are uint8 of the model's `image_shape`, (height, width, 1 or 3).

        For a model that takes labels, a folder for each class gives them; the classes' names are `labels` of the `DataSet`.
        """
        shape = tuple(model.image_shape)
        if drop_unknown:
            raise ValueError("drop_unknown is for models of text; this model learns from images.")
        if shape[2] not in (1, 3):
            raise ValueError(f"Images are read with 1 or 3 channels; the model's image_shape is {shape}.")
        kind, notes = check_source(source, self), []
        if kind == "folder":
            about, splits = read_folder(source, shape, takes_labels(model, shape), notes, skip_broken)
        else:
            about, splits = read_arrays(source, kind, self)
            require_field(splits, "image", source)
            fit_splits(splits, shape, notes)
        about = name_classes(about, splits, getattr(model, "num_classes", None), notes)
        return complete(about, splits, self.cut(splits, seed, str(source))), notes

    def cut(self, splits, seed, source):
        """Cuts the missing splits from the training images, drawn without repetition; returns what it did, in words."""
        return cut_rows(splits, "image", self, seed, source)

    def fields(self, model, splits):
        """("image",), or ("image", "label") if the model's `check_data` asks for labels; every label is checked."""
        blank = np.zeros((1, *splits["train"]["image"].shape[1:]), "float32")
        try:
            model.check_data(blank)
            return ("image",)
        except ValueError:
            if lacking := [name for name, part in splits.items() if "label" not in part]:
                if len(lacking) < len(splits):
                    raise ValueError(f"labels must be there in every part; {', '.join(lacking)} has none.") from None
                raise
        for part in splits.values():
            model.check_data(np.broadcast_to(blank, (len(part["label"]), *blank.shape[1:])), part["label"])
        return ("image", "label")

    def prepare(self, array):
        return to_float_images(array) if array.dtype == np.uint8 else array

    # Files

    def check_output(self, path, count):
        super().check_output(path, count)
        if path.suffix == ".png" and count > MAX_IN_GRID:
            raise ValueError(f"A PNG shows at most {MAX_IN_GRID} images; received --count {count}: write a .npy file.")

    def write(self, samples, path):
        """A grid of images that are large enough to see, or the array."""
        if path.suffix != ".png":
            return super().write(samples, path)
        from PIL import Image as Picture

        content = io.BytesIO()
        Picture.fromarray(image_grid(samples, scale=None)).save(content, format="PNG", optimize=True)
        write_atomically(path, content.getvalue())

    # Cards

    def save_samples(self, model, path, seed=0):
        path = path.with_suffix(".png")
        save_grid(model.sample(100, seed=seed), path, columns=10, scale=2)
        return path.name

    def snippet(self, entry):
        calls = {
            "sample": "images = model.sample(16, seed=0)",
            "classify": "probabilities = model.classify(images)",
            "features": "features = model.features(images)",
            "denoise": "images = model.denoise(noisy_images)",
        }
        return next((call for verb, call in calls.items() if verb in entry["capabilities"]), super().snippet(entry))

    # Probes

    def probe(self, model, verb, seed):
        """`sample`, or what a verb makes of four images of uniform noise."""
        if verb == "sample":
            return model.sample(2, seed=seed)
        output = getattr(model, verb)(2.0 * noise.uniform(checks.image_shape(model.image_shape), seed, 0, 4) - 1.0)
        return output[0] if isinstance(output, tuple) else output


def read_folder(folder, shape, is_labelled, notes, skip_broken):
    """(`DataSet`, {part: fields}) of a folder of images; with the names of their classes as labels if the model takes some."""
    files = find_files(folder, SUFFIXES, notes)
    classes, names = class_names(files) if is_labelled else (None, ())
    splits = {}
    for part in dict.fromkeys(file.part for file in files):
        chosen = [i for i, file in enumerate(files) if file.part == part]
        images, kept = read_images([files[i].path for i in chosen], shape, notes, skip_broken)
        splits[part or "train"] = {"image": images}
        if classes is not None:
            splits[part or "train"]["label"] = np.array([classes[chosen[i]] for i in kept])
    about = described(folder, f"a folder of {sum(len(fields['image']) for fields in splits.values())} images")
    return dataclasses.replace(about, labels={"label": names} if classes is not None else {}), splits


def name_classes(about, splits, num_classes, notes):
    """Turns labels into class numbers, in place; returns the `DataSet` with the names of the classes, where they are known."""
    named = [fields.pop("class_names") for fields in splits.values() if "class_names" in fields]
    labelled = {part: fields for part, fields in splits.items() if "label" in fields}
    for part, fields in labelled.items():
        fields["label"] = understood(fields["label"], len(fields["image"]), part, notes)
    if named and np.ndim(named[0]) == 1:
        about = dataclasses.replace(about, labels={"label": tuple(map(str, named[0].tolist()))})
    if "train" in labelled and all(fields["label"].dtype.kind == "U" for fields in labelled.values()):
        texts = {part: fields["label"].tolist() for part, fields in labelled.items()}
        names = about.labels.get("label") or tuple(sorted({name for found in texts.values() for name in found}))
        numbers, names = numbered(texts, names, num_classes, notes)
        for part, fields in labelled.items():
            fields["label"] = numbers[part]
        about = dataclasses.replace(about, labels={"label": names})
    return about


def takes_labels(model, shape):
    """Whether a model refuses images without labels."""
    if not hasattr(model, "check_data"):
        return False
    try:
        model.check_data(np.zeros((1, *shape), "float32"))
    except ValueError:
        return True
    return False
