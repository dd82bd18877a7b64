"""Scores of codes, for the part that other scores do not have."""

import numpy as np
import pytest

from kerasgen.scores import codes

IMAGES = np.full((6, 4, 4, 1), 255, "uint8")


class Known:
    """Reconstructions are grey."""

    length, codebook_size = 4, 8

    def reconstruct(self, images):
        return np.zeros_like(images)

    def codebook_perplexity(self, images):
        return 3.5


def test_errors_and_perplexity_are_added(monkeypatch):
    monkeypatch.setattr(codes, "score_labels", lambda judge, samples: lambda model, splits, full: {})
    monkeypatch.setattr(codes, "validate_labels", lambda judge, count: lambda model, splits: {"label_agreement": 1.0})
    scores = codes.score_codes("judge")(Known(), {"test": {"image": IMAGES}})
    assert {key: score.value for key, score in scores.items()} == {"mse": pytest.approx(0.25), "codebook_perplexity": 3.5}
    assert scores["codebook_perplexity"].count == 6 and "at most 8" in scores["codebook_perplexity"].protocol
    found = codes.validate_codes("judge", 5)(Known(), {"validation": {"image": IMAGES}})
    assert found == {"mse": pytest.approx(0.25), "codebook_perplexity": 3.5, "label_agreement": 1.0}
