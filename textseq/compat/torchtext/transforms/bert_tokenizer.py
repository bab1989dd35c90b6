"""BERTTokenizer: word pieces from the vocab.txt of a BERT model.

In: texts. Out: ids, spelled out as str as torchtext has them, or tokens. It is BERT's own way, in
which `strip_accents=False` is heeded (torchtext strips them all the same), and a word may have 100
characters (torchtext's 100 bytes are 33 of Thai or Hangul) before it is [UNK] as a whole.
"""

from __future__ import annotations

from typing import Any

from textseq.compat.torchtext.functional import is_list, unsupported
from textseq.compat.torchtext.local_files import local_path, read_text
from textseq.compat.torchtext.transforms.base import Transform
from textseq.compat.torchtext.transforms.subword_file import SubwordFile

UNK = "[UNK]"
_LONGEST_WORD = 100  # characters


class BERTTokenizer(Transform):
    """BERT's word pieces: str or list[str] to ids as str, or to tokens with `return_tokens`.

    `never_split`: words between spaces that are looked up as they are.
    """

    def __init__(
        self,
        vocab_path: str,
        do_lower_case: bool = True,
        strip_accents: bool | None = None,
        return_tokens: bool = False,
        never_split: list[str] | None = None,
    ) -> None:
        """A local file only: FileNotFoundError else; ValueError for one without [UNK]."""
        super().__init__()
        vocabulary = _read_vocabulary(vocab_path)
        self._subwords = SubwordFile(
            vocab_path,
            _spec(vocabulary, {"type": "BertPreTokenizer"}, do_lower_case, strip_accents),
        )
        self._never_split = frozenset(never_split or ())
        self._whole = (
            SubwordFile(vocab_path, _spec(vocabulary, {"type": "WhitespaceSplit"}, False, False))
            if self._never_split
            else None
        )
        self._return_tokens = return_tokens

    def forward(self, input: Any) -> Any:
        """list[str] of a str, list[list[str]] of list[str]; TypeError for other input."""
        if isinstance(input, str):
            return self._shown(self._ids([input])[0])
        if is_list(input, str):
            return [self._shown(ids) for ids in self._ids(input)]
        raise unsupported(input)

    def _ids(self, texts: list[str]) -> list[list[int]]:
        texts = [text.strip() for text in texts]
        if self._whole is None:
            return self._subwords.ids_of(texts)
        return [self._ids_by_word(text) for text in texts]

    def _ids_by_word(self, text: str) -> list[int]:
        assert self._whole is not None
        ids: list[int] = []
        for word in text.split(" "):
            ids += (self._whole if word in self._never_split else self._subwords).ids(word)
        return ids

    def _shown(self, ids: list[int]) -> list[str]:
        if self._return_tokens:
            return self._subwords.tokens_of(ids)
        return [str(token_id) for token_id in ids]


def _read_vocabulary(path: str) -> dict[str, int]:
    """Ids by token, a token a line; one that stands twice has the first place, and no other."""
    lines = read_text(local_path(path)).split("\n")
    if not lines[-1]:
        lines.pop()
    tokens = dict.fromkeys(line or "\n" for line in lines)  # an empty line takes an id, too
    if UNK not in tokens:
        raise ValueError(f"{path} is no vocabulary of BERT: it has no line {UNK}")
    return {token: place for place, token in enumerate(tokens)}


def _spec(
    vocabulary: dict[str, int],
    pre_tokenizer: dict[str, str],
    do_lower_case: bool,
    strip_accents: bool | None,
) -> dict[str, Any]:
    normalizer = {
        "type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
        "strip_accents": strip_accents, "lowercase": do_lower_case,
    }  # fmt: skip
    model = {
        "type": "WordPiece", "unk_token": UNK, "continuing_subword_prefix": "##",
        "max_input_chars_per_word": _LONGEST_WORD, "vocab": vocabulary,
    }  # fmt: skip
    return {
        "version": "1.0", "added_tokens": [], "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer, "model": model,
    }  # fmt: skip
