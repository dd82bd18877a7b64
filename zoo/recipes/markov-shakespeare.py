"""Markov chain of Shakespeare's characters. `kerasgen train markov-shakespeare`.

The chain of the language-model article, counted rather than drawn: which character follows the last six. The order was chosen
on the validation text by chains that did not read it, which the scores repeat, at a smoothing of 30 (of 10, 20, 30, 40 and 60,
those above 30 gain less than 0.02 nats, from longer contexts still). The released chain also reads the validation text.
Hardware, time and scores of the last run are in the entry that this command writes.
"""

import string

from kerasgen.data import to_text
from kerasgen.models.language.markov_chain import MarkovChain
from kerasgen.scores.text import SHAKESPEARE, score_by_order, score_text
from kerasgen.tokenizers import CharacterTokenizer
from kerasgen.training.recipe import Recipe

tokenizer = CharacterTokenizer("\n !$&',-.3:;?" + string.ascii_uppercase + string.ascii_lowercase)
NEWLINE = tokenizer.characters.index("\n")
ORDERS = range(9)


def model(order=6):
    chain = MarkovChain(tokenizer.size, order, smoothing=30.0, beginning=(NEWLINE, NEWLINE))  # a text begins as a speech does
    chain.tokenizer = tokenizer
    return chain


def batches(recipe, splits, parts=("train", "validation")):
    return tokenizer.encode("".join(to_text(splits[part]["text"]) for part in parts))[None]  # one text


def score(model_, splits, full=True):
    scores = score_text(SHAKESPEARE, beside="ngram-shakespeare")(model_, splits, full)
    return {**scores, **(score_by_order(model, ORDERS)(splits) if full else {})}


recipe = Recipe(
    name="markov-shakespeare",
    title="Markov chain of Shakespeare's characters",
    title_zh="马尔可夫链，莎士比亚剧作的字符",
    family="language",
    modality="text",
    paper="Markov, 1913; Shannon, 1948; MacKay & Peto, 1995",
    data="tiny_shakespeare",
    fields=("text",),
    batches=batches,
    model=model,
    score=score,
    precision="float32",
    minutes=1,
    notes="Knows the 65 characters of its training text and no others, and nothing that is more than six characters away. "
    "transition_matrix(1) and stationary(1) are those of the chain of order one on the same counts; that of letters is drawn "
    "in benchmarks/results/markov-letters.png. Order and smoothing were chosen on the validation text.",
)
