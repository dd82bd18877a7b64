"""Images: uint8 on disk and in data sets, float32 in [-1, 1] in models, channels last."""

import io

import numpy as np

from kerasgen import checks, noise
from kerasgen.data.ranges import to_float_images
from kerasgen.files import write_atomically
from kerasgen.modalities.image_files import fit_splits, image_files, read_images
from kerasgen.modalities.modality import Modality
from kerasgen.modalities.sources import check_source, complete, cut_rows, described, read_arrays, require_field
from kerasgen.plots.grid import image_grid, save_grid

MAX_IN_GRID = 10_000  # images in one PNG


class Image(Modality):
    """Pictures of one size; fine-tuning reads folders of image files and .npz arrays."""

    name = "image"
    suffixes = (".png", ".npy", ".npz")
    sources = {"folder": "a folder of images", "npz": "an .npz file"}
    aliases = {"image": "image", "images": "image", "label": "label", "labels": "label"}
    unit = "images"
    caption = "The first samples of seed 0, none left out."
    probe_verbs = ("sample", "classify", "features", "encode", "reconstruct", "denoise")

    def read(self, source, model, seed=0, drop_unknown=False):
        """As `Modality.read`: images are uint8 of the model's `image_shape`, (height, width, 1 or 3)."""
        shape = tuple(model.image_shape)
        if drop_unknown:
            raise ValueError("drop_unknown is for models of text; this model learns from images.")
        if shape[2] not in (1, 3):
            raise ValueError(f"Images are read with 1 or 3 channels; the model's image_shape is {shape}.")
        kind, notes = check_source(source, self), []
        if kind == "folder":
            files = image_files(source)
            splits = {"train": {"image": read_images(files, shape, notes)}}
            about = described(source, f"a folder of {len(files)} images")
        else:
            about, splits = read_arrays(source, kind, self)
        require_field(splits, "image", source)
        fit_splits(splits, shape, notes)
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
            if not all("label" in part for part in splits.values()):
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

    def shown(self, entry):
        return [f"![samples]({entry['samples']})"] if entry.get("samples") else []

    def snippet(self, entry):
        calls = {
            "sample": "images = model.sample(16, seed=0)",
            "classify": "probabilities = model.classify(images)",
            "features": "features = model.features(images)",
        }
        return next((call for verb, call in calls.items() if verb in entry["capabilities"]), super().snippet(entry))

    # Probes

    def probe(self, model, verb, seed):
        """`sample`, or what a verb makes of four images of uniform noise."""
        if verb == "sample":
            return model.sample(2, seed=seed)
        output = getattr(model, verb)(2.0 * noise.uniform(checks.image_shape(model.image_shape), seed, 0, 4) - 1.0)
        return output[0] if isinstance(output, tuple) else output
