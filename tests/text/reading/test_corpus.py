import bz2
import codecs
import gzip
import io
import lzma
import os
import re
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.config import Errors, TextConfig
from textseq.text.notices import TextNotice
from textseq.text.reading import corpus
from textseq.text.reading.corpus import (
    TextDecodeError,
    TextSource,
    find_sources,
    read_blocks,
    read_lines,
)

STRICT = TextConfig()
WHITE_SPACE = b" \t\n\r\v\f"


def source_of(data: bytes, name: str = "memory") -> TextSource:
    return TextSource(name, lambda: io.BytesIO(data), len(data))


def names(inputs: Any) -> list[str]:
    return [source.name for source in find_sources(inputs)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.txt", "a/c.txt", "a/b/d.txt", ".hidden", "a/.git/config", "z[1].txt"):
        path = tmp_path / "texts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name}\n")
    return tmp_path / "texts"


# --- finding


def test_a_folder_gives_every_file_below_it_sorted_without_hidden_ones(folder: Path):
    expected = [str(folder / name) for name in ("a/b/d.txt", "a/c.txt", "b.txt", "z[1].txt")]
    assert names(folder) == names(str(folder)) == names([folder]) == expected
    assert [source.size for source in find_sources(folder)] == [10, 8, 6, 9]


def test_a_file_a_pattern_and_a_list(folder: Path):
    assert names(folder / "b.txt") == [str(folder / "b.txt")]
    assert names(f"{folder}/*.txt") == [str(folder / "b.txt"), str(folder / "z[1].txt")]
    assert names(f"{folder}/**/*.txt")[:2] == [str(folder / "a/b/d.txt"), str(folder / "a/c.txt")]
    assert names(folder / "z[1].txt") == [str(folder / "z[1].txt")]  # a name before a pattern
    assert names((folder / "b.txt", f"{folder}/a")) == [
        str(folder / name) for name in ("b.txt", "a/b/d.txt", "a/c.txt")
    ]


def test_what_is_not_there_is_named(folder: Path, tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"there is no file or folder '.*nothing\.txt'"):
        find_sources(folder / "nothing.txt")
    with pytest.raises(FileNotFoundError, match=r"no file matches the pattern '.*none"):
        find_sources(str(folder / "none*"))
    with pytest.raises(FileNotFoundError, match="no file matches the pattern"):
        find_sources(str(folder / "[a]"))  # a folder only
    (tmp_path / "empty" / ".hidden").mkdir(parents=True)
    with pytest.raises(FileNotFoundError, match=r"the folder '.*empty' holds no files"):
        find_sources(tmp_path / "empty")
    with pytest.raises(ValueError, match="no input was given"):
        find_sources([])
    with pytest.raises(FileNotFoundError, match=r"iter\(lines\)"):
        find_sources(["the quick brown fox"])
    with pytest.raises(FileNotFoundError) as error:
        find_sources("word " * 10_000)
    assert len(str(error.value)) < 400


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_no_empty_one(folder: Path):
    (folder / "a").chmod(0)
    try:
        with pytest.raises(PermissionError):
            find_sources(folder)
    finally:
        (folder / "a").chmod(0o755)


def test_a_pipe_with_a_path(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(gzip.compress(b"one\ntwo\n")))
    writer.start()
    assert find_sources(pipe)[0].size is None
    assert list(read_lines(pipe, STRICT)) == ["one", "two"]
    writer.join()


# --- standard input


class Stdin:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_standard_input_is_decompressed_too(
    pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys, "stdin", Stdin(pack(b"one\ntwo")))
    assert list(read_lines("-", STRICT)) == ["one", "two"]
    assert not sys.stdin.buffer.closed


def test_standard_input_can_be_read_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", Stdin(b"one\n"))
    (source,) = find_sources("-")
    assert list(read_blocks(source, STRICT)) == [b"one\n"]
    with pytest.raises(ValueError, match="standard input can be read only once"):
        list(read_blocks(source, STRICT))
    with pytest.raises(ValueError, match="given twice"):
        find_sources(["-", "-"])
    monkeypatch.setattr(sys, "stdin", io.StringIO("one"))
    with pytest.raises(ValueError, match="standard input gives no bytes"):
        list(read_lines("-", STRICT))


