"""One-hot and dense encoding: ids become numbers that a model can multiply.

In: ids of any shape (..., T), NumPy or a torch tensor on the CPU. Out: one-hot (..., T, V), in
which a token is a row with a single 1, or dense (..., T, D), in which it is its vector. Both are
much larger than the ids, so the bytes are counted before they are taken. Padding is zeros where
`pad_id` says which id it is. Nothing is learned or written here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from textseq.arrays import MAX_BYTES, check_bytes
from textseq.text.rows.sequences import as_tensor

if TYPE_CHECKING:
    from torch import Tensor


@overload
def one_hot(
    ids: ArrayLike,
    depth: int,
    dtype: DTypeLike = ...,
    *,
    sparse: Literal[False] = ...,
    pad_id: int | None = ...,
    max_bytes: int = ...,
    as_torch: Literal[False] = ...,
) -> NDArray[Any]: ...
@overload
def one_hot(
    ids: ArrayLike,
    depth: int,
    dtype: DTypeLike = ...,
    *,
    sparse: bool = ...,
    pad_id: int | None = ...,
    max_bytes: int = ...,
    as_torch: bool = ...,
) -> Any: ...
def one_hot(
    ids: ArrayLike,
    depth: int,
    dtype: DTypeLike = np.uint8,
    *,
    sparse: bool = False,
    pad_id: int | None = None,
    max_bytes: int = MAX_BYTES,
    as_torch: bool = False,
) -> Any:
    """Ids (..., T) as rows of `depth` = V numbers of which one is 1: an array (..., T, V).

    `sparse`: a scipy.sparse.csr_array (n, V) for the n ids in order, or with `as_torch` a torch
    tensor of layout sparse_coo. Rows of `pad_id` are all 0. `dtype`: bool, integers or floats.
    ValueError for an id outside 0..V-1, or before more than `max_bytes` would be taken.
    """
    ids = _checked(ids, depth, pad_id)
    kind = np.dtype(dtype)
    if kind.kind not in "biuf":
        raise ValueError(f"dtype is {kind}; it can be bool, an integer or a float")
    if sparse:
        return _sparse(ids.reshape(-1), depth, kind, pad_id, max_bytes, as_torch=as_torch)
    instead = "sparse=True takes little, so do vectors (`dense`); or give a higher max_bytes"
    check_bytes("one-hot", (*ids.shape, depth), kind, max_bytes, instead=instead)
    encoded = np.zeros((*ids.shape, depth), kind)
    rows = encoded.reshape(-1, depth)
    known = np.flatnonzero(ids.reshape(-1) != pad_id) if pad_id is not None else np.arange(ids.size)
    rows[known, ids.reshape(-1)[known]] = 1
    return as_tensor(encoded) if as_torch else encoded


def _sparse(
    ids: NDArray[np.integer],
    depth: int,
    dtype: np.dtype[Any],
    pad_id: int | None,
    max_bytes: int,
    *,
    as_torch: bool,
) -> Any:
    """The ids (n,) as a sparse array (n, depth)."""
    instead = "take fewer rows at once, or give a higher max_bytes"
    # One number, its column and the end of its row.
    row = np.dtype([("one", dtype), ("column", np.int64), ("end", np.int64)])
    check_bytes("the rows of a sparse one-hot", (len(ids),), row, max_bytes, instead=instead)
    hot = np.ones(len(ids), bool) if pad_id is None else ids != pad_id
    columns, ones = ids[hot], np.ones(int(hot.sum()), dtype)
    if as_torch:
        import torch

        places = torch.from_numpy(np.stack([np.flatnonzero(hot), columns.astype(np.int64)]))
        return torch.sparse_coo_tensor(
            places, torch.from_numpy(ones), (len(ids), depth),
            is_coalesced=True, check_invariants=True,
        )  # fmt: skip
    from scipy.sparse import csr_array

    ends = np.concatenate([[0], np.cumsum(hot)])
    return csr_array((ones, columns, ends), shape=(len(ids), depth))  # type: ignore[no-untyped-call]


def from_one_hot(encoded: Any, *, pad_id: int | None = None) -> NDArray[np.int32]:
    """The ids (..., T) of a one-hot array (..., T, V); of a sparse one (n, V) they are (n,).

    A row of zeros is `pad_id`; ValueError where there is none, or for a row with more than one
    number that is not 0.
    """
    if hasattr(encoded, "tocsr"):
        rows = encoded.tocsr(copy=True)
        rows.sum_duplicates()
        rows.eliminate_zeros()
        n_hot = np.diff(rows.indptr)
        ids = np.zeros(rows.shape[0], np.int32)
        if (n_hot <= 1).all():
            ids[n_hot == 1] = rows.indices
    else:
        array = np.asarray(encoded)
        if not array.ndim:
            raise ValueError("a one-hot array has an axis for the vocabulary, this has none")
        n_hot = np.count_nonzero(array, axis=-1)
        # argmax knows no answer for an empty axis; np.array: without an axis T it gives a scalar.
        ids = np.zeros(np.shape(n_hot), np.int32)
        if array.size:
            ids = np.array((array != 0).argmax(axis=-1), np.int32)
    if np.any(n_hot > 1):
        raise ValueError(f"not one-hot: a row has {np.max(n_hot)} numbers that are not 0")
    if np.any(n_hot == 0):
        if pad_id is None:
            raise ValueError("a row is all 0; pad_id says which id that is")
        ids[n_hot == 0] = pad_id
    return ids


@overload
def dense(
    ids: ArrayLike,
    matrix: NDArray[Any],
    *,
    pad_id: int | None = ...,
    max_bytes: int = ...,
    as_torch: Literal[False] = ...,
) -> NDArray[np.float32]: ...
@overload
def dense(
    ids: ArrayLike,
    matrix: NDArray[Any],
    *,
    pad_id: int | None = ...,
    max_bytes: int = ...,
    as_torch: Literal[True],
) -> Tensor: ...
def dense(
    ids: ArrayLike,
    matrix: NDArray[Any],
    *,
    pad_id: int | None = None,
    max_bytes: int = MAX_BYTES,
    as_torch: bool = False,
) -> Any:
    """Ids (..., T) as their rows of `matrix` (V, D): an array (..., T, D) float32.

    `vocab.embedding_matrix(vectors)` makes such a matrix. Rows of `pad_id` are all 0. ValueError
    for an id outside 0..V-1, or before more than `max_bytes` would be taken.
    """
    table = np.asarray(matrix)
    if table.ndim != 2 or table.dtype.kind not in "biuf":
        raise ValueError(f"the matrix is {table.dtype} of shape {table.shape}; it must be (V, D)")
    ids = _checked(ids, len(table), pad_id)
    shape = (*ids.shape, table.shape[1])
    instead = "take fewer rows at once, or give a higher max_bytes"
    check_bytes("dense", shape, np.float32, max_bytes, instead=instead)
    padding = None if pad_id is None else ids == pad_id
    if padding is not None:
        ids = np.where(padding, 0, ids)  # pad_id may lie outside the matrix
    if not len(table):  # then all is padding, or there are no ids
        encoded = np.zeros(shape, np.float32)
    else:
        encoded = table.astype(np.float32, copy=False)[ids]
    if padding is not None:
        encoded[padding] = 0
    return as_tensor(encoded) if as_torch else encoded


def _checked(ids: ArrayLike, depth: int, pad_id: int | None) -> NDArray[np.integer]:
    """Ids as an array; ValueError unless they are in 0..depth-1, or padding."""
    array = np.asarray(ids)
    array = array.astype(np.int32) if array.size == 0 else array  # [] is of floats
    if array.dtype.kind not in "iu":
        raise ValueError(f"ids are whole numbers, not {array.dtype}; vocab.encode gives them")
    known = array if pad_id is None else array[array != pad_id]
    if known.size and not 0 <= known.min() <= known.max() < depth:
        raise ValueError(f"ids {known.min()}..{known.max()} were given; they are 0..{depth - 1}")
    return array
