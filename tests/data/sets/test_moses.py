"""MOSES: one column, a hundredth of training for validation."""


def test_a_hundredth_is_the_validation(tiny, strings):
    rows = ["C" * (i % 7 + 1) + f"N{i}" for i in range(300)]
    files = {"train.csv.gz": rows, "test.csv.gz": ["CCO", "CN"], "test_scaffolds.csv.gz": ["c1ccccc1"]}
    splits = tiny("moses", {name: ("\n".join(["SMILES", *lines]) + "\n").encode() for name, lines in files.items()})
    assert strings(splits["test"], "smiles") == ["CCO", "CN"] and strings(splits["test_scaffolds"], "smiles") == ["c1ccccc1"]
    train, validation = strings(splits["train"], "smiles"), strings(splits["validation"], "smiles")
    assert len(validation) == 3 and sorted(train + validation) == sorted(rows)
