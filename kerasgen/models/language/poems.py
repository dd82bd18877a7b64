"""A GPT that writes Chinese poems in a form that is asked for: 五绝, 七绝, 五律 or 七律 (`FORMS`).

The form is said by a mark, a token of its own that comes first, before all characters (a control code: Keskar et al., 2019,
arXiv:1909.05858), and a poem ends with the token of a newline:

    p(poem) = sum over marks m of p(m) p(poem | m),    each factor as in `kerasgen.models.language.gpt`.

A model that has read the mark can know where each line ends, and by attention to it need not count the lines before. Marks are
characters of private use in the tokenizer's alphabet; they never show in texts.
"""

import re

import keras
import numpy as np

from kerasgen import blocks, checks, noise
from kerasgen.models.language.continuing import continued, read_rows
from kerasgen.models.language.gpt import GPT
from kerasgen.samplers import TokenChoice
from kerasgen.samplers.tokens import chosen_tokens, log_softmax, next_token_probabilities

FORMS = ("五绝", "七绝", "五律", "七律")
SHAPES = ((4, 5), (4, 7), (8, 5), (8, 7))  # lines, characters a line; a mark of punctuation follows each line
MARKS = "\ue000\ue001\ue002\ue003"
END = "\n"
LONGEST = 64  # characters of a poem, punctuation included
WITHOUT_MARKS = str.maketrans("", "", MARKS)


