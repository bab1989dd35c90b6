"""WordVectors: words with their vectors.

In: a Vocab without special tokens and one row of floats a word, however they were made.
Out: vectors, cosines, the best words; a folder of kind "word-vectors". What one asks of them is in
`questions.py`. It trains nothing, reads no foreign format (`formats.py`) and scores nothing
(`evaluation.py`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from textseq.advice import either
from textseq.arrays import open_array, save_array
from textseq.artifact import (
    check_part,
    new_folder,
    of_one_folder,
    read_config,
    without_header,
    write_config,
)
from textseq.config import IndexConfig
from textseq.text.notices import Notify, notices_to
from textseq.text.text_options import carry_tokenizer, resolve_tokenizer
from textseq.text.vocab import Vocab
from textseq.vectors.questions import N_ANSWERS, Neighbour, Questions
from textseq.vectors.rows import norms_of, read_only_float32, unit_rows
from textseq.vectors.search.candidates import Question
from textseq.vectors.search.search import OnDisk, Search

if TYPE_CHECKING:
    from textseq.vectors.search.neighbour_index import NeighbourIndex, Progress

NGRAM_FILE = "ngrams.npy"  # (bucket, dim) float32, in folders that SubwordVectors saves
_KIND = "word-vectors"
_MADE_BY = "textseq train-w2v"

_SCORES_AT_ONCE = 1 << 24  # 64 MB of float32
_N_MEASURED = 200  # words whose nearest say how much an index finds
_WORDS_A_CALL = 200  # whose lengths take as long as one look at a few rows of their own


class UnknownWordError(KeyError):
    """A word that has no vector; the message names words spelled much like it."""

    def __init__(self, word: str, vocab: Vocab) -> None:
        super().__init__(word, vocab)
        self.word = word
        self.vocab = vocab

    def __str__(self) -> str:
        # Written only when shown: `try: vectors[word]` in a loop must not look for spellings.
        near = self.vocab.suggest(self.word)
        hint = f"; near spellings: {', '.join(near)}" if near else ""
        return f"{self.word!r} is not among the {len(self.vocab):,} words{hint}"


class Ids(Protocol):
    """What knows the ids of words: a dict, or a Vocab."""

    def get(self, word: str, /) -> int | None:
        """The id of a word, or None."""


def row_of(word: str, ids: Ids) -> int | None:
    """The row of a word in either spelling of a Korean ending, or None; `ids` has those of all."""
    found = ids.get(word)
    if found is None and not word.isascii():
        from textseq.text.vocab.korean_forms import switch_spelling

        found = ids.get(switch_spelling(word))
    return found


class WordVectors(Questions):
    """A vector for each word of a Vocab, most frequent word first.

    >>> corpus = encode_lines(["the king rules", "the queen rules"] * 50, TextConfig())
    >>> vectors = train_word2vec(corpus, Word2VecConfig(dim=8, device="cpu", threads=1))
    >>> [neighbour.word for neighbour in vectors.nearest("king", n=3)]
    [...]
    >>> vectors.save("my-vectors")
    >>> WordVectors.load("my-vectors").vector("queen").shape
    (8,)

    `vectors` is (n_words, dim) float32, shared with the caller where it already was that, and
    read-only from here on; `output_vectors` has the same shape or is None. `config` says how
    they were made and is saved in config.json.
    """

    def __init__(
        self,
        vocab: Vocab,
        vectors: NDArray[Any],
        *,
        config: dict[str, Any] | None = None,
        output_vectors: NDArray[Any] | None = None,
        check: bool = True,
        path: Path | None = None,
        on_disk: OnDisk | None = None,
    ) -> None:
        """ValueError where shapes disagree, a word stands twice or a number is not finite.

        check=False leaves the last two to the questions, each of which looks at the rows that it
        reads: `load` uses it, to open a large folder without reading it. `path` is where they were
        read from, which such an error names; `on_disk` is the file that `vectors` is a map of.
        """
        if vocab.specials:
            raise ValueError(f"word vectors hold words only, not {', '.join(vocab.specials)}")
        self.vocab = vocab
        self.vectors = read_only_float32(vectors)
        self.config = dict(config or {})
        self.output_vectors = None if output_vectors is None else read_only_float32(output_vectors)
        self._norms: NDArray[np.float32] | None = None
        self._path = path
        self._n_asked = 0  # calls of `units`
        self._on_disk = on_disk
        self._is_part = False  # of the words of its folder
        shape = self.vectors.shape
        if len(shape) != 2 or 0 in shape:
            raise ValueError(f"vectors have shape {shape}; they need one row a word, not empty")
        if shape[0] != len(vocab):
            raise ValueError(f"{len(vocab):,} words but {shape[0]:,} vectors")
        if self.output_vectors is not None and self.output_vectors.shape != shape:
            raise ValueError(f"output vectors have shape {self.output_vectors.shape}, not {shape}")
        if check:
            _ = vocab.ids, self.norms
            if self.output_vectors is not None:
                norms_of(self.output_vectors, vocab.token_of)

    # ---- what is in it

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self.vectors.shape[1])

    @property
    def norms(self) -> NDArray[np.float32]:
        """Euclidean length of each vector, (n_words,); ValueError if a number is not finite."""
        return self._norms_until(len(self))

    @property
    def _knows_all_norms(self) -> bool:
        return self._norms is not None and len(self._norms) == len(self)

    def _norms_of(
        self, rows: NDArray[np.float32], word_of: Callable[[int], str]
    ) -> NDArray[np.float32]:
        """The lengths of some rows; ValueError with the path for what is not finite."""
        try:
            return norms_of(rows, word_of)
        except ValueError as error:
            where = "" if self._path is None else f"{self._path} is damaged: "
            raise ValueError(f"{where}{error}") from None

    def _norms_from(self, start: int, stop: int) -> NDArray[np.float32]:
        """The lengths of the vectors from `start` up to `stop`."""
        return self._norms_of(
            self.vectors[start:stop], lambda row: self.vocab.token_of(start + row)
        )

    def _norms_until(self, limit: int) -> NDArray[np.float32]:
        """The lengths of the first `limit` vectors; no others are read."""
        known = 0 if self._norms is None else len(self._norms)
        if self._norms is None or known < limit:
            more = self._norms_from(known, limit)
            self._norms = more if self._norms is None else np.concatenate([self._norms, more])
        return self._norms[:limit]

    def __len__(self) -> int:
        return len(self.vocab)

    def __iter__(self) -> Iterator[str]:
        return iter(self.vocab)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and row_of(word, self.vocab) is not None

    def __repr__(self) -> str:
        return f"WordVectors({len(self):,} words of dim {self.dim})"

    def word_id(self, word: str) -> int:
        """The row of a word; UnknownWordError if it has none."""
        if not isinstance(word, str):
            raise TypeError(f"a {type(word).__name__} was given where one word (str) is due")
        found = row_of(word, self.vocab)
        if found is None:
            raise UnknownWordError(word, self.vocab)
        return found

    def vector(self, word: str) -> NDArray[np.float32]:
        """The vector of a word, (dim,), a read-only view; UnknownWordError if it has none."""
        row: NDArray[np.float32] = self.vectors[self.word_id(word)]
        return row

    def __getitem__(self, word: str) -> NDArray[np.float32]:
        return self.vector(word)

    def units(self, word_ids: list[int] | slice | NDArray[np.integer]) -> NDArray[np.float32]:
        """Vectors of these rows scaled to length 1, (n, dim), a copy; zero vectors stay zero."""
        rows = self.vectors[word_ids]  # these alone: a large folder is not read for two words
        self._n_asked += 1
        if self._n_asked * _WORDS_A_CALL > len(self) or self._knows_all_norms:
            norms = self.norms[word_ids]
        else:
            chosen = range(len(self))[word_ids] if isinstance(word_ids, slice) else word_ids
            norms = self._norms_of(rows, lambda row: self.vocab.token_of(int(chosen[row])))
        return unit_rows(rows, norms)

    def first(self, n: int) -> WordVectors:
        """The vectors of the first `n` words, the most frequent ones; they are not copied."""
        if n < 1:
            raise ValueError(f"n is {n}; it is a number of words, 1 or more")
        if n >= len(self):
            return self
        vocab = Vocab(self.vocab.tokens_from(0, n), self.vocab.counts[:n], specials=())
        output = None if self.output_vectors is None else self.output_vectors[:n]
        part = WordVectors(
            vocab, self.vectors[:n], config=self.config, output_vectors=output, check=False,
            path=self._path,
        )  # fmt: skip
        part._search = self._search  # questions are about its first rows: their copy serves both
        part._is_part = True
        return part

    # ---- what the questions need

    def _ids_of(self, words: Iterable[str]) -> set[int]:
        """Rows of the words that have one: a word without a vector cannot be an answer anyway."""
        asked = [words] if isinstance(words, str) else words
        return {row for word in asked if (row := row_of(word, self.vocab)) is not None}

    def _top(
        self,
        units: NDArray[np.float32],
        n: int,
        limit: int,
        barred: Sequence[Collection[int]],
    ) -> list[list[Neighbour]]:
        """The `n` words of largest cosine to each unit vector, (B, dim), by (-cosine, id).

        They are among the first `limit` words, without the ids that are `barred` for that vector.
        """
        return self._answers(
            [Question(unit, out) for unit, out in zip(units[:, None], barred, strict=True)],
            n,
            limit,
        )

    def _top_mul(
        self,
        near: NDArray[np.float32],
        far: NDArray[np.float32],
        n: int,
        limit: int,
        barred: Sequence[Collection[int]],
    ) -> list[list[Neighbour]]:
        """As `_top`, for the score of 3CosMul with unit vectors, (B, P, dim) and (B, N, dim).

        It is the product of the cosines with `near`, moved to 0..1, divided by that of those with
        `far`.
        """
        units = np.concatenate([near, far], axis=1)
        return self._answers(
            [Question(u, out, far.shape[1]) for u, out in zip(units, barred, strict=True)], n, limit
        )

    def _top_by_index(
        self, units: NDArray[np.float32], n: int, barred: Sequence[Collection[int]]
    ) -> list[list[Neighbour]]:
        """For each of unit vectors (B, dim), most of the `n` nearest words."""
        questions = [Question(unit, out) for unit, out in zip(units[:, None], barred, strict=True)]
        best = self._search.near(self._index, questions, n)
        return [self._named(each.ids, each.scores) for each in best]

    def _nearer(self, pairs: Sequence[tuple[int, int]]) -> list[NDArray[np.int64]]:
        """For each pair of ids the rows, rising, that are nearer to the first than the second."""
        units = self._units_of([list(pair) for pair in pairs], 2)
        questions = [Question(unit[:1], pair) for unit, pair in zip(units, pairs, strict=True)]
        least = [
            # As all others are scored, so that equal ones are equal; some words have no row.
            self._search.ranked(question, np.array([b])).scores[0]
            if b < len(self)
            else np.float32(np.vecdot(unit[0].astype(np.float64), unit[1].astype(np.float64)))
            for question, unit, (_, b) in zip(questions, units, pairs, strict=True)
        ]
        return self._search.larger(questions, least, len(self))

    def _by_nearness(self, word_id: int, ids: NDArray[np.int64]) -> list[Neighbour]:
        """The words of these ids, which rise, the nearest to a word first."""
        best = self._search.ranked(Question(self.units([word_id])), ids)
        return self._named(best.ids, best.scores)

    @cached_property
    def _search(self) -> Search:
        """Made for the first question: vectors that are computed are not there before."""
        return Search(self.vectors, self._norms_from, self._norms_until, self._on_disk)

    def _answers(self, questions: list[Question], n: int, limit: int) -> list[list[Neighbour]]:
        return [
            self._named(best.ids, best.scores) for best in self._search.best(questions, n, limit)
        ]

    # ---- the index

    def build_index(
        self,
        config: IndexConfig | None = None,
        *,
        overwrite: bool = False,
        progress: Progress | None = None,
        notify: Notify | None = None,
    ) -> float:
        """Make the index that `nearest(..., approximate=True)` asks, and say how much it finds.

        It goes into the folder of the vectors, whole or not at all; vectors of millions of words
        take minutes, and memory for all of them. `progress(done, words)` hears how far it is. The
        result is its recall: the share, 0..1, of the ten nearest of some hundred words. ValueError
        for vectors that are not all of a folder, ModuleNotFoundError without the extra `index`.
        """
        from textseq.vectors.search import neighbour_index

        folder, stamp = self._own_folder(), None if self._on_disk is None else self._on_disk.stamp
        with notices_to(notify):
            self.__dict__["_index"] = made = neighbour_index.build_index(
                folder / neighbour_index.FOLDER, self.vectors, self._norms_from, stamp,
                config or IndexConfig(), self._recall_of, overwrite=overwrite, progress=progress,
            )  # fmt: skip
        return made.recall

    @property
    def index_recall(self) -> float:
        """The share, 0..1, of the ten nearest that the index found when it was made."""
        return self._index.recall

    @cached_property
    def _index(self) -> NeighbourIndex:
        from textseq.vectors.search.neighbour_index import FOLDER, open_index

        stamp = None if self._on_disk is None else self._on_disk.stamp
        return open_index(self._own_folder() / FOLDER, self.vectors, stamp)

    def _own_folder(self) -> Path:
        """The folder whose vectors these are; ValueError where there is none."""
        if self._is_part:
            raise ValueError(
                "an index is of all words of a folder; "
                + either("first(n) has", "--limit and --only-words take")
                + " a part of them"
            )
        if self._path is None or not self._path.is_dir():
            raise ValueError(
                "an index belongs to a folder of vectors; "
                + either("save and load make these one", "`textseq convert` makes one")
            )
        return self._path

    def _recall_of(self, index: NeighbourIndex) -> float:
        """The share of the nearest of some words that an index finds."""
        ids = np.unique(np.linspace(0, len(self) - 1, _N_MEASURED).astype(np.int64))
        questions = [
            Question(unit, [own])
            for unit, own in zip(self.units(ids)[:, None], ids.tolist(), strict=True)
        ]
        exact = self._search.best(questions, N_ANSWERS, len(self))
        found = self._search.near(index, questions, N_ANSWERS)
        n_due = sum(len(best.ids) for best in exact)
        n_found = sum(len(np.intersect1d(a.ids, b.ids)) for a, b in zip(exact, found, strict=True))
        return n_found / n_due if n_due else 1.0

    # ---- on disk

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the folder as a whole or not at all; FileExistsError if it is there already.

        An index in the folder that is replaced is kept where it is of these vectors; else it goes,
        and a `TextNotice` says so.
        """
        with new_folder(folder, overwrite=overwrite) as fresh:
            self._fill(fresh)
            if overwrite:
                from textseq.vectors.search.neighbour_index import keep_index

                keep_index(Path(folder), fresh, self.vectors)

    def _fill(self, fresh: Path) -> None:
        """Write all files into a new folder."""
        options = dict(self.config)
        if isinstance(options.get("text"), dict):
            options["text"] = carry_tokenizer(fresh, options["text"])
        write_config(fresh, _KIND, options)
        self.vocab.save(fresh)
        save_array(fresh / "vectors.npy", self.vectors)
        if self.output_vectors is not None:
            save_array(fresh / "output_vectors.npy", self.output_vectors)

    @classmethod
    @of_one_folder
    def load(cls, folder: str | os.PathLike[str], *, mmap: bool = True) -> Self:
        """Open a saved folder; with `mmap` the vectors stay on disk until they are used.

        The first question to large vectors (33 million numbers) writes vectors.int8 into the
        folder, a quarter of their size, by which later ones are answered in less time and memory;
        a `TextNotice` says so. It changes no answer, is made anew where it does not fit, and may be
        removed; where the folder cannot be written to it is held in memory.

        FileNotFoundError for no folder, ValueError that names the file for a damaged one.
        """
        path = Path(folder)
        config = read_config(path, _KIND, made_by=_MADE_BY)
        vocab = load_words(path)
        on_disk = OnDisk.of(path / "vectors.npy")
        vectors = open_array(path / "vectors.npy", np.float32, (len(vocab), None))
        output_vectors = None
        if (path / "output_vectors.npy").exists():
            output_vectors = open_array(path / "output_vectors.npy", np.float32, vectors.shape)
        if not mmap:
            vectors = vectors.copy()
            output_vectors = None if output_vectors is None else output_vectors.copy()
        options = without_header(config)
        if isinstance(options.get("text"), dict):
            options["text"] = resolve_tokenizer(path, options["text"])
        return cls(
            vocab, vectors, config=options, output_vectors=output_vectors, check=False, path=path,
            on_disk=on_disk,
        )  # fmt: skip


def load_words(path: Path) -> Vocab:
    """The words of a folder; the header of counts.npy is looked at before it is believed."""
    check_part(path / "vocab.txt")
    open_array(path / "counts.npy", np.int64, (None,))
    return Vocab.load(path, specials=())
