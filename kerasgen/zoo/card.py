"""Model cards and lines of tables: generated from entries, never written by hand."""

from kerasgen.json_files import plain
from kerasgen.score import Score

CHINESE = {  # labels of leading scores, for the table of README.zh.md; a test asks for those of all models
    "Fréchet distance": "Fréchet 距离",
    "precision": "精确率",
    "recall": "召回率",
    "mean top probability": "最大类别概率的平均值",
    "samples that show the label asked for": "符合指定标签的样本比例",
    "accuracy": "准确率",
    "accuracy of a linear classifier of its features": "特征的线性分类准确率",
    "nats per token": "每词元奈特数",
    "accuracy of a hidden token, by both sides": "由两侧猜出被遮字符的准确率",
    "forward direction": "正向",
    "backward direction": "反向",
    "perplexity": "困惑度",
    "chunk F1, %": "短语块 F1（%）",
    "perplexity per word": "每词困惑度",
    "perplexity per character": "每字困惑度",
    "poems in the form asked for": "体裁符合要求的诗所占比例",
    "lines copied from training poems": "照抄训练诗句的比例",
    "gain of PSNR in dB, noise 0.4": "噪声 0.4 时的 PSNR 增益（dB）",
    "squared error of a reconstructed pixel": "重建像素的平方误差",
    "bits per dimension, bound": "每维比特数（界）",
    "nats per point": "每点奈特数",
    "nats per row": "每行奈特数",
    "nats per frame": "每帧奈特数",
    "each key by itself, given whether it sounded before": "各键独立，仅取决于前一帧是否发声",
    "exact answers of 1 to 20 rows, %": "1 至 20 行全对的比例（%）",
    "exact answers of 40 rows, %": "40 行全对的比例（%）",
    "exact answers of 120 rows, %": "120 行全对的比例（%）",
    "LSTM of equal size": "同样大小的 LSTM",
    "nats per image": "每张图奈特数",
    "nats per image, static bits": "每张图奈特数（静态二值图）",
    "nats per image, importance-weighted bound": "每张图奈特数（重要性加权界）",
    "mixture of Gaussians": "高斯混合",
    "the density that the points come from": "点所来自的密度",
    "Kneser-Ney of order 5": "5 阶 Kneser-Ney",
    "nats per image, importance-weighted bound, static bits": "每张图奈特数（重要性加权界，静态二值图）",
}


def number(value):
    """Four significant digits, without an exponent where that is readable."""
    return f"{value:.4g}"


def scores_of(entry):
    """{key: `Score`} of an entry."""
    where = f"{entry['name']}: metrics"
    return {key: Score.from_dict(fields, f"{where}.{plain(key):.80}") for key, fields in entry.get("metrics", {}).items()}


def reference(score, names=()):
    """What a score is to be compared with in words, "" for nothing: real data, or what is named, by another name if `names`."""
    if score.reference is None:
        return ""
    beside = dict(names).get(score.beside, score.beside)
    return f"{beside} {number(score.reference)}" if beside else number(score.reference)


def interval(score):
    """The interval of a score in words, "" for none."""
    return "" if score.low is None else f"{number(score.low)} to {number(score.high)}"


def render(entry):
    """The Markdown card of an entry."""
    from kerasgen import modalities  # which import Keras: tables can do without

    name, modality = entry["name"], modalities.get(entry["modality"])
    also = "".join(f" Also `{alias}`." for alias in entry.get("aliases", ()))
    title, shown = entry.get("title", name), modality.shown(entry)
    shown += ["", f"*{entry['caption']}*"] if shown and entry.get("caption") else []
    lines = [
        f"# {name}",
        "",
        (f"{title}. {entry['paper']}." if entry.get("paper") else f"{title}.") + also,
        "",
        *([*shown, ""] if shown else []),
        "```python",
        "import kerasgen",
        "",
        f'model = kerasgen.load("{name}")',
        modality.snippet(entry),
        "```",
        "",
        *score_lines(entry),
        *fact_lines(entry),
    ]
    return "\n".join(lines)


def score_lines(entry):
    """The scores, as lines of a card."""
    scores = scores_of(entry)
    if not scores and "saved" in entry:
        return ["## Scores", "", "None: `kerasgen.save` has no data to measure on.", ""]
    lines = [
        "## Scores",
        "",
        "| metric | value | 95% interval | real data | samples | protocol |",
        "|---|---|---|---|---|---|",
    ]
    for key, score in scores.items():
        arrow = {"higher": "↑", "lower": "↓"}.get(score.better, "")
        lines.append(
            f"| {score.named(key)} {arrow} | {number(score.value)} | {interval(score)} | {reference(score)} | {score.count:,} "
            f"| {score.protocol} |"
        )
    for key, score in scores.items():
        if score.parts:
            lines += ["", f"{score.named(key)}, one by one: {', '.join(map(number, score.parts))}."]
    name = entry["name"]
    return [*lines, "", f"`kerasgen evaluate {name}` recomputes them; `kerasgen verify {name} --scores` compares them.", ""]


