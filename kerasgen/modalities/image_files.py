"""A user's own image files, converted to uint8 and to the shape of a model."""

import collections

import numpy as np

SUFFIXES = (
    *(".avif", ".bmp", ".dib", ".gif", ".j2k", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm"),
    *(".ppm", ".tga", ".tif", ".tiff", ".webp"),
)
SIXTEEN, EIGHT = "cut from 16 bits to 8", "of whole numbers up to 255 and read as 8 bits"


def read_images(files, image_shape, notes, skip_broken=False):
    """(images, which of the files they are): each file is opened and fitted at once, so that few large originals are in memory.

    Args:
        files: Paths.
        image_shape: (height, width, 1 or 3).
        notes: Receives what was done.
        skip_broken: Leave out what cannot be read; without it, that is an error.

    Raises:
        ValueError: Files cannot be read; they are named.
    """
    images, broken, done, unsure = {}, {}, collections.Counter(), []
    for i, path in enumerate(files):
        try:
            images[i] = _read(path, image_shape, done, unsure)
        except Exception as error:  # Pillow's decoders raise whatever they like
            broken[i] = f"{path} ({type(error).__name__}: {error})"
    if done[SIXTEEN]:  # then the others of their kind are dark, and not of eight bits
        for path in unsure:
            images[files.index(path)] = _read(path, image_shape, done, None)
            done[EIGHT] -= 1
    if broken:
        more = f" and {len(broken) - 5} more" if len(broken) > 5 else ""
        listed = f"{'; '.join(list(broken.values())[:5])}{more}"
        if not skip_broken or not images:
            hint = "" if skip_broken else " Mend or remove them, or pass skip_broken (--skip-broken) to leave them out."
            raise ValueError(f"{len(broken)} of {len(files)} images cannot be read: {listed}.{hint}")
        notes.append(f"{len(broken)} of {len(files)} images cannot be read and were left out: {listed}.")
    say_done(done, len(images), notes)
    return np.stack(list(images.values())), list(images)


def _read(path, image_shape, done, unsure):
    """An image file as uint8 of the shape; one of 32-bit pixels that may have 8 bits or 16 is noted in `unsure`."""
    from PIL import Image

    with Image.open(path) as image:
        is_dark = (
            unsure is not None and image.mode == "I" and image.format not in ("PNG", "PPM") and image.getextrema()[1] < 256
        )
        counted = collections.Counter()  # of a file that turns out broken, nothing is counted
        fitted = fit_image(image, image_shape, counted, bits=8 if is_dark else 16)
    done.update(counted)
    if is_dark:
        unsure.append(path)
    return fitted


def fit_image(image, image_shape, done, bits=16):
    """A Pillow image as uint8 (height, width, channels); `done` counts what had to be done.

    `bits` is the depth of whole numbers that have more room than they need.

    It is turned upright as its EXIF data say, laid on white where transparent, converted to grey or RGB, cropped to a middle
    part of the shape's proportions, and resized with Pillow's antialiased Lanczos filter.
    """
    from PIL import Image, ImageCms, ImageOps

    height, width, channels = image_shape
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):  # Pillow's own conversion would clip to 255
        pixels = np.asarray(image).astype("int64")
        if pixels.min() < 0 or pixels.max() > 65535:
            raise ValueError(f"its pixels range from {pixels.min()} to {pixels.max()}, neither 8 bits nor 16")
        image = Image.fromarray((pixels >> (bits - 8)).astype("uint8"))
        done[SIXTEEN if bits == 16 else EIGHT] += 1
    elif image.mode == "F":
        raise ValueError("its pixels are floating-point numbers, whose range is unknown")
    elif image.mode == "LAB":  # Pillow's own conversion to RGB relabels the channels
        image = ImageCms.profileToProfile(
            image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
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


def say_done(done, count, notes):
    parts = [f"{n:,} {what}" for what, n in done.items() if n]
    if parts:
        notes.append(f"Of {count:,} images: {', '.join(parts)}.")
