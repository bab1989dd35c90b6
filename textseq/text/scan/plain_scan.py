"""PlainScan: lines to ids in ordinary Python, for any cleaning and any tokenizer.

In: blocks, or lines, and the options. Out: the Vocab, then the ids, which wait on disk or in
memory. It says what the fast path (piece_scan.py) has to give, and serves where words cannot be
looked at one by one: characters, morphemes, a tokenizer.json of others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from textseq.config import TextConfig
from textseq.text.cleaning.steps import is_per_word, make_cleaner
from textseq.text.encoded.corpus import IdBlock
from textseq.text.reading.corpus import split_lines
from textseq.text.scan.spool import BlockReader, Spool, Tally
from textseq.text.tokens.adapter import Tokenizer
from textseq.text.tokens.tokenizer import LONG, cut_long_text, load_tokenizer
from textseq.text.vocab import DEFAULT_SPECIALS, UNK, Vocab

_KEPT_TOKENS = 1 << 20  # tokens in memory before they are put away
_BATCH_CHARS = 1 << 20  # of lines that are cut together; a token of some tokenizers is 200 bytes


class Numbers(Protocol):
    """Gives the tokens of a text numbers, in the order of first sight or by a vocabulary."""

    def of(self, lines: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The numbers of all tokens of the lines, and how many tokens each line has."""

    def tokens(self) -> list[str]:
        """The token of each number."""


