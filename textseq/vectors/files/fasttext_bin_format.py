"""fastText's model file (.bin, .ftz): its words with their vectors, and those of their n-grams.

A header of training arguments, the dictionary, the input matrix (words, then n-grams), the output
matrix. The matrices are mapped, not read: opening takes as long as the words do. Files without a
magic number (of 2016) and quantised ones (.ftz) are read too; of supervised models, labels are left
out. What is written, fastText and gensim open; it was never trained.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textseq.text.vocab import Vocab
from textseq.vectors.files.quantised_rows import N_CENTROIDS, QuantisedRows
from textseq.vectors.files.vector_file import LARGEST_DIM, VectorFile
from textseq.vectors.ngrams import NgramHashes
from textseq.vectors.principal import Rows
from textseq.vectors.subword_vectors import NgramTable, SubwordVectors
from textseq.vectors.word_vectors import WordVectors

_MAGIC = b"\xba\x16\x4f\x2f"  # 0x2F4F16BA, since 2017
_OLD_VERSION, _VERSION = 11, 12
_SUPERVISED, _SKIPGRAM = 3, 2
_MODES = {1: "cbow", 2: "skipgram", 3: "supervised"}
_NEGATIVE_SAMPLING = 2
_ARGUMENTS = "12id"
_ENTRY = struct.Struct("<qb")  # behind each word of the dictionary: its count, and 1 for labels
_LONGEST_WORD = 1 << 16
_ROWS_AT_ONCE = 1024
_ROOM_BYTES = 200_000_000  # of unpacked vectors, beside ten times the file


class _Arguments(NamedTuple):
    """Of a training, as the header has them; fastText's names."""

    dim: int
    ws: int = 5
    epoch: int = 5
    min_count: int = 1
    neg: int = 5
    word_ngrams: int = 1
    loss: int = _NEGATIVE_SAMPLING
    model: int = _SKIPGRAM
    bucket: int = 0
    minn: int = 0
    maxn: int = 0
    lr_update_rate: int = 100
    t: float = 1e-4


def matches(start: bytes) -> bool:
    """Whether a file begins as fastText's models do."""
    return start.startswith(_MAGIC) or _is_old(start)


def _is_old(start: bytes) -> bool:
    """Whether it begins with the arguments of a training, and no number before them.

    Behind them are the size of the dictionary, words and labels in it, and the tokens read.
    """
    if len(start) < 76:
        return False
    *arguments, size, n_words, n_labels, n_tokens = struct.unpack_from(f"<{_ARGUMENTS}3iq", start)
    given = _Arguments(*arguments)
    return bool(
        0 < given.dim <= LARGEST_DIM
        and 0 < given.ws <= 10_000
        and given.epoch > 0
        and given.min_count >= 0
        and given.neg >= 0
        and given.word_ngrams > 0
        and 1 <= given.loss <= 4
        and given.model in _MODES
        and given.bucket >= 0
        and 0 <= given.minn <= given.maxn <= 1000
        and 0 <= given.t <= 1
        and size == n_words + n_labels > 0
        and n_tokens >= 0
    )


class _Cursor:
    """Reads a file from the front; ValueError where it is shorter than it says."""

    def __init__(self, source: VectorFile) -> None:
        self.source, self.pos = source, 0
        if not source.size:
            raise source.failure("the file is empty")
        with source.on_disk.open("rb") as file:
            self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def take(self, numbers: str) -> tuple[Any, ...]:
        """Numbers, as struct names them."""
        try:
            found = struct.unpack_from("<" + numbers, self.data, self.pos)
        except struct.error:
            raise self.source.failure("the file is cut off") from None
        self.pos += struct.calcsize("<" + numbers)
        return found

    def map(self, dtype: str, *shape: int) -> NDArray[Any]:
        """An array on disk, which need not stand where numbers like to."""
        n_bytes = np.dtype(dtype).itemsize
        for n in shape:
            n_bytes *= n
        if min(shape) < 0 or n_bytes > len(self.data) - self.pos:
            raise self.source.failure(
                f"has room for {len(self.data) - self.pos:,} bytes of numbers of shape {shape}, "
                f"not {n_bytes:,}: the file is cut off or the header is wrong"
            )
        start, self.pos = self.pos, self.pos + n_bytes
        if not n_bytes:
            return np.zeros(shape, dtype)
        return np.asarray(np.memmap(self.source.on_disk, dtype, "r", start, shape))


