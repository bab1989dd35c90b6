"""Text files of a folder: what is read, what is left out, and who hears of it."""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from textseq.config import TextConfig
from textseq.text.encode import encode_lines
from textseq.text.notices import TextNotice
from textseq.text.reading.corpus import find_sources, read_lines
from textseq.text.reading.text_files import is_text

TEXTS = [
    "the cat sat\n" * 9,
    "한국어 문장입니다. " * 9,
    "日本語の文章。" * 9,
    "Привет, мир\n" * 9,
    "",
    "a",
]
WIDE = ["utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
NARROW = ["cp1252", "euc-kr", "shift-jis", "iso2022_jp", "koi8-r", "gb18030", "utf-7"]


@pytest.mark.parametrize("encoding", ["utf-8", *WIDE, *NARROW])
def test_texts_in_many_encodings(tmp_path: Path, encoding: str):
    for text in TEXTS:
        if len(text) == 1 and encoding in ("utf-32-le", "utf-32-be"):
            continue  # four bytes, of which three are 0, may be anything
        try:
            data = text.encode(encoding)
        except UnicodeEncodeError:
            continue
        for packed in (data, gzip.compress(data), bz2.compress(data)):
            (tmp_path / "a").write_bytes(packed)
            assert is_text(str(tmp_path / "a")), text


def others() -> dict[str, bytes]:
    archive, tar = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", "text")
    with tarfile.open(fileobj=tar, mode="w:gz") as folder:
        folder.addfile(tarfile.TarInfo("a.txt"), io.BytesIO())
    numbers, floats = io.BytesIO(), np.random.default_rng(0).normal(size=500)
    np.save(numbers, floats)
    return {
        "a.zip": archive.getvalue(), "b.tar.gz": tar.getvalue(), "c.npy": numbers.getvalue(),
        "d.bin": floats.tobytes(), "e.pdf": b"%PDF-1.7\n1 0 obj\n", "f.png": b"\x89PNG\r\n\x1a\n",
        "g.gz": gzip.compress(floats.tobytes()), "h.ids": np.arange(999, dtype="<i4").tobytes(),
    }  # fmt: skip


@pytest.mark.parametrize("name", list(others()))
def test_what_is_no_text(tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(others()[name])
    assert not is_text(str(tmp_path / name))


def test_a_folder_means_its_texts(tmp_path: Path):
    (tmp_path / "in").mkdir()
    for name, data in others().items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(FileNotFoundError, match=r"no text files, only .*a\.zip, .*h\.ids$"):
        find_sources(tmp_path)
    (tmp_path / "m.txt").write_text("one\n")
    (tmp_path / "in" / "n.txt").write_text("two\n")
    (tmp_path / "z.gz").write_bytes(gzip.compress(b"three\n")[:-4])  # damaged, and said so
    with pytest.warns(TextNotice, match=r"^3 text files of .*no text: .*a\.zip, .*b\.tar\.gz"):
        sources = find_sources(tmp_path)
    assert [Path(source.name).name for source in sources] == ["n.txt", "m.txt", "z.gz"]
    assert list(read_lines(sources[:2], TextConfig())) == ["two", "one"]
    with pytest.raises(ValueError, match=r"z\.gz is cut off or damaged"):
        list(read_lines(sources, TextConfig()))
    for number in range(9):
        (tmp_path / f"x{number}.bin").write_bytes(others()["d.bin"])
    with pytest.warns(TextNotice, match=r"x1\.bin and 7 more$"):
        find_sources(tmp_path)
    # What is named itself is read, whatever it is.
    assert find_sources([str(tmp_path / "d.bin")])[0].name.endswith("d.bin")


def test_folders_of_ours_are_no_texts(tmp_path: Path):
    """Their vocab.txt would be one: a corpus that was made here before, or lost its config."""
    (tmp_path / "a.txt").write_text("one two\n")
    (tmp_path / "config.json").write_text('{"of": "somebody else"}')
    encode_lines(["a b"], TextConfig(min_count=1)).save(tmp_path / "textseq-corpus")
    with pytest.warns(TextNotice, match=r"no text: .*/textseq-corpus$"):
        assert len(find_sources(tmp_path)) == 2
    (tmp_path / "textseq-corpus" / "config.json").unlink()
    with pytest.warns(TextNotice, match=r"no text: .*/textseq-corpus$"):
        assert len(find_sources(tmp_path)) == 2
    with pytest.raises(FileNotFoundError, match=r"holds no text files, only .*textseq-corpus"):
        find_sources(tmp_path / "textseq-corpus")
