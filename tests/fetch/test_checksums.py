from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from textseq.fetch.checksums import digests, split_checksum, verify

ABC = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180
MD5 = "md5:900150983cd24fb0d6963f7d28e17f72"  # RFC 1321


@pytest.mark.parametrize("checksum", [ABC, MD5, None])
def test_verify(tmp_path: Path, checksum: str | None):
    (tmp_path / "abc").write_bytes(b"abc")
    assert "sha256:" + verify(tmp_path / "abc", size=3, checksum=checksum) == ABC


def test_verify_says_both_digests(tmp_path: Path):
    (tmp_path / "abd").write_bytes(b"abd")
    found = hashlib.md5(b"abd").hexdigest()
    with pytest.raises(ValueError, match=f"page has the md5 {found}; expected was 90015098"):
        verify(tmp_path / "abd", checksum=MD5, name="page")
    with pytest.raises(ValueError, match="abd has 3 bytes; 1,000 were expected"):
        verify(tmp_path / "abd", size=1000)


def test_digests_of_a_file_larger_than_a_block(tmp_path: Path):
    body = b"\0\n" * 1_500_000
    (tmp_path / "big").write_bytes(body)
    names = {"sha256", "sha1", "md5"}
    assert digests(tmp_path / "big", names) == {
        name: hashlib.new(name, body).hexdigest() for name in names
    }


def test_upper_case_is_the_same():
    assert split_checksum("md5:" + MD5[4:].upper()) == ("md5", MD5[4:])


@pytest.mark.parametrize("checksum", ["", "abc", "sha256:", "sha256:00", "md5:" + "g" * 32, "x:00"])
def test_what_is_no_checksum(checksum: str):
    with pytest.raises(ValueError, match=r"checksum .* (begins with none of|must hold)"):
        split_checksum(checksum)
