"""Int8 kernel: whole-number products of int8 rows with a few vectors of int16 (numba).

In: rows of int8 with a scale each, vectors that were quantized to int16. Out: their products in
float32. Sums are exact in int32. LLVM makes multiply-and-add instructions of them, of whichever
width the host has. No bounds are checked: behind the last row OVERREAD bytes more can be read.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import llvmlite.ir
import numba.extending
import numpy as np
from numba import njit, types
from numpy.typing import NDArray

from textseq.vectors.search.int8_rows import LARGEST_CODE, OVERREAD

ir: Any = llvmlite.ir  # it carries no types

_MOST = 2**15 - 1
_AHEAD = 4096  # bytes; the next page is what hardware does not fetch by itself
_LINE = 64  # bytes of the cache
_LANES = 32  # numbers a step
_I8, _I16, _I32, _I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))


def _fast(function: Any) -> Any:
    return njit(nogil=True, cache=True, error_model="numpy", boundscheck=False)(function)


def _intrinsic(function: Any) -> Any:
    """A function written as LLVM instructions."""
    return numba.extending.intrinsic(function)


def quantize_units(
    units: NDArray[np.float32],
) -> tuple[NDArray[np.int16], NDArray[np.float32], float]:
    """Codes and scales (k,) of unit vectors (k, D), and the largest length of what is left.

    Codes have zeros behind them up to whole steps, and are small enough for D products with codes
    of rows to stay within int32.
    """
    k, dim = units.shape
    most = max(1, min(_MOST, (2**31 - 1) // (LARGEST_CODE * dim)))
    exact = units.astype(np.float64)
    largest = np.abs(exact).max(axis=1, keepdims=True)
    scales = (np.where(largest == 0, 1, largest) / most).astype(np.float32)
    codes = np.zeros((k, -(-dim // _LANES) * _LANES), np.int16)
    codes[:, :dim] = np.rint(exact / scales).clip(-most, most)
    off = exact - scales.astype(np.float64) * codes[:, :dim]
    return codes, scales[:, 0], float(np.sqrt(np.vecdot(off, off)).max())


class Reached(NamedTuple):
    """Rows, counted from the first, whose product may reach what was asked; and the products."""

    rows: NDArray[np.int32]
    products: NDArray[np.float32]


def dot_rows(
    rows: NDArray[np.int8],
    row_scales: NDArray[np.float32],
    units: NDArray[np.int16],
    unit_scales: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """out[k, i] = row_scales[i] unit_scales[k] rows[i] . units[k]; arrays are contiguous."""
    _dot_rows(
        rows.ctypes.data, rows.shape[1], row_scales, units.ctypes.data, units.shape[1], unit_scales,
        out,
    )  # fmt: skip


def reaching_rows(
    rows: NDArray[np.int8],
    row_scales: NDArray[np.float32],
    errors: NDArray[np.float32],
    error: np.float32,
    units: NDArray[np.int16],
    unit_scales: NDArray[np.float32],
    least: NDArray[np.float32],
) -> list[Reached]:
    """For each unit vector the rows whose product and errors add up to `least` (k,) or more."""
    shape = len(units), len(rows)
    found, products = np.empty(shape, np.int32), np.empty(shape, np.float32)
    n_found = np.zeros(len(units), np.int64)
    _find_rows(
        rows.ctypes.data, rows.shape[1], row_scales, errors, error, units.ctypes.data,
        units.shape[1], unit_scales, least, found, products, n_found,
    )  # fmt: skip
    return [
        Reached(each[:n], its[:n])
        for each, its, n in zip(found, products, n_found.tolist(), strict=True)
    ]


@_intrinsic
def _dot(typing: Any, row: Any, unit: Any, n_steps: Any) -> Any:
    """The product of int8 numbers at the address `row` with int16 numbers at `unit`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        row, unit, n_steps = args
        narrow, wide = ir.VectorType(_I16, _LANES), ir.VectorType(_I32, _LANES)
        half = ir.VectorType(_I32, _LANES // 2)
        before = builder.block
        loop = builder.append_basic_block("step")
        after = builder.append_basic_block("after")
        builder.branch(loop)
        builder.position_at_end(loop)
        step, total = builder.phi(_I64), builder.phi(half)
        step.add_incoming(_I64(0), before)
        total.add_incoming(ir.Constant(half, None), before)

        def load(address: Any, kind: Any, n_bytes: int) -> Any:
            place = builder.add(address, builder.mul(step, _I64(_LANES * n_bytes)))
            pointer = builder.inttoptr(place, ir.VectorType(kind, _LANES).as_pointer())
            return builder.load(pointer, align=n_bytes)

        codes = builder.sext(load(row, _I8, 1), narrow)
        products = builder.mul(
            builder.sext(codes, wide), builder.sext(load(unit, _I16, 2), wide), flags=("nsw",)
        )
        # Each with its neighbour: x86 has one instruction for the products and these sums.
        pairs = [
            builder.shuffle_vector(
                products,
                ir.Constant(wide, ir.Undefined),
                ir.Constant(half, [2 * lane + odd for lane in range(_LANES // 2)]),
            )
            for odd in (0, 1)
        ]
        more = builder.add(total, builder.add(*pairs, flags=("nsw",)))
        following = builder.add(step, _I64(1))
        step.add_incoming(following, loop)
        total.add_incoming(more, loop)
        builder.cbranch(builder.icmp_signed("<", following, n_steps), loop, after)
        builder.position_at_end(after)
        reduce = ir.FunctionType(_I32, [half])
        name = f"llvm.vector.reduce.add.v{_LANES // 2}i32"
        function = builder.module.globals.get(name) or ir.Function(builder.module, reduce, name)
        return builder.call(function, [more])

    return types.int32(types.int64, types.int64, types.int64), codegen


@_intrinsic
def _prefetch(typing: Any, address: Any) -> Any:
    """Ask for the 64 bytes at an address."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [_I8.as_pointer(), _I32, _I32, _I32])
        name = "llvm.prefetch.p0"
        function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
        place = builder.inttoptr(args[0], _I8.as_pointer())
        builder.call(function, [place, _I32(0), _I32(3), _I32(1)])  # to read, to keep, data
        return context.get_dummy_value()

    return types.void(types.int64), codegen


@_fast
def _fetch(row: Any, dim: Any) -> None:
    for at in range(0, dim, _LINE):
        _prefetch(row + at + _AHEAD)


@_fast
def _dot_rows(rows: Any, dim: Any, row_scales: Any, units: Any, unit_dim: Any, unit_scales: Any,
              out: Any) -> None:  # fmt: skip
    for i in range(len(row_scales)):
        _fetch(rows + i * dim, dim)
        for k in range(len(unit_scales)):
            product = _dot(rows + i * dim, units + 2 * k * unit_dim, unit_dim // _LANES)
            out[k, i] = np.float32(product) * (row_scales[i] * unit_scales[k])


@_fast
def _find_rows(rows: Any, dim: Any, row_scales: Any, errors: Any, error: Any, units: Any,
               unit_dim: Any, unit_scales: Any, least: Any, found: Any, products: Any,
               n_found: Any) -> None:  # fmt: skip
    for i in range(len(row_scales)):
        _fetch(rows + i * dim, dim)
        for k in range(len(unit_scales)):
            whole = _dot(rows + i * dim, units + 2 * k * unit_dim, unit_dim // _LANES)
            product = np.float32(whole) * (row_scales[i] * unit_scales[k])
            if product + (errors[i] + error) >= least[k]:
                found[k, n_found[k]] = i
                products[k, n_found[k]] = product
                n_found[k] += 1


assert OVERREAD >= _LANES - 1
