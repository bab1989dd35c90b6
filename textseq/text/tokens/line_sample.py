"""LineSample: a fair sample of the lines of a text that takes no more than so many bytes.

In: lines, from anywhere, once. Out: some of them, in their order: all, where they fit. Which
ones depends on nothing but the text, so the same text gives the same sample. It neither
cleans nor cuts words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PART = 1 << 16  # characters; a longer line counts as several, or one line could be all or nothing
_ALL = 1 << 64


@dataclass(frozen=True)
class LineSample:
    """The lines kept, and how many lines and bytes of UTF-8 there were in all."""

    lines: list[str]
    n_bytes: int
    n_lines_seen: int
    n_bytes_seen: int

    @property
    def is_whole(self) -> bool:
        """Whether every line was kept."""
        return len(self.lines) == self.n_lines_seen


def sample_lines(lines: Iterable[str], max_bytes: int) -> LineSample:
    """Lines drawn evenly from the whole text, at most `max_bytes` of them; memory stays below.

    Lines longer than `PART` are cut at a space and count as several.
    """
    kept: list[tuple[int, int, str]] = []  # number, bytes, line
    threshold, n_bytes, n_lines_seen, n_bytes_seen = _ALL, 0, 0, 0
    for line in _parts(lines):
        size = len(line.encode("utf-8", "surrogatepass")) + 1
        number, n_lines_seen = n_lines_seen, n_lines_seen + 1
        n_bytes_seen += size
        if threshold < _ALL and _draw(number) >= threshold:
            continue
        kept.append((number, size, line))
        n_bytes += size
        while n_bytes > max_bytes and len(kept) > 1:
            threshold //= 2
            kept = [entry for entry in kept if _draw(entry[0]) < threshold]
            n_bytes = sum(entry[1] for entry in kept)
    return LineSample([line for _, _, line in kept], n_bytes, n_lines_seen, n_bytes_seen)


def _parts(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        start = 0
        while len(line) - start > PART:
            space = line.rfind(" ", start, start + PART)
            stop = start + PART if space <= start else space
            yield line[start:stop]
            start = stop
        yield line[start:] if start else line


def _draw(number: int) -> int:
    """A number below 2^64 for each line, as if drawn by chance (SplitMix64)."""
    mixed = (number + 1) * 0x9E3779B97F4A7C15 % _ALL
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 % _ALL
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB % _ALL
    return mixed ^ mixed >> 31
