"""Filters: which lines of a corpus are kept, decided one by one, in their order.

In: lines after cleaning, and a `FilterConfig`. Out: whether each is kept, and how many were not,
by reason. Of lines that are alike the first one stays. Lines are not changed here (steps.py)
and not remembered: of each, only what recognises it again is kept in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.config import FilterConfig

N_GRAM = 4  # characters of a shingle
N_PERMUTATIONS = 128
_SEED = 1
# Of pairs just at the threshold, this share must share a band, or they are never compared. What
# shares one by chance costs time only, since candidates are checked.
_RECALL = 0.9
_SHINGLES_AT_ONCE = (
    1 << 11
)  # shingles or candidates at a time: 1 MB of 32-bit values, however many there are


class LineFilter:
    """What is dropped of one corpus; it remembers the lines, so a second corpus needs a new one.

    Words are counted between white space, characters as code points. A blank line (nothing but
    white space) marks the end of a paragraph: it is no duplicate of other blank lines, but has
    0 words. Memory for each distinct line within the limits: none, or 90 to 160 bytes with
    duplicates="exact"; 4 to 7 KB more for each that "near" keeps. Not for several threads.
    """

    def __init__(self, filters: FilterConfig) -> None:
        self.filters = filters
        self.dropped: dict[str, int] = {}  # reason -> lines, in the order in which they are tested
        self._tests: list[tuple[str, Callable[[str], bool]]] = []
        least, most = filters.min_words, filters.max_words
        if least:
            self._add("too_few_words", lambda line: len(line.split(None, least)) < least)
        if most is not None:
            self._add("too_many_words", lambda line: len(line.split(None, most)) > most)
        fewest, longest = filters.min_chars, filters.max_chars
        if fewest:
            self._add("too_few_chars", lambda line: len(line) < fewest)
        if longest is not None:
            self._add("too_many_chars", lambda line: len(line) > longest)
        if filters.duplicates != "keep":
            self._add("exact_duplicate", _SeenLines().add)
        if filters.duplicates == "near":
            self._add("near_duplicate", NearLines(filters.near_threshold).add)

    def _add(self, reason: str, drops: Callable[[str], bool]) -> None:
        self.dropped[reason] = 0
        self._tests.append((reason, drops))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why this filter can drop a line, in the order in which the reasons are tested."""
        return tuple(self.dropped)

    def keep(self, line: str) -> bool:
        """Whether to keep the line, which comes after all those of the calls before."""
        return self.reason_to_drop(line) is None

    def reason_to_drop(self, line: str) -> str | None:
        """The first of `reasons` that holds for the line, or None: keep it. Counts as `keep`."""
        for reason, drops in self._tests:
            if drops(line):
                self.dropped[reason] += 1
                return reason
        return None


def filter_lines(lines: Iterable[str], filters: FilterConfig) -> Iterator[str]:
    """The lines that these filters keep, in their order."""
    return filter(LineFilter(filters).keep, lines)


class _SeenLines:
    """Lines seen before, by 16 bytes of BLAKE2b: 2**64 lines pass before two are confused."""

    def __init__(self) -> None:
        self._digests: set[bytes] = set()

    def add(self, line: str) -> bool:
        """Whether the line was added before; blank lines never are."""
        if not line or line.isspace():
            return False
        digest = hashlib.blake2b(line.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        n_seen = len(self._digests)
        self._digests.add(digest)
        return len(self._digests) == n_seen


class NearLines:
    """Lines much like one seen before, by MinHash over their shingles and a banded LSH index.

    Shingles are the N_GRAM characters from every position of the line, case folded and each run
    of white space made one space; a shorter line is one shingle. They need no words, so Chinese
    works as English does. The Jaccard similarity of two lines (shingles of both / of either) is
    estimated by N_PERMUTATIONS hashes, to about 0.035 at 0.8. Two of 20 lines at the threshold
    are never compared, of lines more alike still fewer. The same lines give the same answers.
    """

    def __init__(self, threshold: float) -> None:
        from datasketch import MinHash, MinHashLSH

        self._least = threshold * N_PERMUTATIONS
        # The hash values are there already: datasketch need not hash, only permute.
        self._minhash = MinHash(N_PERMUTATIONS, seed=_SEED, hashfunc=int)
        self._index = MinHashLSH(num_perm=N_PERMUTATIONS, params=choose_bands(threshold))
        self._signatures: NDArray[np.uint32] = np.empty((256, N_PERMUTATIONS), np.uint32)
        self._n_lines = 0

    def add(self, line: str) -> bool:
        """Whether a line like this one was added before; if not, it is added. Blank ones never."""
        folded = " ".join(line.casefold().split())
        if not folded:
            return False
        self._minhash.clear()
        for values in _shingle_hashes(folded):
            self._minhash.update_batch(values.tolist())
        signature = self._minhash.hashvalues.astype(np.uint32)  # all schemes fill 32 bits at most
        like: list[Any] = self._index.query(self._minhash)
        for start in range(0, len(like), _SHINGLES_AT_ONCE):
            shared = (
                self._signatures[like[start : start + _SHINGLES_AT_ONCE]] == signature
            )  # (n, 128)
            if shared.sum(axis=1).max() >= self._least:
                return True
        if self._n_lines == len(self._signatures):
            self._signatures = np.concatenate([self._signatures, np.empty_like(self._signatures)])
        self._signatures[self._n_lines] = signature
        self._index.insert(self._n_lines, self._minhash, check_duplication=False)
        self._n_lines += 1
        return False


def choose_bands(threshold: float) -> tuple[int, int]:
    """Bands and the hashes in each: as selective as leaves pairs at the threshold _RECALL.

    Two lines of similarity s share a band of r hashes with probability s**r.
    """
    for n_hashes in range(N_PERMUTATIONS // 2, 1, -1):  # the index wants two bands
        n_bands = N_PERMUTATIONS // n_hashes
        if 1 - (1 - threshold**n_hashes) ** n_bands >= _RECALL:
            return n_bands, n_hashes
    return N_PERMUTATIONS, 1


# Multilinear hashing modulo 2**64, of which the high half counts, is strongly universal for
# characters of up to 32 bits (Lemire and Kaser 2014). Random numbers, one for each character of
# a shingle and one to start from.
_FACTORS = np.array(
    [
        0x957BE9C450BAFC5A,
        0x307A8CA16607F286,
        0x55D741DCEA807A8B,
        0x34C581C8F0AF45A4,
        0x6F978F0B6D581A30,
    ],
    np.uint64,
)


def _shingle_hashes(folded: str) -> Iterator[NDArray[np.uint64]]:
    """A hash of 32 bits for each shingle, some thousands at a time."""
    for start in range(0, max(1, len(folded) - N_GRAM + 1), _SHINGLES_AT_ONCE):
        piece = folded[start : start + _SHINGLES_AT_ONCE + N_GRAM - 1]
        chars = np.frombuffer(piece.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
        n_shingles = max(1, len(chars) - N_GRAM + 1)
        hashes = np.full(n_shingles, _FACTORS[N_GRAM])
        for place in range(min(N_GRAM, len(chars))):
            hashes += chars[place : place + n_shingles] * _FACTORS[place]
        hashes >>= np.uint64(32)
        yield np.unique(hashes) if n_shingles > 256 else hashes
