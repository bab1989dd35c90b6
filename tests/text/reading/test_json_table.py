"""JSON tables: lines, lists, objects over several lines, whole tables, and names with dots."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from textseq.config import TextConfig
from textseq.text.reading.bad_rows import BadRows
from textseq.text.reading.tables import Columns, read_column_names, read_table, read_table_rows

ROWS = [{"text": 'a "[b]" {c}', "label": -1}, {"text": "d\ne", "label": 2}]
WANT = [['a "[b]" {c}', "-1"], ["d\ne", "2"]]


def cells(folder: Path, text: str, *columns: Columns, name: str = "a.json", **how: Any) -> Any:
    (folder / name).write_text(text, encoding="utf-8")
    return list(read_table(folder / name, columns, TextConfig(), **how))


@pytest.mark.parametrize("indent", [None, 1, 4])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_a_list_of_objects(tmp_path: Path, indent: int | None, name: str):
    text = json.dumps(ROWS, indent=indent)
    assert cells(tmp_path, text, "text", "label", name=name) == WANT
    assert cells(tmp_path, f"\n{text}\n", "text", "label", name=name) == WANT
    assert read_column_names(tmp_path / name, TextConfig()) == ["text", "label"]
    one_a_line = "[" + ",\n".join(map(json.dumps, ROWS)) + "]\n"
    assert cells(tmp_path, one_a_line, "text", "label", name=name) == WANT


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_objects_behind_each_other(tmp_path: Path, name: str):
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    assert cells(tmp_path, lines, "text", "label", name=name) == WANT
    assert cells(tmp_path, json.dumps(ROWS[0]), "text", "label", name=name) == WANT[:1]
    pretty = "\n".join(json.dumps(row, indent=2) for row in ROWS)
    assert cells(tmp_path, pretty, "text", "label", name=name) == WANT


def test_an_object_that_is_the_table(tmp_path: Path):
    inside = {"version": "1", "data": ROWS}
    assert cells(tmp_path, json.dumps({"data": ROWS}), "text", "label") == WANT
    columns = {key: [row[key] for row in ROWS] for key in ("text", "label")}
    assert cells(tmp_path, json.dumps(columns), "text", "label") == WANT
    numbered = {key: dict(enumerate(column)) for key, column in columns.items()}  # pandas
    assert cells(tmp_path, json.dumps(numbered), "text", "label") == WANT
    assert cells(tmp_path, json.dumps(inside), "text", "label") == WANT
    with pytest.raises(ValueError, match=r"line 1, has no 'txt'; it has text, label"):
        cells(tmp_path, json.dumps(inside), "txt")


def test_names_with_dots(tmp_path: Path):
    rows = [
        {"data": {"review": "a", "by": {"name": "x"}}, "a.b": 1, "tags": ["u", "v"]},
        {"data": {"review": "b", "by": {"name": "y"}}, "a.b": 2, "tags": ["w"]},
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    for text in (lines, json.dumps(rows)):
        found = cells(tmp_path, text, "data.review", "data.by.name", "a.b", "tags.0")
        assert found == [["a", "x", "1", "u"], ["b", "y", "2", "w"]]
        assert cells(tmp_path, text, "data.review,a.b") == [["a 1"], ["b 2"]]
    only = "".join(json.dumps({"data": row["data"]}) + "\n" for row in rows)
    assert cells(tmp_path, only, "data.review") == [["a"], ["b"]]
    with pytest.raises(ValueError, match=r"'data' is a dict; text or a number works, or data\.rev"):
        cells(tmp_path, lines, "data")
    with pytest.raises(ValueError, match=r"has no 'data.text'; it has data, a.b, tags"):
        cells(tmp_path, lines, "data.text")


def test_where_rows_stand_and_what_is_wrong(tmp_path: Path):
    (tmp_path / "a.json").write_text('[\n {"t": 1},\n {\n  "t": 2}\n,{"u": 3}]', encoding="utf-8")
    bad = BadRows("skip")
    rows = list(read_table_rows(tmp_path / "a.json", ["t"], TextConfig(), bad_rows=bad))
    assert [(row.line, row.number, row.cells) for row in rows] == [(2, 1, ["1"]), (3, 2, ["2"])]
    assert bad.skipped == 1
    with pytest.raises(ValueError, match=r"a.json, line 1, is not JSON: a list or an object"):
        cells(tmp_path, '[{"t": 1},\n{"t": 2', "t")
    with pytest.raises(ValueError, match=r"a.json, line 2, is not JSON"):
        cells(tmp_path, '[{"t": 1},\n{"t": }]', "t")


@pytest.mark.parametrize("indent", [None, 1])
def test_a_list_of_objects_beside_other_things(tmp_path: Path, indent: int | None):
    table = {"version": 1, "data": [{"text": "a", "n": 1}, {"text": "b", "n": 2}], "meta": [1]}
    (tmp_path / "a.json").write_text(json.dumps(table, indent=indent) + "\n")
    read = read_table(tmp_path / "a.json", ["text", "n"], TextConfig())
    assert list(read) == [["a", "1"], ["b", "2"]]
    # A row that has the wanted column is a row, whatever else it has.
    row = {"text": "c", "n": 3, "spans": [{"text": "x", "n": 4}]}
    (tmp_path / "b.json").write_text(json.dumps(row, indent=indent))
    assert list(read_table(tmp_path / "b.json", ["text", "n"], TextConfig())) == [["c", "3"]]
