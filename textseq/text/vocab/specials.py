"""Specials: the tokens that stand for no word, and what each is for.

In: the tokens of a vocabulary and the names of those that are special. Out: their ids, by name
and by role. Ours stand in front, those of other tokenizers anywhere. Nothing is added here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Role = Literal["pad", "unk", "bos", "eos"]

# Ours first; of several in one vocabulary the one that stands first here has the role.
SPELLINGS: dict[Role, tuple[str, ...]] = {
    "pad": ("<pad>", "[PAD]", "<|pad|>"),
    "unk": ("<unk>", "[UNK]", "<|unk|>"),
    "bos": ("<bos>", "<s>", "[BOS]", "[CLS]", "<|startoftext|>", "<|begin_of_text|>"),
    "eos": ("<eos>", "</s>", "[EOS]", "[SEP]", "<|endoftext|>", "<|end_of_text|>"),
}


class Specials:
    """The special tokens of a vocabulary: `ids[name]` is the id of each, in the order given."""

    def __init__(self, tokens: Sequence[str], names: Sequence[str]) -> None:
        """ValueError that names those of `names` that are not among the tokens."""
        if list(tokens[: len(names)]) == list(names):  # as mostly: no search
            self.ids = dict(zip(names, range(len(names)), strict=True))
            return
        wanted, found = set(names), dict[str, int]()
        for number, token in enumerate(tokens):
            if token in wanted:
                found.setdefault(token, number)
        missing = [name for name in names if name not in found]
        if missing:
            shown = ", ".join(f"{name[:40]!r}" for name in missing[:10])
            raise ValueError(
                f"the special tokens {shown}{', ...' if len(missing) > 10 else ''} are not among "
                f"the {len(tokens)} tokens"
            )
        self.ids = {name: found[name] for name in names}

    @property
    def in_front(self) -> bool:
        """Whether their ids are 0, 1, 2 ..., so that all words follow."""
        return list(self.ids.values()) == list(range(len(self.ids)))

    def id_of(self, role: Role) -> int | None:
        """The id of the special token with this role, or None."""
        return next((self.ids[name] for name in SPELLINGS[role] if name in self.ids), None)
