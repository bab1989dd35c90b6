"""Sentences from files, beside gensim's, and their fast way to numbers beside the plain one."""

from __future__ import annotations

import bz2
import importlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.compat.gensim import utils
from textseq.compat.gensim.models import sentences as ours
from textseq.compat.gensim.models.token_stream import look_up_words, number_words

TEXTS = {
    "plain": "the cat sat\n\n  on   the mat \nwhere\tit\x0bsleeps\n",
    "no newline at the end": "a b\nc d",
    "empty": "",
    "blank": "\n \n\t\n",
    "line ends of all kinds": "a b\r\nc\rd\n\ne\x0cf\n",
    "white space beyond ASCII": "a\u00a0b c\u2003d\ne\x1cf \x85 g\n",
    "other scripts": "the ελληνικά 中文 한국어\n한국어 中文\n",
    "long words": "x" * 100 + " y" * 25 + "\n" + "x" * 100,
}


@pytest.fixture
def theirs() -> Any:
    pytest.importorskip("gensim")
    return importlib.import_module("gensim.models.word2vec")


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("longest", [3, 10_000])
def test_line_sentence(theirs: Any, tmp_path: Path, text: str, longest: int):
    path = tmp_path / "text.txt"
    path.write_bytes(text.encode())
    (tmp_path / "text.txt.bz2").write_bytes(bz2.compress(text.encode()))
    for limit in (None, 2):
        expected = list(theirs.LineSentence(str(path), longest, limit))
        given: list[Any] = [path, str(path), io.BytesIO(text.encode()), tmp_path / "text.txt.bz2"]
        for source in given:
            lines = ours.LineSentence(source, longest, limit)
            assert list(lines) == expected
            assert list(lines) == expected  # again
    expected = list(theirs.PathLineSentences(str(tmp_path), longest, 2))
    assert list(ours.PathLineSentences(tmp_path, longest, 2)) == expected
    assert list(ours.PathLineSentences(path, longest, 2)) == expected[: len(expected) // 2]


@pytest.mark.parametrize("longest", [3, 7, 10_000])
def test_text8(theirs: Any, tmp_path: Path, longest: int):
    """gensim's last sentence may be longer than the longest: what is read last is not cut."""
    words = [f"w{n % 97}" for n in range(20_000)]
    path = tmp_path / "text8"
    path.write_text(" " + " ".join(words), encoding="utf-8")
    found, expected = (list(m.Text8Corpus(str(path), longest)) for m in (ours, theirs))
    assert [word for sentence in found for word in sentence] == words
    assert {len(sentence) for sentence in found[:-1]} <= {longest}
    assert len(found[-1]) <= longest
    assert found[: len(expected) - 1] == expected[:-1]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("kind", [ours.LineSentence, ours.PathLineSentences, ours.Text8Corpus])
@pytest.mark.parametrize("longest", [3, 10_000])
def test_files_become_numbers_in_one_look(tmp_path: Path, text: str, kind: Any, longest: int):
    """The compiled scanner and lists of words give the same counts and stream."""
    path = tmp_path / "text.txt"
    path.write_bytes(text.encode())
    given = kind(path, longest)
    fast, plain = number_words(given), number_words(list(given))
    assert list(fast[0].items()) == list(plain[0].items())
    rows = {word: row for row, word in enumerate(sorted(fast[0])) if row % 3}
    streams = [fast[1], plain[1], look_up_words(given, rows), look_up_words(list(given), rows)]
    for one, other in (streams[:2], streams[2:]):
        assert np.array_equal(one.numbers, other.numbers)
        assert np.array_equal(one.ends, other.ends)


def test_neither_a_file_nor_a_folder(theirs: Any):
    for module in (theirs, ours):
        with pytest.raises(ValueError, match="neither a file nor a path"):
            module.PathLineSentences("no such folder")


def test_bytes_that_are_no_utf8(tmp_path: Path):
    (tmp_path / "text.txt").write_bytes(b"a\nb \xff\n")
    for given in (ours.LineSentence, ours.Text8Corpus):
        with pytest.raises(UnicodeDecodeError):
            number_words(given(tmp_path / "text.txt"))
        with pytest.raises(UnicodeDecodeError):
            list(given(tmp_path / "text.txt"))


@pytest.mark.parametrize(
    "text",
    [
        "Hello, World_2 of 3D!",
        "Šéf číslo tří řve",
        "_private a bb " + "c" * 16,
        b"caf\xc3\xa9 \xff ok",
        "",
    ],
)
@pytest.mark.parametrize("deacc", [False, True])
def test_simple_preprocess(text: Any, deacc: bool):
    theirs = importlib.import_module("gensim.utils") if pytest.importorskip("gensim") else None
    assert utils.simple_preprocess(text, deacc) == theirs.simple_preprocess(text, deacc)
    if isinstance(text, str):
        assert list(utils.tokenize(text, deacc=deacc)) == list(theirs.tokenize(text, deacc=deacc))
