"""CharBPETokenizer: byte pairs over characters, each word by itself.

In: texts. Out: ids as the vocabulary has them (int or str), or tokens. Words are what stands
between white space, a line end behind them included, as torchtext has it.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from textseq.compat.torchtext.transforms.base import Transform, of_texts
from textseq.compat.torchtext.transforms.subword_file import read_ids, read_merges

_WORD = re.compile(r"\S+\n?")
_MOST_KEPT = 100_000  # words whose parts are remembered


class CharBPETokenizer(Transform):
    """Byte pairs over characters: str or list[str] to ids, or to tokens with `return_tokens`.

    `suffix` ends the last part of each word, `special_tokens` are never cut; `unk_token` stands
    for parts that the vocabulary lacks, which are KeyErrors without it.
    """

    def __init__(
        self,
        bpe_encoder_path: str,
        bpe_merges_path: str,
        return_tokens: bool = False,
        unk_token: str | None = None,
        suffix: str | None = None,
        special_tokens: list[str] | None = None,
    ) -> None:
        """RuntimeError for `unk_token` or a special token that the vocabulary lacks."""
        super().__init__()
        # Of any kind that can be looked up.
        self._ids = read_ids(bpe_encoder_path, lambda value: not isinstance(value, dict | list))
        self._tokens = {token_id: token for token, token_id in self._ids.items()}
        self._ranks = {pair: rank for rank, pair in enumerate(read_merges(bpe_merges_path))}
        for kind, token in [
            ("Unknown", unk_token),
            *(("Special", t) for t in special_tokens or ()),
        ]:
            if token and token not in self._ids:
                raise RuntimeError(
                    f"{kind} token {token} not found in encoder. Special tokens must be in encoder."
                )
        self._unk_token, self._suffix = unk_token, suffix
        self._specials = {token: [token] for token in special_tokens or ()}
        self._kept: dict[str, list[str]] = dict(self._specials)
        self._return_tokens = return_tokens

    @property
    def vocab_size(self) -> int:
        """How many tokens there are."""
        return len(self._ids)

    def forward(self, input: Any) -> Any:
        """A list of a str, a list of lists of list[str]; TypeError for other input."""
        return of_texts(input, self._tokenize if self._return_tokens else self.encode)

    def encode(self, text: str) -> list[Any]:
        """The ids of a text; KeyError for an unknown part, where there is no `unk_token`."""
        tokens = self._tokenize(text)
        if not self._unk_token:
            return [self._ids[token] for token in tokens]
        unknown = self._ids[self._unk_token]
        return [self._ids.get(token, unknown) for token in tokens]

    def decode(self, tokens: list[Any]) -> str:
        """The text of ids: parts joined, the suffix a space; without a suffix spaces between."""
        if not self._unk_token:
            parts = [self._tokens[token] for token in tokens]
        else:
            parts = [self._tokens.get(token, self._unk_token) for token in tokens]
        return "".join(parts).replace(self._suffix, " ") if self._suffix else " ".join(parts)

    def _tokenize(self, text: str) -> list[str]:
        return [part for word in _WORD.findall(text) for part in self._parts(word)]

    def _parts(self, word: str) -> list[str]:
        kept = self._kept.get(word)
        if kept is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept = dict(self._specials)
            kept = self._kept[word] = self._merged([*word[:-1], word[-1] + (self._suffix or "")])
        return kept

    def _merged(self, parts: list[str]) -> list[str]:
        """The best pair of neighbours becomes one, wherever it stands, until none is known."""
        while len(parts) > 1:
            pairs = set(pairwise(parts)) & self._ranks.keys()
            if not pairs:
                break
            best = min(pairs, key=self._ranks.__getitem__)
            merged: list[str] = []
            place = 0
            while place < len(parts):
                width = 2 if tuple(parts[place : place + 2]) == best else 1
                merged.append("".join(parts[place : place + width]))
                place += width
            parts = merged
        return parts
