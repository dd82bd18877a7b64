"""Arrays of images and labels as people save them: what they mean is decided part by part, or refused."""

import io
import pickle
import zipfile

import numpy as np
import pytest
from own_data import images, read_images, together
from PIL import Image, ImageCms

PARTS = ("train", "validation", "test")
FLOATS = images().astype("float32") / 255
FLOATS[:, 0, 0], FLOATS[:, 0, 1] = 0, 1


def read(tmp_path, **arrays):
    np.savez(tmp_path / "a.npz", **{key.replace("__", "/"): array for key, array in arrays.items()})
    return read_images(tmp_path / "a.npz")


@pytest.mark.parametrize("off", [-1e-7, 0, 1e-7, 0.0009])
def test_floats_a_hair_outside_their_range(tmp_path, off):
    rounded = np.round(FLOATS * 255).astype("uint8")
    for arrays in (FLOATS * (1 + off), FLOATS + off, (FLOATS * 2 - 1) * (1 + off)):
        _, splits, notes = read(tmp_path, image=arrays)
        order = np.lexsort(rounded.reshape(20, -1).T)
        found = together(splits)[..., 0]
        found = found[np.lexsort(found.reshape(20, -1).T)]
        assert np.abs(found.astype(int) - rounded[order]).max() <= 1
        assert "were read as ranging from" in notes


@pytest.mark.parametrize("kind", ["uint8", "int64", "float32", "bool"])
def test_masks_of_0_and_1_are_black_and_white(tmp_path, kind):
    _, splits, notes = read(tmp_path, image=(images() > 127).astype(kind))
    assert set(np.unique(together(splits))) == {0, 255} and kind in notes


@pytest.mark.parametrize(
    ("train", "test"),
    [
        (FLOATS, images()),
        (images(), FLOATS),
        (FLOATS * 2 - 1, FLOATS),
        (images(), (images() > 127).astype("uint8")),
        (FLOATS * 255, FLOATS),
    ],
)
def test_parts_that_differ_in_range_are_refused(tmp_path, train, test):
    with pytest.raises(ValueError, match=r"The images of all parts must range alike; received 'train' from .*'test' from "):
        read(tmp_path, train__image=train, test__image=test)


def test_a_black_part_agrees_with_any_other(tmp_path):
    _, splits, _ = read(tmp_path, train__image=images(), test__image=images() * 0)
    assert splits["test"]["image"].max() == 0
    _, splits, _ = read(tmp_path, train__image=FLOATS, test__image=images() * 0)
    assert splits["train"]["image"].max() == 255


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (FLOATS * 1.02, r"received float32 from 0 to 1\.02 in 'train'"),
        (images().astype("uint16") * 257, "received uint16 from"),
        (np.full((20, 8, 8), "a"), r"received <U1 in 'train'"),
        (FLOATS.astype("complex64"), "received complex64 in 'train'"),
        (np.zeros((20, 8, 8), "M8[s]"), r"received datetime64\[s\] in 'train'"),
        (images(20, (1, 8, 8)), r"\(20, 1, 8, 8\) .* Channels come last"),
        (images(20, (8, 3, 20)).transpose(1, 3, 2, 0), "The images come first"),
        (images(20, (64,)), "lie flat"),
        (images(8, (8, 3)), "If that is one image"),
    ],
)
def test_arrays_that_mean_something_else_are_refused(tmp_path, arrays, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, image=arrays)


def test_names_that_keras_and_others_use(tmp_path):
    labels = np.arange(20) % 3
    for names in ("x_train y_train x_test", "train_images train_labels test_images", "train/X train/y test/x"):
        first, second, third = names.split()
        _, splits, _ = read(tmp_path, **{first: images(), second: labels, third: images(4), "other": labels})
        assert len(splits["test"]["image"]) == 4 and set(splits["train"]) == {"image", "label"}
    about, splits, _ = read(tmp_path, train__image=images(), val__image=images(4), test__Images=images(5))
    assert [len(splits[part]["image"]) for part in PARTS] == [20, 4, 5] and about.splits == "as given"
    for twice in ({"image": images(), "images": images()}, {"image": images(), "train__image": images()}):
        with pytest.raises(ValueError, match=r"both 'image' and '.*' could be the image of 'train'\. Keep one"):
            read(tmp_path, **twice)


