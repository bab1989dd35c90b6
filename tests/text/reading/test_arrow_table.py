"""Parquet, Arrow and Feather files: the same cells as JSON would give."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.feather
import pyarrow.ipc
import pyarrow.parquet
import pytest

from textseq.config import TextConfig
from textseq.text.reading.tables import read_column_names, read_table, read_table_rows

ROWS = [
    {"text": "a", "label": -1, "ok": True, "score": 0.5, "data": {"review": "x"}, "words": ["p"]},
    {"text": None, "label": 2, "ok": False, "score": None, "data": {"review": "y"}, "words": []},
]
COLUMNS = ["text", "label", "ok", "score", "data.review"]
WANT = [["a", "-1", "true", "0.5", "x"], ["", "2", "false", "", "y"]]


def write(path: Path, table: Any) -> None:
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(table, path, row_group_size=1)
    elif path.suffix == ".feather":
        pyarrow.feather.write_feather(table, str(path), compression="uncompressed")
    else:  # as data sets of Hugging Face are cached
        with pyarrow.ipc.new_stream(str(path), table.schema) as stream:
            stream.write_table(table)


@pytest.mark.parametrize("name", ["a.parquet", "a.feather", "a.arrow"])
def test_columns_of_files(tmp_path: Path, name: str):
    path = tmp_path / name
    write(path, pyarrow.Table.from_pylist(ROWS))
    assert list(read_table(path, COLUMNS, TextConfig())) == WANT
    assert list(read_table(path, [0, -5], TextConfig())) == [["a", "-1"], ["", "2"]]
    assert list(read_table(path, ["text,label"], TextConfig())) == [["a -1"], [" 2"]]
    assert read_column_names(path, TextConfig())[:2] == ["text", "label"]
    rows = read_table_rows(path, ["label"], TextConfig())
    assert [(row.line, row.number) for row in rows] == [(1, 1), (2, 2)]
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert list(read_table(packed, COLUMNS, TextConfig())) == WANT
    with pytest.raises(ValueError, match=rf"{name} has no column 'x'; it has text, label, ok"):
        list(read_table(path, ["x"], TextConfig()))
    with pytest.raises(ValueError, match=rf"{name}, row 1: 'words' is a list"):
        list(read_table(path, ["words"], TextConfig()))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match=rf"{name} is no"):
        list(read_table(path, COLUMNS, TextConfig()))


def test_class_labels_have_their_names(tmp_path: Path):
    import datasets

    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["neg", "pos"])}
    )
    data = datasets.Dataset.from_dict({"text": ["a", "b"], "label": [1, 0]}, features=features)
    data.to_parquet(str(tmp_path / "a.parquet"))
    found = list(read_table(tmp_path / "a.parquet", ["text", "label"], TextConfig()))
    assert found == [["a", "pos"], ["b", "neg"]]
