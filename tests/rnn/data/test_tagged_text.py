"""Tagged text: which format a file has, and what is read of it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from textseq.config import TextConfig
from textseq.rnn.data.tagged_text import read_sentences, read_tagged

ROWS = ["1\tThe\tthe\tDET\tDT\t_\t2\tdet\t_\t_", "2\tcat\tcat\tNOUN\tNN\t_\t0\troot\t_\t_"]
CONLLU = "# a comment\n" + "\n".join(ROWS) + "\n\n"
COLUMNS = "en:Anna\tx\tB-PER\nen:sat\tx\tO\n\nen:Ulm\tx\tB-LOC\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.conllu").write_text(CONLLU)
    (tmp_path / "a.conllu.gz").write_bytes(gzip.compress(CONLLU.encode()))
    (tmp_path / "b.txt").write_text(COLUMNS)
    (tmp_path / "b.bio").write_text(COLUMNS)
    return tmp_path


def rows(dataset: object) -> list[tuple[list[str], list[str]]]:
    return [
        (dataset.vocab.decode(example.inputs), dataset.label_vocab.decode(example.target))
        for example in dataset
    ]


@pytest.mark.parametrize("name", ["a.conllu", "a.conllu.gz"])
def test_conllu(folder: Path, name: str):
    config = TextConfig(min_count=7, max_vocab=1)  # every word is kept all the same
    found = read_tagged([str(folder / name)], config)
    assert rows(found) == [(["The", "cat"], ["DET", "NOUN"])]
    assert rows(read_tagged([str(folder / name)], config, tags="xpos"))[0][1] == ["DT", "NN"]


def test_columns(folder: Path):
    found = read_tagged([str(folder / "b.txt")], TextConfig(), strip_prefix="en:")
    assert rows(found) == [(["Anna", "sat"], ["B-PER", "O"]), (["Ulm"], ["B-LOC"])]
    with pytest.raises(ValueError, match="line 1: 3 columns between tabs"):
        read_tagged([str(folder / "b.txt")], TextConfig(), format="conllu")
    as_columns = read_tagged([str(folder / "b.txt")], TextConfig(), format="conll", tag=1)
    assert rows(as_columns)[0] == (["en:Anna", "en:sat"], ["x", "x"])


def test_what_cannot_be_read(folder: Path):
    with pytest.raises(ValueError, match="format is 'x'; it can be auto, conllu, conll"):
        read_tagged([str(folder / "b.txt")], TextConfig(), format="x")
    with pytest.raises(ValueError, match="cannot be read together"):
        read_tagged([str(folder / "b.txt"), str(folder / "a.conllu")], TextConfig())
    (folder / "empty.conllu").write_text("\n\n")
    with pytest.raises(ValueError, match="no tokens"):
        read_tagged([str(folder / "empty.conllu")], TextConfig())


def test_sentences_to_tag(folder: Path):
    (folder / "lines.txt").write_text("The cat\n\nsat\u2028down\n")
    (folder / "bare.conllu").write_text(CONLLU.replace("DET", "_").replace("NOUN", "_"))
    (folder / "void.conllu").write_text(CONLLU.replace("DET", "").replace("NOUN", ""))
    for name in ("bare.conllu", "void.conllu"):  # their tags are what is asked for
        assert list(read_sentences([str(folder / name)], TextConfig())) == [["The", "cat"]]
        with pytest.raises(ValueError, match=rf"{name}.*: the tags? (is|are) missing"):
            read_tagged([str(folder / name)], TextConfig())
    names = [str(folder / name) for name in ("a.conllu.gz", "lines.txt", "b.bio")]
    found = list(read_sentences(names, TextConfig(), strip_prefix="en:"))
    assert found == [["The", "cat"], "The cat", "", "sat\u2028down", ["Anna", "sat"], ["Ulm"]]
