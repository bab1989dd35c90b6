"""Corpus: stream the text of files, folders, pipes and iterables of lines.

In: what `find_sources` (sources.py) finds and opens.
Out: `read_blocks` gives large blocks of valid UTF-8 bytes (for scan/), `read_lines` gives
lines as str. Nothing here changes the text (cleaning/) or cuts words (tokens/), and no
more than a few blocks are in memory, or one line (config.longest_line).
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from textseq.config import LONGEST_LINE, TextConfig, longest_line
from textseq.text.reading.first_look import look_at
from textseq.text.reading.sources import Inputs, TextSource, find_sources, naming
from textseq.text.reading.text_files import begins_as_text

__all__ = [
    "Inputs",
    "LineLimit",
    "TextDecodeError",
    "TextSource",
    "find_sources",
    "naming",
    "read_blocks",
    "read_line_lists",
    "read_lines",
    "read_lines_of",
    "read_parallel",
    "read_units",
    "read_units_of",
    "split_lines",
]

TEXT_BLOCK_BYTES = 1 << 23
LONGEST_WORD_BYTES = 1 << 26
_LINES_BYTES = 1 << 18
_SLICE_BYTES = 1 << 14


class TextDecodeError(ValueError):
    """Bytes that are not text in the given encoding; the message says where and what helps."""


class LineLimit:
    """How long the line of a source is so far, against the longest one that is held whole.

    A packed file of a few kilobytes may unfold to a line that no memory holds.
    """

    def __init__(self, source: TextSource, config: TextConfig) -> None:
        self._name, self._most = source.name, longest_line()
        self._by_file = config.unit == "file" and not source.gives_lines
        self._n_lines = self._n_bytes = 0

    def end(self, n_lines: int) -> None:
        """So many lines have ended, the one begun before among them."""
        self._n_lines += n_lines
        self._n_bytes = 0

    def check(self, n_bytes: int) -> None:
        """The line has so many bytes more; ValueError where it is too long now."""
        self._n_bytes += n_bytes
        if self._n_bytes > self._most:
            where = f"line {self._n_lines + 1}"
            if self._by_file:
                where = "the file, which is one text,"
            raise ValueError(
                f"{self._name}: {where} is longer than {self._most // 1_000_000:,} MB and is "
                f"needed whole, at several times its size; {LONGEST_LINE}=N takes up to N MB"
            )


def read_blocks(
    source: TextSource, config: TextConfig, block_bytes: int = TEXT_BLOCK_BYTES
) -> Iterator[bytes]:
    """Blocks of about `block_bytes` of valid UTF-8, each ending after ASCII white space.

    The last one ends with the file. Raises TextDecodeError for bytes that are not text (with
    errors="strict"), ValueError for a damaged file or a word longer than 64 MiB.
    """
    codec = codec_of(source.encoding or config.encoding)
    pieces = _valid_utf8(source, codec, config.errors, block_bytes)
    return _cut_at_white_space(source, _looked_at(source, pieces, config))


def read_lines(inputs: Inputs | Iterable[str], config: TextConfig) -> Iterator[str]:
    """The lines of all inputs, cut at "\\n" only, less one "\\r" at the end.

    The last newline of a file may be missing. Raises as `find_sources` and `read_blocks` do.
    """
    return read_lines_of(find_sources(inputs), config)


def read_parallel(
    source: Inputs, target: Inputs, config: TextConfig, target_config: TextConfig | None = None
) -> tuple[list[str], list[str]]:
    """The lines of two texts that belong together, line by line; empty ones count.

    `target_config`: of the second text (default: the same). ValueError for other numbers of lines,
    and for standard input twice.
    """
    if source == target == "-":
        raise ValueError("standard input can be one of two texts, not both")
    lines = list(read_lines(source, config))
    others = list(read_lines(target, target_config or config))
    if len(lines) != len(others):
        raise ValueError(
            f"{source} has {len(lines)} lines, {target} has {len(others)}; "
            "each line needs its translation"
        )
    return lines, others


def read_lines_of(sources: Iterable[TextSource], config: TextConfig) -> Iterator[str]:
    """`read_lines` for sources that were found already, or for one shard of them."""
    codec_of(config.encoding)
    return (line for source in sources for line in _lines_of(source, config))


def read_line_lists(inputs: Inputs | Iterable[str], config: TextConfig) -> Iterator[list[str]]:
    """`read_lines` in lists: of a pipe or a terminal, the lines that are there already.

    Whoever answers a list before taking the next keeps nobody waiting.
    """
    sources = find_sources(inputs)
    codec_of(config.encoding)
    return (lines for source in sources for lines in _line_lists_of(source, config))


def read_units(inputs: Inputs | Iterable[str], config: TextConfig) -> Iterator[str]:
    """The sequences of all inputs: lines as `read_lines` gives them; with unit="file", files.

    The text of a file keeps its newlines inside ("\\r\\n" becomes "\\n"), not the one at its
    end; an iterable of lines gives its lines all the same.
    """
    return read_units_of(find_sources(inputs), config)


def read_units_of(sources: Iterable[TextSource], config: TextConfig) -> Iterator[str]:
    """`read_units` for sources that were found already, or for one shard of them."""
    codec_of(config.encoding)
    for source in sources:
        if config.unit == "line" or source.gives_lines:
            yield from _lines_of(source, config, look=True)
        else:
            yield "\n".join(_lines_of(source, config, whole=True))


def _lines_of(
    source: TextSource, config: TextConfig, *, whole: bool = False, look: bool = False
) -> Iterator[str]:
    """The lines of a source; `whole`: they will be put together again; `look`: give notice."""
    for lines in _line_lists_of(source, config, whole=whole, look=look):
        yield from lines
        del lines  # a long one should not stay while the next is read


def _line_lists_of(
    source: TextSource, config: TextConfig, *, whole: bool = False, look: bool = False
) -> Iterator[list[str]]:
    """The same in lists, as they come in."""
    codec = codec_of(source.encoding or config.encoding)
    limit = LineLimit(source, config)
    begun: list[bytes] = []  # of a line whose end has not come yet
    pieces = _valid_utf8(source, codec, config.errors, _LINES_BYTES, live=True)
    for chunk in _looked_at(source, pieces, config) if look else pieces:
        ended, newline, rest = chunk.rpartition(b"\n")
        if whole:
            limit.check(len(chunk))
        if newline:
            begun.append(ended)
            lines = split_lines(begun)
            if not whole:
                limit.end(len(lines))
            yield lines
            del lines
        if rest:
            begun.append(rest)
            if not whole:
                limit.check(len(rest))
    if begun:
        yield split_lines(begun)


def _looked_at(source: TextSource, pieces: Iterator[bytes], config: TextConfig) -> Iterator[bytes]:
    """The same pieces, the first of them looked at, where it is text of a file."""
    if (first := next(pieces, None)) is not None:
        if not source.gives_lines:
            look_at(source.name, first, config)
        yield first
    yield from pieces


def split_lines(begun: list[bytes]) -> list[str]:
    """The lines of pieces of UTF-8, less a "\\r" at their ends.

    The list is emptied, so that a long line is never in memory three times.
    """
    data = b"".join(begun)
    begun.clear()
    lines = data.decode("utf-8").split("\n")
    return [line.removesuffix("\r") for line in lines] if b"\r" in data else lines


def codec_of(encoding: str) -> str:
    """The codec's own name; ValueError for an encoding that Python does not know."""
    try:
        b"a".decode(encoding)
    except UnicodeError:
        pass  # known, and one byte is not enough for it
    except (LookupError, ValueError):
        raise ValueError(f"no encoding {encoding!r}; utf-8, utf-16, cp1252, euc-kr ...") from None
    name = codecs.lookup(encoding).name
    return "utf-8" if name == "utf-8-sig" else name  # the BOM is dropped in any case


