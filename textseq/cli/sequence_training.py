"""What the commands that train sequence models share: options, places, progress, a safe end.

In: a model, data sets, options. Out: the model's folder; on the way a line an epoch on stderr, a
log, curves. Ctrl-C and a disk that fills up leave a checkpoint and the line that goes on from it.
Which model is trained on what is the business of the commands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli.display import Meter, duration, json_line, say
from textseq.cli.options import bad
from textseq.cli.train_commands import Places, resuming_line
from textseq.config import TrainConfig

if TYPE_CHECKING:
    from textseq.rnn.data.examples import Examples
    from textseq.rnn.model import SequenceModel
    from textseq.rnn.training import History, Progress

# Where each command puts its model, unless said otherwise.
CLASSIFIER = Path("textseq-classifier")
TAGGER = Path("textseq-tagger")
LANGUAGE_MODEL = Path("textseq-lm")
TRANSLATOR = Path("textseq-translator")
CAPTIONER = Path("textseq-captioner")
ECHO_STATE = Path("textseq-esn")

Out = Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where the model goes.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where Ctrl-C stopped the training.")]
Log = Annotated[
    Path | None,
    typer.Option("--log", metavar="FILE", help="A line of JSON for each epoch (- is stdout)."),
]
Curves = Annotated[
    Path | None,
    typer.Option("--curves", metavar="FILE", help="Loss, score and gradients as PNG, SVG or PDF."),
]
TensorBoard = Annotated[
    Path | None,
    typer.Option("--tensorboard", metavar="FOLDER", help="The same for TensorBoard."),
]
VectorsOption = Annotated[
    Path | None,
    typer.Option(
        "--vectors",
        metavar="PATH",
        help="Word vectors to begin with: a folder, or a file that `convert` knows.",
    ),
]


def check_places(out: Path, *files: Path | None, resume: bool, force: bool) -> None:
    """Refuse before the work begins what would be refused after it.

    `files`: the log and the picture, which are not replaced without --force or --resume either.
    """
    Places(out).check(resume=resume, force=force)
    for file in files:
        if file is None or str(file) == "-":
            continue
        if file.is_dir():
            raise bad(f"{file} is a folder; give the name of a file")
        if file.exists() and not (resume or force):
            raise FileExistsError(f"{file} exists already; --force replaces it")
        if not file.absolute().parent.is_dir():
            raise FileNotFoundError(f"there is no folder {file.parent} for {file.name}")


def train_and_save(
    context: typer.Context,
    model: SequenceModel,
    train: Examples,
    valid: Examples,
    config: TrainConfig,
    out: Path,
    *,
    resume: bool,
    force: bool,
    quiet: bool,
    log: Path | None = None,
    curves: Path | None = None,
    tensorboard: Path | None = None,
    show: Callable[[dict[str, float]], str] | None = None,
) -> History:
    """Train the model and write its folder; the checkpoint beside it goes when that is done.

    `show` makes a few words of the validation scores. `model.info` gets the options of the
    training, its history, and the numbers of examples. On Ctrl-C typer.Exit(130).
    """
    from textseq.rnn.training import FitInterrupted, fit

    place, shown = Places(out), show or show_scores
    check_places(out, log, curves, resume=resume, force=force)
    if curves is not None:
        from textseq.rnn.curves import check_picture

        check_picture(curves)  # now, not after an hour
    try:
        with (
            _log(log, resume=resume) as note,
            _board(tensorboard) as chalk,
            Meter("train", quiet=quiet) as meter,
        ):

            def keep(entry: dict[str, Any]) -> None:
                note(entry)
                chalk(entry)
                if not quiet:
                    say(epoch_line(entry, config.epochs, shown))

            def update(step: Progress) -> None:
                meter.update(step.done, step.total, _line(step, model))

            history = fit(
                model, train, valid, config, checkpoint=place.checkpoint, resume=resume,
                progress=update, log=keep,
            )  # fmt: skip
    except FitInterrupted as stopped:
        _how_to_go_on(stopped.checkpoint, context.obj, "stopped")
        raise typer.Exit(130) from None
    except OSError:
        _how_to_go_on(place.checkpoint, context.obj, "training stopped")
        raise
    model.info |= {
        "train": config.to_json(),
        "history": {"epochs": history.epochs, "best_epoch": history.best_epoch},
        "data": {"train": len(train), "valid": len(valid)},
    }
    try:
        model.save(out, overwrite=force)
    except (OSError, KeyboardInterrupt):
        _how_to_go_on(place.checkpoint, context.obj, "the model is trained but not saved")
        raise
    place.clear()
    if curves is not None:
        from textseq.rnn.curves import draw_curves

        draw_curves(history, model.best[0], curves)
    if not quiet:
        say(summary(history, shown, out))
    return history


# ---- what is said


def show_scores(scores: dict[str, float]) -> str:
    """The scores of an epoch in a few words."""
    return "  ".join(f"{name} {value:.4g}" for name, value in scores.items())


def epoch_line(entry: dict[str, Any], epochs: int, show: Callable[[dict[str, float]], str]) -> str:
    """What one epoch has brought."""
    return (
        f"epoch {entry['epoch']}/{epochs}  train loss {entry['train_loss']:.4f}  "
        f"valid: {show(entry['valid'])}  {duration(entry['seconds'])}"
    )


def summary(history: History, show: Callable[[dict[str, float]], str], out: Path) -> str:
    """What the whole training has brought."""
    seconds = sum(entry["seconds"] for entry in history.epochs)
    return (
        f"{out}: epoch {history.best_epoch} of {len(history.epochs)} is the best "
        f"({show(history.best_scores)}); trained in {duration(seconds)}"
    )


def _line(step: Progress, model: SequenceModel) -> str:
    score = model.best[0]
    parts = [f"epoch {step.epoch}/{step.epochs}", f"loss {step.loss:.4f}"]
    if score in step.scores:
        parts.append(f"valid {score} {step.scores[score]:.4g}")
    if step.seconds > 0:
        parts.append(f"{step.items / step.seconds:,.0f} {model.unit}/s")
    if step.seconds_left > 0:
        parts.append(f"{duration(step.seconds_left)} left")
    return "  ".join(parts)


def _how_to_go_on(checkpoint: Path | None, arguments: list[str], what: str) -> None:
    if checkpoint is None or not checkpoint.exists():
        say(f"textseq: {what} before the first epoch ended, so there is no checkpoint")
    else:
        say(f"textseq: {what}; the checkpoint is {checkpoint}; this goes on:")
        say(f"  {resuming_line(arguments)}")


# ---- what is kept of each epoch

Keep = Callable[[dict[str, Any]], None]


@contextmanager
def _log(path: Path | None, *, resume: bool) -> Iterator[Keep]:
    """The JSON-lines log: line n is epoch n, also where a training went on."""
    if path is None:
        yield lambda entry: None
    elif str(path) == "-":
        yield json_line
    else:
        with path.open("r+" if resume and path.exists() else "w+", encoding="utf-8") as file:
            kept = file.read().split("\n")[:-1] if resume else []

            def write(entry: dict[str, Any]) -> None:
                # A training that was killed has perhaps logged an epoch that is not in the
                # checkpoint; it comes again.
                kept[entry["epoch"] - 1 :] = [json.dumps(entry, ensure_ascii=False)]
                file.seek(0)
                file.write("".join(f"{line}\n" for line in kept))
                file.truncate()
                file.flush()

            yield write


@contextmanager
def _board(folder: Path | None) -> Iterator[Keep]:
    """The same numbers for TensorBoard."""
    if folder is None:
        yield lambda entry: None
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ModuleNotFoundError:
        raise ModuleNotFoundError("tensorboard is missing", name="tensorboard") from None
    with SummaryWriter(str(folder)) as writer:

        def write(entry: dict[str, Any]) -> None:
            flat = {f"valid/{name}": value for name, value in entry["valid"].items()}
            flat |= {name: value for name, value in entry.items() if name not in ("valid", "epoch")}
            for name, value in flat.items():
                writer.add_scalar(name, value, entry["epoch"])
            writer.flush()

        yield write
