"""Engine: textseq's word2vec on the tables of a gensim model.

In: a token stream, the model's vectors and options. Out: the vectors some epochs later, and the
loss. Draws, rates and arithmetic are word2vec/'s.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.compat.gensim.models.token_stream import TokenStream
from textseq.config import Word2VecConfig, thread_count
from textseq.pace import Pace

logger = logging.getLogger(__name__)

_REPORT_SECONDS = 1.0
_OPTIONS = {  # of Word2VecConfig, as gensim calls them
    "vector_size": "dim",
    "window": "window",
    "negative": "negatives",
    "ns_exponent": "noise_exponent",
    "alpha": "lr",
    "min_alpha": "min_lr",
    "epochs": "epochs",
    "shrink_windows": "dynamic_window",
}


def config_of(model: Any, subsample: float) -> Word2VecConfig:
    """The options of a model; NotImplementedError for what is beyond ours."""
    config = Word2VecConfig(
        mode="skipgram" if model.sg else "cbow",
        subsample=subsample,
        threads=min(model.workers, thread_count(0)),
        seed=model.seed + model.train_count,  # else each `train` would draw the same words again
        device="cpu",
    )
    for theirs, ours in _OPTIONS.items():
        try:
            config = config.replace(**{ours: getattr(model, theirs)})
        except ValueError as error:
            said = str(error).removeprefix(f"{ours} is ")
            raise NotImplementedError(f"{theirs} is {said}") from None
    return config


class Engine:
    """One training: `train_until` an epoch, `fetch` the vectors, go on.

    `vectors` and `output_vectors` are (V, D) float32, of words with these `counts`; `parts`: by
    what part of its change each input vector is moved. The stream has rows, -1 for no word.
    """

    def __init__(
        self,
        stream: TokenStream,
        counts: NDArray[np.int64],
        vectors: NDArray[np.float32],
        output_vectors: NDArray[np.float32],
        parts: NDArray[np.float32],
        config: Word2VecConfig,
    ) -> None:
        from textseq.word2vec.job import Job
        from textseq.word2vec.run import Done

        # Row 0 is <pad>: it stands for no word, and no kernel draws or keeps it.
        offsets = np.concatenate([np.zeros(1, np.int64), stream.ends])
        self._tables = vectors, output_vectors
        ids = stream.numbers + np.int32(1)
        self._job = Job.create(ids, offsets, np.concatenate([[0], counts]), 1, config)
        self._n_words = len(vectors)
        for table, given in zip((self._job.w_in, self._job.w_out), self._tables, strict=True):
            table[1:, : config.dim] = given
        self._job.part_in[1:] *= parts
        self._done = Done.nothing(config.epochs)

    def train_until(self, epoch: int) -> float:
        """Train up to the end of the how-manieth epoch; the loss summed over all so far.

        KeyboardInterrupt leaves what has been trained by then.
        """
        from textseq.word2vec.run import TrainingRun, Word2VecProgress

        # A run ends with the epochs of its config; the rate falls over all of them.
        job = replace(self._job, config=self._job.config.replace(epochs=epoch))
        run = TrainingRun(job, "cpu", self._done, None)
        pace = Pace(_REPORT_SECONDS)

        def report(now: Word2VecProgress) -> None:
            if pace.is_due:
                pace.spend(
                    lambda: logger.info(
                        "epoch %d of %d: %.0f words/s, loss %.4f a pair",
                        now.epoch, self._job.config.epochs, now.words_per_second, now.loss,
                    )
                )  # fmt: skip

        run.run(report, threading.Event(), None)
        if not run.is_whole:
            self.fetch()
            raise KeyboardInterrupt
        return float(self._done.loss.sum())

    def fetch(self) -> None:
        """Bring what has been trained into the model's tables."""
        for table, out in zip((self._job.w_in, self._job.w_out), self._tables, strict=True):
            out[...] = table[1:, : self._job.config.dim]

    @property
    def words_kept(self) -> float:
        """How many words an epoch is expected to keep of the stream, behind subsampling."""
        seen = np.bincount(self._job.ids, minlength=self._n_words + 1)
        return float(seen @ (self._job.sampler.keep / 2.0**32))
