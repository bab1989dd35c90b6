from __future__ import annotations

from pathlib import Path

import pytest

from textseq.config import TextConfig
from textseq.rnn.data.pairs import read_more_pairs, read_pairs, usable

CONFIG = TextConfig(min_count=1)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    paths = tmp_path / "a", tmp_path / "b"
    paths[0].write_text("the cat\n\nthe dog runs\nnaïve 🙂\n", encoding="utf-8")
    paths[1].write_text("die Katze\nleer\nder Hund läuft\n\n", encoding="utf-8")
    return str(paths[0]), str(paths[1])


def test_each_side_has_its_vocab(files: tuple[str, str]):
    data = read_pairs(*files, CONFIG)
    assert len(data) == 4
    assert "cat" in data.vocab
    assert "cat" not in data.target_vocab
    assert data.target_vocab.eos_id is not None
    assert data.lengths.tolist() == [[2, 2], [0, 1], [3, 3], [2, 0]]


@pytest.mark.parametrize("tokenizer", ["whitespace", "char", "bpe", "unigram"])
def test_both_sides_share_one(files: tuple[str, str], tokenizer: str):
    config = CONFIG.replace(tokenizer=tokenizer, subword_vocab=300)
    data = read_pairs(*files, config, shared=True)
    assert data.vocab.tokens == data.target_vocab.tokens
    assert data.text_config == data.target_text_config
    assert None not in (data.vocab.pad_id, data.vocab.bos_id, data.vocab.eos_id)
    if tokenizer == "whitespace":
        assert {"cat", "Katze"} <= set(data.vocab)
    more = read_more_pairs(*reversed(files), data)
    assert more.vocab == data.vocab
    assert more[0].inputs.tolist() == data[0].target.tolist()
    assert more[0].target.tolist() == data[0].inputs.tolist()


def test_subwords_of_each_side(files: tuple[str, str]):
    config = CONFIG.replace(tokenizer="bpe", subword_vocab=300)
    data = read_pairs(*files, config)
    assert data.text_config.tokenizer_file != data.target_text_config.tokenizer_file
    more = read_more_pairs(*files, data)
    assert [example.inputs.tolist() for example in more] == [e.inputs.tolist() for e in data]
    assert more.text_config == data.text_config


def test_one_set_of_options_for_one_vocab(files: tuple[str, str]):
    with pytest.raises(ValueError, match="have the same text options"):
        read_pairs(*files, CONFIG, CONFIG.replace(lowercase=True), shared=True)
    data = read_pairs(*files, CONFIG, CONFIG.replace(lowercase=True))
    assert "katze" in data.target_vocab


def test_a_line_without_its_translation(files: tuple[str, str], tmp_path: Path):
    (tmp_path / "short").write_text("eins\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"has 4 lines, .*short has 1"):
        read_pairs(files[0], str(tmp_path / "short"), CONFIG)


@pytest.mark.parametrize("tokenizer", ["whitespace", "bpe"])
def test_texts_without_words_are_named(files: tuple[str, str], tokenizer: str):
    config = CONFIG.replace(tokenizer=tokenizer)
    for name in files:
        Path(name).write_text("\n\n", encoding="utf-8")
    for shared in (True, False):
        with pytest.raises(ValueError, match=rf"{files[0]}, {files[1]}: no words in the lines"):
            read_pairs(*files, config, shared=shared)


def test_a_table_is_no_file_of_lines(files: tuple[str, str], tmp_path: Path):
    table = tmp_path / "pairs.tsv"
    table.write_text("de\ten\nein Haus\ta house\n")
    first = read_pairs(*files, CONFIG)
    for read in (
        lambda: read_pairs(str(table), files[1], CONFIG),
        lambda: read_pairs(files[0], table, CONFIG, shared=True),
        lambda: read_more_pairs([files[0]], [str(table)], first),
    ):
        with pytest.raises(ValueError, match=r"pairs\.tsv is a table; pairs are read from two"):
            read()


def test_pairs_that_teach_something(files: tuple[str, str]):
    data = read_pairs(*files, CONFIG)
    assert usable(data, 3).rows.tolist() == [0, 2]
    assert usable(data, 2).rows.tolist() == [0]
    with pytest.raises(ValueError, match=r"of 4 pairs none has 1\.\.1 tokens on both sides"):
        usable(data, 1)
    kept = data.select([0, 2])
    assert usable(kept, 3) is kept
