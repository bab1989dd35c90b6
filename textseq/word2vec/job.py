"""Job: all that a kernel needs to train on any span of the stream.

In: the id stream, its counts and the options. Out: one object that every kernel's
`train_span(job, epoch, start, stop)` takes. It holds the two tables and draws their first values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from textseq.config import Word2VecConfig
from textseq.word2vec.objectives import Objective, choose_lr, find_objective
from textseq.word2vec.sampling import LearningRate, Sampler
from textseq.word2vec.tile import Tile, choose_parts

_ROW = 16  # rows are padded with zeros to whole AVX-512 registers, one cache line each


@dataclass(frozen=True)
class Job:
    """One training: stream, tables, draws and rates.

    `ids` (N,) int32 and `offsets` (S+1,) int64: the stream and where its sequences begin.
    `w_in`, `w_out` (V, D): the tables, rows padded to D >= dim with zeros; row 0 is <pad>.
    `part_in`, `part_out` (V,): by what part of its change each of their rows is moved.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    w_in: NDArray[np.floating]
    w_out: NDArray[np.floating]
    sampler: Sampler
    tile: Tile
    part_in: NDArray[np.float32]
    part_out: NDArray[np.float32]
    rate: LearningRate
    config: Word2VecConfig

    @property
    def objective(self) -> Objective:
        """What is trained."""
        return find_objective(self.config)

    @property
    def in_parts(self) -> bool:
        """Whether some rows are moved by a part of their change only."""
        return bool((self.part_in < 1).any() or (self.part_out < 1).any())

    @classmethod
    def create(
        cls,
        ids: NDArray[np.int32],
        offsets: NDArray[np.int64],
        counts: NDArray[np.int64],
        n_special: int,
        config: Word2VecConfig,
        dtype: DTypeLike = np.float32,
    ) -> Job:
        """The job at its beginning: input rows uniform in +-1/(2 dim), output rows zero."""
        if n_special < 1:
            raise ValueError("the vocabulary needs <pad> as id 0")
        sampler = Sampler.from_counts(counts, n_special, config)
        tile = Tile.choose(config, sampler)
        shape = (len(counts), -(-config.dim // _ROW) * _ROW)
        w_in = cls.aligned(shape, 0.0, dtype)
        first = np.random.default_rng(config.seed).random((len(counts), config.dim), np.float32)
        w_in[n_special:, : config.dim] = (first[n_special:] - np.float32(0.5)) / config.dim
        return cls(
            _read_only(ids), _read_only(offsets), w_in, cls.aligned(shape, 0.0, dtype),
            sampler, tile, *choose_parts(config, sampler, tile),
            LearningRate(choose_lr(config), config.min_lr, len(ids), config.epochs), config,
        )  # fmt: skip

    @staticmethod
    def aligned(
        shape: tuple[int, ...], value: float, dtype: DTypeLike = np.float32
    ) -> NDArray[np.floating]:
        """A filled array that begins on a cache line, so that no register load straddles two."""
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        raw = np.empty(size + 64, np.uint8)
        start = -raw.ctypes.data % 64
        array = raw[start : start + size].view(dtype).reshape(shape)
        array[...] = value
        return array


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A view that cannot be written: numba compiles once for arrays in memory and mapped ones."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view
