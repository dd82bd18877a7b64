from kerasgen.models.language.markov_chain import MarkovChain
from tiny._base import Tiny, tokens

TINY = Tiny(
    MarkovChain,
    {"vocabulary_size": 5, "order": 2, "smoothing": 0.5, "seed": 1},
    batch=lambda: (tokens(),),
    use=lambda model: model.log_prob(["abc", "edcbabcde"]).astype("float32"),
)
