"""Which examples go into one batch: length buckets, and streams for language models.

In: the lengths of a data set's examples, or a corpus as one long stream. Out: lists of row
numbers for a DataLoader, the same for the same seed on every machine; or batches of ids whose
rows go on where the batch before them ended. Examples are not touched here (batch.py pads).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.utils.data import Sampler

from textseq.rnn.data.batch import IGNORE
from textseq.text.encoded import EncodedCorpus

POOL = 100  # batches; see BucketBatchSampler


class BucketBatchSampler(Sampler[list[int]]):
    """Batches of examples of about the same length: the `batch_sampler` of a DataLoader.

    The examples are shuffled and taken in pools of `pool` batches; each pool is sorted by length,
    longest first, and cut into batches, and the batches are shuffled. So an example's neighbours
    change with each epoch, and padding is small: the larger the pool, the smaller.

    Of one seed and epoch the batches are always the same, and each example is in one of them.
    Call `set_epoch` before every epoch, or all are alike. With several ranks each gets its share:
    equally many batches, disjoint, in every step of about the same length. What is missing to
    equal numbers is filled with the first batches once more, or left out with `drop_last`; so
    evaluate with world_size=1.
    """

    def __init__(
        self,
        lengths: ArrayLike,
        batch_size: int | None = 32,
        *,
        max_tokens: int | None = None,
        shuffle: bool = True,
        seed: int = 1,
        pool: int = POOL,
        drop_last: bool = False,
        rank: int | None = None,
        world_size: int | None = None,
    ) -> None:
        """`lengths` (N,), or (N, 2) for two sides, of which the first decides first.

        `batch_size`: examples in a batch. `max_tokens`: tokens in a batch with its padding, on
        the longer side; a longer example stands alone. One of the two, or both. `shuffle`: false
        keeps the order of the pools and their batches. `pool`: 1 sorts nothing. `rank` and
        `world_size`: of torch.distributed where that runs, else 0 and 1.
        """
        self._lengths = _as_rows(lengths)
        if batch_size is None and max_tokens is None:
            raise ValueError("give batch_size, max_tokens or both")
        for name, size in (("batch_size", batch_size), ("max_tokens", max_tokens), ("pool", pool)):
            if size is not None and size < 1:
                raise ValueError(f"{name} is {size}; the least that works is 1")
        self.batch_size = batch_size
        self.max_tokens = max_tokens
        self.shuffle = shuffle
        self.seed = seed
        self.pool = pool
        self.drop_last = drop_last
        self.rank, self.world_size = _ranks(rank, world_size)
        self.epoch = 0
        self._made: tuple[int, list[list[int]]] | None = None

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch, from 0, whose batches come next."""
        self.epoch = epoch

    def __len__(self) -> int:
        """The batches of this rank in this epoch."""
        return len(self._batches())

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self._batches())

    def _batches(self) -> list[list[int]]:
        if self._made is None or self._made[0] != self.epoch:
            rng = np.random.default_rng([self.seed, self.epoch])
            self._made = self.epoch, self._of_rank(self._all_batches(rng), rng)
        return self._made[1]

    def _all_batches(self, rng: np.random.Generator) -> list[NDArray[np.int64]]:
        """The batches of all ranks, in the order of pools and lengths."""
        n_rows = len(self._lengths)
        order = rng.permutation(n_rows) if self.shuffle else np.arange(n_rows)
        if self.drop_last and self.batch_size is not None and self.max_tokens is None:
            order = order[: n_rows - n_rows % self.batch_size]  # any, not always the longest
        pool_rows = self.pool * self._usual_size()
        batches = []
        for start in range(0, len(order), pool_rows):
            rows = order[start : start + pool_rows]
            if self.pool > 1:
                # lexsort sorts by its last key first; minus: longest first, ties as shuffled.
                rows = rows[np.lexsort(-self._lengths[rows].T[::-1])]
            stops = _stops(self._lengths[rows].max(axis=1), self.batch_size, self.max_tokens)
            batches += np.split(rows, stops[:-1])
        return batches

    def _usual_size(self) -> int:
        """About how many examples a batch holds."""
        sizes = [] if self.batch_size is None else [self.batch_size]
        if self.max_tokens is not None:
            mean = self._lengths.max(axis=1).mean() if len(self._lengths) else 1.0
            sizes.append(max(1, int(self.max_tokens / mean)))
        return min(sizes)

    def _of_rank(
        self, batches: list[NDArray[np.int64]], rng: np.random.Generator
    ) -> list[list[int]]:
        """This rank's batches; neighbours in length go to different ranks in the same step."""
        ranks = self.world_size
        excess = len(batches) % ranks
        if excess and self.drop_last:
            # Shuffled, those left out are any; in order, the last ones.
            kept = rng.permutation(len(batches)) if self.shuffle else np.arange(len(batches))
            batches = [batches[n] for n in sorted(kept[: len(batches) - excess].tolist())]
        elif excess:
            batches = batches + [batches[n % len(batches)] for n in range(ranks - excess)]
        n_steps = len(batches) // ranks
        steps = rng.permutation(n_steps) if self.shuffle else np.arange(n_steps)
        return [batches[step * ranks + self.rank].tolist() for step in steps.tolist()]


