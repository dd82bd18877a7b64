"""Fine-tuning: a model of the zoo goes on learning from other data, by the runner that trains recipes."""

import copy
import pathlib
import sys

import keras
import numpy as np

from kerasgen import card, checks, criteria, data, training, zoo
from kerasgen.callbacks import Budget
from kerasgen.data.sources import check_source, read_source
from kerasgen.freezing import freeze as freeze_layers
from kerasgen.paths import checkout
from kerasgen.recipe import Recipe
from kerasgen.release import publish
from kerasgen.run import Run
from kerasgen.scoring import doubtful_images
from kerasgen.steps import make_deterministic

STEPS = 1000  # if neither steps nor minutes are given
SHARE = 1 / 3  # of the highest rate of the training: what has been learned is to be bent, not erased
LENGTH = 160  # characters a window
UNBOUNDED = 10**9  # epochs of a training that its budget ends


def finetune(
    name,
    source,
    steps=None,
    minutes=None,
    freeze=(),
    learning_rate=None,
    output=None,
    run_folder=None,
    resume=False,
    restart=False,
    seed=0,
    every=100,
    drop_unknown=False,
    full=False,
):
    """Trains a model of the zoo on other data and writes the epoch that is best on validation, with a card of its own.

    Optimizers are those of the model's training at a constant rate, and an epoch is `every` steps: after each come the
    validation number, samples and a checkpoint in the run's folder. What was done to the data, what is frozen and what
    selects is said on standard error.

    Args:
        name: A name of the zoo, or a directory that a training wrote.
        source: A registered data set, a folder of images, an .npz or a .txt file; see `kerasgen.data.sources`.
        steps: Steps to train, 1 to 10^9; 1000 if neither steps nor minutes are given.
        minutes: Time to train instead, validation included; the final scores come on top.
        freeze: Patterns of the layers that stay as they are, such as "discriminator/conv*"; see `kerasgen.freezing`.
        learning_rate: Of every optimizer. None: a third of the highest that the model was trained with; a model that was
            fine-tuned before goes on at its rate.
        output: Directory for the result; None for <name>-finetuned.
        run_folder: Where the run keeps its state, history and logs; None for runs/finetune/<name of the output>.
        resume: Go on from the last checkpoint there; more steps or minutes may be given than before.
        restart: Throw away what that folder holds.
        seed: Seed of the order of the data, and of the parts that are cut from a source without any, 0 to 2^31 - 1.
        every: Steps an epoch, 1 to 10^6.
        drop_unknown: Leave out the characters of a text that the model does not know.
        full: Compute the scores that take long, too.

    Returns:
        Path of the directory that `kerasgen.load` opens.

    Raises:
        ValueError: An argument does not fit the model or the data; nothing has been trained then.
        OSError: A data set or weights that are not here and cannot be fetched.
        FloatingPointError: A loss became NaN; the last good checkpoint is kept.
    """
    entry, folder = zoo.find(name)
    check_source(source, entry["modality"])
    output = check_output(pathlib.Path(output or f"{entry['name']}-finetuned"), folder)
    if not entry.get("compile"):
        raise ValueError(f"{entry['name']} has no optimizer to go on with; load it and call its fit in Python.")
    if resume and restart:
        raise ValueError("resume and restart exclude each other; received both.")
    steps, seconds = check_budget(steps, minutes)
    if learning_rate is not None:
        checks.number("learning_rate", learning_rate, 1e-9, 10)
    checks.integer("seed", seed, 0, 2**31 - 1)
    checks.integer("every", every, 1, 10**6)

    make_deterministic()
    keras.utils.set_random_seed(seed)
    model = zoo.load(name)
    frozen = freeze_layers(model, freeze)
    about, notes = read_for(model, source, seed, drop_unknown)
    splits = about.read()
    fields = fields_of(model, splits)
    criterion = criteria.choose(model, about.name, splits, fields)
    optimizer, rates = constant_rate(entry, learning_rate)
    recipe = make_recipe(entry, output.resolve().name, model, about, fields, criterion, optimizer, seed, every)
    model, batches = training.prepare(recipe, splits)
    run = Run(run_folder or (checkout() or pathlib.Path.cwd()) / "runs" / "finetune" / recipe.name)
    parent = {"from": entry["name"], "sha256": weights_hash(entry)}
    run.open(settings(recipe, model, splits, parent, frozen), resume=resume, restart=restart)

    before = criterion.validate(model, splits)[criterion.select[0]]
    tell(
        *notes,
        f"Parts of the data: {about.splits}.",
        f"Frozen: {', '.join(frozen) or 'nothing'}.",
        f"Learning rate {card.rates(rates)}, batches of {recipe.batch_size}. The epoch of least {criterion.words} is kept.",
        f"On validation: {before:.4g} before fine-tuning.",
    )
    run.restore(model)
    batches.epoch = run.epoch
    budget = Budget(steps, seconds, int(model.optimizer.iterations), run.seconds)
    if not budget.is_spent or run.progress["best"] is None:  # a damaged checkpoint may have taken the best along
        training.fit(recipe, model, batches, splits, run, budget=budget)
    run.restore_selected(model)
    after = run.progress["best"]["value"]
    tell(f"On validation: {after:.4g} after epoch {run.selected_epoch}, the best.")
    if not after < before:
        tell("Warning: no epoch was better on validation than the model was before. Try a lower rate, or more data.")
    origin = {
        **parent,
        "source": str(source),
        "drop_unknown": drop_unknown,
        "prepared": notes,
        "frozen": frozen,
        "learning_rate": rates,
        "steps_per_epoch": every,
        "validation": {"what": criterion.words, "before": before, "after": after},
    }
    return publish(recipe, {"finetuned": origin}, model, splits, run, output=output, full=full)


