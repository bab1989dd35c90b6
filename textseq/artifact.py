"""An artifact is a folder that is there whole or not at all.

In: a function that fills an empty folder. Out: that folder under its final name.
Reading: `read_config` checks that a folder is what the caller wants before anything
else in it is trusted; `parse_json` reads all JSON that may come from strangers, in bounded memory.
What the arrays mean is the business of the artifact's own class.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import inspect
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from textseq.config import dumps
from textseq.stopping import raise_what_was_lost
from textseq.unfinished import CONFIG as CONFIG
from textseq.unfinished import HEADER as HEADER
from textseq.unfinished import MARK, Unfinished, aside_of, discard, folder_beside, sweep

_DEEPEST = 100  # lists in lists; no config of ours comes near
_VALUE_BYTES = 100  # that a value of JSON takes in memory, about
_ROOM_BYTES = 200_000_000  # beside ten times the text
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")
FORMAT = 1  # raised when an older textseq could no longer read what this one writes
T = TypeVar("T")
P = ParamSpec("P")
_PATIENCE = 60.0  # seconds, with a folder that others replace all the time
_PAUSE = 0.01  # seconds, for the two renames of a system that cannot exchange two names


@contextmanager
def new_folder(path: str | os.PathLike[str], *, overwrite: bool = False) -> Iterator[Path]:
    """A temporary sibling to fill; it takes the name `path` when the block ends well.

    Every file is fsynced before the rename, so a reader sees the old folder or the new one.
    Raises FileExistsError if `path` exists and `overwrite` is false, before any work is done.
    """
    _check_name(path)
    target = Path(os.path.realpath(path))  # a link stays, what it names is replaced
    check_free(target, overwrite=overwrite)
    target.parent.mkdir(parents=True, exist_ok=True)
    sweep(target)
    work = Unfinished.begin(target.parent, f".{target.name}.", ".part")
    try:
        yield work.path
        work.unmark()
        _sync(work.path)
        work.path.chmod(0o777 & ~_umask())  # mkdtemp's 0700 is for secrets
        check_free(target, overwrite=overwrite)  # again: another process may have been faster
        raise_what_was_lost()
        _swap(work.path, target)
    except BaseException:
        discard(work.path)
        raise
    finally:
        work.close()


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """The name of a file to write in a hidden folder; it becomes `path` when the block ends well.

    It is fsynced before the rename, so a reader sees the old file or the new one.
    """
    _check_name(path)
    with folder_beside(path, ".part") as folder:
        yield folder / path.name
        sync(folder / path.name)
        raise_what_was_lost()
        os.replace(folder / path.name, path)


def read_whole(path: str | os.PathLike[str], read: Callable[[Path], T]) -> T:
    """`read(path)`, all of one folder: again, where another took its name in the meantime.

    What `read` maps or opens belongs to that folder for good; what is opened later does not.
    """
    folder, start = Path(path), time.monotonic()
    while time.monotonic() - start < _PATIENCE:
        with _named_now(folder) as before:
            try:
                found = read(folder)
            except Exception:
                if _identity(folder) == before:
                    raise
                time.sleep(_PAUSE)
                continue
            if _identity(folder) == before:
                return found
            del found
    raise OSError(f"{folder} is being replaced again and again; try later")


def of_one_folder(load: Callable[P, T]) -> Callable[P, T]:
    """A function that reads its argument `folder` or `path` becomes one that reads it whole.

    See `read_whole`.
    """
    names = list(inspect.signature(load).parameters)
    place = next(n for n, name in enumerate(names) if name in ("folder", "path"))

    @functools.wraps(load)
    def whole(*given: P.args, **named: P.kwargs) -> T:
        path: Any = named[names[place]] if names[place] in named else given[place]
        return read_whole(path, lambda _: load(*given, **named))

    return whole


@contextmanager
def _named_now(folder: Path) -> Iterator[tuple[int, int] | None]:
    """Which folder has the name now; while the block runs, no other can have its number."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    except OSError:  # there is none, or the system opens no folders (Windows)
        yield _identity(folder)
        return
    try:
        # By its name, as it will be asked again: not every file system tells the same of both.
        yield _identity(folder)
    finally:
        os.close(descriptor)


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(folder)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def write_where_room_is(path: Path, write: Callable[[Path], object]) -> Path:
    """`write(path)`; where that fails, the same under another disk's folders. Where it went.

    For what took hours to make and is nowhere else yet. The first error is raised where none of
    the other places takes it either.
    """
    try:
        write(path)
        return path
    except OSError as error:
        first = error
    name = f"{path.name.lstrip('.')}.{os.getpid()}"
    for folder in dict.fromkeys([Path(tempfile.gettempdir()), Path.home(), Path("/dev/shm")]):
        other = folder / name
        with suppress(OSError):
            if folder.is_dir() and not (_is_full(first) and _same_disk(folder, path)):
                write(other)
                return other
    raise first


def _is_full(error: OSError) -> bool:
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def _same_disk(folder: Path, path: Path) -> bool:
    parent = next(parent for parent in path.absolute().parents if parent.exists())
    return folder.stat().st_dev == parent.stat().st_dev


