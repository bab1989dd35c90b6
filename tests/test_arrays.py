"""Arrays in files: what is written piece by piece is what NumPy would have written."""

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.arrays import (
    ArrayWriter,
    NpzReader,
    NpzWriter,
    check_bytes,
    map_array,
    open_array,
    save_array,
    size,
)


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


# --- headers of strangers


def npy(header: str, body: bytes = bytes(24), version: bytes = b"\x01\0") -> bytes:
    raw = header.encode("latin1")
    width = 2 if version[0] == 1 else 4
    return b"\x93NUMPY" + version + len(raw).to_bytes(width, "little") + raw + body


def header(shape: str = "(6,)", descr: str = "'<f4'", order: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n"


@pytest.mark.parametrize(
    "text",
    [
        header(),
        header().strip(),
        header().replace("'", '"'),
        "{'shape': (6,), 'fortran_order': False, 'descr': '<f4'}",
        header("(6L,)"),
        header("( 6 , )"),
        header("(2, 3)", order="True"),
    ],
)
@pytest.mark.parametrize("version", [b"\x01\0", b"\x02\0", b"\x03\0"])
def test_a_header_as_others_write_it(tmp_path: Path, text: str, version: bytes):
    data = npy(text, np.arange(6, dtype=np.float32).tobytes(), version)
    (tmp_path / "a.npy").write_bytes(data)
    found = map_array(tmp_path / "a.npy")
    if "L" not in text:  # which numpy itself no longer takes in all of these places
        assert (found == np.load(tmp_path / "a.npy", allow_pickle=False)).all()
    assert found.size == 6
    assert not found.flags.writeable


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no .npy file"),
        (b"\x93NUMP", "no .npy file"),
        (npy(header())[:30], "ends within its header"),
        (npy(header(), version=b"\x04\0"), r"unknown version 4\.0"),
        (b"\x93NUMPY\x02\0\xff\xff\xff\x7f" + b"x" * 99, "claims 2,147,483,647 bytes"),
        (npy(" " * 20_000), "claims 20,000 bytes"),
        (npy("{" + "(" * 5000), "its header is"),
        (npy("[1]"), "its header is"),
        (npy("{'descr': '<f4'}"), "its header is"),
        (npy(header() + "x"), "its header is"),
        (npy(header("(10**9,)")), "its header is"),
        (npy(header("__import__('os').getpid()")), "its header is"),
        (npy(header("(-6,)")), "its header is"),
        (npy(header("'x'")), "claims the shape 'x'"),
        (npy(header("(1000000000000,)")), "which are 4,000,000,000,000 bytes; it has 24"),
        (npy(header(f"({2**62}, {2**62})")), "claims the shape"),
        (npy(header(f"({10**30},)")), "claims the shape"),
        (npy(header(f"(0, {2**63})")), "claims the shape"),
        (npy(header("(" + "1," * 33 + ")")), "claims the shape"),
        (npy(header(descr="'|O'")), r"holds '\|O'; numbers in a plain array"),
        (npy(header(f"(3, {2**32})", "'|S0'"), b""), r"holds '\|S0', which is nothing"),
        (npy(header(descr="'<M8[s]'")), "numbers in a plain array"),
        (npy(header(descr="[('a', '<f4')]")), "its header is"),
        (npy(header(order="1")), "its header is"),
        (npy(header("(7,)")), "which are 28 bytes; it has 24"),
    ],
)
def test_a_header_that_lies(tmp_path: Path, data: bytes, message: str):
    (tmp_path / "a.npy").write_bytes(data)
    tracemalloc.start()
    for read in (map_array, lambda path: open_array(path, np.float32, (6,))):
        with pytest.raises(ValueError, match=r"a\.npy is damaged: ") as caught:
            read(tmp_path / "a.npy")
        assert len(str(caught.value)) < 300 + len(str(tmp_path))
    with pytest.raises(ValueError, match=message):
        map_array(tmp_path / "a.npy")
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_file_of_ours_ends_with_its_array(tmp_path: Path):
    """A header that claims fewer numbers than there are is as wrong as one that claims more."""
    (tmp_path / "a.npy").write_bytes(npy(header("(5,)")))
    with pytest.raises(ValueError, match="which are 20 bytes; it has 24"):
        open_array(tmp_path / "a.npy", np.float32, (None,))
    assert map_array(tmp_path / "a.npy").shape == (5,)  # as numpy reads what others append to


def npz(path: Path, name: str, data: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.npy", data)
    return path


def test_an_array_of_a_npz(tmp_path: Path):
    with NpzWriter(tmp_path / "a.npz") as file:
        file.add("x", np.arange(6, dtype=np.int32).reshape(2, 3))
    with NpzReader(tmp_path / "a.npz") as arrays:
        assert arrays.read("x", ("<i8", "<i4"), (2, 3)).tolist() == [[0, 1, 2], [3, 4, 5]]
        with pytest.raises(ValueError, match=r"a\.npz is damaged: in 'x', its shape is \(2, 3\)"):
            arrays.read("x", ("<i4",), (6,))
        with pytest.raises(ValueError, match="it holds int32, not float32"):
            arrays.read("x", ("<f4",), (2, 3))
        with pytest.raises(ValueError, match=r"a\.npz is damaged: in 'y'"):
            arrays.read("y", ("<f4",), (2, 3))
    with pytest.raises(ValueError, match=r"b\.npz is missing"):
        NpzReader(tmp_path / "b.npz")
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(ValueError, match=r"a\.npz is damaged"):
        NpzReader(tmp_path / "a.npz")


def test_a_npz_that_is_small_only_when_packed(tmp_path: Path):
    n = 300_000_000
    path = npz(tmp_path / "a.npz", "x", npy(header(f"({n},)", "'|u1'"), bytes(n)))
    assert path.stat().st_size < 1_000_000
    tracemalloc.start()
    with NpzReader(path) as arrays, pytest.raises(ValueError, match="it is 300,000,"):
        arrays.read("x", ("|u1",), (n,))
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_a_npz_whose_header_claims_more_than_there_is(tmp_path: Path):
    path = npz(tmp_path / "a.npz", "x", npy(header("(1000000000000,)")))
    with NpzReader(path) as arrays, pytest.raises(ValueError, match=r"a\.npz is damaged: in 'x'"):
        arrays.read("x", ("<f4",), (10**12,))