def _as_rows(lengths: ArrayLike) -> NDArray[np.int64]:
    """(N, K) lengths as they are in a batch, where nothing is shorter than 1."""
    array = np.asarray(lengths)
    if array.ndim not in (1, 2) or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(f"lengths are whole numbers of shape (N,) or (N, 2), not {array.shape}")
    return np.maximum(array.reshape(len(array), -1 if array.size else 1).astype(np.int64), 1)


def _ranks(rank: int | None, world_size: int | None) -> tuple[int, int]:
    if (rank is None) != (world_size is None):
        raise ValueError("rank and world_size go together; give both or none")
    if rank is None or world_size is None:
        if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
            return 0, 1
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    if not 0 <= rank < world_size:
        raise ValueError(f"rank is {rank}; with world_size {world_size} it is 0..{world_size - 1}")
    return rank, world_size


def _stops(lengths: NDArray[np.int64], batch_size: int | None, max_tokens: int | None) -> list[int]:
    """Where each batch ends among rows in this order."""
    n_rows = len(lengths)
    if max_tokens is None:
        return [*range(batch_size or n_rows, n_rows, batch_size or n_rows), n_rows]
    stops, start, longest = [], 0, 0
    for row, length in enumerate(lengths.tolist()):
        longest = max(longest, length)
        n_batch = row - start + 1
        if row > start and (
            n_batch * longest > max_tokens or (batch_size is not None and n_batch > batch_size)
        ):
            stops.append(row)
            start, longest = row, length
    return [*stops, n_rows]


def padding_share(lengths: ArrayLike, batches: Iterable[Sequence[int]]) -> float:
    """The share of all positions in the batches that is padding, 0..1."""
    of_rows = _as_rows(lengths)
    n_tokens = n_places = 0
    for batch in batches:
        in_batch = of_rows[batch]
        n_tokens += int(in_batch.sum())
        n_places += int(in_batch.max(axis=0).sum()) * len(in_batch)
    return 1 - n_tokens / n_places if n_places else 0.0


# --- language models


class StreamBatch(NamedTuple):
    """`inputs` and `targets`, ids (B, T) int64: each target is the token behind its input."""

    inputs: Tensor
    targets: Tensor


