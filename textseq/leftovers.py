"""Leftovers: what killed processes have left in a folder, with sizes, and their removal.

In: a folder. Out: the unfinished folders in it, encoded text that no training will want, and lock
files; whether a living process uses each; and they are gone where none does. Only what is ours
beyond doubt is seen: by its name, and by the mark, the config or the process id in it.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from textseq.locks import InUseError, Lock, is_dead, try_lock, who_holds
from textseq.unfinished import MARK, is_free, is_unfinished, is_whole, remove, remove_if_free

_LOCK = re.compile(r"\.(?P<of>.+)\.lock(\.\d+)?", re.DOTALL)
_CORPUS = re.compile(r"\.(?P<of>.+)\.corpus(\.\d+)?", re.DOTALL)


class Leftover(NamedTuple):
    """Something that nobody needs any more, and its size; `held`: who uses it nevertheless."""

    path: Path
    n_bytes: int
    held: str


def leftovers(folder: Path) -> list[Leftover]:
    """What killed processes have left in a folder, and what living ones are making there.

    Only what is ours beyond doubt: by its name and by the mark or the config in it.
    """
    found = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = folder / entry.name
        if entry.is_symlink():
            continue
        if entry.is_dir() and is_unfinished(path):
            held = "" if is_free(path) else "in use"
        elif entry.is_dir() and (match := _CORPUS.fullmatch(entry.name)) and is_whole(path):
            # A stopped training will want it; a running one has locked its place.
            place = path.with_name(match["of"])
            if place.with_name(f"{place.name}.checkpoint").exists():
                continue
            held = _held(path.with_name(entry.name.replace(".corpus", ".lock")))
        elif entry.is_file() and _LOCK.fullmatch(entry.name) and who_holds(path) is not None:
            held = _held(path)
        else:
            continue
        if held and (holder_ := who_holds(path / MARK if entry.is_dir() else path)) is not None:
            held = f"in use by process {holder_[0]}"
        found.append(Leftover(path, _size(path), held))
    return found


def remove_leftover(leftover: Leftover) -> bool:
    """Remove a leftover, if it is free now; whether it is gone."""
    path = leftover.path
    if path.is_file():
        lock = Lock(path, str(path))
        with suppress(InUseError, OSError):
            lock.take()
        lock.release()
    elif _CORPUS.fullmatch(path.name) and is_whole(path):
        lock = Lock(path.with_name(path.name.replace(".corpus", ".lock")), str(path))
        with suppress(InUseError, OSError):
            if lock.take():
                remove(path)
        lock.release()
    else:
        remove_if_free(path)
    return not path.exists()


def _held(lock: Path) -> str:
    """Whether a living process has this lock."""
    try:
        descriptor = os.open(lock, os.O_RDONLY)
    except FileNotFoundError:
        return ""
    except OSError:
        return "in use"
    try:
        got = try_lock(descriptor)
        free = is_dead(lock) if got is None else got
    finally:
        os.close(descriptor)
    return "" if free else "in use"


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    total = 0
    for parent, _, names in os.walk(path):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_size
    return total
