"""Own: the vocabularies that tokenizers bring along, with what padding needs.

In: the tokens of a tokenizer.json and which of them are special; or a Vocab without <pad>. Out: a
Vocab with it. Others' tokenizers often have none (GPT-2's, Llama's), or do not call special what
is. Ids stay as they are: <pad> comes behind them all, and the Vocab's specials record it.
"""

from __future__ import annotations

from collections.abc import Sequence

from textseq.text.vocab.specials import SPELLINGS, Role
from textseq.text.vocab.vocab import PAD, Vocab

_NEEDED: tuple[Role, ...] = ("pad", "unk")


def make_own_vocab(tokens: Sequence[str], specials: Sequence[str]) -> Vocab:
    """The Vocab of a tokenizer: its tokens in the order of its ids, and <pad> if it has none.

    A token that is spelled as one for padding or unknown words is usually spelled is one, also
    where the tokenizer does not call it special, unless another has that role.
    """
    known, found = set(tokens), list(specials)
    for role in _NEEDED:
        if not any(name in found for name in SPELLINGS[role]):
            found += [name for name in SPELLINGS[role] if name in known][:1]
    return add_pad(Vocab(tokens, specials=found))


def add_pad(vocab: Vocab) -> Vocab:
    """The Vocab, or one with <pad> behind all its tokens; a token spelled so becomes special."""
    if vocab.pad_id is not None:
        return vocab
    if PAD not in vocab:
        padded = vocab.extended([PAD], special=True)
    else:
        specials = (*vocab.specials, PAD)
        padded = Vocab(vocab.tokens, vocab.counts, specials, default_id=vocab._default_id)
    padded.name = vocab.name
    return padded


def matches(own: Sequence[str], tokens: Sequence[str]) -> bool:
    """Whether tokens are those of a tokenizer, in any order, with <pad> added or not."""
    wanted, found = set(own), set(tokens)
    return len(found) == len(tokens) and found in (wanted, wanted | {PAD})
