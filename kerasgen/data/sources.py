"""Data of the user's own to fine-tune on: a data set, a folder of images, an .npz or a text, brought into a model's form."""

import collections
import dataclasses
import pathlib
import zipfile

import numpy as np

from kerasgen.data import registry
from kerasgen.data.ranges import to_uint8_images
from kerasgen.data.text import to_text

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
PARTS = ("train", "validation", "test")
MINIMUM = {"image": (16, 2, 2), "text": (8000, 1000, 1000)}  # images or characters in each part
KINDS = {"image": ("folder", "npz"), "text": ("txt", "npz")}
ALLOWED = {"image": "a folder of images or an .npz file", "text": "a .txt file or an .npz file"}


def check_source(source, modality):
    """Returns what kind of source that is, before anything is read: "data set", "folder", "npz" or "txt".

    Args:
        source: Name of a registered data set (it goes before a file of that name), or a path.
        modality: "image" or "text": what the model learns from.

    Raises:
        ValueError: There is no such source, or the model cannot learn from its kind.
    """
    if modality not in KINDS:
        raise ValueError(f"Only models of images and of text can be fine-tuned; the modality of this one is {modality!r}.")
    if str(source) in registry.names():
        return "data set"
    path = pathlib.Path(source)
    kind = "folder" if path.is_dir() else path.suffix.lower()[1:]
    if kind not in KINDS[modality] or not path.exists():
        state = "" if path.exists() else ", which does not exist"
        raise ValueError(
            f"data must be {ALLOWED[modality]} for a model of {modality}, or a data set ({', '.join(registry.names())}); "
            f"received {str(source)!r}{state}."
        )
    return kind


def read_source(source, image_shape=None, tokenizer=None, seed=0, drop_unknown=False):
    """Reads a source in the form that a model learns from.

    Args:
        source: As for `check_source`.
        image_shape: (height, width, 1 or 3) of a model of images; None for a model of text.
        tokenizer: That of a model of text.
        seed: Seed of the parts that are cut from the training examples where the source has none.
        drop_unknown: Leave out the characters that the tokenizer does not know; without it, they are an error.

    Returns:
        (`DataSet` whose `read()` gives {"train", "validation", "test": {field: array}} and whose `splits` says how they
        were cut, what was done to the data as a list of sentences). Images are uint8 of `image_shape`; a text is the
        UTF-8 bytes that `to_text` reads.

    Raises:
        ValueError: No such source, files that cannot be read (they are named), unknown characters, or too little data.
        OSError: A registered data set that is not here and cannot be fetched.
    """
    modality = "text" if image_shape is None else "image"
    if image_shape is not None and image_shape[2] not in (1, 3):
        raise ValueError(f"Images are read with 1 or 3 channels; the model's image_shape is {image_shape}.")
    kind, path = check_source(source, modality), pathlib.Path(source)
    notes, about = [], registry.DataSet(path.resolve().name, None)
    if kind == "data set":
        about, found = registry.describe(str(source)), registry.load(str(source))
        splits = {part: dict(fields) for part, fields in found.items() if part in PARTS}
    elif kind == "folder":
        files = image_files(path)
        splits = {"train": {"image": read_images(files, image_shape, notes)}}
        about = dataclasses.replace(about, source=f"a folder of {len(files)} images")
    elif kind == "npz":
        splits = read_npz(path)
        about = dataclasses.replace(about, source="an .npz file")
    else:
        splits = {"train": {"text": np.frombuffer(read_text(path).encode(), "uint8")}}
        about = dataclasses.replace(about, source="a text file")
    for part, fields in splits.items():
        if modality not in fields:
            raise ValueError(f"{source}: its part {part!r} has no field {modality!r}; it has {', '.join(fields)}.")
        if modality == "text" and (fields["text"].dtype != np.uint8 or fields["text"].ndim != 1):
            raise ValueError(f"text must be the UTF-8 bytes of one text, uint8 (count,); received {fields['text'].dtype}.")
    if modality == "image":
        fit_splits(splits, image_shape, notes)
    else:
        keep_known(splits, tokenizer, drop_unknown, notes)
    words = cut(splits, modality, seed, str(source))
    if words:
        about = dataclasses.replace(about, splits=f"{about.splits}; {words}" if kind == "data set" else words)
    splits = {part: splits[part] for part in PARTS}
    return dataclasses.replace(about, read=lambda: splits, remote=False), notes


