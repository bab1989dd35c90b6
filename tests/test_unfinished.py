"""Unfinished folders: removed when the work ends, found and removed when it was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from textseq import leftovers as leftovers_module
from textseq import unfinished
from textseq.artifact import new_folder, write_config
from textseq.leftovers import leftovers, remove_leftover
from textseq.unfinished import (
    MARK,
    discard,
    folder_beside,
    is_whole,
    remove,
    sweep,
    temporary_folder,
)

ROOT = Path(unfinished.__file__).parents[1]
WORK = """
import os, sys, time
from pathlib import Path
from textseq import unfinished
from textseq.artifact import new_folder, replaced, write_config
from textseq.locks import Lock
place, what = Path(sys.argv[1]), sys.argv[2]

def wait():
    print("now", flush=True)
    time.sleep(60)

if what == "filling":
    with new_folder(place) as folder:
        (folder / "half.npy").write_bytes(bytes(1000))
        wait()
elif what == "empty":
    unfinished.Unfinished.begin = classmethod(lambda *_: wait())
    os.mkdir(place.with_name(f".{place.name}.abcd_123.part"))
    wait()
elif what == "file":
    with replaced(place) as file:
        file.write_bytes(bytes(1000))
        wait()
elif what == "removing":
    write_config(place, "thing", {})
    (place / "data").write_bytes(bytes(1000))
    unfinished.shutil.rmtree = os.unlink = lambda *_, **__: wait()
    unfinished.remove(place)
elif what == "temporary":
    unfinished.tempfile.gettempdir = lambda: str(place.parent)
    with unfinished.temporary_folder() as folder:
        (folder / "half").write_bytes(bytes(1000))
        wait()
elif what == "lock":
    lock = Lock(place.with_name(f".{place.name}.lock"), "a")
    lock.take()
    wait()
