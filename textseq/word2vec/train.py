"""train_word2vec: an encoded corpus in, word vectors out.

In: an EncodedCorpus and the options. Out: WordVectors, or a checkpoint where training is stopped.
Going through the stream is run.py's, the arithmetic the kernels', which `device.py` chooses, the
draws are `sampling.py`'s. It reads no text and prints nothing.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from textseq.artifact import write_where_room_is
from textseq.config import Device, Word2VecConfig
from textseq.stopping import stopped_by_signals
from textseq.text.encode import as_corpus
from textseq.text.encoded import EncodedCorpus
from textseq.text.notices import Notify
from textseq.text.notices import notify as give_notice
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors
from textseq.word2vec.checkpoint import identify_job, restore_job, save_job
from textseq.word2vec.device import find_kernel_device
from textseq.word2vec.divergence import check_result
from textseq.word2vec.job import Job
from textseq.word2vec.rounds import RankLostError
from textseq.word2vec.run import Done, TrainingRun, Word2VecProgress

if TYPE_CHECKING:
    from textseq.word2vec.ranks import Ranks

__all__ = ["TrainingInterrupted", "Word2VecProgress", "train_word2vec"]


class TrainingInterrupted(Exception):
    """Training was stopped from outside; `checkpoint` is the folder that resumes it, or None.

    `why`: what stopped it, if that was another rank.
    """

    def __init__(self, checkpoint: Path | None, why: str = "") -> None:
        super().__init__(f"{why or 'training stopped'}; checkpoint: {checkpoint}")
        self.checkpoint, self.why = checkpoint, why


def train_word2vec(
    corpus: EncodedCorpus | Iterable[Sequence[str]],
    config: Word2VecConfig | None = None,
    *,
    progress: Callable[[Word2VecProgress], None] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    stop: threading.Event | None = None,
    notify: Notify | None = None,
    ranks: Ranks | None = None,
) -> WordVectors:
    """Train word vectors by skip-gram or CBOW with negative sampling (Mikolov et al. 2013).

    Lists of tokens in place of a corpus are encoded as they are, with the default min_count of 5.
    `progress` is called from the calling thread a few times a second. Every `checkpoint_seconds`
    the training is written to `checkpoint` (a folder name); `notify` hears of one that could not
    be (None: it is a warning). On Ctrl-C, SIGTERM or SIGHUP, however often, or when `stop` is set,
    the spans in flight finish, the checkpoint is written (elsewhere, where that disk is full), and
    TrainingInterrupted is raised. `resume=True` goes on from there, on any device. With one thread
    of a CPU, the same seed gives the same bytes, interrupted or not. Raises ValueError if the
    training diverges or the device does not work, MemoryError if the tables do not fit on it.

    `ranks`: this process is one of several that train the same vectors on the same corpus; all of
    them return these. If one is lost, the others raise TrainingInterrupted, and the lowest of them
    has written the checkpoint of the last round.
    """
    corpus = as_corpus(corpus)
    config = config or Word2VecConfig()
    if ranks is not None and not config.threads:
        config = config.replace(threads=ranks.threads)
    if not corpus.n_tokens:
        raise ValueError(f"{corpus.name} holds no tokens")
    if ranks is not None and config.device != "cpu":
        ranks.take_gpu()
    device = find_kernel_device(config).device
    corpus.check_ids()
    corpus = corpus.with_specials_first()
    n_special = len(corpus.vocab.specials)
    if not corpus.vocab.counts[n_special:].any():
        raise ValueError(f"{corpus.name} holds no words; a lower min_count keeps more")
    job = Job.create(corpus.ids, corpus.offsets, corpus.vocab.counts, n_special, config)
    start = Done.nothing(config.epochs)
    if resume:
        if checkpoint is None:
            raise ValueError("resume needs the name of a checkpoint")
        start = restore_job(Path(checkpoint), job, corpus)
    stop = stop or threading.Event()
    notify = notify or give_notice
    try:
        if ranks is not None:
            ranks.join(device)
            more = {"device": device, "sync_words": config.sync_words}
            more["checkpoint"] = start.positions
            ranks.check_same(identify_job(job, corpus) | more)
        run = TrainingRun(job, device, start, ranks)

        def write(path: Path) -> None:
            save_job(path, job, corpus, run.done)

        def keep(path: Path) -> None:
            try:
                write(path)
            except OSError as error:  # the training itself goes on well
                reason = error.strerror or str(error)
                notify(f"{path} could not be written ({reason}); training goes on")

        regularly = None if checkpoint is None else functools.partial(keep, Path(checkpoint))
        # Signals do nothing else until a checkpoint is whole: an exception would come anywhere.
        with stopped_by_signals(stop):
            run.run(progress or (lambda _: None), stop, regularly)
            if not run.is_whole:
                left = None
                if checkpoint is not None and run.done.positions:
                    left = Path(checkpoint)
                    if run.writes:
                        left = write_where_room_is(left, write)
                raise TrainingInterrupted(left, run.why)
    except RankLostError as lost:
        raise TrainingInterrupted(None, str(lost)) from None
    finally:
        if ranks is not None:
            ranks.leave()
    losses = run.done.losses()
    if not losses:
        raise ValueError(
            "no word has a neighbour to learn from: the lines hold one word each, or subsampling "
            "left no more"
        )
    check_result(job, run.done.loss[-1], run.done.pairs[-1])
    return _word_vectors(job, corpus, losses, device)


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