def cut(splits, modality, seed, source):
    """Cuts the missing ones of validation and test from the training part, a tenth each; returns that in words.

    Images are drawn without repetition in an order that the seed gives; a text is cut by position, its end last.
    """
    if "train" not in splits:
        raise ValueError(f"{source} must have a part 'train'; it has {', '.join(map(repr, splits))}.")
    missing = [part for part in PARTS if part not in splits]
    counts = {part: len(to_text(f["text"]) if modality == "text" else f["image"]) for part, f in splits.items()}
    count, tenth = counts["train"], counts["train"] // 10
    counts.update(dict.fromkeys(missing, tenth), train=count - tenth * len(missing))
    require_enough(counts, modality, source, count if len(missing) == 2 else None)
    if not missing:
        return ""
    ends = [count - tenth * i for i in range(len(missing), 0, -1)]
    if modality == "text":
        text = to_text(splits["train"]["text"])
        pieces = [text[first:last] for first, last in zip([0, *ends], [*ends, count], strict=True)]
        cut_parts = [{"text": np.frombuffer(piece.encode(), "uint8")} for piece in pieces]
    else:
        order = np.random.Generator(np.random.Philox(key=[seed, 0])).permutation(count)
        rows = [np.sort(part) for part in np.split(order, ends)]
        cut_parts = [{field: array[part] for field, array in splits["train"].items()} for part in rows]
    splits.update(zip(["train", *missing], cut_parts, strict=True))
    each = " each" if len(missing) == 2 else ""
    how = "of the text, its end last" if modality == "text" else f"of the images, drawn with seed {seed}"
    return f"{' and '.join(missing)}: a tenth{each} {how}"


def require_enough(counts, modality, source, total):
    """Raises unless each part has as much as `MINIMUM` says; `total` is what there was before it was cut."""
    least, unit = MINIMUM[modality], "characters" if modality == "text" else "images"
    if all(counts[part] >= n for part, n in zip(PARTS, least, strict=True)):
        return
    parts = ", ".join(f"{n:,} for {part}" for part, n in zip(PARTS, least, strict=True))
    received = f"{total:,}" if total is not None else ", ".join(f"{counts[part]:,} for {part}" for part in PARTS)
    raise ValueError(f"{source} must hold at least {sum(least):,} {unit} ({parts}); received {received}.")


def image_files(folder):
    """The image files under a folder, sorted by path; hidden ones are passed over."""
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

    Turned upright as its EXIF says, transparency laid on white, made grey or RGB, cut to the middle that has the shape's
    proportions, and resized with Pillow's antialiased Lanczos filter.
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
    """Brings the images of arrays to uint8 and to the shape, in place."""
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


def read_npz(path):
    """{split: {field: array}} of an .npz with keys "split/field", or with `image` (`images`) and `label` (`labels`) alone."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} cannot be read as an .npz file of plain arrays: {error}.") from error
    single = {"image": "image", "images": "image", "label": "label", "labels": "label", "text": "text"}
    splits = {}
    for key, array in arrays.items():
        part, slash, field = key.partition("/")
        if slash and part in PARTS:
            splits.setdefault(part, {})[single.get(field, field)] = array
        elif key in single:
            splits.setdefault("train", {})[single[key]] = array
    if not splits:
        raise ValueError(
            f"{path} must hold arrays named image or images (and label or labels), or train/image, test/image and so on; "
            f"it holds {', '.join(arrays) or 'none'}."
        )
    return splits


def read_text(path):
    """A text file, UTF-8 with or without a byte order mark; line ends become newlines."""
    try:
        return pathlib.Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} must be UTF-8 text: byte {error.start} ({error.object[error.start]:#x}) is none.") from error


def keep_known(splits, tokenizer, drop_unknown, notes):
    """Refuses the characters that the tokenizer does not know, or takes them out of the texts."""
    known = set(getattr(tokenizer, "characters", ""))
    texts = {part: to_text(fields["text"]) for part, fields in splits.items()}
    if not known:  # a tokenizer of bytes or word pieces knows every character, or says which it does not
        return
    unknown = collections.Counter(c for text in texts.values() for c in text if c not in known)
    if not unknown:
        return
    shown = ", ".join(f"{c!r} ({n:,})" for c, n in unknown.most_common(20)) + (" ..." if len(unknown) > 20 else "")
    what = f"{unknown.total():,} of {sum(map(len, texts.values())):,} characters are unknown to the model: {shown}"
    if not drop_unknown:
        raise ValueError(f"{what}. Replace them, or pass drop_unknown (--drop-unknown) to leave them out.")
    notes.append(f"{what}; they were left out.")
    for part, text in texts.items():
        splits[part] = {"text": np.frombuffer("".join(c for c in text if c in known).encode(), "uint8")}
