"""Scores of label sets: by hand, and beside scikit-learn's."""

from __future__ import annotations

import math

import numpy as np
import pytest

from textseq.rnn.scores.label_sets import best_thresholds, ranking_scores, set_scores

GOLD = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0]], bool)


def test_by_hand():
    called = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 0]], bool)
    found = set_scores(called, GOLD)
    assert found["micro_f1"] == pytest.approx(2 * 2 / (3 + 3))
    assert found["macro_f1"] == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert (found["exact_match"], found["hamming_loss"]) == (
        pytest.approx(1 / 3),
        pytest.approx(2 / 9),
    )
    scores = [[0.9, 0.5, 0.5], [0.1, 0.2, 0.3], [0.6, 0.5, 0.1]]
    ranks = ranking_scores(scores, GOLD)
    # The tie counts against the first text: its second label is third of three.
    assert ranks["ranking_precision"] == pytest.approx(((1 + 2 / 3) / 2 + 1 + 1 / 2) / 3)
    assert ranks["coverage"] == pytest.approx((3 + 0 + 2) / 3)
    assert ranks["ranking_loss"] == pytest.approx((1 / 2 + 0 + 1 / 2) / 3)


def test_thresholds_of_the_best_f1():
    probabilities = [[0.9, 0.1, 0.3], [0.8, 0.2, 0.3], [0.3, 0.3, 0.3], [0.2, 0.4, 0.1]]
    gold = np.array([[1, 0, 1], [1, 0, 1], [0, 0, 0], [0, 0, 0]], bool)
    assert best_thresholds(probabilities, gold).tolist() == pytest.approx([0.55, 0.5, 0.2])


def test_nothing_and_what_does_not_fit():
    none = np.empty((0, 3), bool)
    assert all(
        map(math.isnan, [*set_scores(none, none).values(), *ranking_scores(none, none).values()])
    )
    with pytest.raises(ValueError, match="do not fit"):
        set_scores(GOLD, GOLD[:2])


@pytest.mark.parametrize("seed", range(8))
def test_as_scikit_learn_has_them(seed: int):
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(seed)
    gold = rng.random((30, 7)) < rng.uniform(0.05, 0.6)
    scores = rng.integers(0, 6, (30, 7)) / 5  # with ties
    called = scores >= 0.5
    found = set_scores(called, gold) | ranking_scores(scores, gold)
    f1 = {
        kind: metrics.f1_score(gold, called, average=kind, zero_division=0)
        for kind in ("micro", "macro")
    }
    assert found["micro_f1"] == pytest.approx(f1["micro"])
    assert found["macro_f1"] == pytest.approx(f1["macro"])
    assert found["exact_match"] == pytest.approx(metrics.accuracy_score(gold, called))
    assert found["hamming_loss"] == pytest.approx(metrics.hamming_loss(gold, called))
    assert found["ranking_precision"] == pytest.approx(
        metrics.label_ranking_average_precision_score(gold, scores)
    )
    assert found["coverage"] == pytest.approx(metrics.coverage_error(gold, scores))
    assert found["ranking_loss"] == pytest.approx(metrics.label_ranking_loss(gold, scores))
