"""Vector files in and out: opened by content, written whole or not at all.

In: a path. Out: a `VectorFile` to read bytes from, unpacked where its content is packed, or a new
file that takes its name when it is complete. It knows no format of vectors; what all readers share
is here: the header line, decoding of words, the last checks.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Self, cast

import numpy as np
from numpy.typing import NDArray

from textseq.advice import advise, either
from textseq.artifact import check_free, replaced
from textseq.config import VectorFileConfig
from textseq.packing import as_file, packer, packing, read_chunks, unpacked
from textseq.text.reading.sources import open_stdin
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

if TYPE_CHECKING:
    from textseq.fetch.download import ByteProgress

STDIN = Path("-")
BOM = b"\xef\xbb\xbf"
BYTES_AT_ONCE = 1 << 23
LONGEST_ROW = 1 << 26  # a "line" of more bytes is no line, and is not collected in memory
LARGEST_DIM = 1 << 20
_LONGEST_HEADER = 200  # bytes
_EXPANSION = 10  # text of vectors is packed to a third, never to a tenth
_UNPACKED_ROOM = 1 << 26  # bytes that are read of small packed files in any case


class VectorFile:
    """An open vector file; `size` is its length in bytes, None while that is hidden by packing.

    `options` say how it is read: `limit` is of rows. - is standard input, which is closed then.
    What can be read only once, as that or a named pipe, is copied into a temporary file; `on_disk`
    is where its bytes are. `progress` is called with the bytes of the file that were read, and how
    many it has.
    """

    def __init__(
        self,
        path: Path,
        options: VectorFileConfig = VectorFileConfig(),  # noqa: B008 - frozen
        progress: ByteProgress | None = None,
    ) -> None:
        if path.is_dir():
            opens = either("; WordVectors.load opens our folders", "")
            raise ValueError(f"{path} is a folder, not a file" + opens)
        self.path = self.on_disk = path
        self.options = options
        self._progress = progress
        is_stdin = path == STDIN
        self._file = open_stdin() if is_stdin else path.open("rb")
        self._copy = None
        self._unpacked: IO[bytes] | None = None
        if is_stdin or not stat.S_ISREG(os.fstat(self._file.fileno()).st_mode):
            self._copy = tempfile.NamedTemporaryFile(prefix="textseq-")  # noqa: SIM115
            with self._file as pipe:
                shutil.copyfileobj(pipe, self._copy)
            if is_stdin:
                sys.stdin.close()
            self._copy.flush()
            self.on_disk = Path(self._copy.name)
            self._file = self.on_disk.open("rb")
        self._packed = packing(self._file.read(16)) not in (None, "zip")  # a zip is an archive
        self.size = None if self._packed else os.fstat(self._file.fileno()).st_size
        self._left: int | None
        self._handle: BinaryIO
        self.rewind()

    def rewind(self) -> None:
        """Go back to the start."""
        self._file.seek(0)
        self._left, self._handle = None, self._file
        if self._packed:
            size = os.fstat(self._file.fileno()).st_size
            self._left = _UNPACKED_ROOM + _EXPANSION * size
            self._handle = as_file(unpacked(str(self.path), read_chunks(self._file)))

    def unpack(self) -> None:
        """Unpack into a temporary file, for formats that are mapped from disk."""
        if self.size is None:
            self.rewind()
            whole = self._unpacked = tempfile.NamedTemporaryFile(prefix="textseq-")  # noqa: SIM115
            while data := self.read(BYTES_AT_ONCE):
                whole.write(data)
            whole.flush()
            self.on_disk, self.size = Path(whole.name), whole.tell()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._handle.close()
        self._file.close()
        for temporary in (self._copy, self._unpacked):
            if temporary is not None:
                temporary.close()

    def failure(self, message: str) -> ValueError:
        """The error to raise: it begins with the name of the file."""
        name = "standard input" if self.path == STDIN else self.path
        return ValueError(f"{name}: " + message)

    def read(self, n: int) -> bytes:
        """Up to `n` bytes, none at the end; ValueError for damaged packing."""
        try:
            return self._count(self._handle.read(n))
        except OSError as error:
            raise self.failure(f"cannot be read: {error}") from None

    def readline(self, limit: int) -> bytes:
        """The next line, cut at `limit` bytes."""
        try:
            return self._count(self._handle.readline(limit))
        except OSError as error:
            raise self.failure(f"cannot be read: {error}") from None

    def _count(self, data: bytes) -> bytes:
        """The bytes; ValueError where a packed file gives more than any file of vectors does."""
        if self._progress is not None:
            self._progress(self._file.tell(), os.fstat(self._file.fileno()).st_size)
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise self.failure(
                    f"it unpacks to more than {_EXPANSION} times its size, as no vectors do; "
                    "unpack it first to read it nevertheless"
                )
        return data

    def byte_blocks(self) -> Iterator[bytes]:
        """The remaining lines, some megabytes at a time, less the last line end of each."""
        rest = b""
        while block := self.read(BYTES_AT_ONCE):
            whole, end, more = block.rpartition(b"\n")
            if end:
                yield rest + whole
                rest = more
            else:
                rest += block
            if len(rest) > LONGEST_ROW:
                raise self.failure(f"a line is longer than {LONGEST_ROW:,} bytes: not text")
        if rest:
            yield rest

    def line_blocks(self) -> Iterator[list[bytes]]:
        """The remaining lines, without their line ends."""
        for block in self.byte_blocks():
            yield block.split(b"\n")

    def header(self, number_bytes: int) -> tuple[int, int]:
        """The line "rows dim"; refused where the file is too short for what it claims.

        `number_bytes` is the least that a number takes: nothing is allocated on trust.
        """
        line = self.readline(_LONGEST_HEADER).removeprefix(BOM)
        if not line:
            raise self.failure("the file is empty")
        found = find_header(line)
        if found is None:
            raise self.failure(f"begins with {line[:40]!r}, not with a line of rows and dim")
        n_rows, dim = found
        if n_rows == 0 or not 0 < dim <= LARGEST_DIM:
            raise self.failure(f"its header claims {n_rows:,} rows of dim {dim:,}")
        if self.size is not None:
            # A word of one byte, a space, the numbers.
            room = (self.size - len(line)) // (2 + number_bytes * dim - 1)
            if n_rows > room:
                raise self.failure(
                    f"its header claims {n_rows:,} rows of dim {dim:,}, but {self.size:,} bytes "
                    f"have room for row {room:,} of {n_rows:,} at most: the file is cut off or "
                    "the header is wrong"
                )
        return n_rows, dim

    def finish(self, raw_words: Sequence[bytes], rows: NDArray[np.float32]) -> WordVectors:
        """The vectors of a whole file: words decoded, told apart, numbers checked."""
        words, kept = self.words(raw_words)
        try:
            return WordVectors(
                Vocab(words, specials=()), rows[kept], config={"read_from": self.path.name}
            )
        except ValueError as error:
            raise self.failure(str(error)) from None

    def words(
        self, raw_words: Sequence[bytes], *, may_be_empty: bool = False
    ) -> tuple[list[str], slice | NDArray[np.int64]]:
        """The words, decoded and told apart, and which rows are theirs."""
        words: list[str] = []
        for raw in raw_words:
            try:
                words.append(str(raw, "utf-8", self.options.errors))
            except UnicodeDecodeError:
                raise self.failure(
                    f"the word of row {len(words) + 1:,}, {raw!r}, is not UTF-8; "
                    + advise("errors", "replace")
                    + " reads it nevertheless"
                ) from None
        if "" in words and not may_be_empty:
            raise self.failure(f"row {words.index('') + 1:,} has no word")
        first = dict(zip(reversed(words), range(len(words) - 1, -1, -1), strict=True))
        if len(first) == len(words):
            return words, slice(len(words))
        if self.options.duplicates != "first":
            twice = next(row for row, word in enumerate(words) if first[word] != row)
            raise self.failure(
                f"{words[twice]!r} stands twice, in row {first[words[twice]] + 1:,} and row "
                f"{twice + 1:,}; " + advise("duplicates", "first") + " keeps the first of each"
            )
        kept = sorted(first.values())
        return [words[row] for row in kept], np.array(kept)


def find_header(start: bytes) -> tuple[int, int] | None:
    """How many rows and of which dim, if the first line of a file is two whole numbers."""
    line = start[:_LONGEST_HEADER].removeprefix(BOM).partition(b"\n")[0]
    fields = line.split()
    if len(fields) != 2 or not all(field.isdigit() for field in fields):
        return None
    return int(fields[0]), int(fields[1])


class GrowingRows:
    """Rows of floats whose number is not known, or not believed, before they are there."""

    def __init__(self, dim: int, capacity: int) -> None:
        self._rows: NDArray[np.float32] = np.empty((capacity, dim), np.float32)
        self.n = 0

    def add(self, rows: NDArray[np.float32]) -> None:
        """Append rows (n, dim)."""
        stop = self.n + len(rows)
        if stop > len(self._rows):
            wider = np.empty((max(stop, 2 * len(self._rows)), rows.shape[1]), np.float32)
            wider[: self.n] = self._rows[: self.n]
            self._rows = wider
        self._rows[self.n : stop] = rows
        self.n = stop

    @property
    def array(self) -> NDArray[np.float32]:
        """The rows so far."""
        return self._rows[: self.n]


@contextmanager
def new_file(
    path: Path, *, overwrite: bool = False, progress: ByteProgress | None = None
) -> Iterator[IO[bytes]]:
    """A temporary sibling to write; it takes the name `path` when the block ends well.

    Packed if the name ends in .gz, .bz2, .xz, .zst or .zstd. FileExistsError, before any work, if
    `path` is there and may not be overwritten; a folder never may. `progress` is called with the
    bytes that were written, before they are packed; how many there will be is not known.
    """
    if path.is_dir():
        raise FileExistsError(f"{path} is a folder; choose another name")
    if not overwrite:
        check_free(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        replaced(path) as temporary,
        temporary.open("xb") as file,
        packer(path.suffix, file) as handle,
    ):
        yield handle if progress is None else cast(IO[bytes], _Counted(handle, progress))


class _Counted:
    """A file that tells how many bytes were written."""

    def __init__(self, handle: IO[bytes], progress: ByteProgress) -> None:
        self._handle, self._progress, self._n_bytes = handle, progress, 0

    def write(self, data: Any) -> int:
        n_bytes = self._handle.write(data)
        self._n_bytes += n_bytes
        self._progress(self._n_bytes, None)
        return n_bytes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handle, name)
