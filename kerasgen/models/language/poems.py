"""A GPT of poems in fixed forms: a form can be asked for, and a poem ends by itself.

`kerasgen.models.language.gpt` on texts that begin with a token for their form (a control code: Keskar et al., 2019,
arXiv:1909.05858) and end with one for their end. With a form f and the characters and marks x_1 ... x_n of a poem,

    log p(x) = log sum_f p(f) p(x_1 ... x_n, end | f),        p(f | x_1 ... x_k) ~ p(f) p(x_1 ... x_k | f)

where each factor is one of the network's softmaxes; the second formula draws a form for a poem that has begun. Nothing forces a
poem into its form: the network has to count.
"""

import keras
import numpy as np

from kerasgen import blocks, checks, noise
from kerasgen.models.language.continuing import continued, written
from kerasgen.models.language.gpt import GPT
from kerasgen.models.language.likelihood import negative_log_likelihood
from kerasgen.samplers import TokenChoice
from kerasgen.samplers.tokens import chosen_tokens
from kerasgen.steps import portable_step
from kerasgen.tokenizers.poem import END, FIRST_FORM, FORMS, LONGEST, SLIPS, UNKNOWN

LENGTH = LONGEST - 1  # tokens of a poem after its form
ENDING = "\n"  # how a tokenizer shows the end of a poem