"""


@contextmanager
def at_work(place: Path, what: str) -> Iterator[subprocess.Popen[bytes]]:
    """Another process in the middle of something."""
    command = [sys.executable, "-c", WORK, str(place), what]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"now\n"
            yield process
        finally:
            process.kill()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


KINDS = ["filling", "file", "removing", "temporary", "lock"]


@pytest.mark.parametrize("what", [*KINDS, "empty"])
def test_what_a_killed_process_has_left_is_found_and_removed(tmp_path: Path, what: str) -> None:
    place = tmp_path / "a.b"
    if what == "removing":
        place.mkdir()
    with at_work(place, what) as process:
        before = names(tmp_path)
        found = leftovers(tmp_path)
        if what not in ("empty", "removing"):  # these two nobody holds
            assert [each.held for each in found] == [f"in use by process {process.pid}"]
            assert not remove_leftover(found[0])
            sweep(place)
            assert names(tmp_path) == before
        process.send_signal(signal.SIGKILL)
        process.wait()
    found = leftovers(tmp_path)
    assert [(each.path.name, each.held) for each in found] == [(name, "") for name in before]
    assert found[0].n_bytes >= (1000 if what in ("filling", "file", "removing") else 0)
    assert not place.exists()  # also where it was being removed: nothing has that name any more
    assert remove_leftover(found[0])
    assert names(tmp_path) == []


@pytest.mark.parametrize("what", ["filling", "file", "removing", "empty"])
def test_the_next_work_at_the_place_removes_it(tmp_path: Path, what: str) -> None:
    place = tmp_path / "a.b"
    if what == "removing":
        place.mkdir()
    with at_work(place, what):
        pass
    assert names(tmp_path)
    with new_folder(place) as folder:
        write_config(folder, "thing", {})
    assert names(tmp_path) == ["a.b"]
    assert names(place) == ["config.json"]


def test_temporaries_of_the_dead_go_when_another_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at_work(tmp_path / "a", "temporary"):
        pass
    (tmp_path / "textseq-notes").mkdir()
    (tmp_path / "textseq-abcdefgh").mkdir()
    (tmp_path / "textseq-abcdefgh" / "mine").write_text("mine")
    monkeypatch.setattr(unfinished.tempfile, "gettempdir", lambda: str(tmp_path))
    with temporary_folder() as folder:
        assert names(tmp_path) == sorted([folder.name, "textseq-abcdefgh", "textseq-notes"])
    assert names(tmp_path) == ["textseq-abcdefgh", "textseq-notes"]


def test_what_is_not_ours_beyond_doubt_is_left(tmp_path: Path) -> None:
    for name in (".a.abcd1234.part", ".a.abcd1234.old", ".a.abcd1234.parts", ".a.corpus"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.tex").write_text("mine")
    (tmp_path / ".a.abcd1234.part" / "config.json").write_text('{"kind": "mine"}')
    (tmp_path / ".a.wxyz1234.part").write_text("a file")
    (tmp_path / ".a.lock").write_text("mine")
    (tmp_path / ".a.link1234.part").symlink_to(tmp_path / ".a.corpus")
    (tmp_path / "a.checkpoint").mkdir()
    (tmp_path / "nothing.part").mkdir()
    before = names(tmp_path)
    assert leftovers(tmp_path) == []
    sweep(tmp_path / "a")
    assert names(tmp_path) == before


def test_another_name_is_another_place(tmp_path: Path) -> None:
    with at_work(tmp_path / "a", "filling"):
        pass
    left = names(tmp_path)
    for other in ("b", "a.b", "x.a"):
        sweep(tmp_path / other)
    assert names(tmp_path) == left


def test_the_text_of_a_training_that_can_go_on_stays(tmp_path: Path) -> None:
    for name in (".a.corpus", ".b.corpus", ".b.corpus.4"):
        (tmp_path / name).mkdir()
        write_config(tmp_path / name, "encoded-corpus", {})
    (tmp_path / "a.checkpoint").mkdir()
    assert [each.path.name for each in leftovers(tmp_path)] == [".b.corpus", ".b.corpus.4"]
    with at_work(tmp_path / "b", "lock") as process:
        found = {each.path.name: each for each in leftovers(tmp_path)}
        assert found[".b.lock"].held == f"in use by process {process.pid}"
        assert found[".b.corpus"].held
        assert not remove_leftover(found[".b.corpus"])
        assert remove_leftover(found[".b.corpus.4"])  # of another machine's ranks
    assert remove_leftover(found[".b.corpus"])
    assert names(tmp_path) == [".a.corpus", "a.checkpoint"]


def test_where_folders_cannot_be_locked_the_mark_says_who_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on some network file systems."""
    for module in (unfinished, leftovers_module):
        monkeypatch.setattr(module, "try_lock", lambda descriptor: None)
    with folder_beside(tmp_path / "a", ".part") as folder:
        sweep(tmp_path / "a")
        assert folder.exists()
        assert [each.held for each in leftovers(tmp_path)] == [f"in use by process {os.getpid()}"]
        (folder / MARK).write_text("textseq 999999999 elsewhere\n")
        sweep(tmp_path / "a")
        assert folder.exists()
    with at_work(tmp_path / "a", "filling"):
        pass
    assert names(tmp_path)
    sweep(tmp_path / "a")
    assert names(tmp_path) == []


def test_a_folder_that_is_being_removed_is_not_whole(tmp_path: Path) -> None:
    place = tmp_path / "a"
    place.mkdir()
    assert not is_whole(place)
    write_config(place, "thing", {})
    assert is_whole(place)
    (place / MARK).touch()
    assert not is_whole(place)
    with new_folder(place, overwrite=True) as folder:  # nor is it in the way
        write_config(folder, "thing", {})
    assert is_whole(place)
    remove(place)
    assert names(tmp_path) == []


def test_a_full_disk_does_not_keep_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    place = tmp_path / "a"
    place.mkdir()
    write_config(place, "thing", {})

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    remove(place)
    assert not place.exists()


def test_killed_between_two_renames_the_old_folder_gets_its_name_back(tmp_path: Path) -> None:
    """As on systems that cannot exchange two names in one step."""
    aside = tmp_path / ".a.abcd1234.old"
    aside.mkdir()
    write_config(aside, "thing", {})
    assert leftovers(tmp_path) == []
    sweep(tmp_path / "a")
    assert names(tmp_path) == ["a"]
    with folder_beside(tmp_path / "a", ".part"):
        (tmp_path / "a").rename(aside)
        sweep(tmp_path / "a")  # one is being made, and will have the name
        assert not (tmp_path / "a").exists()
    sweep(tmp_path / "a")
    assert names(tmp_path) == ["a"]


def test_discarding_what_is_not_there(tmp_path: Path) -> None:
    discard(tmp_path / "nothing")
    sweep(tmp_path / "nowhere" / "a")
