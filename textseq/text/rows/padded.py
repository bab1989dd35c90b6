"""PaddedCorpus: an encoded corpus as one array of rows of one length, in a folder.

In: an EncodedCorpus, PadConfig and what a token becomes: its id, a one-hot row or its vector.
Out: a folder with ids.npy (R, T), dense.npy (R, T, D), one_hot.npz (sparse, R * T rows of V) or
one_hot.npy (R, T, V), beside the lengths, the Vocab and the text options; and such a folder
opened. Rows are written block by block, memory does not grow with the corpus. In one-hot and
dense arrays, padding is zeros.
"""

from __future__ import annotations

import math
import os
import shutil
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import DTypeLike, NDArray

from textseq.arrays import MAX_BYTES, ArrayWriter, NpzReader, NpzWriter, check_bytes, open_array
from textseq.artifact import (
    CONFIG,
    check_free,
    new_folder,
    of_one_folder,
    read_config,
    write_config,
)
from textseq.config import PadConfig, PadSide, TextConfig, choice
from textseq.text.encoded.corpus import EncodedCorpus
from textseq.text.notices import Notify, notifying
from textseq.text.rows.encodings import dense, one_hot
from textseq.text.rows.lengths import Ints
from textseq.text.rows.sequences import SHORTER, Padded, Padder, make_mask
from textseq.text.text_options import load_text_options, resolve_tokenizer, save_text_options
from textseq.text.vocab import Vocab
from textseq.text.vocab.embedding import VectorTable

_KIND = "padded-corpus"
_MADE_BY = "textseq encode --output ids"
Output = Literal["ids", "one-hot", "dense"]
_SPARSE = "one_hot.npz"
_FILE_BYTES_AT_ONCE = 1 << 16  # bytes of a file written in one step
_BLOCK_BYTES = 1 << 26  # of one-hot or dense rows made in one step