@keras.saving.register_keras_serializable("kerasgen")
class PoemGPT(GPT):
    """GPT of poems in four forms; arguments and errors are those of `GPT`.

    It learns from rows of ids, each a mark of `MARKS`, a poem, and `END` up to the end of the row (`rows`). The alphabet of its
    tokenizer, a `CharacterTokenizer`, must hold `MARKS` and `END`.
    """

    def sample(
        self,
        count=16,
        seed=0,
        start=0,
        batch_size=64,
        form=None,
        length=LONGEST,
        temperature=1.0,
        top_k=None,
        top_p=None,
        min_p=None,
        repetition_penalty=None,
    ):
        """Poems.

        Args:
            count: How many, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Poem i depends on (seed, i) alone.
            start: Index of the first poem, to draw a long series in parts.
            batch_size: Poems written at once.
            form: One of `FORMS`; None to draw it for each poem, as often as poems of each form were read.
            length: Most characters of a poem, which is broken off after them.
            temperature, top_k, top_p, min_p, repetition_penalty: How characters are chosen; see `kerasgen.samplers`.

        Returns:
            A list of `count` str, without mark or title.

        Raises:
            ValueError: An argument is out of range.
        """
        count, seed = checks.count(count), checks.seed(seed)
        start = checks.integer("start", start, 0, 2**62)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        checks.integer("length", length, 1, LONGEST)
        choice = TokenChoice(temperature, top_k, top_p, min_p, repetition_penalty).check(self.vocabulary_size)
        marks, tokenizer = self._marks(form), self._checked_tokenizer()
        first_logits = read_rows(self, [np.array([self.vocabulary_size])])[0][:, marks]
        chances = next_token_probabilities(first_logits)

        def draw(first, last):
            uniform = noise.uniform((length + 1,), seed, first, last)
            chosen = marks[chosen_tokens(np.tile(chances, (last - first, 1)), uniform[:, 0])]
            rows = [np.array([self.vocabulary_size, mark], "int32") for mark in chosen]
            steps = continued(self, rows, uniform[:, 1:], choice)
            return [shown(tokenizer.decode(ids)) for ids in np.stack(list(steps), axis=1)]

        return blocks.drawn(draw, count, start, batch_size)

    def generate(self, prompt="", length=LONGEST, seed=0, form=None, drop_unknown=False, **options):
        """Continues the first characters of a poem, or of several, to its end.

        Args:
            prompt: The first characters, punctuation included; "" for a new poem. Or a list of such texts. They come back as
                the tokenizer reads them: simplified characters as traditional ones.
            length: Most characters to add.
            seed: Integer in 0 .. 2**63 - 1. Poem i of a list depends on (seed, i) alone.
            form: One of `FORMS`; None to draw it, the likelier the better it fits the first characters.
            drop_unknown: Leave out characters that the tokenizer does not know; without it, they are an error.
            **options: The other arguments of `LanguageModel.generate`: how characters are chosen, or searched for.

        Returns:
            The poem; with `n_best`, a list of (poem, natural-log probability of the continuation). For a list of prompts, a
            list of such results.

        Raises:
            ValueError: An argument is out of range, or a prompt has characters that the tokenizer does not know.
        """
        prompts = self._begun(prompt, seed, form, drop_unknown)
        prompts = prompts[0] if isinstance(prompt, str) else prompts
        poems = super().generate(prompts, length, seed=seed, **with_end(options))
        return keras.tree.map_structure(lambda part: shown(part) if isinstance(part, str) else part, poems)

    def stream(self, prompt="", length=LONGEST, seed=0, form=None, drop_unknown=False, **options):
        """Continues the first characters of a poem piece by piece: what `generate` adds to them, as an iterator over str."""
        if not isinstance(prompt, str):
            raise ValueError(f"prompt must be a str; received {prompt!r:.60} of type {type(prompt).__name__}.")
        (begun,) = self._begun(prompt, seed, form, drop_unknown)
        pieces = super().stream(begun, length, seed=seed, **with_end(options))
        return (shown(piece) for piece in pieces if shown(piece))

    def log_prob(self, texts, batch_size=64, drop_unknown=False):
        """Natural-log probability that a poem begins with each text, whatever its form; of a whole poem, that it is this one.

        Arguments and errors are those of `LanguageModel.log_prob`.
        """
        if isinstance(texts, str):
            raise ValueError(f"texts must be a list of str; received a single str {texts!r:.40}: put it into a list.")
        found = self._log_probs_of_forms(texts, batch_size, drop_unknown)
        highest = found.max(axis=1, initial=-np.inf)
        highest = np.where(np.isfinite(highest), highest, 0)
        return np.minimum(np.log(np.sum(np.exp(found - highest[:, None]), axis=1)) + highest, 0)

    def _log_probs_of_forms(self, texts, batch_size=64, drop_unknown=False):
        """Of each text with each mark before it, given that there is one of the marks: float64 (count, 4)."""
        marks, tokenizer = self._marks(None), self._checked_tokenizer()
        first = np.logaddexp.reduce(log_softmax(read_rows(self, [np.array([self.vocabulary_size])])[0])[0, marks])
        texts = list(texts)
        for i, text in enumerate(texts):
            tokenizer.encode(text, f"texts[{i}]", drop_unknown=drop_unknown)  # a message should not show the mark
        found = super().log_prob([mark + text for text in texts for mark in MARKS], batch_size, drop_unknown)
        return found.reshape(-1, len(MARKS)) - first

    def _begun(self, prompt, seed, form, drop_unknown):
        """Prompts with the mark of the form before each, as the tokenizer reads them."""
        prompts = [prompt] if isinstance(prompt, str) else prompt
        if not isinstance(prompts, (list, tuple)) or not prompts:
            raise ValueError(f"prompt must be a str, or a list of at least one; received {prompts!r:.60}.")
        seed, marks, tokenizer = checks.seed(seed), self._marks(form), self._checked_tokenizer()
        names = ["prompt" if isinstance(prompt, str) else f"prompt[{i}]" for i in range(len(prompts))]
        ids = [tokenizer.encode(text, name, drop_unknown=drop_unknown) for text, name in zip(prompts, names, strict=True)]
        texts = [shown(tokenizer.decode(row)) for row in ids]
        if form is None:
            chances = next_token_probabilities(self._log_probs_of_forms(texts))
            marks = marks[chosen_tokens(chances, noise.uniform((), seed, 0, len(texts), stream=1))]
        else:
            marks = np.repeat(marks, len(texts))
        return [tokenizer.decode([mark]) + text for mark, text in zip(marks, texts, strict=True)]

    def _marks(self, form):
        """Ids of the marks of a form, or of all for None."""
        ids = self._checked_tokenizer().encode(MARKS + END, "MARKS")[: len(MARKS)]
        return ids if form is None else ids[[FORMS.index(checks.one_of("form", form, FORMS))]]


def rows(tokenizer, poems, forms):
    """What a `PoemGPT` learns from, ids int32 (count, LONGEST + 2).

    Args:
        tokenizer: A `CharacterTokenizer` with `MARKS` and `END`.
        poems: A list of str, with punctuation.
        forms: Index in `FORMS` of the form of each.
    """
    texts = [(MARKS[form] + poem).ljust(LONGEST + 2, END) for poem, form in zip(poems, forms, strict=True)]
    return tokenizer.encode("".join(texts)).reshape(len(texts), LONGEST + 2)


def shown(text):
    """A text up to its end, without marks."""
    return text.split(END, 1)[0].translate(WITHOUT_MARKS)


def with_end(options):
    """The options of a continuation, which also stops at the end of a poem."""
    stop = options.get("stop")
    return {**options, "stop": [END, *([stop] if isinstance(stop, str) else stop or ())]}


def has_form(poem, form=None):
    """Whether a poem has one of `FORMS`, or the given one: its lines, their characters, and a comma or full stop after each."""
    wanted = SHAPES if form is None else [SHAPES[FORMS.index(form)]]
    lengths = [len(line) for line in re.split("[，。]", poem)]  # noqa: RUF001  Chinese marks
    return any(lengths == [size] * count + [0] for count, size in wanted)