def check_free(path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """FileExistsError unless `path` is free or may be overwritten; commands call it first."""
    target = Path(path)
    _check_name(target)
    if not target.exists():
        return
    if not overwrite:
        raise FileExistsError(f"{target} exists already; choose another name or overwrite it")
    # Only what textseq wrote is replaced: a mistyped --out must never remove somebody's folder.
    ours = target.is_dir() and ((target / CONFIG).is_file() or (target / MARK).is_file())
    if not (ours or (target.is_dir() and not any(target.iterdir()))):
        raise FileExistsError(f"{target} was not made by textseq and is left alone")


def _check_name(path: str | os.PathLike[str]) -> None:
    """ValueError for -, which nobody means as the name of a file."""
    if os.fspath(path) == "-":
        raise ValueError("- stands for standard output, which this does not go to; give a name")


def check_free_file(path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """The same for one file, which `overwrite` replaces whoever made it, and its folder is there.

    FileNotFoundError without that folder, IsADirectoryError where `path` is one itself.
    """
    target = Path(path)
    _check_name(target)
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder; give the name of a file")
    if target.exists() and not overwrite:
        raise FileExistsError(f"{target} exists already; choose another name or overwrite it")
    if not target.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder {target.parent} for {target.name}")


def write_config(folder: Path, kind: str, options: dict[str, Any]) -> None:
    """Write config.json: what the folder is, which textseq made it, and how.

    What the folder is comes from here: an option of that name is left out.
    """
    from textseq import __version__

    header = dict(zip(HEADER, (kind, FORMAT, __version__), strict=True))
    (folder / CONFIG).write_text(dumps(header | options | header), encoding="utf-8")


def read_config(path: str | os.PathLike[str], kind: str, *, made_by: str) -> dict[str, Any]:
    """The config of a folder of this kind; `made_by` is the command to name if there is none.

    Raises FileNotFoundError for a missing folder, ValueError for any other kind of folder.
    """
    folder = Path(path)
    if not folder.exists():
        raise FileNotFoundError(f"there is no {folder}; `{made_by}` makes it")
    if not (folder / CONFIG).is_file():
        raise ValueError(f"{folder} is not a textseq folder (no {CONFIG}); `{made_by}` makes one")
    config = read_json(folder / CONFIG)
    if not isinstance(config, dict) or type(config.get("format")) is not int:
        raise ValueError(f"{folder / CONFIG} is damaged: no format number")
    if config["format"] > FORMAT:
        raise ValueError(
            f"{folder} was written by textseq {str(config.get('textseq'))[:60]}, which is newer "
            "than this one; `pip install --upgrade textseq` reads it"
        )
    if config.get("kind") != kind:
        held = str(config.get("kind"))[:60]
        raise ValueError(f"{folder} holds {held}, not {kind}; `{made_by}` makes one")
    return config


def without_header(config: dict[str, Any]) -> dict[str, Any]:
    """The options that `write_config` was given, of what `read_config` gives."""
    return {name: value for name, value in config.items() if name not in HEADER}


def check_part(path: Path) -> None:
    """ValueError that names the file, unless the folder has it."""
    if not path.is_file():
        raise ValueError(f"{path} is missing; the folder is damaged")


def read_json(path: Path) -> Any:
    """What a file of JSON holds; ValueError that names the file, as `parse_json` says."""
    try:
        return parse_json(path.read_bytes().decode("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged: {error}") from None


def parse_json(text: str, *, strict: bool = True) -> Any:
    """What a text of JSON holds, in memory bounded by its length; ValueError for anything else.

    `strict`, for what is reckoned with and written again: neither deeper than 100 levels, nor with
    NaN and Infinity, which are no JSON, whole numbers of more than 64 bits, or half a surrogate
    pair, which nobody could print.
    """
    n_values = text.count(",") + text.count("[") + text.count("{")
    if _VALUE_BYTES * n_values > 10 * len(text) + _ROOM_BYTES:
        raise ValueError(f"{n_values:,} values in {len(text):,} characters are too many")
    try:
        checks: Any = {"parse_constant": _no_number, "parse_int": _whole_number}
        value = json.loads(text, **(checks if strict else {}))
    except RecursionError:
        raise ValueError(f"its values are nested deeper than {_DEEPEST} levels") from None
    if strict and n_values > _DEEPEST and _depth(value) > _DEEPEST:
        raise ValueError(f"its values are nested deeper than {_DEEPEST} levels")
    if strict and _HALF_PAIR.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("a text in it holds half a surrogate pair") from None
    return value


def short(value: Any) -> str:
    """A value for a message, cut where it is long."""
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}..."


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _whole_number(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= int(digits) < 2**64:
        raise ValueError(f"the whole number {digits[:20]}... has more than 64 bits")
    return int(digits)


def _depth(value: Any) -> int:
    """How many lists and objects stand in one another."""
    level, depth = [value], 0
    while level := [inner for inner in level if isinstance(inner, dict | list)]:
        depth += 1
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth


def _swap(new: Path, target: Path) -> None:
    """Put `new` in the place of `target`, which may exist; the old one is removed."""
    if not target.exists():
        os.rename(new, target)
    elif _exchange(new, target):
        sync(target.parent)
        discard(new)  # by now this name holds the old one
    else:
        # Two renames: a process killed between them leaves the old folder under `aside`, to which
        # the next one gives its name back.
        aside = aside_of(target)
        os.rename(target, aside)
        try:
            os.rename(new, target)
        except BaseException:
            os.rename(aside, target)
            raise
        discard(aside)
    sync(target.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Let two names change places in one step; false where the system cannot (not Linux)."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    result = renameat2(here, os.fsencode(one), here, os.fsencode(other), ctypes.c_uint(exchange))
    return bool(result == 0)


def _sync(folder: Path) -> None:
    for entry in (*folder.rglob("*"), folder):
        sync(entry)


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
