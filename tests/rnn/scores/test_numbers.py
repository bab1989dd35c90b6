"""Scores of predicted numbers: by hand, and beside SciPy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped]

from textseq.rnn.scores.numbers import number_scores


def test_by_hand():
    found = number_scores([1.0, 2.0, 6.0], [1.0, 3.0, 4.0])
    assert found["rmse"] == pytest.approx(math.sqrt(5 / 3))
    assert found["mae"] == pytest.approx(1)
    assert found["r2"] == pytest.approx(1 - 5 / (14 / 3))
    assert found["spearman"] == pytest.approx(1)


def test_correlations_as_scipy_has_them():
    rng = np.random.default_rng(1)
    ours, true = rng.integers(0, 5, 40).astype(float), rng.integers(0, 5, 40).astype(float)
    found = number_scores(ours, true)
    assert found["pearson"] == pytest.approx(stats.pearsonr(ours, true).statistic)
    assert found["spearman"] == pytest.approx(stats.spearmanr(ours, true).statistic)


def test_what_does_not_vary_or_fit():
    found = number_scores([1.0, 2.0], [3.0, 3.0])
    assert math.isnan(found["r2"])
    assert math.isnan(found["pearson"])
    assert all(map(math.isnan, number_scores([], []).values()))
    with pytest.raises(ValueError, match="do not fit"):
        number_scores([1.0], [1.0, 2.0])