def fact_lines(entry):
    """Model, training, limits and files, as lines of a card; what an entry does not tell is "not stated"."""
    version, size = entry.get("version", 1), sum(file["bytes"] for file in entry["files"])
    return [
        "## Model",
        "",
        f"- class `{entry['model']}`, {entry['parameters']:,} parameters, {size / 1e6:.2f} MB, version {version}",
        f"- verbs: {', '.join(entry['capabilities'])}",
        f"- configuration: `{entry['config']}`",
        f"- licence of the weights: {stated(entry, 'licence')}",
        "",
        "## Training",
        "",
        *(saved_lines(entry) if "saved" in entry else training_lines(entry)),
        "",
        "## Limits",
        "",
        entry.get("notes") or "Not examined: nobody has stated any, which does not mean that there are none.",
        "",
        "## Files",
        "",
        *[f"- `{file['path']}`: {file['bytes']:,} bytes, sha256 `{file['sha256']}`" for file in entry["files"]],
        "",
    ]


def stated(fields, name):
    """What an entry says of something."""
    return fields.get(name, "not stated")


def training_lines(entry):
    """Data and training of a model that a recipe or a fine-tuning has released."""
    training, data = entry.get("training", {}), entry["data"]
    examples = f"{data['train_count']:,} examples" if "train_count" in data else "an unknown number of examples"
    took = f"{training['seconds'] / 60:.0f} minutes" if "seconds" in training else "time not stated,"
    return [
        f"- data: {data['name']}, {examples} ({stated(data, 'splits')}); licence: {stated(data, 'licence')}; "
        f"source: {stated(data, 'source')}",
        f"- {origin(entry)}, seed {stated(training, 'seed')}",
        f"- {length(training)}",
        f"- {took} on {stated(training, 'hardware')}; {stated(training, 'software')}",
    ]


def saved_lines(entry):
    """Data and training of a model that `kerasgen.save` has written: little is known."""
    saved, data = entry["saved"], entry["data"]
    if "from" not in saved:
        came = "trained by hand"
    elif saved["steps"] == 0:
        came = f"from `{saved['from']}` version {saved['version']} (weights sha256 {saved['sha256'][:12]}…), not trained since"
    else:
        came = f"fine-tuned from `{saved['from']}` version {saved['version']} by hand (weights sha256 {saved['sha256'][:12]}…)"
    steps = f", {saved['steps']:,} steps of its last optimizer" if saved.get("steps") else ""
    return [f"- data: {data['name']}; licence: {data['licence']}", f"- {came}{steps}; {saved['software']}"]


def length(training):
    """How long a training was, in words."""
    if "epochs" not in training:
        return "its length is not stated"
    chosen = stated(training, "selected_epoch")
    if training.get("steps") is None:  # counting or EM
        return f"passes over all data: {training['epochs']}; released: pass {chosen}"
    return (
        f"{training['epochs']} epochs of batches of {stated(training, 'batch_size')} in {stated(training, 'precision')}; "
        f"released: epoch {chosen} ({training['steps']:,} steps)"
    )


def origin(entry):
    """What the weights come from, a recipe or another model, as lines of a list."""
    if (recipe := entry.get("recipe")) is not None:
        return f"recipe: `{recipe['file']}` (digest {recipe['digest'][:12]}…)"
    if (tuned := entry.get("finetuned")) is None:
        return "recipe: not stated"
    what, before, after = (tuned["validation"][key] for key in ("what", "before", "after"))
    rate, steps = tuned.get("learning_rate"), tuned.get("steps_per_epoch")
    lines = [
        *tuned.get("prepared", ()),
        f"fine-tuned from `{tuned['from']}` (weights sha256 {tuned['sha256'][:12]}…)",
        f"chosen on validation by {what}: {'no number' if before is None else number(before)} before, {number(after)} after",
        f"frozen: {', '.join(tuned.get('frozen', ())) or 'nothing'}",
        *([f"learning rate {rates(rate)}"] if rate else []),
        *([f"an epoch is {steps} steps"] if steps and entry.get("training", {}).get("steps") is not None else []),
    ]
    return "\n- ".join(lines)


def rates(by_player):
    """Learning rates in words: one number where all are the same."""
    if len(set(by_player.values())) == 1:
        return number(next(iter(by_player.values())))
    return ", ".join(f"{number(rate)} ({player})" for player, rate in by_player.items())


def line(entry):
    """(size, title, first leading score), as words: what fits into a line of a terminal."""
    title, _, size, _ = summary(entry)
    leading = [f"{number(score.value)} {score.named(key)}" for key, score in scores_of(entry).items() if score.leading]
    return size, title, (leading or [""])[0]


def summary(entry, language="en"):
    """(title, parameters, size, leading scores with those of real data in brackets), as words of "en" or "zh"."""
    leading = [(score.named(key), score) for key, score in scores_of(entry).items() if score.leading]
    size, title = sum(file["bytes"] for file in entry["files"]) / 1e6, entry.get("title", "")
    if language == "zh":
        title = entry.get("title_zh") or title
        leading = [(CHINESE.get(label, label), score) for label, score in leading]
    names = CHINESE if language == "zh" else ()
    before, after, comma = {"en": (" (", ")", ", "), "zh": ("（", "）", "，")}[language]
    words = [
        f"{label} {number(score.value)}" + ("" if score.reference is None else f"{before}{reference(score, names)}{after}")
        for label, score in leading
    ]
    return title, f"{entry['parameters']:,}", f"{size:.2f} MB", comma.join(words)
