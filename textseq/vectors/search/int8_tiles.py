"""Int8 tiles: products of int8 rows with very many vectors of int16 at once (numba).

In: rows of int8, with scales and errors, and vectors that were quantized to int16. Out: which rows
may reach what which vector asks for, and their products; the other products are never written. A
tile is a few rows by two registers of vectors, whose sums stay in registers; rows are widened to
int16 first. No bounds are checked.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import llvmlite.binding
import llvmlite.ir
import numba.extending
import numpy as np
from numba import njit, types
from numpy.typing import NDArray

ir: Any = llvmlite.ir  # these carry no types
llvm: Any = llvmlite.binding

_WIDE = bool(llvm.get_host_cpu_features().get("avx512bw"))
_LANES = 16 if _WIDE else 8  # int32 in a register
_ROWS = 8 if _WIDE else 4  # of a tile: with two columns its sums fit into the registers
_COLUMNS = 2 * _LANES
_BLOCK = 64  # rows that are widened at a time
_HITS = 1 << 18  # room for those of one call, and for all of one block
_I16, _I32, _I64 = (ir.IntType(bits) for bits in (16, 32, 64))


def _fast(function: Any) -> Any:
    return njit(nogil=True, cache=True, error_model="numpy", boundscheck=False)(function)


def _intrinsic(function: Any) -> Any:
    """A function written as LLVM instructions."""
    return numba.extending.intrinsic(function)


class Columns(NamedTuple):
    """Unit vectors as the kernel reads them."""

    pairs: NDArray[np.int16]  # (panels, D / 2, _COLUMNS, 2)
    scales: NDArray[np.float32]  # (panels * _COLUMNS,)
    n: int  # how many there are; those behind them are zeros


class Hits(NamedTuple):
    """Rows, counted from the first, and columns whose product may be large enough; and those."""

    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    products: NDArray[np.float32]


def columns_of(codes: NDArray[np.int16], scales: NDArray[np.float32]) -> Columns:
    """The columns for unit vectors of these codes (k, even D) and scales (k,)."""
    k, dim = codes.shape
    n_panels = -(-k // _COLUMNS)
    padded = np.zeros((n_panels * _COLUMNS, dim), np.int16)
    padded[:k] = codes
    pairs = padded.reshape(n_panels, _COLUMNS, dim // 2, 2).transpose(0, 2, 1, 3)
    return Columns(
        np.ascontiguousarray(pairs),
        np.concatenate([scales, np.zeros(len(padded) - k, np.float32)]),
        k,
    )


def find_hits(
    rows: NDArray[np.int8],
    row_scales: NDArray[np.float32],
    errors: NDArray[np.float32],
    error: np.float32,
    columns: Columns,
    least: NDArray[np.float32],
    first: int,
) -> tuple[Hits, int]:
    """Hits from the row `first` on, whose product and errors add up to `least` (k,) or more.

    With them comes the row to go on with, where there was no room for more.
    """
    n_panels, n_pairs = columns.pairs.shape[:2]
    asked = np.full(n_panels * _COLUMNS, np.inf, np.float32)
    asked[: columns.n] = least
    room = max(_HITS, _BLOCK * len(asked))
    hits = Hits(np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.float32))
    n, last = _find_hits(
        rows, row_scales, errors, error, columns.pairs.ctypes.data, n_panels, n_pairs,
        columns.scales, asked, first, np.zeros((_BLOCK, 2 * n_pairs), np.int16),
        np.empty((_ROWS, _COLUMNS), np.int32), *hits,
    )  # fmt: skip
    return Hits(hits.rows[:n].copy(), hits.columns[:n].copy(), hits.products[:n].copy()), last


@_intrinsic
def _tile(typing: Any, rows: Any, row_bytes: Any, columns: Any, n_pairs: Any, out: Any) -> Any:
    """out[row, column] = rows[row] . columns[column], for a tile at these addresses."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        rows, row_bytes, columns, n_pairs, out = args
        sums, narrow, wide = (
            ir.VectorType(_I32, _LANES),
            ir.VectorType(_I16, 2 * _LANES),
            ir.VectorType(_I32, 2 * _LANES),
        )
        before = builder.block
        loop = builder.append_basic_block("pair")
        after = builder.append_basic_block("after")
        starts = [builder.add(rows, builder.mul(row_bytes, _I64(row))) for row in range(_ROWS)]
        builder.branch(loop)
        builder.position_at_end(loop)
        pair = builder.phi(_I64)
        totals = [builder.phi(sums) for _ in range(2 * _ROWS)]
        pair.add_incoming(_I64(0), before)
        for total in totals:
            total.add_incoming(ir.Constant(sums, None), before)

        def load(address: Any, kind: Any, align: int) -> Any:
            return builder.load(builder.inttoptr(address, kind.as_pointer()), align=align)

        def multiply_add(a: Any, b: Any, total: Any) -> Any:
            products = builder.mul(builder.sext(a, wide), builder.sext(b, wide), flags=("nsw",))
            odd_and_even = [
                builder.shuffle_vector(
                    products,
                    ir.Constant(wide, ir.Undefined),
                    ir.Constant(sums, [2 * lane + odd for lane in range(_LANES)]),
                )
                for odd in (0, 1)
            ]
            return builder.add(total, builder.add(*odd_and_even, flags=("nsw",)))

        at = builder.add(columns, builder.mul(pair, _I64(4 * _COLUMNS)))
        both = [load(builder.add(at, _I64(4 * _LANES * half)), narrow, 2) for half in (0, 1)]
        more = []
        for row in range(_ROWS):
            two = load(builder.add(starts[row], builder.mul(pair, _I64(4))), _I32, 2)
            undefined = ir.Constant(sums, ir.Undefined)
            one = builder.insert_element(undefined, two, _I32(0))
            everywhere = builder.bitcast(
                builder.shuffle_vector(one, undefined, ir.Constant(sums, [0] * _LANES)), narrow
            )
            more += [
                multiply_add(everywhere, both[half], totals[2 * row + half]) for half in (0, 1)
            ]
        following = builder.add(pair, _I64(1))
        pair.add_incoming(following, loop)
        for total, larger in zip(totals, more, strict=True):
            total.add_incoming(larger, loop)
        builder.cbranch(builder.icmp_signed("<", following, n_pairs), loop, after)
        builder.position_at_end(after)
        for number, total in enumerate(more):
            place = builder.add(out, _I64(4 * _LANES * number))
            builder.store(total, builder.inttoptr(place, sums.as_pointer()), align=4)
        return context.get_dummy_value()

    i = types.int64
    return types.void(i, i, i, i, i), codegen