def test_lines_of_a_slow_pipe_come_through_at_once(tmp_path: Path):
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb"), os.fdopen(write_end, "wb", buffering=0) as out:
        lines = read_lines(f"/dev/fd/{read_end}", STRICT)
        out.write(b"the first line\nthe sec")
        assert next(lines) == "the first line"
        out.write(b"ond\n")
        assert next(lines) == "the second"


# --- iterables


def test_iterables_of_lines():
    lines = ["a b", "", "c\nd", "e\n", "f\r\n", "\ufeffg"]
    expected = ["a b", "", "c d", "e", "f", "\ufeffg"]
    assert list(read_lines(iter(lines), STRICT)) == expected
    assert list(read_lines((line for line in lines), TextConfig(encoding="utf-16"))) == expected
    assert list(read_lines(dict.fromkeys(lines).keys(), STRICT)) == expected
    assert list(read_lines(iter([]), STRICT)) == []
    (source,) = find_sources(line for line in lines)
    assert b"".join(read_blocks(source, STRICT)).decode() == "a b\n\nc d\ne\nf\r\n\ufeffg\n"
    with pytest.raises(ValueError, match="the lines given can be read only once"):
        source.open()


def test_iterables_of_something_else():
    with pytest.raises(TypeError, match=r"the lines given: a list where a line \(str\) is due"):
        list(read_lines(iter([["a", "b"]]), STRICT))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a dict is not text; choose one of train, test"):
        read_lines({"train": [], "test": []}, STRICT)
    with pytest.raises(TypeError, match="not iterable"):
        read_lines(7, STRICT)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        read_lines([7], STRICT)  # type: ignore[list-item]
    with pytest.raises(TextDecodeError, match=r"the lines given: byte 3 \(line 2\).*ed"):
        list(read_lines(iter(["ab", "\ud800"]), STRICT))
    assert list(read_lines(iter(["\ud800"]), TextConfig(errors="replace"))) == ["\ufffd" * 3]


def test_a_hugging_face_dataset_gives_its_text_column():
    from datasets import Dataset, DatasetDict

    rows = {"id": [1, 2, 3], "text": ["a b", None, "c\nd"], "title": ["x", "y", "z"]}
    dataset = Dataset.from_dict(rows)
    assert list(read_lines(dataset, STRICT)) == ["a b", "", "c d"]
    assert list(read_lines(dataset, STRICT)) == ["a b", "", "c d"]  # twice, as a file
    assert list(read_lines(dataset.to_iterable_dataset(), STRICT)) == ["a b", "", "c d"]
    assert list(read_lines(dataset.select_columns(["id", "title"]), STRICT)) == ["x", "y", "z"]
    with pytest.raises(ValueError, match=r"which column is the text.*id, title, other"):
        read_lines(
            dataset.rename_column("text", "other").select_columns(["id", "title", "other"]), STRICT
        )
    with pytest.raises(TypeError, match="a DatasetDict is not text; choose one of train"):
        read_lines(DatasetDict({"train": dataset}), STRICT)


# --- compression


def zstd(data: bytes) -> bytes:
    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


PACKERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstd}
each_packer = pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
TEXT = "".join(f"line {pos} 한국어\n" for pos in range(60_000)).encode()


@each_packer
def test_compressed_files_of_several_members(pack: Callable[[bytes], bytes], tmp_path: Path):
    path = tmp_path / "name says nothing.txt"
    path.write_bytes(pack(TEXT) + pack(b"") + pack(b"the end"))
    (source,) = find_sources(path)
    assert b"".join(read_blocks(source, STRICT, 100_000)) == TEXT + b"the end"
    assert source.size == path.stat().st_size
    path.write_bytes(pack(b""))
    assert list(read_lines(path, STRICT)) == []


