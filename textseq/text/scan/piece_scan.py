"""PieceScan: one pass over a corpus on the fast path, exact and in bounded memory.

In: blocks of text and options of which every step is per word. Out: the Vocab, then the ids.
Each thread fills a table of pieces (pieces.py) and lays their numbers away. Tables that get large
are written to disk and merged by partitions, so that nothing is left out and nothing piles
up. Whatever the threads and the limits, the result is that of plain_scan.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from textseq.config import TextConfig
from textseq.text.encoded.corpus import IdBlock
from textseq.text.hash_tables.word_counter import PackedWords, WordCounter
from textseq.text.scan.pieces import (
    PARTITIONS,
    ClosedTable,
    IdMap,
    PieceTokens,
    map_ids,
    read_prefixes,
    take_words,
    tokenize_pieces,
)
from textseq.text.scan.spool import BlockReader, Limits, Spool, Tally
from textseq.text.vocab import DEFAULT_SPECIALS, UNK, Vocab

_WORDS_AT_ONCE = (
    1 << 16
)  # words that are Python strings at the same time, beside those of the Vocab
_TICK = 0.1  # seconds between two calls of `tick`


class _Segment(NamedTuple):
    """Where the ids of a block are: of which worker's how-manieth table, at which bytes."""

    block: int
    worker: int
    table: int
    n_ids: int
    ids_at: int
    n_lines: int
    lines_at: int


class _Worker:
    """One thread: its table of pieces, the tables it has closed, and its spool."""

    def __init__(self, number: int, scan: PieceScan) -> None:
        self.table = WordCounter()
        self.closed: list[ClosedTable] = []
        self.spool = Spool(scan.folder)
        self.segments: list[_Segment] = []
        self._number = number
        self._scan = scan

    def run(self, blocks: BlockReader) -> None:
        """Scan blocks as long as there are any."""
        try:
            while (taken := blocks.take()) is not None:
                self._scan_block(*taken)
        except BaseException:
            blocks.stop()  # the others need not go on
            raise

    def _scan_block(self, number: int, block: bytes) -> None:
        scan = self._scan
        self._begin(number)
        for ids, line_ends in self.table.scan(block):
            if scan.keep_ids:
                self.spool.append(ids)
                self._lines.append(line_ends + np.int32(self._n_ids))
                self._n_ids += len(ids)
            if len(self.table) > scan.most_words or self.table.n_bytes > scan.most_bytes:
                self._end()
                found = tokenize_pieces(self.table, scan.config)
                self.closed.append(ClosedTable(found, self.spool))
                self.table.clear()
                self._begin(number)
        self._end()

    def _begin(self, block: int) -> None:
        self._block, self._ids_at, self._n_ids = block, self.spool.n_bytes, 0
        self._lines: list[NDArray[np.int32]] = []

    def _end(self) -> None:
        if self._lines:
            line_ends = np.concatenate(self._lines)
            lines_at = self.spool.append(line_ends)
            self.segments.append(
                _Segment(
                    self._block, self._number, len(self.closed),
                    self._n_ids, self._ids_at, len(line_ends), lines_at,
                )
            )  # fmt: skip


