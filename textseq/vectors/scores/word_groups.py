"""Groups of words as a test of vectors: which word does not belong, which words belong together.

In: WordVectors; outlier sets as in the 8-8-8 data, or categories as in word_sets.py. Out: results
with how many words counted and how many were unknown. Chance is not subtracted.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from textseq.vectors.scores.evaluation import answer_ids
from textseq.vectors.scores.word_sets import read_word_lines
from textseq.vectors.word_vectors import WordVectors, row_of

OUTLIER_RULE = "a set keeps its known words, of which it needs two; an unknown outlier is skipped"
CATEGORY_RULE = "an unknown word is left out of its category"
_MOST_WORDS = 10_000  # to cluster, in memory of their number squared


@dataclass(frozen=True)
class OutlierSet:
    """Words that belong together, and others of which each does not."""

    name: str
    words: tuple[str, ...]
    outliers: tuple[str, ...]


def read_outlier_sets(path: str | os.PathLike[str]) -> list[OutlierSet]:
    """The sets of a file or of all .txt files of a folder, in the layout of 8-8-8.

    A file is a set: its words, one a line, an empty line, and its outliers. ValueError that names
    the file for another layout.
    """
    path = Path(path)
    files = sorted(path.glob("*.txt")) if path.is_dir() else [path]
    if not files:
        raise ValueError(f"{path}: there is no .txt in this folder")
    return [_read_outlier_set(file) for file in files]


def _read_outlier_set(path: Path) -> OutlierSet:
    blocks: list[list[str]] = [[]]
    for line in read_word_lines(path):
        if line.strip():
            blocks[-1].append(line.strip())
        elif blocks[-1]:
            blocks.append([])
    blocks = [block for block in blocks if block]
    if len(blocks) != 2 or len(blocks[0]) < 2:
        raise ValueError(
            f"{path} has {len(blocks)} blocks of lines; a set is two or more words, one a line, an "
            "empty line, and its outliers"
        )
    return OutlierSet(path.stem, tuple(blocks[0]), tuple(blocks[1]))


@dataclass(frozen=True)
class OutlierResult:
    """`accuracy`: share of outliers that are least like the rest of their set, 0..1; `position`:
    the mean place of the outlier, 0 for the most typical word, 1 for the least. None where none
    counted."""

    accuracy: float | None
    position: float | None
    found: int
    counted: int
    skipped: int
    rule: str = OUTLIER_RULE


def evaluate_outliers(
    vectors: WordVectors,
    sets: Sequence[OutlierSet],
    *,
    restrict: int | None = None,
    lowercase: bool = True,
) -> OutlierResult:
    """How often the word that does not belong is found (Camacho-Collados & Navigli 2016).

    Each outlier is put among the words of its set; all are ordered by their mean cosine to the
    others, which orders them as the compactness of the rest does. An outlier that ties is not
    found. Words are found as in `evaluate_analogies`.
    """
    found = outlier_places(vectors, sets, restrict=restrict, lowercase=lowercase)
    places = np.concatenate([np.empty(0), *found])
    known = places[np.isfinite(places)]
    n_found = int((known == 1).sum())
    return OutlierResult(
        accuracy=n_found / len(known) if len(known) else None,
        position=float(known.mean()) if len(known) else None,
        found=n_found,
        counted=len(known),
        skipped=len(places) - len(known),
    )


def outlier_places(
    vectors: WordVectors,
    sets: Sequence[OutlierSet],
    *,
    restrict: int | None = None,
    lowercase: bool = True,
) -> list[NDArray[np.float64]]:
    """The place of each outlier of each set, 0..1 as in OutlierResult; NaN for a skipped one."""
    ids = answer_ids(vectors, restrict, lowercase)
    found: list[NDArray[np.float64]] = []
    for group in sets:
        places = np.full(len(group.outliers), np.nan)
        rows = [
            row for row in (_row(word, ids, lowercase) for word in group.words) if row is not None
        ]
        for number, word in enumerate(group.outliers):
            row = _row(word, ids, lowercase)
            if row is None or len(rows) < 2:
                continue
            units = vectors.units([*rows, row]).astype(np.float64)
            likeness = units @ units.sum(axis=0) - np.vecdot(units, units)
            places[number] = (likeness[:-1] > likeness[-1]).mean()
        found.append(places)
    return found


@dataclass(frozen=True)
class CategoryResult:
    """`purity`: share of words that are of the largest category of their cluster, 0..1; None where
    fewer than two categories are known."""

    purity: float | None
    n_clusters: int
    counted: int
    skipped: int
    rule: str = CATEGORY_RULE


def evaluate_categories(
    vectors: WordVectors,
    categories: Mapping[str, Sequence[str]],
    *,
    restrict: int | None = None,
    lowercase: bool = True,
) -> CategoryResult:
    """How well clusters of words are their categories.

    The words, at length 1, are clustered by Ward's method into as many clusters as categories have
    known words; it draws nothing at random. Words are found as in `evaluate_analogies`.
    """
    hits = category_hits(vectors, categories, restrict=restrict, lowercase=lowercase)
    every = np.concatenate([np.empty(0), *hits])
    known = every[np.isfinite(every)]
    n_clusters = sum(bool(np.isfinite(of_one).any()) for of_one in hits)
    return CategoryResult(
        purity=float(known.mean()) if n_clusters > 1 else None,
        n_clusters=n_clusters,
        counted=len(known),
        skipped=len(every) - len(known),
    )


def category_hits(
    vectors: WordVectors,
    categories: Mapping[str, Sequence[str]],
    *,
    restrict: int | None = None,
    lowercase: bool = True,
) -> list[NDArray[np.float64]]:
    """For each category, 1 for a word that is of the largest category of its cluster, 0 for
    another, NaN for an unknown one; the mean is the purity."""
    from scipy.cluster.hierarchy import fcluster, linkage

    ids = answer_ids(vectors, restrict, lowercase)
    known: list[tuple[int, int, int]] = []  # row, category, its place there
    for number, words in enumerate(categories.values()):
        for place, word in enumerate(words):
            if (row := _row(word, ids, lowercase)) is not None:
                known.append((row, number, place))
    if len(known) > _MOST_WORDS:
        raise ValueError(f"categories of {len(known):,} words; up to {_MOST_WORDS:,} are clustered")
    hits = [np.full(len(words), np.nan) for words in categories.values()]
    n_clusters = len({number for _, number, _ in known})
    clusters = np.ones(len(known), np.int64)
    if n_clusters > 1:
        units = vectors.units([row for row, _, _ in known]).astype(np.float64)
        clusters = fcluster(linkage(units, "ward"), n_clusters, "maxclust")
    table = np.zeros((n_clusters, len(categories)), np.int64)
    np.add.at(table, (clusters - 1, np.array([number for _, number, _ in known], np.int64)), 1)
    largest = table.argmax(axis=1) if table.size else table
    for cluster, (_, number, place) in zip(clusters, known, strict=True):
        hits[number][place] = largest[cluster - 1] == number
    return hits


def _row(word: str, ids: Mapping[str, int], lowercase: bool) -> int | None:
    return row_of(word.lower() if lowercase else word, ids)
