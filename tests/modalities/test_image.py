"""Images of a user's own: what is read, what is done to them, how they are split; and what is written, shown and probed."""

import re

import numpy as np
import pytest
import tiny
from own_data import SHAPE, images, read_images, save, text, together
from PIL import Image

from kerasgen import data, modalities
from kerasgen.plots import image_grid

# Folders


def test_a_folder_of_fitting_images_is_read_as_it_is(tmp_path):
    save(tmp_path / "photos" / "a", images()[:12])
    save(tmp_path / "photos" / "b" / "c", images()[12:], "{:03}.bmp")
    (tmp_path / "photos" / "notes.txt").write_text("no image")
    save(tmp_path / "photos" / ".hidden", images(3))
    about, splits, notes = read_images(tmp_path / "photos")
    assert {part: len(fields["image"]) for part, fields in splits.items()} == {"train": 16, "validation": 2, "test": 2}
    assert sorted(map(bytes, together(splits))) == sorted(map(bytes, images()[..., None]))  # each once, none changed
    assert (about.name, about.source) == ("photos", "a folder of 20 images")
    assert notes == "Passed over: 1 hidden files and folders ('.hidden'), 1 files of other kinds ('notes.txt')."
    assert about.splits == "validation and test: a tenth each of the images, drawn with seed 0"


def test_images_of_other_sizes_and_modes_are_fitted_and_it_is_said(tmp_path):
    folder = save(tmp_path / "mixed", images(14))
    left, right = np.zeros((30, 20), "uint8"), np.full((30, 20), 255, "uint8")
    save(folder, [np.hstack([left, right])[:, 2:-2]] * 2, "wide{}.png")  # 30 high, 36 wide
    save(folder, [np.full((4, 4, 3), 200, "uint8")], "small{}.png")
    save(folder, [np.dstack([np.full((8, 8, 3), 0, "uint8"), np.full((8, 8), 0, "uint8")])], "clear{}.png")
    save(folder, [np.full((8, 8), 128 * 256, "uint16")], "deep{}.png")
    Image.fromarray(images(1)[0]).convert("P").save(folder / "palette.gif")
    _, splits, notes = read_images(folder)
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
    _, splits, notes = read_images(save(tmp_path / "grey", images()), image_shape=(8, 8, 3))
    assert together(splits).shape == (20, 8, 8, 3) and np.ptp(together(splits), axis=-1).max() == 0
    assert "20 turned into RGB" in notes


def test_photographs_are_turned_upright(tmp_path):
    folder = save(tmp_path / "photos", images())
    tags = Image.Exif()
    tags[274] = 3  # orientation: upside down
    Image.fromarray(np.repeat(np.arange(0, 256, 32, "uint8")[:, None], 8, axis=1)).save(folder / "z.png", exif=tags)
    (found,) = [image for image in together(read_images(folder)[1]) if (np.diff(image[:, 0, 0].astype(int)) == -32).all()]
    assert found[0, 0, 0] == 224


def test_unreadable_images_are_named(tmp_path):
    folder = save(tmp_path / "photos", images())
    (folder / "broken.png").write_bytes(b"no image")
    (folder / "cut.png").write_bytes((folder / "000.png").read_bytes()[:40])
    with pytest.raises(ValueError, match=r"2 of 22 images cannot be read: .*broken\.png \(.*cut\.png \("):
        read_images(folder)


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
    _, splits, notes = read_images(tmp_path / "a.npz")
    order = np.argsort(together(splits, "label"))
    np.testing.assert_array_equal(together(splits)[order], images()[..., None])  # and each kept its label
    assert said in notes


def test_bits_become_black_and_white(tmp_path):
    np.savez(tmp_path / "a.npz", image=images() > 127)
    _, splits, _ = read_images(tmp_path / "a.npz")
    assert set(np.unique(together(splits))) == {0, 255}


def test_splits_of_a_file_are_kept_and_missing_ones_are_cut(tmp_path):
    arrays = {"train/image": images(20), "train/label": np.arange(20), "test/image": images(5), "test/label": np.arange(5)}
    np.savez(tmp_path / "a.npz", **arrays)
    about, splits, _ = read_images(tmp_path / "a.npz", seed=4)
    assert splits["test"]["label"].tolist() == list(range(5))
    assert sorted([*splits["train"]["label"], *splits["validation"]["label"]]) == list(range(20))
    assert about.splits == "validation: a tenth of the images, drawn with seed 4"
    again, other = read_images(tmp_path / "a.npz", seed=4)[1], read_images(tmp_path / "a.npz", seed=5)[1]
    assert data.fingerprint(again["validation"]) == data.fingerprint(splits["validation"])
    assert data.fingerprint(other["validation"]) != data.fingerprint(splits["validation"])


