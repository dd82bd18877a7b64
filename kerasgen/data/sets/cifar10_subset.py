"""12,000 images of CIFAR-10, 1,000 a class for training and 200 a class for testing."""

from kerasgen.data import parsing
from kerasgen.data.raw import RawFile
from kerasgen.data.registry import DataSet
from kerasgen.data.splitting import split

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def parse(files):
    """{split: {"image": uint8 (count, 32, 32, 3), "label": int64 (count,)}}."""
    arrays = parsing.npz(files["cifar10_10k_2k.npz"])
    given = {part: {"image": arrays[f"x_{part}"], "label": arrays[f"y_{part}"].astype("int64")} for part in ("train", "test")}
    return {**split(given["train"], (9, 1, 0), stratify="label"), "test": given["test"]}


DATA_SET = DataSet(
    name="cifar10_subset",
    parse=parse,
    files=(RawFile("cifar10_10k_2k.npz", 33_963_531, "c83a900587ce0d6b996b1a0aa79e40809793ff7c02a2ed307a255fe56172ee95"),),
    licence="none stated by the authors, who ask to cite the report",
    source="A. Krizhevsky, 2009: Learning multiple layers of features from tiny images",
    splits="test: 2,000 of the 10,000 test images; validation: a tenth of each class of 10,000 of the 50,000 training images, "
    "drawn with seed 0; train: the other nine",
    made="from the 60,000 .png files of github.com/cyizhuo/CIFAR-10-dataset at a828d74fc38cd82a82ecfdeca6522873baf96efa: of "
    "each class the images whose file names have the smallest sha256, 1,000 of the training set and 200 of the test set, as an "
    ".npz with x_train, y_train, x_test and y_test",
    modality="image",
    unit="images",
    counted_by="image",
    fields={"image": "uint8 (count, 32, 32, 3)", "label": "int64 (count,), the class"},
    labels={"label": CLASSES},
    counts={"train": 9_000, "validation": 1_000, "test": 2_000},
    hashes={
        "train": "fd6fa5f989b6d3e08739ccb9d03baa031c328087609dd599a4d94798d3898ae5",
        "validation": "edc000bbd30a6095bfe774843a0f1cc021e0c72b8602d94c5ccaecdfaeafb175",
        "test": "39b38679036ef62170a1682d09de612681e04d17243da1692fcbfc8b71ec7614",
    },
    instead_of=("cifar10", "cifar100", "cifar"),
)
