"""Sources: find text and open it.

In: files, folders, glob patterns, "-" for standard input, or any iterable of lines.
Out: `find_sources` gives one `TextSource` for each; its `open()` is a stream of bytes.
Packed ones are unpacked on the way (packing.py). What the bytes mean is the business of corpus.py,
which part of them a machine reads that of shards.py.
"""

from __future__ import annotations

import glob
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

from textseq.advice import either
from textseq.artifact import HEADER, read_json
from textseq.packing import READ_BYTES, as_file, read_chunks, unpacked
from textseq.text.given import as_items
from textseq.text.notices import notify
from textseq.text.reading.text_files import is_text

STANDARD_INPUT = "standard input"  # what messages call it
_NAMED = 10  # files that a message names


@dataclass
class Position:
    """How many bytes of a file on disk were read, still compressed, since it was opened."""

    n_bytes: int = 0


@dataclass(frozen=True)
class TextSource:
    """One input: `open()` gives its bytes from the start, decompressed.

    `size`: bytes on disk, still compressed; None where that is unknown. `position` says how many
    of them were read. `path`: the file, where it is one.
    `encoding`: what the bytes are in, whatever the options say; None: as the options say.
    `once`: whether a second `open()` is refused, as what was read is gone: standard input, a named
    pipe, an iterator; `keep` makes a copy. `packed`: opens it as it is, not decompressed.
    `gives_lines`: whether its lines were given one by one, so that it is no file.
    """

    name: str
    open: Callable[[], BinaryIO]
    size: int | None
    encoding: str | None = None
    once: bool = False
    gives_lines: bool = False
    path: str | None = None
    position: Position = field(default_factory=Position, compare=False)
    packed: Callable[[], BinaryIO] | None = None


Inputs = (
    str
    | Path
    | list[str | Path]
    | list[str]
    | list[Path]
    | list[TextSource]
    | tuple[str | Path, ...]
)


def find_sources(inputs: Inputs | Iterable[str]) -> list[TextSource]:
    """The sources that the inputs name, in order.

    A str, a Path, a list or a tuple of them name files, folders (every text file below, sorted,
    hidden ones left out; a notice names the files that are no text), glob patterns or standard
    input ("-"); sources found before stay as they are. Any other iterable is one source and gives
    lines; a Hugging Face dataset gives its text column.
    Raises FileNotFoundError for a name behind which there is no file.
    """
    if isinstance(inputs, str | os.PathLike):
        inputs = [inputs]
    if not isinstance(inputs, list | tuple):
        return [_line_source(inputs)]
    for name in inputs:
        if isinstance(name, list | tuple):
            raise TypeError(
                f"a {type(name).__name__} is not the name of a file; encode_lines takes lists of "
                "tokens"
            )
    names = [name if isinstance(name, TextSource) else os.fspath(name) for name in inputs]
    if not names:
        raise ValueError("no input was given")
    if names.count("-") > 1:
        raise ValueError("standard input (-) was given twice; it can be read only once")
    return [
        source
        for name in names
        for source in ([name] if isinstance(name, TextSource) else _named_sources(name))
    ]


class SourceReader:
    """How far sources are read, one after the other: each step costs the same, however many."""

    def __init__(self, sources: Sequence[TextSource]) -> None:
        self._sources = sources
        sizes = [source.size for source in sources if source.size is not None]
        # Bytes on disk of all sources, still packed; None: not known.
        self.size = sum(sizes) if len(sizes) == len(sources) else None
        self._before = 0
        self._position = Position()

    def each(self) -> Iterator[TextSource]:
        """The sources; each is read before the next one is asked for."""
        for source in self._sources:
            self._position = source.position
            yield source
            self._before, self._position = self._before + source.position.n_bytes, Position()

    @property
    def n_bytes(self) -> int:
        """Bytes read, of `size`."""
        return self._before + self._position.n_bytes


def name_sources(sources: Sequence[TextSource]) -> str:
    """What messages call them: the first one, and how many more."""
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    return f"{sources[0].name}{more}"


@contextmanager
def naming(*inputs: Inputs) -> Iterator[None]:
    """A ValueError from inside begins with the names of what was read, the first three of them."""
    try:
        yield
    except ValueError as error:
        lists = [[given] if isinstance(given, str | os.PathLike) else given for given in inputs]
        names = [name.name if isinstance(name, TextSource) else str(name) for name in chain(*lists)]
        names = [STANDARD_INPUT if name == "-" else name for name in names]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        where = f"{', '.join(names[:3])}{more}: " if names else ""
        raise ValueError(where + str(error)) from error


