"""`plot`: pictures, coordinates as JSON, and what is refused before the work."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

pytest.importorskip("matplotlib")
pytestmark = pytest.mark.filterwarnings("ignore:no font on this machine")

Run = Callable[..., Any]  # `run` of conftest.py


def test_words_and_their_nearest(run: Run, vectors: Path, tmp_path: Path):
    result = run("plot", "king", "queen", "--nearest", "2", "--vectors", vectors, "--out", "a.svg")
    assert (result.status, result.out) == (0, ""), result.err
    assert result.err.startswith("a.svg shows ")
    assert (tmp_path / "a.svg").read_text().startswith("<?xml")


def test_pairs_and_the_usual_name(run: Run, vectors: Path, tmp_path: Path):
    result = run("plot", "-p", "man:king", "-p", "woman:queen", "--vectors", vectors, "--quiet")
    assert (result.status, result.out, result.err) == (0, "", "")
    assert (tmp_path / "words.png").read_bytes().startswith(b"\x89PNG")


def test_coordinates_of_two_models(run: Run, vectors: Path, tmp_path: Path):
    models = ["--vectors", vectors, "--vectors", vectors]
    result = run("plot", "--most-frequent", "5", *models, "--json", "--quiet", "--out", "a.pdf")
    assert result.status == 0, result.err
    found = [json.loads(line) for line in result.out.splitlines()]
    assert [each["word"] for each in found] == ["king", "queen", "man", "woman", "paris"] * 2
    assert set(found[0]) == {"vectors", "word", "x", "y"}
    for first, second in zip(found[:5], found[5:], strict=True):
        assert np.allclose([first["x"], first["y"]], [second["x"], second["y"]], atol=1e-4)


def test_a_heat_map(run: Run, vectors: Path, tmp_path: Path):
    result = run("plot", "king", "서울", "--heatmap", "--vectors", vectors)
    assert result.status == 0, result.err
    assert (tmp_path / "words.png").stat().st_size > 5000


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ((), 2, "no words were given; name some, or --pair A:B, or --most-frequent N"),
        (("-p", "king"), 2, "--pair 'king' is not of the form A:B"),
        (("kinng",), 1, "'kinng' is not among the 7 words; near spellings: king"),
        (("king",), 1, "pca needs 2 words or more, and there is 1"),
        (("king", "queen", "--method", "tsne"), 1, "tsne needs 4 words or more, and there are 2"),
        (("king", "queen", "--out", "a.gif"), 1, "a.gif does not end in .png, .svg, .pdf"),
        (("king", "queen", "--out", "no/a.png"), 1, "there is no folder no for a.png"),
        (("king", "queen", "--out", "there.png"), 1, "there.png exists already; --force replaces"),
        (("king", "queen", "--method", "lda"), 2, "it can be pca, tsne, umap"),
    ],
)
def test_errors(
    run: Run, vectors: Path, tmp_path: Path, arguments: list[str], status: int, message: str
):
    (tmp_path / "there.png").write_text("mine")
    result = run("plot", *arguments, "--vectors", vectors)
    assert result.status == status
    assert message in result.message
    assert (tmp_path / "there.png").read_text() == "mine"
    if "there.png" in arguments:
        assert run("plot", *arguments, "--vectors", vectors, "--force", "--quiet").status == 0
        assert (tmp_path / "there.png").read_bytes().startswith(b"\x89PNG")


def test_vectors_that_say_nothing(run: Run, tmp_path: Path):
    for name, rows in {"equal": np.ones((3, 1)), "nan": np.full((3, 2), np.nan)}.items():
        vocab = Vocab(["a", "b", "c"], specials=())
        WordVectors(vocab, rows.astype(np.float32), check=False).save(tmp_path / name)
    assert (
        "these 3 words all point the same way" in run("plot", *"abc", "--vectors", "equal").message
    )
    assert "hold NaN" in run("plot", *"abc", "--vectors", "nan").message
    assert not (tmp_path / "words.png").exists()
