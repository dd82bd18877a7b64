"""The formats that files of data sets come in, read from bytes."""

import io
import json
import tarfile
import zipfile

import numpy as np

from kerasgen.data.ragged import from_strings


def lines(content):
    """The lines of a UTF-8 text without their ends, a list of str; only newlines end a line."""
    text = content.decode("utf-8").replace("\r\n", "\n")
    return text.removesuffix("\n").split("\n") if text else []


def table(content, header=True):
    """The rows of tab-separated values, a list of lists of str; a header is left out."""
    return [line.split("\t") for line in lines(content)[1 if header else 0 :]]


def json_lines(content):
    """One JSON value per line."""
    return [json.loads(line) for line in lines(content)]


def tar_members(content):
    """{name: bytes} of the plain files in an unpacked tar archive; nothing is written to the disk."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}


def zip_members(content):
    """{name: bytes} of the files in a zip archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def npz(content):
    """{name: array} of an .npz file."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def sheet(content, size, count, channels=3):
    """The first `count` cells, row by row, of a picture made of square cells: uint8 (count, size, size, channels)."""
    from PIL import Image

    with Image.open(io.BytesIO(content)) as image:
        pixels = np.asarray(image.convert("RGB" if channels == 3 else "L"), "uint8")
    rows, columns = pixels.shape[0] // size, pixels.shape[1] // size
    cells = pixels.reshape(rows, size, columns, size, channels).swapaxes(1, 2)
    return cells.reshape(-1, size, size, channels)[:count]


def numbers(content, delimiter=","):
    """A table of numbers without a header, float32 (rows, columns)."""
    return np.loadtxt(io.BytesIO(content), "float32", delimiter=delimiter, ndmin=2)


def text(content):
    """A file as the field "text", its UTF-8 bytes as uint8 (bytes,)."""
    content.decode("utf-8")  # so that what is not text is refused here, and not after a model has learned from it
    return np.frombuffer(content, "uint8")


def documents(content):
    """Lines of JSON with "title" and "text" as one text: title, text and an empty line each; uint8 (bytes,)."""
    joined = "".join(f"{article['title']}\n{article['text']}\n\n" for article in json_lines(content))
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):  # what WikiExtractor escapes
        joined = joined.replace(entity, character)
    return np.frombuffer(joined.encode(), "uint8")


def column(field, content, header=True):
    """A file with one text a line as the list of texts `field`, without a str for each of millions of lines."""
    flat = np.frombuffer(content, "uint8")
    ends = np.flatnonzero(flat == ord("\n"))
    starts = np.append(0, ends[:-1] + 1)
    first = 1 if header else 0
    flat = flat[ends[0] + 1 :] if header else flat
    return {field: flat[flat != ord("\n")], f"{field}_length": (ends - starts)[first:]}


def tagged(sentences, word=0, **tags):
    """The fields of tagged sentences.

    Args:
        sentences: Lists of rows, one row per word; a row is a list of str.
        word: The column of the words.
        **tags: {field: (column, names of the tags)}; a tag becomes its place among the names.

    Returns:
        {"token": all words as texts, "length": int64 (sentences,), and each field: int64 (words,)}.
    """
    rows = [row for sentence in sentences for row in sentence]
    arrays = {**from_strings("token", [row[word] for row in rows])}
    arrays["length"] = np.array([len(sentence) for sentence in sentences], "int64")
    for field, (column, names) in tags.items():
        number = {name: i for i, name in enumerate(names)}
        arrays[field] = np.array([number[row[column]] for row in rows], "int64")
    return arrays
