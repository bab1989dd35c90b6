"""Tables: the cells one gets, and the rows that are refused."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.config import TextConfig
from textseq.text.reading.tables import Column, find_format, read_table, read_table_rows

CONFIG = TextConfig()
AWKWARD = [
    "한\u1112\u1161\u11ab",
    "مرحبا",
    "हिन्दी",
    "中文",
    "👩‍👩‍👧",
    "a\x00b",
    "a\rb",
    "a\u2028b",
    "a\x85b",
    "",
]


def rows_of(path: Path, *columns: Column, **options: object) -> list[list[str]]:
    return list(read_table(path, columns, CONFIG, **options))  # type: ignore[arg-type]


def test_columns_by_name_and_by_number(tmp_path: Path):
    path = tmp_path / "a.tsv"
    path.write_bytes('\ufeffid\ttext\tlabel\r\n1\tsay "yes\t0\n\n2\tb,c\t1'.encode())
    assert rows_of(path, "label", "text") == [["0", 'say "yes'], ["1", "b,c"]]
    assert rows_of(path, "text", -1) == [['say "yes', "0"], ["b,c", "1"]]
    assert rows_of(path, 1, header=True) == [['say "yes'], ["b,c"]]
    assert rows_of(path, 1, header=False) == [["text"], ['say "yes'], ["b,c"]]


def test_files_come_in_order_and_each_has_its_header(tmp_path: Path):
    (tmp_path / "1.csv").write_text("text,label\na,0\n")
    with gzip.open(tmp_path / "2.csv.gz", "wt") as file:
        file.write("label,text\n1,b\n")
    assert rows_of(tmp_path, "text", "label") == [["a", "0"], ["b", "1"]]


def test_quoted_cells(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text('"a ""b""","c,d\n\ne",f\n"",x"y",\n,"",""\n')
    want = [['a "b"', "c,d\n\ne", "f"], ["", 'x"y"', ""], ["", "", ""]]
    assert rows_of(path, 0, 1, 2) == want
    path.write_text('a\t"b\tc"\n')
    assert rows_of(path, 1, table="tsv", quoted=True) == [["b\tc"]]


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5))
@settings(derandomize=True, deadline=None)
def test_what_the_csv_module_writes_is_read(tmp_path_factory: pytest.TempPathFactory, rows):
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_bytes(text.getvalue().encode())
    assert rows_of(path, 0, 1) == rows


def test_awkward_cells_come_back(tmp_path: Path):
    rows = [[cell, str(number)] for number, cell in enumerate(AWKWARD)]
    tsv, jsonl = tmp_path / "a.tsv", tmp_path / "a.jsonl"
    tsv.write_bytes("".join(f"{cell}\t{number}\n" for cell, number in rows).encode())
    jsonl.write_text("".join(json.dumps({"n": n, "t": t}) + "\n" for t, n in rows))
    assert rows_of(tsv, 0, 1) == rows
    assert rows_of(jsonl, "t", "n") == rows
    huge = tmp_path / "huge.csv"
    huge.write_text(f'"{"x" * 1_000_000}",1\n')
    assert [len(cell) for cell in rows_of(huge, 0, 1)[0]] == [1_000_000, 1]


def test_empty_files_have_no_rows(tmp_path: Path):
    for name in ("a.tsv", "a.csv", "a.jsonl"):
        (tmp_path / name).write_text("\n\n")
        assert rows_of(tmp_path / name, "text") == []


def test_json_values_as_text(tmp_path: Path):
    path = tmp_path / "a.ndjson"
    path.write_text('{"t": 1.5}\n{"t": true}\n{"t": null}\n{"t": "a\\nb"}\n{"t": "\\ud800"}\n')
    assert rows_of(path, "t") == [["1.5"], ["true"], [""], ["a\nb"], ["\ud800"]]


@pytest.mark.parametrize(
    ("name", "text", "column", "message"),
    [
        ("a.tsv", "a\tb\nc\n", 0, "a.tsv, line 2: 1 cells, but line 1 has 2; bad_rows='skip'"),
        ("a.tsv", 'a\tb\n"c\td"\te\n', 0, "line 2: 3 cells, but line 1 has 2; if its cells"),
        ("a.csv", "a,b\n\n1,2,3\n", "a", "a.csv, line 3: 3 cells, but line 1 has 2"),
        ("a.csv", 'a\n"b\nc\n', 0, "a.csv, line 2: a quote opens and never closes"),
        ("a.csv", '"b"c\n', 0, "a.csv, line 1: text follows a closing quote"),
        ("a.csv", "a,b\n", "c", "no column 'c'; it has a, b"),
        ("a.csv", "a,a\n", "a", "two columns 'a'"),
        ("a.csv", "a,b\n", 2, "no column 2; its rows have 2 cells"),
        ("a.csv", "a,b\n", -3, "no column -3"),
        ("a.jsonl", "{}\n", "t", "line 1, has no 't'"),
        ("a.jsonl", "\n[]\n", "t", "line 2, is a JSON list"),
        ("a.jsonl", "{\n", "t", "line 1, is not JSON"),
        ("a.jsonl", '{"t": []}\n', "t", "'t' is a list; text or a number works"),
        ("a.jsonl", '{"1": 2}\n', 0, "line 1, has no '0'; it has 1"),
        ("a.csv", "2019,2020\n", 2021, "no column 2021; its rows have 2 cells"),
        ("a.txt", "", 0, "what table is .*a.txt"),
    ],
)
def test_what_is_refused(tmp_path: Path, name: str, text: str, column: Column, message: str):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=message):
        rows_of(tmp_path / name, column)


