from kerasgen.models.language.poems import END, MARKS, PoemGPT, rows
from kerasgen.tokenizers import CharacterTokenizer
from tiny._base import Tiny

LETTERS = CharacterTokenizer(MARKS + END + "，。山水春風花月江人天雲秋夜日不來無何處清明上下東西南北", {"？": "。"})
POEMS = ("山水山水山，" + "水水山山水。") * 2, ("水山水山水山水，" + "山山水山水山山。") * 2


def batch():
    return (rows(LETTERS, POEMS * 4, [0, 1] * 4),)


TINY = Tiny(
    PoemGPT,
    {"vocabulary_size": LETTERS.size, "width": 8, "num_layers": 1, "num_heads": 2, "window": 65, "dropout": 0.1, "seed": 1},
    batch=batch,
    use=lambda model: model.log_prob(["山水", "月"]).astype("float32"),
    tokenizer=LETTERS,
)
