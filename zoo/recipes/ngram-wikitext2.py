"""n-grams of the words of WikiText-2, modified Kneser-Ney. `kerasgen train ngram-wikitext2`.

Two million words in the original tokenisation, the ends of lines among them, counted up to five at a time; of 5.8 million
n-grams those are kept that matter most and fit into four megabytes, which costs 3% of perplexity. Discounts and cache were
chosen on the validation text by counts that did not read it, nor do the released ones.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

from kerasgen.data import to_text
from kerasgen.models.language.ngram import NGram
from kerasgen.scores.text import score_text, score_with_cache
from kerasgen.tokenizers import WordTokenizer
from kerasgen.training.recipe import Recipe

WORDS = 33_278  # of the training text, which has <unk> for rarer ones
DISCOUNTS = (  # for counts of 1, 2 and more, by order: NGram.discounts_for(the validation text)
    *(1.0, 1.48, 1.328),
    *(0.779, 1.103, 1.41),
    *(0.937, 1.426, 1.839),
    *(0.962, 1.499, 2.058),
    *(0.958, 1.328, 1.789),
)
CACHE = {"length": 1000, "strengths": (6500.0, 69.9)}  # NGram.strengths_for(the same, 1000, 1)
BEFORE = (3, 0, 0)  # a full stop and two line ends: a text begins where another has ended
PROTOCOL = {"test": "wikitext2-v1: the test text in the original tokenisation, <unk> and an <eos> for each line included"}


def model():
    return NGram(WORDS, 5, DISCOUNTS, max_grams=1_070_000, beginning=BEFORE)


def tokenizer(splits):
    return WordTokenizer.from_text(to_text(splits["train"]["text"]), size=WORDS)


def score(model, splits, full=True):
    scores = score_text(PROTOCOL, leading="perplexity")(model, splits, full)
    return {**scores, **(score_with_cache(PROTOCOL, **CACHE)(model, splits) if full else {})}


recipe = Recipe(
    name="ngram-wikitext2",
    title="Counts of the words of Wikipedia articles, five at a time",
    title_zh="词 n 元语法（五元），维基百科条目",
    family="language",
    modality="text",
    paper="Kneser & Ney, 1995; Chen & Goodman, 1999",
    data="wikitext2",
    fields=("text",),
    model=model,
    tokenizer=tokenizer,
    score=score,
    precision="float32",
    minutes=1,
    notes="Knows the 33,278 words of its training text; all others are <unk>. A token is a word of the original tokenisation, "
    "so that perplexities are those a word. Discounts and cache were chosen on the validation text. The scores with a cache "
    f"are of model.with_cache({CACHE['length']}, {CACHE['strengths']}). It holds pieces of its training text, whose "
    "licence it has.",
)
