"""DiffAugment against NumPy, enumeration and finite differences."""

import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen.layers import DiffAugment
from kerasgen.layers.diff_augment import POLICIES, resample
from kerasgen.steps import input_gradients

RNG = np.random.default_rng(3)
IMAGES = RNG.uniform(-1, 1, (40, 16, 8, 2)).astype("float32")


def changed(policy, images=IMAGES, **options):
    return ops.convert_to_numpy(DiffAugment((policy,), seed=5, **options)(images))


@pytest.mark.parametrize("policy", [(), POLICIES])
def test_nothing_changes_without_policy_or_strength(policy):
    layer = DiffAugment(policy, strength=0.0 if policy else 1.0)
    np.testing.assert_array_equal(layer(IMAGES), IMAGES)


@pytest.mark.parametrize("policy", POLICIES)
def test_small_strengths_change_little_and_each_image_otherwise(policy):
    assert np.mean(np.abs(changed(policy) - IMAGES)) > 0.02
    assert np.mean(np.abs(changed(policy, strength=1e-3) - IMAGES)) < 5e-3
    same = np.broadcast_to(IMAGES[:1], IMAGES.shape)
    distinct = {row.tobytes() for row in changed(policy, same)}
    assert len(distinct) == 2 if policy == "flip" else len(distinct) > 5


def test_colours_change_as_the_table_says():
    shift = changed("brightness") - IMAGES
    assert np.ptp(shift, axis=(1, 2, 3)).max() < 1e-6
    assert -0.5 <= shift.min() < -0.4 and 0.4 < shift.max() <= 0.5
    out, mean = changed("contrast"), IMAGES.mean(axis=(1, 2, 3), keepdims=True)
    factor = (out - mean).std(axis=(1, 2, 3)) / (IMAGES - mean).std(axis=(1, 2, 3))
    np.testing.assert_allclose(out.mean(axis=(1, 2, 3)), mean[:, 0, 0, 0], atol=1e-5)
    assert 0.5 <= factor.min() < 0.6 and 1.4 < factor.max() <= 1.5
    out, grey = changed("saturation"), IMAGES.mean(axis=-1, keepdims=True)
    np.testing.assert_allclose(out.mean(axis=-1, keepdims=True), grey, atol=1e-6)
    colour = np.sum((out - grey) * (IMAGES - grey), axis=(1, 2, 3)) / np.sum((IMAGES - grey) ** 2, axis=(1, 2, 3))
    np.testing.assert_allclose(out, grey + colour[:, None, None, None] * (IMAGES - grey), atol=1e-5)
    assert 0 <= colour.min() < 0.2 and 1.8 < colour.max() <= 2


def shifted(image, down, right):
    out = np.zeros_like(image)
    height, width, _ = image.shape
    rows = slice(max(down, 0), height + min(down, 0)), slice(max(-down, 0), height + min(-down, 0))
    columns = slice(max(right, 0), width + min(right, 0)), slice(max(-right, 0), width + min(-right, 0))
    out[rows[0], columns[0]] = image[rows[1], columns[1]]
    return out


def test_translations_are_shifts_by_whole_pixels_filled_with_grey():
    ways = [(down, right) for down in range(-2, 3) for right in range(-1, 2)]  # 16 / 8 and 8 / 8
    found = set()
    for image, out in zip(IMAGES, changed("translation"), strict=True):
        (way,) = [way for way in ways if np.allclose(shifted(image, *way), out, atol=1e-6)]
        found.add(way)
    assert len(found) > 8


def test_half_of_the_images_are_mirrored():
    out = changed("flip")
    mirrored = [np.allclose(a, b[:, ::-1], atol=1e-6) for a, b in zip(out, IMAGES, strict=True)]
    kept = [np.allclose(a, b, atol=1e-6) for a, b in zip(out, IMAGES, strict=True)]
    assert sum(mirrored) + sum(kept) == len(IMAGES)
    assert 10 < sum(mirrored) < 30


def test_cutout_blanks_one_rectangle_of_at_most_half_the_size():
    ones = np.ones((200, 16, 8, 1), "float32")
    out = changed("cutout", ones)[..., 0]
    assert set(np.unique(out)) == {0.0, 1.0}
    for image in out:
        rows, columns = np.flatnonzero((image == 0).any(axis=1)), np.flatnonzero((image == 0).any(axis=0))
        assert 3 <= len(rows) <= 8 and 1 <= len(columns) <= 4
        assert np.all(image[np.ix_(rows, columns)] == 0) and (image == 0).sum() == len(rows) * len(columns)
        assert np.ptp(rows) == len(rows) - 1 and np.ptp(columns) == len(columns) - 1


