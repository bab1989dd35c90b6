"""WordVectors: words with their vectors.

In: a Vocab without special tokens and one row of floats a word, however they were made.
Out: vectors, cosines, the best words; a folder of kind "word-vectors". What one asks of them is in
`questions.py`. It trains nothing, reads no foreign format (`formats.py`) and scores nothing
(`evaluation.py`).
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from textseq.arrays import open_array, save_array
from textseq.artifact import new_folder, of_one_folder, read_config, write_config
from textseq.text.text_options import carry_tokenizer, resolve_tokenizer
from textseq.text.vocab import Vocab
from textseq.vectors.questions import Neighbour, Questions
from textseq.vectors.rows import divisors, norms_of, read_only_float32

_KIND = "word-vectors"
_MADE_BY = "textseq train-w2v"

_HEADER = ("kind", "format", "textseq")  # what write_config adds to the config of the vectors
_SCORES_AT_ONCE = 1 << 24  # 64 MB of float32
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


def row_of(word: str, ids: Mapping[str, int]) -> int | None:
    """The row of a word in either spelling of a Korean ending, or None; `ids` has those of all."""
    found = ids.get(word)
    if found is None and not word.isascii():
        from textseq.text.vocab.korean_forms import switch_spelling

        found = ids.get(switch_spelling(word))
    return found


class WordVectors(Questions):
    """A vector for each word of a Vocab, most frequent word first.

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
    ) -> None:
        """ValueError where shapes disagree, a word stands twice or a number is not finite.

        check=False leaves the last two to the questions, each of which looks at the rows that it
        reads: `load` uses it, to open a large folder without reading it. `path` is where they were
        read from, which such an error names.
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
                norms_of(self.output_vectors, vocab.tokens)

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

    def _norms_of(self, rows: NDArray[np.float32], words: Sequence[str]) -> NDArray[np.float32]:
        """The lengths of some rows; ValueError with the path for what is not finite."""
        try:
            return norms_of(rows, words)
        except ValueError as error:
            where = "" if self._path is None else f"{self._path} is damaged: "
            raise ValueError(f"{where}{error}") from None

    def _norms_until(self, limit: int) -> NDArray[np.float32]:
        """The lengths of the first `limit` vectors; no others are read."""
        known = 0 if self._norms is None else len(self._norms)
        if self._norms is None or known < limit:
            more = self._norms_of(self.vectors[known:limit], self.vocab.tokens[known:limit])
            self._norms = more if self._norms is None else np.concatenate([self._norms, more])
        return self._norms[:limit]

    def __len__(self) -> int:
        return len(self.vocab)

    def __iter__(self) -> Iterator[str]:
        return iter(self.vocab)

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and row_of(word, self.vocab.ids) is not None

    def __repr__(self) -> str:
        return f"WordVectors({len(self):,} words of dim {self.dim})"

    def word_id(self, word: str) -> int:
        """The row of a word; UnknownWordError if it has none."""
        if not isinstance(word, str):
            raise TypeError(f"a {type(word).__name__} was given where one word (str) is due")
        found = row_of(word, self.vocab.ids)
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
            tokens = self.vocab.tokens
            chosen = (
                tokens[word_ids]
                if isinstance(word_ids, slice)
                else [tokens[word_id] for word_id in word_ids]
            )
            norms = self._norms_of(rows, chosen)
        units: NDArray[np.float32] = rows / divisors(norms)[..., None]
        return units

    def first(self, n: int) -> WordVectors:
        """The vectors of the first `n` words, the most frequent ones; they are not copied."""
        if n < 1:
            raise ValueError(f"n is {n}; it is a number of words, 1 or more")
        if n >= len(self):
            return self
        vocab = Vocab(self.vocab.tokens[:n], self.vocab.counts[:n], specials=())
        output = None if self.output_vectors is None else self.output_vectors[:n]
        return WordVectors(
            vocab, self.vectors[:n], config=self.config, output_vectors=output, check=False,
            path=self._path,
        )  # fmt: skip

    # ---- what the questions need

    def _ids_of(self, words: Iterable[str]) -> set[int]:
        """Rows of the words that have one: a word without a vector cannot be an answer anyway."""
        ids = self.vocab.ids
        found = {row_of(word, ids) for word in ([words] if isinstance(words, str) else words)}
        return {row for row in found if row is not None}

    def _cosines(self, units: NDArray[np.float32], limit: int) -> NDArray[np.float32]:
        """Cosines of unit vectors (B, dim) with the first `limit` words, (B, limit)."""
        cosines: NDArray[np.float32] = units @ self.vectors[:limit].T
        cosines /= divisors(self._norms_until(limit))
        # Rounding may go past 1, and cos_mul as well as readers count on -1..1.
        return np.clip(cosines, -1.0, 1.0, out=cosines)

    def _top(
        self, units: NDArray[np.float32], n: int, limit: int, barred: Sequence[Collection[int]]
    ) -> list[list[Neighbour]]:
        """For each of unit vectors (B, dim), the `n` nearest of the first `limit` words."""
        answers: list[list[Neighbour]] = []
        block = max(1, _SCORES_AT_ONCE // limit)
        for start in range(0, len(units), block):
            cosines = self._cosines(units[start : start + block], limit)
            for row, ids in zip(cosines, barred[start : start + block], strict=True):
                answers.append(self._best(row, ids, n))
        return answers

    def _best(
        self, scores: NDArray[np.float32], barred: Collection[int], n: int
    ) -> list[Neighbour]:
        """The `n` best words by (-score, id), `barred` ids left out; overwrites `scores`."""
        out = [word_id for word_id in barred if word_id < len(scores)]
        scores[out] = -np.inf
        n = min(n, len(scores) - len(out))
        if n <= 0:
            return []
        # All that reach the n-th best score, so that a tie at the edge is cut by id, not by luck.
        ids = np.flatnonzero(scores >= np.partition(scores, -n)[-n])
        ids = ids[np.argsort(-scores[ids], kind="stable")][:n]
        tokens = self.vocab.tokens
        return [Neighbour(tokens[i], float(scores[i])) for i in ids.tolist()]

    # ---- on disk

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the folder as a whole or not at all; FileExistsError if it is there already."""
        options = dict(self.config)
        with new_folder(folder, overwrite=overwrite) as fresh:
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

        FileNotFoundError for no folder, ValueError that names the file for a damaged one.
        """
        path = Path(folder)
        config = read_config(path, _KIND, made_by=_MADE_BY)
        vocab = _load_vocab(path)
        vectors = open_array(path / "vectors.npy", np.float32, (len(vocab), None))
        output_vectors = None
        if (path / "output_vectors.npy").exists():
            output_vectors = open_array(path / "output_vectors.npy", np.float32, vectors.shape)
        if not mmap:
            vectors = vectors.copy()
            output_vectors = None if output_vectors is None else output_vectors.copy()
        options = {key: value for key, value in config.items() if key not in _HEADER}
        if isinstance(options.get("text"), dict):
            options["text"] = resolve_tokenizer(path, options["text"])
        return cls(
            vocab, vectors, config=options, output_vectors=output_vectors, check=False, path=path
        )


def _load_vocab(path: Path) -> Vocab:
    """The words of a folder; the header of counts.npy is looked at before it is believed."""
    if not (path / "vocab.txt").is_file():
        raise ValueError(f"{path / 'vocab.txt'} is missing; the folder is damaged")
    open_array(path / "counts.npy", np.int64, (None,))
    return Vocab.load(path, specials=())
