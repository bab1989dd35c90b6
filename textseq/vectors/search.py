"""Search: the best rows of a table of vectors for questions about cosines.

In: the vectors, their lengths when they are needed, and questions. Out: ids and scores. It decides
how the candidates are found; candidates.py decides among them, so that the answers are the same.
Words are the business of word_vectors.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from textseq.vectors.candidates import Best, Candidates, Question
from textseq.vectors.float_scan import scan_floats


class Search:
    """What looks for the best of `vectors`, (n_words, D).

    `norms_until(limit)` gives the lengths of the first `limit` rows.
    """

    def __init__(
        self,
        vectors: NDArray[np.float32],
        norms_until: Callable[[int], NDArray[np.float32]],
    ) -> None:
        self._vectors = vectors
        self._norms_until = norms_until

    def best(self, questions: Sequence[Question], n: int, limit: int) -> list[Best]:
        """The `n` best among the first `limit` rows for each question, by (-score, id)."""
        found = [Candidates(question, n, self._vectors) for question in questions]
        if n and found:
            scan_floats(self._vectors[:limit], self._norms_until(limit), found)
        return [each.best() for each in found]
