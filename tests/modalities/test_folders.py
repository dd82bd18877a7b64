"""Folders as people have them: parts, classes, links, and what is no image."""

import numpy as np
import pytest
import tiny
from own_data import read_images, save
from PIL import Image

from kerasgen import modalities
from kerasgen.modalities.folders import class_names, find_files


def shades(folder, value, count=20):
    """A folder of images of one brightness."""
    return save(folder, np.full((count, 8, 8), value, "uint8"))


@pytest.mark.parametrize("names", [("train", "valid", "test"), ("Train", "val", "TEST"), ("train", "validation", "test")])
def test_folders_named_like_parts_are_the_parts(tmp_path, names):
    for name, value in zip(names, (10, 120, 240), strict=True):
        shades(tmp_path / "all" / "data" / name / "a", value, 6 if value > 10 else 20)
    shades(tmp_path / "all" / "data" / "unused", 77)
    about, splits, notes = read_images(tmp_path / "all")
    assert {part: set(fields["image"].ravel()) for part, fields in splits.items()} == {
        "train": {10},
        "validation": {120},
        "test": {240},
    }
    assert about.splits == "as given"
    assert notes == "Passed over: 20 outside of the folders of parts ('000.png', '001.png', '002.png', ...)."


def test_parts_within_classes_are_parts_too(tmp_path):
    for name, value in (("cats", 10), ("dogs", 60)):
        shades(tmp_path / name / "train", value)
        shades(tmp_path / name / "test", value + 100, 3)
    _, splits, _ = read_images(tmp_path)
    assert set(splits["train"]["image"].ravel()) == {10, 60} and set(splits["test"]["image"].ravel()) == {110, 160}


def test_what_is_held_out_never_reaches_the_training(tmp_path):
    shades(tmp_path / "a" / "cats", 10)
    shades(tmp_path / "a" / "test", 200)
    with pytest.raises(ValueError, match=r"holds test but no folder named train: data held out must not be trained on"):
        read_images(tmp_path / "a")
    for name in ("train", "val", "valid"):
        shades(tmp_path / "b" / name, 10)
    with pytest.raises(ValueError, match=r"several folders of the part 'validation': val, valid"):
        read_images(tmp_path / "b")
    for name in ("car", "train"):  # a class of trains
        shades(tmp_path / "c" / name, 10)
    assert sum(len(fields["image"]) for fields in read_images(tmp_path / "c")[1].values()) == 40


def test_links_are_followed_and_what_is_passed_over_is_counted_and_named(tmp_path):
    shades(tmp_path / "elsewhere" / "cats", 10)
    folder = shades(tmp_path / "mine" / "dogs", 200).parent
    (folder / "cats").symlink_to(tmp_path / "elsewhere" / "cats")
    (folder / "again").symlink_to(folder)
    (folder / "dangling.png").symlink_to(tmp_path / "nowhere.png")
    (folder / "linked.png").symlink_to(tmp_path / "elsewhere" / "cats" / "000.png")
    (folder / ".DS_Store").write_bytes(b"\0")
    (folder / "Thumbs.db").write_bytes(b"\0")
    (folder / "notes.txt").write_text("")
    (tmp_path / "link").symlink_to(folder)
    for source in (folder, tmp_path / "link"):
        _, splits, notes = read_images(source)
        assert sum(len(fields["image"]) for fields in splits.values()) == 41
        for said in (
            "2 hidden files and folders ('.DS_Store', 'Thumbs.db')",
            "1 links to nothing ('dangling.png')",
            "1 links that lead back ('again')",
            "1 files of other kinds ('notes.txt')",
        ):
            assert said in notes


def test_other_endings_of_images(tmp_path):
    folder = shades(tmp_path / "a", 50)
    kinds = {"jfif": "JPEG", "JPE": "JPEG", "tga": "TGA", "dib": "DIB", "pbm": "PPM", "jp2": "JPEG2000", "avif": "AVIF"}
    Image.init()
    kinds = {ending: kind for ending, kind in kinds.items() if kind in Image.SAVE}  # some builds of Pillow lack the last two
    for ending, kind in kinds.items():
        Image.new("L", (8, 8), 255).save(folder / f"a.{ending}", kind)
    found = np.concatenate([fields["image"] for fields in read_images(folder)[1].values()])
    assert sum(image.mean() > 250 for image in found) == len(kinds) >= 5


