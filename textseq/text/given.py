"""Given: texts and tokens that are in memory already, in whatever holds them.

In: what somebody gives where texts, tokens or sentences are due: lists, generators, NumPy and
pyarrow arrays, pandas Series. Out: the same to iterate over; TypeError for a single str, whose
characters would be taken for texts, and for tables, of which the names of columns would be. Nothing
is encoded here.
"""

from __future__ import annotations

import sys
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, Set
from itertools import chain
from typing import Any

import numpy as np


def as_items(given: Any, what: str, one: str = "text") -> Any:
    """What is given, to iterate over: `what` (plural) of `one` each; TypeError for anything else.

    A pyarrow array becomes a list, since it gives scalars that are no str.
    """
    if isinstance(given, str | bytes):
        kind = type(given).__name__
        raise TypeError(f"a {kind} was given where {what} are due; [{one}] makes a list of one")
    if isinstance(given, Mapping) or has_columns(given):
        names = getattr(given, "column_names", None) or getattr(given, "columns", given)
        columns = [str(name) for name in names]
        raise TypeError(
            f"a {type(given).__name__} was given where {what} are due; choose one of its columns: "
            f"{', '.join(columns[:10])}"
        )
    if is_arrow(given):
        return given.to_pylist()
    if not isinstance(given, Iterable) or getattr(given, "ndim", 1) == 0:
        raise TypeError(f"a {type(given).__name__} is not iterable; {what} are due")
    return given


def require_order(given: Any, what: str, one: str = "text") -> Any:
    """`as_items` what has an order, since others stand beside it; TypeError for a set."""
    if isinstance(given, Set) and not isinstance(given, KeysView | ItemsView):
        raise TypeError(f"a {type(given).__name__} has no order; {what} in a list have one")
    return as_items(given, what, one)


def has_columns(given: Any) -> bool:
    """Whether this has columns (of pandas, polars, pyarrow): iterating gives their names."""
    if hasattr(given, "features"):
        return False  # a data set of Hugging Face, which sources.py reads
    return hasattr(given, "column_names") or (hasattr(given, "columns") and hasattr(given, "shape"))


def is_arrow(given: object) -> bool:
    """Whether this is a pyarrow array; pyarrow is not loaded to find out."""
    pa = sys.modules.get("pyarrow")
    return pa is not None and isinstance(given, pa.Array | pa.ChunkedArray)


def is_tokens(item: Any) -> bool:
    """Whether an item is a sentence that is cut already: a list, a tuple or an array of tokens."""
    return isinstance(item, list | tuple | np.ndarray) or is_arrow(item)


def peek(items: Iterable[Any]) -> tuple[Any, Iterator[Any]]:
    """The first item, None where there is none, and all of them."""
    rest = iter(items)
    head = list(zip(range(1), rest, strict=False))
    if not head:
        return None, rest
    first = head[0][1]
    return first, chain((first,), rest)
