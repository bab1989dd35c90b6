"""Shards: the part of a corpus that one of several machines reads.

In: the sources of a whole corpus and (i, n). Out: the sources of part i of n, 1 <= i <= n. Parts
depend on nothing but names and sizes of the files, so that each machine finds its own; one behind
the other they are the whole, line for line. A plain file is cut at line ends, a packed one stays
whole. What becomes of the parts is put together by encoded/merging.py.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import BinaryIO

from textseq.config import TextConfig
from textseq.packing import as_file, packing
from textseq.text.reading.sources import Position, TextSource
from textseq.text.reading.text_files import has_wide_mark

Shard = tuple[int, int]

_READ_BYTES = 1 << 18


def parse_shard(given: str) -> Shard:
    """The (i, n) of "i/n"; ValueError unless 1 <= i <= n."""
    first, slash, second = given.partition("/")
    if not (
        slash and first.isascii() and first.isdigit() and second.isascii() and second.isdigit()
    ):
        raise ValueError(f"shard is {given!r}; it is written i/n, such as 1/8 for the first of 8")
    number, of = int(first), int(second)
    if not 1 <= number <= of:
        raise ValueError(f"shard is {given!r}; the shards of {of} are 1/{of} to {of}/{of}")
    return number, of


def shard_sources(
    sources: Sequence[TextSource], shard: Shard, config: TextConfig
) -> list[TextSource]:
    """The sources of one part; there may be none. ValueError for inputs without a size."""
    for source in sources:
        if source.size is None or source.path is None:
            raise ValueError(f"{source.name} has no size, so it cannot be cut into shards")
    number, of = shard
    total = sum(source.size or 0 for source in sources)
    start, stop = total * (number - 1) // of, total * number // of
    found: list[TextSource] = []
    at = 0  # where the source begins, of all bytes
    for source in sources:
        size = source.size or 0
        # At the very end there may be empty files: the last part takes them.
        begins_here = start <= at < stop or (number == of and at == total)
        whole = begins_here and at + size <= stop
        if whole or max(at, start) >= min(at + size, stop) or not _can_be_cut(source, config):
            if begins_here:
                found.append(source)
        else:
            found.append(_part(source, max(start - at, 0), min(stop - at, size)))
        at += size
    return found


def _can_be_cut(source: TextSource, config: TextConfig) -> bool:
    """Whether the byte 0x0A in it is a newline, always."""
    if config.unit == "file" or config.encoding.lower().replace("_", "-") not in _NEWLINE_IS_0A:
        return False
    with open(source.path or "", "rb") as file:
        head = file.read(16)
    return packing(head) is None and not has_wide_mark(head)


# In all other encodings a character may hold the byte 0x0A, so that files stay whole.
_NEWLINE_IS_0A = frozenset(
    ["utf-8", "utf8", "utf-8-sig", "ascii", "latin-1", "iso-8859-1", "euc-kr", "euc-jp", "gb2312"]
    + [f"cp125{number}" for number in range(9)]
    + [f"iso-8859-{number}" for number in range(2, 17)]
)


def _part(source: TextSource, start: int, stop: int) -> TextSource:
    """The lines of a file that begin at bytes `start` to before `stop`."""
    path, position = source.path or "", Position()

    def open_part() -> BinaryIO:
        file = open(path, "rb")  # noqa: SIM115 - the stream closes it
        position.n_bytes = 0
        return as_file(_lines_between(file, start, stop, position), file)

    name = f"{source.name} (from byte {start})"
    return replace(source, name=name, open=open_part, size=stop - start, position=position)


def _lines_between(
    file: BinaryIO, start: int, stop: int, position: Position
) -> Generator[bytes, None, None]:
    at = start
    if start:  # the line that holds the byte before belongs to the part before, if it goes on
        file.seek(start - 1)
        at = start - 1 + len(file.readline())
    if at < stop:
        file.seek(at)
    while at < stop:
        data = file.read(min(_READ_BYTES, stop - at))
        if not data:
            return
        at += len(data)
        position.n_bytes = at - start
        if at == stop and not data.endswith(b"\n"):
            data += file.readline()  # the last line, to its end
        yield data
