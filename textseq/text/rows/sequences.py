"""Padded: sequences of any length as rows of one length.

In: an EncodedCorpus, or lists or arrays of ids; PadConfig. Out: ids (R, T) int32 with the length
of each row and the sequence it came from. A long sequence is cut off, or with `overlap` becomes
several rows, its windows. Everything works on the flat ids and their offsets, a block of rows at
a time. What the ids become (one-hot, dense) is the business of encodings.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from textseq.advice import advise
from textseq.arrays import MAX_BYTES, check_bytes
from textseq.config import PadConfig, PadSide
from textseq.text.rows.lengths import Ints, LengthCounts

if TYPE_CHECKING:
    from torch import Tensor

# What helps where rows would take too much room.
SHORTER = "give a lower " + advise("max_length") + " or percentile"
_CELLS = 1 << 20  # of the rows made in one step
_SEQUENCES_AT_ONCE = 1 << 20  # sequences looked at in one step


@runtime_checkable
class Ragged(Protocol):
    """Sequences end to end: number i is ids[offsets[i]:offsets[i + 1]]; an EncodedCorpus is one."""

    @property
    def ids(self) -> NDArray[np.integer]: ...
    @property
    def offsets(self) -> NDArray[np.int64]: ...


class Flat(NamedTuple):
    """The plainest Ragged: ids (n_tokens,), offsets (N + 1,)."""

    ids: NDArray[np.integer]
    offsets: NDArray[np.int64]


def flatten(sequences: Ragged | Iterable[ArrayLike]) -> Ragged:
    """Sequences end to end, as they are where they are so already; ValueError for no ids."""
    if isinstance(sequences, Ragged):
        return sequences
    arrays = []
    if isinstance(sequences, str | bytes):
        raise TypeError(f"a {type(sequences).__name__} was given where lists of ids are due")
    for number, sequence in enumerate(sequences):
        array = np.asarray(sequence)
        array = array.astype(np.int32) if array.shape == (0,) else array  # [] is of floats
        if array.ndim != 1 or array.dtype.kind not in "iu":
            raise ValueError(
                f"sequence {number} is of {array.dtype} and shape {array.shape}; "
                "a sequence is a list of ids, which vocab.encode gives"
            )
        arrays.append(array)
    offsets = np.zeros(len(arrays) + 1, np.int64)
    np.cumsum([len(array) for array in arrays], out=offsets[1:])
    ids = np.concatenate([np.zeros(0, np.int32), *arrays])
    return Flat(_as_int32(ids), offsets)


def _as_int32(ids: NDArray[Any]) -> NDArray[np.int32]:
    """ValueError where a number would become another one."""
    fits = np.iinfo(np.int32)
    if ids.size and not fits.min <= ids.min() <= ids.max() <= fits.max:
        raise ValueError(f"ids {ids.min()}..{ids.max()} were given; they are 32 bits wide")
    return ids.astype(np.int32, copy=False)


class PaddedTensors(NamedTuple):
    """What `Padded.torch` gives: ids (R, T) int32, lengths (R,) int64, mask (R, T) bool."""

    ids: Tensor
    lengths: Tensor
    mask: Tensor


@dataclass(frozen=True, eq=False)
class Padded:
    """Rows of one length: ids (R, T) int32, lengths (R,) int64 without the padding.

    `sequence` (R,) int64 says which sequence a row came from. `padded[a:b]` is a view of rows.
    """

    ids: NDArray[np.int32]
    lengths: Ints
    sequence: Ints
    pad_side: PadSide = "right"

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: slice) -> Padded:
        """Some of the rows."""
        return Padded(self.ids[rows], self.lengths[rows], self.sequence[rows], self.pad_side)

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(R, T) bool: true where a token is, false where padding is."""
        return make_mask(self.lengths, self.ids.shape[1], self.pad_side)

    def unpad(self) -> list[NDArray[np.int32]]:
        """The rows without their padding, views of `ids`."""
        length = self.ids.shape[1]
        if self.pad_side == "right":
            return [row[:n] for row, n in zip(self.ids, self.lengths.tolist(), strict=True)]
        return [row[length - n :] for row, n in zip(self.ids, self.lengths.tolist(), strict=True)]

    def torch(self) -> PaddedTensors:
        """Tensors that share the memory of the arrays; of read-only ones they are copies.

        The ids stay int32, which nn.Embedding takes; targets of a loss need `ids.long()`.
        The lengths are as pack_padded_sequence wants them, but it takes none that is 0.
        """
        return PaddedTensors(as_tensor(self.ids), as_tensor(self.lengths), as_tensor(self.mask))


