"""Extras: packages that are not installed with textseq, and what brings them.

In: an import that may fail. Out: the same, or an error that says what needs the package and which
command installs it. Nothing is imported here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def comes_with(extra: str, package: str, needs_it: str) -> Iterator[None]:
    """Around an import of `package`: ModuleNotFoundError that names textseq[extra].

    `needs_it` begins the message, such as "pictures need matplotlib".
    """
    try:
        yield
    except ModuleNotFoundError as error:
        brings_it = f'"textseq[{extra}]"'
        # The command line makes `pip install NAME` of the name.
        raise ModuleNotFoundError(
            f"{needs_it}; `pip install {brings_it}` brings it",
            name=brings_it if error.name == package else error.name,
        ) from None
