"""The same vectors in gensim and here, and sentences of a small world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from textseq.compat.gensim.models import KeyedVectors

N_WORDS, DIM = 211, 17
Both = tuple[Any, KeyedVectors]  # gensim's and ours


def filled(kind: Any) -> Any:
    """w0, w1, ... with vectors drawn once and for all, by falling count."""
    found = kind(DIM)
    vectors = np.random.default_rng(7).standard_normal((N_WORDS, DIM)).astype(np.float32)
    found.add_vectors([f"w{n}" for n in range(N_WORDS)], vectors)
    found.expandos["count"] = np.arange(N_WORDS, 0, -1)
    return found


@pytest.fixture
def ours() -> KeyedVectors:
    return filled(KeyedVectors)


@pytest.fixture
def both(ours: KeyedVectors) -> Both:
    return filled(pytest.importorskip("gensim.models").KeyedVectors), ours


@pytest.fixture
def sentences() -> list[list[str]]:
    """40 words, those of a sentence all from the same half of them."""
    rng = np.random.default_rng(3)
    return [
        [f"{half}{n}" for n in np.minimum(rng.geometric(0.15, rng.integers(1, 12)), 20)]
        for half in rng.choice(["a", "b"], 600)
    ]


@pytest.fixture
def same() -> Callable[[Any, Any], None]:
    """Asserts that lists of (key, number), or arrays, are the same within rounding."""

    def check(one: Any, other: Any) -> None:
        if isinstance(one, list):
            assert [key for key, _ in one] == [key for key, _ in other]
            one, other = [n for _, n in one], [n for _, n in other]
        assert np.shape(one) == np.shape(other)
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-6)

    return check
