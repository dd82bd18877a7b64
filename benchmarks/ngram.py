"""n-grams by arrays: how fast they are counted, what they reach on words, and a picture of a small chain.

    python benchmarks/ngram.py                                   # speed beside nltk.lm, WikiText-2, a chain of letters
    python benchmarks/ngram.py --treebank path/to/ptb            # and the Penn Treebank, from files that you have

Speed: modified Kneser-Ney of order 3 on the first words of WikiText-2, and nltk's interpolated Kneser-Ney on the same n-grams;
both with the same fixed discount give the same probabilities. `--treebank` is a folder with ptb.train.txt, ptb.valid.txt and
ptb.test.txt as T. Mikolov prepared them (each may end in .gz): order 5, with the discounts of the formulas, with those that fit
the validation text, and with a cache fitted to it; its weights are not kept. Published for order 5 by formulas: 141.2, with a
cache 125.7 (Mikolov, 2012, table 4.1).

Writes benchmarks/results/ngram.md, ngram.json and markov-letters.png.
"""

import argparse
import gzip
import importlib.util
import json
import math
import os
import pathlib
import time

import numpy as np

from kerasgen import data
from kerasgen.data import to_text
from kerasgen.models.language.markov_chain import MarkovChain
from kerasgen.models.language.ngram import NGram
from kerasgen.plots import save_matrix
from kerasgen.tokenizers import CharacterTokenizer, WordTokenizer
from kerasgen.training.release import hardware
from kerasgen.zoo import card

RESULTS = pathlib.Path(__file__).parent / "results"
WORDS, SCORED = 100_000, 60  # of the comparison with nltk, which takes long to score a word
DISCOUNT = 0.1  # nltk's
CACHE = {"length": 500, "contexts": 1}


def perplexity(model, ids):
    return math.exp(-np.mean(model.token_log_probs(ids), dtype="float64"))


def seconds(function):
    """(what it returns, seconds of the clock, seconds of the processor)."""
    clock, processor = time.perf_counter(), time.process_time()
    found = function()
    return found, time.perf_counter() - clock, time.process_time() - processor


def fitted(model, ids):
    model.fit(ids)
    return model


def beside_nltk(ids, words):
    """Rows of seconds, and the largest difference between probabilities."""
    if importlib.util.find_spec("nltk") is None:
        return [{"what": "nltk.lm", "not_run": "nltk is not installed"}]
    from nltk.lm import KneserNeyInterpolated
    from nltk.util import everygrams

    ids = np.append(ids[:WORDS], ids[:3])  # what begins the text also stands elsewhere: nltk drops it otherwise
    text = [words[i] for i in ids]

    def peer():
        model = KneserNeyInterpolated(3, discount=DISCOUNT)
        model.fit([everygrams(text, max_len=3)], vocabulary_text=text)
        return model

    theirs, *their_seconds = seconds(peer)
    model = NGram(len(words), 3, discounts=(0, 0, 0, *[DISCOUNT] * 6), beginning=ids[:2].tolist())
    ours, *our_seconds = seconds(lambda: fitted(model, ids[None, 2:]))
    found = np.exp(ours.token_log_probs(ids[None, 2 : SCORED + 2]))[0]
    expected = [theirs.score(text[t], text[t - 2 : t]) for t in range(2, SCORED + 2)]
    return [
        {"what": "kerasgen, NGram", "clock": our_seconds[0], "processor": our_seconds[1]},
        {"what": "nltk.lm, KneserNeyInterpolated", "clock": their_seconds[0], "processor": their_seconds[1]},
        {"times_faster": their_seconds[1] / our_seconds[1], "difference": float(np.abs(found - expected).max())},
    ]


def wikitext(ids, size):
    """Rows of seconds and perplexities of order 5, all n-grams kept."""
    model = NGram(size, 5, beginning=(0,))
    model, clock, processor = seconds(lambda: fitted(model, ids["train"]))
    rows = [row("formulas", model, ids, clock=clock, processor=processor)]
    chosen = model.discounts_for(ids["validation"])
    rows.append(row("held out", fitted(NGram(size, 5, chosen, beginning=(0,)), ids["train"]), ids))
    return rows


def treebank(folder):
    """Rows of perplexities of order 5 on the files of a folder."""
    texts = {part: read(folder, f"ptb.{name}.txt") for part, name in PARTS.items()}
    tokenizer = WordTokenizer.from_text(texts["train"])
    ids = {part: tokenizer.encode(text)[None] for part, text in texts.items()}
    model = fitted(NGram(tokenizer.size, 5, beginning=(0,)), ids["train"])
    rows = [row("formulas", model, ids)]
    rows.append(row("formulas, cache", model.with_cache(CACHE["length"], strengths(model, ids)), ids))
    model = fitted(NGram(tokenizer.size, 5, model.discounts_for(ids["validation"]), beginning=(0,)), ids["train"])
    rows.append(row("held out", model, ids))
    rows.append(row("held out, cache", model.with_cache(CACHE["length"], strengths(model, ids)), ids))
    return rows


