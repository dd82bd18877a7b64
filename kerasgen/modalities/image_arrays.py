"""A user's own arrays of images, converted to uint8 and to the shape of a model."""

import collections

import numpy as np

from kerasgen.data.ranges import to_uint8_images
from kerasgen.modalities.image_files import fit_image, say_done

TOLERANCE = 0.001  # as in `checks.images`: what rounding and resizing add to [0, 1] and [-1, 1]
RANGES = {  # what numbers may range over, and what makes uint8 of them
    "no to yes": lambda images: images.astype("uint8") * 255,
    "0 to 1": lambda images: to_uint8_images(2 * images.astype("float32") - 1),
    "-1 to 1": to_uint8_images,
    "0 to 255": lambda images: np.clip(np.round(images), 0, 255).astype("uint8"),
}


def fit_splits(splits, image_shape, notes):
    """Converts the images of arrays to uint8 and to the shape, in place.

    Raises:
        ValueError: They have another rank, type or range, or parts disagree on what their numbers mean.
    """
    from PIL import Image

    for part, fields in splits.items():
        _check_shape(fields["image"], part)
    convert = range_conversion({part: fields["image"] for part, fields in splits.items()}, notes)
    done, count = collections.Counter(), 0
    for fields in splits.values():
        images = convert(fields["image"])
        if images.shape[-1] == 1 and images.ndim == 4:
            images = images[..., 0]
        if images.shape[1:] != image_shape[:2] + ((3,) if image_shape[2] == 3 else ()):
            images = np.stack([fit_image(Image.fromarray(image), image_shape, done) for image in images])
        fields["image"] = images.reshape(-1, *image_shape)
        count += len(images)
    say_done(done, count, notes)


def _check_shape(images, part):
    is_picture = images.ndim == 3 and images.shape[-1] in (1, 3, 4)
    has_channels = images.ndim == 4 and images.shape[-1] in (1, 2, 3, 4)
    if (has_channels and 0 not in images.shape) or (images.ndim == 3 and not is_picture and 0 not in images.shape):
        return
    hint = ""
    if is_picture:
        hint = " If that is one image, put it into an array: image[None]."
    elif images.ndim == 4 and images.shape[1] in (1, 3, 4):
        hint = " Channels come last: numpy.moveaxis(images, 1, -1)."
    elif images.ndim == 4 and images.shape[2] in (1, 3, 4):
        hint = " The images come first: numpy.moveaxis(images, -1, 0)."
    elif images.ndim == 2:
        hint = " If the images lie flat, reshape them."
    raise ValueError(
        f"images must have shape (count, height, width) or (count, height, width, 1, 3 or 4), at least one; received "
        f"{images.shape} in {part!r}.{hint}"
    )


def range_conversion(parts, notes):
    """The function that makes uint8 images of arrays {part: images}, chosen by the types and ranges of them all.

    Each part is looked at by itself. One that is black throughout agrees with any other.

    Raises:
        ValueError: Numbers of another type or range, or parts of different ones.
    """
    found = {part: _range(images, part) for part, images in parts.items()}
    known = {name for name in found.values() if name is not None} or {"0 to 255"}
    if len(known) > 1:
        listed = ", ".join(f"{part!r} from {name}" for part, name in found.items() if name)
        raise ValueError(f"The images of all parts must range alike; received {listed}. Bring them to one range.")
    (name,) = known
    kinds = sorted({str(images.dtype) for images in parts.values()})
    if name != "0 to 255" or any(images.dtype.kind == "f" for images in parts.values()):
        notes.append(f"The images are {' and '.join(kinds)} and were read as ranging from {name}.")
    return RANGES[name]


def _range(images, part):
    """The key of RANGES for a part's images, or None if they are zero throughout."""
    kind = images.dtype.kind
    if kind == "b":
        return "no to yes"
    low, high = (float(images.min()), float(images.max())) if kind in "uif" else (np.nan, np.nan)
    if low == high == 0:
        return None
    if (kind == "f" and low >= -TOLERANCE and high <= 1 + TOLERANCE) or (kind in "ui" and low >= 0 and high == 1):
        return "0 to 1"
    if kind == "f" and low >= -1 - TOLERANCE and high <= 1 + TOLERANCE:
        return "-1 to 1"
    if low >= 0 and (kind in "ui" or high > 2) and high <= 255:  # just above 1, they are [0, 1] with something wrong
        return "0 to 255"
    between = "" if np.isnan(low) and kind not in "f" else f" from {low:.4g} to {high:.4g}"
    raise ValueError(
        f"images must be uint8, or numbers in [0, 1], [-1, 1] or [0, 255]; received {images.dtype}{between} in {part!r}."
    )
