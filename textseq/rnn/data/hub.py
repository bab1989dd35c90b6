"""Hugging Face `datasets`: their columns as lists, and a SequenceDataset's arrays as one.

In: a Dataset, an IterableDataset, or the name of one on the hub or in a folder. Out: columns of
str with the labels' names in their order. The other way: an Arrow table that shares its memory
with the ids. What the columns mean is for data.py to say.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textseq.text.encoded import EncodedCorpus
from textseq.text.reading.json_table import find_value
from textseq.text.reading.sources import is_transformed, without_format

_HUB_ROWS_AT_ONCE = 1000  # rows


def _package() -> Any:
    """`datasets`, which takes a second to import and has no types."""
    import datasets

    return datasets


def open_dataset(
    data: Any, split: str | None = None, load_options: Mapping[str, Any] | None = None
) -> Any:
    """The Dataset or IterableDataset that `data` is or names.

    A str or a Path names a data set of the hub or a folder, of files or of `save_to_disk`;
    `load_options` go to `datasets.load_dataset`. ValueError where several splits are left.
    """
    if isinstance(data, str | os.PathLike):
        package = _package()
        name = os.fspath(data)
        saved = any((Path(name) / state).is_file() for state in ("state.json", "dataset_dict.json"))
        if saved:
            data = package.load_from_disk(name)
        else:
            data = package.load_dataset(name, split=split, **(load_options or {}))
    if isinstance(data, Mapping):  # a DatasetDict
        if split is None or split not in data:
            raise ValueError(f"which split? This data set has {', '.join(map(str, data))}")
        data = data[split]
    if not hasattr(data, "iter"):
        raise TypeError(f"a {type(data).__name__} is no data set of `datasets`, nor its name")
    return data


class HubColumn(NamedTuple):
    """The values of a column; `names`: of its class labels in their order, or None."""

    values: list[Any]
    names: list[str] | None


def read_columns(data: Any, columns: Sequence[str]) -> list[HubColumn]:
    """Columns of a data set, class labels by name; ValueError for a missing one or label.

    A name with dots reads values within values ("translation.de"), as in JSON tables. A transform
    (`with_transform`) is applied; other formats, which change no value, are not.
    """
    values: list[list[Any]] = [[] for _ in columns]
    transformed = is_transformed(data)
    for batch in without_format(data).iter(batch_size=_HUB_ROWS_AT_ONCE):
        for column, into in zip(columns, values, strict=True):
            cells = _cells_of(batch, column, len(into))
            into += map(_plain, cells) if transformed else cells
    features = data.features or {}
    read = []
    for column, cells in zip(columns, values, strict=True):
        feature = _feature_of(features, column)
        names = getattr(getattr(feature, "feature", feature), "names", None)
        if transformed and not all(map(_is_id, cells)):
            names = None  # the transform has made something else of the ids
        if names is not None:
            cells = [_named(names, cell, column, row) for row, cell in enumerate(cells)]
        read.append(HubColumn(cells, names))
    return read


def _cells_of(batch: Mapping[str, list[Any]], column: str, n_before: int) -> list[Any]:
    """The cells of a column, or what stands within those of another; `n_before`: rows before."""
    if column in batch:
        return batch[column]
    outer = [name for name in batch if column.startswith(f"{name}.")]
    if not outer:
        raise ValueError(f"the data set has no column {column!r}; it has {_listed(batch)}")
    cells = []
    for values in zip(*(batch[name] for name in outer), strict=True):
        row = dict(zip(outer, values, strict=True))
        try:
            cells.append(find_value(row, column))
        except LookupError:
            name, inner = outer[0], row[outer[0]]
            has = _listed(inner) if isinstance(inner, Mapping) else repr(inner)[:40]
            raise ValueError(
                f"row {n_before + len(cells)} has no {column!r}; its {name!r} has {has}"
            ) from None
    return cells


def _feature_of(features: Mapping[str, Any], column: str) -> Any:
    """What is known of a column, or of a value within one; None for nothing."""
    try:
        return find_value(dict(features), column)
    except LookupError:
        return None


def _plain(cell: Any) -> Any:
    """A cell as Python has it, of a transform that makes arrays or tensors."""
    return cell.tolist() if hasattr(cell, "tolist") else cell


def _is_id(cell: Any) -> bool:
    """Whether a cell may still be the id of a class label, or a list of them."""
    return all(map(_is_id, cell)) if isinstance(cell, list) else isinstance(cell, int | None)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _named(names: list[str], cell: Any, column: str, row: int) -> Any:
    """The name of a label id, or of each in a list."""
    if isinstance(cell, list):
        return [_named(names, one, column, row) for one in cell]
    if cell is None or not 0 <= cell < len(names):
        raise ValueError(
            f"row {row} has no label: {column!r} is {cell}; label=None reads the text alone"
        )
    return names[cell]


# --- the other way


def as_dataset(columns: Mapping[str, Any]) -> Any:
    """A Dataset whose columns are corpora (lists of ids) and arrays, in the memory they lie in.

    A value is an EncodedCorpus, an array (N,) or (N, K), or a pair (label ids int64, names).
    """
    import pyarrow

    arrow: Any = pyarrow
    package = _package()
    arrays, features = {}, {}
    for name, value in columns.items():
        ids, names = value if isinstance(value, tuple) else (value, None)
        flat = ids.ids if isinstance(ids, EncodedCorpus) else ids
        kind = package.Value(str(flat.dtype)) if names is None else package.ClassLabel(names=names)
        array = _arrow(flat.reshape(-1))
        if isinstance(ids, EncodedCorpus):
            array = arrow.LargeListArray.from_arrays(_arrow(ids.offsets), array)
            kind = package.LargeList(kind)
        elif flat.ndim == 2:
            array = arrow.FixedSizeListArray.from_arrays(array, flat.shape[1])
            kind = package.Sequence(kind, length=flat.shape[1])
        arrays[name], features[name] = array, kind
    # Without a given fingerprint the whole table would be pickled to make one.
    return package.Dataset(
        package.table.InMemoryTable(arrow.table(arrays)),
        info=package.DatasetInfo(features=package.Features(features)),
        fingerprint=package.fingerprint.generate_random_fingerprint(),
    )


def _arrow(array: NDArray[Any]) -> Any:
    """An Arrow array over the memory of a NumPy array."""
    import pyarrow

    arrow: Any = pyarrow
    array = np.ascontiguousarray(array)
    buffers = [None, arrow.py_buffer(array)]
    return arrow.Array.from_buffers(arrow.from_numpy_dtype(array.dtype), len(array), buffers)
