"""One pass over a data set: its batches one after another, made in this process.

In: examples, and a sampler that says which of them meet. Out: sized batches, or what a model makes
of them. A DataLoader (`Examples.loader`) gives the same and can have workers, but takes some 50
microseconds a batch for itself, which counts in training steps of a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from textseq.rnn.data.batch import Batch
from textseq.rnn.data.batching import BucketBatchSampler
from textseq.rnn.data.examples import Examples

B = TypeVar("B", bound=Batch)


class OnePass(Generic[B]):
    """The batches of a sampler's epoch, each as `then` makes it."""

    def __init__(
        self,
        data: Examples,
        sampler: BucketBatchSampler,
        then: Callable[[Batch], B],
        *,
        pin_memory: bool = False,
    ) -> None:
        self._data, self._sampler, self._then = data, sampler, then
        self._pin_memory = pin_memory

    def __len__(self) -> int:
        return len(self._sampler)

    def __iter__(self) -> Iterator[B]:
        for rows in self._sampler:
            batch = self._then(self._data.batch(rows))
            yield batch.pin_memory() if self._pin_memory else batch


def shuffled(
    data: Examples,
    batch_size: int,
    seed: int,
    epoch: int,
    *,
    max_tokens: int | None = None,
    pin_memory: bool = False,
) -> OnePass[Batch]:
    """The batches of one epoch of training: length buckets, in an order of this epoch's own."""
    sampler = BucketBatchSampler(data.lengths, batch_size, max_tokens=max_tokens, seed=seed)
    sampler.set_epoch(epoch)
    return OnePass(data, sampler, lambda batch: batch, pin_memory=pin_memory)
