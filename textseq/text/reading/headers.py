"""Headers that were read as rows: noticed by what they say, and by a class that only they have.

In: the first row of a table that counts as data, or all its texts and labels. Out: whether that row
looks like names of columns. Nothing is left out here; a person is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from textseq.text.reading.table_columns import bare

_FEW = 10  # rows, of which nothing can be seen
# What columns of text and what is learnt of it are called.
# fmt: off
_NAMES = frozenset((
    "answer", "body", "caption", "categories", "category", "class", "classes", "comment",
    "comments", "content", "corpus", "description", "document", "emotion", "headline", "id",
    "index", "input", "intent", "label", "labels", "language", "message", "messages", "output",
    "polarity", "post", "question", "quote", "rating", "reference", "response", "review",
    "reviews", "score", "sentence", "sentence1", "sentence2", "sentences", "sentiment", "sms",
    "source", "spam", "src", "stars", "summary", "tag", "tags", "target", "text", "texts",
    "tgt", "title", "topic", "translation", "tweet", "tweets", "utterance", "v1", "v2",
))
# fmt: on


def are_names(cells: Sequence[str]) -> bool:
    """Whether a first row says what columns are called, and nothing else."""
    return all(bare(cell).casefold() in _NAMES for cell in cells)


def looks_like_header(texts: Sequence[str], labels: Sequence[str]) -> bool:
    """Whether the first row has a class of its own that looks like a name, as its text does."""
    counts = Counter(labels)
    first, text = labels[0], bare(texts[0])
    if counts[first] > 1 or len(counts) < 2 or len(labels) < 3:
        return False
    if _is_number(first):
        return False
    if all(_is_number(label) for label in counts if label != first):
        return True
    if len(labels) < _FEW or len(text.split()) != 1 or len(first.split()) != 1:
        return False
    # One word beside longer texts, and every other class is met again.
    shorter = sum(len(other) <= len(text) for other in texts[1:])
    again = all(count > 1 for label, count in counts.items() if label != first)
    return again and shorter <= len(texts) // 10


def header_note(name: str, line: int, cells: Sequence[str]) -> str:
    """What is said of a first row that looks like a header."""
    shown = ", ".join(repr(cell[:30]) for cell in cells[:3])
    return f"{name}: line {line} looks like a header ({shown}); header=True leaves it out"


def _is_number(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True