@_fast
def _find_hits(rows: Any, row_scales: Any, errors: Any, error: Any, pairs: Any, n_panels: Any,
               n_pairs: Any, scales: Any, least: Any, first: Any, block: Any, sums: Any,
               hit_rows: Any, hit_columns: Any, hit_products: Any) -> Any:  # fmt: skip
    n_rows, dim = rows.shape
    n_hits = 0
    while first < n_rows:
        n_block = min(_BLOCK, n_rows - first)
        if n_hits + n_block * len(least) > len(hit_rows):
            break
        for i in range(n_block):
            for j in range(dim):
                block[i, j] = rows[first + i, j]
        for panel in range(n_panels):
            column = panel * _COLUMNS
            for i in range(0, n_block, _ROWS):
                _tile(
                    block.ctypes.data + i * 4 * n_pairs, 4 * n_pairs,
                    pairs + panel * n_pairs * 4 * _COLUMNS, n_pairs, sums.ctypes.data,
                )  # fmt: skip
                for r in range(min(_ROWS, n_block - i)):
                    row = first + i + r
                    scale, off = row_scales[row], errors[row] + error
                    n_reach = 0
                    for c in range(_COLUMNS):
                        product = np.float32(sums[r, c]) * (scale * scales[column + c])
                        n_reach += product + off >= least[column + c]
                    if n_reach == 0:
                        continue
                    for c in range(_COLUMNS):
                        product = np.float32(sums[r, c]) * (scale * scales[column + c])
                        if product + off >= least[column + c]:
                            hit_rows[n_hits] = row
                            hit_columns[n_hits] = column + c
                            hit_products[n_hits] = product
                            n_hits += 1
        first += n_block
    return n_hits, first
