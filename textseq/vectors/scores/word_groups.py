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
    ids = answer_ids(vectors, restrict, lowercase)
    places: list[float] = []
    skipped = 0
    for group in sets:
        rows = [
            row for row in (_row(word, ids, lowercase) for word in group.words) if row is not None
        ]
        for word in group.outliers:
            row = _row(word, ids, lowercase)
            if row is None or len(rows) < 2:
                skipped += 1
                continue
            units = vectors.units([*rows, row]).astype(np.float64)
            likeness = units @ units.sum(axis=0) - np.vecdot(units, units)
            places.append(float((likeness[:-1] > likeness[-1]).mean()))
    found = sum(place == 1 for place in places)
    counted = len(places)
    return OutlierResult(
        accuracy=found / counted if counted else None,
        position=float(np.mean(places)) if counted else None,
        found=found,
        counted=counted,
        skipped=skipped,
    )


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
    from scipy.cluster.hierarchy import fcluster, linkage

    ids = answer_ids(vectors, restrict, lowercase)
    known: list[tuple[int, int]] = []  # row, category
    n_words = 0
    for number, words in enumerate(categories.values()):
        n_words += len(words)
        rows = (_row(word, ids, lowercase) for word in words)
        known += [(row, number) for row in rows if row is not None]
    if len(known) > _MOST_WORDS:
        raise ValueError(f"categories of {len(known):,} words; up to {_MOST_WORDS:,} are clustered")
    n_clusters = len({number for _, number in known})
    skipped = n_words - len(known)
    if n_clusters < 2:
        return CategoryResult(None, n_clusters, len(known), skipped)
    units = vectors.units([row for row, _ in known]).astype(np.float64)
    clusters = fcluster(linkage(units, "ward"), n_clusters, "maxclust")
    table = np.zeros((n_clusters, len(categories)), np.int64)
    np.add.at(table, (clusters - 1, [number for _, number in known]), 1)
    purity = float(table.max(axis=1).sum() / len(known))
    return CategoryResult(purity, n_clusters, len(known), skipped)


def _row(word: str, ids: Mapping[str, int], lowercase: bool) -> int | None:
    return row_of(word.lower() if lowercase else word, ids)
