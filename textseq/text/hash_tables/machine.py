"""Machine: memory by address inside numba functions, up to 64 bytes at a time.

In: addresses as integers. Out: what is there, as integers of 64 bits. Numba counts references
to arrays, atomically, wherever a function hands one to another; it leaves addresses alone. LLVM
turns the vectors into AVX-512, AVX2, SSE or NEON. Nothing is checked: word_counter.py keeps to
bounds.
"""

from __future__ import annotations

from typing import Any

import llvmlite.ir
import numba.extending
from numba import types

WINDOW = 64  # bytes looked at in one step

ir: Any = llvmlite.ir  # it carries no types


def _intrinsic(function: Any) -> Any:
    """A function written as LLVM instructions."""
    return numba.extending.intrinsic(function)


_I8, _I64 = ir.IntType(8), ir.IntType(64)
_BYTES = ir.VectorType(_I8, WINDOW)


@_intrinsic
def load64(typing: Any, address: Any) -> Any:
    """The 8 bytes there as a little-endian number."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(builder.inttoptr(args[0], _I64.as_pointer()), align=1)

    return types.uint64(types.int64), codegen


@_intrinsic
def load8(typing: Any, address: Any) -> Any:
    """The byte there."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.zext(builder.load(builder.inttoptr(args[0], _I8.as_pointer())), _I64)

    return types.uint64(types.int64), codegen


def _splat(byte: int) -> Any:
    return ir.Constant(_BYTES, [byte] * WINDOW)


@_intrinsic
def find_white_space(typing: Any, address: Any) -> Any:
    """64 bits: which of the 64 bytes there are white space as str.split() sees it in ASCII."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        text = builder.load(builder.inttoptr(args[0], _BYTES.as_pointer()), align=1)
        space = builder.icmp_unsigned("==", text, _splat(ord(" ")))
        tab_to_cr = builder.icmp_unsigned("<", builder.sub(text, _splat(0x09)), _splat(5))
        separators = builder.icmp_unsigned("<", builder.sub(text, _splat(0x1C)), _splat(4))
        return builder.bitcast(builder.or_(builder.or_(space, tab_to_cr), separators), _I64)

    return types.uint64(types.int64), codegen


@_intrinsic
def find_newlines(typing: Any, address: Any) -> Any:
    """64 bits: which of the 64 bytes there are newlines."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        text = builder.load(builder.inttoptr(args[0], _BYTES.as_pointer()), align=1)
        return builder.bitcast(builder.icmp_unsigned("==", text, _splat(ord("\n"))), _I64)

    return types.uint64(types.int64), codegen


@_intrinsic
def find_first_bit(typing: Any, bits: Any) -> Any:
    """Place of the lowest set bit; `bits` is not 0."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), codegen
