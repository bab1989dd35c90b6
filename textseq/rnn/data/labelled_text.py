"""Labelled text: the files that models of labels read, to learn from and to predict.

In: tables (TSV, CSV, JSONL), folders with a folder of texts for each label, plain text. Out: a
SequenceDataset, or a stream of texts. What a cell or a line means is decided here, how it becomes
ids by the text options.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Unpack

from textseq.config import TextConfig
from textseq.keywords import only_options
from textseq.rnn.data.dataset import Prepare, SequenceDataset
from textseq.text.reading.corpus import find_sources, read_lines_of, read_units
from textseq.text.reading.fasttext_lines import begins_with_label
from textseq.text.reading.tables import (
    Column,
    Columns,
    TableOptions,
    is_table,
    read_table,
    reads_as_table,
)


@only_options(TableOptions)
def read_labelled(
    inputs: Sequence[str],
    prepare: Prepare,
    *,
    text: Columns = "text",
    label: Columns | None = "label",
    label_separator: str | None = None,
    value: Column | None = None,
    **how: Unpack[TableOptions],
) -> SequenceDataset:
    """Tables with the columns `text` and `label`, or one folder with a folder of texts a label.

    `label_separator`, several columns `label` and `value` as `SequenceDataset.from_table` has them.
    """
    if len(inputs) == 1 and Path(inputs[0]).is_dir():
        if value is not None or label_separator is not None:
            raise ValueError(f"{inputs[0]} is a folder; its texts have one label each, its folders")
        return SequenceDataset.from_folder(inputs[0], **prepare)
    return SequenceDataset.from_table(
        list(inputs), text, label, label_separator=label_separator, value=value, **how, **prepare
    )


def are_labelled(inputs: Sequence[str], config: TextConfig) -> bool:
    """Whether files that are no tables by their names begin with one of fastText's labels."""
    if any(map(is_table, inputs)):
        return False
    sources = find_sources(list(inputs))
    return all(
        not source.once and begins_with_label(read_lines_of([source], config))[0]
        for source in sources
    )


@only_options(TableOptions)
def read_texts(
    inputs: Sequence[str],
    config: TextConfig,
    text: Columns = "text",
    **how: Unpack[TableOptions],
) -> Iterator[str]:
    """Of tables, by their names or the option `table`, the column `text` (several joined with a
    space); of other files the lines, or with unit="file" the whole text.

    ValueError for tables among other files.
    """
    tables = [reads_as_table(name, how) for name in inputs]
    if not any(tables):
        return read_units(list(inputs), config)
    if not all(tables):
        raise ValueError(f"{', '.join(inputs)}: tables and plain text cannot be read together")
    return (cell for (cell,) in read_table(list(inputs), [text], config, **how))