class PieceScan:
    """All sources, scanned by several threads; then the Vocab, then the ids in order."""

    def __init__(
        self, config: TextConfig, folder: Path | None, *, threads: int, keep_ids: bool,
        limits: Limits,
    ) -> None:  # fmt: skip
        """`folder` holds temporary files; without `keep_ids` there will be a Vocab only."""
        self.config = config
        self.folder = folder
        self.keep_ids = keep_ids
        self.most_words = max(limits.words // threads, min(limits.words, limits.words_per_thread))
        self.most_bytes = limits.word_bytes * self.most_words // limits.words
        self._merge_words = limits.words
        self._workers = [_Worker(number, self) for number in range(threads)]
        self._united_ids: list[NDArray[np.int32]] = []  # of each worker's pieces, if several
        self._open: PieceTokens | ClosedTable

    def run(self, blocks: BlockReader, tick: Callable[[], None]) -> None:
        """Scan all blocks; `tick` is called from this thread, now and then."""
        with ThreadPoolExecutor(len(self._workers)) as pool:
            try:
                running = [pool.submit(worker.run, blocks) for worker in self._workers]
                while wait(running, _TICK, FIRST_EXCEPTION).not_done:
                    tick()
            finally:
                blocks.stop()
        for worker in running:
            worker.result()
        tick()
        self._unite()

    def _unite(self) -> None:
        """Make one table of those that the workers still have open."""
        # Cleaning in Python then sees a piece once, not once a thread.
        united = self._workers[0].table if len(self._workers) == 1 else WordCounter()
        for worker in self._workers:
            if worker.table is not united:
                self._united_ids.append(united.add(worker.table.words, worker.table.counts))
            del worker.table
        self._open = tokenize_pieces(united, self.config)
        self._closed = [table for worker in self._workers for table in worker.closed]
        if self._closed:
            closed = ClosedTable(self._open, self._workers[0].spool)
            self._open = closed
            self._closed.append(closed)

    # --- the Vocab

    def tally(self) -> Tally:
        """Count the tokens and choose the Vocab."""
        config = self.config
        specials = PackedWords.of([special.encode() for special in DEFAULT_SPECIALS])
        kept_words, kept_counts = [], []
        n_tokens = n_distinct = top_count = 0
        for table in self._merged():
            counts = table.counts.copy()
            n_tokens += int(counts.sum())
            special_ids = table.find(specials)
            counts[special_ids[special_ids >= 0]] = 0  # in a text they are words, unknown ones
            n_distinct += int(np.count_nonzero(counts))
            top_count = max(top_count, int(counts.max(initial=0)))
            chosen = np.flatnonzero(counts >= config.min_count)
            kept_words.append(take_words(table.words, chosen))
            kept_counts.append(counts[chosen])
        words, counts = _joined(kept_words), np.concatenate(kept_counts)
        order = _ranking(words, counts)[: config.max_vocab]
        tokens = list(DEFAULT_SPECIALS)
        for start in range(0, len(order), _WORDS_AT_ONCE):
            ranked = take_words(words, order[start : start + _WORDS_AT_ONCE])
            tokens += [word.decode("utf-8") for word in ranked.to_list()]
        all_counts = np.append(np.zeros(len(DEFAULT_SPECIALS), np.int64), counts[order])
        all_counts[DEFAULT_SPECIALS.index(UNK)] = n_tokens - all_counts.sum()
        vocab = Vocab(tokens, all_counts)
        return Tally(vocab, n_tokens, n_distinct, top_count)

    def _merged(self) -> Iterator[WordCounter]:
        """All tokens with their counts added up: one table, or if need be several disjoint ones."""
        if isinstance(self._open, PieceTokens):
            yield self._open.tokens
            return
        sizes = np.sum([np.diff(table.bounds) for table in self._closed], axis=0)
        first, merged = 0, WordCounter()
        while first < PARTITIONS:
            last = first + 1
            while last < PARTITIONS and sizes[first : last + 1].sum() <= self._merge_words:
                last += 1
            merged.clear()
            for table in self._closed:
                merged.add(*table.read_part(first, last))
            yield merged
            first = last

    # --- the ids

    def ids(self, vocab: Vocab) -> Iterator[IdBlock]:
        """The ids of the text, in pieces, each with the ends of the lines within it."""
        known = WordCounter()
        for start in range(0, len(vocab), _WORDS_AT_ONCE):
            tokens = vocab.tokens[start : start + _WORDS_AT_ONCE]
            words = PackedWords.of([token.encode("utf-8", "surrogatepass") for token in tokens])
            known.add(words, vocab.counts[start : start + _WORDS_AT_ONCE])
        if len(known) < len(vocab):
            vocab.ids  # noqa: B018 - raises: a token stands twice
        open_map = IdMap(*self._open.read(), known, vocab)
        maps: dict[int, tuple[int, IdMap]] = {}  # of each worker, the closed table in use
        for at in sorted(segment for worker in self._workers for segment in worker.segments):
            worker = self._workers[at.worker]
            ids = worker.spool.read(at.ids_at, at.n_ids, np.int32)
            line_ends = worker.spool.read(at.lines_at, at.n_lines, np.int32)
            if at.table == len(worker.closed):
                if self._united_ids:
                    ids = map_ids(ids, self._united_ids[at.worker])
                yield open_map.apply(ids, line_ends)
            else:
                if at.worker not in maps or maps[at.worker][0] != at.table:
                    maps[at.worker] = at.table, IdMap(*worker.closed[at.table].read(), known, vocab)
                yield maps[at.worker][1].apply(ids, line_ends)

    def close(self) -> None:
        """Give the space of the temporary files back."""
        for worker in self._workers:
            worker.spool.close()


# --- the order of a Vocab


def _joined(parts: list[PackedWords]) -> PackedWords:
    """The words of all parts as one."""
    lengths = np.concatenate([np.zeros(1, np.int64), *(np.diff(part.ends) for part in parts)])
    return PackedWords(np.concatenate([part.blob for part in parts]), np.cumsum(lengths))


def _ranking(words: PackedWords, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Word numbers by falling count, ties in the order of bytes, which is that of code points."""
    prefixes = np.empty(len(counts), np.uint64)
    read_prefixes(words.blob, words.ends, prefixes)
    order = np.lexsort((prefixes, -counts))
    # Where count and first 8 bytes are equal, Python compares the rest.
    tied = (np.diff(counts[order]) == 0) & (np.diff(prefixes[order]) == 0)
    edges = np.flatnonzero(np.diff(tied, prepend=False, append=False)).tolist()
    for start, last in zip(edges[::2], edges[1::2], strict=True):
        run = order[start : last + 1]
        spelled = take_words(words, run).to_list()
        order[start : last + 1] = run[sorted(range(len(run)), key=spelled.__getitem__)]
    return order
