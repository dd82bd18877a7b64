"""What people hand to `fit`: weights, columns of labels, images of another range, pipelines that go wrong later."""

import warnings

import keras
import numpy as np
import pytest
import tiny

from kerasgen import OptimizerGroup, checks
from kerasgen.guards import watch_batches

COUNT = 8
LABELS = np.arange(COUNT) % 3


def pictures(model):
    return np.random.default_rng(0).uniform(-1, 1, (COUNT, *model.image_shape)).astype("float32")


def built(name):
    model = tiny.build(name)
    members = {player: keras.optimizers.Adam() for player in model.players}
    model.compile(OptimizerGroup(**members) if members else keras.optimizers.Adam())
    return model


@pytest.fixture
def judge(eager):
    return built("judge")


def pipeline(*arrays):
    tensorflow = pytest.importorskip("tensorflow")
    return tensorflow.data.Dataset.from_tensor_slices(arrays if len(arrays) > 1 else arrays[0]).batch(4)


class Pages(keras.utils.PyDataset):
    """Batches of four of equally long arrays."""

    def __init__(self, *arrays):
        super().__init__()
        self.arrays = arrays

    def __len__(self):
        return len(self.arrays[0]) // 4

    def __getitem__(self, index):
        return tuple(array[4 * index : 4 * index + 4] for array in self.arrays)


@pytest.mark.parametrize("weights", [{"sample_weight": np.ones(COUNT)}, {"class_weight": {0: 2.0}}])
def test_weights_are_refused_before_anything_is_computed(judge, weights):
    with pytest.raises(ValueError, match=r"^(sample|class)_weight must be None: every example counts alike"):
        judge.fit(pictures(judge), LABELS, verbose=0, **weights)
    if "sample_weight" in weights:
        with pytest.raises(ValueError, match=r"^sample_weight must be None"):
            judge.evaluate(pictures(judge), LABELS, verbose=0, **weights)
    assert int(judge.optimizer.iterations) == 0


def test_weights_in_a_pipeline_are_refused(judge):
    for data in (pipeline(pictures(judge), LABELS, np.ones(COUNT)), Pages(pictures(judge), LABELS, np.ones(COUNT))):
        with pytest.raises(ValueError, match=r"A batch must be x, or .* received 3 parts"):
            judge.fit(data, verbose=0)
    with pytest.raises(ValueError, match="received 3 parts"):
        judge.fit(pictures(judge), LABELS, validation_data=(pictures(judge), LABELS, np.ones(COUNT)), verbose=0)


@pytest.mark.parametrize("form", ["pipeline", "pages"])
def test_labels_may_be_a_column(eager, form):
    column, losses = LABELS[:, None], []
    for labels in (LABELS, column):
        keras.utils.set_random_seed(0)
        model = built("judge")
        images = pictures(model)
        data = (pipeline(images, labels),) if form == "pipeline" else (Pages(images, labels),)
        losses.append(model.evaluate(*data, verbose=0, return_dict=True))
        model.fit(*data, verbose=0)
    assert losses[0] == losses[1]
    assert checks.labels(column, 3).tolist() == LABELS.tolist()


@pytest.mark.parametrize("form", [pipeline, Pages])
def test_a_wrong_label_in_a_later_batch_is_caught(judge, form):
    late = np.where(np.arange(COUNT) > 5, 12, LABELS)
    with pytest.raises(ValueError, match=r"^y must be integers from 0 to 2 .* to 12\. This is in a batch after the first"):
        judge.fit(form(pictures(judge), late), verbose=0)
    judge.fit(form(pictures(judge), LABELS), epochs=2, verbose=0)  # and the model is as usable as before


def test_images_out_of_range_in_a_later_batch_are_caught(eager):
    model = built("dcgan")
    images = pictures(model)
    images[5:] *= 255
    with pytest.raises(ValueError, match=r"x must be float images .* received values from -2.* in a batch after the first"):
        model.fit(pipeline(images), verbose=0)


def test_other_errors_of_a_pipeline_stay_as_they_are():
    data, told = watch_batches(np.zeros(3), None)
    assert data.shape == (3,)
    with pytest.raises(KeyError, match="mine"), told:
        raise KeyError("mine")


def test_images_of_0_to_1_are_told(eager):
    model = built("dcgan")
    unit = (pictures(model) + 1) / 2
    unit[0, 0, 0], unit[0, 0, 1] = 0, 1
    with pytest.warns(UserWarning, match=r"x ranges from 0 to 1: that looks like images in \[0, 1\].* 2 \* x - 1 converts"):
        model.fit(unit, batch_size=8, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checks.warn_of_unit_range(pictures(model), "x")
        checks.warn_of_unit_range(np.zeros((4, 8, 8, 1), "float32"), "x")
    with pytest.raises(ValueError, match=r"values from 0 to 255\. If they are in 0\.\.255, kerasgen\.data\.to_float_images"):
        model.fit(unit * 255, verbose=0)