def make_mask(lengths: Ints, length: int, pad_side: PadSide) -> NDArray[np.bool_]:
    """(R, length) bool: true at the tokens of rows that hold `lengths` (R,) of them."""
    positions = np.arange(length)
    if pad_side == "right":
        return positions < lengths[:, None]
    return positions >= length - lengths[:, None]


def as_tensor(array: NDArray[Any]) -> Tensor:
    """A torch tensor on the memory of the array, or on a copy where it may not be written."""
    import torch

    return torch.from_numpy(array if array.flags.writeable else array.copy())


def pad(
    sequences: Ragged | Iterable[ArrayLike],
    config: PadConfig | int | None = None,
    *,
    pad_id: int | None = None,
    bos_id: int | None = None,
    eos_id: int | None = None,
    max_bytes: int = MAX_BYTES,
) -> Padded:
    """Rows of one length, in memory; a number for `config` is its max_length.

    `pad_id`: by default that of <pad> in the corpus's own Vocab; for lists, which have none, 0,
    which no token may have then.

    Each row begins with `bos_id` and ends with `eos_id` where they are given; they count towards
    the length, and no cut takes them away. ValueError if the ids would need more than
    `max_bytes`, if `overlap` leaves no room for new tokens, where there is padding and what it is
    can only be guessed, or as `flatten` does.
    """
    config = PadConfig(max_length=config) if isinstance(config, int) else config or PadConfig()
    sequences = flatten(sequences)
    if pad_id is None:
        pad_id = _pad_id_of(sequences, config, bos_id, eos_id)
    padder = Padder(sequences, config, pad_id=pad_id, bos_id=bos_id, eos_id=eos_id)
    shape = padder.n_rows, padder.length
    check_bytes("ids", shape, np.int32, max_bytes, instead=SHORTER)
    ids = np.empty(shape, np.int32)
    lengths, sequence = (np.empty(padder.n_rows, np.int64) for _ in range(2))
    start = 0
    for block in padder:
        rows = slice(start, start + len(block))
        ids[rows], lengths[rows], sequence[rows] = block.ids, block.lengths, block.sequence
        start = rows.stop
    return Padded(ids, lengths, sequence, config.pad_side)


def _pad_id_of(sequences: Ragged, config: PadConfig, bos_id: int | None, eos_id: int | None) -> int:
    """The id for padding where none is given; ValueError where it would be a guess."""
    vocab = getattr(sequences, "vocab", None)
    if vocab is not None and vocab.pad_id is not None:
        return int(vocab.pad_id)
    padder = Padder(sequences, config, pad_id=0, bos_id=bos_id, eos_id=eos_id)
    if padder.n_kept == padder.n_rows * padder.length:  # there is nothing to pad
        return 0
    if vocab is not None:
        raise ValueError(
            f"{vocab.name} has no <pad>, and its id 0 is {vocab.tokens[0]!r}; pad_id={len(vocab)} "
            "is an id of its own, corpus.with_pad() gives the Vocab a token for it"
        )
    if any((sequences.ids[at : at + _CELLS] == 0).any() for at in _starts(len(sequences.ids))):
        raise ValueError(
            "the sequences hold the id 0, which padding would have too; pad_id says which id is "
            "that of padding (pad_id=0: this one)"
        )
    return 0


def _starts(n_ids: int) -> range:
    return range(0, n_ids, _CELLS)


class Cut(NamedTuple):
    """Which tokens a block of rows holds: n_kept (R,) of them from position `start` (R,) on."""

    sequence: Ints
    start: Ints
    n_kept: Ints


