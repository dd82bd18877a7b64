from kerasgen.models.language.ngram import NGram
from tiny._base import Tiny, tokens

TINY = Tiny(
    NGram,
    {
        "vocabulary_size": 5,
        "order": 3,
        "max_grams": 60,
        "beginning": (4,),
        "cache_length": 4,
        "cache_strengths": (9.0, 2.0),
        "seed": 1,
    },
    batch=lambda: (tokens(),),
    use=lambda model: model.log_prob(["abc", "edcbabcde"]).astype("float32"),
)
