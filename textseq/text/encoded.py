"""EncodedCorpus: a corpus as ids, from text to a folder and back.

In: files (or lines) and the text options. Out: the flat ids of all tokens, where each line begins,
and the Vocab. One line is one sequence, empty ones too, so that two encoded files stay aligned
line by line. Options of which every step is per word take the fast path (piece_scan.py); any
others take the plain one below, which also says what the fast one has to give.
"""

from __future__ import annotations

import hashlib
import json
import operator
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from textseq.arrays import ArrayWriter, open_array
from textseq.artifact import check_free, new_folder, read_config, write_config
from textseq.config import TextConfig, thread_count
from textseq.text.cleaning import is_per_word, make_cleaner
from textseq.text.corpus import Inputs, Source, find_sources, read_lines
from textseq.text.spool import BlockReader, Limits, Spool, Tally
from textseq.text.tokenizer import TOKENIZERS, make_tokenizer
from textseq.text.vocab import UNK, Vocab

KIND = "encoded-corpus"
MADE_BY = "textseq encode"
_AT_ONCE = 1 << 20  # array items looked at in one step, tokens of a batch of the plain path

Ids = tuple[NDArray[np.int32], NDArray[np.int64]]


class EncodedCorpus:
    """Ids of a text: `corpus[i]` is the i-th line, a view of `ids`.

    `ids` (n_tokens,) int32; line i is ids[offsets[i]:offsets[i + 1]]; `vocab` has the tokens and
    their counts; `config` says how the corpus was made. Loaded, it is mapped from disk, read-only.
    """

    def __init__(
        self,
        ids: NDArray[np.int32],
        offsets: NDArray[np.int64],
        vocab: Vocab,
        config: dict[str, Any],
        *,
        name: str = "this corpus",
    ) -> None:
        """ValueError unless the offsets rise from 0 to the number of ids; `name` is for errors."""
        self.ids = ids
        self.offsets = offsets
        self.vocab = vocab
        self.config = config
        self.name = name
        rising = all(
            bool((np.diff(offsets[start : start + _AT_ONCE + 1]) >= 0).all())
            for start in range(0, len(offsets), _AT_ONCE)
        )
        if not (len(offsets) and offsets[0] == 0 and offsets[-1] == len(ids) and rising):
            raise ValueError(f"{name} is damaged: its offsets do not rise from 0 to {len(ids)}")

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> EncodedCorpus:
        """The corpus of a folder, mapped from disk; ValueError where its files disagree."""
        path = Path(folder)
        config = read_config(path, KIND, made_by=MADE_BY)
        specials, sizes = (
            config.get("specials"),
            [config.get("n_tokens"), config.get("n_sequences")],
        )
        if not all(type(size) is int and size > 0 for size in sizes):
            raise ValueError(f"{path} is damaged: its config names no n_tokens and n_sequences")
        if not (isinstance(specials, list) and all(isinstance(token, str) for token in specials)):
            raise ValueError(f"{path} is damaged: its config names no specials")
        open_array(path / "counts.npy", np.int64, (None,))
        return cls._open(path, Vocab.load(path, specials), config)

    @classmethod
    def _open(cls, path: Path, vocab: Vocab, config: dict[str, Any]) -> EncodedCorpus:
        ids = open_array(path / "ids.npy", np.int32, (config["n_tokens"],))
        offsets = open_array(path / "offsets.npy", np.int64, (config["n_sequences"] + 1,))
        return cls(ids, offsets, vocab, config, name=str(path))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, number: int) -> NDArray[np.int32]:
        """The ids of one line; IndexError where there is none."""
        pos = operator.index(number)
        pos += len(self) if pos < 0 else 0
        if not 0 <= pos < len(self):
            raise IndexError(f"line {number} of {len(self)}")
        return self.ids[self.offsets[pos] : self.offsets[pos + 1]]

    def __iter__(self) -> Iterator[NDArray[np.int32]]:
        for start in range(0, len(self), _AT_ONCE):
            offsets = self.offsets[start : start + _AT_ONCE + 1].tolist()
            for first, last in pairwise(offsets):
                yield self.ids[first:last]

    def __repr__(self) -> str:
        return f"EncodedCorpus({len(self):,} lines, {self.n_tokens:,} tokens, {self.vocab!r})"

    @property
    def n_tokens(self) -> int:
        """Running tokens of all lines."""
        return len(self.ids)

    @property
    def text_config(self) -> TextConfig:
        """The options that made the ids, to prepare other text in the same way."""
        return TextConfig.from_json(self.config["text"])

    def decode(self, number: int) -> list[str]:
        """The tokens of one line; rare ones are <unk> by now."""
        return self.vocab.decode(self[number])

    def check_ids(self) -> None:
        """ValueError unless every id is one of the Vocab's; the kernels rely on it."""
        for start in range(0, self.n_tokens, _AT_ONCE):
            block = self.ids[start : start + _AT_ONCE]
            low, high = int(block.min()), int(block.max())
            if low < 0 or high >= len(self.vocab):
                raise ValueError(
                    f"{self.name} is damaged: it holds the id {low if low < 0 else high}, "
                    f"its vocabulary has {len(self.vocab)} tokens"
                )


