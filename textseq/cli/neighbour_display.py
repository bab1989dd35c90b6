"""Neighbours as people and machines read them.

In: the answers of word vectors. Out: a table on stdout, or what `json` writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textseq.cli.display import table

if TYPE_CHECKING:
    from textseq.vectors.questions import Neighbour


def as_json(answer: list[Neighbour]) -> list[dict[str, Any]]:
    """Neighbours as `json` writes them."""
    return [each._asdict() for each in answer]


def show_neighbours(answer: list[Neighbour], indent: str = "") -> None:
    """Neighbours as a table."""
    table([(each.word, f"{each.similarity:.4f}") for each in answer], indent=indent)