@each_packer
def test_damaged_files_are_named(pack: Callable[[bytes], bytes], tmp_path: Path):
    path = tmp_path / "damaged.txt"
    whole = pack(TEXT)
    middle = len(whole) // 2
    for damaged in (
        whole[:-1],
        whole[:middle],
        whole[:11],
        whole + b"left over",
        whole + pack(TEXT)[:-5],
        whole + pack(TEXT)[:2],
    ):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"damaged\.txt is cut off or damaged: "):
            list(read_lines(path, STRICT))
    if pack is not zstd:  # which has a checksum only where the writer wanted one
        path.write_bytes(whole[:middle] + bytes(64) + whole[middle + 64 :])
        with pytest.raises(ValueError, match=r"damaged\.txt"):
            list(read_lines(path, STRICT))


def test_zeros_after_a_member_are_padding(tmp_path: Path):
    path = tmp_path / "padded"
    for pack in (gzip.compress, lzma.compress):
        path.write_bytes(pack(b"a\n") + bytes(512) + pack(b"b\n") + bytes(512))
        assert list(read_lines(path, STRICT)) == ["a", "b"]


def test_a_small_file_that_unpacks_to_a_large_one(tmp_path: Path):
    # 64 MiB in about 50 bytes (bzip2): it must come in pieces, not at once.
    path = tmp_path / "bomb"
    path.write_bytes(bz2.compress(b"a" * (1 << 26)))
    with find_sources(path)[0].open() as stream:
        assert stream.read(1000) == b"a" * 1000
        assert sum(map(len, iter(lambda: stream.read(1 << 20), b""))) == (1 << 26) - 1000


def test_text_that_begins_like_an_archive(tmp_path: Path):
    path = tmp_path / "text"
    for text in (b"BZh is no archive", b"BZh9", b"PQ", b"P", b"(", b""):
        path.write_bytes(text)
        assert b"".join(read_blocks(find_sources(path)[0], STRICT)) == text
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "text")
    with pytest.raises(ValueError, match="text is a zip archive"):
        list(read_lines(path, STRICT))


def test_streams_left_early_close_their_file(tmp_path: Path):
    path = tmp_path / "text"
    for data in (TEXT, *(pack(TEXT) for pack in PACKERS.values())):
        path.write_bytes(data)
        lines = read_lines(path, STRICT)
        assert next(lines) == "line 0 한국어"
        del lines
        find_sources(path)[0].open().close()  # nothing read: warnings are errors here


# --- blocks


def check_blocks(blocks: list[bytes]) -> None:
    for block in blocks:
        block.decode("utf-8")
        assert block
    for block in blocks[:-1]:
        assert block[-1:] in WHITE_SPACE


characters = st.characters(exclude_categories=["Cs"]) | st.sampled_from("a \n\r\t\v\f\0\ufeff한𠀀é")
texts = st.lists(characters, max_size=60).map("".join)


@given(text=texts, block_bytes=st.integers(1, 64))
@settings(max_examples=300, derandomize=True, deadline=None)
@pytest.mark.filterwarnings("ignore::textseq.text.notices.TextNotice")
def test_blocks_are_the_text(text: str, block_bytes: int):
    blocks = list(read_blocks(source_of(text.encode()), STRICT, block_bytes))
    assert b"".join(blocks).decode() == text.removeprefix("\ufeff")
    check_blocks(blocks)


@given(
    data=st.lists(
        st.binary(max_size=4)
        | st.sampled_from([c.encode() for c in "a \n\r한𠀀é"])
        | st.sampled_from([b"\xed\xa0\x80", b"\xf0\x90", b"\xe0\x80", b"\xc3", codecs.BOM_UTF8])
    ).map(b"".join),
    block_bytes=st.integers(1, 64),
    errors=st.sampled_from(["replace", "ignore"]),
)
@settings(max_examples=500, derandomize=True, deadline=None)
def test_bad_bytes_are_replaced_as_in_the_whole(data: bytes, block_bytes: int, errors: Errors):
    config = TextConfig(errors=errors)
    blocks = list(read_blocks(source_of(data), config, block_bytes))
    assert b"".join(blocks) == data.decode("utf-8", errors).removeprefix("\ufeff").encode()
    check_blocks(blocks)


