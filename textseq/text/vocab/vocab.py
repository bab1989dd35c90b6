"""Vocab: the two-way table between tokens and ids.

In: counted tokens. Out: `encode` (tokens -> ids) and `decode` (ids -> tokens).
Words, characters, subwords, labels and tags all use it. It cuts no text and counts nothing;
how many tokens are looked up at once is lookup.py's business, vectors for tokens embedding.py's.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from textseq.arrays import open_array, save_array
from textseq.artifact import check_free, short
from textseq.config import choice
from textseq.text.given import is_arrow
from textseq.text.vocab.lookup import UNKNOWN, Lookup
from textseq.text.vocab.specials import Specials
from textseq.text.vocab.token_file import read_tokens, write_tokens
from textseq.text.vocab.token_lines import TokenLines

if TYPE_CHECKING:
    from textseq.text.vocab.embedding import OutOfVocabulary, VectorTable

PAD, UNK, BOS, EOS = "<pad>", "<unk>", "<bos>", "<eos>"
DEFAULT_SPECIALS = (PAD, UNK)

SpecialsAt = Literal["first", "last"]
_LARGE_FILE = 4 << 20  # bytes; to read it as strings takes longer than it takes to start
_TOKENS_AT_ONCE = 1 << 16  # of such a file, where all are looked through
_FEW = 100  # tokens that are found in such a file in less time than its dict is made


class Vocab:
    """Tokens by id, with their counts; those of `from_counts` by falling count, ties by token.

    >>> vocab = Vocab.from_counts({"the": 5, "cat": 2, "sat": 1}, min_count=2)
    >>> vocab.tokens, vocab.encode(["the", "dog", "cat"])
    (['<pad>', '<unk>', 'the', 'cat'], array([2, 1, 3], dtype=int32))
    >>> vocab.decode([3, 2]), vocab.pad_id, "sat" in vocab
    (['cat', 'the'], 0, False)

    `tokens[id]` is a token, `counts[id]` how often it was seen (int64, 0 if unknown).
    The dict from token to id is built on first need, and of a large folder the list of tokens, too,
    so that opening it is cheap; `token_of`, `get` and `suggest` do without them.
    It is not to be changed: `extended` and `with_default_id` make another one.
    """

    def __init__(
        self,
        tokens: Sequence[str] | TokenLines,
        counts: NDArray[np.int64] | None = None,
        specials: Sequence[str] = DEFAULT_SPECIALS,
        *,
        default_id: int | None = None,
    ) -> None:
        """`tokens` in id order, `specials` somewhere among them; ValueError where they are not.

        Unknown tokens get `default_id`; without it that of <unk>, if that is among the specials.
        """
        for name, given in (("tokens", tokens), ("specials", specials)):
            if isinstance(given, str):
                raise TypeError(f"{name} is a str, {given[:40]!r}; it takes a list of tokens")
        self._lines = tokens if isinstance(tokens, TokenLines) else None
        self._tokens = None if isinstance(tokens, TokenLines) else list(tokens)
        self.counts = np.zeros(len(tokens), np.int64) if counts is None else _checked(counts)
        self.specials = tuple(specials)
        if self.counts.shape != (len(tokens),):
            raise ValueError(f"{len(tokens)} tokens but {self.counts.size} counts")
        self._special = Specials(self.tokens if specials else (), self.specials)
        if default_id is not None and not 0 <= default_id < len(self):
            raise ValueError(f"default_id is {default_id}; ids are 0..{len(self) - 1}")
        self._default_id = default_id
        self.name = "this Vocab"  # for errors; `load` names the folder
        self._ids: dict[str, int] | None = None
        self._n_found = 0  # tokens that were looked for among the lines
        self._lookup: Lookup | None = None

    @classmethod
    def from_counts(
        cls,
        counts: Mapping[str, int],
        *,
        specials: Sequence[str] = DEFAULT_SPECIALS,
        specials_at: SpecialsAt = "first",
        min_count: int = 1,
        max_vocab: int | None = None,
    ) -> Vocab:
        """The Vocab of counted tokens; `max_vocab` counts the words, not the specials."""
        specials_at = choice("specials_at", specials_at, SpecialsAt)
        if not isinstance(counts, Mapping):
            kind = type(counts).__name__
            raise TypeError(f"a {kind} was given where a dict of counts is due; Counter makes one")
        kept = [(t, n) for t, n in counts.items() if n >= min_count and t not in specials]
        kept.sort(key=lambda pair: (-pair[1], pair[0]))
        kept = kept[:max_vocab]
        chosen = [(special, counts.get(special, 0)) for special in specials]
        pairs = [*chosen, *kept] if specials_at == "first" else [*kept, *chosen]
        tokens, numbers = [t for t, _ in pairs], [n for _, n in pairs]
        return cls(tokens, np.array(numbers, np.int64), specials)

    @classmethod
    def merge(
        cls,
        vocabs: Iterable[Vocab],
        *,
        specials_at: SpecialsAt = "first",
        min_count: int = 1,
        max_vocab: int | None = None,
    ) -> Vocab:
        """One Vocab of several: counts added up, in the order of `from_counts`.

        Of Vocabs that left nothing out (min_count 1), made of the parts of a text, it is the
        Vocab of the whole: words left out now count as <unk>. ValueError where specials differ.
        """
        parts = list(vocabs)
        if len({part.specials for part in parts}) != 1:
            given = sorted({", ".join(part.specials) or "none" for part in parts})
            raise ValueError(
                f"Vocabs to merge have the same specials; given were {'; '.join(given)}"
                if given
                else "there is no Vocab to merge"
            )
        counts: Counter[str] = Counter()
        for part in parts:
            counts.update(dict(zip(part.ids, part.counts.tolist(), strict=True)))
        merged = cls.from_counts(
            counts, specials=parts[0].specials, specials_at=specials_at,
            min_count=min_count, max_vocab=max_vocab,
        )  # fmt: skip
        if merged.unk_id is not None:
            merged.counts[merged.unk_id] += counts.total() - merged.counts.sum()
        return merged.with_default_id(_common_default(parts, merged))

    @property
    def tokens(self) -> list[str]:
        """The tokens by their ids, a list."""
        if self._tokens is None:
            assert self._lines is not None
            self._tokens, self._lines = self._lines.tokens(0, len(self)), None
        return self._tokens

    def tokens_from(self, first: int, stop: int) -> list[str]:
        """The tokens of the ids from `first` up to `stop`."""
        if self._lines is not None:
            return self._lines.tokens(first, stop)
        return self.tokens[first:stop]

    def _token_lists(self) -> Iterator[list[str]]:
        """All tokens; of a large folder not all at once."""
        at_once = len(self) if self._lines is None else _TOKENS_AT_ONCE
        for first in range(0, len(self), max(1, at_once)):
            yield self.tokens_from(first, min(first + at_once, len(self)))

    def token_of(self, token_id: int) -> str:
        """The token of an id."""
        return self.tokens[token_id] if self._lines is None else self._lines.token(token_id)

    def get(self, token: str) -> int | None:
        """The id of a token, None where it has none; ValueError if it stands twice."""
        if self._lines is None or self._n_found >= _FEW:
            return self.ids.get(token)
        self._n_found += 1
        return self._lines.find(token)

    @property
    def ids(self) -> dict[str, int]:
        """The dict from token to id; ValueError if a token stands twice."""
        if self._ids is None:
            ids = dict(zip(self.tokens, range(len(self.tokens)), strict=True))
            if len(ids) != len(self.tokens):
                n_twice = len(self.tokens) - len(ids)
                raise ValueError(f"{n_twice} tokens stand twice in {self.name}")
            self._ids = ids
        return self._ids

    def __len__(self) -> int:
        return len(self.counts)

    def __contains__(self, token: object) -> bool:
        if self._lines is not None and isinstance(token, str):
            return self.get(token) is not None
        return token in self.ids

    def __iter__(self) -> Iterator[str]:
        return iter(self.tokens)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vocab):
            return NotImplemented
        return (
            self.tokens == other.tokens
            and self.specials == other.specials
            and self.default_id == other.default_id
            and np.array_equal(self.counts, other.counts)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        first = self.tokens[: len(self.specials) + 3]
        words = [token for token in first if token not in self._special.ids][:3]
        return f"Vocab({len(self)} tokens: {', '.join([*self.specials, *words])}, ...)"

    def __getitem__(self, token: str) -> int:
        """The id of a token; the default id for an unknown one, KeyError where there is none."""
        word_id: int | None = self.ids.get(token, self.default_id)
        if word_id is None:
            raise KeyError(f"{token!r} is not among the {len(self)} tokens of {self.name}")
        return word_id

    # ---- special tokens

    @property
    def special_ids(self) -> tuple[int, ...]:
        """Ids of the specials, in their order."""
        return tuple(self._special.ids.values())

    @property
    def specials_first(self) -> bool:
        """Whether the words begin where the specials end: ids from len(specials) on are words."""
        return self._special.in_front

    @property
    def pad_id(self) -> int | None:
        """Id of <pad>, or None."""
        return self._special.id_of("pad")

    @property
    def unk_id(self) -> int | None:
        """Id of <unk>, or None."""
        return self._special.id_of("unk")

    @property
    def bos_id(self) -> int | None:
        """Id of <bos>, or None."""
        return self._special.id_of("bos")

    @property
    def eos_id(self) -> int | None:
        """Id of <eos>, or None."""
        return self._special.id_of("eos")

    @property
    def default_id(self) -> int | None:
        """The id of unknown tokens; None where they are errors."""
        return self.unk_id if self._default_id is None else self._default_id

    # ---- tokens to ids and back

    def encode(self, tokens: Iterable[str] | NDArray[Any]) -> NDArray[np.int32]:
        """Ids of tokens; unknown ones as in `vocab[token]`.

        A list or any iterable gives shape (n,), a NumPy array of str its own shape, a pyarrow
        array of strings shape (n,). Arrays are fastest.
        """
        if isinstance(tokens, str | bytes):
            raise TypeError(
                f"a {type(tokens).__name__} was given where tokens are due; vocab[token] is the id "
                "of one, load_tokenizer(...).split cuts a text"
            )
        if not isinstance(tokens, list | tuple | np.ndarray) and not is_arrow(tokens):
            tokens = list(tokens)
        if self._lookup is None:
            self._lookup = Lookup(self.ids)
        if self.default_id is not None:
            return self._lookup.find(tokens, self.default_id)
        ids = self._lookup.find(tokens)
        unknown = np.flatnonzero(ids == UNKNOWN)
        if unknown.size:
            flat: Any = tokens.ravel() if isinstance(tokens, np.ndarray) else tokens
            token = flat[int(unknown[0])]
            raise KeyError(f"{str(token)!r} is not among the {len(self)} tokens of {self.name}")
        return ids

    def encode_words(self, tokens: Iterable[str]) -> NDArray[np.int32]:
        """Ids of the tokens of a text, (n,): as `encode`, but none is what a text does not hold.

        Where a text says "<pad>" or "<eos>", as one about HTML or networks may, it is a word that
        nobody has learnt, neither padding nor an end.
        """
        return self.without_roles(self.encode(tokens))

    def without_roles(self, ids: NDArray[np.int32]) -> NDArray[np.int32]:
        """The same ids, those of <pad>, <unk>, <bos> and <eos> those of an unknown word.

        KeyError where they occur and an unknown word is an error.
        """
        roles = (self.pad_id, self.unk_id, self.bos_id, self.eos_id)
        found = np.isin(ids, [role for role in roles if role is not None])
        if not found.any():
            return ids
        if self.default_id is None:
            token = self.token_of(int(ids[found][0]))
            raise KeyError(f"{token!r} stands in the text; it is no word of {self.name}")
        return np.where(found, np.int32(self.default_id), ids)

    def encode_batch(
        self, lines: Iterable[Iterable[str]]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Ids of all lines end to end, (n,), and offsets, (B + 1,): where lines start and end."""
        lists = [
            line if isinstance(line, list | tuple) else list(_no_text(line))
            for line in _no_text(lines)
        ]
        offsets = np.zeros(len(lists) + 1, np.int64)
        np.cumsum(np.fromiter(map(len, lists), np.int64, len(lists)), out=offsets[1:])
        return self.encode(list(chain.from_iterable(lists))), offsets

    def decode(
        self, ids: Iterable[Any] | NDArray[np.integer], *, skip_specials: bool = False
    ) -> list[Any]:
        """Tokens of ids: a list of str; of an array or nested list with more axes, nested lists.

        IndexError for an id outside 0..len-1. With `skip_specials`, special tokens are left out.
        """
        if isinstance(ids, str | bytes):
            raise TypeError(f"a {type(ids).__name__} was given where ids are due")
        if isinstance(ids, Integral) or getattr(ids, "ndim", 1) == 0:
            raise TypeError(f"one number was given where ids are due; decode([{ids}]) works")
        numbers = ids.tolist() if hasattr(ids, "tolist") else list(ids)
        if numbers and isinstance(numbers[0], list | tuple | np.ndarray):
            return [self.decode(row, skip_specials=skip_specials) for row in numbers]
        if numbers and not 0 <= min(numbers) <= max(numbers) < len(self):
            low, high = min(numbers), max(numbers)
            raise IndexError(f"ids {low}..{high} given; they are 0..{len(self) - 1}")
        if skip_specials:
            special = set(self.special_ids)
            numbers = [word_id for word_id in numbers if word_id not in special]
        return list(map(self.tokens.__getitem__, numbers))

    # ---- counts

    def count(self, token: str) -> int:
        """How often a token was seen; 0 for one that is not here."""
        word_id = self.ids.get(token)
        return 0 if word_id is None else int(self.counts[word_id])

    def frequencies(self) -> NDArray[np.float64]:
        """The share of each token in all that was counted, (V,); zeros where nothing was."""
        total = int(self.counts.sum())
        return self.counts / max(total, 1)

    def most_common(self, n: int | None = None) -> list[tuple[str, int]]:
        """The `n` words seen most often (all of them: None) with their counts, ties by token.

        Special tokens are left out.
        """
        words = [
            (token, count)
            for token, count in zip(self.tokens, self.counts.tolist(), strict=True)
            if token not in self._special.ids
        ]
        words.sort(key=lambda pair: (-pair[1], pair[0]))
        return words[:n]

    # ---- other Vocabs made of this one

    def extended(
        self, tokens: Sequence[str], at: int | None = None, *, special: bool = False
    ) -> Vocab:
        """A Vocab with these tokens too, from the id `at` on (None: behind all), counts 0.

        With `special` they become special tokens. ValueError for a token that stands here
        already, or an `at` outside 0..len.
        """
        at = len(self) if at is None else at
        if not 0 <= at <= len(self):
            raise ValueError(f"at is {at}; tokens can be inserted at 0..{len(self)}")
        for token in tokens:
            if token in self.ids:
                raise ValueError(f"{token!r} is a token already, with the id {self.ids[token]}")
        default_id = self._default_id
        if default_id is not None and default_id >= at:
            default_id += len(tokens)
        return Vocab(
            [*self.tokens[:at], *tokens, *self.tokens[at:]],
            np.insert(self.counts, at, np.zeros(len(tokens), np.int64)),
            (*self.specials, *tokens) if special else self.specials,
            default_id=default_id,
        )

    def with_default_id(self, default_id: int | None) -> Vocab:
        """A Vocab of the same tokens with another default id; None is that of <unk>, if any."""
        return Vocab(self.tokens, self.counts, self.specials, default_id=default_id)

    # ---- vectors for tokens

    def embedding_matrix(
        self,
        vectors: VectorTable,
        oov: OutOfVocabulary = "zeros",
        *,
        seed: int = 1,
        scale: float | None = None,
        lower: bool = False,
    ) -> NDArray[np.float32]:
        """A row for each token, (V, D) float32: its vector, or what `oov` says; <pad> is zeros.

        `vectors` is a WordVectors, or has its `vocab.ids` and `vectors`. `oov` is "zeros",
        "mean" (of all vectors) or "normal" (drawn with `seed`; standard deviation `scale`, None:
        that of the vectors). With `lower` a word without a vector takes that of its lowercase.
        """
        from textseq.text.vocab.embedding import build_embedding_matrix

        return build_embedding_matrix(self, vectors, oov, seed=seed, scale=scale, lower=lower)

    def coverage(self, vectors: VectorTable, *, lower: bool = False) -> float:
        """The share of the counted words that have a vector, 0..1; <unk> counts as one without.

        Where nothing was counted, each word counts once.
        """
        from textseq.text.vocab.embedding import measure_coverage

        return measure_coverage(self, vectors, lower=lower)

    def suggest(self, token: str, n: int = 3) -> list[str]:
        """Up to `n` other tokens that somebody may have meant who typed this one.

        First the word on the same keys of the other layout, Korean or Latin, then what is spelled
        much like it (spellings.py).
        """
        from textseq.text.vocab.korean_keys import other_layout
        from textseq.text.vocab.spellings import find_spellings

        typed = other_layout(token)
        meant = [each for each in (typed, typed.lower()) if each in self and each != token]
        return list(dict.fromkeys([*meant, *find_spellings(self._token_lists(), token, n)]))[:n]

    @property
    def options(self) -> dict[str, Any]:
        """What the config.json beside vocab.txt has to say for `of_folder`."""
        options: dict[str, Any] = {"specials": list(self.specials)}
        by_hand = self.default_id != self.unk_id
        return options | {"default_id": self.default_id} if by_hand else options

    @classmethod
    def of_folder(cls, folder: Path, config: Mapping[str, Any]) -> Vocab:
        """The Vocab of a folder whose config.json holds `options`; ValueError where it lies."""
        specials, default_id = config.get("specials"), config.get("default_id")
        if not (isinstance(specials, list) and all(isinstance(token, str) for token in specials)):
            raise ValueError(f"{folder} is damaged: its config names no specials")
        if not (default_id is None or type(default_id) is int):
            raise ValueError(
                f"{folder} is damaged: its config names the default id {short(default_id)}"
            )
        return cls.load(folder, specials, default_id=default_id)

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write vocab.txt (one escaped token a line) and counts.npy into an existing folder.

        FileExistsError where these are there already. `save_vocab` makes a folder of it.
        """
        folder = Path(folder)
        if not overwrite:
            check_free(folder / "vocab.txt")
        write_tokens(folder / "vocab.txt", self.tokens)
        save_array(folder / "counts.npy", self.counts)

    @classmethod
    def load(
        cls,
        folder: str | os.PathLike[str],
        specials: Sequence[str],
        *,
        default_id: int | None = None,
    ) -> Vocab:
        """The Vocab of a folder; ValueError if its two files disagree."""
        path = Path(folder) / "vocab.txt"
        large = not specials and path.stat().st_size >= _LARGE_FILE
        tokens = TokenLines(path) if large else read_tokens(path)
        counts = open_array(Path(folder) / "counts.npy", np.int64, (None if len(tokens) else 0,))
        counts = np.array(counts)
        # In floats, which cannot overflow: what adds them up later is never beyond 64 bits.
        if counts.size and (counts.min() < 0 or counts.sum(dtype=np.float64) >= 2.0**63):
            raise ValueError(
                f"{Path(folder) / 'counts.npy'} is damaged: it holds {counts.min()} and "
                f"{counts.max()}; counts are 0 or more, and less than 2^63 together"
            )
        try:
            vocab = cls(tokens, counts, specials, default_id=default_id)
        except ValueError as error:
            raise ValueError(f"{folder} is damaged: {error}") from None
        vocab.name = f"the vocabulary of {folder}"
        return vocab


def _no_text(given: Any) -> Any:
    """What is given; TypeError for a text, which would be cut into characters."""
    if isinstance(given, str | bytes):
        kind = type(given).__name__
        raise TypeError(f"a {kind} was given where lines of tokens are due: lists of tokens")
    return given


def _checked(counts: NDArray[Any]) -> NDArray[np.int64]:
    counts = np.asarray(counts)
    if counts.dtype.kind not in "iu" and counts.size:
        raise ValueError(f"counts are {counts.dtype}; they are whole numbers")
    return counts.astype(np.int64, copy=False)


def _common_default(parts: Sequence[Vocab], merged: Vocab) -> int | None:
    """The id that the default of all parts has in the merged Vocab, where it was set by hand."""
    defaults = {
        None if part._default_id is None else part.tokens[part._default_id] for part in parts
    }
    if defaults == {None}:
        return None
    token = defaults.pop()
    if defaults or token not in merged.ids:
        raise ValueError("Vocabs to merge have the same default token, and it is kept")
    return merged.ids[token]
