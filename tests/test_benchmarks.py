"""The benchmarks' bookkeeping; nothing is timed here."""

import importlib
import json
import pathlib

import numpy as np
import pytest

from kerasgen import data
from kerasgen.score import Score

BENCHMARKS = pathlib.Path(__file__).parent.parent / "benchmarks"
OURS, LOOP, TORCH = "kerasgen, fit", "hand-written tf.GradientTape loop", "PyTorch, eager"


@pytest.fixture
def speed(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import speed

    return speed


class FakeWorker:
    """A process that needs 30 ms a step for kerasgen and 20 ms for all others."""

    def __init__(self, blocks, **facts):
        self.names, self.facts = blocks, {"refused": {}, "parameters": 7, "first": {"loss": 2.0, "accuracy": 0.1}, **facts}

    def blocks(self):
        return {name: lambda count, name=name: count * (0.03 if name == OURS else 0.02) for name in self.names}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


def steps_with(speed, monkeypatch, torch, refused=None, **theirs):
    workers = {"tensorflow": FakeWorker([OURS, LOOP], refused=refused or {}), "torch": FakeWorker([TORCH], **theirs)}
    monkeypatch.setattr(speed, "worker", lambda kind, *arguments: workers[kind])
    monkeypatch.setattr(speed.importlib.util, "find_spec", lambda name: object() if torch else None)
    return {found["case"].partition(", ")[2]: found for found in speed.steps_of("vae-mnist", "float32", 4, 0.1)}


def test_a_peer_that_is_not_installed_is_reported_as_not_run(speed, monkeypatch):
    rows = steps_with(speed, monkeypatch, torch=False)
    assert rows[LOOP]["median"] == pytest.approx(20)
    assert rows[LOOP]["ratio"] == pytest.approx(1.5)
    assert rows[TORCH] == {"model": "vae-mnist", "case": f"float32, {TORCH}", "not_run": "torch is not installed"}
    assert "not run: torch is not installed" in speed.table("steps", rows.values())


def test_what_differs_is_not_compared(speed, monkeypatch):
    rows = steps_with(speed, monkeypatch, torch=True, refused={LOOP: "not the same training: weights apart"}, parameters=8)
    assert rows[LOOP]["not_run"] == "not the same training: weights apart"
    assert rows[TORCH]["not_run"] == "it has 8 parameters, kerasgen 7"
    rows = steps_with(speed, monkeypatch, torch=True, first={"loss": 3.0})
    assert "loss of the first step is 3" in rows[TORCH]["not_run"]
    assert steps_with(speed, monkeypatch, torch=True)[TORCH]["ratio"] == pytest.approx(1.5)


def test_page_has_medians_quartiles_and_ratios(speed):
    rows = [
        speed.row("vae-mnist", "ours", [30.0, 31.0, 32.0]),
        speed.row("vae-mnist", "loop", [30.0, 30.0, 31.0], [1.0, 1.03, 1.05], goal=1.02),
    ]
    about = {"hardware": "one machine", "load_before": 0.1, "versions": {"python": "3"}, "repeats": 3}
    results = {**about, "parts": {"steps": rows}}
    page = speed.page(json.loads(json.dumps(results)))
    assert "one machine, load average 0.1 before the start; python 3." in page
    assert "| vae-mnist | ours | 31 (30.5 to 31.5) | - |" in page
    assert "| vae-mnist | loop | 30 (30 to 30.5) | 1.03 (1.015 to 1.04), goal 1.02: missed |" in page


def test_turns_alternate_and_warm_up_is_not_counted(speed):
    calls = []
    blocks = {name: lambda count, name=name: calls.append(name) or 2.0 * count for name in "ab"}
    times = speed.take_turns(blocks, repeats=2, block_seconds=4.0)
    assert times == {"a": [2.0, 2.0], "b": [2.0, 2.0]}
    assert "".join(calls[-4:]) == "abba"


@pytest.fixture
def comparisons(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import gan_comparisons

    return gan_comparisons


def runs_of(arm, numbers, **more):
    return [{"arm": arm, "seed": i, "steps": 10 + i, "parameters": 7000, "numbers": {"frechet": n}, **more} for i, n in numbers]


def test_a_study_shows_means_and_ranges_over_seeds(comparisons):
    arms = list(comparisons.STUDIES["wasserstein"].arms)
    runs = [*runs_of(arms[0], enumerate([1.0, 2.0, 6.0])), *runs_of(arms[1], enumerate([4.0]))]
    page = comparisons.page("wasserstein", {"budget": 9, "runs": runs})
    assert f"| {arms[0]} | 7,000 | 11 | 3 (1 to 6) |" in page
    assert f"| {arms[1]} | 7,000 | 10 | 4 |" in page
    assert arms[2] not in page and "9 seconds of processor time an arm; means over 3 seeds" in page


def test_techniques_show_the_last_weights_too(comparisons):
    runs = runs_of("plain", enumerate([5.0, 7.0]), last_weights={"frechet": 8.0})
    page = comparisons.page("techniques", {"budget": 20, "runs": runs})
    assert "| plain | 7,000 | 10 | 6 (5 to 7) |" in page
    assert "| plain, last weights in place of the average | 7,000 | 10 | 8 (8 to 8) |" in page


def test_arms_of_a_study_are_of_equal_size(comparisons):
    for name, share in (("wasserstein", 0.01), ("attention", 0.01), ("techniques", 0)):
        sizes = []
        for arm in comparisons.STUDIES[name].arms.values():
            model = arm.model(0)
            sizes.append(sum(getattr(model, player).count_params() for player in model.players))
            model.compile(arm.optimizer())
        assert max(sizes) - min(sizes) <= share * min(sizes), name


def test_last_weights_draw_without_the_average(comparisons):
    from kerasgen import latents
    from kerasgen.models.gan.mlp_gan import MLPGAN

    model = MLPGAN(image_shape=(4, 4, 1), latent_dim=3, widths=(5,), discriminator_widths=(5,), seed=0)
    model.average.update()
    before = model.sample(4, seed=1)
    for weight in model.generator.trainable_weights:
        weight.assign_add(0.5 + 0 * weight)
    np.testing.assert_array_equal(model.sample(4, seed=1), before)
    expected = model.generator(latents.draw(3, 2, seed=1, start=1), training=False)
    np.testing.assert_allclose(comparisons.LastWeights(model).sample(2, seed=1, start=1), expected, atol=1e-6)


@pytest.fixture
def collapse(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import posterior_collapse

    return posterior_collapse


def test_discs_show_their_factors(collapse):
    images, factors = collapse.discs(200, seed=3)
    assert images.shape == (200, 16, 16, 1) and images.dtype == np.uint8 and factors.shape == (200, 4)
    weights = images[..., 0] / images.sum(axis=(1, 2, 3))[:, None, None]
    rows, columns = np.mgrid[:16, :16] + 0.5
    place = np.stack([(weights * columns).sum(axis=(1, 2)), (weights * rows).sum(axis=(1, 2))], axis=1)
    low, high = collapse.LEAST, collapse.MOST
    np.testing.assert_allclose(place, (low + factors * (high - low))[:, :2], atol=0.2)
    np.testing.assert_allclose(images.max(axis=(1, 2, 3)) / 255, 0.4 + 0.6 * factors[:, 3], atol=0.01)
    tiled = collapse.discs_on_tiles(200, seed=3)
    assert np.all(tiled >= images) and set(np.unique(tiled[images == 0])) == {8, 84}


def test_information_gap_of_codes_whose_answer_is_known(collapse):
    random = np.random.default_rng(0)
    factors, noise = random.uniform(size=(5000, 4)), random.normal(size=(5000, 6))
    one_each = np.concatenate([noise[:, :1], 3 * factors[:, ::-1], noise[:, 1:2]], axis=1)
    np.testing.assert_allclose(collapse.information_gap(one_each, factors), 1, atol=0.03)
    twice = np.concatenate([factors, -factors], axis=1)
    np.testing.assert_allclose(collapse.information_gap(twice, factors), 0, atol=0.01)
    assert np.all(collapse.information_gap(noise, factors) < 0.03)
    angle = random.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned = np.concatenate([(factors[:, :2] - 0.5) @ turn, factors[:, 2:]], axis=1)
    assert (
        collapse.information_gap(turned, factors)[:2].max() < 0.9 and collapse.information_gap(turned, factors)[2:].min() > 0.95
    )


def test_page_of_collapses_has_means_and_ranges(collapse, tmp_path):
    latents, part = {"latents": [2.0, 0.5]}, {"active_vector": 2, "active_map": 0, "map": 0.0}
    runs = [
        {"study": "collapse", "arm": "none", "seed": i, "vector": 5.0 + i, "elbo": -23.0, **part, **latents} for i in (0, 1)
    ]
    for beta in (1.0, 4.0):
        numbers = {"error": 0.01 * beta, "active": 4, "divergence": 6.0, "elbo": -24.0, **latents}
        runs += [{"study": "beta", "arm": beta, "seed": i, "gap": 0.25 * i, **numbers} for i in (0, 1)]
    results = {"steps": collapse.STEPS, "minutes": 3.2, "hardware": "one machine", "runs": runs}
    page = collapse.table(results)
    assert "| none | 5.50 (5.00 to 6.00) | 0.00 (0.00 to 0.00) | 2.0 (2.0 to 2.0) | 0.0 (0.0 to 0.0) | -23.00" in page
    assert "| 4.0 | 0.04000 (0.04000 to 0.04000) | 0.125 (0.000 to 0.250) |" in page and "over 2 seeds" in page
    collapse.plot(results, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 5000


@pytest.fixture
def anomaly(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import anomaly

    return anomaly


def test_an_image_is_coded_by_counts_of_its_own_contexts(anomaly):
    bits = np.where(np.random.default_rng(0).uniform(size=(3, 5, 6, 1)) < 0.4, 1.0, -1.0).astype("float32")
    expected = []
    for image in bits[..., 0]:
        seen, nats = {}, 0.0
        for row in range(5):
            for column in range(6):
                near = [(row + y, column + x) for y, x in anomaly.NEIGHBOURS]
                context = tuple(y >= 0 and 0 <= x < 6 and image[y, x] > 0 for y, x in near)
                ones, count = seen.get(context, (0.5, 1.0))
                bit = image[row, column] > 0
                nats -= np.log((ones if bit else count - ones) / count)
                seen[context] = (ones + bit, count + 1)
        expected.append(nats)
    np.testing.assert_allclose(anomaly.counted_nats(bits), expected)


def test_complexity_mends_what_the_bound_gets_wrong(anomaly):
    digits = data.load("mnist", smoke=True)
    kinds = {"digits": digits["test"]["image"], "small": anomaly.shrunk(digits["test"]["image"])}

    class ByInk:
        """Finds an image the likelier, the less ink it has."""

        def elbo(self, bits, samples):
            return -0.5 * np.sum(bits > 0, axis=(1, 2, 3)).astype("float32")

    found = anomaly.compare(ByInk(), kinds, digits["validation"]["image"])
    assert found["digits"]["areas"] is None and list(found["small"]["areas"]) == list(anomaly.SCORES)
    assert found["small"]["areas"]["-bound"] < 0.1 and found["small"]["areas"]["-bound - zlib"] > 0.9
    facts = {"seconds": 5.0, "hardware": "one machine", "epochs": 1, "training_images": 640}
    page = anomaly.page({**facts, "digits": found, "clothes": found})
    assert page.count("| digits | 20 | ") == 2 and "| - | - | - | - |" in page and "5 seconds on one machine" in page


@pytest.fixture
def pythae(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import vae_pythae

    return vae_pythae


def training(seconds, bound=-100.0, parameters=7):
    return {"seconds": [9.0, seconds, seconds], "bound": bound, "parameters": parameters}


def test_pythae_is_reported_as_not_run_where_it_is_not_installed(pythae, monkeypatch):
    monkeypatch.setattr(pythae.importlib.util, "find_spec", lambda name: None if name == "pythae" else object())
    found = pythae.rounds(2, lambda side, seed: training(2.0, bound=-100.0 - seed))
    assert found["pythae"] == "pythae not installed" and len(found["kerasgen"]) == 2
    lines = pythae.table(found)
    assert "| kerasgen | 2.00 (2.00 to 2.00) | 9.00 | -100.50 (-101.00 to -100.00) |" in lines
    assert "| pythae | not run: pythae not installed | - | - |" in lines and lines[-1].startswith("No comparison")


def test_sides_take_turns_and_are_compared_without_the_first_epoch(pythae, monkeypatch):
    monkeypatch.setattr(pythae, "missing", lambda side: None)
    order = []
    found = pythae.rounds(2, lambda side, seed: order.append(side) or training({"kerasgen": 1.0, "pythae": 2.0}[side]))
    assert order == ["kerasgen", "pythae", "pythae", "kerasgen"]
    assert pythae.table(found)[-1] == "kerasgen takes 0.50 of pythae's time; goal 0.9: met."
    assert "different numbers" in pythae.table({"kerasgen": [training(1.0)], "pythae": [training(1.0, parameters=8)]})[-1]


@pytest.mark.parametrize("name", ["attention_maps", "finetuning", "gan_quality", "keras_io_dcgan", "speed_worker", "timing"])
def test_every_program_can_be_imported(name, monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    assert importlib.import_module(name).__doc__


def test_a_page_of_gans_has_real_data_first(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import gan_quality

    results = {
        name: {"frechet": Score(value, 9, "x", label="Fréchet distance", reference=0.0), "confident": Score(0.5, 9, "x")}
        for name, value in (("ours", 1.25), ("theirs", 30.0))
    }
    assert gan_quality.table(results).splitlines() == [
        "| | Fréchet distance | confident |",
        "|---|---|---|",
        "| real data | 0 |  |",
        "| ours | 1.25 | 0.5 |",
        "| theirs | 30 | 0.5 |",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("model", ["vae-mnist", "lstm-shakespeare"])
def test_arms_of_a_fine_tuning_start_at_the_zoos_weights_or_at_random(model, monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import finetuning

    clothes = data.DataSet("clothes", lambda: data.load("fashion_mnist", smoke=True))
    monkeypatch.setitem(data.registry._DATA_SETS, "clothes", clothes)
    (tmp_path / "a.txt").write_text(data.to_text(data.load("tiny_shakespeare", smoke=True)["train"]["text"]) * 2)
    source = "clothes" if model == "vae-mnist" else str(tmp_path / "a.txt")
    task = finetuning.Task(model, source, steps=1, every=1, images=40)
    arms = {start: finetuning.arm(task, 0, start) for start in task.starts}
    pretrained, random = (arms[start]["curve"][0] for start in task.starts)
    if model == "vae-mnist":  # of digits: it is sure of what clothes are not
        assert pretrained > random
    else:
        assert pretrained < 2 < random
    rates = [arms[start]["rates"]["model"] for start in task.starts]
    assert rates[0] == pytest.approx(rates[1] / 3, rel=0.05) and len(arms["pretrained"]["curve"]) == 2
