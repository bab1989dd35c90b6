"""Packed files: one list of suffixes, one unpacker, and nothing lost without a word."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable, Iterator

import pyarrow
import pytest

from textseq.packing import PACKED, packer, packing, unpacked, without_packing

DATA = b"".join(b"line %d\n" % number for number in range(5000))


def zstd(data: bytes) -> bytes:
    return bytes(pyarrow.compress(data, codec="zstd", asbytes=True))


PACK = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstd}


def read(data: bytes) -> bytes:
    return b"".join(unpacked("a", iter([data[:3], data[3:70], data[70:]])))


@pytest.mark.parametrize("how", PACK)
def test_one_member_and_two(how: str):
    one = PACK[how](DATA)
    assert packing(one[:16]) == how
    assert read(one) == DATA
    assert read(one + PACK[how](b"more\n")) == DATA + b"more\n"


@pytest.mark.parametrize("how", PACK)
def test_bytes_that_come_one_by_one(how: str):
    packed = PACK[how](DATA)
    assert b"".join(unpacked("a", (bytes([byte]) for byte in packed))) == DATA


@pytest.mark.parametrize("line", [b"king\n", b"P\n", b"BZ\n", b"\n"])
def test_a_short_line_is_not_kept_waiting(line: bytes):
    def slow() -> Iterator[bytes]:
        yield line
        raise AssertionError("more was asked for before the line was given")

    assert next(unpacked("a", slow())) == line


@pytest.mark.parametrize("how", PACK)
@pytest.mark.parametrize(
    "spoil", [lambda data: data[:-9], lambda data: data[:10] + bytes(len(data) - 10)]
)
def test_a_damaged_second_member_is_an_error(how: str, spoil: Callable[[bytes], bytes]):
    with pytest.raises(ValueError, match="a is cut off or damaged"):
        read(PACK[how](DATA) + spoil(PACK[how](DATA)))


@pytest.mark.parametrize("suffix", PACKED)
def test_what_is_packed_comes_back(suffix: str):
    file = io.BytesIO()
    with packer(suffix.upper(), file) as handle:
        handle.write(DATA)
    assert not file.closed
    assert packing(file.getvalue()) == PACKED[suffix]
    assert read(file.getvalue()) == DATA


def test_names():
    names = [f"a.conllu{suffix}" for suffix in (*PACKED, "", ".ZST", ".Gz")]
    assert {without_packing(name) for name in names} == {"a.conllu"}
    assert without_packing("a.zst.txt") == "a.zst.txt"
