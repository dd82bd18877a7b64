from kerasgen.models.language.gpt import GPT
from tiny._base import Tiny, tokens

TINY = Tiny(
    GPT,
    {"vocabulary_size": 5, "width": 8, "num_layers": 2, "num_heads": 2, "window": 4, "dropout": 0.1, "seed": 1},
    batch=lambda: (tokens(),),
    use=lambda model: model.log_prob(["abc", "edcbabcde"]).astype("float32"),
)