def _named_sources(name: str) -> list[TextSource]:
    if name == "-":
        return [_unique_source(STANDARD_INPUT, open_stdin)]
    status = _status(name)
    if status is not None and stat.S_ISDIR(status.st_mode):
        return [_file_source(path, size) for path, size in _texts_below(name)]
    if status is not None:  # before patterns: a file name may hold a [ or a *
        if stat.S_ISREG(status.st_mode):
            return [_file_source(name, status.st_size)]
        # A pipe has a path too (mkfifo, or /dev/fd/63 of a shell's <(...)), but only one reading.
        return [_unique_source(name, lambda: open(name, "rb"), path=name)]
    shown = name if len(name) <= 200 else name[:200] + "..."
    if not glob.has_magic(name):
        raise FileNotFoundError(
            f"there is no file or folder {shown!r}"
            + either("; lines of text are given as iter(lines)", "")
        )
    sizes = {path: _file_size(path) for path in glob.iglob(name, recursive=True)}
    found = [(path, size) for path, size in sorted(sizes.items()) if size is not None]
    if not found:
        raise FileNotFoundError(f"no file matches the pattern {shown!r}")
    return [_file_source(path, size) for path, size in found]


def _status(path: str) -> os.stat_result | None:
    """What the system knows of a path; None where there is nothing."""
    try:
        return os.stat(path)
    except (OSError, ValueError):  # ValueError: a null byte
        return None


def _file_size(path: str) -> int | None:
    """The size of a regular file; None for all else."""
    status = _status(path)
    return status.st_size if status is not None and stat.S_ISREG(status.st_mode) else None


def _texts_below(folder: str) -> list[tuple[str, int]]:
    """The text files of a folder and the folders in it, in the order of their names, with sizes.

    Files that are no text, and folders that textseq wrote, are named in a notice.
    """
    files, others = _files_below(folder)
    texts = []
    for path, size in files:
        if is_text(path):
            texts.append((path, size))
        else:
            others.append(path)
    if not (texts or others):
        raise FileNotFoundError(f"the folder {folder!r} holds no files (hidden ones do not count)")
    if others:
        more = f" and {len(others) - _NAMED:,} more" if len(others) > _NAMED else ""
        left_out = f"{', '.join(sorted(others)[:_NAMED])}{more}"
        if not texts:
            raise FileNotFoundError(f"the folder {folder!r} holds no text files, only {left_out}")
        n_read = f"{len(texts):,} text file{'' if len(texts) == 1 else 's'}"
        notify(f"{n_read} of {folder} read; left out, as no text: {left_out}")
    return texts


def _files_below(folder: str) -> tuple[list[tuple[str, int]], list[str]]:
    """All files with their sizes, in the order of their names; and the folders of ours in it.

    The system is asked once for each of them: there may be very many.
    """

    def fail(error: OSError) -> None:  # os.walk skips in silence what it may not read
        raise error

    found: list[tuple[str, int]] = []
    ours = []
    for parent, folders, names in os.walk(folder, onerror=fail):
        if _is_ours(parent, names):
            ours.append(parent)
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (os.path.join(parent, name) for name in names if not name.startswith("."))
        sizes = ((path, _file_size(path)) for path in paths)
        found += [(path, size) for path, size in sizes if size is not None]
    return sorted(found, key=lambda pair: pair[0].split(os.sep)), ours


def _is_ours(folder: str, names: Sequence[str]) -> bool:
    """Whether textseq wrote a folder with these files in it; one without its config counts too."""
    if {"vocab.txt", "counts.npy"} <= set(names):
        return True
    if "config.json" not in names:
        return False
    try:
        config = read_json(Path(folder, "config.json"))
    except (ValueError, OSError):
        return False
    return isinstance(config, dict) and config.keys() >= set(HEADER)


def _file_source(path: str, size: int) -> TextSource:
    position = Position()

    def open_file() -> BinaryIO:
        file = open(path, "rb")  # noqa: SIM115 - the stream closes it
        position.n_bytes = 0
        return as_file(unpacked(path, _counted(file, position)), file)

    return TextSource(path, open_file, size, path=path, position=position)


def _counted(file: BinaryIO, position: Position) -> Iterator[bytes]:
    for data in read_chunks(file):
        position.n_bytes += len(data)
        yield data


def _unique_source(
    name: str, open_it: Callable[[], BinaryIO], path: str | None = None
) -> TextSource:
    """What can be read only once: `open_it` gives its bytes as they are."""
    open_once = _once(name, open_it)

    def open_file() -> BinaryIO:
        file = open_once()
        return as_file(unpacked(name, read_chunks(file)), file)

    return TextSource(name, open_file, None, once=True, path=path, packed=open_once)


