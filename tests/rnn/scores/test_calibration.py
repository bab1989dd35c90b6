"""Calibration: a temperature that was put in is found again."""

from __future__ import annotations

import math

import numpy as np
import pytest

from textseq.rnn.scores.calibration import (
    HIGHEST,
    LOWEST,
    bins_of,
    calibration_error,
    fit_temperature,
    mean_loss,
)


def drawn(n: int = 20_000, n_labels: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are calibrated: labels are drawn with their probabilities."""
    rng = np.random.default_rng(1)
    logits = rng.normal(scale=2, size=(n, n_labels))
    powers = np.exp(logits)
    shares = powers / powers.sum(axis=1, keepdims=True)
    labels = (rng.random((n, 1)) > shares.cumsum(axis=1)).sum(axis=1)
    return logits, np.minimum(labels, n_labels - 1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_a_temperature_is_found_again(temperature):
    logits, labels = drawn()
    assert fit_temperature(logits * temperature, labels) == pytest.approx(temperature, rel=0.03)


def test_no_other_temperature_is_better():
    logits, labels = drawn(200)
    found = fit_temperature(logits * 2, labels)
    best = mean_loss(logits * 2 / found, labels)
    for other in np.geomspace(LOWEST, HIGHEST, 60):
        assert best <= mean_loss(logits * 2 / other, labels) + 1e-9


def test_ends_and_nothing():
    assert fit_temperature(np.empty((0, 2)), []) == 1
    assert fit_temperature(np.zeros((5, 2)), [0, 1, 0, 1, 1]) == 1
    assert fit_temperature(np.ones((5, 1)), [0] * 5) == 1
    certain = np.array([[9.0, 0.0], [0.0, 9.0]])
    assert LOWEST < fit_temperature(certain, [0, 1]) < 0.3  # the loss is 0 to a float from there on
    assert fit_temperature(certain, [1, 0]) == pytest.approx(HIGHEST, rel=1e-3)
    with pytest.raises(ValueError, match="do not fit"):
        fit_temperature(certain, [0])


def test_mean_loss_by_hand():
    assert mean_loss([[0.0, 0.0]], [1]) == pytest.approx(math.log(2))
    assert mean_loss([[1e4, 0.0]], [0]) == 0
    assert mean_loss([[1e4, 0.0]], [1]) == pytest.approx(1e4)
    assert math.isnan(mean_loss(np.empty((0, 2)), []))


def test_calibration_error_by_hand():
    # Four predictions of 0.9, of which two are right: 0.4 off. Two of 0.5, one right: 0.
    probabilities = [[0.9, 0.1]] * 4 + [[0.5, 0.5]] * 2
    assert calibration_error(probabilities, [0, 0, 1, 1, 0, 1]) == pytest.approx(0.4 * 4 / 6)
    assert calibration_error([[1.0, 0.0]], [0]) == 0
    assert math.isnan(calibration_error(np.empty((0, 2)), []))
    logits, labels = drawn()
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert calibration_error(shares, labels) < 0.02


def test_bins_and_what_chance_gives():
    sure = np.array([0.9] * 4 + [0.5] * 2)
    found = bins_of(sure, np.array([1, 1, 0, 0, 1, 0], bool), n_bins=10)
    assert found.low.tolist() == [0.5, 0.9]
    assert found.counts.tolist() == [2, 4]
    assert found.right.tolist() == [0.5, 0.5]
    assert found.error == pytest.approx(0.4 * 4 / 6)
    # E|X - 1| of two fair coins is 1/2; of four with .9: 2 (4 choose 4) 4 .9^4 .1.
    assert found.by_chance == pytest.approx((0.5 + 2 * 4 * 0.9**4 * 0.1) / 6)
    one = bins_of(np.ones(3), np.ones(3, bool))
    assert (one.error, one.by_chance) == (0, 0)
    assert math.isnan(bins_of(np.empty(0), np.empty(0, bool)).by_chance)


def test_chance_is_what_drawn_answers_give():
    rng = np.random.default_rng(1)
    sure = rng.uniform(0.5, 1, 300)
    drawn = [bins_of(sure, rng.random(300) < sure).error for _ in range(400)]
    assert bins_of(sure, sure > 0).by_chance == pytest.approx(np.mean(drawn), rel=0.03)
