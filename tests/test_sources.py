"""Data of the user's own: what is read, what is done to it, how it is split, and what is refused."""

import re

import numpy as np
import pytest
from PIL import Image

from kerasgen import data
from kerasgen.data.sources import read_source
from kerasgen.tokenizers import CharacterTokenizer

SHAPE = (8, 8, 1)
LETTERS = CharacterTokenizer("abc\n")


def images(count=20, shape=(8, 8)):
    return np.random.default_rng(0).integers(0, 256, (count, *shape)).astype("uint8")


def save(folder, arrays, names="{:03}.png"):
    folder.mkdir(parents=True, exist_ok=True)
    for i, array in enumerate(arrays):
        Image.fromarray(array).save(folder / names.format(i))
    return folder


def read(source, **options):
    about, notes = read_source(source, **{"image_shape": SHAPE, **options})
    return about, about.read(), " ".join(notes)


def together(splits, field="image"):
    return np.concatenate([splits[part][field] for part in ("train", "validation", "test")])


# Folders


def test_a_folder_of_fitting_images_is_read_as_it_is(tmp_path):
    save(tmp_path / "photos" / "a", images()[:12])
    save(tmp_path / "photos" / "b" / "c", images()[12:], "{:03}.bmp")
    (tmp_path / "photos" / "notes.txt").write_text("no image")
    save(tmp_path / "photos" / ".hidden", images(3))
    about, splits, notes = read(tmp_path / "photos")
    assert {part: len(fields["image"]) for part, fields in splits.items()} == {"train": 16, "validation": 2, "test": 2}
    assert sorted(map(bytes, together(splits))) == sorted(map(bytes, images()[..., None]))  # each once, none changed
    assert (about.name, about.source, notes) == ("photos", "a folder of 20 images", "")
    assert about.splits == "validation and test: a tenth each of the images, drawn with seed 0"


def test_images_of_other_sizes_and_modes_are_fitted_and_it_is_said(tmp_path):
    folder = save(tmp_path / "mixed", images(14))
    left, right = np.zeros((30, 20), "uint8"), np.full((30, 20), 255, "uint8")
    save(folder, [np.hstack([left, right])[:, 2:-2]] * 2, "wide{}.png")  # 30 high, 36 wide
    save(folder, [np.full((4, 4, 3), 200, "uint8")], "small{}.png")
    save(folder, [np.dstack([np.full((8, 8, 3), 0, "uint8"), np.full((8, 8), 0, "uint8")])], "clear{}.png")
    save(folder, [np.full((8, 8), 128 * 256, "uint16")], "deep{}.png")
    Image.fromarray(images(1)[0]).convert("P").save(folder / "palette.gif")
    _, splits, notes = read(folder)
    found = together(splits)
    assert found.shape == (20, *SHAPE) and found.dtype == np.uint8
    means = np.sort(found.reshape(20, -1).mean(axis=1))
    assert 200 in means and 255 in means and 128 in means  # enlarged, laid on white, cut to eight bits
    wide = [image[..., 0] for image in found if (image[:, 0] == 0).all() and (image[:, -1] == 255).all()]
    assert len(wide) == 2 and abs(wide[0].mean() - 127.5) < 3  # the middle of a black and a white half
    for said in ("2 cropped to the middle", "3 resized to 8x8", "1 of these enlarged", "3 turned grey", "1 laid on white"):
        assert said in notes
    assert "1 cut from 16 bits to 8" in notes and notes.startswith("Of 20 images: ")


def test_grey_images_become_colour_ones(tmp_path):
    _, splits, notes = read(save(tmp_path / "grey", images()), image_shape=(8, 8, 3))
    assert together(splits).shape == (20, 8, 8, 3) and np.ptp(together(splits), axis=-1).max() == 0
    assert "20 turned into RGB" in notes


def test_photographs_are_turned_upright(tmp_path):
    folder = save(tmp_path / "photos", images())
    tags = Image.Exif()
    tags[274] = 3  # orientation: upside down
    Image.fromarray(np.repeat(np.arange(0, 256, 32, "uint8")[:, None], 8, axis=1)).save(folder / "z.png", exif=tags)
    (found,) = [image for image in together(read(folder)[1]) if (np.diff(image[:, 0, 0].astype(int)) == -32).all()]
    assert found[0, 0, 0] == 224


def test_unreadable_images_are_named(tmp_path):
    folder = save(tmp_path / "photos", images())
    (folder / "broken.png").write_bytes(b"no image")
    (folder / "cut.png").write_bytes((folder / "000.png").read_bytes()[:40])
    with pytest.raises(ValueError, match=r"2 of 22 images cannot be read: .*broken\.png \(.*cut\.png \("):
        read(folder)


# Arrays


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        (images(), ""),
        (images()[..., None].astype("int64"), ""),
        (images() / np.float32(255), "float32 and were read as ranging from 0 to 1"),
        (images() / 127.5 - 1, "float64 and were read as ranging from -1 to 1"),
        (images().astype("float32"), "ranging from 0 to 255"),
    ],
)
def test_arrays_of_every_range(tmp_path, arrays, said):
    np.savez(tmp_path / "a.npz", images=arrays, labels=np.arange(20))
    _, splits, notes = read(tmp_path / "a.npz")
    order = np.argsort(together(splits, "label"))
    np.testing.assert_array_equal(together(splits)[order], images()[..., None])  # and each kept its label
    assert said in notes


