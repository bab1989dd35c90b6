"""Which words of a stretch of the stream are kept, what their contexts are, and where tiles begin.

In: ids of the stream on a device, the options, the keys of the draws. Out: tensors on the same
device, equal to what `reference.py` finds block by block. A few passes over memory by torch's own
operations; the products are `gpu_tiles.py`'s. Draws are 64-bit counters in int64, which wraps.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from textseq.word2vec.sampling import BLOCK, GOLDEN, HALO, MIX_1, MIX_2

_LOW_32 = 0xFFFFFFFF


def _signed(number: int) -> int:
    """The int64 of the same 64 bits."""
    return number - (1 << 64) if number >= 1 << 63 else number


_GOLDEN, _MIX_1, _MIX_2 = (_signed(int(number)) for number in (GOLDEN, MIX_1, MIX_2))


class StretchWords(NamedTuple):
    """The kept words of a stretch and of the halo around it, and its tiles.

    `word_id` (n,) int32, `pos` (n,) int64; the context of kept word c is low[c] <= i < high[c]
    without c, int32. Tile t has the centers first[t] <= c < end[t], int32, and the rate lr[t].
    """

    word_id: Tensor
    pos: Tensor
    low: Tensor
    high: Tensor
    first: Tensor
    end: Tensor
    lr: Tensor


class Stretch(NamedTuple):
    """Positions start..stop of the stream, in whole blocks; `ids` begin at position `begin`."""

    ids: Tensor
    begin: int
    start: int
    stop: int


def halo_of(window: int, start: int, stop: int, n_positions: int) -> tuple[int, int]:
    """Which positions a stretch needs: its own and those around it, begin..end."""
    halo = HALO * window
    return max(0, start - halo), min(n_positions, stop + halo)


def find_words(
    stretch: Stretch,
    offsets: Tensor,
    keep: Tensor,
    key: int,
    line: tuple[float, float],
    *,
    window: int,
    dynamic: bool,
    centers: int,
) -> StretchWords:
    """The words of a stretch.

    `offsets` (S+1,) int64: where sequences begin; `keep` (V,) int64: thresholds of subsampling;
    `key`: of the draws for positions; `line`: learning rate at position 0, and its slope.
    """
    ids, begin, start, stop = stretch
    device = ids.device
    pos = torch.arange(begin, begin + len(ids), device=device)
    bits = draw_bits_there(key, pos)
    stays = (_upper(bits) < keep[ids.long()]).nonzero().squeeze(1)
    word_id, pos, bits = ids[stays], pos[stays], bits[stays]
    reach = torch.full_like(pos, window)
    if dynamic:
        reach = 1 + (((bits & _LOW_32) * window) >> 32)
    low, high = _contexts(pos, reach, offsets, start, stop, window)
    first, end, block = _tiles(pos, start, stop, centers)
    rate = line[0] + line[1] * block.double()
    return StretchWords(word_id, pos, low.int(), high.int(), first.int(), end.int(), rate.float())


def _contexts(
    pos: Tensor, reach: Tensor, offsets: Tensor, start: int, stop: int, window: int
) -> tuple[Tensor, Tensor]:
    """Within reach, within the sequence, and within what the block of a center can see."""
    kept = torch.arange(len(pos), device=pos.device)
    sequence = torch.searchsorted(offsets, pos, right=True)
    low = torch.searchsorted(pos, offsets[sequence - 1])
    high = torch.searchsorted(pos, offsets[sequence])
    halo = HALO * window
    # Words of the halo are no centers; their blocks do not matter.
    block = (pos.clamp(start, stop - 1) - start) // BLOCK * BLOCK + start
    low = low.maximum(torch.searchsorted(pos, block - halo))
    high = high.minimum(torch.searchsorted(pos, (block + BLOCK).clamp(max=stop) + halo))
    return low.maximum(kept - reach), high.minimum(kept + reach + 1)


def _tiles(pos: Tensor, start: int, stop: int, centers: int) -> tuple[Tensor, Tensor, Tensor]:
    """The first center of each tile, the end, and where its block begins; none crosses a block."""
    blocks = torch.arange(start, stop, BLOCK, device=pos.device)
    first = torch.searchsorted(pos, blocks)
    end = torch.searchsorted(pos, (blocks + BLOCK).clamp(max=stop))
    n_tiles = (end - first + centers - 1) // centers
    of = torch.repeat_interleave(torch.arange(len(blocks), device=pos.device), n_tiles)
    number = torch.arange(len(of), device=pos.device) - (n_tiles.cumsum(0) - n_tiles)[of]
    begin = first[of] + number * centers
    return begin, (begin + centers).minimum(end[of]), blocks[of]


# ---- draws, as sampling.py makes them


def draw_bits_there(key: int, counters: Tensor) -> Tensor:
    """64 random bits for each counter, as int64."""
    x = counters * _GOLDEN + _signed(key)
    x = (x ^ _right(x, 30)) * _MIX_1
    x = (x ^ _right(x, 27)) * _MIX_2
    return x ^ _right(x, 31)


def _right(x: Tensor, n: int) -> Tensor:
    """A shift to the right that brings in zeros."""
    return (x >> n) & ((1 << (64 - n)) - 1)


def _upper(bits: Tensor) -> Tensor:
    return (bits >> 32) & _LOW_32
