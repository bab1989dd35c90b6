from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.ngrams import NgramHashes
from textseq.vectors.subword_vectors import NgramTable, SubwordVectors
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


def test_counts_go_in_and_out(run: Run, vectors: Path):
    counts = WordVectors.load(vectors).vocab.counts.tolist()
    assert run("convert", vectors, "v.bin", "--save-counts", "counts.txt").status == 0
    assert Path("counts.txt").read_text(encoding="utf-8").splitlines()[:2] == ["king 7", "queen 6"]
    assert run("convert", "v.bin", "again", "--counts", "counts.txt").status == 0
    assert WordVectors.load("again").vocab.counts.tolist() == counts
    result = run("convert", "v.bin", "c.vec", "--save-counts", "more.txt")
    assert (result.status, Path("c.vec").exists()) == (1, False)
    assert result.message == "the vectors have no counts of words to write"
    result = run("convert", vectors, "d.bin", "--save-counts", "counts.txt")
    assert (result.status, Path("d.bin").exists()) == (1, False)
    assert "counts.txt exists already" in result.message
    result = run("convert", vectors, "folder", "--save-counts", "e.txt")
    assert (result.status, "a folder keeps counts by itself" in result.message) == (2, True)
    result = run("convert", vectors, "same.bin", "--save-counts", "same.bin")
    assert (result.status, "name the same file" in result.message) == (2, True)


def test_numbers_that_are_not_finite_go_nowhere(run: Run, vectors: Path):
    rows = np.load(vectors / "vectors.npy")
    rows[3, 2] = np.inf
    np.save(vectors / "vectors.npy", rows)
    result = run("convert", vectors, "v.bin")
    assert (result.status, Path("v.bin").exists()) == (1, False)
    assert "the first is that of 'woman'" in result.message


def test_spaces_inside_words(run: Run, tmp_path: Path):
    words = ["new york", "paris", "알베르트 아인슈타인"]
    counts = np.array([3, 2, 1])
    rows = np.eye(3, 4, dtype=np.float32)
    WordVectors(Vocab(words, counts, specials=()), rows).save(tmp_path / "v")
    refused = run("convert", "v", "v.vec")
    assert "'new york' cannot be written as fasttext" in refused.message
    assert "--spaces _" in refused.message
    asked = ["--spaces", "_", "--save-counts", "counts"]
    assert run("convert", "v", "v.vec", *asked).status == 0
    assert (tmp_path / "v.vec").read_text().startswith("3 4\nnew_york 1 0 0 0\nparis ")
    assert (tmp_path / "counts").read_text() == "new_york 3\nparis 2\n알베르트_아인슈타인 1\n"
    assert run("nearest", "new_york", "--vectors", "v.vec", "-n", "1").status == 0
    assert run("convert", "v", "folder", "--spaces", "·").status == 0
    assert WordVectors.load(tmp_path / "folder").vocab.tokens[0] == "new·york"
    wrong = run("convert", "v", "w.vec", "--spaces", " ")
    assert "something without white space works" in wrong.message
    both = Vocab(["a b", "a_b"], specials=())
    WordVectors(both, rows[:2]).save(tmp_path / "both")
    assert (
        "'a b' and 'a_b' would both be 'a_b'"
        in run("convert", "both", "b.vec", "--spaces", "_").message
    )


def test_fewer_words_and_dimensions(run: Run, vectors: Path):
    Path("list.txt").write_text("woman\nking\nzebra\n")
    more = ["--only-words", "list.txt", "--reduce", "3", "--normalise"]
    assert run("convert", vectors, "v.vec", *more).status == 0
    found = run("convert", "v.vec", "folder")
    assert found.err == "2 words of dim 3 in folder (textseq)\n"
    folder = WordVectors.load("folder")
    assert list(folder) == ["woman", "king"]
    np.testing.assert_allclose(folder.norms, 1, rtol=1e-5)
    result = run("convert", vectors, "w.vec", "--reduce", "9")
    assert (result.status, Path("w.vec").exists()) == (1, False)
    assert "8 dimensions cannot be reduced to 9" in result.message


def test_words_made_of_n_grams(run: Run):
    table = NgramTable(NgramHashes("fasttext", 50, 2, 3), np.random.default_rng(0).random((50, 4)))
    words = Vocab(["king", "queen"], np.array([2, 1]), specials=())
    vectors = SubwordVectors(words, np.eye(2, 4, dtype=np.float32), table, own=True)
    vectors.save("folder")
    result = run("nearest", "kings", "--vectors", "folder", "-n", "1")
    assert (result.status, result.out.split()[0]) == (0, "king")
    made = "'kings' is not among the words; its vector is made of its n-grams\n"
    assert result.err == made
    assert run("convert", "folder", "model.bin", "--to", "fasttext-bin").status == 0
    result = run("similarity", "kings", "king", "--vectors", "model.bin")
    assert float(result.out) == pytest.approx(vectors.similarity("kings", "king"), abs=1e-4)
    Path("list.txt").write_text("kings\nqueen\n</s>\n")
    assert run("convert", "model.bin", "v.vec", "--only-words", "list.txt").status == 0
    assert Path("v.vec").read_text().startswith("2 4\nkings ")
    assert run("convert", "folder", "f.floret").message == (
        "only vectors that floret made can be written as floret: its n-grams"
    )


