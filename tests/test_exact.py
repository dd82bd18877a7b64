"""Models that are fitted exactly, from a recipe to an entry: the toy of tests/tiny/pattern_counts.py, which counts."""

import json
import textwrap

import keras
import numpy as np
import pytest
import tiny
from own_data import ramps
from released import arrays, release
from tiny.pattern_counts import PatternCounts

import kerasgen
from kerasgen import data, modalities
from kerasgen.exact import ExactModel, whole
from kerasgen.training.recipe import Recipe, load_recipe
from kerasgen.training.runner import prepare
from kerasgen.zoo import weights

RECIPE = """
    from kerasgen import Recipe, data, modalities
    from kerasgen.scores.loss import score_loss, validate_loss
    from own_data import ramps
    from tiny.pattern_counts import PatternCounts

    data.register("tiny-ramps", lambda: ramps(12), licence="CC0")
    image = modalities.get("image")
    recipe = Recipe(
        name="counts-ramps", title="Counts of patterns", data="tiny-ramps", model=lambda: PatternCounts((8, 8, 1), share=0.3),
        epochs=4, score=score_loss(("image",), image), validate=validate_loss(("image",), image), select=("loss", "min"),
        family="counts", seed=3,
    )
"""


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    """The path of a recipe of the toy, as a user would write it."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"recipe_of_{tmp_path.name}.py"  # a module of its own
    path.write_text(textwrap.dedent(RECIPE))
    yield path
    data.registry._DATA_SETS.pop("tiny-ramps", None)


def passes(count):
    """The toy after so many passes over the training images of the recipe."""
    model = PatternCounts((8, 8, 1), share=0.3)
    model.fit(data.to_float_images(ramps(12)["train"]["image"]), epochs=count)
    return model


# In Python


def test_fit_reports_each_pass_and_goes_on_from_where_it_stands():
    model, x = tiny.build("pattern_counts"), tiny.images()
    history = model.fit(x, epochs=3, validation_data=x).history
    assert len(history["loss"]) == 3 and history["val_loss"] == history["loss"]
    assert history["loss"][0] > history["loss"][2]  # pixels are counted thrice, and the prior one time
    assert model.arrays["counts"].tolist() == [3] * 8
    model.fit(x, epochs=5, initial_epoch=4)
    assert model.arrays["counts"].tolist() == [4] * 8
    assert model.evaluate(x) == model.evaluate(x, return_dict=True)["loss"] == pytest.approx(-model.log_prob(x).mean())


def test_callbacks_see_an_epoch_of_one_batch_and_can_end_it():
    class Seen(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.calls = []

        def on_train_batch_end(self, batch, logs=None):
            self.calls.append(("batch", batch, *logs))

        def on_epoch_end(self, epoch, logs=None):
            self.calls.append(("epoch", epoch, *logs))
            self.model.stop_training = epoch == 1

    seen = Seen()
    tiny.build("pattern_counts").fit(tiny.images(), epochs=9, callbacks=seen)
    assert seen.calls == [
        ("batch", 0, "loss"), ("epoch", 0, "loss"), ("batch", 0, "loss"), ("epoch", 1, "loss"),
    ]  # fmt: skip


def test_everything_is_one_pass_whatever_form_the_data_have():
    x = tiny.images()
    expected = tiny.compiled("pattern_counts").arrays
    batches = data.Batches(((x + 1) * 127.5).round().astype("uint8"), 4, prepare=data.to_float_images)
    forms = [batches]
    if tiny.BACKEND == "tensorflow":
        import tensorflow as tf

        forms.append(tf.data.Dataset.from_tensor_slices(x).batch(3))
    for form in forms:
        model = tiny.build("pattern_counts")
        model.fit(form)
        for name, array in expected.items():
            np.testing.assert_array_equal(model.arrays[name], array)
    assert whole([1, 2], [3]) == ([1, 2], [3])


def test_refusals():
    model, x = tiny.build("pattern_counts"), tiny.images()
    with pytest.raises(ValueError, match=r"optimizer of PatternCounts must be None: .* received 'adam'"):
        model.compile("adam")
    model.compile()
    for verb in (lambda: model.sample(1), lambda: model.log_prob(x), lambda: model.evaluate(x)):
        with pytest.raises(ValueError, match="PatternCounts has learned nothing yet: call fit"):
            verb()
    with pytest.raises(ValueError, match="x must be float images"):
        model.fit(x * 3)
    with pytest.raises(ValueError, match="y must be None"):
        model.fit(x, validation_data=(x, x))
    assert not model.is_fitted  # nothing was learned before a refusal
    model.fit(x)
    with pytest.raises(ValueError, match=r"has the arrays \['counts', 'patterns', 'pixel_rate'\]; the file has \['counts'\]"):
        model.load_own_variables({"counts": np.arange(3)})


def test_a_number_that_is_none_ends_the_passes():
    class Broken(PatternCounts):
        def measure(self, x, y=None):
            return {"loss": np.nan}

    with pytest.raises(FloatingPointError, match="epoch 0, step 0: loss = nan"):
        Broken(image_shape=tiny.IMAGE_SHAPE).fit(tiny.images())


def test_the_base_class_names_what_a_family_must_define():
    class Nothing(ExactModel):
        def check_data(self, x, y=None):
            pass

    for verb in (Nothing().learn, Nothing().measure):
        with pytest.raises(NotImplementedError, match="Nothing must define"):
            verb(None)


# Weights


def test_exact_arrays_are_not_rounded_and_may_have_any_size(tmp_path):
    model, path = tiny.compiled("pattern_counts"), tmp_path / "model.weights.h5"
    weights.save_release(model, path, None)
    other = tiny.build("pattern_counts")
    other.fit(tiny.images()[:3])
    weights.load_weights(other, path, weights.fingerprint(model))
    for name, array in model.arrays.items():
        assert other.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(other.arrays[name], array)
    assert other.arrays["pixel_rate"].dtype == np.float64 and other.arrays["patterns"].dtype == np.uint8
    assert model.arrays["pixel_rate"].astype("float16").tolist() != model.arrays["pixel_rate"].tolist()  # it would show


def test_fingerprints_tell_arrays_by_name_and_not_by_size():
    class Others(PatternCounts):
        array_names = ("patterns", "counts")

    fitted, empty = tiny.compiled("pattern_counts"), tiny.build("pattern_counts")
    assert weights.fingerprint(fitted) == weights.fingerprint(empty) != weights.fingerprint(Others((8, 8, 1)))


def test_a_file_of_another_family_is_refused(tmp_path):
    path = tmp_path / "model.weights.h5"
    weights.save_release(tiny.build("vae"), path)
    model = tiny.compiled("pattern_counts")
    before = {name: array.copy() for name, array in model.arrays.items()}
    with pytest.raises(ValueError, match=r"model\.weights\.h5"):
        weights.load_weights(model, path)
    for name, array in before.items():
        np.testing.assert_array_equal(model.arrays[name], array)


# From a recipe to a model that others load


def test_a_recipe_needs_no_optimizer(recipe):
    found = load_recipe(recipe)[0]
    assert isinstance(found, Recipe) and found.optimizer is None
    model, batches = prepare(found, data.load("tiny-ramps"))
    assert len(whole(batches)[0]) == 12 and not model.is_fitted


def test_train_load_fit_evaluate_verify(recipe, tmp_path, capsys):
    folder = kerasgen.train(recipe, tmp_path / "mine", tmp_path / "run")
    entry, model = kerasgen.info(folder), kerasgen.load(folder)
    assert entry["model"] == "tiny.pattern_counts.PatternCounts" and entry["compile"] is None
    assert entry["training"]["steps"] is None and entry["training"]["epochs"] == 4
    assert entry["parameters"] == sum(array.size for array in model.arrays.values())
    assert entry["fingerprint"] == weights.fingerprint(model) and entry["licence"] == "Apache-2.0"
    expected = passes(entry["training"]["selected_epoch"])
    for name, array in expected.arrays.items():
        assert model.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(model.arrays[name], array)
    assert arrays(folder / "model.weights.h5")["vars/pixel_rate"].dtype == np.float64
    np.testing.assert_array_equal(model.sample(3, seed=5), expected.sample(3, seed=5))

    assert entry["probe"]["input"]["verb"] == "sample"
    card = (folder / "card.md").read_text()
    assert "passes over all data: 4; released: pass" in card and "licence of the weights: Apache-2.0" in card
    assert [(check.name, check.passed) for check in kerasgen.verify(folder, scores=True)] == [
        *((name, True) for name in ("files", "architecture", "probe", "card")),
        ("loss", True),
    ]
    assert {name: score.to_dict() for name, score in kerasgen.evaluate(folder).items()} == entry["metrics"]
    assert "epoch 4" in capsys.readouterr().err

    before = model.arrays["counts"].sum()
    model.fit(data.to_float_images(ramps(12)["train"]["image"]))
    assert model.arrays["counts"].sum() == before + 12  # `fit` after `load` goes on


def test_a_run_that_was_broken_off_goes_on_to_the_same_state(recipe, tmp_path, monkeypatch):
    kerasgen.train(recipe, tmp_path / "whole", tmp_path / "whole-run")
    saved, image = [], type(modalities.get("image"))
    save = image.save_samples

    def break_off(*args, **more):
        saved.append(save(*args, **more))
        if len(saved) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(image, "save_samples", break_off)
    with pytest.raises(KeyboardInterrupt):
        kerasgen.train(recipe, tmp_path / "broken", tmp_path / "broken-run")
    monkeypatch.setattr(image, "save_samples", save)
    assert json.loads((tmp_path / "broken-run" / "progress.json").read_text())["states"][0]["epoch"] == 2
    with pytest.raises(ValueError, match="Pass --resume to go on"):
        kerasgen.train(recipe, tmp_path / "broken", tmp_path / "broken-run")
    kerasgen.train(recipe, tmp_path / "broken", tmp_path / "broken-run", resume=True)
    for file in ("whole-run/state-00004.weights.h5", "whole/model.weights.h5"):
        first, second = (arrays(tmp_path / path) for path in (file, file.replace("whole", "broken")))
        assert first.keys() == second.keys()
        for key in first:
            np.testing.assert_array_equal(first[key], second[key], err_msg=key)
    assert kerasgen.info(tmp_path / "broken")["metrics"] == kerasgen.info(tmp_path / "whole")["metrics"]


def test_fine_tuning_adds_counts(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    parent = release("pattern_counts", tmp_path / "parent")
    splits = ramps(20)
    np.savez("own.npz", **{f"{part}/image": fields["image"] for part, fields in splits.items()})
    folder = kerasgen.finetune(parent, "own.npz", steps=3, output="mine", run_folder="run")
    entry, model = kerasgen.info(folder), kerasgen.load(folder)
    selected = entry["training"]["selected_epoch"]
    expected = tiny.compiled("pattern_counts")
    expected.fit(data.to_float_images(splits["train"]["image"]), epochs=selected)
    for name, array in expected.arrays.items():
        np.testing.assert_array_equal(model.arrays[name], array)
    assert model.arrays["counts"].sum() == 8 + 20 * selected
    assert entry["finetuned"]["learning_rate"] == {} and entry["training"]["steps"] is None
    assert entry["training"]["epochs"] == 3 and entry["finetuned"]["validation"]["what"] == "loss"
    card = (folder / "card.md").read_text()
    assert "fine-tuned from `tiny-pattern_counts`" in card and "learning rate" not in card and "passes over all data: 3" in card
    assert "Learning rate" not in capsys.readouterr().err
    assert all(check.passed for check in kerasgen.verify(folder))
    with pytest.raises(ValueError, match="learning_rate must be None"):
        kerasgen.finetune(parent, "own.npz", steps=1, learning_rate=0.1, output="other", run_folder="run2")


class Careless(ExactModel):
    """Forgets what it promised."""

    array_names = ("a",)

    def __init__(self, arrays=("a",), logs=("loss",), seed=None, **kwargs):
        super().__init__(seed=seed, **kwargs)
        self.chosen, self.logged = arrays, logs

    def check_data(self, x, y=None):
        pass

    def learn(self, x, y=None):
        self.arrays = {name: np.zeros(2) for name in self.chosen}
        return dict.fromkeys(self.logged, 0.0)

    def measure(self, x, y=None):
        return dict.fromkeys(self.logged, 0.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"arrays": ("a", "b")}, r"must set the arrays \['a'\]; it set \['a', 'b'\]"),
        ({"logs": ()}, r"learn of Careless must return \['loss'\]; it returned \[\]"),
    ],
)
def test_what_a_family_promises_is_checked(options, message):
    with pytest.raises(ValueError, match=message):
        Careless(**options).fit(np.zeros(3))
