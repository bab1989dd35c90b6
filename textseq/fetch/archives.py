"""Archives: unpack a zip or a tar file, and only below the folder that was given.

In: an archive, an empty folder. Out: the files of the archive in it. Links, devices, absolute
names, "..", names that come twice and archives that blow up are refused before they are written.
A lone .gz is no archive: textseq reads it as it is.
"""

from __future__ import annotations

import errno
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from textseq.packing import as_file, read_chunks, unpacked

LARGEST_EXPANSION = 100  # text is packed to a third or a fifth, never to a hundredth
_SMALL_BYTES = 1 << 20  # archives that unpack to so little are never refused for their size
_CHUNK_BYTES = 1 << 20
_LARGEST_HEADER = 1 << 22  # bytes that a reader of archives asks for at once; more is a lie
_MOST_FILES = 100_000  # of small archives; larger ones may have one for each 64 bytes
_TAIL_CHUNKS = 64  # of zeros behind a tar, at most


@dataclass(frozen=True)
class _Member:
    """One file or folder of an archive; `size` in bytes, `open` None for a folder."""

    name: str
    size: int
    open: Callable[[], IO[bytes]] | None


def unpack(archive: Path, folder: Path) -> tuple[int, int]:
    """Unpack a .zip or .tar (.gz, .bz2, .xz, .zst) into `folder`: the number of files and of bytes.

    Raises ValueError for an archive that is damaged, dangerous or of another kind; what was
    written until then is left for the caller to remove.
    """
    size = archive.stat().st_size
    most = max(_SMALL_BYTES, LARGEST_EXPANSION * size)
    n_files = n_bytes = 0
    seen: set[PurePosixPath] = set()
    try:
        with _members(archive) as members:
            for member in members:
                path = _safe_path(archive, member.name)
                if member.open is None:
                    (folder / path).mkdir(parents=True, exist_ok=True)
                    continue
                if path in seen:
                    raise _Refused(f"{archive} holds {member.name!r} twice")
                seen.add(path)
                n_files, n_bytes = n_files + 1, n_bytes + member.size
                if n_files > _MOST_FILES + size // 64:
                    raise _Refused(f"{archive} holds more than {n_files:,} files; not unpacked")
                if n_bytes > most:
                    raise _Refused(
                        f"{archive} would unpack to more than {most:,} bytes, "
                        f"{LARGEST_EXPANSION} times its size; it is not unpacked"
                    )
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                with member.open() as packed:
                    _copy(archive, member, packed, folder / path)
    except _Refused:
        raise
    except NotImplementedError as error:
        raise ValueError(f"{archive} cannot be unpacked: {error}") from None
    except OSError as error:
        if error.errno is not None and error.errno not in _OF_NAMES:
            raise  # of the disk, not of the format
        raise ValueError(f"{archive} is damaged: {error}") from None
    except _DAMAGES as error:
        raise ValueError(f"{archive} is damaged: {error}") from None
    return n_files, n_bytes


class _Refused(ValueError):
    """An archive that is not unpacked; the message names it."""


# What headers that lie make of the libraries that read them.
_DAMAGES = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError,
    ValueError, OverflowError, IndexError, KeyError, RuntimeError, AssertionError,
)  # fmt: skip
# Names that no file can have, places behind the end: of the archive, not of the disk.
_OF_NAMES = (
    errno.EINVAL, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EILSEQ,
)  # fmt: skip


@contextmanager
def _members(archive: Path) -> Iterator[Iterator[_Member]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            yield _zip_members(archive, packed)
        return
    with archive.open("rb") as file, _unpacked(file) as stream:
        try:
            tar = tarfile.TarFile(fileobj=_Careful(stream), mode="r")  # type: ignore[arg-type]
        except (tarfile.TarError, OSError):
            raise _Refused(f"{archive} is neither a zip nor a tar archive") from None
        with tar:
            yield _tar_members(archive, tar)


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    """The stream of a tar that is packed as its first bytes say, or that is not packed."""
    return as_file(unpacked("what is packed in it", read_chunks(file)))


class _Careful:
    """A stream for tarfile, which asks for as many bytes as a header claims, whatever it claims.

    It only goes on: what is not asked for is read all the same, so that no damage is passed over.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._at = stream, 0
        self.close = stream.close

    def tell(self) -> int:
        return self._at

    def seek(self, at: int) -> None:
        if at < self._at:
            raise tarfile.ReadError("a header leads back")
        while self._at < at and self.read(min(at - self._at, _CHUNK_BYTES)):
            pass

    def read(self, size: int) -> bytes:
        if size > _LARGEST_HEADER:
            raise tarfile.ReadError(f"a header claims {size:,} bytes")
        data = self._stream.read(size)
        self._at += len(data)
        return data


def _zip_members(archive: Path, packed: zipfile.ZipFile) -> Iterator[_Member]:
    for info in packed.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where the packer was no Unix
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _Refused(f"{archive} holds {info.filename!r}, a link; it is not unpacked")
        if info.flag_bits & 1:
            raise _Refused(f"{archive} is encrypted")
        open_it = None if info.is_dir() else partial(packed.open, info)
        yield _Member(info.filename, info.file_size, open_it)


def _tar_members(archive: Path, tar: tarfile.TarFile) -> Iterator[_Member]:
    while (info := tar.next()) is not None:
        tar.members.clear()  # type: ignore[attr-defined]  # or it keeps them all
        if not (info.isreg() or info.isdir()):
            raise _Refused(f"{archive} holds {info.name!r}, a link; it is not unpacked")
        open_it = None if info.isdir() else partial(_open_file, tar, info)
        yield _Member(info.name, info.size, open_it)
    # The checksum of a .gz stands behind the end of the tar inside, which tarfile does not read.
    assert tar.fileobj is not None
    for _ in range(_TAIL_CHUNKS):
        if not tar.fileobj.read(_CHUNK_BYTES):
            return
    raise _Refused(f"{archive} is damaged: it goes on after its end")


def _open_file(tar: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(info)
    assert file is not None  # it is a regular one
    return file


def _safe_path(archive: Path, name: str) -> PurePosixPath:
    """The name as a path below the folder; ValueError for one that leads elsewhere."""
    path = PurePosixPath(name)
    # A backslash or a colon is a harmless letter here and a way out on Windows.
    if path.is_absolute() or ".." in path.parts or set(name) & set("\\:\0"):
        raise _Refused(f"{archive} holds {name!r}, which leads out of it; it is not unpacked")
    return path


def _copy(archive: Path, member: _Member, packed: IO[bytes], target: Path) -> None:
    """Copy one file, which may be neither longer nor shorter than its header says."""
    n_bytes = 0
    with open(target, "xb") as file:
        while chunk := packed.read(_CHUNK_BYTES):
            n_bytes += len(chunk)
            if n_bytes > member.size:
                break
            file.write(chunk)
    if n_bytes != member.size:
        raise _Refused(f"{archive} is damaged: {member.name!r} is not as long as its header says")
