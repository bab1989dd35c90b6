"""Arrays in files: what is written piece by piece is what NumPy would have written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.arrays import ArrayWriter, NpzWriter, check_bytes, open_array, save_array, size


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    lengths=st.lists(st.integers(0, 5), max_size=6),
    tail=st.sampled_from([(), (1,), (3,), (2, 3)]),
    dtype=st.sampled_from([np.int32, np.float32, np.uint8]),
)
def test_pieces_are_one_array(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], tail: tuple[int, ...], dtype: type
):
    path = tmp_path_factory.mktemp("arrays") / "array.npy"
    rng = np.random.default_rng(0)
    parts = [rng.integers(0, 99, (n, *tail)).astype(dtype) for n in lengths]
    whole = np.concatenate([np.zeros((0, *tail), dtype), *parts])
    with ArrayWriter(path, dtype, tail) as file:
        for part in parts:
            file.append(part)
    assert file.n_items == len(whole)
    loaded = np.load(path, allow_pickle=False)
    assert (loaded.dtype, loaded.shape) == (dtype, whole.shape)
    assert (loaded == whole).all()
    if len(whole):
        assert (open_array(path, dtype, (len(whole), *tail)) == whole).all()
    save_array(path, whole)
    assert (np.load(path, allow_pickle=False) == whole).all()


def test_items_of_another_shape_are_refused(tmp_path: Path):
    with (
        ArrayWriter(tmp_path / "array.npy", np.int32, (3,)) as file,
        pytest.raises(ValueError, match=r"\(4,\) in a file of \(3,\)"),
    ):
        file.append(np.zeros((2, 4), np.int32))


def test_npz_members_are_streamed(tmp_path: Path):
    for name in ("one.npz", "two.npz"):
        with NpzWriter(tmp_path / name) as file:
            file.add("scalar", np.array(b"csr"))
            file.add("pair", np.array([[1, 2]]))
            parts = [np.arange(3), np.zeros(0), np.arange(4)[::2]]
            file.stream("flat", np.int32, 5, iter(parts))
            file.stream("packed", np.uint8, 10_000, [np.ones(10_000)], packed=True)
            file.stream("empty", np.int64, 0, [])
    with np.load(tmp_path / "one.npz", allow_pickle=False) as loaded:
        assert loaded["scalar"].item() == b"csr"
        assert loaded["pair"].tolist() == [[1, 2]]
        assert loaded["flat"].tolist() == [0, 1, 2, 0, 2]
        assert loaded["flat"].dtype == np.int32
        assert loaded["packed"].sum() == 10_000
        assert loaded["empty"].shape == (0,)
    written = (tmp_path / "one.npz").read_bytes()
    assert written == (tmp_path / "two.npz").read_bytes()
    assert len(written) < 3_000
    with (
        NpzWriter(tmp_path / "bad.npz") as file,
        pytest.raises(ValueError, match="flat got 1 items, not the 2"),
    ):
        file.stream("flat", np.int32, 2, [np.zeros(1)])


def test_bytes_as_people_write_them():
    numbers = [0, 999, 1000, 12_345_678, 38_200_000_000, 4 * 10**12, 7 * 10**18]
    assert [size(n) for n in numbers] == [
        "0 B", "999 B", "1.0 kB", "12.3 MB", "38.2 GB", "4.0 TB", "7,000.0 PB",
    ]  # fmt: skip
    check_bytes("x", (2, 3), np.int32, 24, instead="y")
    with pytest.raises(ValueError, match=r"x of shape \(2, 3\) as int32 needs 24 B, .* 23 B; y"):
        check_bytes("x", (2, 3), np.int32, 23, instead="y")
