"""Pairs: parallel files as data sets for training a translator and for judging it.

In: two texts whose lines are translations of each other. Out: a SequenceDataset of pairs, with one
Vocab for each side or one for both, and without the pairs that nothing is learnt from. A second
text is prepared as the first one was. Reading and encoding are dataset.py's.
"""

from __future__ import annotations

import os

import numpy as np

from textseq.config import TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.vocabs import with_specials
from textseq.text.encode import encode_lines
from textseq.text.reading.corpus import Inputs, naming, read_lines
from textseq.text.reading.tables import is_table


def read_pairs(
    source: Inputs,
    target: Inputs,
    config: TextConfig,
    target_config: TextConfig | None = None,
    *,
    shared: bool = False,
) -> SequenceDataset:
    """Pairs to train on; a subword tokenizer without a file is trained on them.

    `shared`: both sides have one tokenizer and one Vocab, made of both texts; `config` holds for
    both. Raises as `from_parallel` does.
    """
    check_lines(source, target)
    if not shared:
        return SequenceDataset.from_parallel(
            source, target, config=config, target_config=target_config or config
        )
    if target_config not in (None, config):
        raise ValueError("two sides that share a vocabulary have the same text options")
    lines = [*read_lines(source, config), *read_lines(target, config)]
    with naming(source, target):
        both = with_specials(encode_lines(lines, config))
    made = both.text_config
    return SequenceDataset.from_parallel(
        source, target, config=made, target_config=made, vocab=both.vocab, target_vocab=both.vocab
    )


def read_more_pairs(source: Inputs, target: Inputs, like: Examples) -> SequenceDataset:
    """Further pairs, prepared as those of `like` were: a validation or a test set."""
    check_lines(source, target)
    return SequenceDataset.from_parallel(
        source,
        target,
        config=like.text_config,
        target_config=like.target_text_config,
        vocab=like.vocab,
        target_vocab=like.target_vocab,
    )


def check_lines(*inputs: Inputs) -> None:
    """ValueError for a table, whose separators and header would be read as text."""
    for given in inputs:
        names = [given] if isinstance(given, str | os.PathLike) else given
        for name in names if isinstance(names, list | tuple) else ():  # others are lines
            if is_table(os.fspath(name)):
                raise ValueError(
                    f"{os.fspath(name)} is a table; pairs are read from two files of lines, a "
                    "source and a target, so write its columns into such files"
                )


def usable(pairs: SequenceDataset, max_length: int) -> SequenceDataset:
    """The pairs of which neither side is empty or has more than `max_length` tokens.

    Attention needs memory for every source token at every target token. ValueError if none is left.
    """
    lengths = pairs.lengths
    rows = np.flatnonzero((lengths.min(axis=1) > 0) & (lengths.max(axis=1) <= max_length))
    if not len(rows):
        raise ValueError(
            f"of {len(pairs)} pairs none has 1..{max_length} tokens on both sides; a larger "
            "max_length keeps longer ones"
        )
    return pairs if len(rows) == len(pairs) else pairs.select(rows)
