"""Captioned: features with texts, as files hold them, for a captioner.

In: tables, a .npy array beside a text, or tables that name image files. Out: a SequenceDataset to
learn from; or rows of features alone, as a stream, to write about. No model is known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Unpack

import numpy as np
from numpy.typing import ArrayLike

from textseq.config import TextConfig
from textseq.keywords import only_options
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.feature_tables import (
    chosen_columns,
    is_array,
    is_number,
    read_array,
    read_feature_table,
)
from textseq.rnn.data.images import ImageShape, read_images
from textseq.text.notices import notify
from textseq.text.reading.corpus import TextSource, find_sources, naming, read_lines
from textseq.text.reading.sources import readable_twice
from textseq.text.reading.tables import (
    Column,
    Columns,
    TableOptions,
    is_table,
    read_column_names,
    read_table,
)
from textseq.text.vocab import Vocab


@only_options(TableOptions)
def read_captioned(
    inputs: Sequence[str] | list[TextSource],
    config: TextConfig,
    *,
    features: str | Sequence[Column] | None = None,
    caption: Column = "caption",
    image_column: Column | None = None,
    image: ImageShape | None = None,
    vocab: Vocab | None = None,
    **how: Unpack[TableOptions],
) -> SequenceDataset:
    """Features with a text each, as a data set.

    From tables: the columns `features` (None: all others) and `caption`; or, with `image`, the
    files that `image_column` names, beside the table. From two files: a .npy array and a text
    with a line for each row. `vocab`: of the training set, for a test set; else it is made.
    """
    names = [each.name if isinstance(each, TextSource) else each for each in inputs]
    if is_array(names[0]):
        if len(names) != 2:
            raise ValueError(f"{names[0]} needs one file of captions, a line for each row")
        array = read_array(names[0])
        captions = list(read_lines([*inputs][1:], config))
        if len(captions) != len(array):
            raise ValueError(
                f"{names[0]} has {len(array)} rows, {names[1]} has {len(captions)} lines"
            )
    elif image is not None:
        if image_column is None:
            raise ValueError("image_column names the column of a table that holds image files")
        wanted: list[Columns] = [image_column, caption]
        cells = list(read_table([*inputs], wanted, config, **how))
        folder = Path(names[0]).parent
        captions = [text for _, text in cells]
        pixels = list(read_images((folder / file for file, _ in cells), image))
        array = np.stack(pixels) if pixels else np.zeros((0, image.n_features), np.float32)
    else:
        with readable_twice(find_sources([*inputs])) as tables:  # for the names of columns first
            columns = feature_columns(tables, features, caption, config, **how)
            rows = list(read_feature_table(tables, columns, caption, config, **how))
        captions = [row.caption for row in rows]
        array = np.array([row.features for row in rows], np.float32)
        array = array.reshape(len(rows), len(columns))
    _notify_empty(captions, names)
    with naming(names):
        return SequenceDataset.from_features(array, captions, config=config, target_vocab=vocab)


def _notify_empty(captions: Sequence[str], names: Sequence[str]) -> None:
    """Say how many captions are empty, which a model would learn to write."""
    empty = [row for row, caption in enumerate(captions, 1) if not caption.strip()]
    if empty:
        are = "1 caption is" if len(empty) == 1 else f"{len(empty):,} captions are"
        notify(f"{', '.join(names[:3])}: {are} empty or null; the first: row {empty[0]}")


@only_options(TableOptions)
def read_items(
    inputs: Sequence[str],
    config: TextConfig,
    *,
    features: str | Sequence[Column] | None = None,
    image_column: Column | None = None,
    image: ImageShape | None = None,
    **how: Unpack[TableOptions],
) -> Iterator[ArrayLike]:
    """Rows of features (D,): of .npy files, of tables, or with `image` of image files.

    Image files are the inputs themselves, or what the `image_column` of a table names.
    """
    if image is not None and not _are_tables(inputs):
        yield from read_images(inputs, image)
    elif image is not None and image_column is not None:
        rows = read_table(list(inputs), [image_column], config, **how)
        folder = Path(inputs[0]).parent
        yield from read_images((folder / cell for (cell,) in rows), image)
    elif is_array(inputs[0]):
        for name in inputs:
            yield from read_array(name)
    else:
        with readable_twice(find_sources(list(inputs))) as tables:
            columns = feature_columns(tables, features, None, config, **how)
            for row in read_feature_table(tables, columns, None, config, **how):
                yield row.features


def feature_columns(
    inputs: Sequence[str] | list[TextSource],
    features: str | Sequence[Column] | None,
    caption: Column | None,
    config: TextConfig,
    **how: Unpack[TableOptions],
) -> Sequence[Column]:
    """The columns that are features: as given, or what a text such as "x,y,pixel*" names.

    None: all but the caption's, by their numbers where there is no header. Whether there is one is
    seen by the first row where nothing else tells: it has no numbers then.
    """
    if features is not None and not isinstance(features, str):
        return features
    wanted = None if features is None else [part.strip() for part in features.split(",")]
    names = read_column_names(find_sources([*inputs]), config, **how)
    header = how.get("header")
    if header is None and wanted is None and isinstance(caption, int) and names:
        others = [name for place, name in enumerate(names) if place != caption % len(names)]
        header = None if not all(map(is_number, others)) else False
    if wanted is None and header is False and isinstance(caption, int | None):
        places = range(len(names))
        return [place for place in places if caption is None or place != caption % len(names)]
    # Without a header the first row is no names, whatever it is like.
    return chosen_columns([] if header is False else names, wanted, caption)


def _are_tables(inputs: Sequence[str]) -> bool:
    return all(is_table(name) or is_array(name) for name in inputs)
