import numpy as np

from kerasgen.models.language.poems import PoemGPT
from kerasgen.tokenizers import PoemTokenizer
from tiny._base import Tiny

TOKENIZER = PoemTokenizer("春夏秋冬")


def poem(lines, length, turn=0):
    """A poem of any shape in which the seasons follow each other."""
    text = [TOKENIZER.characters[(i + turn) % 4] for i in range(lines * length)]
    return "".join("".join(text[i * length : (i + 1) * length]) + "，。"[i % 2] for i in range(lines))


def rows():
    return TOKENIZER.rows([poem(4, 5, i) for i in range(4)] + [poem(4, 7, i) for i in range(4)], [0] * 4 + [1] * 4)


TINY = Tiny(
    PoemGPT,
    {"vocabulary_size": 12, "width": 8, "num_layers": 2, "num_heads": 2, "window": 4, "dropout": 0.1, "seed": 1},
    batch=lambda: (rows(),),
    use=lambda model: model.log_prob([poem(4, 5), "春夏秋", ""]).astype("float32"),
    inputs=lambda: rows().astype(np.int32),
    tokenizer=TOKENIZER,
)
