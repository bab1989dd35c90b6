"""Shards: the parts are the whole, line for line, wherever the cuts fall."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.config import TextConfig
from textseq.text.reading.corpus import read_lines_of, read_units_of
from textseq.text.reading.shards import parse_shard, shard_sources
from textseq.text.reading.sources import find_sources

TEXT = TextConfig()


def parts(folder: Path, of: int, config: TextConfig = TEXT) -> list[list[str]]:
    sources = find_sources(folder)
    shards = [shard_sources(sources, (number, of), config) for number in range(1, of + 1)]
    return [list(read_units_of(shard, config)) for shard in shards]


lines = st.lists(st.text(st.sampled_from("aé한 \r"), max_size=6), max_size=12)


@given(files=st.lists(lines, min_size=1, max_size=4), of=st.integers(1, 9), ended=st.booleans())
@settings(max_examples=200, derandomize=True, deadline=None)
def test_parts_are_the_whole(
    files: list[list[str]], of: int, ended: bool, tmp_path_factory: pytest.TempPathFactory
):
    folder = tmp_path_factory.mktemp("shards")
    for number, content in enumerate(files):
        text = "\n".join(content) + ("\n" if ended else "")
        (folder / f"{number}.txt").write_bytes(text.encode())
        (folder / f"{number}.txt.gz").write_bytes(gzip.compress(text.encode()))
    whole = list(read_lines_of(find_sources(folder), TEXT))
    assert [line for part in parts(folder, of) for line in part] == whole
    by_file = TEXT.replace(unit="file")
    files_whole = list(read_units_of(find_sources(folder), by_file))
    assert len(files_whole) == 2 * len(files)
    assert [unit for part in parts(folder, of, by_file) for unit in part] == files_whole


def test_parts_are_of_equal_size(tmp_path: Path):
    (tmp_path / "text").write_text("".join(f"line {number}\n" for number in range(10_000)))
    sizes = [len(part) for part in parts(tmp_path, 4)]
    assert sum(sizes) == 10_000
    assert max(sizes) - min(sizes) < 300
    (source,) = shard_sources(find_sources(tmp_path), (3, 4), TEXT)
    with source.open() as stream:
        data = stream.read()
    assert abs(len(data) - 98_890 // 4) < 20  # it reads its part and no more
    assert source.position.n_bytes == source.size


def test_files_that_cannot_be_cut_stay_whole(tmp_path: Path):
    text = "".join(f"줄 {number}\n" for number in range(500))
    (tmp_path / "a").write_bytes(text.encode("utf-16-le"))
    utf16 = TEXT.replace(encoding="utf-16-le")
    assert [len(part) for part in parts(tmp_path, 3, utf16)] == [500, 0, 0]
    (tmp_path / "a").write_bytes(gzip.compress(text.encode()))
    assert [len(part) for part in parts(tmp_path, 3)] == [500, 0, 0]


@pytest.mark.parametrize("given", ["0/4", "5/4", "1", "a/b", "1/", "-1/4", "1/0", "¹/4"])
def test_a_shard_that_is_none(given: str):
    with pytest.raises(ValueError, match="shard is"):
        parse_shard(given)


def test_parse_shard():
    assert parse_shard("3/8") == (3, 8)


def test_what_has_no_size_has_no_shards():
    with pytest.raises(ValueError, match="standard input has no size"):
        shard_sources(find_sources("-"), (1, 2), TEXT)
    with pytest.raises(ValueError, match="has no size"):
        shard_sources(find_sources(iter(["a"])), (1, 2), TEXT)
