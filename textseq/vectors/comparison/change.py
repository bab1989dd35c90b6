"""Change: which words mean something else in one set of vectors than in another.

In: two WordVectors of two corpora, and perhaps other runs of the first corpus, which say how far a
word moves though nothing has changed. Out: a Comparison: for each word how far it moved, how far
words of its frequency usually do, and whether that is more than chance. Nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textseq.advice import advise
from textseq.config import CompareConfig
from textseq.text.notices import notify
from textseq.vectors.comparison.alignment import rows_with_direction, turn_onto
from textseq.vectors.comparison.neighbourhood import neighbourhood_distances
from textseq.vectors.comparison.usual import adjust, upper_tail, usual, z_scores
from textseq.vectors.questions import Neighbour
from textseq.vectors.word_vectors import WordVectors

SIGNIFICANT = 0.05  # the false discovery rate
_FIRST = 10_000  # words that are compared where nobody knows how often they were seen
_FEWEST = 30  # words of which one can say what is usual
_SAME = 1e-5  # distances that are rounding only
_SMALLEST = 1e-7  # a distance whose logarithm is taken
_LEAST_SPREAD = 0.01  # of logarithms: where most words stayed, what moved is far off all the same


class WordChange(NamedTuple):
    """How far a word moved.

    `noise` is how far it moves between runs of one corpus, None where none were given; `usual` is
    the distance of words like it; `z` how many spreads the logarithm of its distance is
    above that of `usual`; `p` the share of usual words that move so far, `q` the same corrected for
    the many words (Benjamini & Hochberg). These are None for a word that was left out of the
    comparison. Counts are None where the vectors have none.
    """

    word: str
    count_a: int | None
    count_b: int | None
    distance: float
    noise: float | None
    usual: float | None
    z: float | None
    p: float | None
    q: float | None


class Band(NamedTuple):
    """The words between two counts (or, without counts, ranks from 1), both ends included."""

    low: int
    high: int
    n_words: int
    median_distance: float
    n_significant: int
    most: list[str]  # those of largest z


@dataclass(frozen=True)
class Comparison:
    """The words of two sets of vectors by falling change, with the rule they were compared by."""

    a: WordVectors
    b: WordVectors
    changes: list[WordChange]
    config: CompareConfig  # as it was applied
    counted: bool  # whether counts say how frequent words are, or ranks
    n_shared: int
    n_noise_runs: int
    rows_a: NDArray[np.int64] = field(repr=False)  # of the words compared, most frequent first
    rows_b: NDArray[np.int64] = field(repr=False)

    @property
    def n_significant(self) -> int:
        """Words with q <= .05."""
        return sum(change.q is not None and change.q <= SIGNIFICANT for change in self.changes)

    def of(self, word: str) -> WordChange:
        """The change of one word; UnknownWordError if one side lacks it.

        A word below the frequency floor has a distance and no more.
        """
        found = next((change for change in self.changes if change.word == word), None)
        if found is not None:
            return found
        row_a, row_b = self.a.word_id(word), self.b.word_id(word)
        rows_a, rows_b = np.append(self.rows_a, row_a), np.append(self.rows_b, row_b)
        distances = _distances(self.a, self.b, rows_a, rows_b, self.config, only_last=True)
        count_a, count_b = _counts(self.a, rows_a[-1:])[0], _counts(self.b, rows_b[-1:])[0]
        return WordChange(word, count_a, count_b, float(distances[0]), *[None] * 5)

    def neighbours(self, word: str, n: int = 10) -> tuple[list[Neighbour], list[Neighbour]]:
        """The nearest of the words compared in `a`, and in `b`."""
        sides = []
        for vectors, rows, units in zip(
            (self.a, self.b), (self.rows_a, self.rows_b), self._units, strict=True
        ):
            row = vectors.word_id(word)
            cosines = np.clip(units @ vectors.units([row])[0], -1, 1)
            best = [
                i for i in np.argsort(-cosines, kind="stable")[: n + 1].tolist() if rows[i] != row
            ]
            tokens = vectors.vocab.tokens
            sides.append([Neighbour(tokens[rows[i]], float(cosines[i])) for i in best[:n]])
        return sides[0], sides[1]

    @cached_property
    def _units(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return self.a.units(self.rows_a), self.b.units(self.rows_b)

    def bands(self, n_most: int = 3) -> list[Band]:
        """The words by powers of ten of the count on the rarer side (or of the larger rank)."""
        rank = dict(zip(self.rows_a.tolist(), range(1, len(self.rows_a) + 1), strict=True))
        groups: dict[int, list[tuple[int, WordChange]]] = {}
        for change in self.changes:
            if change.count_a is None or change.count_b is None:
                at = rank[self.a.word_id(change.word)]
            else:
                at = min(change.count_a, change.count_b)
            groups.setdefault(len(str(at)), []).append((at, change))
        found = []
        for digits in sorted(groups):
            counts, changes = zip(*groups[digits], strict=True)
            found.append(
                Band(
                    low=min(counts),
                    high=max(counts),
                    n_words=len(changes),
                    median_distance=float(np.median([change.distance for change in changes])),
                    n_significant=sum(c.q is not None and c.q <= SIGNIFICANT for c in changes),
                    most=[change.word for change in changes[:n_most]],
                )
            )
        return found

    def to_json(self, n: int | None = None) -> dict[str, Any]:
        """The rule, the bands and the first `n` changes as a dict that `json` can write."""
        return {
            "shared": self.n_shared,
            "compared": len(self.changes),
            "significant": self.n_significant,
            "options": self.config.to_json(),
            "counted": self.counted,
            "noise_runs": self.n_noise_runs,
            "bands": [band._asdict() for band in self.bands()],
            "changes": [change._asdict() for change in self.changes[:n]],
        }


def compare_vectors(
    a: WordVectors,
    b: WordVectors,
    config: CompareConfig | None = None,
    *,
    noise: Sequence[WordVectors] = (),
) -> Comparison:
    """How far each shared word moved from `a` to `b`, and how unusual that is.

    A word's distance is the cosine distance after `turn_onto`, or that of
    `neighbourhood_distances`, which needs no equal dimensions. Compared are the words that are
    frequent enough on both sides; the frequency of a word is that on the rarer side, or where one
    has no counts, its rank.

    All words move, from one text or one seed to another: the logarithm of a distance is measured
    against the median and the spread of words of like frequency (`usual`). `noise`: other runs of
    the corpus of `a`, with other seeds. How far a word moves between these then counts as usual for
    it too, by the slope of the z-scores on those of the noise. ValueError where nothing can be
    compared.
    """
    config = config or CompareConfig()
    if config.measure == "aligned" and a.dim != b.dim:
        raise ValueError(
            f"vectors of dim {a.dim} and {b.dim} cannot be aligned; "
            + advise("measure", "neighbours")
            + " compares them without"
        )
    rows_a, rows_b = rows_with_direction(a, b)
    n_shared = len(rows_a)
    if n_shared < 2:
        raise ValueError("one word is shared, which moves against no other; two or more do")
    counted = bool(a.vocab.counts.any() and b.vocab.counts.any())
    if not counted and config.restrict is None:
        config = config.replace(restrict=_FIRST)
        notify(
            "one side or both have no counts of words, so "
            + advise("min_count")
            + f" says nothing; the {_FIRST:,} first words of both are compared, by rank"
        )
    rows_a, rows_b = _frequent(a, b, rows_a, rows_b, config, counted=counted)
    logs = _logs(_distances(a, b, rows_a, rows_b, config), "both sides")
    order = np.arange(len(rows_a))
    middle, spread = usual(logs, order)
    between: list[float | None] = [None] * len(rows_a)
    if noise:
        own, mean = _noise_of(a, noise, rows_a, config)
        between = [float(each) if np.isfinite(each) else None for each in mean]
        scores = z_scores(logs, middle, spread)
        inner = (np.abs(scores) < 3) & (np.abs(own) < 3)
        slope = max(0.0, float(scores[inner] @ own[inner] / (own[inner] @ own[inner] or 1.0)))
        above, width = usual(scores - slope * own, order)
        middle, spread = middle + spread * (slope * own + above), spread * width
    z = z_scores(logs, middle, np.maximum(spread, _LEAST_SPREAD))
    p = upper_tail(z)
    q = adjust(p)
    enough = len(rows_a) >= _FEWEST
    if not enough:
        notify(
            f"{len(rows_a)} words are compared; what is usual can be said of {_FEWEST} or more, so "
            "there are distances only"
        )
    counts_a, counts_b = _counts(a, rows_a), _counts(b, rows_b)
    changes: list[WordChange] = []
    for i in np.argsort(-z if enough else -logs, kind="stable").tolist():
        found = [float(np.exp(middle[i])), float(z[i]), float(p[i]), float(q[i])]
        changes.append(
            WordChange(
                a.vocab.tokens[rows_a[i]], counts_a[i], counts_b[i], float(np.exp(logs[i])),
                between[i], *(found if enough else [None] * 4),
            )
        )  # fmt: skip
    return Comparison(
        a, b, changes, config, counted, n_shared, len(noise), rows_a, rows_b
    )  # fmt: skip


def _frequent(
    a: WordVectors,
    b: WordVectors,
    rows_a: NDArray[np.int64],
    rows_b: NDArray[np.int64],
    config: CompareConfig,
    *,
    counted: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows that are frequent enough on both sides, most frequent first."""
    ranks = np.maximum(rows_a, rows_b)
    keep = ranks < (len(a) + len(b) if config.restrict is None else config.restrict)
    rarity = ranks
    if counted:
        counts = np.minimum(a.vocab.counts[rows_a], b.vocab.counts[rows_b])
        rarity = -counts
        if not (counts >= config.min_count).any():
            raise ValueError(
                f"none of the {len(rows_a):,} shared words is frequent enough on both sides; "
                + advise("min_count", int(counts.max()))
                + " or less compares some"
            )
        keep &= counts >= config.min_count
    if not keep.any():
        raise ValueError(
            f"none of the {len(rows_a):,} shared words is among the {config.restrict:,} "
            "first of both"
        )
    order = np.flatnonzero(keep)[np.argsort(rarity[keep], kind="stable")]
    return rows_a[order], rows_b[order]


