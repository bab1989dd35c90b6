"""Ending: how a command ends that was asked to, or that finds no room for what it has made.

In: a signal, a full disk. Out: lines on stderr that say what is there and what goes on from it, a
result on another disk, the exit status that the signal wants. What is trained is the library's.
"""

from __future__ import annotations

import shlex
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import typer

from textseq.artifact import write_where_room_is
from textseq.cli.display import say, say_at_once
from textseq.stopping import Stop

if TYPE_CHECKING:
    from textseq.cli.places import Places


def told_stop(what: str) -> Stop:
    """A Stop that says at once which signal has come, and what is done about it."""
    return Stop(lambda number: say_at_once(f"textseq: {signal.Signals(number).name}: {what}"))


def end_if_stopped(stop: Stop, what: str) -> None:
    """typer.Exit with the signal's status, if one has come."""
    if stop.is_set():
        say(f"textseq: stopped; {what}, what would have followed is left out")
        raise typer.Exit(stop.status)


class Save(Protocol):
    """How a result writes itself as a folder."""

    def __call__(self, path: Path, /, *, overwrite: bool) -> object:
        """Write it; FileExistsError where something is, unless it may be replaced."""


def save_somewhere(out: Path, save: Save, *, force: bool) -> None:
    """Write a result; where it finds no room, on another disk, with typer.Exit(1)."""
    where = write_where_room_is(out, lambda path: save(path, overwrite=force or path != out))
    if where != out:
        say(
            f"textseq: {out} could not be written, so all of it is in {where}; where there is room "
            "again, this puts it in its place:"
        )
        say(f"  {moving_line(where, out)}")
        raise typer.Exit(1)


def resuming_line(arguments: list[str]) -> str:
    """The command line that goes on with what these arguments began."""
    again = [] if "--resume" in arguments else ["--resume"]
    return shlex.join(["textseq", *arguments, *again])


def moving_line(source: Path, target: Path) -> str:
    """The command line that puts a folder where it should have gone."""
    move = shlex.join(["mv", str(source), str(target)])
    return f"{shlex.join(['rm', '-r', str(target)])} && {move}" if target.exists() else move


def say_how_to_go_on(place: Places, kept: Path | None, arguments: list[str], what: str) -> None:
    """Where the checkpoint is, which may be another disk, and the line that goes on from it."""
    if kept is None or not kept.exists():
        say(f"textseq: {what} before the first step ended, so there is no checkpoint")
    elif kept == place.checkpoint:
        say(f"textseq: {what}; the checkpoint is {kept}; this goes on:")
        say(f"  {resuming_line(arguments)}")
    else:
        say(
            f"textseq: {what}; {place.checkpoint} could not be written, so the checkpoint is "
            f"{kept}; where there is room again, this goes on:"
        )
        say(f"  {moving_line(kept, place.checkpoint)} && {resuming_line(arguments)}")