class StreamBatches:
    """A corpus as B parallel streams, T tokens at a time; made by `lm_batches`."""

    def __init__(
        self, corpus: EncodedCorpus, batch_size: int, steps: int, *, eos: bool = False
    ) -> None:
        for name, size in (("batch_size", batch_size), ("steps", steps)):
            if size < 1:
                raise ValueError(f"{name} is {size}; the least that works is 1")
        if eos and corpus.vocab.eos_id is None:
            raise ValueError("this Vocab has no <eos>; with_specials(corpus) gives it one")
        self._corpus = corpus
        self._eos_id = corpus.vocab.eos_id if eos else None
        self.batch_size = batch_size
        self.steps = steps
        # Without <eos> the stream is the ids; with it, line i ends at offsets[i + 1] + i.
        self.n_stream = corpus.n_tokens + (len(corpus) if eos else 0)
        if self.n_stream < 2:
            raise ValueError(f"{corpus.name} has {self.n_stream} tokens; prediction needs two")

    def __len__(self) -> int:
        """The number of batches."""
        return -(-self._width // self.steps)

    @property
    def n_targets(self) -> int:
        """Tokens that are predicted: all but the first."""
        return self.n_stream - 1

    @property
    def _width(self) -> int:
        """Predictions of the longest row."""
        return -(-self.n_targets // self.batch_size)

    def __iter__(self) -> Iterator[StreamBatch]:
        least, longer = divmod(self.n_targets, self.batch_size)
        rows = range(self.batch_size)
        starts = [row * least + min(row, longer) for row in rows]
        lines = [self._line_at(start) for start in starts]
        for pos in range(0, self._width, self.steps):
            n_steps = min(self.steps, self._width - pos)
            block = np.zeros((self.batch_size, n_steps + 1), np.int64)
            for row in rows:
                first = starts[row] + pos
                part = self._part(first, min(first + n_steps + 1, self.n_stream), lines[row])
                block[row, : len(part)] = part
                lines[row] = self._line_at(first + n_steps, lines[row])
            inputs, targets = block[:, :-1], block[:, 1:].copy()
            if longer and pos + n_steps == self._width:
                # The rows behind the longer ones have no target here: it is the next row's first.
                targets[longer:, -1] = IGNORE
            yield StreamBatch(torch.from_numpy(inputs.copy()), torch.from_numpy(targets))

    def _line_at(self, pos: int, line: int = 0) -> int:
        """The line in which a position of the stream lies, not before `line`."""
        if self._eos_id is None:
            return 0
        offsets = self._corpus.offsets
        lines = range(len(self._corpus))
        return bisect_left(lines, pos, line, len(lines) - 1, key=lambda n: int(offsets[n + 1]) + n)

    def _part(self, start: int, stop: int, line: int) -> NDArray[np.int32]:
        """The stream from `start` to `stop`; `line` is the line of `start`."""
        ids, offsets = self._corpus.ids, self._corpus.offsets
        if self._eos_id is None:
            return ids[start:stop]
        # Every line ends in a token, so no more than stop - start of them end here.
        ends = offsets[line + 1 : line + 1 + stop - start]
        ends = ends + np.arange(line, line + len(ends))
        ends = ends[ends < stop] - start
        part = np.full(stop - start, self._eos_id, np.int32)
        is_word = np.ones(stop - start, np.bool_)
        is_word[ends] = False
        first = start - line
        part[is_word] = ids[first : first + len(part) - len(ends)]
        return part


def lm_batches(
    corpus: EncodedCorpus, batch_size: int, steps: int, *, eos: bool = False
) -> StreamBatches:
    """Batches for truncated backpropagation through time over a corpus as one stream.

    Each row reads its own stretch of the corpus and goes on in the next batch where it ended, so
    that a model carries its state from batch to batch (detached). `steps` is T; the last batch
    may be narrower. `eos` puts <eos> behind each line. Every token but the first is a target
    exactly once; where the stretches differ by one, the missing target is IGNORE. The corpus is
    read as it lies, mapped or not. ValueError for fewer than two tokens, and ids of no token.
    """
    corpus.check_ids()
    return StreamBatches(corpus, batch_size, steps, eos=eos)
