"""Word sets: a name and its words a line, `flowers: rose, tulip, lily`.

In: a file, packed or not. Out: the sets in their order. Words are parted by commas, or by blanks
where a line has no comma, so that names with spaces can stand in a set too.
"""

from __future__ import annotations

import os
from pathlib import Path

from textseq.packing import read_chunks, unpacked


def read_word_lines(path: str | os.PathLike[str]) -> list[str]:
    """The lines of a file, packed or not, however they end; ValueError where it is not UTF-8."""
    with Path(path).open("rb") as file:
        raw = b"".join(unpacked(os.fspath(path), read_chunks(file)))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{os.fspath(path)}: byte {error.start:,} is not UTF-8") from None
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def read_word_sets(path: str | os.PathLike[str]) -> dict[str, list[str]]:
    """The words of each set by its name; lines that are empty or begin with # are left out.

    ValueError with the line for one without a colon or words, a name or a word that stands twice.
    """
    path = os.fspath(path)
    sets: dict[str, list[str]] = {}
    for number, line in enumerate(read_word_lines(path), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, colon, rest = (part.strip() for part in line.partition(":"))
        words = [w.strip() for w in rest.split(",") if w.strip()] if "," in rest else rest.split()
        if not (colon and name and words):
            raise ValueError(
                f"{path}: line {number:,} is {line.strip()[:60]!r}; a set is `name: word word ...`"
            )
        if name in sets:
            raise ValueError(f"{path}: line {number:,}: there is a set {name!r} already")
        twice = next((word for word in words if words.count(word) > 1), None)
        if twice is not None:
            raise ValueError(f"{path}: line {number:,}: {twice!r} stands twice in {name!r}")
        sets[name] = words
    if not sets:
        raise ValueError(f"{path}: there are no word sets in it")
    return sets
