"""Vocab, the two-way table between tokens and ids, which everything else here serves."""

from textseq.text.vocab.vocab import BOS, DEFAULT_SPECIALS, EOS, PAD, UNK, Vocab

__all__ = ["BOS", "DEFAULT_SPECIALS", "EOS", "PAD", "UNK", "Vocab"]
