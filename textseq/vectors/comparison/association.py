"""Association: whether two sets of words lean to two others differently (WEAT).

In: WordVectors and four sets of words. Out: the effect size, the p-value of the permutation test,
and how far each word leans. How sets are read is word_sets.py's business.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.vectors.preparation import Preparation
from textseq.vectors.word_vectors import WordVectors

PARTITIONS = 100_000
WEAT_RULE = (
    "an unknown word is left out of its set; p is the share of partitions of X and Y together, in "
    "sets of their sizes, whose difference is as large or larger"
)
BALANCE_RULE = (
    "an unknown word is left out of its set, and as many of the larger of X and Y, drawn at "
    "random; p is the share of partitions of X and Y together, in halves, whose difference is as "
    "large or larger"
)
_AT_ONCE = 1 << 13
_ROUNDING = 1e-9  # of sums that are the same in another order


@dataclass(frozen=True)
class Association:
    """How two sets of targets, X and Y, differ in their association with attributes, A and B.

    `effect_size` is -2..2 and positive where X leans to A; `p` is one-sided, for a difference as
    large in that direction, `p_two_sided` for one as large in either. `n_partitions` were compared,
    all there are if `exact`; `seed` drew what was drawn, if anything was. `associations`: s(w, A,
    B) of each word of X and of Y. `left_out`: the words that have no vector, by set; `balanced`:
    those of X or Y that were left out to make the two of a size.
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
    balanced: list[str]
    rule: str = WEAT_RULE

    def to_json(self) -> dict[str, Any]:
        """The result as a dict that `json` can write."""
        of_x, of_y = self.associations
        return {
            "effect_size": self.effect_size, "difference": self.difference, "p": self.p,
            "p_two_sided": self.p_two_sided, "n_partitions": self.n_partitions,
            "exact": self.exact, "seed": self.seed, "x": of_x, "y": of_y,
            "left_out": self.left_out, "balanced": self.balanced, "rule": self.rule,
        }  # fmt: skip


def weat(
    vectors: WordVectors,
    x: Sequence[str],
    y: Sequence[str],
    a: Sequence[str],
    b: Sequence[str],
    *,
    names: Sequence[str] = ("x", "y", "a", "b"),
    balance: bool = False,
    partitions: int = PARTITIONS,
    seed: int = 1,
) -> Association:
    """The word embedding association test of Caliskan, Bryson & Narayanan (2017).

    The association of a word is its mean cosine to `a` less that to `b`; the difference is the mean
    of these in `x` less that in `y`, and the effect size this by their standard deviation over both
    (of n, not n - 1). The p-value is that of the permutation test over all partitions of `x` and
    `y` together, the observed one among them, if there are no more than `partitions`; else so many
    different ones are drawn by `seed`, and p is (as large + 1) / (drawn + 1).

    A word that is not there as it stands is prepared as the corpus was. One without a vector is
    left out; with `balance`, as of the names in the paper, so are as many of the larger of `x` and
    `y`, drawn by `seed`. ValueError, which calls the sets by their `names`, for a set of which less
    than two words (`x`, `y`) or none (`a`, `b`) are left, for a word that is in both of a pair or
    in one twice, and where all words are associated alike.
    """
    if partitions < 1:
        raise ValueError(f"partitions is {partitions}; it is a number of them, 1 or more")
    named = {"x": x, "y": y, "a": a, "b": b}
    called = dict(zip(named, names, strict=True))
    rows = _rows_of(vectors, named, called)
    for name, words in named.items():
        least = 2 if name in "xy" else 1
        if len(rows[name]) < least:
            n, found = len(words), len(rows[name])
            raise ValueError(
                f"{called[name]} has {n} word{'' if n == 1 else 's'}, of which {found} "
                f"{'has' if found == 1 else 'have'} a vector; {least} or more are needed"
            )
    balanced = _balance(rows, seed) if balance else []
    to_a, to_b = (
        vectors.units(list(rows[name].values())).astype(np.float64).mean(axis=0) for name in "ab"
    )
    targets = vectors.units([*rows["x"].values(), *rows["y"].values()]).astype(np.float64)
    leans = targets @ (to_a - to_b)
    spread = leans.std()
    if spread < _ROUNDING:
        alike = "all words of {} and {} are associated with {} and {} alike"
        raise ValueError(alike.format(*names))
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
        seed=None if exact and not balanced else seed,
        associations=(
            dict(zip(rows["x"], leans[:n_x].tolist(), strict=True)),
            dict(zip(rows["y"], leans[n_x:].tolist(), strict=True)),
        ),
        left_out={
            name: [word for word in words if word not in rows[name] and word not in balanced]
            for name, words in named.items()
        },
        balanced=balanced,
        rule=BALANCE_RULE if balance else WEAT_RULE,
    )


def _rows_of(
    vectors: WordVectors, named: Mapping[str, Sequence[str]], called: Mapping[str, str]
) -> dict[str, dict[str, int]]:
    """The row of each known word, by set; ValueError for a word that stands twice."""
    every = [word for words in named.values() for word in words]
    found = dict(zip(every, Preparation(vectors).rows_of_words(every), strict=True))
    for one, other in (("x", "y"), ("a", "b")):
        pooled = [*named[one], *named[other]]
        keys = [word if found[word] is None else found[word] for word in pooled]
        for word, key in zip(pooled, keys, strict=True):
            first = pooled[keys.index(key)]
            if first != word:
                raise ValueError(f"{first!r} and {word!r} are the same word to these vectors")
            if pooled.count(word) > 1:
                raise ValueError(
                    f"{word!r} stands twice in {called[one]} and {called[other]}; each word is in "
                    "one"
                )
    return {
        name: {word: row for word in words if (row := found[word]) is not None}
        for name, words in named.items()
    }


def _balance(rows: dict[str, dict[str, int]], seed: int) -> list[str]:
    """Take words out of the larger of x and y until they are of a size, and return them."""
    larger, smaller = sorted((rows["x"], rows["y"]), key=len, reverse=True)
    words = list(larger)
    n_left_out = len(larger) - len(smaller)
    chosen = np.random.default_rng(seed).choice(len(words), n_left_out, replace=False)
    left_out = [words[place] for place in sorted(chosen.tolist())]
    for word in left_out:
        del larger[word]
    return left_out


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
