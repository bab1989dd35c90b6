from __future__ import annotations

import errno

import pytest

from textseq.advice import advise, either
from textseq.cli import errors
from textseq.cli.options import bad


@pytest.mark.parametrize(
    ("error", "message", "status"),
    [
        (KeyboardInterrupt(), "stopped", 130),
        (MemoryError(), "not enough memory", 1),
        (
            MemoryError("Unable to allocate 9 TiB"),
            "not enough memory (Unable to allocate 9 TiB)",
            1,
        ),
        (OSError(errno.ENOSPC, "No space left", "out"), "out: the disk is full; nothing that", 1),
        (PermissionError(errno.EACCES, "Permission denied", "x"), "x: permission denied", 1),
        (FileNotFoundError("there is no x"), "there is no x", 1),
        (
            FileExistsError("x exists already; choose another name or overwrite it"),
            "x exists already; --force replaces",
            1,
        ),
        (KeyError("a word is missing"), "a word is missing", 1),
        (KeyError(), "", 1),
        (ValueError("two\n  lines"), "two lines", 1),
        (ValueError(advise("duplicates", "first") + " keeps it"), "--duplicates first keeps it", 1),
        (KeyError("a: " + advise("max_length") + " is more"), "a: --max-length is more", 1),
        (FileNotFoundError("a" + either("; iter(lines)", "")), "a", 1),
        (bad("a: " + advise("quoted", False)), "a: --not-quoted; `textseq --help` shows", 2),
        (ModuleNotFoundError("no", name="umap"), "umap is not installed; `pip install umap`", 1),
        (ZeroDivisionError("x"), "ZeroDivisionError: x; this is a fault of textseq", 1),
    ],
)
def test_errors_become_one_line(error: BaseException, message: str, status: int):
    line, found = errors.describe(error)
    assert message in line
    assert "\n" not in line
    assert found == status


def test_a_message_is_cut_where_it_is_as_long_as_a_file():
    line, _ = errors.describe(ValueError("a.txt: " + "x" * 100_000 + "; do that"))
    assert len(line) < 1300
    assert line.startswith("a.txt: xxx")
    assert line.endswith("xxx; do that")
