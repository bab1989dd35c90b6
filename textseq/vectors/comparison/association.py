"""Association: whether two sets of words lean to two others differently (WEAT).

In: WordVectors and four sets of words. Out: the effect size, the p-value of the permutation test,
and how far each word leans. How sets are read is word_sets.py's business.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.vectors.word_vectors import WordVectors, row_of

PARTITIONS = 100_000
WEAT_RULE = (
    "an unknown word is left out of its set; p is the share of partitions of X and Y together, in "
    "sets of their sizes, whose difference is as large or larger"
)
_AT_ONCE = 1 << 13
_ROUNDING = 1e-9  # of sums that are the same in another order


@dataclass(frozen=True)
class Association:
    """How two sets of targets, X and Y, differ in their association with attributes, A and B.

    `effect_size` is -2..2 and positive where X leans to A; `p` is one-sided, for a difference as
    large in that direction, `p_two_sided` for one as large in either. `n_partitions` were compared,
    all there are if `exact`. `associations`: s(w, A, B) of each word of X and of Y. `left_out`: the
    words that have no vector, by set.
    """

    effect_size: float
    difference: float
    p: float
    p_two_sided: float
    n_partitions: int
    exact: bool
    seed: int | None
    associations: tuple[dict[str, float], dict[str, float]]
    left_out: dict[str, list[str]]
    rule: str = WEAT_RULE

    def to_json(self) -> dict[str, Any]:
        """The result as a dict that `json` can write."""
        of_x, of_y = self.associations
        return {
            "effect_size": self.effect_size, "difference": self.difference, "p": self.p,
            "p_two_sided": self.p_two_sided, "n_partitions": self.n_partitions,
            "exact": self.exact, "seed": self.seed, "x": of_x, "y": of_y,
            "left_out": self.left_out, "rule": self.rule,
        }  # fmt: skip


def weat(
    vectors: WordVectors,
    x: Sequence[str],
    y: Sequence[str],
    a: Sequence[str],
    b: Sequence[str],
    *,
    partitions: int = PARTITIONS,
    seed: int = 1,
) -> Association:
    """The word embedding association test of Caliskan, Bryson & Narayanan (2017).

    The association of a word is its mean cosine to `a` less that to `b`; the difference is the mean
    of these in `x` less that in `y`, and the effect size this by their standard deviation over both
    (of n, not n - 1). The p-value is that of the permutation test over all partitions of `x` and
    `y` together, the observed one among them, if there are no more than `partitions`; else so many
    different ones are drawn by `seed`, and p is (as large + 1) / (drawn + 1).

    A word without a vector is left out. ValueError for a set of which fewer than two words (`x`,
    `y`) or none (`a`, `b`) are left, for a word that is in both of a pair or in one twice, and
    where all words are associated alike.
    """
    if partitions < 1:
        raise ValueError(f"partitions is {partitions}; it is a number of them, 1 or more")
    named = {"x": x, "y": y, "a": a, "b": b}
    for one, other in (("x", "y"), ("a", "b")):
        pooled = [*named[one], *named[other]]
        twice = next((word for word in pooled if pooled.count(word) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice!r} stands twice in {one} and {other}; each word is in one")
    known: dict[str, list[str]] = {}
    rows: dict[str, list[int]] = {}
    for name, words in named.items():
        found = [(word, row_of(word, vectors.vocab.ids)) for word in words]
        known[name] = [word for word, row in found if row is not None]
        rows[name] = [row for _, row in found if row is not None]
        least = 2 if name in "xy" else 1
        if len(rows[name]) < least:
            raise ValueError(
                f"{len(rows[name])} of the {len(words)} words of {name} have a vector; {least} or "
                "more are needed"
            )
    to_a, to_b = (vectors.units(rows[name]).astype(np.float64).mean(axis=0) for name in "ab")
    targets = vectors.units(rows["x"] + rows["y"]).astype(np.float64)
    leans = targets @ (to_a - to_b)
    spread = leans.std()
    if spread < _ROUNDING:
        raise ValueError("all words of x and y are associated with a and b alike")
    n_x, n_y = len(rows["x"]), len(rows["y"])
    difference = float(leans[:n_x].mean() - leans[n_x:].mean())
    n_all = math.comb(n_x + n_y, n_x)
    exact = n_all <= partitions
    chosen = (
        _all_subsets(n_x + n_y, n_x) if exact else _draw_subsets(n_x + n_y, n_x, partitions, seed)
    )
    larger = more_extreme = 0
    for subsets in chosen:
        of_x = leans[subsets].sum(axis=1)
        differences = of_x / n_x - (leans.sum() - of_x) / n_y
        larger += int((differences >= difference - _ROUNDING).sum())
        more_extreme += int((np.abs(differences) >= abs(difference) - _ROUNDING).sum())
    observed = 0 if exact else 1  # which is among all, and not among the drawn
    n_partitions = n_all if exact else partitions
    return Association(
        effect_size=difference / float(spread),
        difference=difference,
        p=(larger + observed) / (n_partitions + observed),
        p_two_sided=(more_extreme + observed) / (n_partitions + observed),
        n_partitions=n_partitions,
        exact=exact,
        seed=None if exact else seed,
        associations=(
            dict(zip(known["x"], leans[:n_x].tolist(), strict=True)),
            dict(zip(known["y"], leans[n_x:].tolist(), strict=True)),
        ),
        left_out={
            name: [word for word in words if word not in known[name]]
            for name, words in named.items()
        },
    )


def _all_subsets(n: int, size: int) -> Iterator[NDArray[np.int64]]:
    """Every choice of `size` of n, in blocks (B, size)."""
    subsets = combinations(range(n), size)
    while block := list(islice(subsets, _AT_ONCE)):
        yield np.array(block)


def _draw_subsets(n: int, size: int, n_drawn: int, seed: int) -> Iterator[NDArray[np.int64]]:
    """So many different choices, in blocks (B, size), without the first `size` themselves."""
    rng = np.random.default_rng(seed)
    seen = {np.packbits(np.arange(n) < size).tobytes()}
    while n_drawn:
        subsets = np.sort(rng.random((_AT_ONCE, n)).argsort(axis=1)[:, :size], axis=1)
        masks = np.zeros((_AT_ONCE, n), bool)
        np.put_along_axis(masks, subsets, True, axis=1)
        new: list[int] = []
        for number, bits in enumerate(np.packbits(masks, axis=1)):
            key = bits.tobytes()
            if key not in seen and len(new) < n_drawn:
                seen.add(key)
                new.append(number)
        n_drawn -= len(new)
        yield subsets[new]
