"""The job at its beginning: tables, padding, alignment, arrays nobody may write."""

from __future__ import annotations

import numpy as np
import pytest

from textseq.config import Word2VecConfig
from textseq.word2vec.job import Job

COUNTS = np.array([0, 3, 40, 20, 10])


def job_of(dim: int, n_special: int = 2, seed: int = 1, dtype: type = np.float32) -> Job:
    ids = np.array([2, 3, 4, 1, 2], np.int32)
    config = Word2VecConfig(dim=dim, seed=seed)
    return Job.create(ids, np.array([0, 5]), COUNTS, n_special, config, dtype)


@pytest.mark.parametrize(("dim", "padded"), [(1, 16), (15, 16), (16, 16), (17, 32), (100, 112)])
def test_tables_at_the_beginning(dim: int, padded: int):
    job = job_of(dim)
    assert job.w_in.shape == job.w_out.shape == (5, padded)
    assert job.w_in.dtype == job.w_out.dtype == np.float32
    assert not job.w_out.any()
    assert not job.w_in[:2].any(), "special tokens begin as zeros"
    assert not job.w_in[:, dim:].any(), "the padding begins as zeros"
    words = job.w_in[2:, :dim]
    assert np.abs(words).max() <= 0.5 / dim
    assert len(np.unique(words)) == words.size
    if dim == 100:
        assert np.abs(words.mean()) < 0.05 / dim
        assert words.std() == pytest.approx(1 / dim / 12**0.5, rel=0.1)


def test_first_values_come_from_the_seed():
    assert job_of(9).w_in.tobytes() == job_of(9).w_in.tobytes()
    assert job_of(9).w_in.tobytes() != job_of(9, seed=2).w_in.tobytes()
    same = job_of(9, dtype=np.float64).w_in
    assert same.dtype == np.float64
    assert np.array_equal(same, job_of(9).w_in)


def test_the_stream_is_read_only():
    job = job_of(3)
    for array in (job.ids, job.offsets):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize("shape", [(1,), (7, 16), (0, 16), (3, 5)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_aligned(shape: tuple[int, ...], dtype: type):
    array = Job.aligned(shape, 2.5, dtype)
    assert array.shape == shape
    assert array.dtype == dtype
    assert array.size == 0 or array.ctypes.data % 64 == 0
    assert (array == 2.5).all()
    array[...] = 1.0  # it can be written


def test_pad_is_needed():
    with pytest.raises(ValueError, match="needs <pad> as id 0"):
        job_of(3, n_special=0)