def test_options_that_are_none(tmp_path: Path):
    (tmp_path / "a.csv").write_text("a,b\n")
    with pytest.raises(
        ValueError, match="table is 'xml'; it can be tsv, csv, jsonl, json, parquet"
    ):
        rows_of(tmp_path / "a.csv", 0, table="xml")
    for separator in ("", "||", 3):
        with pytest.raises(ValueError, match=r"separator is .*; it is one character"):
            rows_of(tmp_path / "a.csv", 0, separator=separator)


def test_where_rows_stand(tmp_path: Path):
    files = {"a.csv": 'a,b\n"1\n2",3\n\n4,5\n', "b.tsv": "a\tb\n6\t7\n", "c.jsonl": '\n{"a": 8}\n'}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    paths = [tmp_path / name for name in files]
    found = [
        (Path(row.name).name, row.line, row.number, row.cells)
        for row in read_table_rows(paths, ["a"], CONFIG)
    ]
    assert found == [
        ("a.csv", 2, 1, ["1\n2"]),
        ("a.csv", 5, 2, ["4"]),
        ("b.tsv", 2, 1, ["6"]),
        ("c.jsonl", 2, 1, ["8"]),
    ]
    rows = read_table_rows(paths[1], [0], CONFIG)
    assert [(row.line, row.number, row.cells) for row in rows] == [(1, 1, ["a"]), (2, 2, ["6"])]


def test_a_name_needs_a_header(tmp_path: Path):
    (tmp_path / "a.csv").write_text("a,b\n")
    with pytest.raises(ValueError, match="needs a header"):
        rows_of(tmp_path / "a.csv", "a", header=False)
    with pytest.raises(FileNotFoundError):
        rows_of(tmp_path / "b.csv", "a")


def test_formats_by_name():
    assert find_format("x/A.TSV.zst") == "tsv"
    assert find_format("a.csv.gz") == "csv"
    assert find_format("a.jsonl") == "jsonl"
    for name in ("a", "a.gz", "csv", "a.txt"):
        with pytest.raises(ValueError, match="say table="):
            find_format(name)


@pytest.mark.parametrize(
    ("name", "columns", "n_rows"),
    [
        ("sst2/train.tsv", (0, 1), 6920),
        ("sst2/dev.tsv", (0, 1), 872),
        ("sst2/test.tsv", (0, 1), 1821),
        ("nsmc/nsmc_train.tsv.gz", ("document", "label"), 100_000),
        ("agnews/ag_small.train.csv.gz", (0, 1), 5000),
        ("agnews/ag_news_csv.test.csv.gz", (0, 1, 2), 7600),
        ("e2e_nlg/devset.csv.gz", ("mr", "ref"), 4672),
        ("e2e_nlg/testset_w_refs.csv.gz", ("mr", "ref"), 4693),
        ("color_names/colornames.csv", ("name", "hex"), 31914),
    ],
)
def test_real_tables(data: Path, name: str, columns: tuple[Column, ...], n_rows: int):
    assert len(rows_of(data / name, *columns)) == n_rows


def test_real_quotes_as_the_csv_module_reads_them(data: Path):
    path = data / "agnews" / "ag_news_csv.test.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        assert rows_of(path, 0, 1, 2) == list(csv.reader(file))


def test_names_that_are_numbers(tmp_path: Path):
    (tmp_path / "a.csv").write_text("2019,2020,1\none,two,three\n")
    (tmp_path / "a.jsonl").write_text('{"0": "one", "1": "two"}\n')

    def cells(name: str, *columns: Column, **how: Any) -> list[list[str]]:
        return list(read_table(tmp_path / name, columns, TextConfig(), **how))

    assert cells("a.csv", 2020, 2019) == [["two", "one"]]
    assert cells("a.csv", 1) == [["2020"], ["two"]]  # a place, as long as there is one
    assert cells("a.csv", 1, header=True) == [["two"]]
    assert cells("a.jsonl", 1, 0) == [["two", "one"]]
    with pytest.raises(ValueError, match="no column 2020; its rows have 3 cells"):
        cells("a.csv", 2020, header=False)
