"""Conditional random field that finds phrases. `kerasgen train crf-conll2000`.

The features are those of CRF++'s template for this task, hashed into 2^17 buckets. Each sentence is seen twice a pass, with its
parts of speech and without them: the two ways share nothing but the buckets and the transitions. The penalty is a normal
prior of the weights, 0.5 |w|^2 for 8,042 sentences; it is part of each step.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import keras

from kerasgen.data.sets.conll2000 import CHUNKS
from kerasgen.models.sequence.crf import CRFTagger
from kerasgen.schedules import half_cosine
from kerasgen.scores.chunks import score_chunks, validate_chunks
from kerasgen.training.recipe import Recipe

recipe = Recipe(
    name="crf-conll2000",
    title="Conditional random field that finds noun, verb and other phrases in English sentences",
    title_zh="条件随机场，英语句子的短语切分",
    family="sequence",
    modality="tags",
    paper="Lafferty, McCallum & Pereira, 2001; Sha & Pereira, 2003; Weinberger et al., 2009, arXiv:0902.2206",
    data="conll2000",
    fields=("token", "length", "pos", "chunk"),
    model=lambda: CRFTagger(CHUNKS, buckets=2**17, legal=True, seed=0),
    optimizer=lambda steps: keras.optimizers.Adam(half_cosine(0.02, steps)),
    penalties={"l2": 0.5 / 8042},
    batch_size=64,
    epochs=6,
    validate=validate_chunks,
    select=("f1", "max"),
    score=score_chunks,
    precision="float32",
    minutes=10,
    notes="Discriminative: it knows how probable tags are given words, and nothing of how probable a sentence is. Knows "
    "English of newspapers. Give it parts of speech (of the Penn Treebank) if there are any; the scores say what it costs "
    "to have none.",
)