def evaluate(entry, model, full=False):
    """The scores of a fine-tuned model again, from the source that its entry names.

    Raises:
        ValueError: The source is not there, or its test part is no longer the one that was scored.
    """
    origin = entry["finetuned"]
    about, _ = read_for(model, origin["source"], entry["training"]["seed"], origin["drop_unknown"])
    splits = about.read()
    if data.fingerprint(splits["test"]) != entry["data"]["test_sha256"]:
        raise ValueError(
            f"The scores of {entry['name']} rest on other test data than {origin['source']} gives now: it has changed since "
            "the fine-tuning, or is prepared otherwise by this version of Pillow."
        )
    return criteria.choose(model, about.name, splits, fields_of(model, splits)).score(model, splits, full)


def read_for(model, source, seed, drop_unknown):
    """`read_source` in the form that `model` learns from."""
    if getattr(model, "tokenizer", None) is not None:
        return read_source(source, tokenizer=model.tokenizer, seed=seed, drop_unknown=drop_unknown)
    if drop_unknown:
        raise ValueError("drop_unknown is for models of text; this model learns from images.")
    return read_source(source, image_shape=model.image_shape, seed=seed)


def check_output(path, parent_folder):
    """Returns the directory for the result, unless a file or the model that is fine-tuned is there."""
    if path.exists() and not path.is_dir():
        raise ValueError(f"output must be a directory; received the file {str(path)!r}.")
    if parent_folder is not None and path.resolve() == pathlib.Path(parent_folder).resolve():
        raise ValueError(f"output must be another directory than that of the model itself; received {str(path)!r}.")
    return path


def check_budget(steps, minutes):
    """Returns (steps, seconds), one of them None."""
    if steps is not None and minutes is not None:
        raise ValueError(f"Give either steps or minutes; received steps={steps!r} and minutes={minutes!r}.")
    if minutes is not None:
        return None, 60 * checks.number("minutes", minutes, 0.001, 1e6)
    return checks.integer("steps", STEPS if steps is None else steps, 1, 10**9), None


def fields_of(model, splits):
    """The fields that make a batch, as the model's own `check_data` sees it; every label is looked at.

    Raises:
        ValueError: The model needs labels that are not there, or other ones.
    """
    if "text" in splits["train"]:
        return ("text",)
    labelled = all("label" in part for part in splits.values())
    blank = np.zeros((1, *splits["train"]["image"].shape[1:]), "float32")
    try:
        model.check_data(blank)
        return ("image",)
    except ValueError:
        if not labelled:
            raise
    for part in splits.values():
        model.check_data(np.broadcast_to(blank, (len(part["label"]), *blank.shape[1:])), part["label"])
    return ("image", "label")


