"""Rows of bits with a question, which memory machines answer: copy them, recall or sort them."""

import numpy as np

from kerasgen import noise
from kerasgen.data import take
from kerasgen.data.ragged import count as count_examples
from kerasgen.data.sets._bit_tasks import question_batches, questions
from kerasgen.modalities.modality import Modality
from kerasgen.modalities.sources import PARTS, check_source, complete, cut_words, plan_cut, read_arrays, require_field

SNIPPETS = {
    "copy": "model.run([rows])",
    "repeat-copy": "model.run([rows], repeats=3)",
    "recall": "model.run([rows.reshape(4, 3, 8)], queries=[rows[:3]])",
    "sort": "model.run([rows], priorities=[np.linspace(-0.9, 0.9, 12)])",
}
PROBE = (4, 6)  # questions without sense, rows of each


class Bits(Modality):
    """Sequences of rows of bits; fine-tuning reads .npz files with the fields of the task's data set.

    They are "row" (sum of lengths, bits) and "length" (sequences,), and "repeats", "query" or "priority".
    """

    name = "bits"
    sources = {"npz": "an .npz file"}
    minimum = (16, 2, 2)
    unit = "sequences"
    probe_verbs = ("probabilities",)

    def read(self, source, model, seed=0, drop_unknown=False, skip_broken=False):
        """As `Modality.read`: the arrays are what the model's `fit` takes, questions and their right answers."""
        if drop_unknown or skip_broken:
            raise ValueError("drop_unknown and skip_broken are for texts and folders of images; this model learns from bits.")
        about, splits = read_arrays(source, check_source(source, self), self)
        for field in ("length", "row"):
            require_field(splits, field, source)
        for fields in splits.values():
            count_examples(fields)
        missing, ends = plan_cut(splits, lambda fields: len(fields["length"]), self, str(source))
        if missing:
            order = np.random.Generator(np.random.Philox(key=[seed, 0])).permutation(len(splits["train"]["length"]))
            pieces = [take(splits["train"], np.sort(rows)) for rows in np.split(order, ends)]
            splits.update(zip(["train", *missing], pieces, strict=True))
        found = {part: arrays(model, splits[part]) for part in PARTS}
        return complete(about, found, cut_words(missing, f"of the sequences, drawn with seed {seed}")), []

    def fields(self, model, splits):
        for fields in splits.values():
            model.check_data(fields["question"], fields["answer"])
        return ("question", "answer")

    # Batches

    def batches(self, recipe, splits, model):
        """Questions of the training split in shuffled order, with their right answers."""
        train = splits["train"]
        if "question" in train:
            return super().batches(recipe, splits, model)
        return question_batches(model, train, recipe.batch_size, recipe.seed, recipe.steps_per_epoch)

    # Cards

    def snippet(self, entry):
        rows = "import numpy as np\n\nrows = np.random.default_rng(0).integers(0, 2, (12, 8))"
        return f"{rows}\n(answer,) = {SNIPPETS[entry['config']['task']]}  # rows of 0 and 1"

    # Probes

    def probe(self, model, verb, seed):
        """Probabilities of the bits of the answers to random questions."""
        count, rows = PROBE
        row = (noise.uniform((rows, model.bits), seed, 0, count) < 0.5).astype("uint8").reshape(-1, model.bits)
        fields = {"length": np.full(count, rows), "row": row}
        more = {
            "repeat-copy": {"repeats": np.arange(1, count + 1)},
            "recall": {"query": np.zeros(count, int)},
            "sort": {"priority": np.tile(np.linspace(-0.8, 0.8, rows), count)},
        }
        sequences, given = questions(fields | more.get(model.task, {}))
        return np.concatenate(getattr(model, verb)(sequences, **given))


def arrays(model, fields):
    """{"question", "answer"} as the model's `fit` takes them."""
    sequences, given = questions(fields)
    question, answer = model.encoded(sequences, **given)
    return {"question": question, "answer": answer}
