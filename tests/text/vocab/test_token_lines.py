"""Token lines: a large file answers as the list of its tokens does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.text.vocab import Vocab, token_lines, vocab
from textseq.text.vocab.token_file import write_tokens
from textseq.text.vocab.token_lines import TokenLines

TOKENS = [
    "the", "\u00a0", "🙂", "한국어", "a b", "new\nline", "back\\slash", "\\n", "", "\r", "the ",
]  # fmt: skip


def lines_of(path: Path, tokens: list[str]) -> TokenLines:
    write_tokens(path, tokens)
    return TokenLines(path)


def test_tokens_and_ids(tmp_path: Path):
    lines = lines_of(tmp_path / "t", TOKENS)
    assert len(lines) == len(TOKENS)
    assert [lines.token(number) for number in range(len(lines))] == TOKENS
    assert [lines.find(token) for token in TOKENS] == list(range(len(TOKENS)))
    assert lines.tokens(2, 5) == TOKENS[2:5]
    assert lines.tokens(3, 3) == []
    for token in ("th", "thee", "n", "new", "\n", "\\", "half \ud800"):
        assert lines.find(token) is None
    for number in (-1, len(TOKENS)):
        with pytest.raises(IndexError, match=rf"id {number} given; they are 0\.\.10"):
            lines.token(number)


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, unique=True),
    st.integers(1, 9),
)
def test_any_tokens(tmp_path_factory: pytest.TempPathFactory, tokens: list[str], at_once: int):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(token_lines, "_BYTES_AT_ONCE", at_once)
        patch.setattr(token_lines, "_LINES_AT_ONCE", at_once)
        lines = lines_of(tmp_path_factory.mktemp("t") / "t", tokens)
        assert lines.tokens(0, len(lines)) == tokens
        assert [lines.find(token) for token in tokens] == list(range(len(tokens)))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "t is cut off: it is empty"),
        (b"a\nb", "t is cut off: no newline at its end"),
        (b"a\nb\n\xff\n", "t is damaged: at byte 4 it is no utf-8, invalid start byte"),
    ],
)
def test_damaged_files(tmp_path: Path, data: bytes, message: str):
    (tmp_path / "t").write_bytes(data)
    with pytest.raises(ValueError, match=message):
        TokenLines(tmp_path / "t")


def test_a_token_that_stands_twice(tmp_path: Path):
    lines = lines_of(tmp_path / "t", ["a", "b", "a"])
    assert lines.find("b") == 1
    with pytest.raises(ValueError, match=r"'a' stands twice in .*t"):
        lines.find("a")


def test_a_large_vocab_is_the_same_vocab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    small = Vocab(TOKENS, np.arange(len(TOKENS)), specials=())
    small.save(tmp_path)
    monkeypatch.setattr(vocab, "_LARGE_FILE", 0)

    def opened() -> Vocab:
        return Vocab.load(tmp_path, specials=())

    few = opened()
    for made in ("tokens", "ids"):
        monkeypatch.setattr(Vocab, made, property(lambda _: pytest.fail("all were made")))
    assert [few.token_of(number) for number in range(len(few))] == TOKENS
    assert [few.get(token) for token in TOKENS] == list(range(len(TOKENS)))
    assert few.tokens_from(1, 3) == TOKENS[1:3]
    assert few.get("no such") is None
    monkeypatch.setattr(vocab, "_TOKENS_AT_ONCE", 3)
    assert few.suggest("teh") == ["the"]
    assert few.suggest("gksrnrdj") == ["한국어"]  # by the other layout of the keyboard
    assert "the" in few
    assert "teh" not in few
    monkeypatch.undo()
    assert small.suggest("teh") == ["the"]
    assert few == small
    assert few.token_of(3) == TOKENS[3]  # as before, from the list
    monkeypatch.setattr(vocab, "_LARGE_FILE", 0)
    assert opened().ids == small.ids
    assert repr(opened()) == repr(small)
    often = opened()
    for _ in range(3):
        assert [often.get(token) for token in TOKENS] == list(range(len(TOKENS)))
        monkeypatch.setattr(vocab, "_FEW", 5)
    (tmp_path / "vocab.txt").write_text("a\n" * len(TOKENS))
    with pytest.raises(ValueError, match="10 tokens stand twice in the vocabulary of"):
        _ = opened().ids
