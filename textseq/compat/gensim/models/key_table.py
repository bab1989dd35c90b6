"""KeyTable: keys, their vectors and what else is known of each; it can grow and be written to.

In: keys (str, or int) with vectors. Out: vectors by key or index, unit vectors, attributes such as
"count". What one asks beyond that is key_queries.py's.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from textseq.vectors.rows import divisors

REAL = np.float32
KEY_TYPES = (str, int, np.integer)


class KeyTable:
    """Row i of `vectors` (n, vector_size) belongs to `index_to_key[i]`.

    `norms` (n,) are the lengths of the rows, or None: whoever takes `vectors` may write to them, so
    that lets go of them. `expandos` has an array (n,) for each attribute.
    """

    def __init__(
        self,
        vector_size: int,
        count: int = 0,
        dtype: DTypeLike = REAL,
        mapfile_path: str | None = None,
    ) -> None:
        """Room for `count` vectors, which `add_vector` fills; `mapfile_path` has no meaning."""
        self.vector_size = vector_size
        self.index_to_key: list[Any] = [None] * count
        self.next_index = 0
        self.key_to_index: dict[Any, int] = {}
        self._vectors: NDArray[Any] = np.zeros((count, vector_size), dtype)
        self.norms: NDArray[Any] | None = None
        self.expandos: dict[str, NDArray[Any]] = {}
        self.vectors_lockf: NDArray[np.float32] = np.ones(1, REAL)

    @property
    def vectors(self) -> NDArray[Any]:
        """The vectors, to read and to write."""
        self.norms = None
        return self._vectors

    @vectors.setter
    def vectors(self, vectors: NDArray[Any]) -> None:
        self.norms = None
        self._vectors = vectors

    def __len__(self) -> int:
        return len(self.index_to_key)

    def __str__(self) -> str:
        return f"{type(self).__name__}<vector_size={self.vector_size}, {len(self)} keys>"

    # ---- by key

    def get_index(self, key: Any, default: int | None = None) -> int:
        """The row of a key; an int that is no key is a row itself. KeyError without a default."""
        index = self.key_to_index.get(key)
        if index is not None:
            return index
        if isinstance(key, int | np.integer) and 0 <= key < len(self):
            return int(key)
        if default is not None:
            return default
        raise KeyError(f"Key '{key}' not present")

    def has_index_for(self, key: Any) -> bool:
        """Whether there is a row for the key."""
        return self.get_index(key, -1) >= 0

    def __contains__(self, key: Any) -> bool:
        return self.has_index_for(key)

    def get_vector(self, key: Any, norm: bool = False) -> NDArray[Any]:
        """The vector of a key, (vector_size,), read-only; with `norm`, of length 1."""
        index = self.get_index(key)
        vector: NDArray[Any] = self._vectors[index]
        if norm:
            self.fill_norms()
            assert self.norms is not None
            vector = vector / (self.norms[index] or 1)
        vector.flags.writeable = False
        return vector

    def __getitem__(self, key_or_keys: Any) -> NDArray[Any]:
        if isinstance(key_or_keys, KEY_TYPES):
            return self.get_vector(key_or_keys)
        return np.vstack([self.get_vector(key) for key in key_or_keys])

    # ---- lengths

    def fill_norms(self, force: bool = False) -> None:
        """Measure the lengths, if they are not known; who kept `vectors` and wrote to it forces."""
        if self.norms is None or force:
            self.norms = np.linalg.norm(self._vectors, axis=1)

    def _divisors(self) -> NDArray[Any]:
        """What makes unit vectors of the rows; zero vectors stay zero."""
        self.fill_norms()
        assert self.norms is not None
        return divisors(self.norms)

    def get_normed_vectors(self) -> NDArray[Any]:
        """All vectors at length 1, a copy."""
        units: NDArray[Any] = self._vectors / self._divisors()[:, None]
        return units

    def unit_normalize_all(self) -> None:
        """Scale all vectors to length 1, for good."""
        self.vectors = self.get_normed_vectors()

    # ---- growing

    def add_vector(self, key: Any, vector: Any) -> int:
        """Put a vector into the next free row, or behind all (with a UserWarning); its row."""
        index = self.next_index
        if index < len(self) and self.index_to_key[index] is None:
            self.index_to_key[index] = key
            self.key_to_index[key] = index
            self.vectors[index] = vector
        else:
            index = len(self)
            warnings.warn(
                "adding vectors one by one copies all of them each time; add_vectors adds many",
                UserWarning,
                stacklevel=2,
            )
            self.add_vectors([key], [vector])
        self.next_index = index + 1
        return index

    def add_vectors(
        self,
        keys: Any,
        weights: Any,
        extras: dict[str, NDArray[Any]] | None = None,
        replace: bool = False,
    ) -> None:
        """Append vectors (n, vector_size) with attributes; known keys keep theirs, or `replace`."""
        if isinstance(keys, KEY_TYPES):
            keys, weights = [keys], np.asarray(weights).reshape(1, -1)
        weights, extras = np.asarray(weights), extras or {}
        if weights.size != len(keys) * self.vector_size or len(weights) != len(keys):
            raise ValueError(
                f"vectors of shape {weights.shape} for {len(keys)} keys; ({len(keys)}, "
                f"{self.vector_size}) fits"
            )
        self.allocate_vecattrs(list(extras), [extra.dtype for extra in extras.values()])
        new = [key for key in dict.fromkeys(keys) if key not in self.key_to_index]
        taken = [n for n, key in enumerate(keys) if replace or key not in self.key_to_index]
        self.key_to_index.update(zip(new, range(len(self), len(self) + len(new)), strict=True))
        self.index_to_key += new
        room = np.zeros((len(new), self.vector_size), self._vectors.dtype)
        self.vectors = np.vstack([self._vectors, room])
        self.allocate_vecattrs()
        rows = [self.key_to_index[keys[n]] for n in taken]
        self._vectors[rows] = weights[taken]
        for name, extra in extras.items():
            self.expandos[name][rows] = extra[taken]

    def __setitem__(self, keys: Any, weights: Any) -> None:
        if not isinstance(keys, list):
            keys, weights = [keys], np.asarray(weights).reshape(1, -1)
        self.add_vectors(keys, weights, replace=True)

    def resize_vectors(self, seed: int = 0) -> None:
        """Give every key a row; the new ones are uniform in +-1/vector_size."""
        shape = (len(self), self.vector_size)
        if self._vectors.shape != shape:
            drawn: NDArray[Any] = np.random.default_rng(seed).random(shape, REAL)
            drawn = (drawn * 2 - 1) / self.vector_size
            n_rows, n_columns = self._vectors.shape
            drawn[:n_rows, :n_columns] = self._vectors
            self.vectors = drawn
        self.norms = None
        self.allocate_vecattrs()
        if 1 < len(self.vectors_lockf) < len(self):
            more = np.ones(len(self) - len(self.vectors_lockf), REAL)
            self.vectors_lockf = np.concatenate([self.vectors_lockf, more])

    # ---- attributes

    def allocate_vecattrs(
        self, attrs: Sequence[str] | None = None, types: Sequence[Any] | None = None
    ) -> None:
        """Arrays for these attributes, or for those there are, with a place for each key.

        TypeError for a type that the array of an attribute does not take.
        """
        attrs = list(self.expandos) if attrs is None else attrs
        types = [self.expandos[name].dtype for name in attrs] if types is None else types
        for name, kind in zip(attrs, types, strict=True):
            kind = {int: np.int64, str: object}.get(kind, kind)
            old = self.expandos.setdefault(name, np.zeros(len(self), kind))
            if not np.issubdtype(kind, old.dtype):
                raise TypeError(
                    f"Can't allocate type {kind} for attribute {name}, conflicts with its existing "
                    f"type {old.dtype}"
                )
            if len(old) != len(self):
                self.expandos[name] = np.zeros(len(self), old.dtype)
                n_both = min(len(old), len(self))
                self.expandos[name][:n_both] = old[:n_both]

    def set_vecattr(self, key: Any, attr: str, val: Any) -> None:
        """Set an attribute of a key; the first value decides the type for all."""
        self.allocate_vecattrs([attr], [type(val)])
        self.expandos[attr][self.get_index(key)] = val

    def get_vecattr(self, key: Any, attr: str) -> Any:
        """An attribute of a key."""
        return self.expandos[attr][self.get_index(key)]

    # ---- all keys

    def sort_by_descending_frequency(self) -> None:
        """Sort all by falling "count", ties by falling row."""
        if not len(self):
            return
        self.allocate_vecattrs()
        counts = self.expandos["count"].astype(np.int64)
        order = np.lexsort((-np.arange(len(counts)), -counts))
        self.index_to_key = [self.index_to_key[row] for row in order]
        self.key_to_index = {key: row for row, key in enumerate(self.index_to_key)}
        self.expandos = {name: array[order] for name, array in self.expandos.items()}
        if len(self._vectors):
            self.vectors = self._vectors[order]

    def vectors_for_all(
        self, keys: Iterable[Any], allow_inference: bool = True, copy_vecattrs: bool = False
    ) -> Self:
        """The vectors of those keys that have one, with their attributes or a made-up "count"."""
        there = self if allow_inference else self.key_to_index
        known = [key for key in dict.fromkeys(keys) if key in there]
        found = type(self)(self.vector_size, dtype=self._vectors.dtype)
        rows = [self.get_index(key) for key in known]
        found.add_vectors(known, self._vectors[rows].reshape(-1, self.vector_size))
        if copy_vecattrs:
            found.expandos = {name: array[rows] for name, array in self.expandos.items()}
        else:
            found.expandos["count"] = np.arange(len(known), 0, -1)
        return found
