"""MLPGAN: every loss against the same thing by hand, the penalty without dropout, what D sees."""

import numpy as np
import pytest
import tiny
from keras import ops

from kerasgen.losses import ADVERSARIAL
from kerasgen.models.gan.mlp_gan import MLPGAN

IMAGES = tiny.images()


def build(**changes):
    return tiny.stir(tiny.build("mlp_gan", **{"dropout": 0.0, "penalty_weight": 0.0, "augment": (), **changes}))


def losses(model, training=False):
    images = ops.convert_to_tensor(IMAGES)
    return float(model.discriminator_loss(images, training)), float(model.generator_loss(images, training))


@pytest.mark.parametrize("loss", ADVERSARIAL)
def test_the_model_minimises_the_loss_it_names(loss):
    model = build(loss=loss)
    fakes = np.random.default_rng(5).uniform(-1, 1, IMAGES.shape).astype("float32")
    model.fakes_like = lambda images, training: ops.convert_to_tensor(fakes)
    real, fake = (np.asarray(model.score(x), "float64") for x in (IMAGES, fakes))
    p_real, p_fake = (1 / (1 + np.exp(-x)) for x in (real, fake))
    by_hand = {
        "non_saturating": (-np.mean(np.log(p_real)) - np.mean(np.log(1 - p_fake)), -np.mean(np.log(p_fake))),
        "minimax": (-np.mean(np.log(p_real)) - np.mean(np.log(1 - p_fake)), np.mean(np.log(1 - p_fake))),
        "hinge": (np.mean(np.maximum(0, 1 - real)) + np.mean(np.maximum(0, 1 + fake)), -np.mean(fake)),
        "least_squares": (np.mean((real - 1) ** 2) / 2 + np.mean(fake**2) / 2, np.mean((fake - 1) ** 2) / 2),
        "wasserstein": (np.mean(fake) - np.mean(real), -np.mean(fake)),
    }[loss]
    assert losses(model) == pytest.approx(by_hand, rel=1e-4)


def test_the_name_of_the_loss_survives_compilation():
    model = build(loss="hinge")
    model.compile(tiny.adams(model))
    assert model.loss == model.get_config()["loss"] == "hinge"
    with pytest.raises(ValueError, match=r"^loss must be one of"):
        model.compile(tiny.adams(model), loss="mse")


def test_the_penalty_of_a_linear_discriminator_is_known_with_dropout_too():
    model = build(discriminator_widths=(), penalty_weight=0.0)
    slope = model.discriminator.get_weights()[0]
    plain = losses_from_the_same_start(model)
    model.penalty_weight = 3.0
    assert losses_from_the_same_start(model) - plain == pytest.approx(3.0 / 2 * np.sum(slope**2), rel=1e-4)


def losses_from_the_same_start(model):
    model.random_states()[0].assign([1, 2])
    return losses(model, training=True)[0]


@pytest.mark.parametrize("training", [True, False])
def test_only_training_changes_what_the_discriminator_sees(training):
    model, seen = build(augment=("brightness",)), []
    network = model.discriminator
    model.discriminator = lambda images, training: (seen.append(ops.convert_to_numpy(images)), network(images))[1]
    losses(model, training)
    shift = seen[0] - IMAGES
    assert np.ptp(shift, axis=(1, 2, 3)).max() < 1e-6  # one number an image
    assert (np.abs(shift).max() > 0.1) == training
    assert len(seen) == 3  # real and generated, then generated for the generator
    assert all((np.abs(images).max() > 1.05) == training for images in seen[:1])


def test_label_smoothing_is_the_discriminators_alone():
    model = build()
    plain = losses(model)
    smooth = build(label_smoothing=0.1)
    smooth.set_weights(model.get_weights())
    found = losses(smooth)
    assert found[1] == pytest.approx(plain[1], rel=1e-6)
    assert found[0] - plain[0] == pytest.approx(0.1 * np.mean(model.score(IMAGES)), rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "log"}, r"^loss must be one of 'non_saturating', .*; received 'log'"),
        ({"loss": "hinge", "label_smoothing": 0.1}, r"^label_smoothing must be 0 with loss='hinge'"),
        ({"dropout": 1.0}, r"^dropout must be a number from 0 to 0\.95"),
        ({"augment": "flip"}, r"^augment must be a sequence of some of"),
        ({"augment": ("blur",)}, r"^augment must be one of .*; received 'blur'"),
    ],
)
def test_constructor_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        MLPGAN(image_shape=(8, 8, 1), **arguments)