# fmt: off
ENCODINGS = [
    "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "utf-8-sig", "ascii", "cp1252", "cp437",
    "koi8-r", "euc-kr", "cp949", "johab", "iso2022_kr", "shift_jis", "euc-jp", "iso2022_jp",
    "gb2312", "gb18030", "big5", "hz",
]
# fmt: on


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(text=texts, noise=st.binary(max_size=5), block_bytes=st.integers(1, 64))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_other_encodings(encoding: str, text: str, noise: bytes, block_bytes: int):
    stateful = encoding.startswith("iso2022") or encoding == "hz"
    text = re.sub("[\x0e\x0f\x1b~]", "", text) if stateful else text  # their own shift codes
    data = text.encode(encoding, "ignore")
    expected = data.decode(encoding)
    if encoding not in ("utf-16", "utf-32", "utf-8-sig"):  # those have dropped their own BOM
        expected = expected.removeprefix("\ufeff")
    blocks = list(read_blocks(source_of(data), TextConfig(encoding=encoding), block_bytes))
    assert b"".join(blocks).decode() == expected
    check_blocks(blocks)

    data = data[: len(data) // 2] + noise + data[len(data) // 2 :]
    config = TextConfig(encoding=encoding, errors="replace")
    check_blocks(list(read_blocks(source_of(data), config, block_bytes)))


@given(
    good=texts, bad=st.sampled_from([b"\xff", b"\xc3 ", b"\xed\xa0\x80", b"\xf0\x90\x80"]),
    after=texts, block_bytes=st.integers(1, 64),
)  # fmt: skip
@settings(max_examples=300, derandomize=True, deadline=None)
def test_a_bad_byte_is_found_where_it_is(good: str, bad: bytes, after: str, block_bytes: int):
    data = good.encode() + bad + after.encode()
    with pytest.raises(UnicodeDecodeError) as expected:
        data.decode()
    offset = expected.value.start
    line = 1 + data[:offset].count(b"\n")
    with pytest.raises(TextDecodeError) as error:
        list(read_blocks(source_of(data, "some.txt"), STRICT, block_bytes))
    assert str(error.value).startswith(f"some.txt: byte {offset} (line {line}) is not utf-8: ")


def test_the_message_for_bad_bytes():
    def message(data: bytes, encoding: str = "utf-8") -> str:
        with pytest.raises(TextDecodeError) as error:
            list(read_blocks(source_of(data, "a.txt"), TextConfig(encoding=encoding), 7))
        return str(error.value)

    assert message(b"one\ntwo caf\xe9 au lait\n") == (
        "a.txt: byte 11 (line 2) is not utf-8: e9; give the right encoding (--encoding NAME) "
        "or replace such bytes (--errors replace)"
    )
    assert "byte 10 (line 2) is not euc_kr: ff" in message(
        "한국\n한국 ".encode("euc-kr") + b"\xff\xff", "euc-kr"
    )
    # U+0A0A holds two bytes 0x0A and is no newline; the BOM says big-endian.
    data = codecs.BOM_UTF16_BE + "\u0a0a\n\u0a0a".encode("utf-16-be") + b"\xdc\0\xdc\0"
    assert "byte 8 (line 2) is not utf-16-be: dc 00" in message(data, "utf-16")
    assert "byte 6 (line 2) is not utf-16-le: 61" in message(
        "a\nb".encode("utf-16-le") + b"a", "utf-16-le"
    )
    assert "(line 2) is not utf-7: d8 00" in message(b"a\n+2AA-", "utf-7")


def test_utf_16_without_a_bom_is_little_endian():
    for encoding in ("utf-16", "utf-32"):
        data = "a b\nc".encode(f"{encoding}-le")
        for block_bytes in (1, 3, 100):
            blocks = list(read_blocks(source_of(data), TextConfig(encoding=encoding), block_bytes))
            assert b"".join(blocks) == b"a b\nc"


def test_an_unknown_encoding_is_refused_before_reading():
    for encoding in ("utf-9", "base64", "", "a\0b"):
        with pytest.raises(ValueError, match="no encoding "):
            read_blocks(source_of(b""), TextConfig(encoding=encoding))
        with pytest.raises(ValueError, match="no encoding "):
            read_lines(iter(["a"]), TextConfig(encoding=encoding))


def test_where_blocks_are_cut():
    def cut(data: bytes, block_bytes: int) -> list[bytes]:
        return list(read_blocks(source_of(data), STRICT, block_bytes))

    assert cut(b"a b\nc d e", 8) == [b"a b\n", b"c d e"]  # the newline before the last space
    assert cut(b"aa bb cc", 7) == [b"aa bb ", b"cc"]
    assert cut(b"aaa\r\nbbb", 4) == [b"aaa\r\n", b"bbb"]
    assert cut(b"aa\rbb\rcc", 4) == [b"aa\r", b"bb\r", b"cc"]
    assert cut(b"a" * 100 + b" b", 8) == [b"a" * 100 + b" ", b"b"]
    assert cut(b"a " + b"b" * 10_000, 8000) == [b"a ", b"b" * 10_000]
    assert cut(b"a\xc2\xa0b\xe3\x80\x80" * 9, 8) == [b"a\xc2\xa0b\xe3\x80\x80" * 9]
    assert cut(b"", 8) == cut(codecs.BOM_UTF8, 8) == []


def test_a_word_without_end_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(corpus, "LONGEST_WORD_BYTES", 1 << 20)
    data = b"a b " + b"x" * (1 << 21)
    with pytest.raises(ValueError, match=r"memory: a single word longer than 1 MiB at byte 4;"):
        list(read_blocks(source_of(data), STRICT, 1 << 16))
    assert [len(line) for line in read_lines(iter([data.decode()]), STRICT)] == [len(data)]


# --- lines


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a\nb", ["a", "b"]),
        (b"a\nb\n", ["a", "b"]),
        (b"a\n\n", ["a", ""]),
        (b"\xef\xbb\xbfa\r\nb\rc\r\r\n\r", ["a", "b\rc\r", ""]),
        ("a\x85b\u2028c\x0cd\x1ce\n".encode(), ["a\x85b\u2028c\x0cd\x1ce"]),
    ],
)
def test_lines(data: bytes, lines: list[str], tmp_path: Path):
    path = tmp_path / "text"
    path.write_bytes(data)
    assert list(read_lines(path, STRICT)) == lines
    assert list(read_lines([path, path], STRICT)) == lines + lines  # a file's end ends its line