class TokenNumbers:
    """Any tokenizer that gives strings: a dict numbers them."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._ids: defaultdict[str, int] = defaultdict()
        self._ids.default_factory = self._ids.__len__

    def of(self, lines: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """See Numbers."""
        cut_all, cut = self._tokenizer.split_all, self._tokenizer.split
        token_lists = cut_all(lines) if cut_all else [cut(line) for line in lines]
        sizes = np.fromiter(map(len, token_lists), np.int64, len(lines))
        number = self._ids.__getitem__
        ids = map(number, chain.from_iterable(token_lists))
        return np.fromiter(ids, np.int32, int(sizes.sum())), sizes

    def tokens(self) -> list[str]:
        """See Numbers."""
        return list(self._ids)


class CharNumbers:
    """Characters: a table over all code points numbers them, a line at a time costs nothing."""

    def __init__(self) -> None:
        self._chars: list[str] = []
        self._becomes = np.full(0x110000, -1, np.int32)

    def of(self, lines: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """See Numbers."""
        sizes = np.fromiter(map(len, lines), np.int64, len(lines))
        points = np.frombuffer("".join(lines).encode("utf-32-le", "surrogatepass"), "<u4")
        ids = self._becomes[points]
        new, first = np.unique(points[ids < 0], return_index=True)
        if new.size:
            new = new[np.argsort(first)]
            self._becomes[new] = np.arange(len(new), dtype=np.int32) + len(self._chars)
            self._chars += map(chr, new.tolist())
            ids = self._becomes[points]
        return ids, sizes

    def tokens(self) -> list[str]:
        """See Numbers."""
        return self._chars


class FixedNumbers:
    """A tokenizer with a vocabulary of its own: its ids."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._encode_all: Any = tokenizer.encode_all
        self._tokens = list(tokenizer.tokens or ())

    def of(self, lines: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """See Numbers."""
        id_lists = self._encode_all(lines)
        sizes = np.fromiter(map(len, id_lists), np.int64, len(lines))
        ids = np.fromiter(chain.from_iterable(id_lists), np.int32, int(sizes.sum()))
        return ids, sizes

    def tokens(self) -> list[str]:
        """See Numbers."""
        return self._tokens


def _numbers_for(config: TextConfig) -> Numbers:
    tokenizer = load_tokenizer(config)
    if config.tokenizer == "char":
        return CharNumbers()
    return TokenNumbers(tokenizer) if tokenizer.encode_all is None else FixedNumbers(tokenizer)


class _SpooledArray:
    """An array in a spool, or in memory where there is none."""

    def __init__(self, array: NDArray[Any], spool: Spool | None) -> None:
        # Not array[:0]: a view would keep the whole array alive.
        self._array = array if spool is None else np.empty(0, array.dtype)
        self._spool = spool
        self._n_items = len(array)
        self._start = 0 if spool is None else spool.append(array)

    def read(self) -> NDArray[Any]:
        """The array."""
        if self._spool is None:
            return self._array
        return self._spool.read(self._start, self._n_items, self._array.dtype)


class PlainScan:
    """One pass over text: `run` (or `add` lines), then `tally`, then `ids`."""

    def __init__(self, config: TextConfig, spool: Spool | None) -> None:
        """Without a `spool` all stays in memory."""
        self._config = config
        self._clean = make_cleaner(config.steps)
        self._spool = spool
        self._numbers = _numbers_for(config)
        self._counts = np.zeros(0, np.int64)
        tokenizer = load_tokenizer(config)
        self._in_pieces = tokenizer.per_word or config.tokenizer == "char"
        self._by_word = tokenizer.per_word and is_per_word(config.steps)
        self._open = 0  # tokens in `_begun` of a line that has not ended
        self._begun: list[NDArray[np.int32]] = []
        self._sizes: list[NDArray[np.int64]] = []
        self._n_begun = 0
        self._batches: list[tuple[_SpooledArray, _SpooledArray]] = []

    def run(self, blocks: BlockReader, tick: Callable[[], None]) -> None:
        """Add all lines of the text; `tick` is called after each block."""
        begun: list[bytes] = []  # of a line whose end has not come yet
        while (taken := blocks.take()) is not None:
            ended, newline, rest = taken[1].rpartition(b"\n")
            if newline:
                begun.append(ended)
                del ended
                self.add(split_lines(begun))  # which empties it
            begun.append(rest)
            tick()

    def add(self, lines: Sequence[str]) -> None:
        """Clean and cut lines and give their tokens numbers."""
        for batch in _batches(lines):
            if len(batch[-1]) > LONG and self._in_pieces:
                self._add_long(batch[-1])
                continue
            ids, sizes = self._numbers.of([self._clean(line) for line in batch])
            self._keep(ids, sizes)

    def _add_long(self, line: str) -> None:
        """A line piece by piece; its tokens would take many times its size."""
        anywhere = self._config.tokenizer == "char"
        by_word = self._by_word
        for piece in cut_long_text(line if by_word else self._clean(line), anywhere=anywhere):
            ids, _ = self._numbers.of([self._clean(piece) if by_word else piece])
            self._open += len(ids)
            self._keep(ids, np.zeros(0, np.int64))
        ended = np.array([self._open], np.int64)
        self._open = 0
        self._keep(np.zeros(0, np.int32), ended)

    def _keep(self, ids: NDArray[np.int32], sizes: NDArray[np.int64]) -> None:
        self._begun.append(ids)
        self._sizes.append(sizes)
        self._n_begun += len(ids) + len(sizes)
        if self._n_begun >= _KEPT_TOKENS:
            self._put_away()

    def _put_away(self) -> None:
        self._open = 0  # the rest of a line that is open is counted from here
        ids = np.concatenate([np.zeros(0, np.int32), *self._begun])
        line_ends = np.cumsum(np.concatenate([np.zeros(0, np.int64), *self._sizes]))
        counts = np.bincount(ids, minlength=len(self._counts)).astype(np.int64)
        counts[: len(self._counts)] += self._counts
        self._counts = counts
        self._batches.append(
            (_SpooledArray(ids, self._spool), _SpooledArray(line_ends, self._spool))
        )
        self._begun, self._sizes, self._n_begun = [], [], 0

    def tally(self) -> Tally:
        """Count the tokens and choose the Vocab."""
        self._put_away()
        config, tokens = self._config, self._numbers.tokens()
        counts = dict(zip(tokens, self._counts.tolist(), strict=False))
        words = {token: n for token, n in counts.items() if token not in DEFAULT_SPECIALS}
        vocab = Vocab.from_counts(words, min_count=config.min_count, max_vocab=config.max_vocab)
        n_tokens = int(self._counts.sum())
        vocab.counts[vocab.ids[UNK]] += n_tokens - vocab.counts.sum()
        sizes = [n for n in words.values() if n]
        return Tally(vocab, n_tokens, len(sizes), max(sizes, default=0))

    def ids(self, vocab: Vocab) -> Iterator[IdBlock]:
        """The ids of the text, in pieces, each with the ends of the lines within it."""
        tokens = self._numbers.tokens()
        others = self._config.tokenizer == "json"  # whose special tokens are what their files say
        becomes = vocab.encode(tokens) if others else vocab.encode_words(tokens)
        for ids, line_ends in self._batches:
            yield becomes[ids.read()], line_ends.read()

    def close(self) -> None:
        """Give the space of the temporary file back."""
        if self._spool is not None:
            self._spool.close()


def _batches(lines: Sequence[str]) -> Iterator[Sequence[str]]:
    """The lines in runs of about so many characters; a very long one is by itself."""
    start = n_chars = 0
    for pos, size in enumerate(map(len, lines)):
        n_chars += size
        if n_chars <= _BATCH_CHARS and size <= LONG:
            continue
        if size > LONG and start < pos:
            yield lines[start:pos]
            start = pos
        yield lines[start : pos + 1]
        start, n_chars = pos + 1, 0
    if start < len(lines):
        yield lines[start:]
