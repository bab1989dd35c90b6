"""What commands that read text share: options that fit a vocabulary, inputs that are read twice."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from textseq.cli.reading import (
    check_options,
    cleaner_of,
    count,
    inputs_of,
    reading,
    say_of_shard,
    shard,
    sources_of,
    trained,
    vocab_and_options,
)
from textseq.config import FilterConfig, TextConfig
from textseq.text.encoded.vocab_folder import save_vocab
from textseq.text.vocab import Vocab

Run = Callable[..., Any]  # `run` of conftest.py
MADE_WITH = TextConfig(lowercase=True, tokenizer="word", min_count=2, encoding="cp1252")


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """A folder of kind "vocab"."""
    save_vocab(Vocab.from_counts({"a": 3}), MADE_WITH, tmp_path / "words")
    return tmp_path / "words"


def test_a_vocabulary_comes_with_its_options(words: Path):
    vocab, text = vocab_and_options(words, TextConfig(errors="replace"))
    assert vocab == Vocab.from_counts({"a": 3})
    # How files are encoded is a matter of the files.
    assert text == MADE_WITH.replace(encoding="utf-8", errors="replace")
    _, text = vocab_and_options(words, TextConfig(lowercase=True, min_count=2))
    assert text.tokenizer == "word"
    assert vocab_and_options(None, MADE_WITH) == (None, MADE_WITH)


@pytest.mark.parametrize(
    "other",
    [
        {"clean": ("nfkc",)}, {"unit": "file"}, {"tokenizer": "char"}, {"min_count": 3},
        {"max_vocab": 9}, {"subword_vocab": 99}, {"subword_sample": 9},
        {"tokenizer": "bpe", "tokenizer_file": "x.json"},
    ],
    ids=str,
)  # fmt: skip
def test_other_options_do_not_fit_it(words: Path, other: dict[str, Any]):
    with pytest.raises(typer.BadParameter, match=r"comes with .*words and cannot be given"):
        vocab_and_options(words, TextConfig(**other))


def test_options_are_checked_before_any_work(tmp_path: Path):
    assert cleaner_of(TextConfig(lowercase=True))("É\0") == "é"
    check_options(TextConfig())
    with pytest.raises(typer.BadParameter, match="--clean: no cleaning step 'nfx'"):
        check_options(TextConfig(clean=("nfx",)))
    with pytest.raises(FileNotFoundError, match=r"there is no .*none\.json"):
        check_options(TextConfig(tokenizer="bpe", tokenizer_file=str(tmp_path / "none.json")))


def test_shard():
    assert shard("2/3") == (2, 3)
    for wrong in ("0/3", "4/3", "1", "a/b", "1/0", "-1/3", "1/2/3", ""):
        with pytest.raises(typer.BadParameter, match="shard is"):
            shard(wrong)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, True),
        ({"min_count": 1}, False),
        ({"min_count": 1, "max_vocab": 9}, True),
        ({"tokenizer": "json", "tokenizer_file": "x"}, False),
    ],
)
def test_told_of_a_shard_that_cannot_be_merged(
    options: dict[str, Any], told: bool, capsys: pytest.CaptureFixture[str]
):
    say_of_shard(TextConfig(**options))
    assert capsys.readouterr().err == (
        "this part leaves words out; to merge it later, make it with --min-count 1 alone\n"
        if told
        else ""
    )


def test_the_shard_is_told_of_by_the_commands(run: Run):
    Path("text").write_bytes(b"a b\nc\n" * 20)
    for command in ("encode", "vocab"):
        result = run(command, "text", "--shard", "1/2", "--out", f"{command}-5")
        assert result.err.startswith("this part leaves words out;")
        result = run(command, "text", "--shard", "1/2", "--out", command, "--min-count", "1")
        assert "leaves words out" not in result.err
        quiet = run(command, "text", "--shard", "1/2", "--out", f"{command}-q", "--quiet")
        assert quiet == (0, "", "")
    assert run("encode", "text", "--shard", "1/2", "--out", "x").err.endswith(
        "they are in x; next: textseq merge\n"
    )
    run("vocab", "text", "--out", "q")
    given = run("encode", "text", "--shard", "1/2", "--vocab", "q", "--out", "y")
    assert "leaves words out" not in given.err


def test_standard_input_is_kept_where_it_is_read_twice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    assert inputs_of(None) == inputs_of([]) == ["-"]
    assert inputs_of(["a", "-"]) == ["a", "-"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a \xff\n")))
    file = tmp_path / "x"
    file.write_bytes(b"b\n")
    with sources_of([str(file), "-"], twice=False) as sources:
        assert [source.once for source in sources] == [False, True]
    with sources_of([str(file), "-"], twice=True) as sources:
        assert [source.name for source in sources] == [str(file), "standard input"]
        for source in (*sources, *sources):
            with source.open() as stream:
                assert stream.read() == (b"b\n" if source is sources[0] else b"a \xff\n")


def test_subwords_are_trained_where_they_are_needed(tmp_path: Path):
    path = tmp_path / "text"
    path.write_text("low lower lowest\nlow\n" * 9, encoding="utf-8")
    subwords = TextConfig(tokenizer="bpe", subword_vocab=60)
    filters = FilterConfig(min_words=2)
    with trained([str(path)], TextConfig(), quiet=True) as text:
        assert text == TextConfig()
    with trained([str(path)], subwords, filters, quiet=True) as text:
        assert text.tokenizer_file is not None
        counted = count([str(path)], text, filters, quiet=True)
        assert counted.count("▁low") == 9
        with trained([str(path)], text, quiet=True) as again:
            assert again is text  # it has its file
    assert not Path(text.tokenizer_file).exists()


def test_count(tmp_path: Path):
    path = tmp_path / "text"
    path.write_bytes(b"a b\nb\n")
    counted = count([str(path)], TextConfig(min_count=2), quiet=True)
    assert counted.most_common() == [("b", 2)]
    first = count([str(path)], TextConfig(min_count=1), None, (1, 2), quiet=True)
    assert first.most_common() == [("a", 1), ("b", 1)]


def test_progress_is_quiet_where_it_shall_be(capsys: pytest.CaptureFixture[str]):
    for share in (None, 0.0, 0.5, 1.0):
        with reading("count", quiet=True) as progress:
            progress(10**7, share)
        with reading("count", quiet=False) as progress:
            progress(10**7, share)
    captured = capsys.readouterr()
    assert captured.out == ""
