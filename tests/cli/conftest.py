"""Running a command line inside the test, and vectors to ask."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from textseq.cli.app import main
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

Run = Callable[..., Any]
WORDS = ["king", "queen", "man", "woman", "paris", "서울", "naïve"]


class Result(NamedTuple):
    """Exit status, stdout and stderr."""

    status: int
    out: str
    err: str

    @property
    def message(self) -> str:
        """The one line of an error; a failure if there is more or less than that."""
        assert self.err.startswith("textseq: "), self.err
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.err
        return self.err.removeprefix("textseq: ").strip()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """`run("nearest", "king", stdin=b"")`, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TEXTSEQ_VECTORS", raising=False)

    def run(*arguments: str | Path, stdin: bytes = b"") -> Result:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return run


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    """A folder of word vectors."""
    rng = np.random.default_rng(0)
    counts = np.arange(len(WORDS), 0, -1)
    rows = rng.standard_normal((len(WORDS), 8), np.float32)
    path = tmp_path / "vectors"
    WordVectors(Vocab(WORDS, counts, ()), rows, config={"text": {"lowercase": True}}).save(path)
    return path
