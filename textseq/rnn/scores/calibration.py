"""Calibration: probabilities that mean what they say.

In: logits and true labels of examples that training has not seen. Out: one temperature by which all
logits are divided (Guo et al., 2017), which leaves every prediction as it was; or that and the
share of a second model's logits, which are added; and how far probabilities are from the truth.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

LOWEST, HIGHEST = 0.1, 10.0  # temperatures
_STEPS = 60  # of the search, each of which leaves 0.62 of the interval


def fit_temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """The temperature, 0.1..10, with the least mean loss on logits (N, C) and label ids (N,).

    1 for no examples, and where no temperature is better than another.
    """
    scores, gold = _checked(logits, labels)
    if not len(scores) or not np.ptp(scores, axis=1).any():
        return 1.0

    def loss(log_temperature: float) -> float:
        return mean_loss(scores / math.exp(log_temperature), gold)

    # The loss is convex in 1/T, so it has one valley in log T: golden sections find it.
    low, high, ratio = math.log(LOWEST), math.log(HIGHEST), (math.sqrt(5) - 1) / 2
    for _ in range(_STEPS):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def mean_loss(logits: ArrayLike, labels: ArrayLike) -> float:
    """The mean of -log p(label), in nats; NaN of none."""
    losses = losses_of(logits, labels)
    return float(losses.mean()) if len(losses) else math.nan


def fit_mixture(logits: ArrayLike, others: ArrayLike, labels: ArrayLike) -> tuple[float, float]:
    """By what to divide the logits (N, C) of one model, and to multiply those of another.

    Their sum is that of the least mean loss: the first number is a temperature, 0.1..10, the second
    a share, 0..10, both of one convex search, since a loss is convex in what logits are multiplied
    by ("stacking", Wolpert, 1992). (1, 0) for no examples.
    """
    from scipy.optimize import minimize

    first, gold = _checked(logits, labels)
    second, _ = _checked(others, labels)
    if not len(first):
        return 1.0, 0.0
    # Scores have no origin: only distances within a row count.
    first, second = (each - each.max(axis=1, keepdims=True) for each in (first, second))
    every = np.arange(len(gold))

    def loss(scales: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = scales[0] * first + scales[1] * second
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        total = shares.sum(axis=1)
        value = float(np.mean(np.log(total) - scores[every, gold]))
        shares /= total[:, None]
        shares[every, gold] -= 1
        slope = [np.vdot(shares, each) / len(gold) for each in (first, second)]
        return value, np.array(slope)

    bounds = [(1 / HIGHEST, 1 / LOWEST), (0.0, HIGHEST)]
    start = np.array([1 / fit_temperature(first, gold), 0.0])
    search = {"jac": True, "method": "L-BFGS-B", "bounds": bounds}
    found = minimize(loss, start, **search).x  # type: ignore[no-untyped-call]
    return 1 / float(found[0]), float(found[1])


def losses_of(logits: ArrayLike, labels: ArrayLike) -> NDArray[np.float64]:
    """(N,) -log p(label) of each example, in nats."""
    scores, gold = _checked(logits, labels)
    if not len(scores):
        return np.empty(0)
    scores = scores - scores.max(axis=1, keepdims=True)
    log_total = np.log(np.exp(scores).sum(axis=1))
    losses: NDArray[np.float64] = log_total - scores[np.arange(len(gold)), gold]
    return losses


def calibration_error(probabilities: ArrayLike, labels: ArrayLike, n_bins: int = 15) -> float:
    """Expected calibration error, 0..1, of probabilities (N, C); NaN of none.

    The predictions are put into `n_bins` by their probability; it is the mean distance, weighted by
    their numbers, between the mean probability and the share of right ones in a bin.
    """
    scores, gold = _checked(probabilities, labels)
    if not len(scores):
        return math.nan
    return binned_error(scores.max(axis=1), scores.argmax(axis=1) == gold, n_bins)


class Bins(NamedTuple):
    """Predictions by their probability, in bins of one width, those that hold any: (K,) each.

    `low`: where a bin begins; `counts` predictions are in it, `sure` is their mean probability,
    `right` the share of right ones. `error` is the calibration error, `by_chance` what it would be
    in the mean if every probability were exact: so few rows do not show less.
    """

    low: NDArray[np.float64]
    counts: NDArray[np.int64]
    sure: NDArray[np.float64]
    right: NDArray[np.float64]
    error: float
    by_chance: float


class Calibration(NamedTuple):
    """The same predictions before and after the logits were divided by the temperature."""

    temperature: float
    n: int
    before: Bins
    after: Bins


def bins_of(sure: NDArray[np.float64], right: NDArray[np.bool_], n_bins: int = 15) -> Bins:
    """Predictions (N,) with these probabilities, 0..1, of which some are right."""
    bins = np.minimum((np.nan_to_num(sure) * n_bins).astype(int), n_bins - 1)
    counts = np.bincount(bins, minlength=n_bins)
    there = np.flatnonzero(counts)
    sizes = counts[there]
    means = np.bincount(bins, sure, minlength=n_bins)[there] / sizes
    shares = np.bincount(bins, right, minlength=n_bins)[there] / sizes
    off = sum(_mean_deviation(int(n), float(p)) for n, p in zip(sizes, means, strict=True))
    return Bins(
        there / n_bins, sizes, means, shares,
        binned_error(sure, right, n_bins), off / len(sure) if len(sure) else math.nan,
    )  # fmt: skip


def _mean_deviation(n: int, p: float) -> float:
    """E|X - np| of a binomial X (De Moivre; Diaconis & Zabell 1991, (1.1))."""
    above = math.floor(n * p) + 1
    if not 0 < p < 1 or above > n:
        return 0.0 if p == p else math.nan
    log_ways = math.lgamma(n + 1) - math.lgamma(above + 1) - math.lgamma(n - above + 1)
    log_share = log_ways + above * math.log(p) + (n - above + 1) * math.log1p(-p)
    return 2 * above * math.exp(log_share)


def binned_error(sure: NDArray[np.float64], right: NDArray[np.bool_], n_bins: int = 15) -> float:
    """The same from the highest probability of each example (N,) and whether its label is right.

    NaN of none, and where a probability is none, as of a model whose weights have run away.
    """
    if not len(sure) or not np.isfinite(sure).all():
        return math.nan
    bins = np.minimum((sure * n_bins).astype(int), n_bins - 1)
    distance = np.bincount(bins, sure - right, minlength=n_bins)
    return float(np.abs(distance).sum() / len(sure))


def _checked(rows: ArrayLike, labels: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    scores, gold = np.asarray(rows, np.float64), np.asarray(labels, np.int64)
    if scores.ndim != 2 or gold.shape != scores.shape[:1]:
        raise ValueError(f"rows {scores.shape} do not fit labels {gold.shape}; (N, C) fit (N,)")
    return scores, gold
