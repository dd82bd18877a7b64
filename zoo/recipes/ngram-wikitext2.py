"""n-grams of the words of WikiText-2, modified Kneser-Ney. `kerasgen train ngram-wikitext2`.

Two million words in the original tokenisation, the ends of lines among them, counted up to five at a time; of 5.8 million
n-grams those are kept that matter most and fit into four megabytes, which costs 3% of perplexity. Discounts and cache were
chosen on the validation text by counts that did not read it, nor do the released ones.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import functools

from kerasgen import data
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
PROTOCOL = {"test": "wikitext2-v1: the test text in the original tokenisation, with <unk> and an <eos> for each line"}


def model():
    return NGram(WORDS, 5, DISCOUNTS, max_grams=1_070_000, beginning=(0,))  # 0 is <eos>


def batches(recipe, splits):
    return tokenizer().encode(to_text(splits["train"]["text"]))[None]  # one text
