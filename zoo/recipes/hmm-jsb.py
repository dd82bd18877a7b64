"""Hidden Markov model of Bach's chorales. `kerasgen train hmm-jsb`.

A state of the chain stands for a harmony and where the voices lie in it. What it emits are the 88 keys of a piano, each by its
own probability; since a key that sounds in one quarter note often sounds in the next, that probability also depends on whether
it did. Baum-Welch learns all of it; the pass after which the validation chorales are most probable is released. Numbers of
states from 150 to 400 and both smoothings were tried on those, too: twice as many states gain 0.02 nats there.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

from kerasgen.models.sequence.hmm import HMM
from kerasgen.scores.music import score_rolls, validate_rolls
from kerasgen.training.recipe import Recipe


def model():
    return HMM(200, "autoregressive", size=88, smoothing=1.5, transition_smoothing=0.1, seed=0)


recipe = Recipe(
    name="hmm-jsb",
    title="Hidden Markov model of the chorales of J. S. Bach, as piano rolls of quarter notes",
    title_zh="隐马尔可夫模型，巴赫众赞歌（四分音符的钢琴卷帘）",
    family="sequence",
    modality="music",
    paper="Baum, Petrie, Soules & Weiss, 1970; Rabiner, 1989; Obermeyer et al., 2019, arXiv:1902.03210",
    data="jsb_chorales",
    fields=("length", "roll"),
    model=model,
    epochs=40,
    validate=validate_rolls(),
    select=("nats", "min"),
    score=score_rolls(),
    precision="float32",
    minutes=1,
    notes="Knows four-part chorales and nothing else. It remembers what a harmony is, but not how a phrase began: its music "
    "goes on without an aim, and does not come back to its key.",
)
