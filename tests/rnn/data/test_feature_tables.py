from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from textseq.config import TextConfig
from textseq.rnn.data.feature_tables import (
    chosen_columns,
    is_array,
    read_array,
    read_feature_table,
)
from textseq.text.reading.tables import read_column_names

CONFIG = TextConfig()
NAMES = ["pixel 0", "pixel 1", "size", "text"]


def rows(path: Path, features: list, caption: str | int | None = "text") -> list[tuple]:
    return [tuple(row) for row in read_feature_table([str(path)], features, caption, CONFIG)]


def test_numbers_and_captions(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text('x,text,y\n1,"a, b",-2.5e-3\n 3 ,,0x\n', encoding="utf-8")
    found = read_feature_table([str(path)], ["y", "x"], "text", CONFIG)
    assert next(found) == ([-0.0025, 1.0], "a, b")
    with pytest.raises(ValueError, match="row 2: the feature 'y' is '0x'; features are finite"):
        next(found)
    assert rows(path, ["x"]) == [([1.0], "a, b"), ([3.0], "")]
    assert rows(path, ["x"], None) == [([1.0], ""), ([3.0], "")]


@pytest.mark.parametrize("cell", ["nan", "inf", "-Infinity", "1e39", "", "none", "1,5,2"])
def test_what_is_no_feature(tmp_path: Path, cell: str):
    path = tmp_path / "a.tsv"
    path.write_text(f"x\ttext\n1\ta\n{cell}\tb\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.tsv, row 2: the feature 'x' is"):
        rows(path, ["x"])


def test_rows_are_counted_in_each_file(tmp_path: Path):
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    paths[0].write_text("x,text\n1,a\n1,a\n", encoding="utf-8")
    paths[1].write_text('x,text\n1,"a\nb"\n\nnan,a\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"b\.csv, row 2: the feature 'x' is 'nan'"):
        list(read_feature_table(list(map(str, paths)), ["x"], "text", CONFIG))


@pytest.mark.parametrize(
    ("kind", "cell"), [("f8", np.nan), ("f4", -np.inf), ("f2", np.inf), ("f8", 1e39)]
)
def test_arrays_count_rows_as_tables_do(tmp_path: Path, kind: str, cell: float):
    array = np.ones((5000, 3), kind)
    np.save(tmp_path / "a.npy", array, allow_pickle=False)
    assert read_array(tmp_path / "a.npy").shape == (5000, 3)
    array[4500, 2] = cell
    np.save(tmp_path / "a.npy", array, allow_pickle=False)
    with pytest.raises(ValueError, match=r"a\.npy, row 4501: the feature 2 is .*finite numbers"):
        read_array(tmp_path / "a.npy")


def test_ragged_tables(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("x,text\n1,a\n2\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"line 3: 1 cells, but line 1 has 2"):
        rows(path, ["x"])


def test_json_lines(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"x": 1, "text": "a", "y": 2.5}\n{"x": null, "text": "b"}\n', encoding="utf-8")
    assert read_column_names([str(path)], CONFIG) == ["x", "text", "y"]
    with pytest.raises(ValueError, match="row 2: the feature 'x' is ''"):
        rows(path, ["x"])


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.csv", '"x, y",text\r\n1,b\r\n'), ("a.tsv", "\nx, y\ttext\n1\tb\n")],
)
def test_names_of_columns(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert read_column_names([str(tmp_path / name)], CONFIG) == ["x, y", "text"]
    assert rows(tmp_path / name, ["x, y"]) == [([1.0], "b")]


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_table(tmp_path: Path, text: str):
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.csv is empty"):
        read_column_names([str(tmp_path / "a.csv")], CONFIG)
    (tmp_path / "a.jsonl").write_text("{oops", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.jsonl, line 1, is not JSON"):
        read_column_names([str(tmp_path / "a.jsonl")], CONFIG)


@pytest.mark.parametrize(
    ("wanted", "caption", "found"),
    [
        (None, "text", ["pixel 0", "pixel 1", "size"]),
        (None, -1, ["pixel 0", "pixel 1", "size"]),
        (None, None, NAMES),
        (["size", "pixel*"], "text", ["size", "pixel 0", "pixel 1"]),
        (["pixel*", "pixel 1"], "text", ["pixel 0", "pixel 1"]),
        (["0", "2"], 3, [0, 2]),
    ],
)
def test_columns_that_are_features(wanted, caption, found):
    assert chosen_columns(NAMES, wanted, caption) == found


def test_columns_that_are_not_there():
    with pytest.raises(ValueError, match="no column is called 'colour'; there are pixel 0"):
        chosen_columns(NAMES, ["colour"], "text")
    with pytest.raises(ValueError, match="no column is left for features"):
        chosen_columns(["text"], None, "text")


def test_arrays(tmp_path: Path):
    assert is_array("a/B.NPY")
    assert not is_array("a.csv")
    np.save(tmp_path / "a.npy", np.arange(6.0).reshape(2, 3), allow_pickle=False)
    assert read_array(tmp_path / "a.npy").tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(FileNotFoundError, match=r"there is no file .*b\.npy"):
        read_array(tmp_path / "b.npy")
    np.save(tmp_path / "flat.npy", np.arange(6), allow_pickle=False)
    with pytest.raises(ValueError, match=r"of shape \(6,\); features are numbers of shape"):
        read_array(tmp_path / "flat.npy")
    (tmp_path / "bad.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:90])
    with pytest.raises(ValueError, match=r"bad\.npy is no array that can be read"):
        read_array(tmp_path / "bad.npy")
    # Rows of nothing: as many as one likes, in no bytes.
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 0)}\n"
    start = b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little")
    (tmp_path / "none.npy").write_bytes(start + header)
    with pytest.raises(ValueError, match=r"none\.npy holds float32 of shape \(1000000000000, 0\)"):
        read_array(tmp_path / "none.npy")
    np.save(tmp_path / "evil.npy", np.array([[{}]], object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"evil\.npy is no array"):
        read_array(tmp_path / "evil.npy")
