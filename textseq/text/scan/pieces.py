"""Pieces: what stands between ASCII white space, turned into tokens and their ids.

In: a table of the distinct pieces that word_counter.py found. Out: the tokens they become, kept in
memory or on disk, and a map that turns a stream of piece numbers into ids of a Vocab. Cleaning and
tokenizing see a piece once, however often it stands in the text. The pass over the text and the
choice of the Vocab are the business of piece_scan.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit  # noqa: TID253 - as in word_counter.py
from numpy.typing import NDArray

from textseq.config import TextConfig
from textseq.text.cleaning.steps import make_cleaner
from textseq.text.encoded.corpus import IdBlock
from textseq.text.hash_tables.word_counter import PackedWords, WordCounter
from textseq.text.scan.spool import Spool
from textseq.text.tokens.tokenizer import load_tokenizer
from textseq.text.vocab import Vocab

PARTITIONS = 256
_MARK = "zqxmarkxqz"  # in no text, or so seldom that it does not matter

_fast = njit(nogil=True, cache=True)

# --- from pieces to tokens

_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
# These change no printable ASCII.
_KEEP_ASCII = {
    "nfc", "nfd", "nfkc", "control", "invisible", "whitespace", "accents", "quotes", "dashes",
}  # fmt: skip
_LOWER_ASCII = {"lowercase", "casefold"}
# A piece of these bytes alone is one token.
_ONE_TOKEN = {"whitespace": bytes(range(0x21, 0x7F)), "word": _LETTERS + b"0123456789_"}


@dataclass(frozen=True)
class PieceTokens:
    """What the pieces of a table became: piece i is token_ids[starts[i]:starts[i + 1]].

    `token_ids` number the table `tokens`; `starts` is None where each piece is one token.
    """

    tokens: WordCounter
    token_ids: NDArray[np.int32]
    starts: NDArray[np.int64] | None

    def read(self) -> tuple[PackedWords, NDArray[np.int32], NDArray[np.int64] | None]:
        """Words of the tokens, token_ids and starts."""
        return self.tokens.words, self.token_ids, self.starts


def tokenize_pieces(pieces: WordCounter, config: TextConfig) -> PieceTokens:
    """Clean and cut each piece; a token's count is that of its pieces, added up.

    `pieces` may become the table of tokens itself. Pieces that are no tokens stay in it then,
    with the count 0.
    """
    words, counts = pieces.words, pieces.counts
    becomes = _plain_bytes(config)[words.blob]
    plain = np.minimum.reduceat(becomes, words.ends[:-1]) > 0 if len(pieces) else np.ones(0, bool)
    odd_counts = np.where(plain, 0, counts)
    if _LOWER_ASCII.isdisjoint(config.steps):
        tokens, plain_ids = pieces, np.arange(len(pieces), dtype=np.int32)
        counts[~plain] = 0
    else:
        tokens = WordCounter()
        plain_ids = tokens.add(PackedWords(becomes, words.ends), counts, plain)
    if plain.all():
        return PieceTokens(tokens, plain_ids, None)

    sizes = np.ones(len(pieces), np.int64)
    odd, odd_ids = np.flatnonzero(~plain), []
    # In batches by length, since a batch is one Python string.
    total_bytes = np.cumsum(words.ends[odd + 1] - words.ends[odd])
    for batch in np.split(odd, np.flatnonzero(np.diff(total_bytes >> 18)) + 1):
        found, sizes[batch] = _cut(take_words(words, batch).to_list(), config)
        weights = np.repeat(odd_counts[batch], sizes[batch])
        odd_ids.append(tokens.add(PackedWords.of([token.encode() for token in found]), weights))
    is_plain = np.repeat(plain, sizes)
    token_ids = np.empty(len(is_plain), np.int32)
    token_ids[is_plain] = plain_ids[plain]
    token_ids[~is_plain] = np.concatenate(odd_ids)
    one_each = bool((sizes == 1).all())
    return PieceTokens(tokens, token_ids, None if one_each else np.append(0, np.cumsum(sizes)))


def _cut(pieces: list[bytes], config: TextConfig) -> tuple[list[str], NDArray[np.int64]]:
    """The tokens of all pieces in order, and how many each became."""
    clean, tokenizer = make_cleaner(config.steps), load_tokenizer(config)
    if tokenizer.split_all is not None:
        cut = tokenizer.split_all([clean(piece.decode("utf-8")) for piece in pieces])
        return [token for tokens in cut for token in tokens], np.array([len(each) for each in cut])
    split = tokenizer.split
    text = f"\n{_MARK}\n".encode().join(pieces).decode("utf-8")
    # Per word means that they may be cut as one line, several times as fast; a mark that
    # stands between white space tells where each begins.
    tokens = split(clean(text))
    marks = [pos for pos, token in enumerate(tokens) if token == _MARK]
    if len(marks) == len(pieces) - 1 and split(clean(_MARK)) == [_MARK]:
        sizes = np.diff([-1, *marks, len(tokens)]) - 1
        return [token for token in tokens if token != _MARK], sizes
    # A piece is, or has become, the mark.
    cut = [split(clean(piece.decode("utf-8"))) for piece in pieces]
    return [token for tokens in cut for token in tokens], np.array([len(each) for each in cut])


def _plain_bytes(config: TextConfig) -> NDArray[np.uint8]:
    """What each byte becomes in a piece that is one token for sure; 0: Python has to look."""
    becomes = np.zeros(256, np.uint8)
    if set(config.steps) <= _KEEP_ASCII | _LOWER_ASCII:
        for byte in _ONE_TOKEN.get(config.tokenizer, b""):
            becomes[byte] = byte
        if not _LOWER_ASCII.isdisjoint(config.steps):
            becomes[ord("A") : ord("Z") + 1] = becomes[ord("a") : ord("z") + 1]
    return becomes


def take_words(words: PackedWords, order: NDArray[np.int64]) -> PackedWords:
    """The words of these numbers, in this order."""
    ends = np.zeros(len(order) + 1, np.int64)
    np.cumsum(words.ends[order + 1] - words.ends[order], out=ends[1:])
    blob = np.empty(ends[-1], np.uint8)
    _copy_words(words.blob, words.ends, order, blob)
    return PackedWords(blob, ends)


@_fast
def _copy_words(blob: Any, ends: Any, order: Any, out: Any) -> None:
    end = 0
    for number in order:
        for pos in range(ends[number], ends[number + 1]):
            out[end] = blob[pos]
            end += 1


# --- tables that are full


class ClosedTable:
    """What the pieces of a table became, on disk; tokens in the order of their partitions."""

    def __init__(self, found: PieceTokens, spool: Spool) -> None:
        partitions = found.tokens.words.hashes()
        order = np.argsort(partitions, kind="stable")
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        words = take_words(found.tokens.words, order)
        # Tokens of partition p: bounds[p] to bounds[p + 1].
        self.bounds = np.searchsorted(partitions[order], np.arange(PARTITIONS + 1))
        self._spool = spool
        self._n_tokens = len(order)
        self._n_ids = len(found.token_ids)
        self._n_starts = -1 if found.starts is None else len(found.starts)
        self._ends_at = spool.append(words.ends)
        self._blob_at = spool.append(words.blob)
        self._counts_at = spool.append(found.tokens.counts[order])
        self._ids_at = spool.append(rank[found.token_ids])
        self._starts_at = 0 if found.starts is None else spool.append(found.starts)

    def read_part(self, first: int, last: int) -> tuple[PackedWords, NDArray[np.int64]]:
        """Words and counts of the partitions from `first` to before `last`."""
        start, stop = int(self.bounds[first]), int(self.bounds[last])
        counts = self._spool.read(self._counts_at + 8 * start, stop - start, np.int64)
        return self._read_words(start, stop), counts

    def read(self) -> tuple[PackedWords, NDArray[np.int32], NDArray[np.int64] | None]:
        """As PieceTokens.read."""
        starts = None
        if self._n_starts >= 0:
            starts = self._spool.read(self._starts_at, self._n_starts, np.int64)
        token_ids = self._spool.read(self._ids_at, self._n_ids, np.int32)
        return self._read_words(0, self._n_tokens), token_ids, starts

    def _read_words(self, start: int, stop: int) -> PackedWords:
        ends = self._spool.read(self._ends_at + 8 * start, stop - start + 1, np.int64)
        blob_start = int(ends[0])
        blob = self._spool.read(self._blob_at + blob_start, int(ends[-1]) - blob_start, np.uint8)
        return PackedWords(blob, ends - blob_start)


# --- from piece numbers to ids


class IdMap:
    """From the pieces of one table to ids of a Vocab."""

    def __init__(
        self, words: PackedWords, token_ids: NDArray[np.int32], starts: NDArray[np.int64] | None,
        known: WordCounter, vocab: Vocab,
    ) -> None:  # fmt: skip
        ids = known.find(words)
        self._becomes = ids[token_ids]
        unknown = np.flatnonzero(self._becomes < 0)
        if unknown.size:  # <unk>, or KeyError where there is none, as in the plain path
            first = token_ids[unknown[:1]].astype(np.int64)
            self._becomes[unknown] = vocab[take_words(words, first).to_list()[0].decode("utf-8")]
        self._becomes = vocab.without_roles(self._becomes)
        self._starts = starts

    def apply(self, ids: NDArray[np.int32], line_ends: NDArray[np.int32]) -> IdBlock:
        """The ids of the tokens, and how many of them came before each line end."""
        if self._starts is None:
            return map_ids(ids, self._becomes), line_ends.astype(np.int64)
        out = np.empty(_n_expanded(ids, self._starts), np.int32)
        out_line_ends = np.empty(len(line_ends), np.int64)
        _expand(ids, line_ends, self._starts, self._becomes, out, out_line_ends)
        return out, out_line_ends


def map_ids(ids: NDArray[np.int32], becomes: NDArray[np.int32]) -> NDArray[np.int32]:
    """`becomes[ids]`, several times as fast."""
    out = np.empty_like(ids)
    _map(ids, becomes, out)
    return out


@_fast
def _map(ids: Any, becomes: Any, out: Any) -> None:
    for pos in range(len(ids)):
        out[pos] = becomes[ids[pos]]


@_fast
def _n_expanded(ids: Any, starts: Any) -> Any:
    n_tokens = 0
    for piece in ids:
        n_tokens += starts[piece + 1] - starts[piece]
    return n_tokens


@_fast
def _expand(ids: Any, line_ends: Any, starts: Any, becomes: Any, out: Any, out_ends: Any) -> None:
    n_out = line = 0
    for pos in range(len(ids) + 1):
        while line < len(line_ends) and line_ends[line] == pos:
            out_ends[line] = n_out
            line += 1
        if pos < len(ids):
            for at in range(starts[ids[pos]], starts[ids[pos] + 1]):
                out[n_out] = becomes[at]
                n_out += 1


@_fast
def read_prefixes(blob: Any, ends: Any, out: Any) -> None:
    """The first 8 bytes of each word as a number in the same order; zeros behind the end."""
    for number in range(len(out)):
        prefix = np.uint64(0)
        for pos in range(ends[number], min(ends[number] + 8, ends[number + 1])):
            prefix |= np.uint64(blob[pos]) << np.uint64(56 - 8 * (pos - ends[number]))
        out[number] = prefix