class Padder:
    """The rows of sequences, block by block: iterating gives one Padded after the other.

    `length` is T and `n_rows` R; `n_kept` counts the cells that are not padding. Memory does not
    grow with the number of sequences.
    """

    def __init__(
        self,
        sequences: Ragged | Iterable[ArrayLike],
        config: PadConfig,
        *,
        pad_id: int = 0,
        bos_id: int | None = None,
        eos_id: int | None = None,
    ) -> None:
        """ValueError as `pad` says."""
        self.config = config
        self._flat = flatten(sequences)
        self._pad_id, self._bos_id, self._eos_id = pad_id, bos_id, eos_id
        n_special = (bos_id is not None) + (eos_id is not None)
        counts = LengthCounts.between(self._flat.offsets)
        self.length = config.max_length or counts.at(config.percentile) + n_special
        self._room = self.length - n_special  # for the tokens of a row
        if self._room < 1:
            raise ValueError(
                f"max_length is {self.length}; with <bos> or <eos> the least that works is "
                f"{n_special + 1}"
            )
        if config.overlap is not None and config.overlap >= self._room:
            raise ValueError(
                f"overlap is {config.overlap}; in rows of {self.length} tokens the most that "
                f"works is {self._room - 1}"
            )
        rows = self._rows_of(counts.values)
        kept = np.minimum(counts.values, self._room)
        if config.overlap is not None:
            kept = counts.values + (rows - 1) * config.overlap
        self.n_rows = int(rows @ counts.counts)
        self.n_kept = int(kept @ counts.counts) + self.n_rows * n_special

    def __iter__(self) -> Iterator[Padded]:
        return map(self.fill, self.cuts())

    def _rows_of(self, lengths: Ints) -> Ints:
        """How many rows sequences of these lengths become; an empty one is a row too."""
        if self.config.overlap is None:
            return np.ones_like(lengths)
        more = np.maximum(lengths - self._room, 0)
        return 1 - -more // (self._room - self.config.overlap)

    def cuts(self) -> Iterator[Cut]:
        """Where the rows of each block are cut from, in order."""
        offsets, step = self._flat.offsets, max(1, _CELLS // self.length)
        for first in range(0, len(offsets) - 1, _SEQUENCES_AT_ONCE):
            begins = np.asarray(offsets[first : first + _SEQUENCES_AT_ONCE + 1])
            row_ends = np.cumsum(self._rows_of(np.diff(begins)))
            for start in range(0, int(row_ends[-1]), step):
                rows = np.arange(start, min(start + step, int(row_ends[-1])))
                yield self._cut(rows, row_ends, begins, first)

    def _cut(self, rows: Ints, row_ends: Ints, begins: Ints, first: int) -> Cut:
        """These rows of the sequences that begin at `begins`, of which `first` is the number."""
        overlap = self.config.overlap
        if overlap is None:
            start, stop = begins[rows], begins[rows + 1]
            if self.config.truncate_side == "left":
                start = np.maximum(start, stop - self._room)
            return Cut(rows + first, start, np.minimum(stop - start, self._room))
        place = np.searchsorted(row_ends, rows, "right")  # of the sequence among these
        n_before = rows - np.concatenate([[0], row_ends])[place]
        start = begins[place] + n_before * (self._room - overlap)
        return Cut(place + first, start, np.minimum(begins[place + 1] - start, self._room))

    def fill(self, cut: Cut) -> Padded:
        """The rows of a cut."""
        n_kept, n_rows = cut.n_kept, len(cut.n_kept)
        ids = np.full((n_rows, self.length), self._pad_id, np.int32)
        lengths = n_kept + (self.length - self._room)
        left = self.config.pad_side == "left"
        begin = self.length - lengths if left else np.zeros_like(lengths)
        if self._bos_id is not None:
            ids[np.arange(n_rows), begin] = self._bos_id
            begin = begin + 1
        if self._eos_id is not None:
            ids[np.arange(n_rows), begin + n_kept] = self._eos_id
        positions = np.arange(self.length)
        tokens = (positions >= begin[:, None]) & (positions < (begin + n_kept)[:, None])
        # A mask takes values row by row, which is the order of the flat ids.
        ids[tokens] = self._flat.ids[_places(cut)]
        return Padded(ids, lengths, cut.sequence, self.config.pad_side)


def _places(cut: Cut) -> slice | Ints:
    """Places in the flat ids of all tokens of a cut; where nothing is left out, one slice."""
    begin, total = int(cut.start[0]), int(cut.n_kept.sum())
    if int(cut.start[-1] + cut.n_kept[-1]) - begin == total:
        return slice(begin, begin + total)
    before = np.cumsum(cut.n_kept) - cut.n_kept
    return np.repeat(cut.start - before, cut.n_kept) + np.arange(total)
