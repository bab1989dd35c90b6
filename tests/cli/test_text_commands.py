from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]  # `run` of conftest.py


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a b\nc \xff d\n", "byte 6 (line 2) is not utf-8: ff; give the right encoding (--enc"),
        (b"\xff\xfea\0", "--encoding utf-16"),
        (b"PK\x03\x04" + bytes(20), "is a zip archive; pipe it in with `unzip -p` and `-`"),
        (gzip.compress(b"a b\n" * 99)[:-9], "is cut off or damaged"),
    ],
)
@pytest.mark.parametrize("command", ["clean", "tokenize"])
def test_text_that_cannot_be_read(run: Run, content: bytes, message: str, command: str):
    Path("text").write_bytes(content)
    result = run(command, "text")
    assert result.status == 1
    assert "text" in result.message
    assert message in result.message


def test_bad_bytes_can_be_replaced_and_other_encodings_read(run: Run):
    assert run("clean", "--errors", "replace", stdin=b"a\xff\n").out == "a�\n"
    assert run("clean", "--encoding", "cp1252", stdin=b"caf\xe9\n").out == "café\n"
    assert "no encoding 'utf-9'" in run("clean", "--encoding", "utf-9", stdin=b"a\n").message


def test_clean_keeps_lines(run: Run):
    text = "\ufeffＡ  b\r\n\n\x00c\nlast".encode()
    result = run("clean", "--clean", "nfkc,whitespace,control", "--lowercase", stdin=text)
    assert result == (0, "a b\n\nc\nlast\n", "")
    assert run("clean", "--clean", "none", "-", stdin=b"A\x00\n").out == "A\x00\n"


def test_tokenize_keeps_lines_in_files_and_in_pipes(run: Run):
    Path("text").write_text("Don't stop.\n\nNow!\n", encoding="utf-8")
    result = run("tokenize", "--tokenizer", "word", "--lowercase", "text", "-", stdin=b"x,y")
    assert result == (0, "don't stop .\n\nnow !\nx , y\n", "")
    result = run("tokenize", "--tokenizer", "char", "--json", stdin="é \n".encode())
    assert [json.loads(line) for line in result.out.splitlines()] == [["é", " "]]


def test_ids_of_a_vectors_folder_and_its_options(run: Run, vectors: Path):
    result = run("tokenize", "--ids", "--vocab", vectors, stdin="KING unknown\n서울\n".encode())
    assert result == (0, "2 1\n7\n", "")  # behind <pad> and <unk>; the folder lowercases
    result = run("tokenize", "--ids", "--vocab", vectors, "--json", stdin=b"queen man\n\n")
    assert result.out == "[3, 4]\n[]\n"
    result = run("tokenize", "--vocab", vectors, "--tokenizer", "char", stdin=b"x\n")
    assert result.status == 2
    assert "--tokenizer comes with" in result.message


def test_vocab_as_lines_as_json_and_as_a_folder(run: Run):
    Path("text").write_text("b a b <unk>\nb a c\n", encoding="utf-8")
    result = run("vocab", "--min-count", "1", "--quiet", "text")
    assert result == (0, "b\t3\na\t2\nc\t1\n", "")
    result = run("vocab", "--min-count", "2", "--json", "--quiet", stdin=b"b a b\n")
    assert result.out == '{"token": "b", "count": 2}\n'
    result = run("vocab", "--min-count", "2", "--lowercase", "text", "--out", "words")
    assert (result.status, result.out, result.err) == (0, "", "2 words in words\n")
    assert run("tokenize", "--ids", "--vocab", "words", "text").out == "2 3 2 1\n2 3 1\n"
    assert "words exists already; --force" in run("vocab", "text", "--out", "words").message
    assert run("vocab", "text", "--min-count", "1", "--out", "words", "--force").status == 0


def test_ids_without_a_vocabulary_count_first(run: Run):
    Path("text").write_bytes(b"b a b\n")
    assert run("tokenize", "--ids", "--min-count", "1", "text").out == "2 3 2\n"
    assert run("tokenize", "--ids", "--min-count", "1", stdin=b"b a b\nc\n").out == "2 3 2\n4\n"


def test_encode(run: Run):
    Path("text").write_bytes(b"b a b\n\nc\n")
    result = run("encode", "text", "--min-count", "1")
    assert (result.status, result.out) == (0, "")
    assert result.err.endswith(
        "they are in textseq-corpus; next: textseq train-w2v textseq-corpus\n"
    )
    assert "textseq-corpus exists already; --force" in run("encode", "text").message
    result = run("encode", "text", "--vocab", "textseq-corpus", "--out", "again", "--quiet")
    assert result == (0, "", "")
    assert run("encode", "none", "--out", "new").status == 1
    assert sorted(path.name for path in Path().iterdir()) == ["again", "text", "textseq-corpus"]
