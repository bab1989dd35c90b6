"""GPT2BPETokenizer and CLIPTokenizer: byte pairs over bytes, from the files of those models.

In: texts. Out: ids, spelled out as str as torchtext has them, or tokens. What cuts a text into
words is the expression of the model's authors; torchtext's differs from it at white space other
than ASCII's, and in front of 's, 't and the like behind two spaces, and so do its ids there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from textseq.compat.torchtext.transforms.base import Transform, of_texts
from textseq.compat.torchtext.transforms.subword_file import (
    UNKNOWN,
    SubwordFile,
    file_of,
    read_merges,
    read_vocabulary,
)

END_OF_WORD = "</w>"
CLIP_SPECIALS = ("<|startoftext|>", "<|endoftext|>")
_CLIP_WORD = r"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+"
_CLIP_SPECIAL = re.compile("|".join(map(re.escape, CLIP_SPECIALS)))


@cache
def byte_letters() -> tuple[str, ...]:
    """The letter that stands for each byte: itself where it is seen, else one from U+0100 on."""
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in seen]
    letters = {byte: chr(byte) for byte in seen}
    letters |= {byte: chr(0x100 + place) for place, byte in enumerate(hidden)}
    return tuple(letters[byte] for byte in range(256))


def _spec(
    vocabulary: Mapping[str, int], merges: Sequence[tuple[str, str]], **stages: Any
) -> dict[str, Any]:
    """A tokenizer.json of byte pairs in which what the vocabulary lacks is UNKNOWN."""
    suffix = stages.pop("end_of_word_suffix", None)
    unknown = {UNKNOWN: max(vocabulary.values(), default=-1) + 1}
    model = {
        "type": "BPE", "vocab": {**vocabulary, **unknown}, "merges": list(merges),
        "unk_token": UNKNOWN, "end_of_word_suffix": suffix, "fuse_unk": False,
    }  # fmt: skip
    return {"version": "1.0", "added_tokens": [], "model": model, **stages}


def _byte_level(*, use_regex: bool) -> dict[str, Any]:
    return {
        "type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True,
        "use_regex": use_regex,
    }  # fmt: skip


class GPT2BPETokenizer(Transform):
    """GPT-2's byte pairs: str or list[str] to ids as str, or to tokens with `return_tokens`."""

    SPECIAL_TOKENS_ATTRIBUTES = (
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token",
        "mask_token", "additional_special_tokens",
    )  # fmt: skip

    def __init__(
        self, encoder_json_path: str, vocab_bpe_path: str, return_tokens: bool = False
    ) -> None:
        """Local files only: FileNotFoundError else; ValueError names a file that is none such."""
        super().__init__()
        vocabulary = read_vocabulary(encoder_json_path)
        spec = _spec(
            vocabulary, read_merges(vocab_bpe_path), pre_tokenizer=_byte_level(use_regex=True)
        )
        self._subwords = SubwordFile(file_of(encoder_json_path), spec)
        self._tokens = {token_id: token for token, token_id in vocabulary.items()}
        self._specials: dict[str, int] = {}
        self._return_tokens = return_tokens

    def add_special_tokens(self, special_tokens_dict: Mapping[str, str | Sequence[str]]) -> int:
        """Tokens that are never cut, by their role; how many of them are new to the vocabulary.

        One blank on either side of them belongs to them. AssertionError for an unknown role.
        """
        for role in special_tokens_dict:
            if role not in self.SPECIAL_TOKENS_ATTRIBUTES:
                raise AssertionError(
                    f"Key '{role}' is not in the special token list: "
                    f"{list(self.SPECIAL_TOKENS_ATTRIBUTES)}"
                )
        given = [token for role, token in special_tokens_dict.items() if isinstance(token, str)]
        given += special_tokens_dict.get("additional_special_tokens", ())
        ids = self._subwords.spec["model"]["vocab"]
        n_new = 0
        for token in given:
            if token in self._specials:
                continue
            known = ids.get(token)
            self._specials[token] = len(self._tokens) if known is None else known
            self._tokens[self._specials[token]] = token
            n_new += known is None
        return n_new

    def forward(self, input: Any) -> Any:
        """list[str] of a str, list[list[str]] of list[str]; TypeError for other input."""
        return of_texts(input, self._cut)

    def _cut(self, text: str) -> list[str]:
        ids: list[int] = []
        start = 0
        if self._specials:
            longest_first = sorted(self._specials, key=len, reverse=True)
            names = "|".join(map(re.escape, longest_first))
            for found in re.finditer(rf"[\t-\r ]?({names})[\t-\r ]?", text):
                ids += self._subwords.ids(text[start : found.start()])
                ids.append(self._specials[found[1]])
                start = found.end()
        ids += self._subwords.ids(text[start:])
        return [
            self._tokens[token_id] if self._return_tokens else str(token_id) for token_id in ids
        ]

    def decode(self, tokens: list[str]) -> str:
        """The text of ids, a blank on either side of special tokens; bytes that are no UTF-8 go.

        ValueError for an id that there is none of.
        """
        bytes_of = {letter: byte for byte, letter in enumerate(byte_letters())}
        parts: list[bytes] = []
        after_special = False
        for place, token in enumerate(tokens):
            name = self._tokens.get(int(token))
            if name is None:
                raise ValueError(f"there is no id {token} among the {len(self._tokens):,}")
            special = name in self._specials
            if special and place and not after_special:
                parts.append(b" ")
            parts.append(name.encode() if special else bytes(map(bytes_of.__getitem__, name)))
            if special and place < len(tokens) - 1:
                parts.append(b" ")
            after_special = special
        return b"".join(parts).decode("utf-8", "ignore")