def test_rotation_turns_about_the_middle_and_crop_enlarges():
    rows, columns = np.mgrid[:33, :33] - 16.0
    bump = np.exp(-((rows - 8) ** 2 + columns**2) / 8)[None, ..., None].astype("float32")

    def centre(image):
        weights = image[..., 0] / image.sum()
        return np.array([(weights * rows).sum(), (weights * columns).sum()])

    for image in changed("rotation", np.repeat(bump, 20, axis=0)):
        place = centre(image)
        assert np.hypot(*place) == pytest.approx(8, abs=0.1)
        assert abs(np.arctan2(place[1], place[0])) <= np.pi / 12 + 0.01
    sizes = [image.sum() / bump.sum() for image in changed("crop", np.repeat(bump, 20, axis=0))]
    assert min(sizes) > 0.6 and max(sizes) <= (4 / 3) ** 2 + 0.05  # towards an edge, part of it is lost


def test_resampling_is_bilinear():
    image = RNG.standard_normal((1, 5, 4, 1)).astype("float32")
    rows = RNG.uniform(-1, 5, (1, 6, 7, 1)).astype("float32")
    columns = RNG.uniform(-1, 4, (1, 6, 7, 1)).astype("float32")
    padded = np.pad(image[0, ..., 0], 3)
    expected = np.zeros((6, 7))
    for index in np.ndindex(6, 7):
        r, c = rows[0, ..., 0][index] + 3, columns[0, ..., 0][index] + 3
        i, j = int(np.floor(r)), int(np.floor(c))
        u, v = r - i, c - j
        expected[index] = (1 - u) * ((1 - v) * padded[i, j] + v * padded[i, j + 1]) + u * (
            (1 - v) * padded[i + 1, j] + v * padded[i + 1, j + 1]
        )
    np.testing.assert_allclose(ops.convert_to_numpy(resample(image, rows, columns))[0, ..., 0], expected, atol=1e-5)


def test_gradients_are_those_of_finite_differences():
    images = IMAGES[:3]
    weights = RNG.standard_normal(images.shape).astype("float32")
    model = tiny.Recorder(seed=1)
    model.augmentation = DiffAugment(POLICIES, seed=model.seed_generator)
    state = tiny.values(model.random_states())

    def total(x):
        for variable, value in zip(model.random_states(), state, strict=True):
            variable.assign(value)
        return ops.sum(model.augmentation(x) * weights)

    model.compile("adam", run_eagerly=True)
    for variable, value in zip(model.random_states(), state, strict=True):
        variable.assign(value)
    gradient = ops.convert_to_numpy(input_gradients(lambda x: model.augmentation(x) * weights, images, model))
    assert np.abs(gradient).max() > 0.5
    for direction in RNG.standard_normal((4, *images.shape)).astype("float32"):
        numeric = (float(total(images + 1e-2 * direction)) - float(total(images - 1e-2 * direction))) / 2e-2
        assert float(np.sum(gradient * direction)) == pytest.approx(numeric, rel=2e-2, abs=2e-2)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_the_type_is_kept(dtype):
    out = DiffAugment(POLICIES, seed=5)(ops.cast(IMAGES, dtype))
    assert ops.dtype(out) == dtype
    exact = DiffAugment(POLICIES, seed=5)(IMAGES)
    np.testing.assert_allclose(ops.cast(out, "float32"), exact, atol=0.05)


def test_the_seed_decides_and_the_configuration_returns():
    layer = DiffAugment(("crop", "flip"), strength=0.5, seed=7)
    again = DiffAugment.from_config(layer.get_config())
    np.testing.assert_array_equal(layer(IMAGES), again(IMAGES))
    assert not np.allclose(layer(IMAGES), again(IMAGES[::-1])[::-1])


@pytest.mark.parametrize("policy", ["flip", ("flips",), ("flip", 3), 5, None])
def test_unknown_policies_are_refused(policy):
    with pytest.raises(ValueError, match=r"^augment must be .*translation.*; received"):
        DiffAugment(policy)


@pytest.mark.parametrize("strength", [-0.1, 1.5, "a"])
def test_strengths_out_of_range_are_refused(strength):
    with pytest.raises(ValueError, match=r"^strength must be a number from 0 to 1; received"):
        DiffAugment(("flip",), strength)