# Refusals


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"label": np.arange(20)}, "part 'train' has no field 'image'; it has label"),
        ({"image": images(19)}, r"at least 20 images \(16 for train, 2 for validation, 2 for test\); received 19"),
        ({"train/image": images(), "test/image": images(1)}, "received 18 for train, 2 for validation, 1 for test"),
        ({"image": images() * 2.0}, r"numbers in \[0, 1\], .* received float64 from 0 to 5"),
        ({"image": images().astype(int) - 300}, "received int64 from -300 to"),
        ({"image": images() + np.nan}, "received float64 from nan"),
        ({"image": images()[0]}, r"images must have shape .* received \(8, 8\) in 'train'"),
        ({"image": images(), "label": np.arange(3)}, r"labels must be one for each of the 20 images; received shape \(3,\)"),
    ],
)
def test_wrong_arrays(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        read_images(tmp_path / "a.npz")


def test_wrong_sources(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.txt").write_text(text(9999))
    for source, options, message in (
        ("absent", {}, r"data must be a folder of images or an \.npz file .*'.*absent', which does not exist"),
        ("a.txt", {}, "data must be a folder of images .* received '.*a.txt'"),
        ("empty", {}, "holds no images; files that end in .avif, .bmp"),
        ("empty", {"image_shape": (8, 8, 2)}, "1 or 3 channels"),
        ("empty", {"drop_unknown": True}, "drop_unknown is for models of text"),
    ):
        with pytest.raises(ValueError) as caught:
            read_images(tmp_path / source, **options)
        assert re.search(message, str(caught.value)), caught.value


# What models take, and what is shown of them

IMAGE = modalities.get("image")


def parts(**fields):
    return {part: {"image": images(6)[..., None], **fields} for part in ("train", "validation", "test")}


def test_a_model_says_itself_whether_it_needs_labels():
    assert IMAGE.fields(tiny.build("dcgan"), parts(label=np.arange(6) % 3)) == ("image",)
    assert IMAGE.fields(tiny.build("judge"), parts(label=np.arange(6) % 3)) == ("image", "label")
    with pytest.raises(ValueError, match="y must be the labels of the images"):
        IMAGE.fields(tiny.build("judge"), parts())
    late = {**parts(label=np.arange(6) % 3), "test": parts(label=np.arange(6))["test"]}  # every label is looked at
    with pytest.raises(ValueError, match=r"y must be integers from 0 to 2 .* received values from 0 to 5"):
        IMAGE.fields(tiny.build("judge"), late)


def test_examples_and_batches_are_floats(monkeypatch):
    found, labels = IMAGE.examples(parts(label=np.arange(6))["train"], ("image", "label"), 4)
    np.testing.assert_allclose(found, images(6)[:4, ..., None] / 127.5 - 1, atol=1e-6)
    assert found.dtype == np.float32 and labels.tolist() == [0, 1, 2, 3]
    assert IMAGE.prepare(found) is found
    assert IMAGE.batch_size(64, parts()["train"], ("image",)) == 6 and IMAGE.batch_size(4, parts()["train"], ("image",)) == 4


def test_files_of_samples(tmp_path):
    samples = np.random.default_rng(0).uniform(-1, 1, (5, 8, 8, 1)).astype("float32")
    IMAGE.write(samples, tmp_path / "new" / "a.png")
    with Image.open(tmp_path / "new" / "a.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), image_grid(samples, scale=14))
    IMAGE.write(samples, tmp_path / "a.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), samples)
    IMAGE.check_output(tmp_path / "b.png", 10_000)
    for path, count, message in (
        (tmp_path / "a.jpg", 1, r"--output must be a file named \.png, \.npy or \.npz; received '.*a\.jpg'"),
        (tmp_path / "new", 1, "--output must be a file named"),
        (tmp_path / "b.png", 10_001, r"A PNG shows at most 10000 images; received --count 10001"),
    ):
        with pytest.raises(ValueError, match=message):
            IMAGE.check_output(path, count)


def test_the_card_shows_samples_and_says_what_to_do_first(tmp_path):
    assert IMAGE.save_samples(tiny.build("dcgan"), tmp_path / "samples") == "samples.png"
    with Image.open(tmp_path / "samples.png") as picture:
        assert picture.size == (10 * 16 + 11 * 2, 10 * 16 + 11 * 2)
    assert IMAGE.shown({"samples": "samples.png"}) == ["![samples](samples.png)"] and IMAGE.shown({}) == []
    for verbs, words in ((["decode", "sample"], "sample"), (["classify", "features"], "classify"), (["features"], "features")):
        assert f"model.{words}(" in IMAGE.snippet({"capabilities": verbs})
    assert IMAGE.snippet({"capabilities": ["paint"]}) == "help(model.paint)" and IMAGE.example(None) is None


def test_registered_images_are_read_too(tmp_path, monkeypatch):
    parts = {"train": {"image": images(30, (4, 4))[..., None]}, "other": {}}
    registered = data.DataSet("registered", lambda: parts, licence="CC0")
    monkeypatch.setitem(data.registry._DATA_SETS, "registered", registered)
    about, splits, notes = read_images("registered")
    assert splits["train"]["image"].shape == (24, *SHAPE) and about.licence == "CC0" and "30 resized to 8x8" in notes
