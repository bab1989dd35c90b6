"""Which files of a folder are text, recognised by how they begin.

In: a path. Out: whether its bytes, unpacked, are those of a text in some encoding: a picture or an
archive beside the texts is not read as one. Only folders are looked through; a file that is named
is read, whatever it is.
"""

from __future__ import annotations

import codecs
import os

from textseq.packing import packing, unpacked

_LOOKED_AT = 4096  # bytes
_MAGIC = (
    b"%PDF-", b"%!PS", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"PK\x05\x06",
    b"\x7fELF", b"MZ\x90", b"PAR1", b"ARROW1", b"\xd0\xcf\x11\xe0", b"\x93NUMPY",
    b"SQLite format 3", b"Rar!", b"7z\xbc\xaf", b"OggS", b"ID3", b"fLaC", b"RIFF", b"II*\0",
    b"MM\0*", b"BM6",
    b"\0asm", b"\xca\xfe\xba\xbe", b"wOFF", b"wOF2", b"OTTO", b"\0\1\0\0\0", b"{\\rtf",
)  # fmt: skip
_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
# Control characters that no text has many of; those left out end lines, and change encodings.
_CONTROLS = bytes(code for code in (*range(32), 127) if code not in b"\t\n\v\f\r\x0e\x0f\x1b")
_MOST_CONTROLS = 0.02
# UTF-16 and UTF-32 without a mark: what decodes, and has the spaces and stops of a text.
_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_SPACES = " \n\u3000\u3001\u3002\uff0c"
_FEWEST_SPACES = 0.01


def is_text(path: str) -> bool:
    """Whether a file begins as text does; an empty one, and one that is damaged, do too."""
    file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))  # there may be very many files
    try:
        head = os.read(file, _LOOKED_AT)
    finally:
        os.close(file)
    how = packing(head)
    if how is not None and how != "zip":
        try:
            head = next(unpacked(path, iter([head])), b"")[:_LOOKED_AT]
        except ValueError:  # whoever reads it says what is wrong
            return True
        if head[257:262] == b"ustar":  # an archive of many files
            return False
    return begins_as_text(head)


def begins_as_text(head: bytes) -> bool:
    """Whether the first bytes of a file, unpacked, are those of a text."""
    head = head[:_LOOKED_AT]
    if head.startswith(_MAGIC):
        return False
    if has_wide_mark(head):
        return True
    n_controls = len(head) - len(head.translate(None, _CONTROLS))
    return n_controls <= max(1, _MOST_CONTROLS * len(head)) or guess_wide_codec(head) is not None


def has_wide_mark(head: bytes) -> bool:
    """Whether a file begins with the byte order mark of UTF-16 or UTF-32."""
    return head.startswith(_BOMS)


def guess_wide_codec(head: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark, with its byte order, if these bytes are text in it."""
    found: dict[str, int] = {}
    for codec in _WIDE:
        try:
            text = codecs.getincrementaldecoder(codec)().decode(head)
        except UnicodeDecodeError:
            continue
        n_spaces = sum(map(text.count, _SPACES))
        n_controls = sum(char < " " and char not in "\t\n\r\f" for char in text)
        if n_spaces >= _FEWEST_SPACES * len(text) and n_controls <= _MOST_CONTROLS * len(text):
            # In the wrong byte order a digit 0 is a space too, but letters are no letters.
            found[codec] = n_spaces + sum(char.isascii() and char.isalnum() for char in text)
    return max(found, key=found.__getitem__, default=None)
