"""Local files: what torchtext would download is looked for here, and nowhere else.

In: a path that a script gives. Out: the path of a file that is there, its text or its lines; what
an archive holds, unpacked beside it. Nothing is fetched: an error says what would.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from textseq.fetch.archives import unpack
from textseq.packing import as_file, read_chunks, unpacked

UNPACKING = ".unpack."  # begins the name of a folder that is not whole
FETCHES = "textseq.compat.torchtext.utils.download_from_url"


def local_path(given: str | os.PathLike[str]) -> Path:
    """The path of a file that is there; FileNotFoundError says how one gets here."""
    path = Path(given)
    if path.is_file():
        return path
    if "://" in os.fspath(given):
        raise FileNotFoundError(
            f"{given} is not fetched unasked: {FETCHES} brings it, and gives the path to put here"
        )
    raise FileNotFoundError(f"there is no file {given}; nothing is downloaded here")


def read_text(path: Path) -> str:
    """All of a UTF-8 file, packed or not, with \\n for each line end; ValueError names it."""
    with open_text(path) as lines:
        return lines.read()


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """A UTF-8 file to read, packed or not; what is no text in it is a ValueError that names it."""
    with open(path, "rb") as file:
        chunks = unpacked(str(path), read_chunks(file))
        try:
            with io.TextIOWrapper(as_file(chunks), encoding="utf-8-sig") as text:
                yield text
        except UnicodeDecodeError as error:
            raise ValueError(f"{path} is not UTF-8: {error.reason} at {error.start}") from None


def unpack_beside(archive: Path, folder: Path, *, overwrite: bool = False) -> list[Path]:
    """What an archive holds, below `folder`: its files, sorted.

    Files that are there are left as they are, unless `overwrite`. ValueError for an archive that
    is damaged or leads elsewhere; then nothing has changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=UNPACKING, dir=folder))
    try:
        unpack(archive, work)
        files = []
        for file in sorted(path for path in work.rglob("*") if path.is_file()):
            target = folder / file.relative_to(work)
            target.parent.mkdir(parents=True, exist_ok=True)
            if overwrite or not target.exists():
                os.replace(file, target)
            files.append(target)
        return files
    finally:
        shutil.rmtree(work, ignore_errors=True)
