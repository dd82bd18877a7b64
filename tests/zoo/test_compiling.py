"""How a loaded model is compiled: the optimizers of its training at a constant low rate, which Keras' callbacks can change."""

import json

import keras
import numpy as np
import pytest
import tiny
from released import release

import kerasgen
from kerasgen.schedules import half_cosine
from kerasgen.zoo import compiling

EAGER = tiny.BACKEND == "tensorflow"


def entry(optimizer, steps=100, **more):
    optimizer = optimizer and keras.optimizers.serialize(optimizer)
    return {"name": "a", "compile": optimizer and {"optimizer": optimizer}, "training": {"steps": steps}, **more}


# The rates


def test_rates_are_a_share_of_the_highest_or_what_is_asked_for():
    schedule = keras.optimizers.schedules.CosineDecay(0.0, 100, warmup_target=6e-3, warmup_steps=20)
    given = entry(keras.optimizers.Adam(schedule, beta_1=0.5, global_clipnorm=1.0))
    optimizer, rates = compiling.optimizer_for(tiny.build("vae"), given, share=1 / 3)
    assert rates == {"model": 2e-3}
    found = keras.saving.deserialize_keras_object(optimizer)
    assert float(found.learning_rate) == pytest.approx(2e-3) and (found.beta_1, found.global_clipnorm) == (0.5, 1.0)
    assert given["compile"]["optimizer"]["config"]["learning_rate"]["class_name"] == "CosineDecay"  # untouched
    gan = tiny.build("dcgan")
    group = entry(tiny.adams(gan, 1e-3))
    assert compiling.optimizer_for(gan, group, share=0.5)[1] == {"generator": 5e-4, "discriminator": 5e-4}
    assert compiling.optimizer_for(gan, group, 0.5)[1] == {"generator": 0.5, "discriminator": 0.5}
    again = compiling.optimizer_for(gan, {**group, "finetuned": {}})[1]
    assert again["generator"] == pytest.approx(1e-3)  # a second fine-tuning does not slow down further


def test_two_players_go_on_more_slowly_than_one_loss():
    shares = {}
    for name in ("dcgan", "vae"):
        model = tiny.build(name)
        rates = compiling.optimizer_for(type(model), entry(tiny.adams(model, 1.0)))[1]
        shares[name] = set(rates.values())
    assert shares == {"dcgan": {compiling.SHARE_OF_PLAYERS}, "vae": {compiling.SHARE}}


def test_models_without_an_optimizer():
    counts = tiny.build("pattern_counts")
    assert compiling.optimizer_for(counts, entry(None, None)) == (None, {})
    with pytest.raises(ValueError, match=r"learning_rate must be None: a is fitted without one; received 0\.1"):
        compiling.optimizer_for(counts, entry(None, None), 0.1)
    with pytest.raises(ValueError, match="a has no optimizer to go on with; load it and call its fit"):
        compiling.optimizer_for(tiny.build("vae"), entry(None, None))


# On a loaded model


@pytest.fixture(scope="module", params=["dcgan", "vae"])
def released(request, tmp_path_factory):
    """A model whose training had a schedule for each optimizer, at most 0.02."""
    model = tiny.build(request.param)
    members = {player: keras.optimizers.Adam(half_cosine(0.02, 10)) for player in model.players}
    optimizer = tiny.OptimizerGroup(**members) if members else keras.optimizers.Adam(half_cosine(0.02, 10))
    folder = tmp_path_factory.mktemp("zoo") / request.param
    return request.param, release(request.param, folder, compile={"optimizer": keras.optimizers.serialize(optimizer)})


def rates_of(model):
    return [float(each.learning_rate) for each in getattr(model.optimizer, "optimizers", [model.optimizer])]


def loaded(folder, **options):
    model = kerasgen.load(folder, **options)
    model.run_eagerly = EAGER
    return model


def test_a_loaded_model_has_constant_rates(released):
    name, folder = released
    low = 0.02 * (compiling.SHARE_OF_PLAYERS if name == "dcgan" else compiling.SHARE)
    model = loaded(folder)
    assert rates_of(model) == pytest.approx([low] * len(rates_of(model)))
    tiny.fit(model, *tiny.batch(name))
    assert rates_of(model) == pytest.approx([low] * len(rates_of(model)))
    for options, rate in (({"pretrained": False}, 0.02), ({"learning_rate": 0.005}, 0.005)):
        assert rates_of(loaded(folder, **options)) == pytest.approx([rate] * len(rates_of(model)))
    for wrong in (0, -1.0, "fast", True):
        with pytest.raises(ValueError, match=r"learning_rate must be a number from 1e-09 to 10; received"):
            kerasgen.load(folder, learning_rate=wrong)


def test_the_rate_is_changed_as_keras_users_do(released):
    name, folder = released
    model = loaded(folder)
    model.optimizer.learning_rate = 0.25
    assert set(rates_of(model)) == {0.25} and float(model.optimizer.learning_rate) == 0.25
    halving = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)
    tiny.fit(model, *tiny.batch(name), epochs=2, callbacks=halving)
    assert set(rates_of(model)) == {0.0625}
    watched = "generator_loss" if model.players else "loss"
    never_better = keras.callbacks.ReduceLROnPlateau(watched, factor=0.5, patience=1, min_delta=1e9, mode="min")
    tiny.fit(model, *tiny.batch(name), epochs=3, callbacks=never_better)
    assert rates_of(model) == pytest.approx([0.0625 / 4] * len(rates_of(model)))


def test_a_rate_is_refused_by_a_model_that_is_fitted_without(tmp_path):
    folder = release("pattern_counts", tmp_path / "counts")
    assert kerasgen.load(folder).sample(1).shape == (1, 8, 8, 1)
    with pytest.raises(ValueError, match=r"learning_rate must be None: tiny-pattern_counts is fitted without one"):
        kerasgen.load(folder, learning_rate=0.1)


# In small steps from where the training stopped


def digits():
    images = kerasgen.data.load("mnist", smoke=True)["train"]["image"]
    return kerasgen.data.to_float_images(images)


def test_a_fit_on_its_own_data_leaves_a_model_as_good_as_it_was():
    """Within what its card's interval allows: 0.4 nats."""
    model, images = kerasgen.load("vae-mnist"), digits()[:64]
    bits = np.where(images > 0, 1.0, -1.0).astype("float32")
    before = model.elbo(bits).mean()
    model.fit(images, batch_size=32, epochs=3, verbose=0)
    assert before - model.elbo(bits).mean() < 0.4


def test_an_entry_is_left_as_it_is(released):
    entry = json.loads((released[1] / "entry.json").read_text())
    kerasgen.load(released[1])
    assert json.loads((released[1] / "entry.json").read_text()) == entry
    assert kerasgen.info(released[1])["compile"] == entry["compile"]
