"""Scores of word pairs: how much more often two words stand together than by chance.

In: counts of two words, of the pair, of all. Out: a float; a pair is a phrase above a threshold.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from math import log
from typing import Any

Scorer = Callable[..., float]

NEGATIVE_INFINITY = float("-inf")
_TAKES = (
    "worda_count", "wordb_count", "bigram_count", "len_vocab", "min_count", "corpus_word_count",
)  # fmt: skip


def original_scorer(
    worda_count: float,
    wordb_count: float,
    bigram_count: float,
    len_vocab: float,
    min_count: float,
    corpus_word_count: float,
) -> float:
    """(pair - min_count) / (a * b) * vocabulary (Mikolov et al. 2013); -inf where a or b is 0."""
    both = worda_count * wordb_count
    return (bigram_count - min_count) / both * len_vocab if both else NEGATIVE_INFINITY


def npmi_scorer(
    worda_count: float,
    wordb_count: float,
    bigram_count: float,
    len_vocab: float,
    min_count: float,
    corpus_word_count: float,
) -> float:
    """Normalized pointwise mutual information (Bouma 2009), -1..1; -inf below min_count."""
    if bigram_count < min_count or not (worda_count and wordb_count and bigram_count):
        return NEGATIVE_INFINITY
    a, b, both = (n / corpus_word_count for n in (worda_count, wordb_count, bigram_count))
    return log(both / (a * b)) / -log(both)


SCORERS: dict[str, Scorer] = {"default": original_scorer, "npmi": npmi_scorer}


def find_scorer(scoring: Any) -> Scorer:
    """The function of that name, or the one given; ValueError where it does not take all counts."""
    if isinstance(scoring, str):
        if scoring not in SCORERS:
            raise ValueError(f"unknown scoring method string {scoring} specified")
        return SCORERS[scoring]
    missing = [name for name in _TAKES if name not in inspect.signature(scoring).parameters]
    if missing:
        raise ValueError(f"scoring function missing expected parameters {missing}")
    found: Scorer = scoring
    return found
