"""Given: texts and tokens that are in memory already, in whatever holds them.

In: what somebody gives where texts, tokens or sentences are due: lists, generators, NumPy and
pyarrow arrays, pandas Series. Out: the same to iterate over; TypeError for a single str, whose
characters would be taken for texts, and for tables, of which the names of columns would be.
"""

from __future__ import annotations

import os
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, Set
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from textseq.artifact import CONFIG
from textseq.config import TextConfig
from textseq.text.vocab.lookup import is_arrow

if TYPE_CHECKING:
    from textseq.text.encoded import EncodedCorpus

_AS_THEY_ARE = TextConfig(clean=())


def each_of(given: Any, what: str, one: str = "text") -> Any:
    """What is given, to iterate over: `what` (plural) of `one` each; TypeError for anything else.

    A pyarrow array becomes a list, since it gives scalars that are no str.
    """
    if isinstance(given, str | bytes):
        kind = type(given).__name__
        raise TypeError(f"a {kind} was given where {what} are due; [{one}] makes a list of one")
    if isinstance(given, Mapping) or is_table(given):
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


def in_order(given: Any, what: str, one: str = "text") -> Any:
    """`each_of` what has an order, since others stand beside it; TypeError for a set."""
    if isinstance(given, Set) and not isinstance(given, KeysView | ItemsView):
        raise TypeError(f"a {type(given).__name__} has no order; {what} in a list have one")
    return each_of(given, what, one)


def is_table(given: Any) -> bool:
    """Whether this has columns (of pandas, polars, pyarrow): iterating gives their names."""
    if hasattr(given, "features"):
        return False  # a data set of Hugging Face, which sources.py reads
    return hasattr(given, "column_names") or (hasattr(given, "columns") and hasattr(given, "shape"))


def is_tokens(item: Any) -> bool:
    """Whether an item is a sentence that is cut already: a list, a tuple or an array of tokens."""
    return isinstance(item, list | tuple | np.ndarray) or is_arrow(item)


def first_of(items: Iterable[Any]) -> tuple[Any, Iterator[Any]]:
    """The first item, None where there is none, and all of them."""
    rest = iter(items)
    head = list(zip(range(1), rest, strict=False))
    if not head:
        return None, rest
    first = head[0][1]
    return first, chain((first,), rest)


def as_corpus(given: EncodedCorpus | Iterable[Sequence[str]] | str) -> EncodedCorpus:
    """An EncodedCorpus of what is given to be trained on: itself, its folder, sentences or lines.

    Sentences are lists of tokens, which are taken as they are; lines are cut at white space. Both
    are encoded with the default min_count. TypeError for a str that is no folder of a corpus.
    """
    from textseq.text.encode import encode_lines
    from textseq.text.encoded import EncodedCorpus

    if isinstance(given, EncodedCorpus):
        return given
    if isinstance(given, str | os.PathLike):
        if os.path.isfile(os.path.join(given, CONFIG)):
            return EncodedCorpus.load(given)
        raise TypeError(
            f"{os.fspath(given)!r} is no folder of an encoded corpus; encode_files makes one of a "
            "file, encode_lines of lists of tokens"
        )
    try:
        return encode_lines(each_of(given, "sentences (lists of tokens)", "sentence"), _AS_THEY_ARE)
    except ValueError as error:
        if "min_count" not in str(error):
            raise
        raise ValueError(
            f"{error}: encode_lines(sentences, TextConfig(min_count=1)) makes a corpus of all words"
        ) from None
