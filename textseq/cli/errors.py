"""From an exception to one line for people and an exit status.

In: whatever ended a command. Out: what was given and what would work, and 2 for a wrong use of
the command line, 130 for Ctrl-C (143 for SIGTERM, 129 for SIGHUP), 1 for the rest. The library
speaks of Python arguments; its messages know the options that a person at a shell can give instead
(advice.py). Nothing is printed here.
"""

from __future__ import annotations

import errno
import re
from pathlib import Path

import typer

from textseq.advice import in_a_shell
from textseq.artifact import check_free
from textseq.stopping import Terminated

# Wrong options and arguments, whichever parser lies below this version of typer.
UsageError = typer.BadParameter.__mro__[1]

_LONGEST = 1200  # characters of a message


def describe(error: BaseException) -> tuple[str, int]:
    """The line that says what went wrong, without the "textseq: ", and the exit status."""
    status = 1
    if isinstance(error, KeyboardInterrupt):
        return "stopped", 130
    if isinstance(error, Terminated):
        return str(error), 128 + error.signal
    if isinstance(error, UsageError):
        message, status = _usage(error), 2
    elif isinstance(error, MemoryError):
        message = f"not enough memory ({error})" if str(error) else "not enough memory"
    elif isinstance(error, ModuleNotFoundError) and not (error.name or "").startswith("textseq"):
        message = f"{error.name} is not installed; `pip install {error.name}` brings it"
    elif isinstance(error, FileExistsError):
        message = _exists(error)
    elif isinstance(error, OSError):
        message = _system(error)
    elif isinstance(error, ValueError):
        message = str(error)
    elif isinstance(error, KeyError):
        # KeyError writes its message in quotes, as if it were a key; subclasses have their own.
        own = type(error) is not KeyError
        message = str(error) if own or not error.args else str(error.args[0])
    else:
        message = (
            f"{type(error).__name__}: {error}; this is a fault of textseq, "
            "--debug shows where it is"
        )
    message = in_a_shell(message)
    message = re.sub(r"\s*[\r\n]\s*", " ", message).strip()
    if len(message) > _LONGEST:  # what was given may be as long as a file
        message = f"{message[: _LONGEST - 300]} ... {message[-300:]}"
    return message, status


def _usage(error: BaseException) -> str:
    """The parser's message, less the frame around our own messages."""
    format_message = getattr(error, "format_message", None)
    message = str(format_message()) if callable(format_message) else str(error)
    message = message.removeprefix("Invalid value: ").rstrip(".")
    context = getattr(error, "ctx", None)
    path = getattr(context, "command_path", "textseq")
    return f"{message}; `{path} --help` shows what it takes"


def _exists(error: FileExistsError) -> str:
    """artifact.py says that something is there; what helps here is --force or another name."""
    message = _system(error)
    path, there, _ = message.partition(" exists already;")
    if not there:
        return message
    try:
        check_free(path, overwrite=True)
    except FileExistsError as error:
        if Path(path).is_dir():  # what --force would not replace either
            return f"{error}; give another name"
    return f"{path} exists already; --force replaces it, or give another name"


def _system(error: OSError) -> str:
    """Errors of the system: the file first, then what is wrong with it."""
    if error.errno is None or error.strerror is None:
        return str(error)
    # numpy and others put no file name into the error; the reason alone must do.
    where = f"{error.filename}: " if error.filename is not None else ""
    if error.errno == errno.ENOSPC:
        return f"{where}the disk is full; nothing that was there before has changed"
    return f"{where}{error.strerror[:1].lower()}{error.strerror[1:]}"
