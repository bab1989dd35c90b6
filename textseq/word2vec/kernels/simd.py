"""Vectors of LANES float32 as values inside numba functions.

In: rows of float32 arrays. Out: the same. A `vec` is one SIMD register; LLVM maps it to
AVX-512, AVX2, NEON or whatever the host has. Numba vectorises simple loops by itself, but it
cannot keep a block of running sums in registers across a loop; with these values it does,
and a matrix product runs three to ten times as fast. Nothing here knows about word2vec.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.extending import intrinsic, register_model


def _host_lanes() -> int:
    """Floats in the widest register of this CPU: 16 (AVX-512), 8 (AVX), else 4."""
    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        return 16
    return 8 if features.get("avx") else 4


LANES = _host_lanes()
_VECTOR = ir.VectorType(ir.FloatType(), LANES)


class VecType(types.Type):
    """Numba's type of a vector of LANES float32."""

    def __init__(self) -> None:
        super().__init__(name=f"f32x{LANES}")


vec_type = VecType()


@register_model(VecType)
class VecModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: VecType) -> None:
        super().__init__(dmm, fe_type, _VECTOR)


@intrinsic
def pointers(typingctx: Any, arrays: Any) -> Any:
    """A named tuple of arrays -> the same named tuple of plain pointers to their data.

    Numba counts references whenever it touches an array, with an atomic instruction each time;
    it leaves pointers alone. The caller keeps the arrays alive.
    """
    result = types.NamedTuple(
        [types.CPointer(a.dtype) for a in arrays.types], arrays.instance_class
    )

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = [
            context.make_array(array)(context, builder, builder.extract_value(args[0], k)).data
            for k, array in enumerate(arrays.types)
        ]
        return context.make_tuple(builder, signature.return_type, data)

    return result(arrays), codegen


_FLOATS = types.CPointer(types.float32)


def _address(builder: Any, data: Any, offset: Any) -> Any:
    return builder.bitcast(builder.gep(data, [offset]), _VECTOR.as_pointer())


@intrinsic
def vload(typingctx: Any, data: Any, offset: Any) -> Any:
    """LANES floats at data[offset]."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_address(builder, *args), align=4)

    return vec_type(_FLOATS, types.intp), codegen


@intrinsic
def vstore(typingctx: Any, data: Any, offset: Any, value: Any) -> Any:
    """Write LANES floats to data[offset]."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[2], _address(builder, args[0], args[1]), align=4)
        return context.get_dummy_value()

    return types.void(_FLOATS, types.intp, vec_type), codegen


@intrinsic
def vzero(typingctx: Any) -> Any:
    """LANES zeros."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return ir.Constant(_VECTOR, None)

    return vec_type(), codegen


@intrinsic
def vfill(typingctx: Any, value: Any) -> Any:
    """The same float in every lane."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        undefined = ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(undefined, args[0], ir.Constant(ir.IntType(32), 0))
        mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.shuffle_vector(first, undefined, mask)

    return vec_type(types.float32), codegen


@intrinsic
def vfma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """a * b + c, lane by lane."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        fma_type = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        fma = cgutils.get_or_insert_function(builder.module, fma_type, f"llvm.fma.v{LANES}f32")
        return builder.call(fma, args)

    return vec_type(vec_type, vec_type, vec_type), codegen


@intrinsic
def vadd(typingctx: Any, a: Any, b: Any) -> Any:
    """a + b, lane by lane."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fadd(*args)

    return vec_type(vec_type, vec_type), codegen


@intrinsic
def vsum(typingctx: Any, a: Any) -> Any:
    """The sum of the lanes, in any order."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        f32 = ir.FloatType()
        kind = ir.FunctionType(f32, [f32, _VECTOR])
        name = f"llvm.vector.reduce.fadd.v{LANES}f32"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(function, [f32(0.0), args[0]], fastmath=("reassoc",))

    return types.float32(vec_type), codegen


@intrinsic
def vtranspose(
    typingctx: Any, source: Any, start: Any, stride: Any, target: Any, to: Any, to_stride: Any
) -> Any:
    """Transpose LANES x LANES floats: row r of the block becomes column r of the target.

    Riffling the first half of the rows with the second, log2(LANES) times, transposes a block.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        source, start, stride, target, to, to_stride = args
        half = LANES // 2
        masks = [
            ir.Constant(
                ir.VectorType(ir.IntType(32), LANES),
                [first + k // 2 + (LANES if k % 2 else 0) for k in range(LANES)],
            )
            for first in (0, half)
        ]
        rows = []
        for _ in range(LANES):
            address = _address(builder, source, start)
            rows.append(builder.load(address, align=4))
            start = builder.add(start, stride)
        for _ in range(LANES.bit_length() - 1):
            rows = [
                builder.shuffle_vector(rows[r], rows[r + half], mask)
                for r in range(half)
                for mask in masks
            ]
        for row in rows:
            address = _address(builder, target, to)
            builder.store(row, address, align=4)
            to = builder.add(to, to_stride)
        return context.get_dummy_value()

    i = types.intp
    return types.void(_FLOATS, i, i, _FLOATS, i, i), codegen


@intrinsic
def float_of_bits(typingctx: Any, bits: Any) -> Any:
    """The float32 whose bit pattern is this int32."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), codegen
