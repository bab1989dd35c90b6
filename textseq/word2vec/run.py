"""Run: one training on its way through the stream.

In: a job, its device, where to begin, and perhaps other ranks. Out: trained tables in the job, the
losses, and how far it came. It cuts the stream into spans, hands them to threads in order, and
reports. What a span does to the tables is the kernel's, how ranks come together is ranks.py's.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from textseq.config import Device
from textseq.word2vec.device import Kernel, kernel_for
from textseq.word2vec.job import Job

if TYPE_CHECKING:
    from textseq.word2vec.ranks import Ranks, Round

_REPORT_SECONDS = 0.25
_KEEP_SECONDS = 300.0  # between two checkpoints of several ranks


@dataclass(frozen=True)
class Progress:
    """Where a training stands; `words` are raw words of the corpus, all epochs together."""

    epoch: int  # 1..epochs
    epochs: int
    words: int
    total_words: int
    seconds: float
    loss: float  # mean over the true pairs of this epoch so far; NaN before the first

    @property
    def words_per_second(self) -> float:
        """Raw words trained per second so far."""
        return self.words / self.seconds if self.seconds > 0 else 0.0


class RankLostError(Exception):
    """Ranks have died, or do not answer."""

    def __init__(self, ranks: list[int]) -> None:
        names = " and ".join(map(str, ranks))
        who = f"rank {names} has" if len(ranks) == 1 else f"rank {names} have"
        super().__init__(f"{who if ranks else 'a rank has'} stopped answering")
        self.ranks = ranks


class RankFailedError(ValueError):
    """Another rank has met an error, and says which."""

    def __init__(self, rank: int) -> None:
        super().__init__(f"rank {rank} has failed; it says why")


class Run:
    """The threads that go through the stream, and what they have done.

    `done` counts positions over all epochs. Spans are handed out in order and always finished,
    so everything before `done` is trained and nothing after it once the threads have ended. Of
    several ranks each has its part of a round, and `done` is where the last whole round ended.
    `writes`: whether it is for this process to write a checkpoint. `why`: see TrainingInterrupted.
    """

    def __init__(self, job: Job, device: Device, start: int, ranks: Ranks | None) -> None:
        self.job = job
        self.device = device
        self.ranks = ranks
        self.done = start
        self.stopped = False
        self.writes = ranks is None or ranks.rank == 0
        self.why = ""
        self._first = start
        self._next = self._last = start  # what is handed out next, and where that ends
        self._part: Round | None = None
        self._total = len(job.ids) * job.config.epochs
        self._lock = threading.Lock()
        self._loss = np.zeros(job.config.epochs)
        self._pairs = np.zeros(job.config.epochs, np.int64)
        self._error: BaseException | None = None

    def run(
        self,
        progress: Callable[[Progress], None],
        stop: threading.Event,
        keep: Callable[[], object],
    ) -> None:
        """Train to the end, or until `stop`, an interrupt or the loss of a rank.

        Of several ranks the first calls `keep` every few minutes, after a whole round, with the
        tables in the job: what is left if a machine takes all ranks with it.
        """
        kernel: Kernel | None = None
        try:
            kernel = kernel_for(self.job, self.device)
            self._run(kernel, progress, stop, keep)
        except KeyboardInterrupt:
            self.stopped = True
            if self.ranks is not None and (ranks := self.ranks.lost()):
                self._go_on_without(ranks)
        except RankLostError as lost:
            self.stopped = True
            self._go_on_without(lost.ranks)
        if kernel is None:
            return
        if self.ranks is not None and self.stopped:
            self.ranks.go_back(kernel.tables)
        kernel.fetch()

    def _go_on_without(self, lost: list[int]) -> None:
        """Say who is lost; the first of those that are left writes."""
        self.why = str(RankLostError(lost))
        self.writes = self.ranks is not None and set(range(self.ranks.rank)) <= set(lost)

    def _run(
        self,
        kernel: Kernel,
        progress: Callable[[Progress], None],
        stop: threading.Event,
        keep: Callable[[], object],
    ) -> None:
        """Round by round; one process has one round. Reports come from this thread."""
        if self.ranks is not None:
            self.ranks.begin(kernel.tables)
            self.ranks.meet("compiled")
        began = time.perf_counter()  # compiling does not count

        def report() -> None:
            self.stopped = self.stopped or stop.is_set()
            progress(self._report(time.perf_counter() - began))

        if self.ranks is None:
            self._last = self._total
            try:
                self._train(kernel, report)
            finally:
                self.done = self._next
            return
        kept = began
        while self.done < self._total and not self.stopped:
            self._round(kernel, report, self.ranks)
            if self.ranks.rank == 0 and time.perf_counter() - kept >= _KEEP_SECONDS:
                kernel.fetch()
                keep()
                kept = time.perf_counter()

    def _round(self, kernel: Kernel, report: Callable[[], None], ranks: Ranks) -> None:
        """Train on this rank's part, then bring the tables of all ranks together."""
        n_positions = len(self.job.ids)
        epoch = self.done // n_positions
        part = ranks.round_from(self.done, n_positions, self.job.config.sync_words)
        self._part, self._next, self._last = part, part.first, part.last
        loss, pairs = self._loss[epoch], self._pairs[epoch]
        error: Exception | None = None
        try:
            # Every rank finishes its part: all stop after the same round.
            self._train(kernel, report)
        except Exception as failure:  # raised when the others know
            error = failure
        failed = [float(error is not None and rank == ranks.rank) for rank in range(ranks.size)]
        own = [self._loss[epoch] - loss, self._pairs[epoch] - pairs, float(self.stopped)]
        sums = ranks.bring_together(kernel.tables, [*own, *failed])
        if error is not None:
            raise error
        if any(sums[3:]):
            raise RankFailedError(sums.index(1.0, 3) - 3)
        self._loss[epoch], self._pairs[epoch] = loss + sums[0], pairs + round(sums[1])
        self.done, self.stopped = part.stop, sums[2] > 0

    def _train(self, kernel: Kernel, report: Callable[[], None]) -> None:
        """Let the threads go from `_next` to `_last`, or until this is stopped."""
        threads = [
            threading.Thread(target=self._work, args=(kernel,), daemon=True)
            for _ in range(kernel.n_threads)
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(_REPORT_SECONDS)
                    report()
            if self._error is None:  # the last threads may have ended since the last report
                report()
        finally:
            # An interrupt, or an error in `progress`, must leave no thread behind.
            self.stopped = self.stopped or any(thread.is_alive() for thread in threads)
            for thread in threads:
                thread.join()
            # Before an interrupt: what a failed training leaves is worth no checkpoint.
            if self._error is not None:
                raise self._error

    def _work(self, kernel: Kernel) -> None:
        n_positions = len(self.job.ids)
        while True:
            with self._lock:
                stopped = self.stopped and self.ranks is None
                if stopped or self._error is not None or self._next >= self._last:
                    return
                epoch, start = divmod(self._next, n_positions)
                end = min(start + kernel.span, n_positions, start + self._last - self._next)
                self._next += end - start
            try:
                loss, pairs = kernel.train_span(epoch, start, end)
                if not math.isfinite(loss):
                    raise ValueError(
                        f"the loss became {loss} in epoch {epoch + 1}; "
                        f"a learning rate below {self.job.rate.lr} may hold"
                    )
            except BaseException as error:  # reported by the calling thread
                self._error = error
                continue
            with self._lock:
                self._loss[epoch] += loss
                self._pairs[epoch] += pairs

    def losses(self) -> list[float]:
        """The mean loss over the true pairs of each epoch that this run trained on."""
        with self._lock:
            trained = self._pairs > 0
            return list(map(float, self._loss[trained] / self._pairs[trained]))

    def _report(self, seconds: float) -> Progress:
        config, losses = self.job.config, self.losses()
        done = self._next
        if self.ranks is not None and self._part is not None:
            # The others are taken to be as far as this one.
            trained = (self._next - self._part.first) * self.ranks.size
            done = min(self._part.stop, self.done + trained)
        epoch = min(config.epochs, done // len(self.job.ids) + 1)
        words, total = done - self._first, self._total - self._first
        loss = losses[-1] if losses else math.nan
        return Progress(epoch, config.epochs, words, total, seconds, loss)
