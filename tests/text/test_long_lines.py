"""Very long lines: the same tokens as ever, in memory that is a small multiple of the line."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from textseq.config import LONGEST_LINE, TextConfig, longest_line
from textseq.text.encode import encode_files, encode_lines
from textseq.text.reading.corpus import read_lines, read_units
from textseq.text.scan.plain_scan import PlainScan
from textseq.text.tokens import tokenizer
from textseq.text.tokens.tokenizer import cut_long_text, load_tokenizer

LINES = ["a bb\tccc ", "", "don't 서울 stop " * 40, "x" * 300, "last one"]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is long is 64 characters."""
    monkeypatch.setattr(tokenizer, "LONG", 64)
    monkeypatch.setattr("textseq.text.scan.plain_scan.LONG", 64)


def test_pieces_end_between_words(short: None):
    for text in LINES:
        assert "".join(cut_long_text(text)) == "".join(cut_long_text(text, anywhere=True)) == text
        for name in ("whitespace", "word"):
            cut = load_tokenizer(TextConfig(tokenizer=name)).split
            assert [token for piece in cut_long_text(text) for token in cut(piece)] == cut(text)
    assert max(map(len, cut_long_text(LINES[2]))) < 90
    assert list(cut_long_text(LINES[3])) == [LINES[3]]
    assert max(map(len, cut_long_text(LINES[3], anywhere=True))) == 64


@pytest.mark.parametrize("name", ["whitespace", "word", "char"])
@pytest.mark.parametrize("clean", [("nfc",), ("html", "whitespace")])
def test_ids_are_those_of_whole_lines(
    name: Any, clean: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
):
    config = TextConfig(tokenizer=name, clean=clean, min_count=1)
    wanted = encode_lines(LINES, config)
    monkeypatch.setattr(tokenizer, "LONG", 64)
    monkeypatch.setattr("textseq.text.scan.plain_scan.LONG", 64)
    monkeypatch.setattr("textseq.text.scan.plain_scan._KEPT_TOKENS", 50)  # lines in several parts
    found = encode_lines(LINES, config)
    assert found.ids.tolist() == wanted.ids.tolist()
    assert found.offsets.tolist() == wanted.offsets.tolist()
    assert found.vocab == wanted.vocab


def test_a_long_line_is_never_tokens_as_a_whole(short: None, monkeypatch: pytest.MonkeyPatch):
    scan = PlainScan(TextConfig(tokenizer="word"), None)
    sizes = []
    cut = scan._numbers.of
    monkeypatch.setattr(
        scan._numbers, "of", lambda lines: sizes.append(sum(map(len, lines))) or cut(lines)
    )
    scan.add(["b c " * 1000, "short"])
    assert max(sizes) < 100


def test_the_limit_names_file_line_and_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    bomb = tmp_path / "bomb.gz"
    bomb.write_bytes(gzip.compress(b"short\n" + b"ab " * 700_000))
    assert bomb.stat().st_size < 10_000
    wanted = r"bomb\.gz: line 2 is longer than 1 MB and is needed whole.*TEXTSEQ_LONGEST_LINE=N"
    monkeypatch.setenv(LONGEST_LINE, "1")
    with pytest.raises(ValueError, match=wanted):
        list(read_lines(str(bomb), TextConfig()))
    for config in (TextConfig(tokenizer="char"), TextConfig(clean=("html",))):
        with pytest.raises(ValueError, match=wanted):
            encode_files(str(bomb), config, tmp_path / "out")
    with pytest.raises(ValueError, match=r"the file, which is one text, is longer than 1 MB"):
        encode_files(str(bomb), TextConfig(unit="file"), tmp_path / "out")
    with pytest.raises(ValueError, match=r"the file, which is one text, is longer than 1 MB"):
        list(read_units(str(bomb), TextConfig(unit="file")))
    # Where a line need not be whole, there is no limit.
    assert encode_files(str(bomb), TextConfig(), tmp_path / "out").n_tokens == 700_001
    monkeypatch.setenv(LONGEST_LINE, "3")
    assert encode_lines(read_lines(str(bomb), TextConfig()), TextConfig()).n_tokens == 700_001


def test_many_lines_are_not_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "text").write_bytes(b"a b c d e f g\n" * 200_000)
    monkeypatch.setenv(LONGEST_LINE, "1")
    assert sum(1 for _ in read_lines(str(tmp_path / "text"), TextConfig())) == 200_000
    config = TextConfig(tokenizer="char")
    assert len(encode_files(str(tmp_path / "text"), config, tmp_path / "out")) == 200_000


def test_the_variable_is_checked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(LONGEST_LINE, raising=False)
    assert longest_line() == 256_000_000
    for wrong in ("", "0", "-1", "1.5", "many"):
        monkeypatch.setenv(LONGEST_LINE, wrong)
        with pytest.raises(ValueError, match=r"TEXTSEQ_LONGEST_LINE is .*a whole number of MB"):
            longest_line()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "times"),
    [(("tokenize",), 5), (("tokenize", "--tokenizer", "word", "--json"), 5), (("clean",), 8)],
)
def test_memory_is_a_small_multiple_of_the_line(
    command: tuple[str, ...], times: int, tmp_path: Path
):
    line, short = tmp_path / "line", tmp_path / "short"
    line.write_bytes(b"the cat sat on the mat " * 1_500_000)
    short.write_bytes(b"the cat\n")
    peaks = []
    for path in (short, line):
        code = (
            "import subprocess, resource, sys, json; "
            "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True); "
            "print(json.dumps(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))"
        )
        argv = [sys.executable, "-c", code, sys.executable, "-m", "textseq", *command, str(path)]
        peaks.append(json.loads(subprocess.run(argv, capture_output=True, check=True).stdout))
    assert (peaks[1] - peaks[0]) * 1024 < times * line.stat().st_size
