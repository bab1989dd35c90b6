"""Locks: one process at a time, given back by whoever ends, and told with the other's id."""

from __future__ import annotations

import errno
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from textseq import locks
from textseq.locks import InUseError, Lock, holder, is_dead, who_holds

ROOT = Path(locks.__file__).parents[1]
HOLD = """
import sys, time
from pathlib import Path
from textseq.locks import Lock
lock = Lock(Path(sys.argv[1]), "the place")
lock.take()
print("held", flush=True)
time.sleep(60)
"""


@contextmanager
def held(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that has the lock."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"held\n"
            yield process
        finally:
            process.kill()


def test_it_is_there_while_it_is_held(tmp_path: Path) -> None:
    lock = Lock(tmp_path / ".a.lock", "a")
    assert lock.take()
    assert who_holds(lock.path) == (os.getpid(), platform.node() or "localhost")
    lock.release()
    lock.release()
    assert not list(tmp_path.iterdir())
    assert lock.take()
    lock.release()


def test_another_process_is_named(tmp_path: Path) -> None:
    lock = Lock(tmp_path / ".a.lock", "a")
    with held(lock.path) as process:
        with pytest.raises(InUseError, match=f"a is in use by process {process.pid};"):
            lock.take()
        assert lock.path.exists()
        lock.path.write_text("half")  # as in the moment before it is written
        with pytest.raises(InUseError, match="in use by another process"):
            lock.take()
        lock.path.write_text("textseq 7 elsewhere\n")
        with pytest.raises(InUseError, match="in use by process 7 on elsewhere"):
            lock.take()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_process_gives_it_back(tmp_path: Path, number: int) -> None:
    lock = Lock(tmp_path / ".a.lock", "a")
    with held(lock.path) as process:
        process.send_signal(number)
        process.wait()
    assert lock.path.exists()
    assert is_dead(lock.path)
    assert lock.take()
    assert not is_dead(lock.path)
    lock.release()
    assert not lock.path.exists()


RACE = """
import os, sys
from pathlib import Path
from textseq.locks import InUseError, Lock
folder, done = Path(sys.argv[1]), 0
while done < 150:
    lock = Lock(folder / "lock", "a")
    try:
        lock.take()
    except InUseError:
        continue
    os.close(os.open(folder / "inside", os.O_CREAT | os.O_EXCL))  # an error if another is
    os.unlink(folder / "inside")
    lock.release()
    done += 1
"""


def test_no_two_hold_it_though_its_file_comes_and_goes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", RACE, str(tmp_path)]
    racers = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(4)]
    ends = [(racer.communicate(timeout=120)[1], racer.returncode) for racer in racers]
    assert ends == [(b"", 0)] * 4
    assert not list(tmp_path.iterdir())


def test_a_file_that_was_removed_meanwhile_is_not_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened, then removed by the one who held it: the lock goes to the file that has the name."""
    lock, real, opened = Lock(tmp_path / "lock", "a"), os.open, []

    def slow(path: Path, *flags: int) -> int:
        descriptor = real(path, *flags)
        opened.append(descriptor)
        if len(opened) == 1:
            os.unlink(path)
        return descriptor

    monkeypatch.setattr(locks.os, "open", slow)
    assert lock.take()
    assert len(opened) == 2
    assert who_holds(lock.path) == (os.getpid(), platform.node() or "localhost")
    lock.release()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, None])
def test_where_there_are_no_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int | None
) -> None:
    def flock(*_: object) -> None:
        raise OSError(number, "no locks")

    if number is None:
        monkeypatch.setattr(locks, "fcntl", None)
    else:
        monkeypatch.setattr(locks.fcntl, "flock", flock)
    lock = Lock(tmp_path / "lock", "a")
    assert not lock.take()
    lock.release()


def test_a_child_does_not_take_it_away(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "lock", "a")
    lock.take()
    lock._owner += 1  # as a forked child sees it
    lock.release()
    assert lock.path.exists()


@pytest.mark.parametrize("text", ["", "textseq", "emacs 1 host", "textseq x host", "\udcff"])
def test_other_files_say_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lock"
    path.write_bytes(text.encode(errors="surrogateescape"))
    assert who_holds(path) is None
    assert not is_dead(path)
    assert who_holds(tmp_path / "none") is None


def test_a_process_of_another_machine_is_taken_to_live(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("textseq 999999999 elsewhere\n")
    assert not is_dead(tmp_path / "lock")
    (tmp_path / "lock").write_text(holder())
    assert not is_dead(tmp_path / "lock")
