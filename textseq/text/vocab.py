"""Vocab: the two-way table between tokens and ids.

In: counted tokens. Out: `encode` (tokens -> ids) and `decode` (ids -> tokens).
Words, characters, subwords, labels and tags all use it. It cuts no text and counts nothing.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from textseq.arrays import save_array

PAD, UNK, BOS, EOS = "<pad>", "<unk>", "<bos>", "<eos>"
DEFAULT_SPECIALS = (PAD, UNK)


class Vocab:
    """Tokens by id, with their counts: specials first, then by falling count, ties by token.

    `tokens[id]` is a token, `counts[id]` how often it was seen (int64, 0 if unknown).
    The dict from token to id is built on first need, so that opening a large Vocab is cheap.
    """

    def __init__(
        self,
        tokens: Sequence[str],
        counts: NDArray[np.int64] | None = None,
        specials: Sequence[str] = DEFAULT_SPECIALS,
    ) -> None:
        """`tokens` in id order, beginning with `specials`; ValueError where that does not hold."""
        self.tokens = list(tokens)
        self.counts = np.zeros(len(self.tokens), np.int64) if counts is None else np.asarray(counts)
        self.specials = tuple(specials)
        if self.counts.shape != (len(self.tokens),):
            raise ValueError(f"{len(self.tokens)} tokens but {self.counts.size} counts")
        if tuple(self.tokens[: len(self.specials)]) != self.specials:
            raise ValueError(f"a Vocab begins with its special tokens {', '.join(self.specials)}")
        self._ids: dict[str, int] | None = None

    @classmethod
    def from_counts(
        cls,
        counts: Mapping[str, int],
        *,
        specials: Sequence[str] = DEFAULT_SPECIALS,
        min_count: int = 1,
        max_vocab: int | None = None,
    ) -> Vocab:
        """The Vocab of counted tokens; `max_vocab` counts the words, not the specials."""
        kept = [(n, t) for t, n in counts.items() if n >= min_count and t not in specials]
        kept.sort(key=lambda pair: (-pair[0], pair[1]))
        kept = kept[:max_vocab]
        tokens = [*specials, *(token for _, token in kept)]
        numbers = [*(counts.get(s, 0) for s in specials), *(n for n, _ in kept)]
        return cls(tokens, np.array(numbers, np.int64), specials)

    @property
    def ids(self) -> dict[str, int]:
        """The dict from token to id; ValueError if a token stands twice."""
        if self._ids is None:
            ids = dict(zip(self.tokens, range(len(self.tokens)), strict=True))
            if len(ids) != len(self.tokens):
                raise ValueError(f"{len(self.tokens) - len(ids)} tokens stand twice in this Vocab")
            self._ids = ids
        return self._ids

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self.ids

    def __iter__(self) -> Iterator[str]:
        return iter(self.tokens)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vocab):
            return NotImplemented
        return (
            self.tokens == other.tokens
            and self.specials == other.specials
            and np.array_equal(self.counts, other.counts)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        words = self.tokens[len(self.specials) :][:3]
        return f"Vocab({len(self)} tokens: {', '.join([*self.specials, *words])}, ...)"

    def __getitem__(self, token: str) -> int:
        """The id of a token; of <unk> for an unknown one; KeyError where there is no <unk>."""
        word_id: int | None = self.ids.get(token, self.unk_id)
        if word_id is None:
            raise KeyError(f"{token!r} is not among the {len(self)} tokens")
        return word_id

    @property
    def pad_id(self) -> int | None:
        """Id of <pad>, or None."""
        return self._special_id(PAD)

    @property
    def unk_id(self) -> int | None:
        """Id of <unk>, or None."""
        return self._special_id(UNK)

    @property
    def bos_id(self) -> int | None:
        """Id of <bos>, or None."""
        return self._special_id(BOS)

    @property
    def eos_id(self) -> int | None:
        """Id of <eos>, or None."""
        return self._special_id(EOS)

    def _special_id(self, special: str) -> int | None:
        return self.specials.index(special) if special in self.specials else None

    def encode(self, tokens: Iterable[str]) -> NDArray[np.int32]:
        """Ids of tokens, shape (n,); unknown ones as in `vocab[token]`."""
        unk_id = self.unk_id
        if unk_id is None:
            return np.fromiter((self[token] for token in tokens), np.int32)
        get = self.ids.get
        return np.array([get(token, unk_id) for token in tokens], np.int32)

    def decode(self, ids: Iterable[int] | NDArray[np.integer]) -> list[str]:
        """Tokens of ids; IndexError for an id outside 0..len-1."""
        tokens = self.tokens
        numbers = ids.tolist() if isinstance(ids, np.ndarray) else list(ids)
        if numbers and not 0 <= min(numbers) <= max(numbers) < len(tokens):
            low, high = min(numbers), max(numbers)
            raise IndexError(f"ids {low}..{high} given; they are 0..{len(self) - 1}")
        return [tokens[word_id] for word_id in numbers]

    def suggest(self, token: str, n: int = 3) -> list[str]:
        """Up to `n` tokens spelled much like this one, the nearest first."""
        # Comparing with every token is slow at 10^6 of them: length and case sift first.
        near = [t for t in self.tokens if abs(len(t) - len(token)) <= 2]
        same = [t for t in near if t != token and t.casefold() == token.casefold()]
        first = {token[:1].casefold(), token[1:2].casefold()}
        near = [t for t in near if t[:1].casefold() in first] if len(near) > 20_000 else near
        close = difflib.get_close_matches(token, near, n=n, cutoff=0.7)
        return list(dict.fromkeys([*same, *close]))[:n]

    def save(self, folder: Path) -> None:
        """Write vocab.txt (one escaped token a line) and counts.npy into an existing folder."""
        lines = "".join(_escape(token) + "\n" for token in self.tokens)
        try:
            data = lines.encode("utf-8")
        except UnicodeEncodeError as error:
            token = lines[lines.rfind("\n", 0, error.start) + 1 :].split("\n")[0]
            raise ValueError(f"token {token!r} holds half a surrogate pair") from None
        (folder / "vocab.txt").write_bytes(data)
        save_array(folder / "counts.npy", self.counts)

    @classmethod
    def load(cls, folder: str | os.PathLike[str], specials: Sequence[str]) -> Vocab:
        """The Vocab of a folder; ValueError if its two files disagree."""
        try:
            text = (Path(folder) / "vocab.txt").read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"{Path(folder) / 'vocab.txt'} is damaged: {error}") from None
        tokens = text.split("\n")
        if tokens.pop() != "":
            raise ValueError(f"{Path(folder) / 'vocab.txt'} is cut off: no newline at its end")
        if "\\" in text:
            tokens = [_unescape(token) if "\\" in token else token for token in tokens]
        counts = np.load(Path(folder) / "counts.npy", allow_pickle=False)
        return cls(tokens, counts, specials)


def _escape(token: str) -> str:
    return token.replace("\\", "\\\\").replace("\n", "\\n")


def _unescape(line: str) -> str:
    # A doubled backslash must not meet the n after it, so the pairs are set apart first.
    return "\\".join(part.replace("\\n", "\n") for part in line.split("\\\\"))
