"""Masked autoregressive flow of a table of 30 columns. `kerasgen train maf-tabular`.

341 rows are few: half of the work is not to learn them by heart (dropout, weight decay, the epoch that is best on validation).
With mixtures of logistics a row far from all others costs about as much as its distance; with affine layers, its square.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen import data
from kerasgen.models.flow.maf import MAF
from kerasgen.schedules import half_cosine
from kerasgen.scores.densities import score_table, validate_nats
from kerasgen.training.recipe import Recipe


def model():
    rows = data.load("breast_cancer")["train"]["row"].astype("float64")
    center, spread = rows.mean(axis=0).tolist(), rows.std(axis=0).tolist()
    return MAF(30, num_layers=2, hidden_dim=128, components=4, center=center, spread=spread, dropout=0.3, seed=0)


def optimizer(steps):
    schedule = half_cosine(3e-3, steps, warmup=steps // 40)
    return keras.optimizers.AdamW(schedule, weight_decay=0.01, global_clipnorm=5.0)


recipe = Recipe(
    name="maf-tabular",
    title="Masked autoregressive flow of measurements of cell nuclei, a table of 30 columns",
    title_zh="掩码自回归流，细胞核测量值（30 列的表格）",
    family="flow",
    modality="array",
    paper="Papamakarios, Pavlakou & Murray, 2017, arXiv:1705.07057; Ho et al., 2019, arXiv:1902.00275",
    data="breast_cancer",
    fields=("row",),
    model=model,
    optimizer=optimizer,
    batch_size=64,
    epochs=120,
    validate=validate_nats("row"),
    select=("nats", "min"),
    score=score_table("row"),
    precision="float32",
    minutes=2,
    notes="A density of 569 rows of one hospital, for comparing densities: no means of diagnosis.",
)
