"""Splits: train, valid and test parts of one data set, with nothing leaking between them.

In: a number of examples, their classes and groups; or a SequenceDataset. Out: row numbers of
each part, or the parts as data sets that share the ids. The same seed gives the same parts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textseq.advice import either
from textseq.config import choice
from textseq.rnn.data.examples import Examples
from textseq.text.encoded import EncodedCorpus

DuplicateExamples = Literal["keep", "together", "drop"]
Data = TypeVar("Data", bound=Examples)
SHARES = (0.8, 0.1, 0.1)


def split(
    dataset: Data,
    shares: Sequence[float] = SHARES,
    *,
    seed: int = 1,
    stratify: bool = False,
    duplicates: DuplicateExamples = "together",
) -> list[Data]:
    """The data set in parts of these shares, for example train, valid and test.

    `stratify`: each part has its share of every class. The data set's groups are never divided.
    `duplicates`: examples with the same ids come into the same part (`together`), only the first
    of them is used (`drop`), or they are not looked at (`keep`). Rare words are one <unk>, so
    that short texts can be the same by their ids alone: `drop` drops those too.
    """
    duplicates = choice("duplicates", duplicates, DuplicateExamples)
    rows, groups = np.arange(len(dataset)), dataset.groups
    if duplicates != "keep":
        texts = _text_numbers(dataset)
        if duplicates == "drop":
            rows = np.sort(np.unique(texts, return_index=True)[1])
            groups = None if groups is None else groups[rows]
        else:
            groups = texts if groups is None else _joined(groups, texts)
    classes = dataset.labels[rows] if stratify else None
    parts = _parts(len(rows), shares, seed, classes, groups)
    why = "of one group"
    if duplicates == "together":
        why = "with equal inputs, in which all rare words are <unk>,"
        why = why if dataset.groups is None else f"of one group or {why}"
    _check_parts(parts, shares, groups, why)
    return [dataset.select(rows[part]) for part in parts]


def split_rows(
    n_rows: int,
    shares: Sequence[float] = SHARES,
    *,
    seed: int = 1,
    stratify: ArrayLike | None = None,
    groups: ArrayLike | None = None,
) -> list[NDArray[np.int64]]:
    """The numbers 0..n_rows-1 in parts, each in rising order.

    Sizes are exact, by largest remainder. `stratify` (n_rows,) classes: each part then has its
    share of each class to within one. `groups` (n_rows,): rows of one group stay together, which
    makes sizes and classes as near as large groups allow. ValueError for shares that do not add
    up to 1, and for a part that would be empty.
    """
    parts = _parts(n_rows, shares, seed, stratify, groups)
    _check_parts(parts, shares, groups, "of one group")
    return parts


def _parts(
    n_rows: int,
    shares: Sequence[float],
    seed: int,
    stratify: ArrayLike | None,
    groups: ArrayLike | None,
) -> list[NDArray[np.int64]]:
    """As `split_rows`, but parts may be empty."""
    wanted = np.asarray(shares, float)
    if wanted.ndim != 1 or not (wanted > 0).all() or abs(wanted.sum() - 1) > 1e-9:
        raise ValueError(f"shares are {tuple(shares)}; they are above 0 and add up to 1")
    classes = _numbered("stratify", stratify, n_rows)
    rng = np.random.default_rng(seed)
    free = _quotas(np.bincount(classes, minlength=1), wanted)
    part_of = np.full(n_rows, -1)
    if groups is not None:
        _place_groups(part_of, free, classes, _numbered("groups", groups, n_rows), rng)
    for number in range(free.shape[1]):
        alone = rng.permutation(np.flatnonzero((classes == number) & (part_of < 0)))
        # Large groups may have taken more than a part's quota; what is left is shared out.
        sizes = _fitted(free[:, number], len(alone))
        part_of[alone] = np.repeat(np.arange(len(wanted)), sizes)
    return [np.flatnonzero(part_of == part) for part in range(len(wanted))]


def _check_parts(
    parts: Sequence[NDArray[np.int64]],
    shares: Sequence[float],
    groups: ArrayLike | None,
    together: str,
) -> None:
    """ValueError for a part without rows; `together`: which rows make a group."""
    n_rows = sum(map(len, parts))
    n_groups = n_rows if groups is None else len(np.unique(groups))
    for share, rows in zip(shares, parts, strict=True):
        if not len(rows):
            few = "rows"
            if n_groups < n_rows:
                few = f"groups, {n_groups}: rows {together} stay together"
            raise ValueError(
                f"a share of {share:g} of {n_rows} rows is none; there are too few {few}"
                + either(
                    "; a larger share works, or data of its own for that part",
                    "; give data of its own with --valid, or a larger --valid-share",
                )
            )


def _numbered(name: str, values: ArrayLike | None, n_rows: int) -> NDArray[np.int64]:
    if values is None:
        return np.zeros(n_rows, np.int64)
    if np.shape(values) != (n_rows,):
        raise ValueError(f"{name} has the shape {np.shape(values)}; it is ({n_rows},)")
    return np.unique(values, return_inverse=True)[1]


def _largest_remainder(exact: NDArray[np.float64], total: int) -> NDArray[np.int64]:
    """Whole numbers next to `exact` that add up to `total`; ties go to the first."""
    sizes = np.floor(exact + 1e-9).astype(np.int64)
    order = np.argsort(sizes - exact, kind="stable")
    sizes[order[: total - sizes.sum()]] += 1
    return sizes


def _quotas(counts: NDArray[np.int64], shares: NDArray[np.float64]) -> NDArray[np.int64]:
    """(S, C) how many rows of each class each part gets: every class adds up, every part too.

    Each class is divided by largest remainder. Where the parts' sizes then do not come out, the
    odd rows of classes move to other parts, never more than one of a class to or from a part.
    """
    exact = np.outer(shares, counts)
    quotas = np.stack(
        [_largest_remainder(column, int(n)) for column, n in zip(exact.T, counts, strict=True)],
        axis=1,
    )
    excess = quotas.sum(axis=1) - _largest_remainder(exact.sum(axis=1), int(counts.sum()))
    low = np.floor(exact + 1e-9).astype(np.int64)
    high = np.ceil(exact - 1e-9).astype(np.int64)
    while excess.any():
        # A path of moves from a part that has too many to one that has too few.
        start = int(np.argmax(excess))
        came_from = {start: (-1, -1)}
        queue = [start]
        for part in queue:
            for other in range(len(shares)):
                movable = np.flatnonzero((quotas[part] > low[part]) & (quotas[other] < high[other]))
                if other not in came_from and len(movable):
                    came_from[other] = (part, int(movable[0]))
                    queue.append(other)
        end = next(part for part in queue if excess[part] < 0)
        excess[start] -= 1
        excess[end] += 1
        while end != start:
            part, number = came_from[end]
            quotas[part, number] -= 1
            quotas[end, number] += 1
            end = part
    return quotas


def _fitted(free: NDArray[np.int64], n_rows: int) -> NDArray[np.int64]:
    """How `n_rows` fill the room left in the parts, in proportion where there are too few."""
    places = np.maximum(free, 0)
    if places.sum() == n_rows:
        return places
    if not places.sum():
        places = np.ones_like(places)
    return _largest_remainder(places * (n_rows / places.sum()), n_rows)


def _place_groups(
    part_of: NDArray[np.int64],
    free: NDArray[np.int64],
    classes: NDArray[np.int64],
    groups: NDArray[np.int64],
    rng: np.random.Generator,
) -> None:
    """Put every group of two and more rows where most of its classes are missing, large ones first.

    Changes `part_of`, and `free` (S, C), the places left.
    """
    sizes = np.bincount(groups)
    large = rng.permutation(np.flatnonzero(sizes > 1))
    large = large[np.argsort(-sizes[large], kind="stable")]
    order = np.argsort(groups, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)])
    for group in large.tolist():
        rows = order[starts[group] : starts[group + 1]]
        counts = np.bincount(classes[rows], minlength=free.shape[1])
        part = int(np.argmax(free @ counts))
        part_of[rows] = part
        free[part] -= counts


# --- the same text twice


def _text_numbers(dataset: Examples) -> NDArray[np.int64]:
    """(N,) a number for each distinct input."""
    numbers: dict[bytes, int] = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in _keys(dataset)], np.int64)


def _keys(dataset: Examples) -> list[bytes]:
    """What two examples share if, and (up to 2^-64) only if, their inputs are the same."""
    return [
        hashlib.blake2b(dataset[row].inputs.tobytes(), digest_size=16).digest()
        for row in range(len(dataset))
    ]


def _joined(groups: NDArray[np.int64], texts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Groups such that rows of one group or one text, or of a chain of these, are together."""
    from scipy import sparse

    scipy_sparse: Any = sparse
    n_groups = int(groups.max(initial=-1)) + 1
    n_nodes = n_groups + int(texts.max(initial=-1)) + 1
    edges = (np.ones(len(groups), np.int8), (groups, texts + n_groups))
    matrix = scipy_sparse.coo_array(edges, shape=(n_nodes, n_nodes))
    joined = scipy_sparse.csgraph.connected_components(matrix, directed=False)[1]
    return np.asarray(joined[groups], np.int64)


def without_shared(dataset: Data, *others: Examples) -> Data:
    """The examples of a data set whose texts are in none of the others.

    For published test sets that repeat training texts. ValueError unless all have one Vocab.
    """
    for other in others:
        if isinstance(dataset.inputs, EncodedCorpus) and dataset.vocab != other.vocab:
            raise ValueError("these data sets have different Vocabs; read one with the other's")
    known = {key for other in others for key in _keys(other)}
    return dataset.select([row for row, key in enumerate(_keys(dataset)) if key not in known])