# ---- folders of others, the hub, numbers of fewer bytes, progress


def test_folders_of_others(run: Run, vectors: Path):
    assert run("convert", vectors, "pipe", "--to", "spacy").status == 0
    refused = run("convert", vectors, "pipe", "--to", "spacy")
    assert "pipe exists already; --force replaces it" in refused.message
    assert run("convert", vectors, "pipe", "--to", "spacy", "--force").status == 0
    assert run("nearest", "king", "--vectors", "pipe/vocab", "-n", "1").status == 0
    assert run("convert", "pipe", "back").status == 0
    first, back = WordVectors.load(vectors), WordVectors.load("back")
    assert list(back) == list(first)
    np.testing.assert_array_equal(back.vectors, first.vectors)
    assert run("convert", vectors, "shared", "--to", "hub", "--quantise", "int8").status == 0
    near = [
        run("nearest", "king", "--vectors", name, "-n", "3").out for name in (vectors, "shared")
    ]
    exact, rounded = ([line.split()[0] for line in out.splitlines()] for out in near)
    assert exact == rounded != []
    assert run("convert", "shared", "v.parquet", "--from", "hub").status == 0
    wrong = run("convert", "v.parquet", "w", "--from", "spacy")
    assert "v.parquet is no folder, as spacy needs to be" in wrong.message


def test_numbers_of_fewer_bytes(run: Run, vectors: Path):
    assert run("convert", vectors, "v.npz", "--quantise", "float16", "-q").err == ""
    assert run("convert", "v.npz", "back", "--quiet").err == ""
    first, back = WordVectors.load(vectors), WordVectors.load("back")
    assert 0 < np.abs(back.vectors - first.vectors).max() < 2e-3
    for name, to in (("v.vec", "fasttext"), ("folder", "textseq")):
        result = run("convert", vectors, name, "--quantise", "int8")
        assert (result.status, Path(name).exists()) == (2, False)  # a wrong use
        assert result.message.startswith(
            f"{to} has no numbers of int8; numpy, safetensors, parquet, hub do; `"
        )
    result = run("convert", "gone", "v.parquet", "--language", "en")
    assert result.status == 2
    assert "parquet names no language; spacy, hub do" in result.message


def test_progress_of_reading_and_writing(run: Run, vectors: Path, monkeypatch: pytest.MonkeyPatch):
    from textseq.cli import display

    monkeypatch.setattr(display, "SECONDS_A_LINE", 1.0)
    clock = iter(range(1000))
    monkeypatch.setattr(display.time, "monotonic", lambda: float(next(clock)))
    lines = run("convert", vectors, "v.vec").err.splitlines()
    assert lines[0].startswith("v.vec  0.0 MB")
    assert lines[-1] == "7 words of dim 8 in v.vec (fasttext)"
    lines = run("convert", "v.vec", "again").err.splitlines()
    assert lines[0].startswith("v.vec 100%  0.0 of 0.0 MB")
    assert run("convert", "v.vec", "w.bin", "--quiet").err == ""


# ---- pipes


def test_standard_input_and_output(run: Run, vectors: Path):
    result = run("convert", vectors, "-", "--to", "glove")
    assert (result.status, result.err) == (0, "7 words of dim 8 in standard output (glove)\n")
    assert run("convert", vectors, "v.txt", "--to", "glove").status == 0
    text = Path("v.txt").read_bytes()
    assert result.out.encode() == text
    asked = ("nearest", "king", "-n", "3", "--vectors")
    exact = run(*asked, "v.txt").out
    for data in (text, gzip.compress(text)):
        assert run(*asked, "-", stdin=data) == (0, exact, "")
    assert run("convert", "-", "folder", stdin=text).status == 0
    assert run(*asked, "folder").out == exact
    Path("list.txt").write_text("man\nking\n")
    only = run("convert", "v.txt", "-", "--to", "glove", "--only-words", "-", stdin=b"man\n")
    assert only.out.startswith("man ")
    assert only.out.count("\n") == 1
    assert not Path("-").exists()


def test_what_standard_input_and_output_are_not(run: Run, vectors: Path):
    for to in ("textseq", "spacy", "hub", "tensorboard"):
        result = run("convert", vectors, "-", "--to", to)
        assert (result.status, result.out) == (2, "")
        assert f"{to} does not go to standard output (-); word2vec-text, " in result.message
    result = run("convert", vectors, "-")
    assert (result.status, result.out) == (2, "")
    assert "standard output (-) does not say its format; give --to word2vec-text" in result.message
    assert run("convert", vectors, "v.vec", "--save-counts", "-").status == 2
    text = b"king 1 2\nqueen 2 1\n"
    for command in (["nearest", "-"], ["nearest", "--texts"], ["embed"], ["rank", "--input", "-"]):
        result = run(*command, "--vectors", "-", stdin=text)
        assert (result.status, result.out) == (1, "")
        assert result.message == "standard input (-) was read already; it can be read only once"
    assert "was read already" in run("align", "-", "-", "--out", "a", stdin=text).message
    assert run("nearest", "king", "--vectors", "-").message == "standard input: the file is empty"
    assert sorted(path.name for path in Path().iterdir()) == ["vectors"]
