"""SimCLR: the contrast by a double loop, and what views are."""

import numpy as np
import pytest
import tiny
from keras import ops

IMAGES = tiny.images()


@pytest.fixture
def model():
    return tiny.stir(tiny.build("simclr"))


def direct_contrast(z, temperature):
    count = len(z) // 2
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    losses, hits = [], []
    for i in range(2 * count):
        others = [k for k in range(2 * count) if k != i]
        likeness = {k: z[i] @ z[k] / temperature for k in others}
        partner = (i + count) % (2 * count)
        losses.append(np.log(sum(np.exp(value) for value in likeness.values())) - likeness[partner])
        hits.append(max(likeness, key=likeness.get) == partner)
    return np.mean(losses), np.mean(hits)


def test_the_loss_is_the_double_sum_over_views(model):
    shifted = IMAGES + np.random.default_rng(1).normal(0, 0.3, IMAGES.shape).astype("float32")
    views = iter([ops.convert_to_tensor(IMAGES), ops.convert_to_tensor(shifted)])
    model.augmentation = lambda images: next(views)
    loss = float(model.contrast(ops.convert_to_tensor(IMAGES), training=False))
    z = ops.convert_to_numpy(model.projector(model.encoder(np.concatenate([IMAGES, shifted]))))
    expected, accuracy = direct_contrast(z.astype("float64"), model.temperature)
    assert loss == pytest.approx(expected, rel=1e-4)
    assert float(model.logs()["accuracy"]) == pytest.approx(accuracy)


def test_the_two_views_of_an_image_differ(model):
    first, second = (ops.convert_to_numpy(model.augmentation(IMAGES)) for _ in range(2))
    assert all(np.abs(a - b).mean() > 0.01 for a, b in zip(first, second, strict=True))


def test_training_tells_images_apart():
    model = tiny.build("simclr", augment=("brightness",), feature_dim=16, projection_dim=8)
    model.compile(tiny.adams(model, 5e-3))
    before = model.evaluate(IMAGES, batch_size=tiny.COUNT, verbose=0, return_dict=True)
    model.fit(np.tile(IMAGES, (60, 1, 1, 1)), batch_size=tiny.COUNT, shuffle=False, verbose=0)
    after = model.evaluate(IMAGES, batch_size=tiny.COUNT, verbose=0, return_dict=True)
    assert after["loss"] < 0.5 * before["loss"] and after["accuracy"] > 0.9  # other seeds, JAX: from 2.4 to 0.1


def test_features_come_in_parts_and_are_not_negative(model):
    features = model.features(IMAGES)
    assert features.shape == (tiny.COUNT, 5) and features.min() >= 0
    np.testing.assert_allclose(model.features(IMAGES, batch_size=3), features, rtol=1e-5, atol=1e-6)


def test_no_view_without_a_change():
    with pytest.raises(ValueError, match=r"augment must name at least one change.*received \(\)"):
        tiny.build("simclr", augment=())


@pytest.mark.parametrize(("data", "words"), [((IMAGES[:1],), "at least 2 images"), ((IMAGES, np.zeros(8)), "y must be None")])
def test_bad_data_is_refused(data, words):
    with pytest.raises(ValueError, match=words):
        tiny.compiled("simclr").fit(*data)


def test_an_encoder_does_not_draw(model):
    with pytest.raises(NotImplementedError, match=r"^SimCLR has no sample: it learns features of images and draws none"):
        model.sample(3)
