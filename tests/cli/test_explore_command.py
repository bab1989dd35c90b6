"""`explore`: a page, and what is refused before the work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]  # `run` of conftest.py


def test_a_page(run: Run, vectors: Path, tmp_path: Path):
    pytest.importorskip("openTSNE")
    result = run("explore", "--vectors", vectors, "--clusters", "2")
    assert (result.status, result.out) == (0, ""), result.err
    assert result.err.startswith("explore.html has 7 words (")
    page = (tmp_path / "explore.html").read_text(encoding="utf-8")
    assert "<title>vectors</title>" in page
    assert "서울" in page


def test_options(run: Run, vectors: Path, tmp_path: Path):
    options = ["--words", "5", "--no-analogies", "--method", "pca", "--title", "Mine & yours"]
    result = run("explore", "--vectors", vectors, *options, "--out", "a.html", "--quiet")
    assert (result.status, result.err) == (0, "")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<title>Mine &amp; yours</title>" in page
    assert "서울" not in page
    assert "data-vectors" not in page


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("--out", "a.png"), 1, "a.png does not end in .html"),
        (("--out", "there.html"), 1, "there.html exists already; --force replaces it"),
        (("--words", "1"), 2, "--words is 1; the least that works is 2"),
        (("--limit", "3"), 1, "tsne needs 4 words or more, and there are 3"),
        (("--clusters", "41"), 2, "--clusters is 41; the most that works is 40"),
    ],
)
def test_errors(
    run: Run, vectors: Path, tmp_path: Path, arguments: list[str], status: int, message: str
):
    (tmp_path / "there.html").write_text("mine")
    result = run("explore", "--vectors", vectors, *arguments)
    assert result.status == status
    assert message in result.message
    assert (tmp_path / "there.html").read_text() == "mine"
    assert not (tmp_path / "explore.html").exists()
