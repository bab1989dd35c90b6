"""Quantised rows: a table whose rows are made of 256 pieces for each stretch of numbers.

In: codes and centroids, as fastText's .ftz files hold them (Joulin et al., 2016). Out: rows of
float32, for those that are asked for. Nothing is quantised here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

N_CENTROIDS = 256


class QuantisedRows:
    """A table (n, dim) of `codes` (n, n_parts), each part `part_dim` wide, the last maybe less.

    `centroids` (256 * dim,) holds the pieces of one part after the other. `norms` (n,) are what
    rows are multiplied by, or None.
    """

    def __init__(
        self,
        codes: NDArray[np.uint8],
        centroids: NDArray[np.float32],
        part_dim: int,
        norms: NDArray[np.float32] | None = None,
    ) -> None:
        self._codes, self._centroids, self._part_dim, self._norms = (
            codes, centroids, part_dim, norms
        )  # fmt: skip
        self.shape = (len(codes), len(centroids) // N_CENTROIDS)

    def __getitem__(self, chosen: Any) -> NDArray[np.float32]:
        """Some rows, made: a slice, or numbers of rows."""
        codes = self._codes[chosen]
        rows = np.empty((len(codes), self.shape[1]), np.float32)
        for part, start in enumerate(range(0, self.shape[1], self._part_dim)):
            stop = min(start + self._part_dim, self.shape[1])
            pieces = self._centroids[N_CENTROIDS * start : N_CENTROIDS * stop]
            rows[:, start:stop] = pieces.reshape(N_CENTROIDS, -1)[codes[:, part]]
        if self._norms is not None:
            rows *= self._norms[chosen][:, None]
        return rows

    def chosen(self, rows: Any) -> QuantisedRows:
        """The table of some rows."""
        norms = None if self._norms is None else self._norms[rows]
        return QuantisedRows(self._codes[rows], self._centroids, self._part_dim, norms)