PARTS = {"train": "train", "validation": "valid", "test": "test"}


def strengths(model, ids):
    return model.strengths_for(ids["validation"], **CACHE)


def row(name, model, ids, **more):
    found = {"discounts": name, "n_grams": sum(model.grams.sizes[1:]), **more}
    return found | {part: perplexity(model, ids[part]) for part in ("validation", "test")}


def read(folder, name):
    """The text of a file, which may be packed."""
    path = pathlib.Path(folder) / name
    packed = path.with_name(f"{name}.gz")
    if not path.is_file() and not packed.is_file():
        raise SystemExit(f"There is neither {path} nor {packed}.")
    return path.read_text() if path.is_file() else gzip.decompress(packed.read_bytes()).decode()


def letters():
    """The chain of letters of Shakespeare's plays, case and all other characters but the space left out: its picture."""
    text = "".join(c if c.isalpha() else " " for c in to_text(data.load("tiny_shakespeare")["train"]["text"]).lower())
    tokenizer = CharacterTokenizer(" abcdefghijklmnopqrstuvwxyz")
    chain = fitted(MarkovChain(tokenizer.size, 1), tokenizer.encode(" ".join(text.split()))[None])
    names = ["␣", *tokenizer.characters[1:]]
    save_matrix(chain.transition_matrix(), names, RESULTS / "markov-letters.png", weights=chain.stationary())


def report(found):
    """The results as Markdown."""
    lines = ["# n-grams", "", "Written by `python benchmarks/ngram.py`; its first lines say what is measured.", ""]
    lines += [f"{found['machine']}, load average {found['load']:.2f} before the start.", ""]
    lines += [f"## Learning {WORDS:,} words, order 3", "", "| what | seconds | seconds of the processor |", "|---|---|---|"]
    for each in found["nltk"]:
        if "not_run" in each:
            lines.append(f"| {each['what']} | not run: {each['not_run']} | |")
        elif "what" in each:
            lines.append(f"| {each['what']} | {card.number(each['clock'])} | {card.number(each['processor'])} |")
    if "times_faster" in (last := found["nltk"][-1]):
        lines += ["", f"By the processor, {card.number(last['times_faster'])} times faster (goal 5). The probabilities of "]
        lines[-1] += f"{SCORED} words differ by {last['difference']:.1g} at most (goal 1e-6)."
    lines += ["", "## WikiText-2, order 5", ""]
    lines += perplexities(found["wikitext2"])
    first = found["wikitext2"][0]
    lines += [
        "",
        f"Counted in {card.number(first['clock'])} s (goal 60), {card.number(first['processor'])} s of the processor.",
    ]
    if found["treebank"]:
        lines += ["", "## Penn Treebank, order 5", "", *perplexities(found["treebank"])]
        lines += [
            "",
            "Must 148; published for the formulas 141.2, with a cache 125.7. Here contexts reach across the ends of lines,",
        ]
        lines.append("which are words; discounts, where held out, and the cache are fitted to the validation text.")
    return "\n".join([*lines, "", "![Transition matrix of letters](markov-letters.png)", ""])


def perplexities(rows):
    lines = ["| discounts | n-grams | validation perplexity | test perplexity |", "|---|---|---|---|"]
    for each in rows:
        numbers = f"{card.number(each['validation'])} | {card.number(each['test'])}"
        lines.append(f"| {each['discounts']} | {each['n_grams']:,} | {numbers} |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--treebank", help="folder with ptb.train.txt, ptb.valid.txt and ptb.test.txt")
    arguments = parser.parse_args()
    found = {"machine": hardware(), "load": os.getloadavg()[0]}
    texts = {part: to_text(fields["text"]) for part, fields in data.load("wikitext2").items()}
    tokenizer = WordTokenizer.from_text(texts["train"])
    ids = {part: tokenizer.encode(text)[None] for part, text in texts.items()}
    found["nltk"] = beside_nltk(ids["train"][0], tokenizer.words)
    found["wikitext2"] = wikitext(ids, tokenizer.size)
    found["treebank"] = treebank(arguments.treebank) if arguments.treebank else []
    letters()
    (RESULTS / "ngram.json").write_text(json.dumps(found, indent=1) + "\n")
    (RESULTS / "ngram.md").write_text(report(found))


if __name__ == "__main__":
    main()
