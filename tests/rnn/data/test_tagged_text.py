"""Tagged text: which format a file has, and what is read of it."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pyarrow
import pytest

from textseq.config import TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.tagged_text import is_tagged, read_sentences, read_tagged, why_no_spans
from textseq.text.vocab import Vocab

CONFIG = TextConfig(min_count=1)
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


@pytest.mark.parametrize("name", ["a.conll", "a.txt", "a.conllup", "a.tsv", "a", "a.conllx.zstd"])
def test_conllu_under_any_name(tmp_path: Path, name: str):
    data = CONLLU.encode()
    if name.endswith(".zstd"):
        data = bytes(pyarrow.compress(data, codec="zstd", asbytes=True))
    path = str(tmp_path / name)
    Path(path).write_bytes(data)
    assert rows(read_tagged([path], TextConfig())) == [(["The", "cat"], ["DET", "NOUN"])]
    # Columns by their numbers mean those of CoNLL-U, and no line more.
    by_number = read_tagged([path], TextConfig(), token=2, tag=4)
    assert rows(by_number) == [(["the", "cat"], ["DT", "NN"])]
    assert list(read_sentences([path], TextConfig())) == [["The", "cat"]]
    assert is_tagged(path, TextConfig())
    with pytest.raises(ValueError, match="column 12 is asked for"):
        read_tagged([path], TextConfig(), tag=12)


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zst", ".zstd", ".GZ"])
def test_conllu_by_its_name_in_any_packing(tmp_path: Path, suffix: str):
    path = tmp_path / f"a.conllu{suffix}"
    path.write_text("2" + CONLLU.split("\n1")[1])  # whose first id says nothing
    assert rows(read_tagged([str(path)], TextConfig())) == [(["The", "cat"], ["DET", "NOUN"])]


def test_what_a_pipe_gives_is_told_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for text, tags in ((CONLLU, ["DET", "NOUN"]), ("The\tX\ncat\tY\n", ["X", "Y"])):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert rows(read_tagged(["-"], TextConfig())) == [(["The", "cat"], tags)]
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        known = Vocab(["X", "Y"], specials=())
        assert list(read_sentences(["-"], TextConfig(), known=known)) == [["The", "cat"]]


@pytest.mark.usefixtures("notices")
def test_columns_to_tag_are_told_by_known_tags(tmp_path: Path):
    known = Vocab(["B-PER", "O"], specials=())
    path = tmp_path / "a.txt"

    def read(text: str, **options: object) -> list[object]:
        path.write_text(text)
        return list(read_sentences([str(path)], TextConfig(), known=known, **options))

    columns = "# id 1\tdomain=dev\nAnna _ _ B-PER\nsat _ _ O\n\n# id 2\tdomain=dev\nUlm _ _ O\n"
    assert read(columns) == [["Anna", "sat"], ["Ulm"]]
    assert is_tagged(str(path), TextConfig(), known)
    assert read("Anna\tB-PER\n") == [["Anna"]]
    assert read("Anna O\nsat O\n") == ["Anna O", "sat O"]  # two lines of text, for all we know
    assert read("Vitamin O\nis good .\n") == ["Vitamin O", "is good ."]
    assert not is_tagged(str(path), TextConfig(), known)
    assert read("Anna O\n", format="conll") == [["Anna"]]
    assert read("Anna\n\nUlm\n", format="conll") == [["Anna"], ["Ulm"]]
    with pytest.raises(ValueError, match="format is 'x'"):
        read("Anna O\n", format="x")


def test_tags_that_the_training_data_lacks_are_named(tmp_path: Path, notices: list[str]):
    path = tmp_path / "a.txt"
    path.write_text("a O\nb B-X\nc 0\nd B-Y\ne B-Y\n")
    known = Vocab(["O", "B-X"], specials=())
    read_tagged([str(path)], TextConfig(), known=known)
    (line,) = notices
    assert line.endswith("a.txt: 3 words have tags that the training data has not, which is never "
                         "right: '0', 'B-Y'")  # fmt: skip
    notices.clear()
    read_tagged([str(path)], TextConfig(), known=Vocab(["O", "B-X", "0", "B-Y"], specials=()))
    assert notices == []


def test_tags_that_are_nearly_spans_are_named(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("a O\nb B-X\nc I-X\nd 0\n\ne B-X\n")
    data = read_tagged([str(path)], TextConfig())
    assert why_no_spans(data) == "tag '0' (once) is no BIO tag, as the others are"
    assert why_no_spans(data.select([1])) is None
    assert why_no_spans(SequenceDataset.from_texts(["a"], ["x"], config=CONFIG)) is None


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
