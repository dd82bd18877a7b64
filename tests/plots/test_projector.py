"""Files for TensorBoard's projector, read back."""

import numpy as np
import pytest

from kerasgen.plots import save_projector


def test_vectors_and_names_stand_in_the_same_rows(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    save_projector(tmp_path / "new", vectors, ["a", "\n", " ", "木", "\t"])
    found = np.loadtxt(tmp_path / "new" / "vectors.tsv", delimiter="\t")
    np.testing.assert_allclose(found, vectors, rtol=1e-5)
    names = (tmp_path / "new" / "metadata.tsv").read_text(encoding="utf-8").splitlines()
    assert names == ["a", r"'\n'", "' '", "木", r"'\t'"]
    config = (tmp_path / "new" / "projector_config.pbtxt").read_text()
    assert 'tensor_path: "vectors.tsv"' in config and 'metadata_path: "metadata.tsv"' in config


@pytest.mark.parametrize(
    ("vectors", "names", "message"),
    [
        (np.zeros(3), ["a"] * 3, r"^vectors must be finite numbers \(count, width\); received float64 of shape \(3,\)"),
        (np.full((2, 2), np.nan), ["a"] * 2, r"^vectors must be finite"),
        (np.zeros((2, 2)), ["a"], r"^names must be one for each of the 2 vectors; received 1"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, vectors, names, message):
    with pytest.raises(ValueError, match=message):
        save_projector(tmp_path / "new", vectors, names)
    assert not (tmp_path / "new").exists()
