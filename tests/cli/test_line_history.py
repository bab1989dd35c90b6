from __future__ import annotations

import os
from pathlib import Path

import pytest

from textseq.cli import line_history
from textseq.cli.line_history import add_to_history, history_file, read_history


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of whoever runs the tests."""
    for name in ("TEXTSEQ_HISTORY", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    usual = tmp_path / ".local" / "state" / "textseq" / "nearest-history"
    assert history_file() == usual
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert history_file() == usual
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert history_file() == Path("/state/textseq/nearest-history")
    monkeypatch.setenv("TEXTSEQ_HISTORY", "my-history")
    assert history_file() == Path("my-history")
    monkeypatch.setenv("TEXTSEQ_HISTORY", "")
    assert history_file() is None


def test_lines_are_kept_and_come_back(tmp_path: Path):
    path = tmp_path / "a" / "b" / "history"
    add_to_history(path, [])
    assert not path.parent.exists()
    add_to_history(path, ["king", "king - man", "", "  ", "half \ud800", "x" * 2000, "two\nlines"])
    assert read_history(path) == ["king", "king - man"]
    add_to_history(path, ["king - man", "한국", "한국", "king"])
    assert read_history(path) == ["king", "king - man", "한국", "king"]
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    add_to_history(path, ["man"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(path.parent) == ["history"]


def test_it_does_not_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(line_history, "_MOST_LINES", 3)
    for number in range(5):
        add_to_history(tmp_path / "h", [f"w{number}"])
    assert read_history(tmp_path / "h") == ["w2", "w3", "w4"]
    monkeypatch.setattr(line_history, "_MOST_BYTES", 5)
    assert read_history(tmp_path / "h") == []  # none of ours


def test_files_of_others(tmp_path: Path):
    path = tmp_path / "h"
    path.write_bytes(b"king\n\xff\x00\nqueen\x1b[2J\nman")
    assert read_history(path) == ["king", "man"]
    assert read_history(tmp_path / "gone") == []
    assert read_history(tmp_path) == []
    assert read_history(Path("/dev/zero")) == []
    add_to_history(Path("/dev/null"), ["king"])
    add_to_history(tmp_path, ["king"])
    add_to_history(path / "below a file", ["king"])
    assert path.read_bytes().startswith(b"king\n\xff")


def test_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(Path, "mkdir", refuse)
    add_to_history(tmp_path / "a" / "h", ["king"])
    assert read_history(tmp_path / "a" / "h") == []