@keras.saving.register_keras_serializable("kerasgen")
class PoemGPT(GPT):
    """Decoder-only Transformer of Chinese poems; arguments are those of `GPT`, its tokenizer is a `PoemTokenizer`.

    It learns from rows of `PoemTokenizer.rows`. Its loss counts the tokens up to the end of each poem.
    """

    @portable_step
    def train_step(self, tokens):
        self.minimize(lambda: negative_log_likelihood(self, tokens, training=True, end=END))
        self.average.update()
        return self.logs()

    @portable_step
    def test_step(self, tokens):
        negative_log_likelihood(self, tokens, training=False, end=END)
        return self.logs()

    def check_data(self, x, y=None):
        super().check_data(x, y)
        first = np.asarray(x)[:, 0]
        if not np.all((first >= FIRST_FORM) & (first < FIRST_FORM + len(FORMS))):
            raise ValueError("x must be rows that begin with the token of a form, as those of PoemTokenizer.rows.")

    # Verbs

    def sample(
        self,
        count=16,
        seed=0,
        start=0,
        batch_size=64,
        form=None,
        temperature=1.0,
        top_k=None,
        top_p=None,
        min_p=None,
        repetition_penalty=None,
    ):
        """Whole poems.

        Args:
            count: How many, 1 to 1,000,000.
            seed: Integer in 0 .. 2**63 - 1. Poem i depends on (seed, i) alone.
            start: Index of the first poem, to draw a long series in parts.
            batch_size: Poems written at once.
            form: "五绝", "七绝", "五律" or "七律"; None for forms as frequent as the model holds them to be.
            temperature, top_k, top_p, min_p, repetition_penalty: How tokens are chosen; see `kerasgen.samplers.TokenChoice`.

        Returns:
            A list of `count` str, each a poem in one line, with marks.

        Raises:
            ValueError: An argument is out of range.
        """
        count, seed = checks.count(count), checks.seed(seed)
        start = checks.integer("start", start, 0, 2**62)
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        choice = TokenChoice(temperature, top_k, top_p, min_p, repetition_penalty).check(self.vocabulary_size)
        checked_form(form)
        tokenizer = self._checked_tokenizer()

        def draw(first, last):
            uniform = noise.uniform((1 + LENGTH,), seed, first, last)
            rows = self._rows_with_forms([np.zeros(0, "int32")] * (last - first), form, uniform[:, 0])
            steps, ended = [], np.zeros(last - first, bool)
            for chosen in continued(self, rows, uniform[:, 1:], Shown(choice)):
                steps.append(chosen)
                ended |= chosen == END
                if np.all(ended):
                    break
            return [tokenizer.decode(ids).split(ENDING)[0] for ids in np.stack(steps, axis=1)]

        return blocks.drawn(draw, count, start, batch_size)

    def generate(
        self,
        prompt="",
        length=LENGTH,
        temperature=1.0,
        top_k=None,
        top_p=None,
        min_p=None,
        repetition_penalty=None,
        seed=0,
        stop=None,
        beams=None,
        n_best=None,
        length_penalty=0.0,
        drop_unknown=False,
        form=None,
    ):
        """Completes a poem that has begun, or several at once.

        Args:
            prompt: Its beginning, with or without marks, in traditional or simplified characters; "" for a new one. Or a list
                of such texts.
            length: Most tokens to add.
            temperature, top_k, top_p, min_p, repetition_penalty: How tokens are chosen; see `kerasgen.samplers.TokenChoice`.
            seed: Integer in 0 .. 2**63 - 1. Poem i of a list depends on (seed, i) alone; a single one is number 0.
            stop: A str, or several: the poem also ends before the first of them that the continuation contains.
            beams, n_best, length_penalty: Not for poems: they must be left as they are.
            drop_unknown: Read prompts without what is no Chinese character and no mark; without it, that is an error.
            form: "五绝", "七绝", "五律" or "七律"; None to draw one that is probable for this beginning.

        Returns:
            The prompt and its continuation; for a list of prompts, a list of them.

        Raises:
            ValueError: An argument is out of range, or a prompt has parts that the tokenizer does not take.
        """
        if (beams, n_best, length_penalty) != (None, None, 0.0):
            raise ValueError(
                f"beams, n_best and length_penalty are not for poems; received {beams}, {n_best}, {length_penalty}."
            )
        prompts = [prompt] if isinstance(prompt, str) else prompt
        choice = TokenChoice(temperature, top_k, top_p, min_p, repetition_penalty)
        asked = self._begun(
            prompts, length, choice, seed, stop, drop_unknown, "prompt" if prompts is not prompt else None, form
        )
        texts = list(prompts)
        for gained in written(self, *asked):
            texts = [text + piece for text, piece in zip(texts, gained, strict=True)]
        return texts[0] if isinstance(prompt, str) else texts

    def stream(
        self,
        prompt="",
        length=LENGTH,
        temperature=1.0,
        top_k=None,
        top_p=None,
        min_p=None,
        repetition_penalty=None,
        seed=0,
        stop=None,
        drop_unknown=False,
        form=None,
    ):
        """Completes a poem piece by piece; arguments and errors are those of `generate` for one prompt.

        Returns:
            An iterator over str that are not empty; together they are what `generate` adds to the prompt.
        """
        if not isinstance(prompt, str):
            raise ValueError(f"prompt must be a str; received {prompt!r:.60} of type {type(prompt).__name__}.")
        choice = TokenChoice(temperature, top_k, top_p, min_p, repetition_penalty)
        asked = self._begun([prompt], length, choice, seed, stop, drop_unknown, "prompt", form)
        return (piece for (piece,) in written(self, *asked) if piece)

    def log_prob(self, texts, batch_size=64, drop_unknown=False, form=None):
        """Natural-log probability of each whole poem, its end included.

        Args:
            texts: A list of str; white space does not count, and marks count as ends of lines.
            batch_size: Poems scored at once.
            drop_unknown: Leave out what is no Chinese character and no mark; without it, that is an error.
            form: The form that is known beforehand; None for a poem of any form.

        Returns:
            float64 array (count,).

        Raises:
            ValueError: `texts` is no list of str, or an argument is out of range.
        """
        if isinstance(texts, str):
            raise ValueError(f"texts must be a list of str; received a single str {texts!r:.40}: put it into a list.")
        checks.integer("batch_size", batch_size, 1, checks.MAX_COUNT)
        checked_form(form)
        tokenizer = self._checked_tokenizer()
        ids = [[*tokenizer.encode(text, f"texts[{i}]", drop_unknown), END] for i, text in enumerate(texts)]
        if not ids:
            return np.zeros(0)
        found = blocks.mapped(self._with_each_form, ids, size=batch_size)  # (count, forms, 2)
        return np.logaddexp.reduce(found.sum(axis=2), axis=1) if form is None else found[:, FORMS.index(form), 1]

    def _with_each_form(self, rows):
        """For each row of ids and each form f: log p(f) and log p(ids | f), float64 (count, forms, 2)."""
        longest = max(map(len, rows))
        padded = np.stack([np.pad(np.asarray(row, "int32"), (0, longest - len(row))) for row in rows])
        forms = np.arange(FIRST_FORM, FIRST_FORM + len(FORMS), dtype="int32")
        tokens = np.concatenate([np.tile(forms, len(rows))[:, None], np.repeat(padded, len(forms), axis=0)], axis=1)
        within = np.arange(longest) < np.repeat([len(row) for row in rows], len(forms))[:, None]
        log_probs = self.token_log_probs(tokens).astype("float64")
        found = np.stack([log_probs[:, 0], np.sum(log_probs[:, 1:] * within, axis=1)], axis=1)
        return found.reshape(len(rows), len(forms), 2)

    def _rows_with_forms(self, rows, form, uniform):
        """Rows of ids after the beginning and a form: the one asked for, or one drawn by numbers in [0, 1) (count,)."""
        if form is None:
            alike = {row.tobytes(): row for row in rows}  # many poems begin with nothing
            found = dict(
                zip(alike, blocks.mapped(self._with_each_form, list(alike.values()), size=64).sum(axis=2), strict=True)
            )
            logs = np.stack([found[row.tobytes()] for row in rows])
            chosen = chosen_tokens(np.exp(logs - logs.max(axis=1, keepdims=True)), uniform)
        else:
            chosen = [FORMS.index(form)] * len(rows)
        pairs = zip(chosen, rows, strict=True)
        return [np.array([self.vocabulary_size, FIRST_FORM + each, *row], "int32") for each, row in pairs]

    def _begun(self, prompts, length, choice, seed, stop, drop_unknown, name, form):
        """What `written` takes: as `_asked`, with the form of each poem and with its end as a stop."""
        checked_form(form)
        if isinstance(prompts, (list, tuple)):  # else they are refused below
            prompts = [text.translate(SLIPS) if isinstance(text, str) else text for text in prompts]
        rows, length, choice, seed, stops = self._asked(prompts, length, choice, seed, stop, drop_unknown, name)
        uniform = noise.uniform((1,), seed, 0, len(rows), stream=1)[:, 0]
        rows = self._rows_with_forms([row[1:] for row in rows], form, uniform)
        return rows, length, Shown(choice), seed, [*stops, ENDING]


class Shown:
    """A `TokenChoice` among the tokens that are shown and the end: no form, and no gap."""

    def __init__(self, choice):
        self.choice, self.repetition_penalty = choice, choice.repetition_penalty

    def __call__(self, logits, uniform, seen=None):
        logits = np.array(logits, "float64")
        logits[:, [*range(FIRST_FORM, FIRST_FORM + len(FORMS)), UNKNOWN]] = -1e9
        return self.choice(logits, uniform, seen)


def checked_form(form):
    if form is not None:
        checks.one_of("form", form, FORMS)
