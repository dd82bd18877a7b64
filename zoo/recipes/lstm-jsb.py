"""LSTM of Bach's chorales that writes chords note by note. `kerasgen train lstm-jsb`.

Each batch is moved to other keys: there are 229 chorales to learn from, and what follows a chord does not depend on the key.
The average of the weights that is best on the validation chorales is released.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.models.sequence.chords import ChordLSTM
from kerasgen.schedules import half_cosine
from kerasgen.scores.music import score_composer, validate_rolls
from kerasgen.training.recipe import Recipe


def optimizer(steps):
    schedule = half_cosine(3e-3, steps, final=0.01, warmup=steps // 40)
    return keras.optimizers.AdamW(schedule, weight_decay=1e-2, global_clipnorm=1.0)


recipe = Recipe(
    name="lstm-jsb",
    title="LSTM of the chorales of J. S. Bach: goes on, harmonises a melody, writes its own",
    title_zh="长短期记忆网络，巴赫众赞歌：续写、为旋律配和声、作曲",
    family="sequence",
    modality="music",
    paper="Boulanger-Lewandowski, Bengio & Vincent, 2012, arXiv:1206.6392",
    data="jsb_chorales",
    fields=("length", "roll"),
    model=lambda: ChordLSTM(88, units=256, num_layers=2, chord_dim=256, transpose=5, dropout=0.3, weight_drop=0.3, seed=0),
    optimizer=optimizer,
    batch_size=16,
    epochs=24,
    steps_per_epoch=50,
    validate=validate_rolls(),
    select=("nats", "min"),
    score=score_composer(),
    precision="float32",
    minutes=12,
    notes="Knows four-part chorales and nothing else, in quarter notes. It has no plan: phrases begin and end well, and pieces "
    "wander.",
)
