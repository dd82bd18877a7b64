"""The 6:2:2 split: complete, disjoint, exact, the same for the same seed."""

import doctest
import itertools

import numpy as np
import pytest

from kerasgen.data import fingerprint, from_strings, split, splitting, to_strings, to_text

PARTS = ("train", "validation", "test")


def sizes(parts, field="label"):
    return [len(parts[part][field]) for part in parts]


def test_the_examples_of_the_docstrings_run():
    assert doctest.testmod(splitting).failed == 0


@pytest.mark.parametrize("count", [10, 11, 12, 13, 99, 1000])
@pytest.mark.parametrize("proportions", [(6, 2, 2), (8, 1, 1), (1, 1, 1), (9, 1, 0), (0.5, 0.3, 0.2)])
def test_sizes_are_largest_remainders(count, proportions):
    weights = np.array(proportions) / sum(proportions)
    parts = split({"label": np.arange(count)}, proportions)
    assert sorted(np.concatenate([fields["label"] for fields in parts.values()])) == list(range(count))
    assert list(parts) == [part for part, weight in zip(PARTS, weights, strict=True) if weight]
    found = np.zeros(3)
    found[: len(parts)] = sizes(parts)
    # Of all sizes with this sum, those of the largest remainders are the nearest to the exact ones.
    error = np.abs(found - count * weights).sum()
    for change in itertools.product((-1, 0, 1), repeat=3):
        other = found + change
        if other.sum() == count and (other >= 0).all():
            assert np.abs(other - count * weights).sum() >= error - 1e-9


def test_the_seed_decides_and_its_hash_is_known():
    arrays = {"label": np.arange(1000), "image": np.arange(4000, dtype="uint8").reshape(1000, 2, 2, 1)}
    first, again, other = split(arrays), split(arrays), split(arrays, seed=1)
    assert {part: fingerprint(fields) for part, fields in first.items()} == {p: fingerprint(f) for p, f in again.items()}
    assert set(first["test"]["label"]) != set(other["test"]["label"])
    assert np.all(np.diff(first["train"]["label"]) > 0)  # they keep their order
    assert (first["test"]["image"].reshape(200, 4)[:, 0] == (4 * first["test"]["label"]).astype("uint8")).all()
    assert first["test"]["label"][:8].tolist() == [6, 7, 14, 18, 23, 27, 29, 37]  # with every NumPy, on every machine


@pytest.mark.parametrize("counts", [(50, 50), (7, 13, 80), (1,) * 60, (2, 3) * 20])
def test_each_class_is_divided_in_proportion(counts):
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    parts = split({"label": labels}, stratify="label", seed=3)
    assert sum(sizes(parts)) == len(labels)
    for part, weight in zip(PARTS, (0.6, 0.2, 0.2), strict=True):
        found = np.bincount(parts[part]["label"], minlength=len(counts))
        assert np.all(np.abs(found - weight * np.array(counts)) <= 1.001)
        assert abs(found.sum() - weight * len(labels)) < 2  # small classes do not all favour one part
    shuffled = split({"label": labels}, stratify=labels.tolist(), seed=3)
    assert all((shuffled[part]["label"] == parts[part]["label"]).all() for part in PARTS)


def test_a_group_is_in_one_part_as_a_whole():
    rng = np.random.default_rng(1)
    speakers = [f"speaker {i}" for i in rng.integers(0, 60, 1000)]
    arrays = {**from_strings("speaker", speakers), "label": np.arange(1000)}
    for groups in ("speaker", speakers):
        parts = split(arrays, groups=groups)
        found = [set(to_strings(parts[part], "speaker")) for part in PARTS]
        assert sum(map(len, found)) == len(set.union(*found)) == len(set(speakers))
        assert np.abs(np.array(sizes(parts)) - [600, 200, 200]).max() <= 5
    assert sizes(split({"label": np.arange(10)}, groups=np.arange(10))) == [6, 2, 2]


def test_splits_are_joined_first():
    given = {"train": {"label": np.arange(7)}, "test": {"label": np.arange(7, 10)}}
    parts = split(given)
    assert sorted(np.concatenate([fields["label"] for fields in parts.values()])) == list(range(10))


def test_series_and_texts_are_cut_by_position():
    parts = split({"series": np.arange(10.0)}, shuffle=False)
    assert [parts[part]["series"].tolist() for part in PARTS] == [[0, 1, 2, 3, 4, 5], [6, 7], [8, 9]]
    text = "春眠不覺曉" * 7 + "abc"
    parts = split({"text": np.frombuffer(text.encode(), "uint8")}, (8, 1, 1), shuffle=False)
    pieces = [to_text(parts[part]["text"]) for part in PARTS]  # no character is cut through
    assert "".join(pieces) == text and len(pieces[0]) >= 0.75 * len(text)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parts": (6, 2)}, r"^parts must be three finite numbers, .* received \(6, 2\)\."),
        ({"parts": (0, 5, 5)}, r"^parts must be .* received \(0, 5, 5\)"),
        ({"parts": (6, -2, 2)}, r"^parts must be .* received \(6, -2, 2\)"),
        ({"parts": (6, float("nan"), 2)}, r"^parts must be .* nan"),
        ({"parts": "622"}, r"^parts must be .* received '622'"),
        ({"seed": -1}, r"^seed must be an integer from 0 .* received -1"),
        ({"stratify": "kind"}, r"^stratify must be an array or one of the fields 'label'; received 'kind'"),
        ({"groups": np.zeros((20, 2))}, r"^groups must be one value for each of the 20 examples; received shape \(20, 2\)"),
        ({"groups": [1, 2]}, r"^groups must be one value for each of the 20 examples; received shape \(2,\)"),
        ({"stratify": "label", "groups": "label"}, r"^stratify, groups and shuffle=False exclude each other"),
        ({"groups": "label", "shuffle": False}, r"^stratify, groups and shuffle=False exclude each other"),
        ({"parts": (98, 1, 1)}, r"^arrays must hold enough examples for every part; received 20, none for validation, test"),
        ({"groups": np.zeros(20)}, r"^arrays must hold enough .* none for validation, test"),
    ],
)
def test_wrong_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        split({"label": np.arange(20)}, **options)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (np.arange(5), r"^arrays must be a dictionary \{field: array\}; received ndarray"),
        ({}, r"^arrays must be a dictionary"),
        ({"train": {"a": np.arange(9)}, "test": {"b": np.arange(9)}}, r"^arrays must have the same fields in each split"),
        ({"a": np.arange(9), "b": np.arange(8)}, r"^arrays must hold 9 examples in each field; received 8 in 'b'"),
        ({"text": np.arange(99, dtype="uint8")}, r"^shuffle must be False for one long text, .* received True"),
    ],
)
def test_wrong_arrays_are_named(arrays, message):
    with pytest.raises(ValueError, match=message):
        split(arrays)