def test_what_is_broken_may_be_left_out(tmp_path):
    folder = shades(tmp_path / "a", 50)
    (folder / "page.jpg").write_text("<html>404</html>")
    (folder / "cut.png").write_bytes((folder / "000.png").read_bytes()[:40])
    with pytest.raises(ValueError, match=r"2 of 22 images cannot be read: .*cut\.png .*page\.jpg .*--skip-broken"):
        read_images(folder)
    about, splits, notes = read_images(folder, skip_broken=True)
    assert about.source == "a folder of 20 images" and sum(len(fields["image"]) for fields in splits.values()) == 20
    assert "2 of 22 images cannot be read and were left out: " in notes and "page.jpg" in notes
    for path in folder.glob("0*.png"):
        path.unlink()
    with pytest.raises(ValueError, match="2 of 2 images cannot be read"):
        read_images(folder, skip_broken=True)
    with pytest.raises(ValueError, match="skip_broken is for folders of images"):
        modalities.get("text").read("x", None, skip_broken=True)


# Classes


def read(source, model):
    about, notes = modalities.get("image").read(source, model)
    return about, about.read(), " ".join(notes)


def test_class_folders_are_labels_for_a_model_that_takes_labels(tmp_path):
    for part, count in (("train", 20), ("val", 2), ("test", 3)):
        for name, value in (("cats", 10), ("owls", 60), ("dogs", 200)):
            shades(tmp_path / "pets" / part / name, value, count)
    about, splits, notes = read(tmp_path / "pets", tiny.build("judge"))
    assert about.labels == {"label": ("cats", "dogs", "owls")} and "Classes: 0 = cats, 1 = dogs, 2 = owls." in notes
    for fields in splits.values():
        assert dict(zip(fields["image"][:, 0, 0, 0].tolist(), fields["label"].tolist(), strict=True)) == {10: 0, 200: 1, 60: 2}
        assert fields["label"].dtype == np.int64
    assert modalities.get("image").fields(tiny.build("judge"), splits) == ("image", "label")
    about, splits, notes = read(tmp_path / "pets", tiny.build("dcgan"))
    assert set(splits["train"]) == {"image"} and "Classes" not in notes and not about.labels


def test_folders_named_by_numbers_are_those_classes(tmp_path):
    for name, value in (("1", 10), ("2", 60)):  # of 0, 1 and 2
        shades(tmp_path / "digits" / name, value)
    about, splits, _ = read(tmp_path / "digits", tiny.build("judge"))
    fields = splits["train"]
    assert dict(zip(fields["image"][:, 0, 0, 0].tolist(), fields["label"].tolist(), strict=True)) == {10: 1, 60: 2}
    assert about.labels == {"label": ("1", "2")}


def test_classes_that_do_not_fit(tmp_path):
    for name in "abcd":
        shades(tmp_path / "four" / name, 10)
    with pytest.raises(ValueError, match=r"at most as many classes as the model, 3; received 4"):
        read(tmp_path / "four", tiny.build("judge"))
    shades(tmp_path / "parts" / "train" / "a", 10)
    shades(tmp_path / "parts" / "train" / "b", 10)
    shades(tmp_path / "parts" / "test" / "c", 10)
    with pytest.raises(ValueError, match=r"The training part must hold every class; it lacks 'c'"):
        read(tmp_path / "parts", tiny.build("judge"))
    shades(tmp_path / "none", 10)
    model = tiny.build("judge")
    with pytest.raises(ValueError, match="y must be the labels"):
        modalities.get("image").fields(model, read(tmp_path / "none", model)[1])


def test_classes_are_the_folders_in_which_paths_differ(tmp_path):
    for name in ("all/10/x", "all/9", "all/1"):
        shades(tmp_path / name, 10, 1)
    found = find_files(tmp_path, (".png",), [])
    assert class_names(found) == (["1", "10", "9"], ("1", "9", "10"))
    shades(tmp_path / "all", 10, 1)
    assert class_names(find_files(tmp_path, (".png",), [])) == (None, ())