@given(text=texts, piece_bytes=st.integers(1, 16))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_lines_are_cut_at_newlines_only(text: str, piece_bytes: int):
    expected = text.removeprefix("\ufeff").split("\n")
    if expected[-1] == "":
        expected.pop()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "_LINES_BYTES", piece_bytes)
        lines = list(corpus._lines_of(source_of(text.encode()), STRICT))
    assert lines == [line.removesuffix("\r") for line in expected]


# --- real text


def encoded_files(data: Path) -> Iterator[tuple[str, str, bytes]]:
    """Name, encoding and bytes of files whose folder names their encoding."""
    renamed = {"macroman": "mac_roman", "maccyrillic": "mac_cyrillic"}
    with zipfile.ZipFile(data / "messy" / "encodings.zip") as archive:
        for name in archive.namelist():
            encoding = re.sub("-[a-z]{5,}$", "", name.split("/")[0].lower())  # iso-8859-2-czech
            yield name, renamed.get(encoding, encoding), archive.read(name)


@pytest.mark.filterwarnings("ignore::textseq.text.notices.TextNotice")
def test_files_in_47_encodings(data: Path):
    n_strict = n_files = 0
    for name, encoding, content in encoded_files(data):
        config = TextConfig(encoding=encoding)
        n_files += 1
        try:
            expected = content.decode(encoding).removeprefix("\ufeff").encode()
        except UnicodeDecodeError as error:
            with pytest.raises(TextDecodeError, match=rf"byte {error.start} \(line \d+\)"):
                list(read_blocks(source_of(content, name), config, 1000))
        else:
            n_strict += 1
            assert b"".join(read_blocks(source_of(content), config, 1000)) == expected, name
        for other in (encoding, "utf-8", "utf-16", "euc-kr"):
            replace = TextConfig(encoding=other, errors="replace")
            check_blocks(list(read_blocks(source_of(content), replace, 1000)))
    assert n_files > 200
    assert n_strict > 0.9 * n_files


