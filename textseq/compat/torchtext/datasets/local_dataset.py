"""A data set of local files, under the root that torchtext has for it.

In: a name of table.py, a root, splits. Out: data pipes of torch, which read their file anew each
time they are gone through; they shuffle and are parted among workers as torchtext's are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from torch.utils.data import IterDataPipe

from textseq.compat.torchtext.local_files import UNPACKING, unpack_beside

Root = str | os.PathLike[str]


def default_root() -> str:
    """Where torchtext keeps its data: the folder `text` in torch's own cache."""
    cache = os.getenv("XDG_CACHE_HOME") or os.path.join("~", ".cache")
    torch_home = os.getenv("TORCH_HOME") or os.path.join(cache, "torch")
    return os.path.expanduser(os.path.join(torch_home, "text"))


class _Rows(IterDataPipe[Any]):
    """What a function gives, called anew for each pass."""

    def __init__(self, read: Callable[..., Iterable[Any]], *given: Any) -> None:
        self._read, self._given = read, given

    def __iter__(self) -> Iterator[Any]:
        yield from self._read(*self._given)


def as_pipe(read: Callable[..., Iterable[Any]], *given: Any) -> Any:
    """A data pipe of `read(*given)` that DataLoader can shuffle and part among its workers."""
    return _Rows(read, *given).shuffle().set_shuffle(False).sharding_filter()


def for_splits(
    name: str, split: str | Sequence[str], known: Iterable[str], pipe_of: Callable[[str], Any]
) -> Any:
    """The pipe of a split, or a tuple of those of several; TypeError for a split there is not."""
    known = tuple(known)
    wanted = (split,) if isinstance(split, str) else tuple(split)
    unknown = [each for each in wanted if each not in known]
    if unknown:
        raise TypeError(f"{name} has no split {unknown[0]!r}; there are {', '.join(known)}")
    pipes = tuple(pipe_of(each) for each in wanted)
    return pipes[0] if isinstance(split, str) else pipes


def find_file(
    name: str,
    root: Root | None,
    patterns: Sequence[str],
    archives: Sequence[str] = (),
    corpus: str | None = None,
) -> Path:
    """The first file of these patterns in ROOT/datasets/NAME, unpacked where need be.

    A `corpus` may be in ROOT itself, where `textseq corpora fetch` has put it. FileNotFoundError
    says where it belongs, and which command brings it, if one does.
    """
    root = Path(default_root() if root is None else root)
    home = root / "datasets" / name
    folders = (home, root) if corpus else (home,)
    # What an archive has around it is anyone's choice, but not what lies in ROOT.
    deeper = [f"**/{pattern}" for pattern in patterns]
    found = _first(folders, patterns) or _first((home,), deeper)
    for archive in (folder / each for folder in folders for each in archives):
        if found is None and archive.is_file():
            unpack_beside(archive, archive.parent)
            found = _first(folders, patterns) or _first((home,), deeper)
    if found is not None:
        return found
    wanted = " or ".join((*patterns[:1], *archives))
    brings = (
        f"`textseq corpora fetch {corpus} --out {home}` brings it"
        if corpus
        else "it is not downloaded here"
    )
    raise FileNotFoundError(f"{name} is {wanted} in {home}, which is not there; {brings}")


def _first(folders: Iterable[Path], patterns: Sequence[str]) -> Path | None:
    return next(
        (
            path
            for folder in folders
            for pattern in patterns
            for path in sorted(folder.glob(pattern))
            if not any(part.startswith(UNPACKING) for part in path.parts)  # of a killed process
        ),
        None,
    )
