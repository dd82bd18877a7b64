"""Fine-tuning: a model of the zoo is trained further on other data, by the runner that trains recipes."""

import copy
import pathlib
import sys

import keras

from kerasgen import checks, data, modalities, zoo
from kerasgen.callbacks import Budget
from kerasgen.exact import ExactModel
from kerasgen.files import checkout
from kerasgen.modalities.sources import check_source
from kerasgen.scores import criteria
from kerasgen.scores.judges import LEAST_CONFIDENT, least_confident_images
from kerasgen.steps import make_deterministic
from kerasgen.training import runner
from kerasgen.training.freezing import freeze as freeze_layers
from kerasgen.training.recipe import Recipe
from kerasgen.training.release import check_output, holds_text, publish
from kerasgen.training.run import Run, held
from kerasgen.training.values import constant_rate, highest_rate
from kerasgen.zoo import card
from kerasgen.zoo.bounds import check_optimizer
from kerasgen.zoo.loading import find_class

STEPS = 1000  # if neither steps nor minutes are given
PASSES = 10  # the same for a model that is fitted by passes over all data
SHARE = 1 / 3  # of the highest rate of the training: what has been learned is to be adapted, not erased
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

    The optimizers are those of the model's training, at a constant rate. An epoch is `every` steps; after each one, the
    validation number, samples and a checkpoint are written to the run's folder. Standard error says what was done to the
    data, which layers are frozen and which number selects the epoch.

    Args:
        name: A name of the zoo, or a directory that a training wrote.
        source: A registered data set, a folder of images, an .npz or a .txt file; see `kerasgen.modalities`.
        steps: Steps to train, 1 to 10^9; 1000 if neither steps nor minutes are given.
        minutes: Time to train instead, including validation but not the final scores.
        freeze: Patterns of the layers to leave unchanged, such as "discriminator/conv*"; see `kerasgen.training.freezing`.
        learning_rate: Of every optimizer. None: a third of the highest that the model was trained with; a model that was
            fine-tuned before keeps its rate.
        output: Directory for the result; None for <name>-finetuned.
        run_folder: Where the run keeps its state, history and logs; None for runs/finetune/<name of the output>.
        resume: Continue from the last checkpoint there; more steps or minutes may be given than before.
        restart: Discard the run that the folder holds.
        seed: Seed of the order of the data, and of the split of a source that has none, 0 to 2^31 - 1.
        every: Steps per epoch, 1 to 10^6.
        drop_unknown: Leave out the characters of a text that the model does not know.
        full: Compute the scores that take long, too.

    Returns:
        Path of the directory that `kerasgen.load` opens.

    Raises:
        ValueError: An argument does not fit the model or the data; nothing has been trained.
        OSError: A data set or weights are not on this machine and cannot be fetched.
        FloatingPointError: A loss became NaN; the last good checkpoint is kept.
    """
    entry, folder = zoo.find(name)
    modality = modalities.get(entry["modality"])
    check_source(source, modality)
    given = output or f"{entry['name']}-finetuned"
    output = check_output(given)
    if folder is not None and output == pathlib.Path(folder).resolve():
        raise ValueError(f"output must be another directory than that of the model itself; received {str(given)!r}.")
    if resume and restart:
        raise ValueError("resume and restart exclude each other; received both.")
    if learning_rate is not None:
        checks.number("learning_rate", learning_rate, 1e-9, 10)
    checks.integer("seed", seed, 0, 2**31 - 1)
    checks.integer("every", every, 1, 10**6)

    make_deterministic()
    keras.utils.set_random_seed(seed)
    model_class = find_class(entry["model"])
    steps, seconds = check_budget(model_class, steps, minutes)
    optimizer, rates = optimizer_for(model_class, entry, learning_rate)
    model = zoo.load(name)
    frozen = freeze_layers(model, freeze)
    about, notes = modality.read(source, model, seed, drop_unknown)
    splits = about.read()
    fields = modality.fields(model, splits)
    criterion = criteria.choose(model, about.name, splits, fields, modality)
    recipe = make_recipe(entry, output.resolve().name, model, about, fields, criterion, optimizer, seed, every)
    model, batches = runner.prepare(recipe, splits)
    run = Run(run_folder or (checkout() or pathlib.Path.cwd()) / "runs" / "finetune" / recipe.name)
    parent = {"from": entry["name"], "sha256": weights_hash(entry)}
    with held(run.folder):
        run.open(settings(recipe, model, splits, parent, frozen), resume=resume, restart=restart)
        announce(recipe, criterion, notes, frozen, rates)
        validation = go_on(recipe, criterion, model, batches, splits, run, steps, seconds)
        origin = {
            **parent,
            "source": str(source),
            "drop_unknown": drop_unknown,
            "prepared": notes,
            "frozen": frozen,
            "learning_rate": rates,
            "steps_per_epoch": every,
            "validation": validation,
        }
        return publish(recipe, {"finetuned": origin}, model, splits, run, output=output, full=full)


def announce(recipe, criterion, notes, frozen, rates):
    """Says what was done to the data, which layers are frozen and which number selects the epoch."""
    rate = f"Learning rate {card.rates(rates)}, batches of {recipe.batch_size}. " if rates else ""
    tell(
        *notes,
        f"Splits of the data: {recipe.data.splits}.",
        f"Frozen: {', '.join(frozen) or 'nothing'}.",
        f"{rate}The epoch with the lowest {criterion.words} is kept.",
    )


def go_on(recipe, criterion, model, batches, splits, run, steps, seconds):
    """Trains an open run until its steps or seconds are spent, and loads the epoch that is best on validation.

    Returns:
        {"what": the number that chooses, in words, "before", "after": its values}.
    """
    before = criterion.validate(model, splits)[criterion.select[0]]
    tell(f"On validation: {before:.4g} before fine-tuning.")
    runner.go_on(recipe, model, batches, splits, run, budget=lambda model: spent_so_far(model, run, steps, seconds))
    runner.require_selected(recipe, run)
    run.restore_selected(model)
    after = run.progress["best"]["value"]
    tell(f"On validation: {after:.4g} after epoch {run.selected_epoch}, the best.")
    if not after < before:
        tell("Warning: on validation, no epoch was better than the model before fine-tuning. Try a lower rate, or more data.")
    return {"what": criterion.words, "before": before, "after": after}


def evaluate(entry, model, full=False):
    """Recomputes the scores of a fine-tuned model, from the source that its entry names.

    Raises:
        ValueError: The source is not there, or its test part is no longer the one that was scored.
    """
    origin, modality = entry["finetuned"], modalities.get(entry["modality"])
    about, _ = modality.read(origin["source"], model, entry["training"]["seed"], origin["drop_unknown"])
    splits = about.read()
    if data.fingerprint(splits["test"]) != entry["data"]["test_sha256"]:
        raise ValueError(
            f"The scores of {entry['name']} rest on other test data than {origin['source']} gives now: it has changed since "
            "the fine-tuning, or this version of Pillow prepares it differently."
        )
    return criteria.choose(model, about.name, splits, modality.fields(model, splits), modality).score(model, splits, full)


def check_budget(model, steps, minutes):
    """Returns (steps, seconds), one of them None; a pass of an `ExactModel` (`model` is one, or its class) counts as a step."""
    if steps is not None and minutes is not None:
        raise ValueError(f"Give either steps or minutes; received steps={steps!r} and minutes={minutes!r}.")
    if minutes is not None:
        return None, 60 * checks.number("minutes", minutes, 0.001, 1e6)
    usual = PASSES if is_exact(model) else STEPS
    return checks.integer("steps", usual if steps is None else steps, 1, 10**9), None


def is_exact(model):
    """Whether a model, or a class of models, is fitted by passes over all data."""
    return issubclass(model if isinstance(model, type) else type(model), ExactModel)


def spent_so_far(model, run, steps, seconds):
    """The `Budget` of a fine-tuning, from where its run stands."""
    optimizer = getattr(model, "optimizer", None)
    return Budget(steps, seconds, run.epoch if optimizer is None else int(optimizer.iterations), run.seconds)


def optimizer_for(model, entry, learning_rate=None, share=SHARE):
    """(the optimizer of the entry with constant rates, as Keras serializes it; {player or "model": rate}).

    `model` is the model or its class. Without `learning_rate`, rates are `share` of the highest of the training, or those of
    an earlier fine-tuning. An `ExactModel` has neither: (None, {}).

    Raises:
        ValueError: There is no optimizer to continue with, or a rate is given for a model without one.
    """
    serialized = (entry.get("compile") or {}).get("optimizer")
    if is_exact(model):
        if learning_rate is not None:
            raise ValueError(f"learning_rate must be None: {entry['name']} is fitted without one; received {learning_rate!r}.")
        return None, {}
    if not serialized:
        raise ValueError(f"{entry['name']} has no optimizer to go on with; load it and call its fit in Python.")
    check_optimizer(serialized, f"{entry['name']}: compile.optimizer")

    def choose(rate):
        if learning_rate is not None:
            return learning_rate
        highest = highest_rate(rate, entry["training"]["steps"])
        return highest if "finetuned" in entry else float(f"{share * highest:.2g}")

    return constant_rate(serialized, choose)


def make_recipe(entry, name, model, about, fields, criterion, optimizer, seed, every):
    """The fine-tuning as a recipe, which the runner of all recipes takes."""
    modality, part = modalities.get(entry["modality"]), about.read()["train"]
    shows_itself = "sample" in entry["capabilities"] or "classify" not in entry["capabilities"]
    return Recipe(
        name=name,
        title=f"{entry['name']} fine-tuned on {about.name}",
        model=lambda: model,
        data=about,
        optimizer=optimizer and (lambda steps: keras.saving.deserialize_keras_object(copy.deepcopy(optimizer))),
        batch_size=modality.batch_size(entry["training"]["batch_size"], part, fields),
        epochs=UNBOUNDED,
        score=criterion.score,
        validate=criterion.validate,
        select=criterion.select,
        picture=None if shows_itself else least_confident_images,
        caption="" if shows_itself else LEAST_CONFIDENT,
        fields=fields,
        steps_per_epoch=every,
        seed=seed,
        precision="float32",
        family=entry["family"],
        modality=entry["modality"],
        licence=f"{entry.get('licence')}; {about.licence}" if holds_text(model) else entry.get("licence"),
        paper=entry.get("paper", ""),
        notes=f"Fine-tuned from {entry['name']}; nothing beyond the numbers above has been examined.",
    )


def settings(recipe, model, splits, parent, frozen):
    """What a resumed run must have in common with the run that it resumes: everything but its length."""
    found = runner.settings(recipe, model)
    del found["epochs"]
    return {**found, **parent, "frozen": frozen, "train_sha256": data.fingerprint(splits["train"])}


def weights_hash(entry):
    return next(file["sha256"] for file in entry["files"] if file["path"].endswith(".weights.h5"))


def tell(*sentences):
    print(*sentences, sep="\n", file=sys.stderr, flush=True)
