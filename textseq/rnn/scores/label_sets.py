"""Scores of label sets: how well sets of labels, and the order of all labels, fit the true sets.

In: scores or truth values (N, C) and true sets (N, C). Out: micro and macro F1, exact matches, the
Hamming loss; label ranking average precision, coverage and ranking loss (Tsoumakas, Katakis &
Vlahavas 2010), where ties count against the model; a threshold for each label. They are those of
scikit-learn, to which tests/rnn/scores/test_label_sets.py compares them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_NUMBERS_AT_ONCE = 1 << 22


def set_scores(called: ArrayLike, gold: ArrayLike) -> dict[str, float]:
    """Scores of predicted sets, truth values (N, C); NaN of no rows.

    F1 is 0 where there is neither a true nor a predicted label to compare. `hamming_loss` is the
    share of wrong ones of all N C decisions.
    """
    ours, true = _checked(called, gold, bool)
    if not ours.size:
        return dict.fromkeys(("micro_f1", "macro_f1", "exact_match", "hamming_loss"), math.nan)
    hits = (ours & true).sum(axis=0)
    sizes = ours.sum(axis=0) + true.sum(axis=0)
    return {
        "micro_f1": float(2 * hits.sum() / max(1, sizes.sum())),
        "macro_f1": float((2 * hits / np.maximum(1, sizes)).mean()),
        "exact_match": float((ours == true).all(axis=1).mean()),
        "hamming_loss": float((ours != true).mean()),
    }


def ranking_scores(scores: ArrayLike, gold: ArrayLike) -> dict[str, float]:
    """Scores of the order of labels by their scores (N, C); NaN of no rows.

    `ranking_precision`: of each true label the share of true ones among those not below it, the
    mean (LRAP; 1 for a text with all labels or none). `coverage`: how many labels from the first
    on hold all true ones. `ranking_loss`: the share of pairs of a true and another label that
    stand in the wrong order (0 where there are no pairs).
    """
    given, true = _checked(scores, gold, float)
    if not given.size:
        return dict.fromkeys(("ranking_precision", "coverage", "ranking_loss"), math.nan)
    parts = [
        _of_ranks(given[at : at + n], true[at : at + n])
        for n in [max(1, _NUMBERS_AT_ONCE // max(1, given.shape[1] ** 2))]
        for at in range(0, len(given), n)
    ]
    totals = np.concatenate(parts, axis=1).mean(axis=1).tolist()
    return dict(zip(("ranking_precision", "coverage", "ranking_loss"), totals, strict=True))


def _of_ranks(scores: NDArray[Any], true: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(3, n): the three scores of each row."""
    above = scores[:, None, :] >= scores[:, :, None]  # (n, C, C): whether the last is not below
    rank = above.sum(axis=2)
    true_rank = (above & true[:, None, :]).sum(axis=2)
    n_true = true.sum(axis=1)
    n_pairs = n_true * (true.shape[1] - n_true)
    precision = np.where(true, true_rank / rank, 0).sum(axis=1) / np.maximum(1, n_true)
    wrong = np.where(true, rank - true_rank, 0).sum(axis=1)  # others that are not below
    return np.stack([
        np.where(n_pairs > 0, precision, 1.0),
        np.where(true, rank, 0).max(axis=1, initial=0),
        wrong / np.maximum(1, n_pairs),
    ])  # fmt: skip


def best_thresholds(probabilities: ArrayLike, gold: ArrayLike) -> NDArray[np.float64]:
    """(C,) for each label the threshold, from which on it is predicted, with the best F1.

    It lies in the middle between two probabilities (N, C); .5 for a label that no row has.
    """
    given, true = _checked(probabilities, gold, float)
    found: NDArray[np.float64] = np.full(given.shape[1], 0.5)
    for label in np.flatnonzero(true.any(axis=0)).tolist():
        order = np.argsort(-given[:, label], kind="stable")
        sorted_ones = given[order, label]
        hits = np.cumsum(true[order, label])
        f1 = 2 * hits / (np.arange(1, len(order) + 1) + hits[-1])
        after = np.append(sorted_ones[1:], 0.0)
        f1[after == sorted_ones] = -1  # no threshold stands between equal ones
        best = int(np.argmax(f1))
        found[label] = (sorted_ones[best] + after[best]) / 2
    return found


def _checked(
    ours: ArrayLike, gold: ArrayLike, kind: type
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    given: NDArray[Any] = np.asarray(ours, kind)
    true = np.asarray(gold, np.bool_)
    if given.ndim != 2 or given.shape != true.shape:
        raise ValueError(f"shapes {given.shape} and {true.shape} do not fit; both are (N, C)")
    return given, true
