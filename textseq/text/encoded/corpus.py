"""EncodedCorpus: a corpus as ids, in memory or mapped from a folder.

In: the folder that `encode_files` (encode.py) wrote, or arrays. Out: the flat ids of all tokens,
where each line begins, and the Vocab. One line is one sequence, empty ones too, so that two
encoded files stay aligned line by line. How text becomes ids is not decided here.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.arrays import ArrayWriter, open_array
from textseq.artifact import (
    new_folder,
    of_one_folder,
    read_config,
    without_header,
    write_config,
)
from textseq.config import FilterConfig, TextConfig
from textseq.text.text_options import carry_tokenizer, load_text_options, resolve_tokenizer
from textseq.text.vocab import Vocab
from textseq.text.vocab.own import add_pad

_KIND = "encoded-corpus"
_MADE_BY = "textseq encode"
_ITEMS_AT_ONCE = 1 << 20  # array items looked at in one step

IdBlock = tuple[NDArray[np.int32], NDArray[np.int64]]  # ids, and the ends of the lines in them


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
        self._checked = False
        rising = all(
            bool((np.diff(offsets[start : start + _ITEMS_AT_ONCE + 1]) >= 0).all())
            for start in range(0, len(offsets), _ITEMS_AT_ONCE)
        )
        if not (len(offsets) and offsets[0] == 0 and offsets[-1] == len(ids) and rising):
            raise ValueError(f"{name} is damaged: its offsets do not rise from 0 to {len(ids)}")

    @classmethod
    @of_one_folder
    def load(cls, folder: str | os.PathLike[str]) -> EncodedCorpus:
        """The corpus of a folder, mapped from disk; ValueError where its files disagree.

        Only a shard, or text encoded with another's Vocab, may hold nothing.
        """
        path = Path(folder)
        config = read_config(path, _KIND, made_by=_MADE_BY)
        sizes = [config.get("n_tokens"), config.get("n_sequences")]
        if not all(type(size) is int and size >= 0 for size in sizes):
            raise ValueError(f"{path} is damaged: its config names no n_tokens and n_sequences")
        text = config.get("text", {})
        load_text_options(path, text)
        config["text"] = resolve_tokenizer(path, text)
        return cls._open(path, Vocab.of_folder(path, config), config)

    @classmethod
    def _open(cls, path: Path, vocab: Vocab, config: dict[str, Any]) -> EncodedCorpus:
        n_tokens, n_sequences = config["n_tokens"], config["n_sequences"]
        # An empty file cannot be mapped.
        ids = np.zeros(0, np.int32)
        if n_tokens:
            ids = open_array(path / "ids.npy", np.int32, (n_tokens,))
        offsets = open_array(path / "offsets.npy", np.int64, (n_sequences + 1,))
        return cls(ids, offsets, vocab, config, name=str(path))

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the corpus into a folder; FileExistsError if there is one and no `overwrite`."""
        options = without_header(self.config)
        self.check_ids()
        with new_folder(folder, overwrite=overwrite) as fresh:
            ends = ((self.ids, self.offsets[1:]) for _ in range(1))
            write_corpus(fresh, ends, self.vocab, options)

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
        for start in range(0, len(self), _ITEMS_AT_ONCE):
            offsets = self.offsets[start : start + _ITEMS_AT_ONCE + 1].tolist()
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

    @property
    def filters(self) -> FilterConfig:
        """Which lines were kept."""
        filters = self.config.get("filters", {})
        if isinstance(filters, dict):
            filters = {name: value for name, value in filters.items() if name != "dropped"}
        return FilterConfig.from_json(filters, self.name)

    def with_specials_first(self) -> EncodedCorpus:
        """This corpus, or a copy in memory whose special tokens have the first ids."""
        self.check_ids()
        vocab = self.vocab
        if vocab.specials_first:
            return self
        words = np.delete(np.arange(len(vocab)), vocab.special_ids)
        order = np.concatenate([np.array(vocab.special_ids, np.int64), words])
        becomes = np.empty(len(vocab), np.int32)
        becomes[order] = np.arange(len(vocab), dtype=np.int32)
        tokens = [vocab.tokens[word_id] for word_id in order]
        default_id = None if vocab.default_id is None else int(becomes[vocab.default_id])
        reordered = Vocab(tokens, vocab.counts[order], vocab.specials, default_id=default_id)
        ids = becomes[self.ids]
        return EncodedCorpus(ids, self.offsets, reordered, self.config, name=self.name)

    def with_pad(self) -> EncodedCorpus:
        """This corpus, or one of the same arrays whose Vocab has <pad> too, behind all others."""
        vocab = add_pad(self.vocab)
        if vocab is self.vocab:
            return self
        config = self.config | vocab.options
        return EncodedCorpus(self.ids, self.offsets, vocab, config, name=self.name)

    def decode(self, number: int) -> list[str]:
        """The tokens of one line; words below min_count are <unk>."""
        line = self[number]
        self._check(line)
        return self.vocab.decode(line)

    def check_ids(self) -> None:
        """ValueError unless every id is one token of the Vocab; whatever reads all asks first.

        Ids that nobody can change, as those of a folder, are looked at once.
        """
        if self._checked:
            return
        _ = self.vocab.ids  # that no token has two
        for start in range(0, self.n_tokens, _ITEMS_AT_ONCE):
            self._check(self.ids[start : start + _ITEMS_AT_ONCE])
        self._checked = not self.ids.flags.writeable

    def _check(self, ids: NDArray[np.int32]) -> None:
        if not ids.size:
            return
        low, high = int(ids.min()), int(ids.max())
        if low < 0 or high >= len(self.vocab):
            base = self.ids.base
            file = base.filename if isinstance(base, np.memmap) else None
            holder = "it" if file is None else Path(file).name
            raise ValueError(
                f"{self.name} is damaged: {holder} holds the id {low if low < 0 else high}, "
                f"its vocabulary has {len(self.vocab)} tokens"
            )


def write_corpus(
    folder: Path,
    parts: Iterator[IdBlock],
    vocab: Vocab,
    options: dict[str, Any],
    *,
    count: bool = False,
) -> None:
    """Fill an empty folder: parts of ids, each with the ends of the lines within it.

    `options` hold "text", the options of the text, and what else config.json shall say; the sizes
    are added. `count`: the counts of the Vocab become those of these ids.
    """
    counts = np.zeros(len(vocab), np.int64)
    with ExitStack() as stack:
        all_ids = stack.enter_context(ArrayWriter(folder / "ids.npy", np.int32))
        offsets = stack.enter_context(ArrayWriter(folder / "offsets.npy", np.int64))
        offsets.append(np.zeros(1, np.int64))
        for part, line_ends in parts:
            offsets.append(line_ends + all_ids.n_items)
            all_ids.append(part)
            if count:
                counts += np.bincount(part, minlength=len(vocab))
        sizes = {"n_tokens": all_ids.n_items, "n_sequences": offsets.n_items - 1}
    if count:
        vocab.counts[:] = counts
    vocab.save(folder)
    text = carry_tokenizer(folder, options["text"])
    write_config(folder, _KIND, options | {"text": text} | sizes | vocab.options)
