"""torchtext.utils: files from the net when a script asks for them by name, and archives.

In: a URL, or an archive. Out: files, whole and, with a checksum, the right ones.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import IO

from textseq.artifact import replaced
from textseq.compat.torchtext.local_files import local_path, unpack_beside
from textseq.fetch.checksums import verify
from textseq.fetch.download import fetch
from textseq.packing import as_file, read_chunks, unpacked

__all__ = ["download_from_url", "extract_archive", "get_asset_local_path", "validate_file"]

_ARCHIVES = (".tar.gz", ".tgz", ".zip")


def download_from_url(
    url: str,
    path: str | None = None,
    root: str = ".data",
    overwrite: bool = False,
    hash_value: str | None = None,
    hash_type: str = "sha256",
) -> str:
    """Download a file to `path`, or into `root` under its name in the URL: its absolute path.

    What is there is kept, unless `overwrite`. RuntimeError for a file of another checksum;
    OSError for what goes wrong on the way.
    """
    target = Path(path or Path(root, url.rsplit("/", 1)[-1])).absolute()
    checksum = None if hash_value is None else f"{hash_type}:{hash_value}"
    try:
        if target.exists() and not overwrite:
            verify(target, checksum=checksum)
        else:
            fetch(url, target, checksum=checksum, overwrite=overwrite)
    except ValueError as error:
        raise RuntimeError(str(error)) from None
    return str(target)


def extract_archive(
    from_path: str, to_path: str | None = None, overwrite: bool = False
) -> list[str]:
    """The files of a .tar.gz, .tgz or .zip, unpacked beside it or into `to_path`, sorted.

    A lone .gz becomes the file without that ending. What is there is kept, unless `overwrite`.
    NotImplementedError for other names, ValueError for an archive that is damaged or dangerous.
    """
    archive = Path(from_path)
    if from_path.endswith(_ARCHIVES):
        folder = archive.parent if to_path is None else Path(to_path)
        return [str(file) for file in unpack_beside(archive, folder, overwrite=overwrite)]
    if not from_path.endswith(".gz"):
        raise NotImplementedError(f"{from_path} ends in none of {', '.join((*_ARCHIVES, '.gz'))}")
    target = archive.with_suffix("")
    with open(archive, "rb") as packed, replaced(target) as part, part.open("wb") as file:
        shutil.copyfileobj(as_file(unpacked(from_path, read_chunks(packed))), file)
    return [str(target)]


def get_asset_local_path(asset_path: str, overwrite: bool = False) -> str:
    """The path of a file that is here; FileNotFoundError for a URL, which is not fetched unasked.

    `overwrite` is heeded by torchtext for URLs only.
    """
    return str(local_path(asset_path))


def validate_file(file_obj: IO[bytes], hash_value: str, hash_type: str = "sha256") -> bool:
    """Whether an open file has this checksum; ValueError for kinds other than sha256 and md5."""
    if hash_type not in ("sha256", "md5"):
        raise ValueError(f"hash_type is {hash_type!r}, not sha256 or md5")
    digest = hashlib.new(hash_type, usedforsecurity=False)
    while block := file_obj.read(1 << 20):
        digest.update(block)
    return digest.hexdigest() == hash_value