def _valid_utf8(
    source: TextSource, codec: str, errors: str, block_bytes: int, *, live: bool = False
) -> Iterator[bytes]:
    """The text of a source as UTF-8 without its BOM, in pieces of whole characters.

    `live`: give what is there and do not wait until `block_bytes` have come.
    """
    offset, line, at_start = 0, 1, True
    held = b""  # UTF-8 only: a character whose end has not come yet
    with source.open() as stream:
        read = getattr(stream, "read1", stream.read) if live else stream.read
        head = _head_of(read, block_bytes, codec)
        codec = _with_byte_order(codec, head)
        decoder = codecs.getincrementaldecoder(codec)(errors)
        data = b"more"
        while data:
            data, head = head or read(block_bytes), b""
            state = decoder.getstate()
            try:
                if codec == "utf-8":
                    held += data
                    piece, n_bytes = _whole_characters(held, errors, final=not data)
                    held = held[n_bytes:]
                else:
                    text = decoder.decode(data, final=not data)
                    piece = text.encode("utf-8", errors)
            except UnicodeDecodeError as error:
                start = offset + len(data) - len(error.object) + error.start
                if codec == "utf-8":
                    line += held[: error.start].count(b"\n")
                else:  # in UTF-16 a byte 0x0A need not be a newline, so it is decoded again
                    decoder.setstate(state)
                    line += decoder.decode(data[: max(0, start - offset)]).count("\n")
                bad = error.object[error.start : error.end]
                is_text = offset > 0 or begins_as_text(error.object)
                raise _decode_error(source.name, codec, start, line, bad, is_text) from None
            except UnicodeEncodeError as error:  # utf-7 and the escapes can spell half a pair
                line += text.count("\n", 0, error.start)
                bad = text[error.start].encode("utf-16-be", "surrogatepass")
                raise _decode_error(source.name, codec, offset, line, bad) from None
            offset += len(data)
            if errors == "strict":
                line += int(np.count_nonzero(np.frombuffer(piece, np.uint8) == ord("\n")))
            if at_start and piece:
                at_start = False
                piece = piece.removeprefix(codecs.BOM_UTF8)
                if piece[257:262] == b"ustar":
                    raise ValueError(
                        f"{source.name} is a tar archive; pipe it in with `tar -xOf` and `-`"
                    )
            if piece:
                yield piece


