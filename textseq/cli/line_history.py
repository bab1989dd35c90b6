"""Line history: what a person typed at a prompt, kept for the next time.

In: lines. Out: a file of the last thousand of them, which only its owner can read: nearest-history
in $XDG_STATE_HOME/textseq (~/.local/state/textseq), or what TEXTSEQ_HISTORY names; an empty
TEXTSEQ_HISTORY keeps none. Where nothing can be read or written, nothing is, and nothing is said:
it is a comfort. Lines are edited by question_prompt.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from textseq.artifact import replaced

_VARIABLE = "TEXTSEQ_HISTORY"
_MOST_LINES = 1000
_LONGEST = 1000  # characters of a line that is kept
_MOST_BYTES = 1 << 22  # of a file that is read: as many as such lines can have


def history_file() -> Path | None:
    """Where the lines are kept; None where they are not."""
    named = os.environ.get(_VARIABLE)
    if named is not None:
        return Path(named) if named else None
    state = os.environ.get("XDG_STATE_HOME", "")
    try:
        # The standard wants what is no whole path to be ignored.
        folder = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    except RuntimeError:  # nobody's home
        return None
    return folder / "textseq" / "nearest-history"


def read_history(path: Path) -> list[str]:
    """The lines of a file, the oldest first; none where there is no such file."""
    with suppress(OSError):
        if path.is_file() and path.stat().st_size <= _MOST_BYTES:
            text = path.read_bytes().decode("utf-8", "replace")
            return _kept(text.split("\n"))
    return []


def add_to_history(path: Path, lines: Iterable[str]) -> None:
    """Put lines behind those of the file, which other prompts may have written meanwhile."""
    new = _kept(lines)
    if not new or (path.exists() and not path.is_file()):
        return
    text = "".join(f"{line}\n" for line in _kept([*read_history(path), *new]))
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with replaced(Path(os.path.realpath(path))) as part:  # a link stays
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                file.write(text.encode("utf-8", "replace"))


def _kept(lines: Iterable[str]) -> list[str]:
    """The last of the lines that are worth it; one that was typed again stands once."""
    kept: list[str] = []
    for line in lines:
        if line.strip() and line.isprintable() and len(line) <= _LONGEST and [line] != kept[-1:]:
            kept.append(line)
    return kept[-_MOST_LINES:]
