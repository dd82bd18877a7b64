"""What KerasTuner is asked and what it answers, without any training."""

import json
import math

import pytest

from kerasgen.tuning import Choice, LogUniform, Uniform, adapter
from kerasgen.tuning.results import best_trial

pytestmark = pytest.mark.filterwarnings("ignore:(currentThread|getName).*is deprecated:DeprecationWarning")
OOPS = adapter.FailedTrialError("oops")
SPACE = {"rate": LogUniform(1e-4, 1e-2), "size": Choice(8, 16, 32), "drop": Uniform(0.0, 0.5)}


def quality(values):
    return abs(math.log10(values["rate"]) + 3) + values["drop"]


class Fake:
    """Stands for a training: the score of some values, or an error for some trials."""

    def __init__(self, score=quality, failures=(), error=OOPS):
        self.score, self.failures, self.error, self.calls = score, failures, error, []

    def __call__(self, trial, values, folder, epochs, earlier):
        self.calls.append((trial, values, epochs, earlier))
        if trial in self.failures:
            raise self.error
        return {"loss": self.score(values), "epochs": epochs, "seconds": 1.5}


def search(folder, train, tuner="random", space=SPACE, objective=("loss", "min"), epochs=4, **options):
    return adapter.search(train, folder / "search", tuner, space, objective, epochs, **options)


@pytest.mark.parametrize("direction", ["min", "max"])
def test_the_best_is_the_best(tmp_path, direction):
    trials = search(tmp_path, Fake(), objective=("loss", direction), trials=8)
    assert [trial["trial"] for trial in trials] == list(range(8))
    for trial in trials:
        assert trial["status"] == "completed" and (trial["epochs"], trial["seconds"]) == (4, 1.5)
        assert trial["score"] == pytest.approx(quality(trial["values"])) and set(trial["values"]) == set(SPACE)
        assert 1e-4 <= trial["values"]["rate"] <= 1e-2 and trial["values"]["size"] in (8, 16, 32)
    scores = [trial["score"] for trial in trials]
    assert best_trial(trials, direction)["score"] == {"min": min, "max": max}[direction](scores)


def test_failed_trials_are_never_the_best_and_the_search_goes_on(tmp_path):
    train = Fake(failures=range(5))  # more in a row than KerasTuner lets pass
    trials = search(tmp_path, train, trials=7)
    assert [trial["status"] for trial in trials] == 5 * ["failed"] + 2 * ["completed"]
    assert all(trial["score"] is None for trial in trials[:5]) and best_trial(trials, "min")["trial"] in (5, 6)
    assert best_trial(trials[:5], "min") is None


def test_a_fatal_error_ends_the_search(tmp_path):
    train = Fake(failures=[1], error=adapter.FatalValueError("the objective is none"))
    with pytest.raises(ValueError, match="the objective is none"):
        search(tmp_path, train, trials=5)
    assert len(train.calls) == 2


def test_the_same_seed_gives_the_same_values(tmp_path):
    def values(folder, **options):
        return [trial["values"] for trial in search(tmp_path / folder, Fake(), trials=4, **options)]

    assert values("a", seed=0) == values("b", seed=0) != values("c", seed=1)


def test_an_interrupted_search_goes_on_where_it_was(tmp_path):
    whole = search(tmp_path / "whole", Fake(), trials=6)
    broken = Fake(failures=[3], error=KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        search(tmp_path, broken, trials=6)
    rest = Fake()
    trials = search(tmp_path, rest, trials=6)
    assert [call[0] for call in rest.calls] == [3, 4, 5] and rest.calls[0][1] == broken.calls[3][1]
    assert [trial["values"] for trial in trials] == [trial["values"] for trial in whole]
    assert len(search(tmp_path, Fake(), trials=8)) == 8  # more may be asked for


def test_a_damaged_state_is_told(tmp_path):
    search(tmp_path, Fake(), trials=1)
    (tmp_path / "search" / "oracle.json").write_text('{"cut')
    with pytest.raises(ValueError, match=r"search cannot be resumed: its files are damaged\. Pass --restart"):
        search(tmp_path, Fake(), trials=2)


def test_no_trial_is_begun_after_the_time(tmp_path):
    assert len(search(tmp_path, Fake(), trials=50, seconds=0)) == 1  # one at least
    assert len(search(tmp_path, Fake(), trials=50, seconds=0)) == 1


def test_a_grid_is_the_ends_and_the_middle_of_ranges(tmp_path):
    trials = search(tmp_path, Fake(), "grid")
    found = [tuple(trial["values"].values()) for trial in trials]
    assert len(set(found)) == 27
    assert {value[0] for value in found} == {1e-4, 1e-3, 1e-2} and {value[2] for value in found} == {0.0, 0.25, 0.5}
    assert len(search(tmp_path / "few", Fake(), "grid", trials=4)) == 4


def test_hyperband_trains_the_best_longer(tmp_path):
    train = Fake()
    trials = search(tmp_path, train, "hyperband", epochs=9)
    assert {call[2] for call in train.calls} == {1, 3, 9}
    for number, values, epochs, earlier in train.calls:
        if earlier is not None:
            before = next(call for call in train.calls if earlier.endswith(f"_{call[0]:04d}"))
            assert before[1] == values and before[2] < epochs and before[0] < number
    first = [trial["score"] for trial, call in zip(trials, train.calls, strict=True) if call[2] == 1]
    longer = [trial["score"] for trial, call in zip(trials, train.calls, strict=True) if call[2] == 3 and call[3]]
    assert sorted(longer) == sorted(first)[: len(longer)] and longer
    assert not any(name.startswith("tuner/") for trial in trials for name in trial["values"])
    again = search(tmp_path / "more", Fake(), "hyperband", epochs=9, trials=len(trials) + 3)
    assert len(again) == len(trials) + 3  # the plan is repeated until the trials are used up


@pytest.mark.slow
def test_bayesian_search_learns_and_passes_over_failures(tmp_path):
    space = {"rate": LogUniform(1e-4, 1e-2)}
    train = Fake(lambda values: abs(math.log10(values["rate"]) + 3), failures=[0, 4])
    trials = search(tmp_path, train, "bayesian", space, trials=14)
    assert [trial["trial"] for trial in trials if trial["status"] == "failed"] == [0, 4]
    assert best_trial(trials, "min")["score"] < 0.1


def test_roles_come_from_the_environment(monkeypatch):
    for name in ("KERASTUNER_TUNER_ID", *adapter.ADDRESS):
        monkeypatch.delenv(name, raising=False)
    assert adapter.role() is None
    monkeypatch.setenv("KERASTUNER_ORACLE_PORT", "1")
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "chief")
    assert adapter.role() == "chief"
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "one")
    assert adapter.role() == "worker"
    with pytest.raises(OSError, match=r"No chief answers at 127\.0\.0\.1:1\. Start the same command with KERASTUNER_TUNER_ID"):
        adapter.wait_for_chief(seconds=0)


def test_the_state_is_plain_json(tmp_path):
    search(tmp_path, Fake(), trials=1)
    assert json.loads((tmp_path / "search" / "trial_0" / "trial.json").read_text())["status"] == "COMPLETED"
