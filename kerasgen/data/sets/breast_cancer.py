"""Measurements of cell nuclei, the table of 569 rows and 30 columns that comes with scikit-learn."""

from kerasgen.data.registry import DataSet
from kerasgen.data.splitting import split

SIZES, SHAPES = ("radius", "texture", "perimeter", "area"), ("smoothness", "compactness", "concavity", "concave_points")
MEASURES = (*SIZES, *SHAPES, "symmetry", "fractal_dimension")
COLUMNS = tuple(f"{statistic}_{measure}" for statistic in ("mean", "error", "worst") for measure in MEASURES)


def read():
    """{split: {"row": float32 (count, 30), "label": int64 (count,), 0 for malignant and 1 for benign}}."""
    from sklearn.datasets import load_breast_cancer

    rows, labels = load_breast_cancer(return_X_y=True)
    return split({"row": rows.astype("float32"), "label": labels.astype("int64")}, stratify="label")


DATA_SET = DataSet(
    name="breast_cancer",
    read=read,
    licence="CC BY 4.0",
    source="Wolberg, Mangasarian, Street & Street, 1995, Breast Cancer Wisconsin (Diagnostic), UCI Machine Learning "
    "Repository, doi:10.24432/C5DW2B; the copy in scikit-learn, sklearn.datasets.load_breast_cancer",
    splits="6:2:2, seed 0, each class in these proportions",
    redistributable=True,
    modality="array",
    unit="rows",
    counted_by="row",
    fields={
        "row": "float32 (count, 30): of ten measures of an image's cell nuclei the mean, its standard error and the worst, "
        + ", ".join(COLUMNS),
        "label": "int64 (count,), the diagnosis",
    },
    labels={"label": ("malignant", "benign")},
    counts={"train": 341, "validation": 114, "test": 114},
    hashes={
        "train": "d2770054f46dbd219cb7ced2d9583ba0e8a3557487a77f49d850dab8e1b08660",
        "validation": "07ca6c74411a50f2c8d4a578939dacec4de7bea97918b5529a9f0e4cab575685",
        "test": "6ae35f5821e52bf4bc0a2ece9398cc5fca89d6e116acec29774b5bde11442cde",
    },
)
