"""Items as they come: none waits for the next, none is lost, and errors come behind them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from textseq.cli.arriving import arriving, is_open_pipe
from textseq.config import RNNConfig, TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.models.classifier import Classifier


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 7, 1000])
@pytest.mark.parametrize("at_once", [1, 3, 64])
def test_all_items_come_in_their_order(n: int, at_once: int):
    parts = list(arriving(iter(range(n)), at_once))
    assert [item for part in parts for item in part] == list(range(n))
    assert all(1 <= len(part) <= at_once for part in parts)


def test_an_item_is_answered_before_the_next_is_there():
    answered, asked = threading.Event(), []

    def items() -> Iterator[int]:
        yield 1
        assert answered.wait(20)  # never, if both were taken together
        yield 2

    for part in arriving(items(), 64):
        asked.append(part)
        answered.set()
    assert asked == [[1], [2]]


def test_items_that_wait_are_taken_together():
    ready = threading.Event()

    def items() -> Iterator[int]:
        yield from range(9)
        ready.set()

    parts = arriving(items(), 20)
    first = next(parts)
    assert ready.wait(20)
    assert [*first, *(item for part in parts for item in part)] == list(range(9))


def test_an_error_comes_behind_what_was_before_it():
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("line 3 is none")

    found: list[int] = []

    def take() -> None:
        for part in arriving(items(), 64):
            found.extend(part)

    with pytest.raises(ValueError, match="line 3 is none"):
        take()
    assert found == [1, 2]


def test_what_is_an_open_pipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    reads, writes = os.pipe()
    with os.fdopen(reads) as pipe, os.fdopen(writes, "w"):
        monkeypatch.setattr(sys, "stdin", pipe)
        assert is_open_pipe()
    (tmp_path / "file").write_text("a\n")
    with (tmp_path / "file").open() as file:
        monkeypatch.setattr(sys, "stdin", file)
        assert not is_open_pipe()
    monkeypatch.setattr(sys, "stdin", None)
    assert not is_open_pipe()


@pytest.mark.slow
@pytest.mark.parametrize("more", [[], ["--json"], ["--explain"]])
def test_predict_answers_a_pipe_that_stays_open(tmp_path: Path, more: list[str]):
    config = TextConfig(min_count=1)
    data = SequenceDataset.from_texts(["a good day", "a bad day"], ["+", "-"], config=config)
    Classifier.for_dataset(data, RNNConfig(hidden=4, dim=4)).save(tmp_path / "model")
    command = [sys.executable, "-m", "textseq", "predict", "--model", str(tmp_path / "model")]
    pipe = subprocess.PIPE
    with subprocess.Popen([*command, *more], stdin=pipe, stdout=pipe, text=True) as process:
        timer = threading.Timer(120, process.kill)
        timer.start()
        assert process.stdin is not None
        assert process.stdout is not None
        for text in ("a good day", "a bad day"):
            process.stdin.write(text + "\n")
            process.stdin.flush()
            assert process.stdout.readline()  # "" if it was killed, because it waited for more
        process.stdin.close()
        assert process.wait() == 0
        timer.cancel()
