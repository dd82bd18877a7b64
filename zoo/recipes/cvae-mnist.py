"""Conditional VAE on MNIST: `sample(16, label=7)`, and digits drawn again as others. `kerasgen train cvae-mnist`.

The bits are drawn anew in every step. The divergence weighs three times as much as in the bound: with the bound itself the
latents of real digits leave parts of the prior empty, and every fourteenth digit drawn from there was not the one asked for.
The picture shows ten latents (rows, a style each) in each class (columns).
Its twin without labels is trained by benchmarks/cvae_twin.py, which adds the difference to the card.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.vae.cvae import CVAE
from kerasgen.schedules import half_cosine
from kerasgen.scores.bits import validate_bits
from kerasgen.scores.labelled import score_labelled_bits
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    schedule = half_cosine(1.5e-3, steps, warmup=steps // 50)
    return keras.optimizers.Adam(schedule, global_clipnorm=100.0)  # a bad batch costs hundreds of nats


recipe = Recipe(
    name="cvae-mnist",
    title="Conditional variational autoencoder of handwritten digits: the digit can be asked for",
    title_zh="条件变分自编码器，手写数字：可以指定画哪个数字",
    family="vae",
    paper="Kingma et al., 2014, arXiv:1406.5298; Sohn, Lee & Yan, 2015",
    data="mnist",
    fields=("image", "label"),
    model=lambda: CVAE(latent_dim=16, widths=(32, 64), blocks=1, hidden_dim=512, beta=3.0, seed=0),
    optimizer=optimizer,
    batch_size=128,
    epochs=40,
    validate=validate_bits(labelled=True),
    select=("nats", "min"),
    score=score_labelled_bits("judge-mnist"),
    picture=lambda model, splits: model.sweep_labels(10),
    caption="Ten latents (rows, a style each) in the classes 0 to 9 (columns).",
    precision="float32",
    minutes=18,
    notes="Its likelihood is one of bits: grey levels are probabilities, and samples are shown as such. Means look softer than "
    "real digits. Its bounds are of images given their class, which saves up to log 10 = 2.3 nats.",
)
