"""A zoo of tiny entries: what the command line and the index are tried on."""

import json

import numpy as np

ENTRY = json.loads("""{
    "version": 1, "family": "gan", "modality": "image", "capabilities": ["sample", "decode"],
    "model": "kerasgen.models.gan.dcgan.DCGAN",
    "config": {"image_shape": [8, 8, 1], "latent_dim": 4, "widths": [4, 4, 4], "discriminator_widths": [4, 4, 4]},
    "compile": null, "parameters": 1500, "licence": "Apache-2.0", "paper": "", "notes": "",
    "data": {"name": "mnist", "licence": "CC0", "source": "", "splits": "", "train_count": 7},
    "recipe": {"file": "tiny.py", "digest": "0"},
    "training": {
        "seed": 0, "batch_size": 8, "epochs": 1, "selected_epoch": 1, "steps": 1, "precision": "float32", "seconds": 1,
        "hardware": "", "software": ""
    },
    "metrics": {
        "frechet": {
            "value": 1.25, "count": 100, "protocol": "100 of each", "label": "Fréchet distance", "better": "lower",
            "low": 1.2, "high": 1.31, "reference": 0.5, "leading": true
        },
        "precision": {"value": 0.5, "count": 10, "protocol": "10 of each", "leading": true},
        "recall": {"value": 0.25, "count": 10, "protocol": "10 of each", "parts": [0.5, 0.0]}
    }
}""")


def entry(name, **changes):
    title = f"{name}, described at such length that eighty columns would never hold it: {'tiny ' * 20}end"
    files = [{"path": f"{name}/model.weights.h5", "sha256": "0" * 64, "bytes": 2_000_000}]
    return {**ENTRY, "name": name, "title": title, "files": files, "fingerprint": "0", **changes}


JUDGE = {"model": "kerasgen.models.judges.judge.Judge", "config": {"image_shape": [8, 8, 1], "widths": [4]}}
ENTRIES = {
    "tiny-10": entry("tiny-10", parameters=9000, data={**ENTRY["data"], "name": "fashion"}),
    "tiny-2": entry("tiny-2"),
    "digits": entry("digits", model="tiny_zoo.Labelled", config={**ENTRY["config"], "num_classes": 3}),
    "judge": entry("judge", family="judge", capabilities=["classify", "features"], **JUDGE),
}


def write_zoo(root, entries):
    """A checkout of which there is only the manifest."""
    (root / "zoo" / "recipes").mkdir(parents=True, exist_ok=True)
    text = json.dumps({"schema": 2, "mirrors": [], "models": entries})
    (root / "zoo" / "manifest.json").write_text(text, encoding="utf-8")


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
