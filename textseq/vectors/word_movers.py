"""Word mover's distance: how far the words of one text have to travel to be those of another.

In: WordVectors and two texts. Out: the distance of Kusner et al. (2015): the least cost of moving
the words of the one, each with its share of the text, to those of the other, where a way costs the
Euclidean distance of vectors scaled to length 1. It is solved exactly, as the linear program that
it is, by HiGHS (SciPy).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.vectors.preparation import Preparation

_Floats = NDArray[np.float64]


def word_movers_distance(
    preparation: Preparation, a: str | Sequence[str], b: str | Sequence[str]
) -> float:
    """The distance of two texts or lists of tokens, 0 to 2; inf where one has no known word.

    0 only for texts of the same words in the same shares, or of words with the same direction.
    """
    shares = []
    for text in (a, b):
        rows = preparation.rows(text)
        if not rows:
            return float("inf")
        shares.append({row: count / len(rows) for row, count in Counter(rows).items()})
    # By the triangle inequality what both have may stay: the rest is a smaller problem.
    ours, theirs = (
        {row: share - min(share, other.get(row, 0.0)) for row, share in own.items()}
        for own, other in (shares, shares[::-1])
    )
    ours, theirs = ({r: s for r, s in left.items() if s > 1e-12} for left in (ours, theirs))
    if not ours or not theirs:
        return 0.0
    units_a, units_b = (
        preparation.vectors.units(list(left)).astype(np.float64) for left in (ours, theirs)
    )
    costs = np.linalg.norm(units_a[:, None] - units_b[None], axis=-1)
    return transport_cost(np.array(list(ours.values())), np.array(list(theirs.values())), costs)


def transport_cost(supply: _Floats, demand: _Floats, costs: _Floats) -> float:
    """The least cost of moving `supply`, (m,), to `demand`, (n,), at `costs`, (m, n)."""
    from scipy import optimize, sparse

    solver: Any = optimize
    matrices: Any = sparse
    m, n = costs.shape
    leaves = matrices.kron(matrices.eye_array(m), np.ones((1, n)))
    arrives = matrices.kron(np.ones((1, m)), matrices.eye_array(n))
    # What arrives at the last one follows from the rest; left out, rounded sums need not agree.
    solved = solver.linprog(
        costs.ravel(),
        A_eq=matrices.vstack([leaves, arrives]).tocsr()[:-1],
        b_eq=np.concatenate([supply, demand])[:-1],
        method="highs",
    )
    if not solved.success:
        raise ArithmeticError(f"the word mover's distance was not found: {solved.message}")
    return float(solved.fun)