def read(source: VectorFile) -> WordVectors:
    """Words with n-grams, and plain ones of a model without; ValueError says what is wrong.

    The numbers stay on disk until they are used; only then is one found that is not finite.
    """
    source.unpack()
    cursor = _Cursor(source)
    version = 0
    if cursor.data[:4] == _MAGIC:
        _, version = cursor.take("2i")
        if not _OLD_VERSION <= version <= _VERSION:
            raise source.failure(f"a fastText model of version {version}; up to {_VERSION} is read")
    given = _Arguments(*cursor.take(_ARGUMENTS))
    if version == _OLD_VERSION and given.model == _SUPERVISED:
        given = given._replace(maxn=0)  # such models had no n-grams, whatever they say
    raw, counts, n_words, pruned = _dictionary(cursor, is_old=not version)
    rows = _matrix(cursor, given.dim, is_old=not version)
    n_ngrams = given.bucket if pruned is None else len(pruned)
    if rows.shape[0] != n_words + n_ngrams:
        raise source.failure(
            f"has {rows.shape[0]:,} rows, not {n_words:,} of words and {n_ngrams:,} of n-grams"
        )
    output = _matrix(cursor, given.dim, is_old=not version)
    words, kept = source.words(raw)
    vocab = Vocab(words, np.array(counts, np.int64)[kept], specials=())
    if isinstance(rows, QuantisedRows) and 4 * given.dim * len(words) > _ROOM_BYTES + 10 * len(
        cursor.data
    ):
        raise source.failure("its words would take more than ten times its size unpacked")
    own = _chosen(_chosen(rows, slice(n_words)), kept)
    about: dict[str, Any] = {
        "config": {
            "read_from": source.path.name, "mode": _MODES.get(given.model, "unknown"),
            "window": given.ws, "epochs": given.epoch, "negatives": given.neg,
            "min_count": given.min_count,
        },
        "path": source.path,
    }  # fmt: skip
    if (
        given.loss == _NEGATIVE_SAMPLING
        and output.shape[0] == n_words
        and isinstance(output, np.ndarray)
    ):
        about["output_vectors"] = output[kept]
    try:
        if given.maxn <= 0:
            # Numbers that do not stand where they should are copied each time they are used.
            plain = np.require(own[:], requirements="A")
            return WordVectors(vocab, plain, check=False, **about)
        hashes = NgramHashes("fasttext", given.bucket, given.minn, given.maxn)
        ngrams, buckets = _chosen(rows, slice(n_words, None)), None
        if pruned is not None:
            order = np.argsort(pruned[:, 0], kind="stable")
            buckets, ngrams = pruned[order, 0].astype(np.int64), _chosen(ngrams, pruned[order, 1])
        table = NgramTable(hashes, ngrams, buckets)
        return SubwordVectors(vocab, own, table, own=True, **about)
    except (ValueError, IndexError) as error:
        raise source.failure(str(error)) from None


def _chosen(rows: Rows, which: Any) -> Any:
    return rows.chosen(which) if isinstance(rows, QuantisedRows) else rows[which]


def _dictionary(
    cursor: _Cursor, *, is_old: bool
) -> tuple[list[bytes], list[int], int, NDArray[np.int32] | None]:
    """The words to read with their counts, how many there are, and the n-grams left (n, 2).

    Of those the bucket and the row; None where all are left. Labels come behind the words.
    """
    failure, data = cursor.source.failure, cursor.data
    size, n_words, n_labels, _ = cursor.take("3iq")
    n_pruned = -1 if is_old else cursor.take("q")[0]
    room = (len(data) - cursor.pos) // _ENTRY.size
    if n_words < 1 or n_labels < 0 or size != n_words + n_labels or size > room:
        raise failure(f"its header claims {n_words:,} words and {n_labels:,} labels")
    limit = cursor.source.options.limit or n_words
    words: list[bytes] = []
    counts: list[int] = []
    pos = cursor.pos
    for number in range(size):
        end = data.find(b"\0", pos, pos + _LONGEST_WORD)
        if end < 0 or end + _ENTRY.size >= len(data):
            raise failure(f"the file ends within word {number + 1:,} of {size:,}")
        count, kind = _ENTRY.unpack_from(data, end + 1)
        if kind != (number >= n_words) or count < 0:
            raise failure(f"entry {number + 1:,} of its dictionary is neither word nor label")
        if number < n_words and number < limit:
            words.append(data[pos:end])
            counts.append(count)
        pos = end + 1 + _ENTRY.size
    cursor.pos = pos
    pruned = None if n_pruned < 0 else cursor.map("<i4", n_pruned, 2)
    return words, counts, n_words, pruned


