"""A zoo of tiny entries: what the command line is tried on."""

import json

import numpy as np

ENTRY = json.loads("""{
    "title": "", "family": "gan", "modality": "image", "model": "kerasgen.models.gan.dcgan.DCGAN",
    "config": {"image_shape": [8, 8, 1], "latent_dim": 4, "widths": [4, 4, 4], "discriminator_widths": [4, 4, 4]},
    "capabilities": ["sample", "decode"], "parameters": 1500, "data": {"name": "mnist", "licence": "CC0"}, "metrics": {
    "frechet": {"value": 1.25, "low": 1.2, "high": 1.31, "beside": 0.5, "better": "lower", "protocol": "100 of each"},
    "precision": {"value": 0.5, "count": 10}}
}""")


def entry(name, **changes):
    title = f"{name}, described at such length that eighty columns would never hold it: {'tiny ' * 20}end"
    files = [{"path": f"{name}/model.weights.h5", "sha256": "0" * 64, "bytes": 2_000_000}]
    return {**ENTRY, "name": name, "title": title, "files": files, "fingerprint": "0", **changes}


TRAINING = {
    "seed": 0, "batch_size": 8, "epochs": 1, "selected_epoch": 1, "steps": 1, "precision": "float32", "seconds": 1,
    "hardware": "", "software": "",
}  # fmt: skip
DESCRIBED = {
    "paper": "", "notes": "", "version": 1, "training": TRAINING, "recipe": {"file": "tiny.py", "sha256": "0"},
    "data": {"name": "mnist", "licence": "CC0", "source": "", "splits": "", "train_count": 7},
    "metrics": {**ENTRY["metrics"], "frechet": {**ENTRY["metrics"]["frechet"], "count": 100}},
}  # fmt: skip
JUDGE = {"model": "kerasgen.models.judges.judge.Judge", "config": {"image_shape": [8, 8, 1], "widths": [4]}}
ENTRIES = {
    "tiny-10": entry("tiny-10", parameters=9000, data={"name": "fashion"}),
    "tiny-2": entry("tiny-2"),
    "digits": entry("digits", model="tiny_zoo.Labelled", config={**ENTRY["config"], "num_classes": 3}),
    "judge": entry("judge", family="judge", capabilities=["classify", "features"], **JUDGE),
}


def write_zoo(root, entries):
    (root / "zoo" / "recipes").mkdir(parents=True, exist_ok=True)
    (root / "zoo" / "manifest.json").write_text(json.dumps({"schema": 1, "mirrors": [], "models": entries}))


def labelled_model():
    """The class of the entry "digits". Made when it is asked for: the command line has to answer without Keras."""
    from kerasgen.models.gan.dcgan import DCGAN

    class Labelled(DCGAN):
        def __init__(self, num_classes=3, **kwargs):
            super().__init__(**kwargs)
            self.num_classes = num_classes

        def sample(self, count, seed=0, label=0):
            return np.full((count, 8, 8, 1), label / self.num_classes, "float32")

    return Labelled
