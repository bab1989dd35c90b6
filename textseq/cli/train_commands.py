"""The commands that train: train-w2v.

In: text, an encoded corpus, or nothing (the bundled corpus). Out: a folder of word vectors, and
on the way progress on stderr. Ctrl-C leaves a checkpoint and says which line resumes. Encoding
and training are the library's; here is only what has to be where, and what to do about a stop.
"""

from __future__ import annotations

import functools
import math
import os
import shlex
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from textseq.bundled import CORPUS, bundled
from textseq.cli.display import Meter, duration, rate_line, say
from textseq.cli.ending import end_if_stopped, save_somewhere, say_how_to_go_on, told_stop
from textseq.cli.folders import is_ours
from textseq.cli.options import VECTORS, Force, Quiet, argument, bad, value_option
from textseq.cli.places import Places
from textseq.cli.reading import Engine, Workers, check_options, cluster, reading
from textseq.config import FilterConfig, TextConfig, Word2VecConfig
from textseq.stopping import SIGNALS, stopped_by_signals

if TYPE_CHECKING:
    from textseq.text.encoded import EncodedCorpus
    from textseq.text.vocab import Vocab
    from textseq.vectors.word_vectors import WordVectors
    from textseq.word2vec.ranks import Ranks
    from textseq.word2vec.train import Word2VecProgress


