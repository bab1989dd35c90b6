"""LineStage: the work that must see a whole line, or a whole file, before words are looked at.

In: blocks of UTF-8, as corpus.py cuts them. Out: blocks again, cleaned as far as whole lines are
needed and without the lines that a filter drops; what is left to do word by word is `rest`. Blocks
in which no step finds anything to do pass through as they are. When the work gets long, several
processes share it (workers.py); order and result stay the same.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing

from textseq.config import FilterConfig, TextConfig
from textseq.text.cleaning.filters import LineFilter
from textseq.text.cleaning.steps import STEPS, is_per_word
from textseq.text.scan.workers import CleaningWorkers, make_block_cleaner

ALONE_SECONDS = 1.0  # work of one process before others are started: what starting them costs
_PIECE_BYTES = 1 << 18  # what a process gets at a time: wiki pages take a second a MiB


class LineStage:
    """The steps of `config` that need whole lines, and the filters.

    `rest` is `config` with the cleaning steps that are left for `str.split`'s words.
    """

    def __init__(
        self,
        config: TextConfig,
        filters: FilterConfig | None = None,
        *,
        whole: bool = False,
        keep_lines: bool = False,
    ) -> None:
        """`whole`: do all steps here, as filters need it too; ValueError for unknown steps.

        `keep_lines`: with unit="file" a file keeps its lines, and does not become one.
        """
        is_per_word(config.steps)  # knows the names
        self._filter = None if filters is None or filters.keeps_all else LineFilter(filters)
        n_here = len(config.steps)
        if not (whole or self._filter):
            while n_here and STEPS[config.steps[n_here - 1]].per_word:
                n_here -= 1
        self.steps = config.steps[:n_here]
        self.rest = config.replace(clean=config.steps[n_here:], lowercase=False)
        self._by_file, self._keep_lines = config.unit == "file", keep_lines

    @property
    def is_idle(self) -> bool:
        """Whether blocks pass through unchanged."""
        return not (self.steps or self._filter or self._by_file)

    @property
    def dropped(self) -> dict[str, int]:
        """How many lines the filters have dropped so far, by reason; empty without filters."""
        return {} if self._filter is None else dict(self._filter.dropped)

    def run(self, blocks: Iterable[bytes], processes: int = 1) -> Iterator[bytes]:
        """The blocks after this stage; each ends with a newline, and so must the text.

        With unit="file" each block is one file whole.
        """
        if self.is_idle:
            yield from blocks
            return
        pieces = iter(blocks) if self._by_file else _whole_lines(blocks)
        with closing(self._cleaned(pieces, processes)) as cleaned:
            for piece in cleaned:
                kept = piece if self._filter is None else self._kept(piece, self._filter)
                if kept:
                    yield kept

    def _cleaned(self, pieces: Iterator[bytes], processes: int) -> Generator[bytes, None, None]:
        how = {"by_file": self._by_file, "keep_lines": self._keep_lines}
        clean = make_block_cleaner(self.steps, **how)
        seconds = 0.0
        for piece in pieces:
            start = time.monotonic()
            cleaned = clean(piece)
            seconds += time.monotonic() - start
            yield cleaned
            if seconds > ALONE_SECONDS and processes > 1:
                break
        else:
            return
        with CleaningWorkers(self.steps, processes, **how) as workers:
            yield from workers.map(pieces)

    def _kept(self, piece: bytes, line_filter: LineFilter) -> bytes:
        text = piece.decode("utf-8").removesuffix("\n")
        lines = [text] if self._by_file else text.split("\n")
        kept = [line + "\n" for line in lines if line_filter.keep(line.removesuffix("\r"))]
        return "".join(kept).encode()


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces of whole lines, of _PIECE_BYTES or more."""
    begun: list[bytes] = []  # of a line whose end has not come yet
    for block in blocks:
        start = 0
        while start < len(block):
            stop = block.find(b"\n", start + _PIECE_BYTES) + 1 or block.rfind(b"\n", start) + 1
            if stop <= start:
                begun.append(block[start:])
                break
            if begun:
                begun.append(block[start:stop])
                piece = b"".join(begun)
                begun.clear()  # a long line is not kept twice
                yield piece
                del piece
            else:
                yield block[start:stop]
            start = stop
    if begun:
        yield b"".join([*begun, b"\n"])
