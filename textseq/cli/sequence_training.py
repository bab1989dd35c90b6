"""What the commands that train sequence models share: options, places, progress, a safe end.

In: a model, data sets, options. Out: the model's folder; on the way a line an epoch on stderr, a
log, curves. Ctrl-C, SIGTERM, SIGHUP and a disk that fills up leave a checkpoint and the line that
goes on from it; a signal that comes while the model is written is obeyed when that is whole.
Which model is trained on what is the business of the commands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from textseq.cli.display import Meter, duration, json_line, say
from textseq.cli.ending import end_if_stopped, save_somewhere, say_how_to_go_on, told_stop
from textseq.cli.folders import load_vectors
from textseq.cli.options import bad
from textseq.cli.places import Places
from textseq.cli.recipe_choice import save_recipe
from textseq.cli.train_flags import RunFlags
from textseq.config import Recipe
from textseq.stopping import stopped_by_signals

if TYPE_CHECKING:
    from textseq.rnn.data.examples import Examples
    from textseq.rnn.models.model import SequenceModel
    from textseq.rnn.training.fit import History, Progress
    from textseq.vectors.word_vectors import WordVectors


def check_places(context: typer.Context, run: RunFlags, *pictures: Path | None) -> Places:
    """Refuse before the work begins what would be refused after it; --out is locked until the end.

    The log, the curves and other `pictures` are not replaced without --force or --resume either,
    unless there is nothing in them.
    """
    place = Places(run.out)
    context.call_on_close(place.release)
    place.check(resume=run.resume, force=run.force)
    for file in (run.log, run.curves, run.save_config, *pictures):
        if file is None or str(file) == "-":
            continue
        if file.is_dir():
            raise bad(f"{file} is a folder; give the name of a file")
        if file.exists() and file.stat().st_size and not (run.resume or run.force):
            raise FileExistsError(f"{file} exists already; --force replaces it")
        if not file.absolute().parent.is_dir():
            raise FileNotFoundError(f"there is no folder {file.parent} for {file.name}")
    if any(picture is not None for picture in pictures):
        from textseq.pictures.figure import check_picture

        for picture in filter(None, pictures):
            check_picture(picture)  # now, not behind the training
    return place


def vectors_to_begin_with(run: RunFlags) -> WordVectors | None:
    """What --vectors names."""
    return None if run.vectors is None else load_vectors(run.vectors)


def train_and_save(
    context: typer.Context,
    model: SequenceModel,
    train: Examples,
    valid: Examples,
    recipe: Recipe[Any],
    place: Places,
    run: RunFlags,
    show: Callable[[dict[str, float]], str] | None = None,
) -> History:
    """Train the model and write its folder; the checkpoint beside it goes when that is done.

    `show` makes a few words of the validation scores. `model.info` gets the options of the
    training, its history, and the numbers of examples. On a signal typer.Exit, with the status of
    a process that it has ended: whether in training, or, when the model is written, behind that.
    What would follow is not done then, nor does a shell go on behind `&&`.
    """
    from textseq.rnn.training.fit import FitInterrupted, fit

    shown, config = show or show_scores, recipe.training
    save_recipe(recipe, run.save_config)
    if run.curves is not None:
        from textseq.pictures.figure import check_picture

        check_picture(run.curves)  # now, not after an hour
    planned = config.epochs or 0  # how many epochs there will be, which fit finds out
    stop = told_stop("stopping; a checkpoint is written first, asking again changes nothing")
    with stopped_by_signals(stop):
        try:
            with (
                _log(run.log, resume=run.resume) as note,
                _board(run.tensorboard) as chalk,
                Meter("train", quiet=run.quiet) as meter,
            ):

                def keep(entry: dict[str, Any]) -> None:
                    note(entry)
                    chalk(entry)
                    if not run.quiet:
                        say(epoch_line(entry, planned, shown))

                def update(step: Progress) -> None:
                    nonlocal planned
                    planned = step.epochs
                    meter.update(step.done, step.total, _line(step, model, model.best_on(valid)[0]))

                history = fit(
                    model, train, valid, config, checkpoint=place.checkpoint, resume=run.resume,
                    progress=update, log=keep, notify=lambda what: say(f"textseq: {what}"),
                    stop=stop,
                )  # fmt: skip
        except FitInterrupted as stopped:
            say_how_to_go_on(place, stopped.checkpoint, context.obj, "stopped")
            raise typer.Exit(stop.status) from None
        except OSError:
            say_how_to_go_on(place, place.checkpoint, context.obj, "training stopped")
            raise
        model.info |= {
            "train": config.to_json(),
            "history": history.without_times(),
            "data": {"train": len(train), "valid": len(valid)},
        }
        try:
            save_somewhere(place.out, model.save, force=run.force)
        except (OSError, KeyboardInterrupt):
            what = "the model is trained but not saved"
            say_how_to_go_on(place, place.checkpoint, context.obj, what)
            raise
        place.clear()
        if run.curves is not None:
            from textseq.rnn.show.curves import draw_curves

            draw_curves(history, model.best_on(valid)[0], run.curves)
        if not run.quiet:
            say(summary(history, planned, shown, place.out))
    end_if_stopped(stop, f"{place.out} is written")
    return history


def save_model(model: SequenceModel, place: Places, *, force: bool) -> None:
    """Write a model that is learnt in one pass; a signal meanwhile is obeyed behind that."""
    stop = told_stop("stopping when the model is written")
    with stopped_by_signals(stop):
        save_somewhere(place.out, model.save, force=force)
    end_if_stopped(stop, f"{place.out} is written")


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


def summary(
    history: History, epochs: int, show: Callable[[dict[str, float]], str], out: Path
) -> str:
    """What the whole training has brought; it says where the last epoch planned was the best."""
    seconds = sum(entry["seconds"] for entry in history.epochs)
    more = ", the last: more --epochs may be better" if history.best_epoch == epochs else ""
    return (
        f"{out}: epoch {history.best_epoch} of {len(history.epochs)} is the best{more} "
        f"({show(history.best_scores)}); trained in {duration(seconds)}"
    )


def _line(step: Progress, model: SequenceModel, score: str) -> str:
    parts = [f"epoch {step.epoch}/{step.epochs}", f"loss {step.loss:.4f}"]
    if score in step.scores:
        parts.append(f"valid {score} {step.scores[score]:.4g}")
    if step.seconds > 0:
        parts.append(f"{step.items / step.seconds:,.0f} {model.unit}/s")
    if step.seconds_left > 0:
        parts.append(f"{duration(step.seconds_left)} left")
    return "  ".join(parts)


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
