"""Labels: whatever names a class becomes one name, by one rule for all that can hold labels.

In: labels as lists, arrays, tensors, pandas or Arrow columns, cells of tables. Out: their names, as
str without white space at the ends, and the order that an ordered column gives them. A label that
is missing, or several, is refused. Ids are the business of vocabs.py. A number has one name, and
so has a truth value, however it was held or written ("1.0", "1"; "TRUE", "true", "True").
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from textseq.text.given import is_arrow, require_order

# What stands for nothing: also as arrays of str spell it.
_MISSING = frozenset({"", "nan", "NaN", "NAN", "<NA>", "NaT", "Infinity", "-Infinity"})
_NUMBER = re.compile(r"[+-]?\d{1,300}(\.\d{0,300})?([eE][+-]?\d{1,2})?", re.ASCII)
_WHOLE = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)
_TRUTH = {each: name for name in ("True", "False") for each in (name, name.lower(), name.upper())}


def label_names(labels: Iterable[Any], where: Callable[[int], str] | None = None) -> list[str]:
    """The names of labels, (n,) of any kind; ValueError for one that is missing or no single one.

    `where` says where a label stands, by its number from 0.
    """
    where = where or (lambda number: f"label number {number}")
    given: Any = require_order(labels, "labels", "label")
    shape = getattr(given, "shape", None)
    if shape is not None and len(shape) > 1:
        raise ValueError(
            f"the labels have shape {tuple(shape)}; a text has one label, so they are (n,), such "
            "as the argmax of rows with one 1"
        )
    if hasattr(given, "detach") or getattr(getattr(given, "dtype", None), "kind", "") == "U":
        given = given.tolist()  # a tensor, whose items are tensors; strings of NumPy
    given = list(given)
    kinds = set(map(type, given))
    if kinds <= {str}:
        names = list(map(str.strip, given))
    elif kinds <= {int, bool}:
        return list(map(str, given))
    else:
        names = [_name(label, where, number) for number, label in enumerate(given)]
    if not _MISSING.isdisjoint(names):
        number = next(n for n, name in enumerate(names) if name in _MISSING)
        raise ValueError(missing(where(number), given[number]))
    if not _is_text("".join(set(names))):
        number = next(n for n, name in enumerate(names) if not _is_text(name))
        raise ValueError(
            f"{where(number)}: {names[number]!r} holds half a surrogate pair, which no file can; a "
            "label is text"
        )
    return names


def _is_text(name: str) -> bool:
    """Whether UTF-8 can hold it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def missing(where: str, label: Any = "") -> str:
    """What is said of a label that is missing."""
    shown = "" if isinstance(label, str) and not label.strip() else f" ({label})"
    return f"{where}: the label is missing{shown}; fill it in or leave the row out"


def is_missing(label: str) -> bool:
    """Whether the text of a label says that there is none."""
    return label in _MISSING or not label.strip()


def _name(label: Any, where: Callable[[int], str], number: int) -> str:
    if hasattr(label, "as_py"):  # of Arrow
        label = label.as_py()
    if isinstance(label, bytes):
        label = label.decode("utf-8", "replace")
    if isinstance(label, str):
        return label.strip()
    if label is None or label is np.ma.masked or type(label).__name__ in ("NAType", "NaTType"):
        return ""
    if getattr(label, "ndim", 0) or isinstance(label, list | tuple | dict | set | frozenset):
        kind = type(label).__name__
        raise ValueError(f"{where(number)}: a {kind} is no label; a text has one name or number")
    if hasattr(label, "detach"):
        label = label.item()
    if isinstance(label, float | np.floating | Decimal):
        return _number_name(label)
    return "" if label != label else str(label).strip()


def _number_name(number: Any) -> str:
    """The number, whole ones without a point; "" for one that is not finite."""
    if not math.isfinite(number):
        return ""
    if number == int(number):
        return str(int(number))
    return f"{number.normalize():f}" if isinstance(number, Decimal) else str(number)


# --- one name for a value


def spellings(names: Iterable[str]) -> dict[str, str]:
    """What is written in another way than the name it gets, where all of the names are numbers,
    or all are true or false; otherwise they are words, which nobody may change.

    A number is what programs write for one: "1" and "1.0" are, and "1.10", "01" and "+1" are words,
    such as versions.
    """
    distinct = set(names)
    for value_name in (_written_number, _written_truth):
        found = {name: value_name(name) for name in distinct}
        if None not in found.values():
            return {name: other for name, other in found.items() if other and other != name}
    return {}


def known_spellings(known: Sequence[str]) -> dict[str, str]:
    """How values are spelled among known names, by the names that they have here."""
    values = ((_value_name(name), name) for name in reversed(known))
    return {value: name for value, name in values if value is not None}


def spelled_as(name: str, spelled: Mapping[str, str]) -> str:
    """A name as `known_spellings` has it; as it is where that has none of its value."""
    return spelled.get(_value_name(name) or "", name)


def _value_name(name: str) -> str | None:
    return _written_number(name) or _written_truth(name)


def _written_truth(name: str) -> str | None:
    return _TRUTH.get(name)


def _written_number(name: str) -> str | None:
    """The name of the number that a text is the usual spelling of; None for other texts."""
    if _WHOLE.fullmatch(name):
        return "0" if name == "-0" else name
    if not _NUMBER.fullmatch(name):
        return None
    number = float(name)
    return _number_name(number) if repr(number) == name and math.isfinite(number) else None


# --- their order


def label_order(labels: Any) -> list[str] | None:
    """The names of all classes in their order, of an ordered column of labels; else None."""
    if is_arrow(labels):
        kind = labels.type
        if not getattr(kind, "ordered", False):
            return None
        chunks = labels.chunks if hasattr(labels, "chunks") else [labels]
        return label_names(chunks[0].dictionary) if chunks else None
    column = getattr(labels, "cat", labels)  # of a Series, or a Categorical
    if getattr(column, "ordered", False) is True and hasattr(column, "categories"):
        return label_names(list(column.categories))
    return None


def sorted_labels(names: Iterable[str]) -> list[str]:
    """Distinct labels in their order: numbers by size, where all are numbers, else as text."""
    distinct = set(names)
    if not all(map(_NUMBER.fullmatch, distinct)):
        return sorted(distinct)
    return sorted(distinct, key=lambda name: (_size(name), name))


def _size(number: str) -> int | float:
    try:
        return int(number)
    except ValueError:
        return float(number)