def _distances(
    a: WordVectors,
    b: WordVectors,
    rows_a: NDArray[np.int64],
    rows_b: NDArray[np.int64],
    config: CompareConfig,
    *,
    only_last: bool = False,
) -> NDArray[np.float64]:
    only = slice(len(rows_a) - 1 if only_last else 0, None)
    if config.measure == "neighbours":
        return neighbourhood_distances(
            a.units(rows_a), b.units(rows_b), config.neighbours, only=only
        )
    turn, _ = turn_onto(a, b)
    turned = b.units(rows_b[only]).astype(np.float64) @ turn
    cosines = np.vecdot(a.units(rows_a[only]).astype(np.float64), turned)
    distances: NDArray[np.float64] = 1 - np.clip(cosines, -1, 1)
    return distances


def _logs(distances: NDArray[np.float64], who: str) -> NDArray[np.float64]:
    """Logarithms of distances; ValueError where these are rounding only."""
    if distances.max() < _SAME:
        raise ValueError(f"{who} are the same vectors, perhaps turned; nothing moved")
    logs: NDArray[np.float64] = np.log(np.maximum(distances, _SMALLEST))
    return logs


def _noise_of(
    a: WordVectors, noise: Sequence[WordVectors], rows_a: NDArray[np.int64], config: CompareConfig
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How unusually far each word moves from `a` to other runs of its corpus, and how far.

    A mean z-score, (n,), 0 for a word that no run has, and a mean distance, NaN for such a one.
    """
    scores, distances, n_runs = np.zeros((3, len(rows_a)))
    for run in noise:
        if config.measure == "aligned" and run.dim != a.dim:
            raise ValueError(f"a run given as noise has dim {run.dim}, not {a.dim}")
        of_run = run.vocab.ids
        rows = np.array([of_run.get(a.vocab.tokens[row], -1) for row in rows_a.tolist()])
        known = np.flatnonzero(rows >= 0)
        known = known[run.norms[rows[known]] > 0]
        if not len(known):
            raise ValueError("a run given as noise has none of the words that are compared")
        found = _distances(a, run, rows_a[known], rows[known], config)
        logs = _logs(found, "the first side and a run given as noise")
        scores[known] += z_scores(logs, *usual(logs, np.arange(len(known))))
        distances[known] += found
        n_runs[known] += 1
    with np.errstate(invalid="ignore"):
        return scores / np.maximum(n_runs, 1), distances / n_runs


def _counts(vectors: WordVectors, rows: NDArray[np.int64]) -> list[int] | list[None]:
    counts = vectors.vocab.counts
    return counts[rows].tolist() if counts.any() else [None] * len(rows)
