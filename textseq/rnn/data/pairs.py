"""Pairs: a text and its translation as data sets, to train a translator and to judge it.

In: two files whose lines are translations of each other, or tables with a column of each. Out: a
SequenceDataset of pairs, with one Vocab for each side or one for both; and without the pairs that
nothing is learnt from. How a text becomes ids is the business of the text options.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np

from textseq.advice import advise
from textseq.config import TextConfig
from textseq.keywords import only_options
from textseq.rnn.data.dataset import Prepare, SequenceDataset
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.vocabs import with_specials
from textseq.text.encode import encode_lines
from textseq.text.reading.corpus import naming, read_parallel
from textseq.text.reading.tables import Columns, TableOptions, read_table, reads_as_table


@only_options(TableOptions)
def read_pairs(
    inputs: Sequence[str],
    prepare: Prepare,
    *,
    shared: bool = False,
    text: Columns = "text",
    target: Columns = "target",
    **how: Unpack[TableOptions],
) -> SequenceDataset:
    """The columns `text` and `target` of tables, by their names; or two files, line for line.

    `shared`, for a training set: both sides have one tokenizer and one Vocab, made of both texts,
    and the options of the source. ValueError for other numbers of files, and for files of lines
    whose numbers of lines differ.
    """
    config = prepare.get("config") or TextConfig()
    tables = [reads_as_table(name, how) for name in inputs]
    if any(tables):
        if not all(tables):
            raise ValueError(f"{', '.join(inputs)}: tables and plain text cannot be read together")
        rows = list(read_table(list(inputs), [text, target], config, **how))
        sources, targets = [row[0] for row in rows], [row[1] for row in rows]
    elif len(inputs) == 2:
        sources, targets = read_parallel(inputs[0], inputs[1], config, prepare.get("target_config"))
    else:
        raise ValueError(
            f"pairs are read from two files, a text and its translation line for line, or from "
            f"tables (.tsv, .csv, .jsonl ...); given was {', '.join(inputs) or 'nothing'}"
        )
    with naming(list(inputs)):
        if shared:
            both = with_specials(encode_lines([*sources, *targets], config))
            made = both.text_config
            prepare = Prepare(
                config=made, target_config=made, vocab=both.vocab, target_vocab=both.vocab
            )
        return SequenceDataset.from_texts(sources, pairs=targets, **prepare)


def as_in(train: Examples) -> Prepare:
    """How further pairs are prepared: as those of a training set were."""
    return Prepare(
        config=train.text_config,
        target_config=train.target_text_config,
        vocab=train.vocab,
        target_vocab=train.target_vocab,
    )


def usable(pairs: Examples, max_length: int) -> Examples:
    """The pairs of which neither side is empty or has more than `max_length` tokens.

    Attention needs memory for every source token at every target token. ValueError if none is left.
    """
    lengths = pairs.lengths
    rows = np.flatnonzero((lengths.min(axis=1) > 0) & (lengths.max(axis=1) <= max_length))
    if not len(rows):
        raise ValueError(
            f"of {len(pairs)} pairs none has 1..{max_length} tokens on both sides; a larger "
            + advise("max_length")
            + " keeps longer ones"
        )
    return pairs if len(rows) == len(pairs) else pairs.select(rows)