def test_bits_become_black_and_white(tmp_path):
    np.savez(tmp_path / "a.npz", image=images() > 127)
    _, splits, _ = read(tmp_path / "a.npz")
    assert set(np.unique(together(splits))) == {0, 255}


def test_splits_of_a_file_are_kept_and_missing_ones_are_cut(tmp_path):
    arrays = {"train/image": images(20), "train/label": np.arange(20), "test/image": images(5), "test/label": np.arange(5)}
    np.savez(tmp_path / "a.npz", **arrays)
    about, splits, _ = read(tmp_path / "a.npz", seed=4)
    assert splits["test"]["label"].tolist() == list(range(5))
    assert sorted([*splits["train"]["label"], *splits["validation"]["label"]]) == list(range(20))
    assert about.splits == "validation: a tenth of the images, drawn with seed 4"
    again, other = read(tmp_path / "a.npz", seed=4)[1], read(tmp_path / "a.npz", seed=5)[1]
    assert data.fingerprint(again["validation"]) == data.fingerprint(splits["validation"])
    assert data.fingerprint(other["validation"]) != data.fingerprint(splits["validation"])


def test_registered_data_sets_go_before_files(tmp_path, monkeypatch):
    save(tmp_path / "registered", images())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(data.registry._DATA_SETS, "registered", data.DataSet("registered", lambda: parts, licence="CC0"))
    parts = {"train": {"image": images(30, (4, 4))[..., None]}, "other": {}}
    about, splits, notes = read("registered")
    assert len(splits["train"]["image"]) == 24 and about.licence == "CC0" and "30 resized to 8x8" in notes
    assert about.splits.startswith("as given; validation and test: a tenth each")
    assert len(read("./registered")[1]["train"]["image"]) == 16
    assert list(parts) == ["train", "other"] and parts["train"]["image"].shape == (30, 4, 4, 1)  # untouched


# Texts


def text(count=10_000):
    return "".join(np.random.default_rng(0).choice(list("abc\n"), count))


def test_a_text_is_cut_by_position(tmp_path):
    (tmp_path / "a.txt").write_text(text())
    about, splits, _ = read(tmp_path / "a.txt", image_shape=None, tokenizer=LETTERS)
    found = [data.to_text(splits[part]["text"]) for part in ("train", "validation", "test")]
    assert "".join(found) == text() and [*map(len, found)] == [8000, 1000, 1000]
    assert about.splits == "validation and test: a tenth each of the text, its end last" and about.source == "a text file"


def test_unknown_characters_are_shown_or_left_out(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(("\ufeffé" + "xé" + text()).replace("\n", "\r\n").encode())
    with pytest.raises(
        ValueError, match=r"3 of 10,003 characters are unknown to the model: 'é' \(2\), 'x' \(1\)\. .*--drop-unknown"
    ):
        read(path, image_shape=None, tokenizer=LETTERS)
    _, splits, notes = read(path, image_shape=None, tokenizer=LETTERS, drop_unknown=True)
    assert "".join(data.to_text(splits[part]["text"]) for part in splits) == text() and "they were left out" in notes


# Refusals


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"picture": images()}, "must hold arrays named image or images .* it holds picture"),
        ({"test/image": images()}, "must have a part 'train'; it has 'test'"),
        ({"label": np.arange(20)}, "part 'train' has no field 'image'; it has label"),
        ({"image": images(19)}, r"at least 20 images \(16 for train, 2 for validation, 2 for test\); received 19"),
        ({"train/image": images(), "test/image": images(1)}, "received 18 for train, 2 for validation, 1 for test"),
        ({"image": images() * 2.0}, r"numbers in \[0, 1\], .* received float64 from 0 to 5"),
        ({"image": images().astype(int) - 300}, "received int64 from -300 to"),
        ({"image": images() + np.nan}, "received float64 from nan"),
        ({"image": images()[0]}, r"images must have shape .* received \(8, 8\) in 'train'"),
        ({"image": images(), "label": np.arange(3)}, r"labels must be one for each of the 20 images; received shape \(3,\)"),
        ({"image": np.array([None] * 20)}, "cannot be read as an .npz file of plain arrays"),
    ],
)
def test_wrong_arrays(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        read(tmp_path / "a.npz")


def test_wrong_sources(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text(text(9999))
    (tmp_path / "b.txt").write_bytes(b"abc\xff")
    (tmp_path / "a.npz").write_bytes(b"no archive")
    for source, options, message in (
        ("absent", {}, r"data must be a folder of images or an \.npz file .*'.*absent', which does not exist"),
        ("a.txt", {}, "data must be a folder of images .* received '.*a.txt'"),
        ("empty", {}, "holds no images; files that end in .bmp"),
        ("a.npz", {}, "cannot be read as an .npz"),
        ("empty", {"image_shape": None}, "data must be a .txt file"),
        ("a.txt", {"image_shape": None}, "at least 10,000 characters .* received 9,999"),
        ("b.txt", {"image_shape": None}, r"must be UTF-8 text: byte 3 \(0xff\) is none"),
        ("empty", {"image_shape": (8, 8, 2)}, "1 or 3 channels"),
    ):
        with pytest.raises(ValueError) as caught:
            read(tmp_path / source, tokenizer=LETTERS, **options)
        assert re.search(message, str(caught.value)), caught.value
