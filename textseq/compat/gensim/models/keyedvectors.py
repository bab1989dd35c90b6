"""KeyedVectors: keys with vectors, as gensim 4 has them, on disk and in memory.

In: vectors one adds, a file in word2vec's formats, or a folder of word vectors. Out: what
key_table.py, key_queries.py and key_evaluation.py say; files; a folder that textseq's commands
read too, `textseq nearest --vectors FOLDER`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from textseq.compat.gensim.models import saved_folder, vector_files
from textseq.compat.gensim.models.key_evaluation import KeyEvaluation
from textseq.compat.gensim.models.key_table import REAL
from textseq.compat.gensim.models.old_names import OldKeyNames

__all__ = ["REAL", "KeyedVectors", "load_word2vec_format", "pseudorandom_weak_vector"]


class KeyedVectors(OldKeyNames, KeyEvaluation):
    """Vectors by key; see KeyTable for what is in it."""

    @classmethod
    def load_word2vec_format(
        cls,
        fname: str | os.PathLike[str],
        fvocab: str | os.PathLike[str] | None = None,
        binary: bool = False,
        encoding: str = "utf8",
        unicode_errors: str = "strict",
        limit: int | None = None,
        datatype: Any = REAL,
        no_header: bool = False,
    ) -> Self:
        """The vectors of a file of word2vec.c, or with `no_header` of GloVe; packed ones, too.

        `fvocab` has their counts; without it they are made up, falling to 1. An error that is both
        ValueError and EOFError for a damaged file, UnicodeDecodeError for another encoding.
        """
        words, rows, counts = vector_files.read_rows(
            fname, fvocab, binary=binary, encoding=encoding, unicode_errors=unicode_errors,
            limit=limit, no_header=no_header,
        )  # fmt: skip
        found = cls(rows.shape[1], dtype=datatype)
        found.index_to_key = list(words)
        found.key_to_index = dict(zip(words, range(len(words)), strict=True))
        found.next_index = len(words)
        found.vectors = np.array(rows, datatype)
        if counts is None:
            found.expandos["count"] = np.arange(len(words), 0, -1)
        else:
            missing = [word for word in words if word not in counts]
            if missing:
                raise ValueError(
                    f"{fvocab} has no count of {len(missing):,} words; one is {missing[0]!r}"
                )
            found.expandos["count"] = np.array([counts[word] for word in words], np.int64)
        return found

    def save_word2vec_format(
        self,
        fname: str | os.PathLike[str],
        fvocab: str | os.PathLike[str] | None = None,
        binary: bool = False,
        total_vec: int | None = None,
        write_header: bool = True,
        prefix: str = "",
        append: bool = False,
        sort_attr: str = "count",
    ) -> None:
        """Write a file for word2vec.c and its kind, packed as its name says; `fvocab`: the counts.

        Keys stand by falling `sort_attr`, if they have it. `prefix` is put before each key,
        `total_vec` into the header.
        """
        vector_files.write_rows(
            self, fname, fvocab, binary=binary, total_vec=total_vec, write_header=write_header,
            prefix=prefix, append=append, sort_attr=sort_attr,
        )  # fmt: skip

    def intersect_word2vec_format(
        self,
        fname: str | os.PathLike[str],
        lockf: float = 0.0,
        binary: bool = False,
        encoding: str = "utf8",
        unicode_errors: str = "strict",
    ) -> None:
        """Take over the vectors that a file has for words of this vocabulary.

        `lockf`: by what part of its change training moves such a vector from now on, 0 to 1.
        ValueError for vectors of another size.
        """
        words, rows, _ = vector_files.read_rows(
            fname, None, binary=binary, encoding=encoding, unicode_errors=unicode_errors,
            limit=None, no_header=False,
        )  # fmt: skip
        if rows.shape[1] != self.vector_size:
            raise ValueError(f"incompatible vector size {rows.shape[1]} in file {fname}")
        both = [(self.key_to_index[w], n) for n, w in enumerate(words) if w in self.key_to_index]
        own, theirs = np.array(both, np.int64).reshape(-1, 2).T
        self.vectors[own] = rows[theirs]
        self.vectors_lockf = np.broadcast_to(self.vectors_lockf, (len(self),)).copy()
        self.vectors_lockf[own] = lockf

    def save(
        self,
        fname_or_handle: str | os.PathLike[str],
        separately: Any = None,
        sep_limit: int = 0,
        ignore: Any = frozenset(),
        pickle_protocol: int | None = None,
    ) -> None:
        """Write a folder, whole or not at all; one that textseq wrote is replaced.

        The other options are about pickles and change nothing.
        """
        saved_folder.save(self, fname_or_handle)

    @classmethod
    def load(cls, fname: str | os.PathLike[str], mmap: str | None = None) -> Self:
        """The vectors of a folder, a model's too; `mmap='r'` leaves them on disk, read-only."""
        found = cls(0)
        saved_folder.load_into(found, fname, mmap)
        return found


Word2VecKeyedVectors = EuclideanKeyedVectors = KeyedVectors
load_word2vec_format = KeyedVectors.load_word2vec_format


def pseudorandom_weak_vector(
    size: int, seed_string: str | None = None, hashfxn: Callable[[str], int] = hash
) -> NDArray[np.float32]:
    """A vector uniform in +-1/(2 size); always the same for the same hash of `seed_string`."""
    seed = None if not seed_string else hashfxn(seed_string) & 0xFFFFFFFF
    drawn = np.random.Generator(np.random.SFC64(seed)).random(size).astype(REAL)
    return (drawn - REAL(0.5)) / REAL(size)
