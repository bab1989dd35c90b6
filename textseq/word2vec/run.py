"""Run: one training on its way through the stream.

In: a job, its device, where to begin, and perhaps other ranks. Out: trained tables in the job, the
losses, and how far it came. It cuts the stream into spans, hands them to threads in order, reports,
and lets them rest while a checkpoint is written. What a span does to the tables is the kernel's,
how ranks come together is ranks.py's, when a training has gone wrong is divergence.py's.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from textseq.config import Device
from textseq.pace import Pace
from textseq.word2vec.device import Kernel, kernel_for
from textseq.word2vec.divergence import check_loss
from textseq.word2vec.job import Job
from textseq.word2vec.rounds import RankFailedError, RankLostError, Round

if TYPE_CHECKING:
    from textseq.word2vec.ranks import Ranks

_REPORT_SECONDS = 0.25


@dataclass(frozen=True)
class Word2VecProgress:
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


@dataclass
class Done:
    """How far a training is: positions over all epochs, summed loss and true pairs by epoch."""

    positions: int
    loss: NDArray[np.float64]
    pairs: NDArray[np.int64]

    @classmethod
    def nothing(cls, epochs: int) -> Done:
        """Of a training that has not begun."""
        return cls(0, np.zeros(epochs), np.zeros(epochs, np.int64))

    def losses(self) -> list[float]:
        """The mean loss over the true pairs of each epoch that has some."""
        trained = self.pairs > 0
        return list(map(float, self.loss[trained] / self.pairs[trained]))


class TrainingRun:
    """The threads that go through the stream, and what they have done.

    Spans are handed out in order and always finished, so everything before `done.positions` is
    trained and nothing after it once the threads have ended. Of several ranks each has its part of
    a round, and `done` is where the last whole round ended.
    `writes`: whether it is for this process to write a checkpoint. `why`: see TrainingInterrupted.
    """

    def __init__(self, job: Job, device: Device, start: Done, ranks: Ranks | None) -> None:
        self.job = job
        self.device = device
        self.ranks = ranks
        self.done = start
        self.stopped = False
        self.writes = ranks is None or ranks.rank == 0
        self.why = ""
        self._first = start.positions
        self._next = self._last = self._first  # what is handed out next, and where that ends
        self._part: Round | None = None
        self._total = len(job.ids) * job.config.epochs
        self._lock = threading.Lock()
        self._resting = False
        self._working = 0  # threads
        self._error: BaseException | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left to train on."""
        return self.done.positions >= self._total

    def run(
        self,
        progress: Callable[[Word2VecProgress], None],
        stop: threading.Event,
        keep: Callable[[], object] | None,
    ) -> None:
        """Train to the end, or until `stop`, an interrupt or the loss of a rank.

        Every `checkpoint_seconds` it calls `keep`, with all that is done in the job and in `done`
        (of several ranks the first does, after a whole round): what is left if the process is
        killed, or the machine fails.
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
        progress: Callable[[Word2VecProgress], None],
        stop: threading.Event,
        keep: Callable[[], object] | None,
    ) -> None:
        """Round by round; one process has one round. Reports come from this thread."""
        if self.ranks is not None:
            self.ranks.begin(kernel.tables)
            self.ranks.meet("compiled")
        began = time.perf_counter()  # compiling does not count
        pace = Pace(0 if keep is None else self.job.config.checkpoint_seconds)

        def report() -> None:
            self.stopped = self.stopped or stop.is_set()
            self._resting = self.ranks is None and pace.is_due
            progress(self._report(time.perf_counter() - began))

        while not (self.is_whole or self.stopped):
            if self.ranks is None:
                self._stretch(kernel, report)
            else:
                self._round(kernel, report, self.ranks)
            if keep is not None and self.writes and pace.is_due and not self.stopped:
                kernel.fetch()
                pace.spend(keep)

    def _stretch(self, kernel: Kernel, report: Callable[[], None]) -> None:
        """Train to the end, or until the threads rest or are stopped."""
        self._last = self._total
        try:
            self._train(kernel, report)
        finally:
            self.done.positions = self._next

    def _round(self, kernel: Kernel, report: Callable[[], None], ranks: Ranks) -> None:
        """Train on this rank's part, then bring the tables of all ranks together."""
        n_positions = len(self.job.ids)
        done = self.done
        epoch = done.positions // n_positions
        part = ranks.round_from(done.positions, n_positions, self.job.config.sync_words)
        self._part, self._next, self._last = part, part.first, part.last
        loss, pairs = done.loss[epoch], done.pairs[epoch]
        error: Exception | None = None
        try:
            # Every rank finishes its part: all stop after the same round.
            self._train(kernel, report)
        except Exception as failure:  # raised when the others know
            error = failure
        finally:
            own = [done.loss[epoch] - loss, done.pairs[epoch] - pairs, float(self.stopped)]
            # Until all have come together the round is not done, and may never be.
            done.loss[epoch], done.pairs[epoch] = loss, pairs
        failed = [float(error is not None and rank == ranks.rank) for rank in range(ranks.size)]
        sums = ranks.bring_together(kernel.tables, [*own, *failed])
        if error is not None:
            raise error
        if any(sums[3:]):
            raise RankFailedError(sums.index(1.0, 3) - 3)
        done.loss[epoch], done.pairs[epoch] = loss + sums[0], pairs + round(sums[1])
        done.positions, self.stopped = part.stop, sums[2] > 0

    def _train(self, kernel: Kernel, report: Callable[[], None]) -> None:
        """Let the threads go from `_next` to `_last`, or until this rests or is stopped."""
        self._resting = False
        self._working = kernel.n_threads
        # Not Thread.join, which CPython 3.11 ends at an interrupt while the thread goes on.
        idle = threading.Event()
        for _ in range(kernel.n_threads):
            threading.Thread(target=self._work, args=(kernel, idle), daemon=True).start()
        try:
            while not idle.wait(_REPORT_SECONDS):
                report()
            if self._error is None:  # the last threads may have ended since the last report
                report()
        finally:
            # An interrupt, or an error in `progress`, must leave no thread behind.
            self.stopped = self.stopped or not idle.is_set()
            _wait_for(idle)
            # Before an interrupt: what a failed training leaves is worth no checkpoint.
            if self._error is not None:
                raise self._error

    def _work(self, kernel: Kernel, idle: threading.Event) -> None:
        """One thread, span by span; the last one to end says so."""
        try:
            while (span := self._hand_out(kernel.span)) is not None:
                loss, pairs = kernel.train_span(*span)
                with self._lock:
                    self._add(span[0], loss, pairs)
        except BaseException as error:  # reported by the calling thread
            self._error = error
        finally:
            with self._lock:
                self._working -= 1
                if not self._working:
                    idle.set()

    def _hand_out(self, size: int) -> tuple[int, int, int] | None:
        """The next span as epoch, start, stop; None where there is nothing to do now."""
        with self._lock:
            ends = (self.stopped or self._resting) and self.ranks is None
            if ends or self._error is not None or self._next >= self._last:
                return None
            n_positions = len(self.job.ids)
            epoch, start = divmod(self._next, n_positions)
            stop = min(start + size, n_positions, start + self._last - self._next)
            self._next += stop - start
            return epoch, start, stop

    def _add(self, epoch: int, loss: float, pairs: int) -> None:
        self.done.loss[epoch] += loss
        self.done.pairs[epoch] += pairs
        check_loss(self.job, epoch, self.done.loss[epoch], self.done.pairs[epoch])

    def _report(self, seconds: float) -> Word2VecProgress:
        config = self.job.config
        with self._lock:
            losses = self.done.losses()
        done = self._next
        if self.ranks is not None and self._part is not None:
            # The others are taken to be as far as this one.
            trained = (self._next - self._part.first) * self.ranks.size
            done = min(self._part.stop, self.done.positions + trained)
        epoch = min(config.epochs, done // len(self.job.ids) + 1)
        words, total = done - self._first, self._total - self._first
        loss = losses[-1] if losses else math.nan
        return Word2VecProgress(epoch, config.epochs, words, total, seconds, loss)


def _wait_for(event: threading.Event) -> None:
    """However often it is interrupted."""
    while True:
        try:
            event.wait()
            return
        except KeyboardInterrupt:
            continue