class PaddedCorpus:
    """Rows of one length, as `write_padded` wrote them; arrays are mapped from disk, read-only.

    `lengths` (R,) and `sequence` (R,) int64 are as in Padded; `vocab` has the tokens; `config`
    says how all was made.
    """

    def __init__(
        self, path: Path, lengths: Ints, sequence: Ints, vocab: Vocab, config: dict[str, Any]
    ) -> None:
        self.path = path
        self.lengths = lengths
        self.sequence = sequence
        self.vocab = vocab
        self.config = config
        self._sparse: int | None = None  # the open file, so that it is this one that is read
        if not config["sparse"]:  # a damaged file is refused now, a large one is read when wanted
            _ = self.values
        elif (path / _SPARSE).is_file():
            self._sparse = os.open(path / _SPARSE, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            weakref.finalize(self, os.close, self._sparse)

    @cached_property
    def values(self) -> Any:
        """Ids (R, T) int32, dense (R, T, D) float32, one-hot (R, T, V) uint8.

        Sparse one-hot is a scipy.sparse.csr_array (R * T, V), read into memory on first use.
        """
        return _values(self.path, self.config, len(self.vocab), self._sparse)

    def __len__(self) -> int:
        return len(self.lengths)

    def __repr__(self) -> str:
        return f"PaddedCorpus({len(self):,} rows of {self.length} as {self.output}, {self.vocab!r})"

    @property
    def output(self) -> Output:
        """What a token is in `values`."""
        return self.config["output"]  # type: ignore[no-any-return]

    @property
    def length(self) -> int:
        """Tokens of a row, padding included: T."""
        return self.config["length"]  # type: ignore[no-any-return]

    @property
    def pad_side(self) -> PadSide:
        """Where the padding is."""
        return self.config["pad"]["pad_side"]  # type: ignore[no-any-return]

    @property
    def text_config(self) -> TextConfig:
        """The options that made the ids, to prepare other text in the same way."""
        return TextConfig.from_json(self.config["text"])

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(R, T) bool: true where a token is, false where padding is."""
        return make_mask(self.lengths, self.length, self.pad_side)

    def padded(self) -> Padded:
        """The ids as Padded, still on disk; ValueError where `values` are no ids."""
        if self.output != "ids":
            raise ValueError(f"{self.path} holds {self.output}, not ids; `{_MADE_BY}` writes ids")
        return Padded(self.values, self.lengths, self.sequence, self.pad_side)

    def unpadded(self) -> EncodedCorpus:
        """The rows as lines of a corpus in memory, without the padding of either side.

        ValueError where `values` are no ids.
        """
        ids = np.ascontiguousarray(self.padded().ids[self.mask])
        offsets = np.concatenate([[0], np.cumsum(self.lengths)]).astype(np.int64)
        return EncodedCorpus(ids, offsets, self.vocab, dict(self.config), name=str(self.path))


# --- writing


@notifying
def write_padded(
    corpus: EncodedCorpus,
    out: str | os.PathLike[str],
    pad: PadConfig | None = None,
    *,
    output: Output = "ids",
    vectors: VectorTable | None = None,
    sparse: bool = True,
    bos_id: int | None = None,
    eos_id: int | None = None,
    max_bytes: int | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
    notify: Notify | None = None,
) -> PaddedCorpus:
    """Write a corpus as rows of one length into the folder `out`.

    `output` "dense" needs `vectors`, WordVectors or what has `vocab` and `vectors` like them;
    words without a vector become zeros. For ids a Vocab without <pad> gets it,
    behind all its tokens. `sparse` is for one-hot. `max_bytes` limits the array
    on disk (None: what the disk has free). `progress` gets the rows done and the rows in all.
    ValueError before anything is written if that is too much, for a corpus without sequences,
    and as `pad` of sequences.py says.
    """
    output = choice("output", output, Output)
    check_free(out, overwrite=overwrite)
    options = pad or PadConfig()
    corpus = corpus.with_pad() if output == "ids" else corpus
    table = _matrix(corpus, output, vectors)
    # In one-hot and dense arrays padding is zeros, whatever id stands there.
    filler = corpus.vocab.pad_id or 0
    if not len(corpus):
        raise ValueError(f"{corpus.name} has no sequences to pad")
    corpus.check_ids()
    padder = Padder(corpus, options, pad_id=filler, bos_id=bos_id, eos_id=eos_id)
    with new_folder(out, overwrite=overwrite) as folder:
        free = shutil.disk_usage(folder).free
        job = _Job(corpus, padder, folder, free if max_bytes is None else max_bytes, progress)
        if output == "ids":
            job.write("ids.npy", np.int32, (), lambda block: block.ids)
        elif table is not None:
            job.write(
                "dense.npy", np.float32, table.shape[1:], _encoded(lambda ids: dense(ids, table))
            )
        elif sparse:
            job.write_sparse()
        else:
            depth = len(corpus.vocab)
            job.write("one_hot.npy", np.uint8, (depth,), _encoded(lambda ids: one_hot(ids, depth)))
        corpus.vocab.save(folder)
        config = {
            "text": save_text_options(folder, corpus.text_config),
            "source": corpus.config.get("source"),
            **corpus.vocab.options,
            "pad": options.to_json(),
            "bos_id": bos_id,
            "eos_id": eos_id,
            "output": output,
            "sparse": sparse and output == "one-hot",
            "n_sequences": len(corpus),
            "n_rows": padder.n_rows,
            "length": padder.length,
            "n_tokens": padder.n_kept,
            "dim": None if table is None else table.shape[1],
        }
        write_config(folder, _KIND, config)
    return load_padded(out)


def _matrix(
    corpus: EncodedCorpus, output: Output, vectors: VectorTable | None
) -> NDArray[np.float32] | None:
    """The vectors of the corpus's own words (V, D), for dense output."""
    if output != "dense":
        if vectors is not None:
            raise ValueError(f"output is {output!r}; vectors go with 'dense'")
        return None
    if vectors is None:
        raise ValueError("output is 'dense'; it needs vectors, which `textseq train-w2v` makes")
    return corpus.vocab.embedding_matrix(vectors)


def _encoded(
    encode: Callable[[NDArray[np.int32]], NDArray[Any]],
) -> Callable[[Padded], NDArray[Any]]:
    """Rows by a function of ids, with zeros for padding; the mask knows, <pad> may be a word."""

    def values(block: Padded) -> NDArray[Any]:
        encoded = encode(block.ids)
        encoded[~block.mask] = 0
        return encoded

    return values


class _Job:
    """The arrays of one folder while they are written."""

    def __init__(
        self, corpus: EncodedCorpus, padder: Padder, folder: Path, max_bytes: int,
        progress: Callable[[int, int], None] | None,
    ) -> None:  # fmt: skip
        self._depth = len(corpus.vocab)
        self._padder = padder
        self._folder = folder
        self._max_bytes = max_bytes
        self._progress = progress or _ignore

    def _check(self, what: str, shape: tuple[int, ...], dtype: DTypeLike, instead: str) -> None:
        check_bytes(what, shape, dtype, self._max_bytes, instead=instead + ", or more room")

    def write(
        self,
        name: str,
        dtype: DTypeLike,
        tail: tuple[int, ...],
        values: Callable[[Padded], NDArray[Any]],
    ) -> None:
        """Write `values` of all rows, (R, T, *tail), and what goes with them."""
        tail = (self._padder.length, *tail)
        advice = SHORTER
        if name == "one_hot.npy":
            advice = "sparse=True takes little; or " + SHORTER
        self._check(name, (self._padder.n_rows, *tail), dtype, advice)
        check_bytes(f"a row of {name}", tail, dtype, MAX_BYTES, instead=advice)
        row_bytes = math.prod(tail) * np.dtype(dtype).itemsize
        step = max(1, _BLOCK_BYTES // row_bytes)
        with ArrayWriter(self._folder / name, dtype, tail) as file:
            for block in self._blocks():
                for start in range(0, len(block), step):
                    file.append(values(block[start : start + step]))

    def _blocks(self) -> Iterator[Padded]:
        """All rows; on the way, their lengths and sequences are written."""
        windows = self._padder.config.overlap is not None
        n_done = 0
        with ExitStack() as stack:
            lengths = stack.enter_context(ArrayWriter(self._folder / "lengths.npy", np.int64))
            if windows:  # otherwise row i is sequence i
                path = self._folder / "sequence.npy"
                sequence = stack.enter_context(ArrayWriter(path, np.int64))
            for block in self._padder:
                yield block
                lengths.append(block.lengths)
                if windows:
                    sequence.append(block.sequence)
                n_done += len(block)
                self._progress(n_done, self._padder.n_rows)

    def write_sparse(self) -> None:
        """Write one_hot.npz as scipy.sparse.save_npz does, without having it in memory."""
        padder = self._padder
        n_cells = padder.n_rows * padder.length
        # scipy wants one type for both, wide enough for the number of ones and of rows.
        wide = np.int32 if max(n_cells, self._depth) < 2**31 else np.int64
        shape = (n_cells + padder.n_kept,)
        self._check("one_hot.npz", shape, wide, SHORTER)
        with NpzWriter(self._folder / _SPARSE) as file:
            file.add("format", np.array(b"csr"))
            file.add("shape", np.array([n_cells, self._depth], np.int64))
            file.add("_is_array", np.array(True))
            columns = (block.ids[block.mask] for block in self._blocks())
            file.stream("indices", wide, padder.n_kept, columns)
            file.stream("indptr", wide, n_cells + 1, self._row_ends())
            file.stream("data", np.uint8, padder.n_kept, _ones(padder.n_kept), packed=True)

    def _row_ends(self) -> Iterator[Ints]:
        """Where each row of the sparse array ends among its ones; 0 first."""
        yield np.zeros(1, np.int64)
        padder, done = self._padder, 0
        for block in padder:
            ends = np.cumsum(block.mask.reshape(-1)) + done
            yield ends
            done = int(ends[-1])


def _ignore(n_rows: int, n_total: int) -> None:
    pass


def _ones(n: int) -> Iterator[NDArray[Any]]:
    for start in range(0, n, _FILE_BYTES_AT_ONCE):
        yield np.ones(min(_FILE_BYTES_AT_ONCE, n - start), np.uint8)


# --- reading


@of_one_folder
def load_padded(folder: str | os.PathLike[str]) -> PaddedCorpus:
    """Open a folder of `write_padded`; ValueError where its files disagree."""
    path = Path(folder)
    config = read_config(path, _KIND, made_by=_MADE_BY)
    sizes = [config.get(name) for name in ("n_rows", "length", "n_sequences")]
    if not all(type(size) is int and size > 0 for size in sizes):
        raise ValueError(f"{path} is damaged: its config names no n_rows, length, n_sequences")
    if config.get("output") not in get_args(Output) or type(config.get("sparse")) is not bool:
        raise ValueError(f"{path} is damaged: its config does not say what its values are")
    pad = PadConfig.from_json(config.get("pad"), path / CONFIG)
    config["pad"] = pad.to_json()  # with what an older textseq did not write
    load_text_options(path, config.get("text"))
    config["text"] = resolve_tokenizer(path, config["text"])
    vocab = Vocab.of_folder(path, config)
    n_rows, length, n_sequences = config["n_rows"], config["length"], config["n_sequences"]
    if n_rows * length >= 2**62:
        raise ValueError(f"{path} is damaged: its config names {n_rows} rows of {length}")
    lengths = open_array(path / "lengths.npy", np.int64, (n_rows,))
    if lengths.min() < 0 or lengths.max() > length:
        raise ValueError(f"{path} is damaged: its lengths are not 0..{length}")
    if pad.overlap is None:
        sequence = np.arange(n_rows)
    else:
        sequence = open_array(path / "sequence.npy", np.int64, (n_rows,))
    # Each sequence has a row or more, in order.
    rising = pad.overlap is None or all(
        bool(((steps := np.diff(sequence[start : start + _FILE_BYTES_AT_ONCE + 1])) >= 0).all())
        and bool((steps <= 1).all())
        for start in range(0, n_rows, _FILE_BYTES_AT_ONCE)
    )
    if sequence[0] != 0 or sequence[-1] != n_sequences - 1 or not rising:
        raise ValueError(f"{path} is damaged: its rows are not of sequences 0..{n_sequences - 1}")
    return PaddedCorpus(path, lengths, sequence, vocab, config)


def _values(path: Path, config: dict[str, Any], depth: int, opened: int | None) -> Any:
    shape: tuple[int | None, ...] = (config["n_rows"], config["length"])
    if config["output"] == "ids":
        return open_array(path / "ids.npy", np.int32, shape)
    if config["output"] == "dense":
        return open_array(path / "dense.npy", np.float32, (*shape, config.get("dim")))
    if not config["sparse"]:
        return open_array(path / "one_hot.npy", np.uint8, (*shape, depth))
    from scipy.sparse import csr_array

    file, n_cells = path / _SPARSE, config["n_rows"] * config["length"]
    n_ones = config.get("n_tokens")
    if type(n_ones) is not int or n_ones < 0:
        raise ValueError(f"{path} is damaged: its config names no n_tokens")
    # As scipy.sparse.save_npz writes them; what they must be is known.
    with NpzReader(file, opened) as arrays:
        sizes = arrays.read("shape", ("<i8",), (2,)).tolist()
        ends = arrays.read("indptr", ("<i4", "<i8"), (n_cells + 1,))
        columns = arrays.read("indices", ("<i4", "<i8"), (n_ones,))
        ones = arrays.read("data", ("|u1",), (n_ones,))
    if sizes != [n_cells, depth]:
        raise ValueError(f"{file} is damaged: its shape is {sizes}, not {[n_cells, depth]}")
    try:
        values: Any = csr_array((ones, columns, ends), shape=(n_cells, depth))  # type: ignore[no-untyped-call]
        values.check_format(full_check=True)
    except (ValueError, IndexError) as error:
        raise ValueError(f"{file} is damaged: {error}") from None
    return values
