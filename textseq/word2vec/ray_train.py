"""Training on Ray Train: ranks on the machines of a cluster, as torchrun would start them.

In: the folder of an encoded corpus that all machines see, and the options. Out: a folder of word
vectors, written by rank 0. Each worker of a TorchTrainer is one rank (ranks.py) and runs
`train_word2vec`; progress, a wish to stop and what went wrong go by an actor, the board.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from textseq.artifact import check_free
from textseq.config import Device, Word2VecConfig
from textseq.ray_cluster import USUAL_ERRORS, Machines, ray_cluster
from textseq.stopping import stopped_by_signals
from textseq.text.encoded import EncodedCorpus
from textseq.text.notices import Notify
from textseq.text.notices import notify as give_notice
from textseq.unfinished import folder_beside, remove
from textseq.vectors.word_vectors import WordVectors
from textseq.word2vec.rounds import RankFailedError
from textseq.word2vec.run import Word2VecProgress
from textseq.word2vec.train import TrainingInterrupted, train_word2vec

_LOOK_SECONDS = 0.25
_ATTEMPTS = 4  # as often may Ray begin with fresh workers, after it has lost one


class Share(NamedTuple):
    """How many workers there are, the CPUs of each, and whether each has a GPU."""

    workers: int
    cpus: int
    on_gpus: bool


class Ending(NamedTuple):
    """How the ranks have ended: the vectors are saved, or a wish to stop was heard, or an error."""

    how: Literal["saved", "stopped", "failed"]
    error: str = ""


class Board:
    """What the ranks and the process that waits for them tell each other; an actor of Ray."""

    def __init__(self) -> None:
        self._progress: Word2VecProgress | None = None
        self._ending: Ending | None = None
        self._stop = False
        self._notices: list[str] = []

    def notify(self, notice: str) -> None:
        """Rank 0 says what a person should hear."""
        self._notices.append(notice)

    def take_notices(self) -> list[str]:
        """What was said since the last call."""
        taken, self._notices = self._notices, []
        return taken

    def report(self, progress: Word2VecProgress) -> bool:
        """Rank 0 says how far it is, and hears whether to stop."""
        self._progress = progress
        return self._stop

    def look(self) -> tuple[Word2VecProgress | None, Ending | None]:
        """How far rank 0 is, and the first ending that was written here."""
        return self._progress, self._ending

    def stop(self) -> None:
        """Ask rank 0 to stop."""
        self._stop = True

    def end(self, ending: Ending) -> None:
        """A rank says why it ends."""
        self._ending = self._ending or ending


def train_on_ray(
    corpus: str | os.PathLike[str],
    config: Word2VecConfig,
    out: str | os.PathLike[str],
    *,
    workers: int = 0,
    progress: Callable[[Word2VecProgress], None] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    stop: threading.Event | None = None,
    notify: Notify | None = None,
) -> WordVectors:
    """Train word vectors on `workers` processes of a Ray cluster, each with its share of the CPUs.

    `workers`: 0 for one on each machine; on GPUs each takes one, 0 for all. The corpus, `out` and
    `checkpoint` are folders that all machines see under the same names. Where a worker is lost,
    Ray begins fresh ones, which go on from the checkpoint of at most some minutes before. As with
    `train_word2vec`: TrainingInterrupted on Ctrl-C or `stop`, or when workers are lost again and
    again; ValueError for what can be mended, and where there are more workers than CPUs or GPUs,
    for which Ray would wait.
    """
    check_free(out, overwrite=overwrite)
    place = Path(os.path.abspath(out))
    place.parent.mkdir(parents=True, exist_ok=True)
    kept = None if checkpoint is None else Path(os.path.abspath(checkpoint))
    if resume and (kept is None or not kept.exists()):
        raise FileNotFoundError(f"there is no checkpoint {kept} to resume from")
    if kept is not None and not resume:
        check_free(kept, overwrite=True)
    with folder_beside(place, ".ray") as ours:
        with ray_cluster() as ray:
            share = share_of(Machines.of(ray), config.device, workers)
            if kept is not None and kept.exists() and not resume:
                remove(kept)  # fresh workers would go on from it
            board = ray.remote(num_cpus=0)(Board).remote()
            config = config.replace(device="cuda" if share.on_gpus else "cpu")
            given = {
                "board": board, "corpus": os.path.abspath(corpus), "out": str(place),
                "config": config.to_json(), "checkpoint": kept, "overwrite": overwrite,
            }  # fmt: skip
            trainer = _trainer(given, share, str(ours))
            _wait(ray, trainer, board, progress, kept, stop or threading.Event(), notify)
        return WordVectors.load(place)


def share_of(machines: Machines, device: Device, workers: int) -> Share:
    """What each worker gets; ValueError where there are more of them than CPUs or GPUs.

    Ray would wait for a machine that has them. `workers` as `train_on_ray` takes them.
    """
    n_gpus = sum(machines.gpus)
    on_gpus = device == "cuda" or (device == "auto" and n_gpus > 0)
    workers = workers or (n_gpus if on_gpus else sum(cpus > 0 for cpus in machines.cpus))
    if on_gpus and not 0 < workers <= n_gpus:
        raise ValueError(f"device is {device!r} and workers is {workers}; {n_gpus} GPUs are there")
    cpus = machines.cpus_each(workers)
    if not cpus:
        raise ValueError(
            f"workers is {workers}; the machines of the cluster have "
            f"{' + '.join(map(str, machines.cpus))} CPUs"
        )
    return Share(workers, cpus, on_gpus)


def _trainer(given: dict[str, Any], share: Share, folder: str) -> Any:
    """The TorchTrainer: so many workers, each with its CPUs."""
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchTrainer

    return TorchTrainer(
        _train_rank,
        train_loop_config=given,
        scaling_config=ScalingConfig(
            num_workers=share.workers,
            use_gpu=share.on_gpus,
            resources_per_worker={"CPU": share.cpus},
        ),
        run_config=RunConfig(
            storage_path=folder, failure_config=FailureConfig(max_failures=_ATTEMPTS - 1)
        ),
    )


def _wait(
    ray: Any,
    trainer: Any,
    board: Any,
    progress: Callable[[Word2VecProgress], None] | None,
    checkpoint: Path | None,
    stop: threading.Event,
    notify: Notify | None,
) -> None:
    """Until the ranks have ended; an end before time is an error here too."""
    failed: list[Exception] = []

    def fit() -> None:
        try:
            trainer.fit()
        except Exception as error:  # raised below, by what the board says of it
            failed.append(error)

    # Not in this thread, where Ray would take an interrupt and end the ranks in mid-air.
    fitting = threading.Thread(target=fit, daemon=True)
    fitting.start()
    # An exception in Ray's calls would do harm.
    with stopped_by_signals(stop):
        while fitting.is_alive():
            fitting.join(_LOOK_SECONDS)
            if stop.is_set():
                board.stop.remote()
            now, _ = ray.get(board.look.remote())
            if progress is not None and now is not None:
                progress(now)
            for notice in ray.get(board.take_notices.remote()):
                (notify or give_notice)(notice)
    _, ending = ray.get(board.look.remote())
    if ending is not None and ending.how == "saved":
        return
    if ending is not None and ending.how == "failed":
        raise ValueError(ending.error)
    kept = checkpoint if checkpoint is not None and checkpoint.is_dir() else None
    raise TrainingInterrupted(kept, _lost(failed[0]) if failed else "")


def _lost(error: Exception) -> str:
    """What Ray says of workers that are gone, in a line."""
    failures: dict[int, Exception] = getattr(error, "worker_failures", {})
    if not failures:
        return f"Ray has stopped the training: {' '.join(str(error).split())}"
    rank, failure = min(failures.items())
    return f"rank {rank} has stopped: {(str(failure).strip().splitlines() or [repr(failure)])[0]}"


# ---- on a worker


def _train_rank(given: dict[str, Any]) -> None:
    """One rank, from the corpus to its part of the end."""
    import ray

    from textseq.word2vec.ranks import Ranks

    board, ranks, stop = given["board"], Ranks.from_environment(), threading.Event()
    if ray.get(board.look.remote())[1] is not None:
        return  # Ray begins anew, but there is nothing left to do

    def show(progress: Word2VecProgress) -> None:
        if ranks.rank == 0 and ray.get(board.report.remote(progress)):
            stop.set()

    checkpoint = given["checkpoint"]
    try:
        vectors = train_word2vec(
            EncodedCorpus.load(given["corpus"]), Word2VecConfig.from_json(given["config"]),
            progress=show, checkpoint=checkpoint, stop=stop, ranks=ranks,
            notify=lambda notice: ray.get(board.notify.remote(notice)),
            resume=checkpoint is not None and checkpoint.exists(),
        )  # fmt: skip
        if ranks.rank == 0:
            vectors.save(given["out"], overwrite=given["overwrite"])
            ray.get(board.end.remote(Ending("saved")))
    except TrainingInterrupted as stopped:
        if stopped.why:  # another rank is lost: Ray begins anew when it hears of it
            raise
        ray.get(board.end.remote(Ending("stopped")))
    except RankFailedError:
        raise  # the other one has written why
    except USUAL_ERRORS as error:
        ray.get(board.end.remote(Ending("failed", str(error) or type(error).__name__)))
        raise  # so that Ray stops the others, wherever they wait
