"""Model cards and the tables of models: generated from the manifest, never written by hand."""

import pathlib

from kerasgen import zoo
from kerasgen.files import write_atomically
from kerasgen.paths import checkout, checkpoints_folder, zoo_folder

LABELS = {
    "accuracy": "accuracy",
    "accuracy_disturbed": "accuracy on disturbed images",
    "scratch_accuracy": "accuracy of its architecture trained from scratch (cas-v1, real data)",
    "probe_accuracy": "accuracy of a linear classifier of its features",
    "probe_accuracy_random": "the same with random weights",
    "probe_accuracy_pixels": "the same by pixels",
    "frechet": "Fréchet distance",
    "kernel_distance": "kernel distance",
    "kernel_distance_random": "kernel distance of random weights",
    "kernel_distance_gaussian": "kernel distance of Gaussian pixels",
    "nearer_than_real": "samples nearer to training images than real ones are",
    "precision": "precision",
    "recall": "recall",
    "density": "density",
    "coverage": "coverage",
    "top_probability": "mean top probability",
    "confident": "share named with 90% certainty",
    "smallest_class": "share of the rarest class",
    "largest_class": "share of the commonest class",
    "classification_accuracy": "classification accuracy score",
    "label_agreement": "samples that show the label asked for",
    "label_agreement_worst": "samples that show the label asked for, worst label",
    "iw_nats": "nats per image, importance-weighted bound",
    "iw_bits_per_pixel": "bits per pixel, importance-weighted bound",
    "elbo_nats": "nats per image, evidence lower bound",
    "iw_nats_first": "nats per image, importance-weighted bound, some images",
    "iw_nats_first_more": "nats per image, tighter importance-weighted bound, the same images",
    "static_nats": "nats per image, importance-weighted bound, static bits",
    "divergence": "KL of the latents in nats",
    "active_units": "active latents",
    "loss": "loss",
    "nats": "nats per token",
    "bits": "bits per token",
    "perplexity": "perplexity",
    "nats_test": "nats per token, second text",
    "bits_test": "bits per token, second text",
    "perplexity_test": "perplexity, second text",
}
HEADLINES = (
    "accuracy",
    "probe_accuracy",
    "frechet",
    "precision",
    "recall",
    "top_probability",
    "label_agreement",
    "iw_nats",
    "nats",
)


def number(value):
    """Four significant digits, without an exponent where that is readable."""
    return f"{value:.4g}"


def render(entry):
    """The Markdown card of a manifest entry."""
    name, training, data = (entry[key] for key in ("name", "training", "data"))
    if entry["modality"] == "text":
        call = 'print(model.generate("", length=300, seed=0))'
        samples = ["```text", entry["example"], "```", "", "More samples, none of them chosen: [samples.txt](samples.txt)."]
    else:
        calls = {
            "sample": "images = model.sample(16, seed=0)",
            "classify": "probabilities = model.classify(images)",
            "features": "features = model.features(images)",
        }
        call = next(call for verb, call in calls.items() if verb in entry["capabilities"])
        samples = ["![samples](samples.png)"]
    also = "".join(f" Also `{alias}`." for alias in entry.get("aliases", ()))
    lines = [
        f"# {name}",
        "",
        (f"{entry['title']}. {entry['paper']}." if entry["paper"] else f"{entry['title']}.") + also,
        "",
        *samples,
        "",
        "```python",
        "import kerasgen",
        "",
        f'model = kerasgen.load("{name}")',
        call,
        "```",
        "",
        "## Scores",
        "",
        "| metric | value | 95% interval | real data | samples | protocol |",
        "|---|---|---|---|---|---|",
    ]
    for key, score in entry["metrics"].items():
        interval = f"{number(score['low'])} to {number(score['high'])}" if "low" in score else ""
        beside = number(score["beside"]) if "beside" in score else ""
        arrow = {"higher": "↑", "lower": "↓"}.get(score.get("better"), "")
        lines.append(
            f"| {LABELS.get(key, key)} {arrow} | {number(score['value'])} | {interval} | {beside} | {score['count']:,} "
            f"| {score['protocol']} |"
        )
    for key, score in entry["metrics"].items():
        if "parts" in score:
            lines += ["", f"{LABELS.get(key, key)}, one by one: {', '.join(number(part) for part in score['parts'])}."]
    size = sum(file["bytes"] for file in entry["files"])
    lines += [
        "",
        f"Computed again by `kerasgen evaluate {name}`, compared by `kerasgen verify {name} --scores`.",
        "",
        "## Model",
        "",
        f"- class `{entry['model']}`, {entry['parameters']:,} parameters, {size / 1e6:.2f} MB, version {entry['version']}",
        f"- verbs: {', '.join(entry['capabilities'])}",
        f"- configuration: `{entry['config']}`",
        "",
        "## Training",
        "",
        f"- data: {data['name']}, {data['train_count']:,} examples ({data['splits']}); licence: {data['licence']}; "
        f"source: {data['source']}",
        f"- {origin(entry)}, seed {training['seed']}",
        f"- {training['epochs']} epochs of batches of {training['batch_size']} in {training['precision']}; released: epoch "
        f"{training['selected_epoch']} ({training['steps']:,} steps)",
        f"- {training['seconds'] / 60:.0f} minutes on {training['hardware']}; {training['software']}",
        "",
        "## Limits",
        "",
        entry["notes"]
        or "None are known beyond those of its data: it draws what its training set looks like, and nothing else.",
        "",
        "## Files",
        "",
        *[f"- `{file['path']}`: {file['bytes']:,} bytes, sha256 `{file['sha256']}`" for file in entry["files"]],
        "",
    ]
    return "\n".join(lines)


