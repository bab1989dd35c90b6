"""Scores of predicted numbers: how far they are from the true ones, and how they go with them.

In: predicted and true numbers. Out: RMSE and MAE in their unit, R2, and the correlations of
Pearson and Spearman.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from textseq.vectors.scores.evaluation import pearson, spearman


def number_scores(pred: ArrayLike, gold: ArrayLike) -> dict[str, float]:
    """Scores of numbers (N,); NaN of none, R2 and correlations also where nothing varies."""
    ours, true = np.asarray(pred, float), np.asarray(gold, float)
    if ours.ndim != 1 or ours.shape != true.shape:
        raise ValueError(f"shapes {ours.shape} and {true.shape} do not fit; both are (N,)")
    names = ("rmse", "mae", "r2", "pearson", "spearman")
    if not len(ours):
        return dict.fromkeys(names, math.nan)
    off = ours - true
    spread = float(((true - true.mean()) ** 2).sum())
    return {
        "rmse": math.sqrt(float((off**2).mean())),
        "mae": float(np.abs(off).mean()),
        "r2": 1 - float((off**2).sum()) / spread if spread else math.nan,
        "pearson": _number(pearson(ours, true)),
        "spearman": _number(spearman(ours, true)),
    }


def _number(correlation: float | None) -> float:
    return math.nan if correlation is None else correlation
