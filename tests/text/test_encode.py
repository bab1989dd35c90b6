"""Encode: subwords, morphemes, filters, whole files; the rest is in encoded/test_corpus.py."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.config import FilterConfig, TextConfig
from textseq.text.cleaning.steps import clean
from textseq.text.encode import (
    count_files,
    encode_files,
    encode_lines,
    needs_training,
    train_tokenizer,
)
from textseq.text.encoded import EncodedCorpus
from textseq.text.scan.spool import Limits
from textseq.text.tokens.tokenizer import load_tokenizer

LINES = [
    "the cat saw the dog",
    "",
    "한국어 텍스트 <b>the</b> end",
    "naïve cats 🐈\u200d⬛ &amp; dogs",
] * 30
TINY = Limits(block_bytes=64, words=4, word_bytes=64, words_per_thread=2)
SUBWORDS: list[Any] = ["bpe", "wordpiece", "unigram"]


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", SUBWORDS)
def test_subwords_are_trained_and_travel_with_the_folder(name: Any, text: Path, tmp_path: Path):
    config = TextConfig(tokenizer=name, subword_vocab=320, clean=("nfc", "html"))
    assert needs_training(config)
    corpus = encode_files(text, config, tmp_path / "out", limits=TINY)
    made_with = corpus.text_config
    assert made_with.tokenizer_file == str(tmp_path / "out" / "tokenizer.json")
    assert not needs_training(made_with)
    on_disk = json.loads((tmp_path / "out" / "config.json").read_text())["text"]
    assert on_disk["tokenizer_file"] == "tokenizer.json"
    tokenizer = load_tokenizer(made_with)
    assert corpus.vocab.tokens == list(tokenizer.tokens or ())
    assert (corpus.vocab.pad_id, corpus.vocab.unk_id) == (0, 1)
    assert (
        corpus.vocab.counts.tolist()
        == np.bincount(corpus.ids, minlength=len(corpus.vocab)).tolist()
    )
    for number in range(4):
        cleaned = clean(LINES[number], config.steps)
        assert corpus.decode(number) == tokenizer.split(cleaned)
    # The same tokenizer by any path: in memory, from a pipe, and for another text.
    again = encode_lines(LINES, config)
    assert again.vocab.tokens == corpus.vocab.tokens
    assert again.ids.tolist() == corpus.ids.tolist()
    from_pipe = encode_files(iter(LINES), config, tmp_path / "pipe")
    assert from_pipe.ids.tolist() == corpus.ids.tolist()
    assert count_files(text, made_with) == corpus.vocab
    other = encode_lines(["dogs saw cats"], made_with, vocab=corpus.vocab)
    assert other.vocab is corpus.vocab
    assert other.decode(0) == tokenizer.split("dogs saw cats")


def test_a_corpus_in_memory_can_be_saved_with_its_tokenizer(tmp_path: Path):
    corpus = encode_lines(LINES, TextConfig(tokenizer="bpe", subword_vocab=300))
    corpus.save(tmp_path / "out")
    loaded = EncodedCorpus.load(tmp_path / "out")
    assert loaded.ids.tolist() == corpus.ids.tolist()
    assert loaded.vocab == corpus.vocab
    assert loaded.text_config.tokenizer_file == str(tmp_path / "out" / "tokenizer.json")
    loaded.save(tmp_path / "out", overwrite=True)  # onto itself
    assert EncodedCorpus.load(tmp_path / "out").ids.tolist() == corpus.ids.tolist()
    with pytest.raises(FileExistsError):
        corpus.save(tmp_path / "out")


def test_the_tokenizer_of_others(text: Path, tmp_path: Path):
    file = tmp_path / "their.json"
    train_tokenizer(text, TextConfig(tokenizer="bpe", subword_vocab=300), file)
    config = TextConfig(tokenizer="json", tokenizer_file=str(file), clean=("nfc", "html"))
    corpus = encode_files(text, config, tmp_path / "out", limits=TINY)
    tokenizer = load_tokenizer(config)
    assert [corpus.decode(number) for number in range(4)] == [
        tokenizer.split(clean(line, config.steps)) for line in LINES[:4]
    ]
    assert corpus.vocab.counts.sum() == corpus.n_tokens
    assert encode_lines(LINES, config).ids.tolist() == corpus.ids.tolist()


def test_korean_morphemes(text: Path, tmp_path: Path):
    pytest.importorskip("kiwipiepy")
    config = TextConfig(tokenizer="korean", min_count=1)
    corpus = encode_files(text, config, tmp_path / "out")
    assert "텍스트" in corpus.vocab
    assert encode_lines(LINES, config).ids.tolist() == corpus.ids.tolist()


def test_told_of_a_sample(tmp_path: Path, notices: list[str]):
    path = tmp_path / "big.txt"
    path.write_bytes(b"".join(b"word%d and more of it\n" % number for number in range(100_000)))
    config = TextConfig(tokenizer="bpe", subword_vocab=300, subword_sample=1)
    encode_files(path, config, tmp_path / "out")
    assert len(notices) == 1
    assert "sample" in notices[0]
    assert "--subword-sample" in notices[0]


@pytest.mark.parametrize("tokenizer", ["word", "char", "bpe"])
@pytest.mark.filterwarnings("ignore:subword_vocab has no effect")
def test_whole_files(tokenizer: Any, tmp_path: Path):
    folder = tmp_path / "texts"
    folder.mkdir()
    texts = ["<p>one\r\ntwo</p>\n\nthree\n", "", "four", "<!-- gone\nstill --> five\n"]
    for number, content in enumerate(texts):
        (folder / f"{number}.txt").write_bytes(content.encode())
    config = TextConfig(
        tokenizer=tokenizer, unit="file", clean=("html", "whitespace"), min_count=1,
        subword_vocab=300,
    )  # fmt: skip
    corpus = encode_files(folder, config, tmp_path / "out")
    tokenizer = load_tokenizer(corpus.text_config)
    flat = [tokenizer.join(corpus.decode(number)).strip() for number in range(len(corpus))]
    assert flat == ["one two three", "", "four", "five"]
    # What is in memory is a text each already.
    assert len(encode_lines(texts, config)) == 4


def test_filters(text: Path, tmp_path: Path):
    filters = FilterConfig(min_words=1, duplicates="exact")
    config = TextConfig(clean=("html", "nfc"), lowercase=True, min_count=1)
    corpus = encode_files(text, config, tmp_path / "out", filters=filters)
    assert [" ".join(corpus.decode(number)) for number in range(len(corpus))] == [
        "the cat saw the dog",
        "한국어 텍스트 the end",
        "naïve cats 🐈\u200d⬛ & dogs",
    ]
    assert corpus.config["filters"]["dropped"] == {"too_few_words": 30, "exact_duplicate": 87}
    assert corpus.config["filters"]["min_words"] == 1
    assert count_files(text, config, filters=filters) == corpus.vocab
    with pytest.raises(ValueError, match="no words in"):
        encode_files(text, config, tmp_path / "none", filters=FilterConfig(min_words=50))
    assert "filters" not in encode_files(text, config, tmp_path / "all").config


def test_steps_that_need_the_line_come_before_the_fast_path(text: Path, tmp_path: Path):
    config = TextConfig(clean=("html", "nfc", "quotes"), lowercase=True, min_count=1)
    corpus = encode_files(text, config, tmp_path / "out", threads=2, limits=TINY)
    assert [" ".join(corpus.decode(number)) for number in range(len(corpus))] == [
        " ".join(clean(line, config.steps).split()) for line in LINES
    ]


def test_standard_input_is_read_twice_where_it_must(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    data = "\n".join(LINES).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    config = TextConfig(tokenizer="wordpiece", subword_vocab=300)
    corpus = encode_files("-", config, tmp_path / "out")
    assert corpus.decode(0) == load_tokenizer(corpus.text_config).split(LINES[0])


def test_a_text_without_words_trains_nothing(tmp_path: Path):
    (tmp_path / "empty").write_text("")
    with pytest.raises(ValueError, match="no words in"):
        encode_files(tmp_path / "empty", TextConfig(tokenizer="bpe"), tmp_path / "out")
    assert not (tmp_path / "out").exists()
