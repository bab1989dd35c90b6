"""Spool: what the fast and the plain pass over a corpus share.

In: sources of text. Out: their blocks, handed to any number of threads, counted and hashed on
the way; and arrays kept on disk until they are read back. It does not look into the text, but
lets line_stage.py do so between reading and handing out.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from textseq.config import TextConfig
from textseq.text.reading.corpus import TEXT_BLOCK_BYTES, LineLimit, TextSource, read_blocks
from textseq.text.reading.sources import SourceReader
from textseq.text.scan.line_stage import LineStage
from textseq.text.vocab import Vocab


@dataclass(frozen=True)
class Limits:
    """How much a pass keeps in memory; the result is the same whatever they are.

    `words`, `word_bytes`: distinct words (and their length) of all threads together, after which
    they are written away. `words_per_thread`: the least that each of many threads may keep.
    """

    block_bytes: int = TEXT_BLOCK_BYTES
    words: int = 900_000
    word_bytes: int = 1 << 25
    words_per_thread: int = 100_000


class Tally(NamedTuple):
    """What a pass found: the Vocab, all running words, the distinct ones and their top count.

    Special tokens that stand in the text are running words, but not among the distinct ones.
    """

    vocab: Vocab
    n_tokens: int
    n_distinct: int
    top_count: int


class BlockReader:
    """The text of all sources as numbered blocks, for any number of threads.

    A newline is added where a file ends without one: files end lines. Small files share a block.
    `n_bytes` and `digest` (BLAKE2b, 256 bits) describe the text read so far, decoded and
    decompressed; `share` is how much of all that is, 0 to 1, or None where the sizes are not
    known. The blocks have been through the line stage, if there is one. `whole_lines`: each line
    will be held whole, so that a longer one than config.longest_line says is a ValueError.
    """

    def __init__(
        self,
        sources: Sequence[TextSource],
        config: TextConfig,
        block_bytes: int,
        stage: LineStage | None = None,
        processes: int = 1,
        *,
        whole_lines: bool = False,
    ) -> None:
        self.n_bytes = 0
        self._reading = SourceReader(sources)
        self._hash = hashlib.blake2b(digest_size=32)
        by_file = config.unit == "file"
        read = _blocks(self._reading.each(), config, block_bytes, whole_lines=whole_lines)
        least = block_bytes // 8
        blocks: Iterator[bytes] = self._counted(read if by_file else _gathered(read, least))
        if stage is not None:
            blocks = stage.run(blocks, processes)
        self._staged = blocks
        self._blocks = enumerate(_gathered(blocks, least) if by_file else blocks)
        self._lock = threading.Lock()
        self._stopped = False

    def _counted(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self._hash.update(block)
            self.n_bytes += len(block)
            yield block

    def take(self) -> tuple[int, bytes] | None:
        """The next block and its number, or None at the end."""
        with self._lock:
            return None if self._stopped else next(self._blocks, None)

    def stop(self) -> None:
        """Let all threads find the end at once."""
        self._stopped = True

    def close(self) -> None:
        """End the processes of the line stage, if there are any."""
        self.stop()
        with self._lock:
            if isinstance(self._staged, Generator):
                self._staged.close()

    @property
    def share(self) -> float | None:
        """How much of the text on disk was read."""
        size = self._reading.size
        return min(1.0, self._reading.n_bytes / size) if size else None

    @property
    def digest(self) -> str:
        """The hash in hexadecimal digits."""
        return self._hash.hexdigest()


def _blocks(
    sources: Iterable[TextSource], config: TextConfig, block_bytes: int, *, whole_lines: bool
) -> Iterator[bytes]:
    for source in sources:
        blocks = read_blocks(source, config, block_bytes)
        if config.unit == "file" and not source.gives_lines:
            limit = LineLimit(source, config)
            begun = []
            for block in blocks:
                limit.check(len(block))
                begun.append(block)
            text = b"".join(begun)
            yield text if text.endswith(b"\n") else text + b"\n"
            continue
        block = b"\n"
        for block in _limited(blocks, LineLimit(source, config)) if whole_lines else blocks:
            yield block
        if not block.endswith(b"\n"):
            yield b"\n"


def _limited(blocks: Iterable[bytes], limit: LineLimit) -> Iterator[bytes]:
    """The same blocks; ValueError where a line gets too long."""
    for block in blocks:
        ended = block.rfind(b"\n") + 1
        if ended:
            limit.end(block.count(b"\n"))
        limit.check(len(block) - ended)
        yield block


def _gathered(blocks: Iterable[bytes], least: int) -> Iterator[bytes]:
    """The blocks, small ones joined until they have the `least` number of bytes."""
    begun: list[bytes] = []
    n_bytes = 0
    for block in blocks:
        if len(block) >= least:
            if begun:
                yield b"".join(begun)
                begun, n_bytes = [], 0
            yield block
            continue
        begun.append(block)
        n_bytes += len(block)
        if n_bytes >= least:
            yield b"".join(begun)
            begun, n_bytes = [], 0
    if begun:
        yield b"".join(begun)


class Spool:
    """Arrays in one nameless file, `n_bytes` long, gone when closed or when the process dies."""

    def __init__(self, folder: Path | None) -> None:
        """A file in `folder`, or where the system keeps temporary files."""
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115
        self.n_bytes = 0

    def append(self, array: NDArray[Any]) -> int:
        """Write an array; returns where it is."""
        start = self.n_bytes
        data = np.ascontiguousarray(array).data.cast("B") if array.size else memoryview(b"")
        self._file.seek(start)
        while data:  # one call writes 2 GiB at most
            data = data[self._file.write(data) :]
        self.n_bytes = start + array.nbytes
        return start

    def read(self, start: int, n_items: int, dtype: DTypeLike) -> NDArray[Any]:
        """So many items of an array from `start`, in bytes, on."""
        array = np.empty(n_items, dtype)
        data = array.data.cast("B") if n_items else memoryview(b"")
        self._file.seek(start)
        while data:
            n_bytes = self._file.readinto(data)
            if not n_bytes:
                raise OSError("a temporary file was cut off while it was in use")
            data = data[n_bytes:]
        return array

    def close(self) -> None:
        """Give the space back."""
        self._file.close()
