from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textseq.fetch import archives
from textseq.fetch.archives import unpack

FILES = {"a.txt": b"one\n", "deep/b.txt": "둘\u2028\0\r\n".encode(), "deep/er/한글 👩‍👩‍👧": b""}


def make_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, body in files.items():
            packed.writestr(name, body)
    return path


def make_tar(path: Path, files: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as packed:  # type: ignore[call-overload]
        for name, body in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            packed.addfile(info, io.BytesIO(body))
    return path


def zstd(data: bytes) -> bytes:
    return bytes(pyarrow.compress(data, codec="zstd", asbytes=True))


def found(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.mark.parametrize("mode", ["zip", "w:gz", "w:bz2", "w:xz", "w"])
def test_unpack(tmp_path: Path, out: Path, mode: str):
    path = tmp_path / "archive"
    archive = make_zip(path, FILES) if mode == "zip" else make_tar(path, FILES, mode)
    assert unpack(archive, out) == (3, sum(map(len, FILES.values())))
    assert found(out) == FILES


@settings(
    derandomize=True, deadline=None, max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.dictionaries(st.text("abcé서", min_size=1, max_size=5), st.binary(max_size=300)))
def test_any_files(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]):
    folder = tmp_path_factory.mktemp("any")
    for number, make in enumerate((make_zip, make_tar)):
        out = folder / str(number)
        out.mkdir()
        if files or make is make_zip:
            unpack(make(folder / "archive", files), out)
            assert found(out) == files


@pytest.mark.parametrize("make", [make_zip, make_tar])
@pytest.mark.parametrize(
    "name", ["/etc/x", "../x", "a/../../x", "a/..", "..\\x", "C:x", "//host/x"]
)
def test_a_name_that_leads_out(tmp_path: Path, out: Path, make, name: str):
    archive = make(tmp_path / "archive", {name: b"x"})
    with pytest.raises(ValueError, match="which leads out of it"):
        unpack(archive, out)
    assert sorted(os.listdir(tmp_path)) == ["archive", "out"]
    assert found(out) == {}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_of_a_tar(tmp_path: Path, out: Path, kind: bytes):
    with tarfile.open(tmp_path / "archive", "w") as packed:
        info = tarfile.TarInfo("link")
        info.type, info.linkname = kind, "/etc/passwd"
        packed.addfile(info)
    with pytest.raises(ValueError, match="'link', a link"):
        unpack(tmp_path / "archive", out)
    assert os.listdir(out) == []


def test_a_link_of_a_zip(tmp_path: Path, out: Path):
    with zipfile.ZipFile(tmp_path / "archive", "w") as packed:
        info = zipfile.ZipInfo("link")
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        packed.writestr(info, "/etc/passwd")
    with pytest.raises(ValueError, match="'link', a link"):
        unpack(tmp_path / "archive", out)
    assert os.listdir(out) == []


def test_a_name_twice(tmp_path: Path, out: Path):
    with tarfile.open(tmp_path / "archive", "w") as packed:
        for _ in range(2):
            packed.addfile(tarfile.TarInfo("same"))
    with pytest.raises(ValueError, match="holds 'same' twice"):
        unpack(tmp_path / "archive", out)


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_an_archive_that_blows_up(tmp_path: Path, out: Path, make):
    archive = make(tmp_path / "archive", {"zeros": bytes(20_000_000)})
    with pytest.raises(ValueError, match="100 times its size"):
        unpack(archive, out)
    assert found(out) == {}


def test_an_archive_that_lies_about_a_size(tmp_path: Path, out: Path):
    archive = make_zip(tmp_path / "archive", {"a": b"x" * 5000})
    body = archive.read_bytes()
    archive.write_bytes(body.replace((5000).to_bytes(4, "little"), (100).to_bytes(4, "little")))
    with pytest.raises(ValueError, match="is damaged"):
        unpack(archive, out)


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_a_damaged_archive(tmp_path: Path, out: Path, make):
    archive = make(tmp_path / "archive", {"a": os.urandom(100_000), "b": b"x"})
    body = bytearray(archive.read_bytes())
    body[50_000] ^= 1
    archive.write_bytes(body)
    with pytest.raises(ValueError, match="is damaged"):
        unpack(archive, out)


@pytest.mark.parametrize("body", [b"", b"text\n", b"\x1f\x8b\x08" + bytes(20)])
def test_what_is_no_archive(tmp_path: Path, out: Path, body: bytes):
    (tmp_path / "archive").write_bytes(body)
    with pytest.raises(ValueError, match=r"neither a zip nor a tar|is damaged"):
        unpack(tmp_path / "archive", out)


# --- headers that lie


def raw_tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Headers as they are given, each with its bytes behind it, however many it claims."""
    parts = []
    for info, body in members:
        parts += [info.tobuf(tarfile.GNU_FORMAT), body + bytes(-len(body) % 512)]
    return b"".join(parts) + bytes(1024)


def info(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.size, made.type = size, kind
    return made


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.XGLTYPE])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_a_header_that_claims_gigabytes(tmp_path: Path, out: Path, kind: bytes, pack: Any):
    """tarfile would make room for them before it reads."""
    (tmp_path / "a").write_bytes(pack(raw_tar((info("x", 5 << 30, kind), b"12 a=b\n"))))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"/a (is damaged: a header claims|is neither a zip nor)"):
        unpack(tmp_path / "a", out)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_names_that_no_file_can_have(tmp_path: Path, out: Path):
    for number, name in enumerate(("x" * 300, "a.txt/b.txt")):
        archive = make_zip(tmp_path / f"{number}.zip", {"a.txt": b"1", name: b"2"})
        with pytest.raises(ValueError, match=rf"{number}\.zip is damaged"):
            unpack(archive, out)
        (out / "a.txt").unlink()


def test_a_place_before_the_beginning(tmp_path: Path, out: Path):
    """The directory of a zip says where its members are; not all places are in the file."""
    data = make_zip(tmp_path / "a.zip", {"a.txt": b"1" * 50}).read_bytes()
    end = data.rindex(b"PK\x05\x06")
    for place in range(end + 12, end + 20):
        for byte in (0x7F, 0xFF):
            (tmp_path / "b.zip").write_bytes(data[:place] + bytes([byte]) + data[place + 1 :])
            with pytest.raises(ValueError, match=r"b\.zip (is damaged|is neither)"):
                unpack(tmp_path / "b.zip", out)


def test_more_files_than_an_archive_of_that_size_has(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(archives, "_MOST_FILES", 10)
    archive = make_tar(tmp_path / "a.tgz", {f"{n:03}": b"" for n in range(300)})
    assert archive.stat().st_size // 64 < 200
    with pytest.raises(ValueError, match=r"a\.tgz holds more than .* files"):
        unpack(archive, out)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_a_damaged_second_member_loses_no_files(tmp_path: Path, out: Path, pack: Any):
    files = {"a": os.urandom(600), "b": os.urandom(600)}
    plain = make_tar(tmp_path / "plain", files, "w").read_bytes()
    archive = tmp_path / "archive"
    archive.write_bytes(pack(plain[:2048]) + pack(plain[2048:]))
    assert unpack(archive, out) == (2, 1200)
    assert found(out) == files
    archive.write_bytes(pack(plain[:2048]) + pack(plain[2048:])[:-20])
    with pytest.raises(ValueError, match="archive is damaged"):
        unpack(archive, tmp_path)
