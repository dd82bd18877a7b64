"""Hidden Markov model of Bach's chorales whose emissions a network gives. `kerasgen train neural-hmm-jsb`.

What a state emits depends on the whole frame before, not only on the same key: which voice moves says which others will.
States are summed out exactly, and gradients of log p(x) train chain and network together. The epoch after which the validation
chorales are most probable is released. Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.sequence.gradient_hmm import GradientHMM
from kerasgen.schedules import half_cosine
from kerasgen.scores.music import score_rolls, validate_rolls
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    return keras.optimizers.Adam(half_cosine(1e-2, steps, final=0.02, warmup=steps // 50), clipnorm=1.0)


recipe = Recipe(
    name="neural-hmm-jsb",
    title="Hidden Markov model of the chorales of J. S. Bach, with a network for what its states emit",
    title_zh="隐马尔可夫模型，巴赫众赞歌，发射概率由神经网络给出",
    family="sequence",
    modality="music",
    paper="Rabiner, 1989; Tran et al., 2016, arXiv:1609.09007",
    data="jsb_chorales",
    fields=("length", "roll"),
    model=lambda: GradientHMM(60, "neural_bernoulli", size=88, hidden_dim=96, dropout=0.3, seed=0),
    optimizer=optimizer,
    batch_size=16,
    epochs=60,
    validate=validate_rolls(),
    select=("nats", "min"),
    score=score_rolls(),
    precision="float32",
    minutes=12,
    notes="Knows four-part chorales and nothing else. Of what was before it keeps the last quarter note and a hidden state: it "
    "leads voices better than hmm-jsb, and knows as little how a phrase began.",
)
