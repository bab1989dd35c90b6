"""Figures: an empty one, and one that becomes a PNG, SVG or PDF file.

In: a size in inches; a figure and a path. Out: a matplotlib Figure; a file, whole or not at all.
matplotlib is an extra (`pip install "textseq[plot]"`) and imported here only. No window is opened,
and what is drawn is decided elsewhere.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from textseq.artifact import check_free_file, replaced
from textseq.extras import comes_with

FORMATS = (".png", ".svg", ".pdf")


def check_picture(path: str | os.PathLike[str]) -> None:
    """ValueError for a name that is none of a picture; ModuleNotFoundError without matplotlib."""
    if Path(path).suffix.lower() not in FORMATS:
        raise ValueError(f"{path} does not end in {', '.join(FORMATS)}")
    new_figure()


def new_figure(width: float = 9.0, height: float = 3.0) -> Any:
    """An empty matplotlib Figure, in inches; no window and no global state belong to it."""
    with comes_with("plot", "matplotlib", "pictures need matplotlib"):
        from matplotlib.figure import Figure
    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: Any, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write the picture, whole or not at all; its name says the format.

    The same picture of the same numbers is the same file. FileExistsError where there is one and
    `overwrite` is not given.
    """
    from matplotlib import rc_context

    check_picture(path)
    check_free_file(path, overwrite=overwrite)
    target = Path(path)
    # Without the salt, the names inside an SVG are random.
    salt = rc_context({"svg.hashsalt": "textseq"})
    with replaced(target) as part, salt, boxes_for_missing_glyphs():
        figure.savefig(part, format=target.suffix[1:].lower(), dpi=150, metadata=_no_date(target))


def _no_date(path: Path) -> dict[str, None]:
    names = {".svg": "Date", ".pdf": "CreationDate"}
    suffix = path.suffix.lower()
    return {names[suffix]: None} if suffix in names else {}


@contextmanager
def boxes_for_missing_glyphs() -> Iterator[None]:
    """No warning for each character that is drawn or measured: fonts.py names their scripts."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def labels_of(tokens: Iterable[str]) -> list[str]:
    """Tokens as labels: $ is no formula, and control characters are seen."""
    return [
        "".join(char if char.isprintable() else repr(char)[1:-1] for char in token).replace(
            "$", r"\$"
        )
        for token in tokens
    ]
