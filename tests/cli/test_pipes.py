"""Pipes that have a path: each command gives what it gives for the file."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
TEXT = b"the king said a word to the queen\nthe old wolf sat here\n" * 40
SUBWORDS = ("--tokenizer", "bpe", "--subword-vocab", "40")


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """A pipe that is opened a second time would wait for ever."""

    def too_long(*_: Any) -> None:
        raise TimeoutError("somebody waits for a pipe that has no writer")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(100)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def pipe_of(data: bytes, name: str = "pipe") -> str:
    """A named pipe into which somebody writes this, once."""
    Path(name).unlink(missing_ok=True)
    os.mkfifo(name)
    threading.Thread(target=Path(name).write_bytes, args=(data,), daemon=True).start()
    return name


@pytest.mark.parametrize(
    "command",
    [
        ("clean",),
        ("tokenize",),
        ("tokenize", "--ids"),
        ("tokenize", *SUBWORDS),
        ("tokenize", "--ids", *SUBWORDS),
        ("vocab",),
        ("vocab", *SUBWORDS),
        ("stats",),
        ("stats", *SUBWORDS),
    ],
    ids=" ".join,
)
def test_what_is_shown_is_that_of_the_file(command: tuple[str, ...], run: Run):
    Path("file").write_bytes(TEXT)
    wanted = run(*command, "file")
    found = run(*command, pipe_of(TEXT))
    assert wanted.status == found.status == 0
    assert found.out == wanted.out
    assert found.out == run(*command, "-", stdin=TEXT).out


@pytest.mark.parametrize("options", [(), SUBWORDS, ("--tokenizer", "char"), ("--percentile", "90")])
def test_what_is_encoded_is_that_of_the_file(options: tuple[str, ...], run: Run):
    Path("file").write_bytes(TEXT)
    assert run("encode", "file", "--out", "a", *options).status == 0
    assert run("encode", pipe_of(TEXT), "--out", "b", *options).status == 0
    assert Path("a/ids.npy").read_bytes() == Path("b/ids.npy").read_bytes()
    assert not [path for path in Path().iterdir() if path.name not in ("a", "b", "file", "pipe")]


def test_training_reads_pipes(run: Run):
    quick = ("--epochs", "1", "--dim", "8", "--quiet")
    assert run("train-w2v", pipe_of(TEXT), *quick, "--out", "vectors").status == 0
    lm = run("train-lm", pipe_of(TEXT), *quick, "--hidden", "8", "--out", "lm")
    assert lm.status == 0, lm.err


def test_a_table_of_features_is_read_for_its_names_first(run: Run):
    rows = "".join(f"{n},{n + 1},word {n % 3}\n" for n in range(60))
    table = f"x,y,caption\n{rows}".encode()
    quick = ("--epochs", "1", "--hidden", "8", "--dim", "8", "--min-count", "1", "--quiet")
    trained = run("train-captioner", pipe_of(table, "t.csv"), *quick, "--out", "model")
    assert trained.status == 0, trained.err
    Path("file.csv").write_bytes(table)
    wanted = run("predict", "file.csv", "--features", "x,y", "--model", "model")
    found = run("predict", pipe_of(table, "t.csv"), "--features", "x,y", "--model", "model")
    assert found == wanted
    assert found.status == 0
