"""Probes: a few outputs of a fixed input, by the best verb that a model has, or of its weights."""

import tiny

from kerasgen import modalities
from kerasgen.zoo import probe

IMAGE, TEXT, ARRAYS = (modalities.get(name) for name in ("image", "text", "array"))


def test_models_are_probed_by_the_best_verb_they_have():
    for name, verb in (("dcgan", "sample"), ("judge", "classify"), ("simclr", "features"), ("pattern_counts", "sample")):
        model = tiny.compiled(name) if name == "pattern_counts" else tiny.stir(tiny.build(name))
        made = probe.make_probe(model, IMAGE)
        assert made["input"]["verb"] == verb and probe.probe_error(model, IMAGE, made) < 1e-4
        assert max(map(abs, made["expected"])) > 0.01
    assert probe.make_probe(tiny.stir(tiny.build("lstm")), TEXT)["input"]["verb"] == "log_prob"


class Mute:
    """What a model looks like that offers no verb which its modality could call."""

    capabilities = ("paint",)

    def __init__(self, model):
        self.weights = model.weights


def test_a_model_without_verbs_is_probed_by_its_weights():
    model = tiny.stir(tiny.build("dcgan"))
    for modality in (IMAGE, ARRAYS, TEXT):
        made = probe.make_probe(Mute(model), modality)
        assert made["input"]["verb"] == probe.WEIGHTS and len(made["expected"]) == probe.NUMBERS
        assert probe.probe_error(Mute(model), modality, made) < 1e-6
        other = tiny.build("dcgan")
        assert probe.probe_error(Mute(other), modality, made) > 0.05


def test_a_changed_weight_shows():
    model = tiny.stir(tiny.build("dcgan"))
    made = probe.make_probe(model, IMAGE)
    assert len(made["expected"]) == probe.NUMBERS and made["tolerance"] == probe.TOLERANCE
    assert probe.probe_error(model, IMAGE, made) < probe.TOLERANCE
    tiny.stir(model)
    assert probe.probe_error(model, IMAGE, made) > 10 * probe.TOLERANCE
