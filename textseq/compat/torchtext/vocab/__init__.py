"""torchtext.vocab: Vocab and its makers, vectors from local files.

The module can be called as its function `vocab`, so that `from textseq.compat.torchtext import
vocab` serves those who mean the one and those who mean the other.
"""

import sys
from types import ModuleType

from textseq.compat.torchtext.vocab.vectors import (
    CharNGram,
    FastText,
    GloVe,
    Vectors,
    pretrained_aliases,
)
from textseq.compat.torchtext.vocab.vocab import Vocab
from textseq.compat.torchtext.vocab.vocab_factory import build_vocab_from_iterator, vocab

__all__ = [
    "CharNGram",
    "FastText",
    "GloVe",
    "Vectors",
    "Vocab",
    "build_vocab_from_iterator",
    "pretrained_aliases",
    "vocab",
]


class _CallableModule(ModuleType):
    """This module, which is called as `vocab` is."""

    __call__ = staticmethod(vocab)


sys.modules[__name__].__class__ = _CallableModule
