"""A user's own image files and arrays, converted to uint8 and to the shape of a model."""

import collections
import pathlib

import numpy as np

from kerasgen.data.ranges import to_uint8_images

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")


def image_files(folder):
    """The image files under a folder, sorted by path; hidden ones are skipped."""
    folder = pathlib.Path(folder)
    files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and path.is_file()]
    files = [path for path in files if not any(name.startswith(".") for name in path.relative_to(folder).parts)]
    if not files:
        raise ValueError(f"{folder} holds no images; files that end in {', '.join(SUFFIXES)} are looked for.")
    return files


def read_images(files, image_shape, notes):
    """Opens each file and fits it to the shape at once, so that the large originals are never in memory together."""
    from PIL import Image

    images, broken, done = [], [], collections.Counter()
    for path in files:
        try:
            with Image.open(path) as image:
                images.append(fit_image(image, image_shape, done))
        except Exception as error:  # Pillow's decoders raise whatever they like
            broken.append(f"{path} ({type(error).__name__}: {error})")
    if broken:
        more = f" and {len(broken) - 5} more" if len(broken) > 5 else ""
        raise ValueError(f"{len(broken)} of {len(files)} images cannot be read: {'; '.join(broken[:5])}{more}.")
    say_done(done, len(files), notes)
    return np.stack(images)


def fit_image(image, image_shape, done):
    """A Pillow image as uint8 (height, width, channels); `done` counts what had to be done.

    It is turned upright as its EXIF data say, laid on white where transparent, converted to grey or RGB, cropped to a middle
    part of the shape's proportions, and resized with Pillow's antialiased Lanczos filter.
    """
    from PIL import Image, ImageOps

    height, width, channels = image_shape
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # Pillow's own conversion would clip to 255
        image = Image.fromarray((np.asarray(image).astype("int64").clip(0, 65535) >> 8).astype("uint8"))
        done["cut from 16 bits to 8"] += 1
    elif image.mode == "F":
        raise ValueError("its pixels are floating-point numbers, whose range is unknown")
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
        done["laid on white where transparent"] += 1
    mode = "L" if channels == 1 else "RGB"
    if image.mode != mode:
        image = image.convert(mode)
        done["turned grey" if channels == 1 else "turned into RGB"] += 1
    if image.width * height != image.height * width:
        done["cropped to the middle"] += 1
    if image.size != (width, height):
        done[f"resized to {width}x{height}"] += 1
        done["of these enlarged"] += image.width < width or image.height < height
        image = ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS)
    return np.asarray(image, "uint8").reshape(image_shape)


def fit_splits(splits, image_shape, notes):
    """Converts the images of arrays to uint8 and to the shape, in place."""
    from PIL import Image

    for part, fields in splits.items():
        images = fields["image"]
        if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[-1] not in (1, 2, 3, 4)) or 0 in images.shape:
            raise ValueError(
                f"images must have shape (count, height, width) or (count, height, width, 1, 3 or 4), at least one; received "
                f"{images.shape} in {part!r}."
            )
        if "label" in fields and fields["label"].shape != (len(images),):
            raise ValueError(
                f"labels must be one for each of the {len(images)} images; received shape {fields['label'].shape}."
            )
    convert = range_conversion([fields["image"] for fields in splits.values()], notes)
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


def range_conversion(arrays, notes):
    """The function that makes uint8 images of these arrays, chosen by the type and range of them all."""
    kind = np.result_type(*arrays)
    low, high = min(float(a.min()) for a in arrays), max(float(a.max()) for a in arrays)
    if kind == np.uint8:
        return lambda images: images
    if kind.kind == "b":
        low, high, convert = "no", "yes", lambda images: images.astype("uint8") * 255
    elif kind.kind in "iu" and low >= 0 and high <= 255:
        return lambda images: images.astype("uint8")
    elif kind.kind == "f" and low >= 0 and high <= 1:
        low, high, convert = 0, 1, lambda images: to_uint8_images(2 * images - 1)
    elif kind.kind == "f" and low >= -1 and high <= 1:
        low, high, convert = -1, 1, to_uint8_images
    elif kind.kind == "f" and low >= 0 and high <= 255:
        low, high, convert = 0, 255, lambda images: np.round(images).astype("uint8")
    else:
        raise ValueError(
            f"images must be uint8, or numbers in [0, 1], [-1, 1] or [0, 255]; received {kind} from {low:.4g} to {high:.4g}."
        )
    notes.append(f"The images are {kind} and were read as ranging from {low} to {high}.")
    return convert


def say_done(done, count, notes):
    parts = [f"{n:,} {what}" for what, n in done.items() if n]
    if parts:
        notes.append(f"Of {count:,} images: {', '.join(parts)}.")