# --- from files


def encode_files(
    inputs: Inputs | Iterable[str],
    config: TextConfig,
    out: str | os.PathLike[str],
    *,
    vocab: Vocab | None = None,
    threads: int = 0,
    overwrite: bool = False,
    progress: Callable[[int], None] | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> EncodedCorpus:
    """Encode text into the folder `out`, with its own Vocab or the one given.

    `threads`: 0 for all. `progress` gets the bytes of text read so far. Memory does not grow
    with the text. Raises as `find_sources`, `read_blocks` and `new_folder` do, and ValueError
    for a text without words; then nothing is written.
    """
    check_free(out, overwrite=overwrite)
    sources = find_sources(inputs)
    with new_folder(out, overwrite=overwrite) as folder:
        blocks = BlockReader(sources, config, limits.block_bytes)
        with closing(_new_scan(config, folder, threads, limits, keep_ids=True)) as scan:
            scan.run(blocks, progress or _ignore)
            tally = scan.tally()
            if vocab is None:
                _check_words(tally, _named(sources), config)
                vocab = tally.vocab
            elif not tally.n_tokens:
                raise ValueError(f"no words in {_named(sources)}")
            n_sequences = _write_ids(folder, scan.ids(vocab))
        vocab.save(folder)
        source = {"bytes": blocks.n_bytes, "blake2b": blocks.digest}
        options = _options(config, source, vocab, tally.n_tokens, n_sequences)
        write_config(folder, KIND, options)
    return EncodedCorpus._open(Path(out), vocab, read_config(out, KIND, made_by=MADE_BY))


def count_files(
    inputs: Inputs | Iterable[str],
    config: TextConfig,
    *,
    threads: int = 0,
    progress: Callable[[int], None] | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Vocab:
    """The Vocab that `encode_files` would make; raises as it does."""
    sources = find_sources(inputs)
    blocks = BlockReader(sources, config, limits.block_bytes)
    with closing(_new_scan(config, None, threads, limits, keep_ids=False)) as scan:
        scan.run(blocks, progress or _ignore)
        tally = scan.tally()
    _check_words(tally, _named(sources), config)
    return tally.vocab


class _Scan(Protocol):
    """One pass over text, by either path: `run`, then `tally`, then `ids`."""

    def run(self, blocks: BlockReader, progress: Callable[[int], None]) -> None: ...
    def tally(self) -> Tally: ...
    def ids(self, vocab: Vocab) -> Iterator[Ids]: ...
    def close(self) -> None: ...


def _new_scan(
    config: TextConfig, folder: Path | None, threads: int, limits: Limits, *, keep_ids: bool
) -> _Scan:
    if not (is_per_word(config.steps) and TOKENIZERS[config.tokenizer].per_word):
        return PlainScan(config, Spool(folder))
    from textseq.text.piece_scan import PieceScan  # loads numba

    return PieceScan(
        config, folder, threads=thread_count(threads), keep_ids=keep_ids, limits=limits
    )


def _ignore(n_bytes: int) -> None:
    pass


def _check_words(tally: Tally, name: str, config: TextConfig) -> None:
    """ValueError if there would be no words to learn from."""
    if not tally.n_tokens:
        raise ValueError(f"no words in {name}")
    if len(tally.vocab) == len(tally.vocab.specials):
        raise ValueError(
            f"no word is left of the {tally.n_distinct} in {name}: the most frequent "
            f"one stands there {tally.top_count} times, min_count is {config.min_count}; lower it"
        )


def _named(sources: list[Source]) -> str:
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    return f"{sources[0].name}{more}"


def _write_ids(folder: Path, ids: Iterator[Ids]) -> int:
    """Write ids.npy and offsets.npy; returns the number of sequences."""
    with ExitStack() as stack:
        all_ids = stack.enter_context(ArrayWriter(folder / "ids.npy", np.int32))
        offsets = stack.enter_context(ArrayWriter(folder / "offsets.npy", np.int64))
        offsets.append(np.zeros(1, np.int64))
        for part, line_ends in ids:
            offsets.append(line_ends + all_ids.n_items)
            all_ids.append(part)
        return offsets.n_items - 1


def _options(
    config: TextConfig, source: dict[str, Any], vocab: Vocab, n_tokens: int, n_sequences: int
) -> dict[str, Any]:
    """What config.json says of a corpus."""
    return {
        "text": json.loads(json.dumps(config.to_json())),  # lists for tuples, as when loaded
        "source": source,
        "n_tokens": n_tokens,
        "n_sequences": n_sequences,
        "specials": list(vocab.specials),
    }


# --- the plain path


def encode_lines(
    lines: Iterable[str], config: TextConfig, *, vocab: Vocab | None = None
) -> EncodedCorpus:
    """Encode lines in memory; with a given Vocab there may be no words, or no lines, in them."""
    if isinstance(lines, str):
        raise TypeError("a str is one line; give a list of lines, or files to encode_files")
    scan, hashed = PlainScan(config, None), hashlib.blake2b(digest_size=32)
    n_bytes = 0
    for line in read_lines(iter(lines), config):
        text = f"{line}\n".encode()
        hashed.update(text)
        n_bytes += len(text)
        scan.add(line)
    tally = scan.tally()
    if vocab is None:
        _check_words(tally, "the lines given", config)
        vocab = tally.vocab
    parts, offsets = [np.empty(0, np.int32)], [np.zeros(1, np.int64)]
    for part, line_ends in scan.ids(vocab):
        offsets.append(line_ends + sum(map(len, parts)))
        parts.append(part)
    ids, starts = np.concatenate(parts), np.concatenate(offsets)
    text_source = {"bytes": n_bytes, "blake2b": hashed.hexdigest()}
    options = _options(config, text_source, vocab, len(ids), len(starts) - 1)
    return EncodedCorpus(ids, starts, vocab, options)


class _Kept:
    """An array in a spool, or in memory where there is none."""

    def __init__(self, array: NDArray[Any], spool: Spool | None) -> None:
        self._array = array if spool is None else array[:0]
        self._spool = spool
        self._n_items = len(array)
        self._start = 0 if spool is None else spool.append(array)

    def read(self) -> NDArray[Any]:
        """The array."""
        if self._spool is None:
            return self._array
        return self._spool.read(self._start, self._n_items, self._array.dtype)


class PlainScan:
    """Lines to ids in ordinary Python, for any tokenizer; ids wait on disk or in memory."""

    def __init__(self, config: TextConfig, spool: Spool | None) -> None:
        """Without a `spool` all stays in memory."""
        self._config = config
        self._clean = make_cleaner(config.steps)
        self._split = make_tokenizer(config.tokenizer)
        self._spool = spool
        self._ids: defaultdict[str, int] = defaultdict()  # in the order of first sight
        self._ids.default_factory = self._ids.__len__
        self._counts = np.zeros(0, np.int64)
        self._begun: list[int] = []
        self._line_ends: list[int] = []
        self._batches: list[tuple[_Kept, _Kept]] = []

    def run(self, blocks: BlockReader, progress: Callable[[int], None]) -> None:
        """Add all lines of the text."""
        begun: list[bytes] = []  # of a line whose end has not come yet
        while (taken := blocks.take()) is not None:
            ended, newline, rest = taken[1].rpartition(b"\n")
            if newline:
                for line in b"".join([*begun, ended]).decode("utf-8").split("\n"):
                    self.add(line.removesuffix("\r"))
                begun = []
            begun.append(rest)
            progress(blocks.n_bytes)

    def add(self, line: str) -> None:
        """Clean and cut a line and give its tokens numbers."""
        numbers = self._ids
        self._begun += [numbers[token] for token in self._split(self._clean(line))]
        self._line_ends.append(len(self._begun))
        if len(self._begun) + len(self._line_ends) >= _AT_ONCE:
            self._put_away()

    def _put_away(self) -> None:
        ids = np.array(self._begun, np.int32)
        counts = np.bincount(ids, minlength=len(self._ids)).astype(np.int64)
        counts[: len(self._counts)] += self._counts
        self._counts = counts
        line_ends = np.array(self._line_ends, np.int64)
        self._batches.append((_Kept(ids, self._spool), _Kept(line_ends, self._spool)))
        self._begun, self._line_ends = [], []

    def tally(self) -> Tally:
        """Count the tokens and choose the Vocab."""
        self._put_away()
        config = self._config
        counts = dict(zip(self._ids, self._counts.tolist(), strict=True))
        vocab = Vocab.from_counts(counts, min_count=config.min_count, max_vocab=config.max_vocab)
        n_tokens = sum(counts.values())
        vocab.counts[vocab.ids[UNK]] += n_tokens - vocab.counts.sum()
        words = [n for token, n in counts.items() if token not in vocab.specials]
        return Tally(vocab, n_tokens, len(words), max(words, default=0))

    def ids(self, vocab: Vocab) -> Iterator[Ids]:
        """The ids of the text, in pieces, each with the ends of the lines within it."""
        becomes = vocab.encode(self._ids)
        for ids, line_ends in self._batches:
            yield becomes[ids.read()], line_ends.read()

    def close(self) -> None:
        """Give the space of the temporary file back."""
        if self._spool is not None:
            self._spool.close()
