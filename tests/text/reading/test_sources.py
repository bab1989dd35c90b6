"""Sources: what can be read once and what twice, and how often the system is asked for them."""

from __future__ import annotations

import gzip
import io
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from textseq.config import TextConfig
from textseq.text.encode import count_files, encode_files, train_tokenizer
from textseq.text.reading.corpus import read_lines_of
from textseq.text.reading.sources import SourceReader, find_sources, readable_twice
from textseq.text.scan.spool import BlockReader

TEXT = b"the cat sat\non the mat\n" * 50
CONFIG = TextConfig(min_count=1)


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """A pipe that is opened a second time would wait for ever."""

    def too_long(*_: Any) -> None:
        raise TimeoutError("somebody waits for a pipe that has no writer")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def pipe(tmp_path: Path) -> str:
    """A named pipe into which somebody writes TEXT, once."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    threading.Thread(target=path.write_bytes, args=(TEXT,), daemon=True).start()
    return str(path)


def test_a_pipe_with_a_path_is_read_once(pipe: str):
    (source,) = find_sources(pipe)
    assert source.once
    assert source.size is None
    assert list(read_lines_of([source], CONFIG))[:2] == ["the cat sat", "on the mat"]
    with pytest.raises(ValueError, match=r"pipe can be read only once; save it to a file"):
        list(read_lines_of([source], CONFIG))


def test_what_is_kept_is_read_again(pipe: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    plain = tmp_path / "plain"
    plain.write_bytes(TEXT)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(TEXT))))
    found = find_sources([pipe, "-", str(plain)])
    lines = list(find_sources(iter(["BZh91AY&SY is no archive here", "x"])))
    with readable_twice([*found, *lines]) as kept:
        assert [source.name for source in kept[:3]] == [pipe, "standard input", str(plain)]
        assert kept[2] is found[2]  # a file is not copied
        first, again = (list(read_lines_of(kept, CONFIG)) for _ in range(2))
    assert first == again
    assert first == TEXT.decode().split("\n")[:-1] * 3 + ["BZh91AY&SY is no archive here", "x"]
    assert (kept[1].size or len(TEXT)) < len(TEXT)  # it stays packed
    assert not sys.stdin.closed


def test_copies_are_gone_after_an_error(pipe: str, tmp_path: Path):
    def work() -> None:
        with readable_twice(find_sources(pipe), tmp_path):
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.parametrize("tokenizer", ["whitespace", "bpe", "char"])
@pytest.mark.filterwarnings("ignore:subword_vocab has no effect")
def test_a_pipe_gives_what_its_file_gives(tokenizer: Any, pipe: str, tmp_path: Path):
    config = TextConfig(min_count=1, tokenizer=tokenizer, subword_vocab=40)
    (tmp_path / "file").write_bytes(TEXT)
    wanted = encode_files(str(tmp_path / "file"), config, tmp_path / "a")
    found = encode_files(pipe, config, tmp_path / "b")
    assert found.ids.tolist() == wanted.ids.tolist()
    assert found.vocab.counts.tolist() == wanted.vocab.counts.tolist()


def test_sources_that_were_found_are_inputs(pipe: str, tmp_path: Path):
    with readable_twice(find_sources(pipe)) as kept:
        config = TextConfig(tokenizer="bpe", subword_vocab=40)
        trained = train_tokenizer(kept, config, tmp_path / "tokenizer.json")
        assert count_files(kept, trained).counts.sum() == 300


# --- many files


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """400 small files in folders."""
    for number in range(400):
        folder = tmp_path / "many" / f"{number % 7}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.txt").write_text(f"word{number} of many\n")
    return tmp_path / "many"


def test_the_system_is_asked_once_for_each_file(many: Path, monkeypatch: pytest.MonkeyPatch):
    asked: Counter[str] = Counter()
    stat = os.stat

    def counting(path: Any, *arguments: Any, **more: Any) -> os.stat_result:
        asked[str(path)] += 1
        return stat(path, *arguments, **more)

    monkeypatch.setattr(os, "stat", counting)
    sources = find_sources(str(many))
    assert len(sources) == 400
    assert {asked[source.name] for source in sources} == {1}


def test_order_and_sizes(many: Path):
    sources = find_sources(str(many))
    paths = [Path(source.name) for source in sources]
    assert paths == sorted(paths, key=lambda path: path.parts)
    assert [source.size for source in sources] == [path.stat().st_size for path in paths]


def test_small_files_share_blocks_and_progress_costs_the_same(many: Path):
    sources = find_sources(str(many))
    looked_at = 0

    class Counted(list[Any]):
        def __iter__(self) -> Iterator[Any]:
            nonlocal looked_at
            looked_at += 1
            return super().__iter__()

    blocks = BlockReader(Counted(sources), CONFIG, 1 << 16)
    before, n_blocks, shares = looked_at, 0, []
    while blocks.take() is not None:
        n_blocks += 1
        shares.append(blocks.share)
    assert n_blocks < 10
    assert looked_at - before <= 1  # not once for each block, or each look at the progress
    assert shares[-1] == 1.0
    assert blocks.n_bytes == sum(source.size or 0 for source in sources)


def test_reading_says_how_far_it_is(tmp_path: Path):
    for name in "ab":
        (tmp_path / name).write_bytes(TEXT)
    reading = SourceReader(find_sources(str(tmp_path)))
    assert (reading.size, reading.n_bytes) == (2 * len(TEXT), 0)
    n_lines = sum(1 for _ in read_lines_of(reading.each(), CONFIG))
    assert (n_lines, reading.n_bytes) == (200, 2 * len(TEXT))
    assert SourceReader(find_sources(iter(["a"]))).size is None