def origin(entry):
    """What the weights come from, a recipe or another model, as the lines of a list."""
    if (recipe := entry.get("recipe")) is not None:
        return f"recipe: `{recipe['file']}` (sha256 {recipe['sha256'][:12]}…)"
    tuned = entry["finetuned"]
    what, before, after = (tuned["validation"][key] for key in ("what", "before", "after"))
    lines = [
        *tuned["prepared"],
        f"fine-tuned from `{tuned['from']}` (weights sha256 {tuned['sha256'][:12]}…)",
        f"chosen on validation by {what}: {number(before)} before, {number(after)} after",
        f"frozen: {', '.join(tuned['frozen']) or 'nothing'}",
        f"learning rate {rates(tuned['learning_rate'])}",
        f"an epoch is {tuned['steps_per_epoch']} steps",
    ]
    return "\n- ".join(lines)


def rates(by_player):
    """Learning rates in words: one number where all are the same."""
    if len(set(by_player.values())) == 1:
        return number(next(iter(by_player.values())))
    return ", ".join(f"{number(rate)} ({player})" for player, rate in by_player.items())


def summary(entry):
    """(title, parameters, size, leading scores with those of real data in brackets), as words."""
    scores = []
    for key in HEADLINES:
        if (score := entry.get("metrics", {}).get(key)) is not None:
            beside = f" ({number(score['beside'])})" if "beside" in score else ""
            scores.append(f"{LABELS[key]} {number(score['value'])}{beside}")
    size = sum(file["bytes"] for file in entry["files"]) / 1e6
    return entry.get("title", ""), f"{entry['parameters']:,}", f"{size:.2f} MB", ", ".join(scores)


def table(language="en"):
    """The Markdown table of all models with their leading numbers."""
    heads = {
        "en": "| name | what | parameters | size | scores (real data) |",
        "zh": "| 名称 | 内容 | 参数量 | 大小 | 指标(真实数据) |",
    }
    rows = [heads[language], "|---|---|---|---|---|"]
    for name in zoo.list_models():
        entry = zoo.info(name)
        rows.append(f"| [`{name}`](checkpoints/{name}/card.md) | {' | '.join(summary(entry))} |")
    return "\n".join(rows)


BEGIN, END = "<!-- models: generated -->", "<!-- end of models -->"


def write_pages():
    """Writes every card of the zoo, zoo/README.md, and the tables between the markers in the READMEs of a checkout."""
    for name in zoo.list_models():
        write_atomically(checkpoints_folder() / name / "card.md", render(zoo.info(name)).encode())
    intro = (
        "# The zoo\n\nWritten by `kerasgen train` from manifest.json; do not edit. Recipes are in recipes/, weights and cards "
        "in checkpoints/.\n\n"
    )
    write_atomically(zoo_folder() / "README.md", (intro + table().replace("(checkpoints/", "(../checkpoints/") + "\n").encode())
    for name, language in (("README.md", "en"), ("README.zh.md", "zh")):
        path = (checkout() or pathlib.Path()) / name
        if checkout() and path.exists() and BEGIN in (text := path.read_text(encoding="utf-8")):
            before, rest = text.split(BEGIN, 1)
            _, after = rest.split(END, 1)
            write_atomically(path, f"{before}{BEGIN}\n\n{table(language)}\n\n{END}{after}".encode())