def open_stdin() -> BinaryIO:
    """The bytes of standard input, which stays open; ValueError where it was closed by a reader."""
    stdin = getattr(sys.stdin, "buffer", None)
    if stdin is None:
        raise ValueError("standard input gives no bytes here")
    if stdin.closed:
        raise ValueError("standard input (-) was read already; it can be read only once")
    return as_file(read_chunks(stdin))  # which leaves it open


def keep(source: TextSource, file: BinaryIO) -> TextSource:
    """The source with its bytes in `file`, an open one, from which they can be read again.

    A packed source stays packed there.
    """
    with (source.packed or source.open)() as stream:
        shutil.copyfileobj(stream, file, READ_BYTES)
    file.flush()
    position = Position()

    def open_copy() -> BinaryIO:
        copy = os.fdopen(os.dup(file.fileno()), "rb")
        copy.seek(0)
        if source.packed is None:
            return copy
        position.n_bytes = 0
        return as_file(unpacked(source.name, _counted(copy, position)), copy)

    return replace(
        source, open=open_copy, size=os.fstat(file.fileno()).st_size, once=False, path=None,
        position=position, packed=None,
    )  # fmt: skip


@contextmanager
def readable_twice(
    sources: Sequence[TextSource], folder: Path | None = None
) -> Iterator[list[TextSource]]:
    """The sources, and a copy of each that can be read only once, for as long as the block lasts.

    The copies are nameless files in `folder`, or where the system keeps temporary files, and go
    with the process, whatever becomes of it.
    """
    with ExitStack() as copies:
        yield [
            keep(source, copies.enter_context(tempfile.TemporaryFile(dir=folder)))
            if source.once
            else source
            for source in sources
        ]


def _once(name: str, open_it: Callable[[], BinaryIO]) -> Callable[[], BinaryIO]:
    """`open_it`, which refuses the second call: what was read is gone."""
    unread = [open_it]

    def open_once() -> BinaryIO:
        if not unread:
            raise ValueError(f"{name} can be read only once; save it to a file to read it again")
        return unread.pop()()

    return open_once


# --- lines that are str already


def _line_source(lines: Iterable[Any]) -> TextSource:
    if isinstance(lines, Mapping):
        raise TypeError(
            f"a {type(lines).__name__} is not text; choose one of {', '.join(map(str, lines))}"
        )
    lines = as_items(lines, "lines", "line")
    is_dataset = hasattr(lines, "features") and hasattr(lines, "column_names")
    name = f"<{type(lines).__name__}>" if is_dataset else "the lines given"
    get_lines = _text_column(lines) if is_dataset else lambda: lines

    def open_lines() -> BinaryIO:
        return as_file(_encoded(name, iter(get_lines())))

    one_way = iter(lines) is lines  # TypeError for what is no iterable
    open_them = _once(name, open_lines) if one_way else open_lines
    return TextSource(name, open_them, None, "utf-8", once=one_way, gives_lines=True)


def _encoded(name: str, lines: Iterator[Any]) -> Generator[bytes, None, None]:
    while batch := list(islice(lines, 64)):
        for line in batch:
            if not isinstance(line, str):
                raise TypeError(f"{name}: a {type(line).__name__} where a line (str) is due")
        # A newline inside becomes a space, so that one item stays one line.
        text = "\n".join([line.removesuffix("\n").replace("\n", " ") for line in batch])
        # Half a surrogate pair becomes bytes which the check for UTF-8 then reports.
        for start in range(0, len(text), READ_BYTES):  # a part: a line may be very long
            yield text[start : start + READ_BYTES].encode("utf-8", "surrogatepass")
        yield b"\n"


def without_format(dataset: Any) -> Any:
    """A Hugging Face dataset without the format that it may have: arrays, tensors, tables.

    A transform stays: what it makes is what is to be read.
    """
    return dataset if is_transformed(dataset) else dataset.with_format(None)


def is_transformed(dataset: Any) -> bool:
    """Whether `with_transform` says what the rows of a dataset are; a stream has none."""
    return (getattr(dataset, "format", None) or {}).get("type") == "custom"


def _text_column(dataset: Any) -> Callable[[], Iterator[str]]:
    """The lines of a Hugging Face dataset: its column `text`, or else its only one of strings."""
    features = dataset.features or dict.fromkeys(dataset.column_names or ["text"])
    strings = [
        column
        for column, feature in features.items()
        if getattr(feature, "dtype", None) in ("string", "large_string")
    ]
    if "text" not in features and len(strings) != 1:
        raise ValueError(
            f"which column is the text? The dataset has {', '.join(features)}; "
            "call its rename_column(..., 'text')"
        )
    column = "text" if "text" in features else strings[0]

    def rows() -> Iterator[str]:
        for batch in without_format(dataset).iter(batch_size=64):
            yield from ("" if line is None else line for line in batch[column])

    return rows
