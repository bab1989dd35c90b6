"""One-hot and dense encoding: known answers, round trips, and the guard before the memory."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from textseq.text.rows.encodings import dense, from_one_hot, one_hot

V = 11
some_ids = hnp.arrays(
    st.sampled_from([np.int32, np.int64, np.uint8]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=6),
    elements=st.integers(0, V - 1),
)
MATRIX = np.arange(3 * V, dtype=np.float32).reshape(V, 3)


def test_one_hot_of_a_batch():
    encoded = one_hot([[2, 0], [1, 1]], 3)
    assert encoded.tolist() == [[[0, 0, 1], [1, 0, 0]], [[0, 1, 0], [0, 1, 0]]]
    assert encoded.dtype == np.uint8
    assert one_hot([[2, 0]], 3, pad_id=0).tolist() == [[[0, 0, 1], [0, 0, 0]]]
    assert one_hot([2, -100], 3, pad_id=-100).tolist() == [[0, 0, 1], [0, 0, 0]]
    assert one_hot(1, 3).tolist() == [0, 1, 0]
    assert one_hot([], 3).shape == (0, 3)


@settings(derandomize=True, deadline=None)
@given(
    ids=some_ids,
    pad_id=st.none() | st.integers(-1, V),
    dtype=st.sampled_from(["bool", "uint8", "int64", "float16", "float32", "float64"]),
)
def test_ids_come_back(ids: np.ndarray, pad_id: int | None, dtype: str):
    encoded = one_hot(ids, V, dtype, pad_id=pad_id)
    assert (encoded.shape, encoded.dtype) == ((*ids.shape, V), np.dtype(dtype))
    assert encoded.sum() == (ids != pad_id).sum()
    assert from_one_hot(encoded, pad_id=pad_id).tolist() == ids.tolist()
    if ids.ndim and dtype != "float16":  # which scipy has no sparse arrays of
        sparse = one_hot(ids, V, dtype, sparse=True, pad_id=pad_id)
        assert (sparse.format, sparse.dtype) == ("csr", np.dtype(dtype))
        assert (sparse.toarray() == encoded.reshape(-1, V)).all()
        assert from_one_hot(sparse, pad_id=pad_id).tolist() == ids.reshape(-1).tolist()


@settings(derandomize=True, deadline=None)
@given(ids=some_ids, pad_id=st.none() | st.integers(-1, V))
def test_torch_gives_the_same(ids: np.ndarray, pad_id: int | None):
    if pad_id is None:
        expected = torch.nn.functional.one_hot(torch.from_numpy(ids.astype(np.int64)), V)
        assert torch.equal(one_hot(ids, V, np.int64, as_torch=True), expected)
        looked_up = torch.from_numpy(MATRIX)[torch.from_numpy(ids.astype(np.int64))]
        assert torch.equal(dense(ids, MATRIX, as_torch=True), looked_up)
    plain = one_hot(ids, V, np.float32, pad_id=pad_id)
    sparse = one_hot(ids, V, np.float32, sparse=True, pad_id=pad_id, as_torch=True)
    assert (sparse.layout, sparse.is_coalesced()) == (torch.sparse_coo, True)
    assert (sparse.to_dense().numpy() == plain.reshape(-1, V)).all()
    tensor = one_hot(torch.from_numpy(ids), V, np.float32, pad_id=pad_id, as_torch=True)
    assert (tensor.numpy() == plain).all()
    assert from_one_hot(tensor, pad_id=pad_id).tolist() == ids.tolist()


@settings(derandomize=True, deadline=None)
@given(ids=some_ids, pad_id=st.none() | st.integers(-1, V))
def test_dense_is_one_hot_times_the_matrix(ids: np.ndarray, pad_id: int | None):
    encoded = dense(ids, MATRIX, pad_id=pad_id)
    assert (encoded.shape, encoded.dtype) == ((*ids.shape, 3), np.float32)
    assert (encoded == one_hot(ids, V, np.float32, pad_id=pad_id) @ MATRIX).all()


def test_dense_of_other_matrices_and_of_none():
    assert dense([1], MATRIX.astype(np.float64)).dtype == np.float32
    assert dense([[1]], np.arange(V)[:, None]).tolist() == [[[1]]]
    assert dense([[], []], np.zeros((0, 4), np.float32)).shape == (2, 0, 4)
    assert dense([7, 7], np.zeros((0, 4), np.float32), pad_id=7).tolist() == [[0] * 4] * 2
    encoded = dense([1], MATRIX)
    encoded[:] = -1
    assert MATRIX.min() == 0  # the result is no view of the vectors
    for matrix in (np.zeros(3), np.array([["a"]])):
        with pytest.raises(ValueError, match="it must be"):
            dense([0], matrix)


@pytest.mark.parametrize(
    "encode", [lambda ids, **o: one_hot(ids, V, **o), lambda ids, **o: dense(ids, MATRIX, **o)]
)
def test_ids_outside_the_vocabulary(encode: Any):
    for ids in ([[0, V]], [-1, 3]):
        with pytest.raises(ValueError, match=r"they are 0\.\.10"):
            encode(ids)
    for ids in ([0.5], ["king"], [True]):
        with pytest.raises(ValueError, match="whole numbers"):
            encode(ids)
    assert encode([[0, V]], pad_id=V).any()
    with pytest.raises(ValueError, match=r"ids 12\.\.12"):
        encode([V, V + 1], pad_id=V)


def test_bytes_are_named_before_they_are_taken():
    ids = np.zeros((29_000, 64), np.int32)
    tracemalloc.start()
    with pytest.raises(
        ValueError,
        match=r"one-hot of shape \(29000, 64, 10000\) as float32 needs 74\.2 GB, "
        r"the limit is 2\.1 GB; sparse=True",
    ):
        one_hot(ids, 10_000, np.float32)
    with pytest.raises(ValueError, match=r"dense of shape \(29000, 64, 300\) .* 2\.2 GB"):
        dense(ids, np.zeros((1, 300), np.float32))
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()
    assert one_hot([0, 1], 4, max_bytes=8).size == 8
    with pytest.raises(ValueError, match="needs 8 B, the limit is 7 B"):
        one_hot([0, 1], 4, max_bytes=7)
    with pytest.raises(ValueError, match=r"sparse one-hot .* fewer rows"):
        one_hot([0, 1], 4, sparse=True, max_bytes=30)
    with pytest.raises(ValueError, match="dtype is complex64"):
        one_hot([0], 4, np.complex64)


def test_what_is_not_one_hot():
    for wrong in ([[1, 1]], [[0, 2, 3]]):
        with pytest.raises(ValueError, match="2 numbers that are not 0"):
            from_one_hot(wrong)
    from scipy.sparse import csr_array

    with pytest.raises(ValueError, match="2 numbers"):
        from_one_hot(csr_array([[1, 1]]))
    for zero in ([[0, 0]], csr_array([[0, 0]])):
        with pytest.raises(ValueError, match="pad_id says which"):
            from_one_hot(zero)
        assert from_one_hot(zero, pad_id=5).tolist() == [5]
    with pytest.raises(ValueError, match="an axis for the vocabulary"):
        from_one_hot(1)
    twice = csr_array((np.array([1, -1]), np.array([0, 0]), np.array([0, 2])), shape=(1, 2))
    assert from_one_hot(twice, pad_id=3).tolist() == [3]
