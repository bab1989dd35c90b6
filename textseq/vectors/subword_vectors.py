"""SubwordVectors: word vectors that have one for unknown words too, made of their n-grams.

In: words with their rows, and a table of the vectors of n-grams (fastText, floret). Out: all that
WordVectors answers, for any word with n-grams; a folder that WordVectors opens as well, without
the n-grams. How a word is hashed is the business of ngrams.py.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from textseq.arrays import ArrayWriter, open_array, save_array
from textseq.artifact import of_one_folder
from textseq.text.vocab import Vocab
from textseq.vectors.ngrams import NgramHashes
from textseq.vectors.principal import Rows
from textseq.vectors.rows import divisors
from textseq.vectors.word_vectors import NGRAM_FILE, UnknownWordError, WordVectors

BUCKET_FILE = "ngram_buckets.npy"  # of which buckets it has rows, where not of all
_CONFIG = "subwords"
_CHARACTERS_AT_ONCE = 1 << 17
_BYTES_AT_ONCE = 1 << 24


class NgramTable:
    """The vectors of n-grams: `rows` (bucket, dim), found by `hashes`.

    `buckets`, ascending: those that have a row, where the table was pruned; None: all.
    """

    def __init__(
        self, hashes: NgramHashes, rows: Rows, buckets: NDArray[np.int64] | None = None
    ) -> None:
        n_rows = hashes.bucket if buckets is None else len(buckets)
        if len(rows.shape) != 2 or rows.shape[0] != n_rows:
            raise ValueError(f"{n_rows:,} rows of n-grams are due, there are {rows.shape}")
        if buckets is not None and (
            (np.diff(buckets) <= 0).any() or (buckets < 0).any() or (buckets >= hashes.bucket).any()
        ):
            raise ValueError("the buckets of its n-grams are not in ascending order")
        self.hashes, self.rows, self.buckets = hashes, rows, buckets

    def find(self, words: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of the n-grams of all words end to end, and how many each word has, (n_words,)."""
        found, counts = self.hashes.rows(words)
        if self.buckets is None:
            return found, counts
        at = np.searchsorted(self.buckets, found)
        kept = np.take(np.append(self.buckets, -1), at) == found
        word_of = np.repeat(np.arange(len(words)), counts)
        return at[kept], np.bincount(word_of[kept], minlength=len(words))

    def means(
        self, words: Sequence[str], own: NDArray[np.float32] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The mean of the n-grams of each word, and of its own row if given, (n_words, dim).

        And of how many rows it is the mean: 0 for a word that has none, whose vector is zero.
        """
        from scipy.sparse import csr_array

        found, counts = self.find(words)
        used, column = np.unique(found, return_inverse=True)
        ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
        ones = np.ones(len(found), np.float32)
        table = np.ascontiguousarray(self.rows[used])
        shape = (len(words), len(used))
        matrix: Any = csr_array((ones, column, ends), shape)  # type: ignore[no-untyped-call]
        with np.errstate(over="ignore", invalid="ignore"):  # of damaged tables; norms say it
            summed: NDArray[np.float32] = matrix @ table
            if own is not None:
                summed += own
                counts = counts + 1
            summed /= np.maximum(counts, 1)[:, None]
        return summed, counts


class SubwordVectors(WordVectors):
    """Word vectors with n-grams: `subwords` makes vectors of words that are not in `vocab`.

    A word is known, made of its n-grams, or has none of them and no vector (`origin`). `notify`,
    if set, is called with each word that is asked for and made, once. All words, `nearest` looks at
    them, get their vectors on first need.
    """

    _own: NDArray[Any] | Rows | None = None

    def __init__(
        self,
        vocab: Vocab,
        vectors: NDArray[Any] | Rows,
        subwords: NgramTable,
        *,
        own: bool = False,
        config: dict[str, Any] | None = None,
        output_vectors: NDArray[Any] | None = None,
        path: Path | None = None,
    ) -> None:
        """`own`: `vectors` are the rows of words alone, to which their n-grams are still due.

        ValueError where shapes disagree; numbers are looked at when they are used.
        """
        # Rows that are not read yet take no memory; they have a shape.
        rows = np.broadcast_to(np.float32(0), vectors.shape) if own else np.asarray(vectors)
        super().__init__(
            vocab, rows, config=config, output_vectors=output_vectors, check=False, path=path
        )
        if self.dim != subwords.rows.shape[1]:
            raise ValueError(
                f"words have vectors of dim {self.dim}, n-grams of {subwords.rows.shape[1]}"
            )
        self.subwords = subwords
        self.notify: Callable[[str], None] | None = None
        if own:
            self._own = vectors
        self.config[_CONFIG] = asdict(subwords.hashes)
        self._made: dict[str, int] = {}  # words that were made: their numbers behind the rows
        self._made_words: list[str] = []

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The vector of each word, (n_words, dim), read-only."""
        if self._own is not None:
            whole = np.empty(self._own.shape, np.float32)
            for start, stop in _blocks(self.vocab.tokens):
                whole[start:stop] = self._known(slice(start, stop))
            whole.flags.writeable = False
            self._whole, self._own = whole, None
        return self._whole

    @vectors.setter
    def vectors(self, rows: NDArray[np.float32]) -> None:
        self._own = None
        self._whole = rows

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int((self._whole if self._own is None else self._own).shape[1])

    def origin(self, word: str) -> Literal["word", "n-grams"] | None:
        """Whether a word is known, or its vector made of n-grams; None: it has no vector."""
        if super().__contains__(word):
            return "word"
        return "n-grams" if self.subwords.find([word])[1].any() else None

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.origin(word) is not None

    def word_id(self, word: str) -> int:
        """The row of a word; of one that is made, a number behind the rows, which `units` takes.

        UnknownWordError if it has no n-grams either.
        """
        try:
            return super().word_id(word)
        except UnknownWordError:
            if word not in self._made:
                if self.origin(word) is None:
                    raise
                self._made[word] = len(self._made)
                self._made_words.append(word)
                if self.notify is not None:
                    self.notify(word)
            return len(self) + self._made[word]

    def vector(self, word: str) -> NDArray[np.float32]:
        """The vector of a word, (dim,), made of n-grams for an unknown one.

        UnknownWordError if it has none.
        """
        rows = self.rows(np.array([self.word_id(word)]))
        rows.flags.writeable = False
        row: NDArray[np.float32] = rows[0]
        return row

    def units(self, word_ids: list[int] | slice | NDArray[np.integer]) -> NDArray[np.float32]:
        """Vectors of these rows scaled to length 1, (n, dim); zero vectors stay zero."""
        if isinstance(word_ids, slice):
            return super().units(word_ids)
        ids = np.asarray(word_ids, np.int64)
        made = (ids >= len(self)).any()
        if not made and (self._own is None or 2 * len(ids) > len(self)):
            return super().units(word_ids)
        rows = self.rows(ids)
        norms = self._norms_of(rows, lambda row: self._name(int(ids[row])))
        units: NDArray[np.float32] = rows / divisors(norms)[:, None]
        return units

    def rows(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of known and made words by `word_id`, (n, dim), a copy."""
        rows = np.empty((len(ids), self.dim), np.float32)
        made = ids >= len(self)
        rows[~made] = self._known(ids[~made].tolist())
        if made.any():
            rows[made] = self.subwords.means([self._name(i) for i in ids[made].tolist()])[0]
        return rows

    def _name(self, word_id: int) -> str:
        if word_id < len(self):
            return self.vocab.token_of(word_id)
        return self._made_words[word_id - len(self)]

    def _known(self, word_ids: slice | list[int]) -> NDArray[np.float32]:
        if self._own is None:
            return self._whole[word_ids]
        vocab = self.vocab
        chosen = range(len(vocab))[word_ids] if isinstance(word_ids, slice) else word_ids
        words = [vocab.token_of(word_id) for word_id in chosen]
        return self.subwords.means(words, self._own[word_ids])[0]

    def own_rows(self, word_ids: slice) -> NDArray[np.float32]:
        """The rows of words alone, of which with their n-grams the vectors are the means."""
        if self._own is not None:
            return self._own[word_ids]
        words, whole = self.vocab.tokens[word_ids], self._whole[word_ids]
        means, counts = self.subwords.means(words)
        own: NDArray[np.float32] = whole * (counts + 1)[:, None] - means * counts[:, None]
        return own

    def first(self, n: int) -> WordVectors:
        """The vectors of the first `n` words, and all n-grams; they are not copied."""
        if not 0 < n < len(self):
            return super().first(n)
        rows = self._whole if self._own is None else self._own
        return SubwordVectors(
            Vocab(self.vocab.tokens[:n], self.vocab.counts[:n], specials=()), rows[:n],
            self.subwords, own=self._own is not None, config=self.config, path=self._path,
            output_vectors=None if self.output_vectors is None else self.output_vectors[:n],
        )  # fmt: skip

    # ---- on disk

    def _fill(self, folder: Path) -> None:
        super()._fill(folder)
        table = self.subwords
        with ArrayWriter(folder / NGRAM_FILE, np.float32, (self.dim,)) as file:
            rows_at_once = max(1, _BYTES_AT_ONCE // (4 * self.dim))
            for start in range(0, table.rows.shape[0], rows_at_once):
                file.append(table.rows[start : start + rows_at_once])
        if table.buckets is not None:
            save_array(folder / BUCKET_FILE, table.buckets)

    @classmethod
    @of_one_folder
    def load(cls, folder: str | os.PathLike[str], *, mmap: bool = True) -> Self:
        """Open a saved folder; with `mmap` the vectors and n-grams stay on disk until used.

        FileNotFoundError for no folder, ValueError that names the file for a damaged one.
        """
        path = Path(folder)
        words = WordVectors.load(path, mmap=mmap)
        rows = open_array(path / NGRAM_FILE, np.float32, (None, words.dim))
        buckets = None
        if (path / BUCKET_FILE).exists():
            buckets = open_array(path / BUCKET_FILE, np.int64, (len(rows),))
        try:
            hashes = NgramHashes.from_json(words.config.get(_CONFIG))
            table = NgramTable(hashes, rows if mmap else rows.copy(), buckets)
        except ValueError as error:
            raise ValueError(f"{path} is damaged: {error}") from None
        return cls(
            words.vocab, words.vectors, table, config=words.config,
            output_vectors=words.output_vectors, path=path,
        )  # fmt: skip


def _blocks(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Start and stop of stretches of words that have few characters together."""
    start, n_characters = 0, 0
    for stop, word in enumerate(words, 1):
        n_characters += len(word)
        if n_characters >= _CHARACTERS_AT_ONCE or stop == len(words):
            yield start, stop
            start, n_characters = stop, 0