def train_w2v(
    context: typer.Context,
    corpus: Annotated[
        list[str] | None,
        argument(
            "CORPUS", "Text as for `encode`, or one encoded folder; nothing: the bundled corpus."
        ),
    ] = None,
    *,
    out: Annotated[Path, value_option("FOLDER", "Where the vectors go.", "--out", "-o")] = VECTORS,
    word2vec: Word2VecConfig,
    text: TextConfig,
    filters: FilterConfig,
    engine: Engine = "local",
    workers: Workers = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where Ctrl-C stopped the training.")
    ] = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Train word vectors with word2vec.

    Ctrl-C saves a checkpoint beside the result and says how to go on.

    Examples:
      textseq train-w2v --mode cbow
      textseq train-w2v news.txt.gz --lowercase --dim 200 --out ./news-vectors
      textseq train-w2v ./textseq-corpus
      torchrun --nproc-per-node 4 -m textseq train-w2v ./textseq-corpus
      textseq train-w2v ./textseq-corpus --engine ray --workers 8
    """
    from textseq.word2vec.rounds import RankLostError
    from textseq.word2vec.train import TrainingInterrupted

    ranks = _ranks(engine)
    where = _where(engine, word2vec, ranks)
    is_first = ranks is None or ranks.rank == 0
    quiet = quiet or not is_first
    place = Places(out, ranks)
    context.call_on_close(place.release)
    place.check(resume=resume, force=force)
    lately: list[Word2VecProgress] = []
    stop = told_stop("stopping; a checkpoint is written first, asking again changes nothing")
    with cluster(engine, workers):
        run = _on_ray(word2vec, workers) if engine == "ray" else _here(ranks)
        try:
            folder = _encoded(
                corpus or [], text, filters, place, run.encode, resume=resume, quiet=quiet
            )
            # To the end of the command: what is trained is written whole before a signal is obeyed.
            context.with_resource(stopped_by_signals(stop))
            with Meter("train", quiet=quiet) as meter:

                def show(progress: Word2VecProgress) -> None:
                    lately[:] = [progress]
                    meter.update(progress.words, progress.total_words, _line(progress))

                vectors = run.train(
                    folder, word2vec, place.out, progress=show, checkpoint=place.checkpoint,
                    resume=resume, overwrite=force, stop=stop,
                )  # fmt: skip
        except TrainingInterrupted as stopped:
            if stopped.why:
                say(f"textseq: {stopped.why}")
            if not is_first and not stopped.why:
                place.clear_corpus()
            elif stopped.checkpoint is None:
                say("textseq: stopped; nothing was trained yet, so there is no new checkpoint")
                place.clear_corpus()
            else:
                say_how_to_go_on(place, stopped.checkpoint, context.obj, "stopped")
            raise typer.Exit(1 if stopped.why else stop.status) from None
        except RankLostError as lost:  # while it encoded
            say(f"textseq: {lost}")
            place.clear_corpus()
            raise typer.Exit(1) from None
        except BaseException:
            place.clear_corpus()
            raise
    if is_first:
        place.clear()
    place.clear_corpus()
    if not quiet:
        word = "king" if "king" in vectors else _usual(vectors.vocab)
        _summary(len(vectors), vectors.dim, word, lately, out, where)
    end_if_stopped(stop, f"{out} is written")


class Run(NamedTuple):
    """How text is encoded into a folder, and how vectors are trained from one into another."""

    encode: Callable[..., EncodedCorpus]
    train: Callable[..., WordVectors]


def _here(ranks: Ranks | None) -> Run:
    """In this process, which may be one of several ranks."""
    from textseq.text.encode import encode_files
    from textseq.text.encoded import EncodedCorpus
    from textseq.word2vec.train import train_word2vec

    def train(
        folder: Path, config: Word2VecConfig, out: Path, *, overwrite: bool, **more: Any
    ) -> WordVectors:
        vectors = train_word2vec(
            EncodedCorpus.load(folder), config, ranks=ranks, notify=_say, **more
        )
        if ranks is None or ranks.rank == 0:
            save_somewhere(out, vectors.save, force=overwrite)
        return vectors

    return Run(encode_files, train)


def _say(what: str) -> None:
    say(f"textseq: {what}")


def _on_ray(config: Word2VecConfig, workers: int) -> Run:
    """On the machines of a cluster; ValueError, before any work, for more workers than it has."""
    from textseq.ray_cluster import Machines, ray_cluster
    from textseq.text.ray_encode import encode_on_ray
    from textseq.word2vec.ray_train import share_of, train_on_ray

    with ray_cluster() as ray:
        share_of(Machines.of(ray), config.device, workers)
    return Run(encode_on_ray, functools.partial(train_on_ray, workers=workers))


def _where(engine: str, word2vec: Word2VecConfig, ranks: Ranks | None) -> str:
    """Where the training runs, for the summary; ValueError for a device that does not work."""
    if engine == "ray":
        return "on a Ray cluster"
    if ranks is not None and word2vec.device != "cpu":
        ranks.take_gpu()
    from textseq.word2vec.device import find_kernel_device

    chosen = find_kernel_device(word2vec)
    device = "the CPU" if chosen.device == "cpu" else "the GPU"
    return f"on {device} ({chosen.why})"


def _ranks(engine: str) -> Ranks | None:
    """This process among those that torchrun has started, if it has."""
    if os.environ.get("WORLD_SIZE", "1") == "1":
        return None
    if engine == "ray":
        raise bad("--engine ray starts processes of its own; torchrun has started this one")
    from textseq.word2vec.ranks import Ranks

    # torchrun stops a rank by both, one after the other; one of them is enough for a checkpoint.
    # So does it where the terminal is closed, unless nohup has said that nothing shall come of it.
    for kind in SIGNALS:
        if kind in (signal.SIGINT, signal.SIGTERM) or signal.getsignal(kind) != signal.SIG_IGN:
            signal.signal(kind, _stop_once)
    return Ranks.from_environment()


def _stop_once(*_: object) -> None:
    for kind in SIGNALS:
        signal.signal(kind, signal.SIG_IGN)
    raise KeyboardInterrupt


def _encoded(
    corpus: list[str],
    text: TextConfig,
    filters: FilterConfig,
    place: Places,
    encode: Callable[..., EncodedCorpus],
    *,
    resume: bool,
    quiet: bool,
) -> Path:
    """The folder of the corpus: an encoded one as it is, text encoded beside the result."""
    if len(corpus) == 1 and is_ours(corpus[0]):
        if text != TextConfig() or filters != FilterConfig():
            raise bad(
                f"{corpus[0]} is encoded already; text options (--lowercase, --min-count ...) "
                "go to `textseq encode`"
            )
        return Path(corpus[0])
    check_options(text)
    inputs = corpus or [str(bundled(CORPUS))]

    def work() -> None:
        if resume and is_ours(place.corpus):
            _check_kept(place.corpus, text, filters)
            return
        with reading("encode", quiet=quiet) as progress:
            # Left by a training that was killed: nobody else would take it away.
            encode(
                inputs, text, place.corpus, filters=filters, overwrite=True, progress=progress,
            )  # fmt: skip

    if place.ranks is None:
        work()
    else:
        place.ranks.once_a_machine("encoded", work)
    return place.corpus


def _check_kept(folder: Path, text: TextConfig, filters: FilterConfig) -> None:
    """A wrong use unless the corpus of a stopped training was made with the same options."""
    from textseq.text.encoded import EncodedCorpus

    kept = EncodedCorpus.load(folder)
    # A tokenizer that was trained on the text has its file beside the corpus by now.
    same_text = kept.text_config.replace(tokenizer_file=text.tokenizer_file) == text
    both_keep_all = kept.filters.keeps_all and filters.keeps_all
    if not (same_text and (both_keep_all or kept.filters == filters)):
        raise bad("--resume goes on with the text options of the line that was stopped")


def _usual(vocab: Vocab) -> str:
    """Neither a function word nor a rare one: its neighbours should say something."""
    by_count: list[int] = (-vocab.counts).argsort(kind="stable").tolist()
    n_seen = int((vocab.counts > 0).sum()) or len(vocab)  # not all bytes of subwords are
    return vocab.tokens[by_count[min(200, n_seen // 2)]]


def _line(progress: Word2VecProgress) -> str:
    rate = rate_line(progress.words, progress.total_words, progress.seconds, "words")
    loss = "" if math.isnan(progress.loss) else f"loss {progress.loss:.4f}  "  # before the first
    return f"epoch {progress.epoch}/{progress.epochs}  {loss}{rate}"


def _summary(n_words: int, dim: int, word: str, lately: list[Any], out: Path, trained: str) -> None:
    say(f"{n_words:,} words of dim {dim} in {out}")
    for last in lately:
        say(
            f"{last.words:,} raw words in {duration(last.seconds)} "
            f"({last.words / max(last.seconds, 1e-9):,.0f} words/s), "
            f"loss {last.loss:.4f} a true pair, {trained}"
        )
    where = "" if out == VECTORS else f" --vectors {shlex.quote(str(out))}"
    say(f"next: textseq nearest {shlex.quote(word)}{where}")
