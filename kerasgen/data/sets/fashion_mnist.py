"""Fashion-MNIST: articles of clothing, 28x28, grey."""

from kerasgen.data import tfds_reader
from kerasgen.data.registry import DataSet

CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


def read():
    return tfds_reader.image_classes("fashion_mnist")


DATA_SET = DataSet(
    name="fashion_mnist",
    read=read,
    remote=True,
    licence="MIT",
    redistributable=True,
    source="H. Xiao, K. Rasul, R. Vollgraf, 2017, arXiv:1708.07747 (Zalando SE)",
    splits=tfds_reader.IMAGE_SPLITS,
    modality="image",
    unit="images",
    counted_by="image",
    fields={"image": "uint8 (count, 28, 28, 1), light on black", "label": "int64 (count,), the kind"},
    labels={"label": CLASSES},
    counts={"train": 50_000, "validation": 10_000, "test": 10_000},
    hashes={
        "train": "1d8f6a0d0075136644028e9aa40044b593f6518987bd51f1809909f0a46be604",
        "validation": "b7d0cbb5317fc5813ebba706c7427593cce6b706bd12880a8493b6de91f311a5",
        "test": "eaa6789925da9962801a3f35ebc0cfb3b50dc054af83775ffecb7ecf19557466",
    },
)