def test_every_file_of_the_test_data_can_be_streamed(data: Path):
    config = TextConfig(errors="replace")
    for name in ("messy/blns.txt", "messy/mbox-short.txt", "kowiki", "mr_polarity"):
        assert sum(1 for _ in read_lines(data / name, config)) > 700, name


# ---- byte order marks


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-8"])
@pytest.mark.parametrize("block_bytes", [1, 3, 7, 1 << 18])
@pytest.mark.parametrize("errors", ["strict", "replace"])
def test_a_byte_order_mark_names_the_encoding(codec: str, block_bytes: int, errors: Any):
    text = "한국 🙂\nà la carte\r\n\n끝"
    data = f"\ufeff{text}".encode(codec)
    config = TextConfig(errors=errors)
    assert b"".join(read_blocks(source_of(data), config, block_bytes)).decode() == text
    assert list(read_lines([source_of(data)], config)) == ["한국 🙂", "à la carte", "", "끝"]
    if codec != "utf-8":
        named = config.replace(encoding=codec[:6])
        assert b"".join(read_blocks(source_of(data), named, block_bytes)).decode() == text


def test_what_only_looks_like_a_byte_order_mark():
    config = TextConfig(errors="replace")
    for data in (b"\xff", b"\xfe", b"\0", b"\0\0", b"\0\0\xfe", b"\0a\n"):
        found = b"".join(read_blocks(source_of(data), config, 1))
        assert found.decode() == data.decode(errors="replace")
    assert list(read_blocks(source_of(b"\xff\xfe"), STRICT, 1)) == []  # UTF-16, and empty
    with pytest.raises(TextDecodeError, match=r"byte 2 .* is not utf-16-le"):
        list(read_blocks(source_of(b"\xff\xfe\0\xdc"), STRICT, 4))
    latin = TextConfig(encoding="latin-1")  # a name that was given is believed
    assert b"".join(read_blocks(source_of(b"\xff\xfea"), latin, 4)).decode() == "ÿþa"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ["привет мир\nдом и сад\n", "the cat sat\non the mat\n"])
def test_wide_text_without_a_mark_is_told(codec: str, text: str):
    source = source_of(text.encode(codec), "a.txt")
    with pytest.warns(TextNotice, match=f"a.txt: this looks like {codec}; --encoding {codec}"):
        b"".join(read_blocks(source, STRICT))
    found = b"".join(read_blocks(source, TextConfig(encoding=codec)))  # the advice
    assert found.decode() == text
    for plain in (text.encode(), b"a\0b c\n" * 9, b"\0"):
        list(read_blocks(source_of(plain), STRICT))


@pytest.mark.parametrize(
    "begin", [b"\x89PNG\r\n\x1a\n", b"%PDF-1.4\n%\xe2\xe3", b"\x93NUMPY\x01\x00"]
)
def test_a_file_that_is_no_text_is_said_to_be_none(tmp_path: Path, begin: bytes):
    path = tmp_path / "a.bin"
    path.write_bytes(begin + bytes(range(256)) * 40)
    with pytest.raises(ValueError, match=r"is not utf-8: .*; it begins as no text does; if it is"):
        list(read_lines(path, TextConfig()))
    path.write_bytes("ein schöner Text".encode("cp1252"))
    with pytest.raises(ValueError, match="is not utf-8: f6; give the right encoding"):
        list(read_lines(path, TextConfig()))
