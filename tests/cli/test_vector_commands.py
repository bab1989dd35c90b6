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


def test_rank_and_closer(run: Run, vectors: Path):
    loaded = WordVectors.load(vectors)
    order = [each.word for each in loaded.nearest("king", 6)]
    asked = ("king", order[2], "--vectors", vectors)
    assert run("rank", *asked).out == "3\n"
    assert json.loads(run("rank", *asked, "--json").out) == {"a": "king", "b": order[2], "rank": 3}
    lines = run("closer", *asked).out.splitlines()
    assert [line.split()[0] for line in lines] == order[:2]
    found = json.loads(run("closer", *asked, "--json").out)
    assert [each["word"] for each in found["closer"]] == order[:2]


def test_batches_of_ranks_and_closer(run: Run, vectors: Path):
    loaded = WordVectors.load(vectors)
    order = [each.word for each in loaded.nearest("king", 6)]
    lines = f"King {order[2]}\n\nking\tx\nking\nman man\n{order[0]}\tking\n".encode()
    asked = ("--input", "-", "--vectors", vectors)
    back = loaded.rank(order[0], "king")
    result = run("rank", *asked, stdin=lines)
    assert (result.status, result.out) == (1, f"3\nnan\nnan\n1\n{back}\n")
    assert "'king' is not 2 words, between tabs or blanks" in result.err
    found = [
        json.loads(line) for line in run("rank", *asked, "--json", stdin=lines).out.splitlines()
    ]
    assert found[0] == {"a": "King", "b": order[2], "rank": 3}
    assert found[1:3] == [{"line": "king\tx", "rank": None}, {"line": "king", "rank": None}]
    result = run("closer", *asked, stdin=lines)
    assert result.status == 1
    shown = result.out.splitlines()
    assert shown[0] == f"King {order[2]}"
    assert [line.split()[0] for line in shown[1:3]] == order[:2]
    assert shown[3:5] == ["man man", f"{order[0]}\tking"]
    found = [
        json.loads(line) for line in run("closer", *asked, "--json", stdin=lines).out.splitlines()
    ]
    assert [each["word"] for each in found[0]["closer"]] == order[:2]
    assert found[1] == {"line": "king\tx", "closer": None}
    assert len(found[4]["closer"]) == back - 1
    for command in ("rank", "closer"):
        assert "2 were given; --input FILE has a question a line" in run(command, "king").message
        assert "twice, on the command line and by --input" in run(command, "a", *asked).message


def test_batches_of_analogies_and_pairs(run: Run, vectors: Path):
    loaded = WordVectors.load(vectors)
    Path("q.txt").write_text("man king woman\n\nKing\tman\tx\nman king\n")
    asked = ("analogy", "--input", "q.txt", "-n", "1", "--vectors", vectors)
    (best,) = loaded.analogy("man", "king", "woman", 1)
    result = run(*asked)
    assert result.status == 1
    assert result.out == f"man king woman\n  {best.word}  {best.similarity:.4f}\n"
    assert "'x' is not among the 7 words" in result.err
    assert "'man king' is not 3 words, between tabs or blanks" in result.err
    lines = [json.loads(line) for line in run(*asked, "--json").out.splitlines()]
    assert lines[0] == {"a": "man", "b": "king", "c": "woman", "answers": [best._asdict()]}
    assert lines[1:] == [
        {"line": "King\tman\tx", "answers": None},
        {"line": "man king", "answers": None},
    ]
    pairs = b"king man\nking\tx\nking\tman\tx\nman\tking\n"
    result = run("similarity", "--input", "-", "--vectors", vectors, stdin=pairs)
    cosine = f"{loaded.similarity('king', 'man'):.4f}"
    assert (result.status, result.out) == (1, f"{cosine}\nnan\nnan\n{cosine}\n")
    assert result.err.count("textseq: ") == 2
    result = run("similarity", "--input", "-", "--vectors", vectors, "--json", stdin=pairs)
    found = [json.loads(line)["similarity"] for line in result.out.splitlines()]
    assert [found[0], found[3]] == pytest.approx([loaded.similarity("king", "man")] * 2)
    assert found[1:3] == [None, None]


@pytest.mark.parametrize("method", ["mean", "sif", "wmd"])
def test_similarity_of_texts(run: Run, vectors: Path, method: str):
    asked = ("similarity", "--texts", "--method", method, "--vectors", vectors)
    lines = "King queen\tman paris\nking\tking\nking\tx\nking man\n"
    same = "0.0000" if method == "wmd" else "1.0000"
    alone = run(*asked, "King queen", "man paris")
    assert alone.status == 0
    assert ("in common is not removed" in alone.err) == (method == "sif")
    result = run(*asked, "--input", "-", stdin=lines.encode())
    assert result.status == 1
    nowhere = "inf" if method == "wmd" else "0.0000"
    assert result.out.splitlines() == [alone.out.strip(), same, nowhere, "nan"]
    assert "'king man' is not 2 texts, between tabs" in result.err
    result = run(*asked, "king", "x", "--json")
    name = "distance" if method == "wmd" else "similarity"
    wanted = {"a": "king", "b": "x", name: None if method == "wmd" else 0.0}
    assert json.loads(result.out) == wanted


def test_what_texts_have_in_common_is_removed(run: Run, vectors: Path):
    Path("texts.txt").write_text("king queen\nking man\nking king\n")
    asked = ("similarity", "--texts", "--method", "sif", "--vectors", vectors, "king", "queen king")
    assert run(*asked).out != run(*asked, "--common", "texts.txt").out
    assert run(*asked, "--common", "texts.txt").err == ""
    assert "no file or folder 'gone'" in run(*asked, "--common", "gone").message


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
    ("rank", "a", "b"),
    ("closer", "a", "b"),
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
