from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from textseq.artifact import new_folder, write_config
from textseq.cli import display
from textseq.vectors.word_vectors import WordVectors

Run = Callable[..., Any]  # `run` of conftest.py


def test_nearest_shows_aligned_columns(run: Run, vectors: Path):
    vectors.rename("textseq-vectors")
    result = run("nearest", "king", "-n", "6")
    assert (result.status, result.err) == (0, "")
    lines = result.out.splitlines()
    assert len(lines) == 6
    assert len({display.width(line.rsplit(" ", 1)[0]) for line in lines}) <= 2  # a minus sign
    assert [line.split()[0] for line in lines if line.startswith("서")] == ["서울"]


def test_nearest_of_several_words(run: Run, vectors: Path):
    result = run("nearest", "--vectors", vectors, "-n", "2", "king", "naïve")
    assert [block.split("\n")[0] for block in result.out.split("\n\n")] == ["king", "naïve"]
    words = "서울\n\n king \n".encode()
    result = run("nearest", "--vectors", vectors, "-n", "2", "--json", "-", "man", stdin=words)
    answers = [json.loads(line) for line in result.out.splitlines()]
    assert [answer["word"] for answer in answers] == ["서울", "king", "man"]
    assert all(len(answer["nearest"]) == 2 for answer in answers)
    assert set(answers[0]["nearest"][0]) == {"word", "similarity"}


def test_unknown_words_get_near_spellings(run: Run, vectors: Path):
    result = run("nearest", "kin", "--vectors", vectors)
    assert (result.status, result.out) == (1, "")
    assert result.message == "'kin' is not among the 7 words; near spellings: king"
    result = run("nearest", "king", "kin", "man", "--json", "--vectors", vectors)
    assert result.status == 1
    assert [bool(json.loads(line)["nearest"]) for line in result.out.splitlines()] == [1, 0, 1]
    assert "'kin' is not among" in result.message
    for command in (["similarity", "king", "x"], ["odd-one-out", "king", "man", "x"],
                    ["analogy", "king", "x", "man"]):  # fmt: skip
        result = run(*command, "--vectors", vectors)
        assert (result.status, result.out) == (1, "")
        assert "'x' is not among the 7 words" in result.message


def test_analogy_similarity_odd_one_out(run: Run, vectors: Path):
    loaded = WordVectors.load(vectors)
    cosine = loaded.similarity("king", "man")
    assert run("similarity", "king", "man", "--vectors", vectors).out == f"{cosine:.4f}\n"
    result = run("similarity", "king", "man", "--vectors", vectors, "--json")
    assert json.loads(result.out) == {"a": "king", "b": "man", "similarity": cosine}
    odd = loaded.odd_one_out(["king", "man", "paris"])
    assert run("odd-one-out", "king", "man", "paris", "--vectors", vectors).out == f"{odd}\n"
    best = loaded.analogy("man", "king", "woman", 1, method="3cosmul")[0]
    asked = ["analogy", "man", "king", "woman", "--vectors", vectors, "-n", "1"]
    assert run(*asked, "--method", "3cosmul").out.split() == [best.word, f"{best.similarity:.4f}"]
    assert set(json.loads(run(*asked, "--json").out)) == {"a", "b", "c", "answers"}


def test_where_vectors_are_looked_for(run: Run, vectors: Path, monkeypatch: pytest.MonkeyPatch):
    expected = "there is no textseq-vectors; `textseq train-w2v` makes it"
    assert run("nearest", "king").message == expected
    monkeypatch.setenv("TEXTSEQ_VECTORS", str(vectors))
    assert run("nearest", "king").status == 0
    assert "there is no other" in run("nearest", "king", "--vectors", "other").message
    monkeypatch.setenv("TEXTSEQ_VECTORS", "gone")
    assert run("nearest", "king").message == "there is no gone, which TEXTSEQ_VECTORS names"


def test_damaged_vectors_are_named(run: Run, vectors: Path):
    def message(*arguments: str) -> str:
        result = run("nearest", "king", "--vectors", *arguments)
        assert (result.status, result.out) == (1, "")
        return result.message

    Path("lying.txt").write_text("1000000000000 100\nking 1 2\n")
    assert "lying.txt: its header claims 1,000,000,000,000 rows" in message("lying.txt")
    Path("nan.txt").write_text("king 1 nan\nman 1 2\n")
    assert "nan.txt: 1 of 2 vectors hold NaN" in message("nan.txt")
    Path("text.txt").write_text("this is no vector file\n")
    assert "text.txt: begins with" in message("text.txt")
    with new_folder("newer") as folder:
        (folder / "config.json").write_text('{"kind": "word-vectors", "format": 99}')
    assert "which is newer than this one; `pip install --upgrade textseq`" in message("newer")
    with new_folder("other") as folder:
        write_config(folder, "vocab", {})
    assert "other holds vocab, not word-vectors" in message("other")
    data = (vectors / "vectors.npy").read_bytes()
    (vectors / "vectors.npy").write_bytes(data[:-4])
    assert "vectors.npy is damaged" in message(str(vectors))
    (vectors / "config.json").write_text("{")
    assert "config.json is damaged" in message(str(vectors))


QUESTIONS = [
    ("nearest", "a"),
    ("analogy", "a", "b", "c"),
    ("similarity", "a", "b"),
    ("odd-one-out", "a", "b", "c"),
    ("eval-w2v", "--pairs", "pairs.tsv"),
    ("convert", "glove.txt", "out"),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question[0])
def test_how_a_file_is_read_is_an_option_everywhere(run: Run, question: tuple[str, ...]):
    file = b"a 1 2\nb 3 4\nc 5 7\na 9 9\n\xff 1 1\n"
    Path("glove.txt").write_bytes(file)
    Path("pairs.tsv").write_text("a\tb\t1\na\tc\t2\nb\tc\t3\n")
    given = () if question[0] == "convert" else ("--vectors", "glove.txt")
    result = run(*question, *given)
    assert "--errors replace reads it nevertheless" in result.message
    result = run(*question, *given, "--errors", "replace")
    assert "--duplicates first keeps the first" in result.message
    result = run(*question, *given, "--errors", "replace", "--duplicates", "first")
    assert result.status == 0
    Path("out").exists() and run("convert", "glove.txt", "out", "--force", "--limit", "3")
    result = run(*question, *given, "--limit", "3", *(["--force"] if not given else []))
    assert result.status == 0
    result = run(*question, *given, "--limit", "0")
    assert "--limit is 0; the least that works is 1" in result.message


def test_limit_of_a_folder(run: Run, vectors: Path):
    result = run("nearest", "king", "--vectors", vectors, "--limit", "3")
    assert [line.split()[0] for line in result.out.splitlines()] == ["queen", "man"] or [
        line.split()[0] for line in result.out.splitlines()
    ] == ["man", "queen"]
    result = run("similarity", "king", "paris", "--vectors", vectors, "--limit", "3")
    assert "'paris' is not among the 3 words" in result.message


def test_training_names_the_command_that_has_the_options(run: Run):
    Path("glove.txt").write_bytes(b"a 1 2\na 3 4\n")
    result = run("train-classifier", "--vectors", "glove.txt", "--out", "m")
    assert "`textseq convert --duplicates first` keeps the first" in result.message
