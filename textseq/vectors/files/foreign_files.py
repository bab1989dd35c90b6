"""Files that people try to read as vectors and that are none: archives, pickles.

In: the first bytes of a file. Out: what it is and what to do instead, None for any other file.
"""

from __future__ import annotations

_BY_MAGIC = {
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"\x93NUMPY": "a NumPy array without words",
}
_PICKLE = (
    "a pickle, which can run code when read; in gensim, save_word2vec_format writes a file that "
    "can be read here"
)


def describe_foreign(start: bytes) -> str | None:
    """What a file that begins with these bytes is, and what to do instead."""
    if start[:1] == b"\x80" and start[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        return _PICKLE
    return next((advice for magic, advice in _BY_MAGIC.items() if start.startswith(magic)), None)
