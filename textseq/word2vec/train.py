"""train_word2vec: an encoded corpus in, word vectors out.

It cuts the stream into spans, hands them to threads in order, reports, and keeps checkpoints.
The arithmetic is the kernels', which `device.py` chooses; the draws are `sampling.py`'s. It reads
no text and prints nothing.
"""

from __future__ import annotations

import hashlib
import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from textseq.arrays import open_array, save_array
from textseq.artifact import new_folder, read_config, write_config
from textseq.config import Device, Word2VecConfig
from textseq.text.encoded import EncodedCorpus
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors
from textseq.word2vec.device import Kernel, choose_device, kernel_for
from textseq.word2vec.job import Job
from textseq.word2vec.sampling import BLOCK

KIND = "word2vec-checkpoint"
_REPORT_SECONDS = 0.25


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


class TrainingInterrupted(Exception):
    """Training was stopped from outside; `checkpoint` is the folder that resumes it, or None."""

    def __init__(self, checkpoint: Path | None) -> None:
        super().__init__(f"training stopped; checkpoint: {checkpoint}")
        self.checkpoint = checkpoint


def train_word2vec(
    corpus: EncodedCorpus,
    config: Word2VecConfig | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    stop: threading.Event | None = None,
) -> WordVectors:
    """Train word vectors by skip-gram or CBOW with negative sampling (Mikolov et al. 2013).

    `progress` is called from the calling thread a few times a second. On KeyboardInterrupt, or
    when `stop` is set, the spans in flight finish, `checkpoint` (a folder name) is written, and
    TrainingInterrupted is raised; `resume=True` goes on from there, on any device. With one thread
    of a CPU, the same seed gives the same bytes, interrupted or not. Raises ValueError if the loss
    is not finite or the device does not work, MemoryError if the tables do not fit on it.
    """
    config = config or Word2VecConfig()
    if not corpus.n_tokens:
        raise ValueError(f"{corpus.name} holds no tokens")
    device = choose_device(config.device).device
    corpus.check_ids()
    corpus = corpus.with_specials_first()
    n_special = len(corpus.vocab.specials)
    job = Job.create(corpus.ids, corpus.offsets, corpus.vocab.counts, n_special, config)
    start = 0
    if resume:
        if checkpoint is None:
            raise ValueError("resume needs the name of a checkpoint")
        start = _read_checkpoint(Path(checkpoint), job, corpus)
    run = _Run(job, device, start)
    try:
        run.run(progress or (lambda _: None), stop or threading.Event())
    except KeyboardInterrupt:
        run.stopped = True
    if run.kernel is not None:
        run.kernel.fetch()
    if run.stopped:
        saved = None
        if checkpoint is not None and run.done > 0:
            saved = Path(checkpoint)
            _write_checkpoint(saved, job, corpus, run.done)
        raise TrainingInterrupted(saved)
    if start == 0 and not run.losses():
        raise ValueError(
            "no word has a neighbour to learn from: the lines hold one word each, or subsampling "
            "left no more"
        )
    return _word_vectors(job, corpus, run.losses(), device)


class _Run:
    """The threads that go through the stream, and what they have done.

    `done` counts positions over all epochs. Spans are handed out in order and always finished,
    so everything before `done` is trained and nothing after it once the threads have ended.
    """

    def __init__(self, job: Job, device: Device, start: int) -> None:
        self.job = job
        self.device = device
        self.kernel: Kernel | None = None  # until it is compiled
        self.done = start
        self.stopped = False
        self._first = start
        self._total = len(job.ids) * job.config.epochs
        self._lock = threading.Lock()
        self._loss = np.zeros(job.config.epochs)
        self._pairs = np.zeros(job.config.epochs, np.int64)
        self._error: BaseException | None = None

    def run(self, progress: Callable[[Progress], None], stop: threading.Event) -> None:
        """Train to the end, or until `stop`; reports come from this thread."""
        kernel = self.kernel = kernel_for(self.job, self.device)
        began = time.perf_counter()  # compiling does not count
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
                    self.stopped = self.stopped or stop.is_set()
                    progress(self._report(time.perf_counter() - began))
            if self._error is None:  # the last threads may have ended since the last report
                progress(self._report(time.perf_counter() - began))
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
                if self.stopped or self._error is not None or self.done >= self._total:
                    return
                epoch, start = divmod(self.done, n_positions)
                end = min(start + kernel.span, n_positions)
                self.done += end - start
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
        epoch = min(config.epochs, self.done // len(self.job.ids) + 1)
        words, total = self.done - self._first, self._total - self._first
        loss = losses[-1] if losses else math.nan
        return Progress(epoch, config.epochs, words, total, seconds, loss)


def _word_vectors(
    job: Job, corpus: EncodedCorpus, losses: list[float], device: Device
) -> WordVectors:
    """The words' rows without the special tokens and the padding."""
    first, dim = len(corpus.vocab.specials), job.config.dim
    vocab = Vocab(corpus.vocab.tokens[first:], corpus.vocab.counts[first:], specials=())
    tables = [np.ascontiguousarray(t[first:, :dim], np.float32) for t in (job.w_in, job.w_out)]
    made_by = {
        "word2vec": job.config.to_json() | {"lr": job.rate.lr, "device": device},
        "text": corpus.config.get("text"),
        "specials": list(corpus.vocab.specials),
        "source": corpus.config.get("source"),
        "n_tokens": corpus.n_tokens,
        "loss": losses,
    }
    return WordVectors(vocab, tables[0], config=made_by, output_vectors=tables[1])


# ---------------------------------------------------------------- checkpoints


def _identity(job: Job, corpus: EncodedCorpus) -> dict[str, Any]:
    """What must be the same for a checkpoint to go on; threads and the device may differ."""
    options = job.config.to_json()
    del options["threads"], options["device"]
    words = "\n".join(corpus.vocab.tokens).encode("utf-8", "surrogatepass")
    return {
        "word2vec": options,
        "n_tokens": corpus.n_tokens,
        "source": corpus.config.get("source"),
        "vocab": hashlib.blake2b(words, digest_size=32).hexdigest(),
    }


def _write_checkpoint(path: Path, job: Job, corpus: EncodedCorpus, done: int) -> None:
    with new_folder(path, overwrite=True) as folder:
        write_config(folder, KIND, _identity(job, corpus) | {"done": done})
        save_array(folder / "w_in.npy", job.w_in)
        save_array(folder / "w_out.npy", job.w_out)


def _read_checkpoint(path: Path, job: Job, corpus: EncodedCorpus) -> int:
    """Load both tables into the job; return how many positions are done."""
    config = read_config(path, KIND, made_by="textseq train-w2v, stopped by Ctrl-C")
    for name, value in _identity(job, corpus).items():
        if name == "word2vec":
            options = config.get(name)
            for option, ours in value.items():
                theirs = options.get(option) if isinstance(options, dict) else None
                if theirs != ours:
                    raise ValueError(f"{path} was trained with {option} {theirs}, not {ours}")
        elif config.get(name) != value:
            raise ValueError(f"{path} was trained on another corpus ({name} differs)")
    for name, table in (("w_in", job.w_in), ("w_out", job.w_out)):
        table[...] = open_array(path / f"{name}.npy", table.dtype, table.shape)
    done, n_positions = config.get("done"), len(job.ids)
    if type(done) is not int or not 0 <= done <= n_positions * job.config.epochs:
        raise ValueError(f"{path} is damaged: its config says that {done!r} positions are done")
    if done % n_positions % BLOCK:
        raise ValueError(f"{path} is damaged: {done} positions are no whole blocks")
    return done
