"""Unfinished: folders that are being made or removed, and what is left of them after a kill.

In: the place that is to be written or removed. Out: a folder beside it that only this process uses,
with a mark in it that says whose it is, and gone when the work ends. A kill leaves such folders;
the next work at the place removes them, and leftovers.py finds all of a folder. What a living
process holds is never touched: it has locked it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from textseq.locks import holder, is_dead, try_lock

CONFIG = "config.json"  # the file that says what a folder of ours holds
HEADER = ("kind", "format", "textseq")  # what each of them says
MARK = ".textseq-unfinished"  # in a folder that is not whole: who makes or removes it
_SUFFIXES = ("part", "old", "ray", "parts")
_NAME = re.compile(rf"\.(?P<of>.+)\.[a-z0-9_]{{8}}\.({'|'.join(_SUFFIXES)})", re.DOTALL)
_IN_TEMP = re.compile(r"textseq-[a-z0-9_]{8}")


class Unfinished:
    """A folder of this process alone, `path`; the lock on it lasts until `close`."""

    def __init__(self, path: Path, descriptor: int | None) -> None:
        self.path, self._descriptor = path, descriptor

    @classmethod
    def begin(cls, parent: Path, prefix: str, suffix: str) -> Unfinished:
        """A new one with its mark."""
        while True:
            path = Path(tempfile.mkdtemp(prefix=prefix, suffix=suffix, dir=parent))
            try:
                descriptor = _open_folder(path)
                if descriptor is not None and try_lock(descriptor) is False:
                    os.close(descriptor)
                    continue  # whoever looks for leftovers was faster
                try:
                    (path / MARK).write_text(holder(), encoding="utf-8")
                except FileNotFoundError:
                    if descriptor is not None:
                        os.close(descriptor)
                    continue
                except BaseException:
                    if descriptor is not None:
                        os.close(descriptor)
                    raise
            except FileNotFoundError:
                continue
            except BaseException:
                shutil.rmtree(path, ignore_errors=True)
                raise
            return cls(path, descriptor)

    def unmark(self) -> None:
        """What is in it is whole; it takes its name at once."""
        (self.path / MARK).unlink(missing_ok=True)

    def close(self) -> None:
        """Give the lock back; the folder may have another name by now."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@contextmanager
def folder_beside(place: Path, suffix: str) -> Iterator[Path]:
    """A hidden folder beside `place` that is gone when the block ends; older ones go first."""
    sweep(place)
    work = Unfinished.begin(place.parent, f".{place.name}.", suffix)
    try:
        yield work.path
    finally:
        discard(work.path)
        work.close()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder where the system keeps temporary files, gone when the block ends.

    Those that killed processes have left there go first.
    """
    parent = Path(tempfile.gettempdir())
    with suppress(OSError):
        for entry in list(os.scandir(parent)):
            if _IN_TEMP.fullmatch(entry.name):
                remove_if_free(parent / entry.name)
    work = Unfinished.begin(parent, "textseq-", "")
    try:
        yield work.path
    finally:
        discard(work.path)
        work.close()


def is_whole(folder: str | os.PathLike[str]) -> bool:
    """Whether this is a folder that textseq wrote, and none that it has begun to remove."""
    path = Path(folder)
    return (path / CONFIG).is_file() and not (path / MARK).exists()


def remove(folder: Path) -> None:
    """Remove a folder of ours; killed on the way, it leaves none under that name."""
    with suppress(OSError):  # on a full disk too it goes
        (folder / MARK).write_text(holder(), encoding="utf-8")
    aside = aside_of(folder)
    os.rename(folder, aside)
    discard(aside)


def aside_of(place: Path) -> Path:
    """A free name beside `place` for what is to go."""
    return place.with_name(f".{place.name}.{os.urandom(4).hex()}.old")


def discard(folder: Path) -> None:
    """Remove what is in a folder, the mark last: so it is known as ours until it is gone."""
    with suppress(OSError):
        if not (folder / MARK).exists():
            (folder / MARK).write_text(holder(), encoding="utf-8")
        for entry in list(os.scandir(folder)):
            if entry.name == MARK:
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                with suppress(OSError):
                    os.unlink(entry.path)
        (folder / MARK).unlink(missing_ok=True)
        os.rmdir(folder)


# ---- what killed processes have left


def sweep(place: Path) -> None:
    """Remove what killed processes have left of their work at `place`.

    Where a kill came between two renames, the folder that was there gets its name back.
    """
    with suppress(OSError):
        names = [entry.name for entry in os.scandir(place.parent)]
        matches = [match for match in map(_NAME.fullmatch, names) if match]
        paths = [place.parent / match[0] for match in matches if match["of"] == place.name]
        for path in paths:
            if not _is_the_only_one(path, place):
                remove_if_free(path)
        for path in paths:
            if _is_the_only_one(path, place) and not any(map(Path.exists, set(paths) - {path})):
                os.rename(path, place)


def _open_folder(path: Path) -> int | None:
    """To lock it; None where a folder cannot be opened (Windows)."""
    try:
        return os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except PermissionError:  # pragma: no cover - Windows
        return None


def is_unfinished(path: Path) -> bool:
    """Whether a folder is of one of our names, and nothing but a part of ours is in it."""
    if not (_NAME.fullmatch(path.name) or _IN_TEMP.fullmatch(path.name)):
        return False
    if (match := _NAME.fullmatch(path.name)) and _is_the_only_one(
        path, path.with_name(match["of"])
    ):
        return False
    try:
        if not path.is_dir() or path.is_symlink():
            return False
        return (path / MARK).is_file() or not os.listdir(path) or _has_our_config(path)
    except OSError:
        return False


def _has_our_config(path: Path) -> bool:
    try:
        config = json.loads((path / CONFIG).read_text(encoding="utf-8"))
        return isinstance(config, dict) and config.keys() >= set(HEADER)
    except (OSError, ValueError):
        return False


def _is_the_only_one(path: Path, place: Path) -> bool:
    """Whether this is what was at `place`, set aside by a process that was killed right then."""
    return path.suffix == ".old" and not place.exists() and is_whole(path)


def is_free(path: Path) -> bool:
    """Whether nobody uses an unfinished folder."""
    descriptor = None
    try:
        descriptor = _open_folder(path)
        got = None if descriptor is None else try_lock(descriptor)
        return is_dead(path / MARK) if got is None else got
    except OSError:
        return False
    finally:
        if descriptor is not None:
            os.close(descriptor)


def remove_if_free(path: Path) -> None:
    """Remove an unfinished folder that nobody uses; it stays locked meanwhile."""
    descriptor = None
    try:
        if not is_unfinished(path):
            return
        descriptor = _open_folder(path)
        got = None if descriptor is None else try_lock(descriptor)
        if got or (got is None and is_dead(path / MARK)):
            discard(path)
    except OSError:
        return
    finally:
        if descriptor is not None:
            os.close(descriptor)