class CLIPTokenizer(Transform):
    """CLIP's byte pairs of lower-cased text: str or list[str] to ids as str, or to tokens.

    Without `encoder_json_path` the vocabulary is made of the first `num_merges` merges.
    """

    def __init__(
        self,
        merges_path: str,
        encoder_json_path: str | None = None,
        num_merges: int | None = None,
        return_tokens: bool = False,
    ) -> None:
        """Local files only: FileNotFoundError else; ValueError names a file that is none such."""
        super().__init__()
        merges = read_merges(merges_path)
        if encoder_json_path:
            vocabulary = read_vocabulary(encoder_json_path)
            n_made_of_bytes = 2 * 256 + len(CLIP_SPECIALS)
            merges = merges[: max(len(vocabulary) - n_made_of_bytes, 0)]
        else:
            merges = merges[: num_merges or len(merges)]
            # Of bytes first those that can be seen, in the order of their code points.
            letters = sorted(byte_letters())
            names = [*letters, *(letter + END_OF_WORD for letter in letters)]
            names += [*map("".join, merges), *CLIP_SPECIALS]
            vocabulary = {name: place for place, name in enumerate(names)}
        words = {
            "type": "Split", "pattern": {"Regex": _CLIP_WORD}, "behavior": "Removed",
            "invert": True,
        }  # fmt: skip
        cut = {"type": "Sequence", "pretokenizers": [words, _byte_level(use_regex=False)]}
        spec = _spec(vocabulary, merges, pre_tokenizer=cut, end_of_word_suffix=END_OF_WORD)
        self._subwords = SubwordFile(file_of(encoder_json_path or merges_path), spec)
        self._return_tokens = return_tokens

    def forward(self, input: Any) -> Any:
        """list[str] of a str, list[list[str]] of list[str]; TypeError for other input."""
        return of_texts(input, self._cut)

    def _cut(self, text: str) -> list[str]:
        text = text.lower().strip()
        ids: list[int] = []
        start = 0
        for found in _CLIP_SPECIAL.finditer(text):
            # Behind other signs it is a part of their run, as the model has learnt it.
            if found.start() > start and _is_sign(text[found.start() - 1]):
                continue
            ids += self._subwords.ids(text[start : found.start()])
            special = self._subwords.spec["model"]["vocab"].get(found[0])
            if special is None:
                raise ValueError(f"{self._subwords.name} lacks {found[0]}")
            ids.append(special)
            start = found.end()
        ids += self._subwords.ids(text[start:])
        if self._return_tokens:
            return self._subwords.tokens_of(ids)
        return [str(token_id) for token_id in ids]


def _is_sign(char: str) -> bool:
    return not char.isspace() and unicodedata.category(char)[0] not in "LN"