def test_labels_in_every_form(tmp_path):
    labels = np.arange(20) % 3
    names = np.array(["ape", "bee", "cat"])
    for given in (labels[:, None], np.eye(3)[labels], labels.astype("float32"), names[labels], names.astype("S")[labels]):
        about, splits, notes = read(tmp_path, image=np.broadcast_to(labels[:, None, None] * 50, (20, 8, 8)), label=given)
        assert all((fields["image"][:, 0, 0, 0] == 50 * fields["label"]).all() for fields in splits.values())
        assert splits["train"]["label"].dtype == np.int64 and notes
    assert about.labels == {"label": ("ape", "bee", "cat")}
    about, splits, _ = read(tmp_path, image=images(), label=labels, class_names=names)
    assert about.labels == {"label": ("ape", "bee", "cat")} and set(splits["train"]) == {"image", "label"}
    for wrong in (labels[:5], np.int64(3), np.ones((20, 3))):
        with pytest.raises(ValueError, match="labels must be one for each of the 20 images; received shape"):
            read(tmp_path, image=images(), label=wrong)


def content(**arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, member in members.items():
            archive.writestr(name.replace("__", "."), member)
    return file.getvalue()


def encrypted():
    found = bytearray(content(image=images()))
    found[6] |= 1
    found[found.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(found)


def oversized():
    file = io.BytesIO()
    np.lib.format.write_array_header_2_0(file, {"descr": "|u1", "fortran_order": False, "shape": (10**9, 28, 28, 10**4)})
    return zipped(image__npy=file.getvalue())


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (b"", "it is empty"),
        (b"<html>", "it is no zip archive, but begins with b'<html>'"),
        (b"version https://git-lfs.github.com/spec/v1\n", "pointer of Git LFS"),
        (content(image=images())[:-300], "it is cut short"),
        (npy(images()), r"a single array \(\.npy\): give it a name"),
        (pickle.dumps({"image": 1}), "it is no zip archive"),
        (zipped(a__png=b"x"), "it holds 'a.png', which is no array"),
        (encrypted(), "encrypted"),
        (oversized(), "claims a shape of .* more than the file holds"),
    ],
)
def test_damaged_files_are_told_in_one_line_with_a_remedy(tmp_path, found, message):
    (tmp_path / "a.npz").write_bytes(found)
    with pytest.raises(ValueError, match=rf"a\.npz cannot be read as an \.npz file .*: .*{message}.*savez") as caught:
        read_images(tmp_path / "a.npz")
    assert "\n" not in str(caught.value)


# Image files of unusual modes


def brightness(tmp_path, picture, count=20, **more):
    for i in range(count):
        picture.save(tmp_path / f"{i}.tif")
    _, splits, notes = read_images(tmp_path, **more)
    return together(splits)[0], notes


def test_32_bit_pixels_are_seen_as_the_eye_does(tmp_path):
    ramp = np.tile(np.arange(0, 256, 32), (8, 1))
    found, notes = brightness(tmp_path, Image.fromarray(ramp.astype("int32")))
    np.testing.assert_array_equal(found[..., 0], ramp)
    assert "20 of whole numbers up to 255 and read as 8 bits" in notes
    (tmp_path / "deep").mkdir()
    found, notes = brightness(tmp_path / "deep", Image.fromarray((ramp * 257).astype("int32")))
    np.testing.assert_array_equal(found[..., 0], ramp)
    # beside one of 16 bits, the others are dark: they are not of 8 bits
    Image.fromarray((ramp * 257).astype("int32")).save(tmp_path / "z.tif")
    _, splits, notes = read_images(tmp_path)
    assert sorted({int(image.max()) for image in together(splits)}) == [0, 224] and "41 cut from 16 bits to 8" in notes
    Image.fromarray(np.full((8, 8), 70_000, "int32")).save(tmp_path / "z.tif")
    with pytest.raises(ValueError, match="its pixels range from 70000 to 70000, neither 8 bits nor 16"):
        read_images(tmp_path)


def test_lab_images_keep_their_colours(tmp_path):
    rgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    picture = ImageCms.profileToProfile(Image.new("RGB", (8, 8), (200, 40, 90)), rgb, lab, outputMode="LAB")
    found, _ = brightness(tmp_path, picture, image_shape=(8, 8, 3))
    np.testing.assert_allclose(found[0, 0], (200, 40, 90), atol=4)
    found, _ = brightness(tmp_path, picture)
    assert abs(int(found[0, 0, 0]) - (200 * 299 + 40 * 587 + 90 * 114) / 1000) < 4
