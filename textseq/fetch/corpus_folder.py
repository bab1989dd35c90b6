"""A known corpus on disk: fetch what is missing of it, verify what is there.

In: a row of known_corpora.py, a folder. Out: the files in the folder, archives unpacked, and a
hidden record, `.textseq-corpus.json`, of URLs, sizes, digests and terms. Each file appears under
its name when it is whole and verified, the record says when all of them are. The text itself is
not read here: the folder holds nothing else, so `textseq encode FOLDER` reads all of it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from textseq import __version__
from textseq.advice import either
from textseq.artifact import read_json, replaced
from textseq.config import dumps
from textseq.fetch.archives import unpack
from textseq.fetch.checksums import verify
from textseq.fetch.download import ByteProgress, Fetched, fetch
from textseq.fetch.known_corpora import KnownCorpus, RemoteFile, find_corpus, mirrored

RECORD = ".textseq-corpus.json"
PARTS = ".download"  # half files, and archives that are not unpacked yet
_UNPACKING = ".unpack."

Fetch = Callable[..., Fetched]


def fetch_corpus(
    corpus: KnownCorpus | str,
    folder: str | os.PathLike[str],
    *,
    base_url: str | None = None,
    overwrite: bool = False,
    progress: ByteProgress | None = None,
    notify: Callable[[str], None] | None = None,
    fetch: Fetch = fetch,
) -> dict[str, Any]:
    """Bring a corpus into `folder`, going on where an earlier call stopped; its record.

    `corpus`: a name, as `textseq corpora` lists them, or a row of that table.
    With `base_url`, file F is looked for at BASE/NAME/F. `progress` gets the bytes that are there
    and those in all, over all files. What is there and right is kept, unless `overwrite`. Raises
    ValueError for wrong bytes and for a corpus that comes with textseq, FileExistsError for a
    folder that holds anything else, and what `download.fetch` raises.
    """
    if isinstance(corpus, str):
        corpus = find_corpus(corpus)
    if not corpus.files:
        raise ValueError(f"{corpus.name} comes with textseq and is not fetched")
    folder = Path(folder)
    record = _open_record(corpus, folder)
    done = 0
    for file, url in zip(corpus.files, mirrored(corpus, base_url), strict=True):
        old = record["files"].get(file.name)
        if old is None or overwrite or not _is_there(folder, file, old):

            def count(there: int, total: int | None, before: int = done) -> None:
                if progress is not None:
                    progress(before + there, corpus.size or (total and before + total))

            checksum = file.checksum
            if checksum is None and old is not None and not overwrite:
                checksum = f"sha256:{old['sha256']}"  # what came the first time
            fetched = fetch(
                url, folder / PARTS / file.name, size=file.size, checksum=checksum,
                overwrite=overwrite, progress=count, notify=notify,
            )  # fmt: skip
            gives = _put_in_place(folder, file, fetched.path)
            record["files"][file.name] = {
                "url": url,
                "size": fetched.size,
                "sha256": fetched.sha256,
                "verified": file.checksum is not None,
                "gives": gives,
            }
            record["complete"] = False
            _write_record(folder, record)
        done += record["files"][file.name]["size"]
        if progress is not None:
            progress(done, corpus.size)
    if not record["complete"]:
        record["complete"] = True
        record["fetched"] = datetime.now(UTC).isoformat(timespec="seconds")
        _write_record(folder, record)
    for left_over in (folder / PARTS, *folder.glob(f"{_UNPACKING}*")):
        shutil.rmtree(left_over, ignore_errors=True)
    return record


def _open_record(corpus: KnownCorpus, folder: Path) -> dict[str, Any]:
    """The record of a folder that was begun, or a new one; a mistyped folder is left alone."""
    new = {
        "name": corpus.name,
        "title": corpus.title,
        "licence": corpus.licence,
        "textseq": __version__,
        "complete": False,
        "files": {},
    }
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        folder.mkdir(parents=True, exist_ok=True)
        _write_record(folder, new)
        return new
    try:
        record = read_json(folder / RECORD)
        name, files = record["name"], record["files"]
        if not (isinstance(files, dict) and all(map(_is_entry, files.values()))):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError):
        raise FileExistsError(
            f"{folder} is there and was not fetched by textseq; it is left alone"
        ) from None
    if name != corpus.name:
        raise FileExistsError(f"{folder} holds the corpus {str(name)[:60]}, not {corpus.name}")
    return (
        new
        | {"complete": record.get("complete") is True, "files": files}
        | {key: record[key] for key in ("fetched",) if key in record}
    )


def _is_entry(entry: Any) -> bool:
    """Whether this is what a record says of a file, which gave files below its folder only."""
    return (
        isinstance(entry, dict)
        and type(entry.get("size")) is int
        and isinstance(entry.get("sha256"), str)
        and isinstance(entry.get("gives"), dict)
        and all(
            type(size) is int and not Path(name).is_absolute() and ".." not in Path(name).parts
            for name, size in entry["gives"].items()
        )
    )


def _write_record(folder: Path, record: dict[str, Any]) -> None:
    """The old record or the new one is there at any time."""
    with replaced(folder / RECORD) as temporary:
        temporary.write_text(dumps(record), encoding="utf-8", newline="\n")


def _is_there(folder: Path, file: RemoteFile, old: dict[str, Any]) -> bool:
    """Whether what the file gave is all there; ValueError where it has changed since."""
    for name, size in old["gives"].items():
        path = folder / name
        if not path.exists():
            return False
        try:
            if not file.is_archive:
                verify(path, size=size, checksum=file.checksum or f"sha256:{old['sha256']}")
            elif (found := _size_below(path)) != size:
                raise ValueError(f"{path} has {found:,} bytes; {size:,} were expected")
        except ValueError as error:
            anew = either("overwrite=True", "--force") + " fetches it anew"
            raise ValueError(f"{error}; " + anew) from None
    return True


def _put_in_place(folder: Path, file: RemoteFile, path: Path) -> dict[str, int]:
    """Move a whole file, or what is in an archive, into the folder: bytes by name."""
    if not file.is_archive:
        os.replace(path, folder / file.name)
        return {file.name: (folder / file.name).stat().st_size}
    unpacked = Path(tempfile.mkdtemp(prefix=_UNPACKING, dir=folder))
    try:
        content, aside = unpacked / "new", unpacked / "old"
        content.mkdir()
        aside.mkdir()
        try:
            unpack(path, content)
        except ValueError:
            path.unlink()  # the next call must not find it and fail again
            raise
        if hasattr(os, "sync"):
            os.sync()  # one for all: an archive can hold 100,000 files
        gives = {}
        for entry in _outermost(content):
            if (folder / entry.name).exists():
                os.rename(folder / entry.name, aside / entry.name)
            os.rename(entry, folder / entry.name)
            gives[entry.name] = _size_below(folder / entry.name)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
    path.unlink()
    return gives


def _outermost(content: Path) -> list[Path]:
    """What is in an archive, without the one folder around everything and without hidden files."""
    entries = sorted(content.iterdir())
    if len(entries) == 1 and entries[0].is_dir():
        entries = sorted(entries[0].iterdir())
    return [entry for entry in entries if not entry.name.startswith(".")]


def _size_below(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