def _matrix(cursor: _Cursor, dim: int, *, is_old: bool) -> NDArray[np.float32] | QuantisedRows:
    if not is_old and cursor.take("?")[0]:
        return _quantised(cursor, dim)
    n_rows, n_columns = cursor.take("2q")
    _check_dim(cursor, n_columns, dim)
    return cursor.map("<f4", n_rows, n_columns)


def _check_dim(cursor: _Cursor, n_columns: int, dim: int) -> None:
    if n_columns != dim or not 0 < dim <= LARGEST_DIM:
        raise cursor.source.failure(f"its header claims dim {dim:,}, its rows have {n_columns:,}")


def _quantised(cursor: _Cursor, dim: int) -> QuantisedRows:
    has_norms, n_rows, n_columns, n_codes = cursor.take("?2qi")
    _check_dim(cursor, n_columns, dim)
    codes = cursor.map("<u1", n_codes)
    part_dim, centroids = _quantiser(cursor, dim)
    n_parts = -(-dim // part_dim)
    if n_codes != n_rows * n_parts:
        raise cursor.source.failure(f"{n_codes:,} codes are not those of {n_rows:,} rows")
    norms = None
    if has_norms:
        norm_codes = cursor.map("<u1", n_rows)
        norms = _quantiser(cursor, 1)[1][norm_codes]
    return QuantisedRows(codes.reshape(n_rows, n_parts), centroids, part_dim, norms)


def _quantiser(cursor: _Cursor, dim: int) -> tuple[int, NDArray[np.float32]]:
    """How many numbers a code stands for, and the centroids."""
    found, n_parts, part_dim, last_dim = cursor.take("4i")
    if found != dim or part_dim < 1 or (n_parts - 1) * part_dim + last_dim != dim or (
        not 0 < last_dim <= part_dim
    ):  # fmt: skip
        raise cursor.source.failure(f"its codes of {n_parts} times {part_dim} are not of dim {dim}")
    return part_dim, cursor.map("<f4", N_CENTROIDS * dim)


def write(vectors: WordVectors, handle: IO[bytes]) -> None:
    """Write words, counts, n-grams and output vectors (zeros where there are none).

    ValueError for n-grams that fastText itself would not find.
    """
    n_words, dim = len(vectors), vectors.dim
    words = [word.encode() for word in vectors.vocab.tokens]
    bad = next((word for word in words if not word or b"\0" in word), None)
    if bad is not None:
        raise ValueError(f"{bad.decode()!r} cannot be written as fasttext-bin: it would not end")
    counts = np.maximum(vectors.vocab.counts, 1).tolist()  # gensim drops words never seen
    given, table = _Arguments(dim), None
    if isinstance(vectors, SubwordVectors):
        table = vectors.subwords
        hashes = table.hashes
        if table.buckets is not None or NgramHashes(
            "fasttext", hashes.bucket, hashes.minn, hashes.maxn
        ) != hashes:  # fmt: skip
            raise ValueError(
                "these n-grams cannot be written as fasttext-bin: they were pruned, or hashed in "
                "another way; WordVectors.save keeps them"
            )
        given = given._replace(bucket=hashes.bucket, minn=hashes.minn, maxn=hashes.maxn)
    handle.write(_MAGIC + struct.pack(f"<i{_ARGUMENTS}", _VERSION, *given))
    handle.write(struct.pack("<3i2q", n_words, n_words, 0, sum(counts), -1))
    handle.write(
        b"".join(w + b"\0" + _ENTRY.pack(n, 0) for w, n in zip(words, counts, strict=True))
    )
    handle.write(struct.pack("<?2q", False, n_words + given.bucket, dim))
    own = vectors.own_rows if isinstance(vectors, SubwordVectors) else vectors.vectors.__getitem__
    _write_rows(handle, n_words, own)
    if table is not None:
        _write_rows(handle, given.bucket, table.rows.__getitem__)
    handle.write(struct.pack("<?2q", False, n_words, dim))
    output = vectors.output_vectors
    zeros = np.broadcast_to(np.float32(0), (n_words, dim))
    _write_rows(handle, n_words, (zeros if output is None else output).__getitem__)


def _write_rows(
    handle: IO[bytes], n_rows: int, rows_of: Callable[[slice], NDArray[np.float32]]
) -> None:
    for start in range(0, n_rows, _ROWS_AT_ONCE):
        handle.write(
            rows_of(slice(start, min(start + _ROWS_AT_ONCE, n_rows))).astype("<f4").tobytes()
        )