def make_recipe(entry, name, model, about, fields, criterion, optimizer, seed, every):
    """The fine-tuning as a recipe, which the runner of all recipes takes."""
    return Recipe(
        name=name,
        title=f"{entry['name']} fine-tuned on {about.name}",
        model=lambda: model,
        data=about,
        optimizer=lambda steps: keras.saving.deserialize_keras_object(copy.deepcopy(optimizer)),
        batch_size=batch_size(entry, about.read(), fields),
        epochs=UNBOUNDED,
        score=criterion.score,
        validate=criterion.validate,
        select=criterion.select,
        picture=None if "sample" in entry["capabilities"] else doubtful_images,
        fields=fields,
        batches=text_batches(model.tokenizer) if fields == ("text",) else None,
        steps_per_epoch=every,
        seed=seed,
        precision="float32",
        family=entry["family"],
        modality=entry["modality"],
        paper=entry.get("paper", ""),
        notes=f"Fine-tuned from {entry['name']}; what the numbers above do not say about it has not been looked at.",
    )


def batch_size(entry, splits, fields):
    """As in the training of the model, or as much as a small source gives."""
    count = len(splits["train"][fields[0]])
    if fields == ("text",):
        count = len(data.to_text(splits["train"]["text"])) // LENGTH - 1
    return max(1, min(entry["training"]["batch_size"], count))


def text_batches(tokenizer):
    """Returns a `Recipe.batches`: windows of a text that begin where lines begin, if it has lines of ordinary length."""

    def batches(recipe, splits):
        text = data.to_text(splits["train"]["text"])
        ids = tokenizer.encode(text)
        lines = None
        if len(ids) == len(text):  # one id a character
            starts = np.concatenate([[0], np.flatnonzero([c == "\n" for c in text[:-1]]) + 1])
            lines = starts if len(starts) > len(text) // LENGTH else None
        length = min(LENGTH, len(ids) // (recipe.batch_size + 1))
        return data.TextBatches(ids, length, recipe.batch_size, recipe.seed, lines, recipe.steps_per_epoch)

    return batches


def constant_rate(entry, learning_rate=None, share=SHARE):
    """(the entry's optimizer with constant learning rates, as Keras serializes it; {player or "model": rate}).

    Without `learning_rate`, rates are `share` of the highest of the training, or those of an earlier fine-tuning.
    """
    optimizer = copy.deepcopy(entry["compile"]["optimizer"])
    parts = optimizer["config"].items()
    members = {key: part for key, part in parts if isinstance(part, dict) and "learning_rate" in part.get("config", ())}
    members = members or {"model": optimizer}
    for member in members.values():
        rate = learning_rate
        if rate is None:
            rate = highest_rate(member["config"]["learning_rate"], entry["training"]["steps"])
            rate = rate if "finetuned" in entry else float(f"{share * rate:.2g}")
        member["config"]["learning_rate"] = rate
    return optimizer, {key: member["config"]["learning_rate"] for key, member in members.items()}


def highest_rate(rate, steps):
    """The highest value of a constant, or of a serialized schedule within so many steps."""
    if not isinstance(rate, dict):
        return float(rate)
    schedule = keras.optimizers.schedules.deserialize(copy.deepcopy(rate))
    return max(float(schedule(int(step))) for step in np.linspace(0, steps, 201))


def settings(recipe, model, splits, parent, frozen):
    """What a resumed run must agree on with the run that it resumes: all but how long it is."""
    found = training.settings(recipe, model)
    del found["epochs"]
    return {**found, **parent, "frozen": frozen, "train_sha256": data.fingerprint(splits["train"])}


def weights_hash(entry):
    return next(file["sha256"] for file in entry["files"] if file["path"].endswith(".weights.h5"))


def tell(*sentences):
    print(*sentences, sep="\n", file=sys.stderr, flush=True)
