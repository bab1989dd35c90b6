"""Locks: one process at a time works at a place, and one that is killed gives it back.

In: the name of a lock file, or an open file or folder. Out: the lock, or an error that says which
process has it. The system takes a lock away from a process that ends, however it ends. What is
locked, and what for, is the business of those who ask. Where the file system has no locks (some
network file systems, Windows), that is said, and nothing is locked.
"""

from __future__ import annotations

import errno
import os
import platform
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

_MAKER = "textseq"  # the first word of a lock file, by which it is known as ours


class InUseError(OSError):
    """A place is another process's; the message names it."""


def try_lock(descriptor: int) -> bool | None:
    """Lock an open file or folder: false where another has it, None where there are no locks."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in (errno.EWOULDBLOCK, errno.EACCES) else None
    return True


def holder() -> str:
    """This process, as a line for a lock file: ours, its id, its machine."""
    return f"{_MAKER} {os.getpid()} {platform.node() or 'localhost'}\n"


def who_holds(path: Path) -> tuple[int, str] | None:
    """The process id and the machine in a lock file; None where it says nothing of the kind."""
    try:
        with path.open("rb") as file:
            words = file.read(200).decode("utf-8", "replace").split()
    except OSError:
        return None
    if len(words) != 3 or words[0] != _MAKER or not words[1].isdecimal():
        return None
    return int(words[1]), words[2]


def is_dead(path: Path) -> bool:
    """Whether the process in a lock file was one of this machine, and is no more.

    For where there are no locks: a process of another machine is taken to live.
    """
    found = who_holds(path)
    if found is None or found[1] != (platform.node() or "localhost") or os.name != "posix":
        return False
    try:
        os.kill(found[0], 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


class Lock:
    """A lock by the name of a file, which is there only while somebody holds it or was killed."""

    def __init__(self, path: Path, of: str) -> None:
        """`of`: what is locked, for the error."""
        self.path, self._of = path, of
        self._descriptor: int | None = None
        self._owner = 0

    def take(self) -> bool:
        """Lock it; false where there are no locks. InUseError if another process holds it."""
        while True:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            got = try_lock(descriptor)
            if not got:
                found = who_holds(self.path)
                os.close(descriptor)
                if got is None:
                    return False
                raise InUseError(f"{self._of} is in use by {_named(found)}; {_ADVICE}")
            # Who held it before may have removed the file since it was opened here: then this
            # lock is on a file that has no name any more, and the next one would not meet it.
            if _is_named(descriptor, self.path):
                break
            os.close(descriptor)
        self._descriptor, self._owner = descriptor, os.getpid()
        with suppress(OSError):  # a full disk; the lock holds without a name in it
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, holder().encode(), 0)
        return True

    def release(self) -> None:
        """Give it back, and remove the file; nothing happens where it is not held."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        if self._owner == os.getpid():  # a child has only inherited it
            with suppress(OSError):
                os.unlink(self.path)  # while it is held, so that nobody else's is removed
        os.close(descriptor)


_ADVICE = "wait until it has ended, or give another name"


def _named(found: tuple[int, str] | None) -> str:
    if found is None:
        return "another process"
    process, machine = found
    here = machine == (platform.node() or "localhost")
    return f"process {process}" + ("" if here else f" on {machine}")


def _is_named(descriptor: int, path: Path) -> bool:
    try:
        named, opened = os.stat(path), os.fstat(descriptor)
    except FileNotFoundError:
        return False
    return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)