# The longer ones first: a UTF-32 BOM begins with one of UTF-16.
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HAVE_BOMS = ("utf-8", "utf-16", "utf-32")


def _head_of(read: Callable[[int], bytes], n_bytes: int, codec: str) -> bytes:
    """The first bytes that come: enough of them to see a byte order mark, if one begins there."""
    head = read(n_bytes)
    while (
        codec in _HAVE_BOMS
        and head
        and any(len(head) < len(bom) and bom.startswith(head) for bom, _ in _BOMS)
    ):
        more = read(n_bytes)
        if not more:
            break
        head += more
    return head


def _with_byte_order(codec: str, head: bytes) -> str:
    """The codec that the byte order mark names; without one, UTF-16 and UTF-32 are as on a PC.

    No UTF-8 begins as one of these marks does.
    """
    if codec in _HAVE_BOMS:
        found = next((name for bom, name in _BOMS if head.startswith(bom)), codec)
        if codec == "utf-8" or found.startswith(codec):
            codec = found
    return f"{codec}-le" if codec in ("utf-16", "utf-32") else codec


def _whole_characters(data: bytes, errors: str, *, final: bool) -> tuple[bytes, int]:
    """The valid UTF-8 in `data` and how many bytes of `data` that covers.

    A cut character at the end is left for the next time, unless this is the `final` one.
    """
    if data.isascii():
        return data, len(data)
    view = memoryview(data)
    pos = 0
    try:
        # Decoding is the check. In slices that stay in the cache it is up to 6 times faster.
        while pos < len(data):
            last = final and pos + _SLICE_BYTES >= len(data)
            n_bytes = codecs.utf_8_decode(view[pos : pos + _SLICE_BYTES], "strict", last)[1]
            if not n_bytes:
                break
            pos += n_bytes
    except UnicodeDecodeError as error:
        if errors == "strict":
            start, end = pos + error.start, pos + error.end
            raise UnicodeDecodeError("utf-8", data, start, end, error.reason) from None
        text, n_bytes = codecs.utf_8_decode(data, errors, final)
        return text.encode("utf-8"), n_bytes
    return data[:pos], pos


def _decode_error(
    name: str, codec: str, offset: int, line: int, bad: bytes, is_text: bool = True
) -> TextDecodeError:
    other = "" if is_text else "it begins as no text does; if it is one all the same, "
    return TextDecodeError(
        f"{name}: byte {offset} (line {line}) is not {codec}: {bad.hex(' ')}; {other}give the "
        f"right encoding (--encoding NAME) or replace such bytes (--errors replace)"
    )


def _cut_at_white_space(source: TextSource, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Put pieces together anew so that each ends after ASCII white space."""
    begun: list[bytes] = []  # the start of a word whose end has not come yet
    begun_bytes = offset = 0
    for piece in pieces:
        stop = _last_cut(piece)
        if stop:
            block = b"".join([*begun, memoryview(piece)[:stop]])
            offset += len(block)
            yield block
            begun, begun_bytes = [], 0
        if stop < len(piece):
            begun.append(piece[stop:])
            begun_bytes += len(piece) - stop
        if begun_bytes > LONGEST_WORD_BYTES:
            raise ValueError(
                f"{source.name}: a single word longer than {LONGEST_WORD_BYTES >> 20} MiB "
                f"at byte {offset}; is this text?"
            )
    if begun:
        yield b"".join(begun)


def _last_cut(piece: bytes) -> int:
    r"""Where to end a block: after the last newline, else after other white space; 0: nowhere.

    After a \r only where something follows, since a \n could still come.
    """
    cut = piece.rfind(b"\n") + 1
    # The last 4 KiB mostly hold a space; only without one is it worth to look at the rest.
    for start in (max(0, len(piece) - 4096), 0):
        if cut:
            break
        cut = max(piece.rfind(space, start) for space in (b" ", b"\t", b"\v", b"\f")) + 1
        cut = max(cut, piece.rfind(b"\r", start, len(piece) - 1) + 1)
    return cut
