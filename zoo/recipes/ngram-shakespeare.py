"""n-grams of Shakespeare's characters, modified Kneser-Ney. `kerasgen train ngram-shakespeare`.

What counting alone can do: the bar for every network on this text. Discounts by the formulas are too small, since words come in
bursts; those of `discounts_for` on the validation text, of counts that did not read it, gain 0.03 nats. Of 1.4 million n-grams,
the 700,000 that matter most are kept, which costs 0.002. Order, discounts and cache were chosen on the validation text; the
released counts also hold that text.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import string

from kerasgen.data import to_text
from kerasgen.models.language.ngram import NGram
from kerasgen.scores.text import SHAKESPEARE, score_text, score_with_cache
from kerasgen.tokenizers import CharacterTokenizer
from kerasgen.training.recipe import Recipe

tokenizer = CharacterTokenizer("\n !$&',-.3:;?" + string.ascii_uppercase + string.ascii_lowercase)
BEFORE = tuple(map(tokenizer.characters.index, ".\n\n"))  # a text begins where another speech has ended
DISCOUNTS = (  # for counts of 1, 2 and more, by order: NGram.discounts_for(the validation text)
    *(1.0, 2.0, 0.001),
    *(0.001, 0.623, 0.198),
    *(0.679, 1.491, 1.188),
    *(0.863, 1.373, 1.711),
    *(0.787, 1.189, 1.585),
    *(0.911, 1.33, 1.776),
    *(0.947, 1.473, 1.668),
    *(0.934, 1.492, 2.048),
)
CACHE = {"length": 2000, "strengths": (0.0, 0.0, 795.0, 52.0, 28.0, 35.0, 4.4)}  # NGram.strengths_for(the same, 2000, 6)


def model():
    ngram = NGram(tokenizer.size, 8, DISCOUNTS, max_grams=700_000, beginning=BEFORE)
    ngram.tokenizer = tokenizer
    return ngram


def batches(recipe, splits, parts=("train", "validation")):
    return tokenizer.encode("".join(to_text(splits[part]["text"]) for part in parts))[None]  # one text


def score(model, splits, full=True):
    return {**score_text(SHAKESPEARE)(model, splits, full), **score_with_cache(SHAKESPEARE, **CACHE)(model, splits)}


recipe = Recipe(
    name="ngram-shakespeare",
    title="Counts of Shakespeare's characters, eight at a time",
    title_zh="字符 n 元语法（八元），莎士比亚剧作",
    family="language",
    modality="text",
    paper="Kneser & Ney, 1995; Chen & Goodman, 1999",
    data="tiny_shakespeare",
    fields=("text",),
    batches=batches,
    model=model,
    score=score,
    precision="float32",
    minutes=1,
    notes="Knows the 65 characters of its training text and no others, and copies at most what eight characters let it: it "
    "writes words and no sentences. Order, discounts and cache were chosen on the validation text, which is harder than the "
    f"last tenth. The scores with a cache are of model.with_cache({CACHE['length']}, {CACHE['strengths']}).",
)
