"""Fine-tuning: a model of the zoo is trained further on other data, by the runner that trains recipes."""

import copy
import math
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
from kerasgen.steps import seeded
from kerasgen.training import runner
from kerasgen.training.freezing import freeze as freeze_layers
from kerasgen.training.recipe import Recipe
from kerasgen.training.release import check_output, holds_text, publish
from kerasgen.training.run import Run, held, tell_size
from kerasgen.training.vocabulary import extended
from kerasgen.zoo import card
from kerasgen.zoo.compiling import optimizer_for
from kerasgen.zoo.loading import find_class

STEPS = 1000  # if neither steps nor minutes are given
PASSES = 10  # the same for a model that is fitted by passes over all data
SHARE = 1 / 3  # of the highest rate of the training: more than `load` takes, since what turns out worse is not kept
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
    skip_broken=False,
    full=False,
    keep_worse=False,
    extend_vocabulary=False,
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
        learning_rate: Of every optimizer, 1e-9 to 10, as in `kerasgen.load`. None: a third of the highest that the
            model was trained with; a model that was fine-tuned before keeps its rate.
        output: Directory for the result; None for <name>-finetuned.
        run_folder: Where the run keeps its state, history and logs; None for runs/finetune/<name of the output>.
        resume: Continue from the last checkpoint there; more steps or minutes may be given than before.
        restart: Discard the run that the folder holds.
        seed: Seed of the order of the data, and of the split of a source that has none, 0 to 2^31 - 1.
        every: Steps per epoch, 1 to 10^6.
        drop_unknown: Leave out the characters of a text that the model does not know.
        skip_broken: Leave out the images of a folder that cannot be read.
        full: Compute the scores that take long, too.
        keep_worse: Write a result even if it is worse on validation than the model was before.
        extend_vocabulary: Have a model of characters learn those of the text that it does not know.

    Returns:
        Path of the directory that `kerasgen.load` opens.

    Raises:
        ValueError: An argument does not fit the model or the data, and nothing has been trained; or the best epoch is worse
            on validation than the model was before, and nothing is written but the run.
        OSError: A data set or weights are not on this machine and cannot be fetched.
        FloatingPointError: A loss became NaN; the last good checkpoint is kept.
    """
    entry, folder = zoo.find(name)
    modality = modalities.get(entry["modality"])
    kind = check_source(source, modality)
    output = checked_place(output or f"{entry['name']}-finetuned", folder, source if kind == "folder" else None)
    if resume and restart:
        raise ValueError("resume and restart exclude each other; received both.")
    if drop_unknown and extend_vocabulary:
        raise ValueError("drop_unknown and extend_vocabulary exclude each other; received both.")
    checks.integer("seed", seed, 0, 2**31 - 1)
    checks.integer("every", every, 1, 10**6)
    model_class = find_class(entry["model"])
    steps, seconds = check_budget(model_class, steps, minutes)
    optimizer, rates = optimizer_for(model_class, entry, learning_rate, SHARE)

    with seeded(seed, deterministic=True):
        model, learned = zoo.load(name), []
        if extend_vocabulary and (unknown := modality.unknown(source, model)):
            model = extended(model, unknown)
            learned = [f"{len(unknown)} characters were added to what the model knows: {unknown!r:.400}."]
        frozen = freeze_layers(model, freeze)
        about, notes = read_source(modality, source, model, seed, drop_unknown, skip_broken)
        notes = [*learned, *notes]
        splits = about.read()
        fields = modality.fields(model, splits)
        criterion = criteria.choose(model, about.name if kind == "data set" else None, splits, fields, modality)
        recipe = make_recipe(entry, output.resolve().name, model, about, fields, criterion, optimizer, seed, every)
        model, batches = runner.prepare(recipe, splits)
        run = Run(run_folder or (checkout() or pathlib.Path.cwd()) / "runs" / "finetune" / recipe.name)
        parent = {"from": entry["name"], "sha256": weights_hash(entry)}
        with held(run.folder):
            run.open(settings(recipe, model, splits, parent, frozen), resume=resume, restart=restart)
            announce(recipe, criterion, notes, frozen, rates)
            validation = go_on(recipe, criterion, model, batches, splits, run, steps, seconds)
            if is_worse(validation) and not keep_worse:
                raise ValueError(worse(validation, run, frozen, rates))
            how = {"source": str(source), "drop_unknown": drop_unknown, **({"skip_broken": True} if skip_broken else {})}
            facts = {"prepared": notes, "frozen": frozen, "learning_rate": rates, "steps_per_epoch": every}
            origin = {**parent, **how, **facts, "validation": validation}
            folder = publish(recipe, {"finetuned": origin}, model, splits, run, output=output, full=full)
            tell_size(run.folder)
            return folder


def checked_place(output, model_folder, data_folder):
    """Where the result goes, an absolute path; not over the model itself, nor into the folder of the data."""
    path = check_output(output)
    if model_folder is not None and path == pathlib.Path(model_folder).resolve():
        raise ValueError(f"output must be another directory than that of the model itself; received {str(output)!r}.")
    if data_folder is not None and path.is_relative_to(pathlib.Path(data_folder).resolve()):
        raise ValueError(f"output must not lie within the folder of the data; received {str(output)!r}.")
    return path


def announce(recipe, criterion, notes, frozen, rates):
    """Says what was done to the data, which layers are frozen and which number selects the epoch."""
    rate = f"Learning rate {card.rates(rates)}, batches of {recipe.batch_size}. " if rates else ""
    tell(
        *notes,
        f"Splits of the data: {recipe.data.splits}.",
        f"Frozen: {', '.join(frozen) or 'nothing'}.",
        f"{rate}The epoch with the lowest {criterion.words} is kept.",
        *what_an_epoch_is(recipe),
    )


def what_an_epoch_is(recipe):
    """What a line of the progress stands for, in words; nothing where an epoch is what everybody takes it for."""
    steps = recipe.steps_per_epoch
    return [f"An epoch is {steps} steps (--every); after each come validation, samples and a checkpoint."] if steps else []


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
    return {"what": criterion.words, "before": before if math.isfinite(before) else None, "after": after}  # JSON has no NaN


def is_worse(validation):
    """Whether the best epoch is worse on validation than the model was before; a model that gave no number was worse still."""
    return validation["before"] is not None and validation["after"] > validation["before"]


def worse(validation, run, frozen, rates):
    """Says that a fine-tuning has made its model worse, by how much, and what to do."""
    advice = [f"a lower learning rate than {card.rates(rates)} (--learning-rate)"] if rates else []
    advice += ["no frozen layers (--freeze)"] if frozen else []
    advice += ["validation more often (--every)", "more data"]
    return (
        "Nothing is written, because fine-tuning has made the model worse: on validation, the "
        f"{validation['what']} (lower is better) was {validation['before']:.4g} before and is {validation['after']:.4g} in the "
        f"best epoch, {run.selected_epoch} of {run.epoch}. Try {', '.join(advice[:-1])}, or {advice[-1]}. To have the result "
        "all the same, pass --resume and --keep-worse (in Python: resume=True, keep_worse=True). The run stays in "
        f"{run.folder}."
    )


def evaluate(entry, model, full=False):
    """Recomputes the scores of a fine-tuned model, from the source that its entry names.

    Raises:
        ValueError: The source is not there, or its test part is no longer the one that was scored.
    """
    origin, modality = entry["finetuned"], modalities.get(entry["modality"])
    choices = origin.get("drop_unknown", False), origin.get("skip_broken", False)
    about, _ = read_source(modality, origin["source"], model, entry.get("training", {}).get("seed", 0), *choices)
    splits = about.read()
    if data.fingerprint(splits["test"]) != entry["data"].get("test_sha256"):
        raise ValueError(
            f"The scores of {entry['name']} rest on other test data than {origin['source']} gives now: it has changed since "
            "the fine-tuning, or this version of Pillow prepares it differently."
        )
    known = about.name if check_source(origin["source"], modality) == "data set" else None
    return criteria.choose(model, known, splits, modality.fields(model, splits), modality).score(model, splits, full)


def read_source(modality, source, model, seed, drop_unknown, skip_broken):
    """As `Modality.read`; a modality of a user's own need not know of `skip_broken`."""
    return modality.read(source, model, seed, drop_unknown, **({"skip_broken": True} if skip_broken else {}))


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
        batch_size=modality.batch_size(entry.get("training", {}).get("batch_size", 32), part, fields),
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
