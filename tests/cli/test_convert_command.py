from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.vectors.word_vectors import WordVectors

Run = Callable[..., Any]  # `run` of conftest.py


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("out.bin", "word2vec-binary"),
        ("out.vec.gz", "fasttext"),
        ("out.safetensors", "safetensors"),
        ("out", "textseq"),
        ("out.txt", "glove"),
    ],
)
def test_convert_there_and_back(run: Run, vectors: Path, name: str, format: str):
    result = run("convert", vectors, name, *(["--to", "glove"] if format == "glove" else []))
    assert (result.status, result.out) == (0, "")
    assert result.err == f"7 words of dim 8 in {name} ({format})\n"
    assert run("convert", name, "back").status == 0
    back, first = WordVectors.load("back"), WordVectors.load(vectors)
    assert back.vocab.tokens == first.vocab.tokens
    np.testing.assert_allclose(back.vectors, first.vectors, rtol=1e-5)
    before = Path("back/config.json").read_bytes()
    again = run("convert", name, "back")
    assert (again.status, again.message) == (
        1, "back exists already; --force replaces it, or give another name",
    )  # fmt: skip
    assert Path("back/config.json").read_bytes() == before
    assert run("convert", name, "back", "--force").status == 0


def test_convert_leaves_alone_what_textseq_did_not_write(run: Run, vectors: Path):
    Path("mine").mkdir()
    Path("mine/diary").write_text("dear")
    for more in ([], ["--force"]):
        result = run("convert", vectors, "mine", *more)
        assert result.status == 1
        assert "mine was not made by textseq and is left alone" in result.message
    assert Path("mine/diary").read_text() == "dear"
    assert "mine is a folder" in run("convert", vectors, "mine", "--to", "glove").message


def test_convert_of_words_that_stand_twice(run: Run):
    Path("glove.txt").write_text("a 1 2\nb 2 3\na 3 4\n")
    result = run("convert", "glove.txt", "out")
    assert "--duplicates first keeps the first" in result.message
    assert run("convert", "glove.txt", "out", "--duplicates", "first").status == 0
