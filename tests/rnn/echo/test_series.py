"""Series from tables and from the Mackey-Glass equation; NRMSE."""

from __future__ import annotations

import io
import math
import sys
from pathlib import Path

import numpy as np
import pytest

from textseq.config import TextConfig
from textseq.rnn.echo.series import mackey_glass, nrmse, read_rows, read_series

CONFIG = TextConfig()


def test_read(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text('time,서울,b\n0,1.5,"2"\n1,-1e3, 4 \n\n2,0x,5\n', encoding="utf-8")
    assert read_series([str(path)], ["b"], CONFIG).tolist() == [[2.0], [4.0], [5.0]]
    rows = read_rows([str(path)], ["서울", "b"], CONFIG)
    assert [next(rows), next(rows)] == [[1.5, 2.0], [-1000.0, 4.0]]  # one by one
    with pytest.raises(ValueError, match="row 3, column '서울': '0x' is not a finite number"):
        next(rows)
    path.write_text("1\t2\n3\t4\n")
    other = path.rename(tmp_path / "a.tsv")
    assert read_series([str(other)], [1, 0], CONFIG).tolist() == [[2.0, 1.0], [4.0, 3.0]]
    other.write_text("a\n")
    assert read_series([str(other)], ["a"], CONFIG).shape == (0, 1)


@pytest.mark.parametrize("cell", ["nan", "NaN", "inf", "-inf", "", "one", "1,5"])
def test_no_number(tmp_path: Path, cell: str):
    path = tmp_path / "a.csv"
    path.write_text(f'a\n1\n"{cell}"\n')
    with pytest.raises(ValueError, match=r"a\.csv, row 2, column 'a': .* is not a finite"):
        read_series([str(path)], ["a"], CONFIG)


@pytest.mark.parametrize(
    ("text", "column", "line"),
    [
        ("y\n0.1\n\n0.3\n", "y", 3),
        ("y\n\n0.2\n0.3\n", "y", 2),
        ("0.1\n0.2\n\n\n0.3\n", 0, 3),
        ("y\r\n0.1\r\n\r\n0.3\r\n", "y", 3),
    ],
)
def test_an_empty_line_is_a_missing_value(tmp_path: Path, text: str, column: str | int, line: int):
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    with pytest.raises(ValueError, match=rf"a\.csv, line {line}: an empty line between values"):
        read_series([str(path)], [column], CONFIG)


@pytest.mark.parametrize("text", ["y\n1\n2\n\n\n", "\n\ny\n1\n2", "a,y\n0,1\n\n0,2\n"])
def test_other_empty_lines_are_no_values(tmp_path: Path, text: str):
    paths = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    for path in paths:
        Path(path).write_text(text)
    assert read_series(paths, ["y"], CONFIG).tolist() == [[1.0], [2.0]] * 2


def test_rows_are_counted_in_each_file(tmp_path: Path):
    (tmp_path / "a.csv").write_text("a\n1\n2\n")
    (tmp_path / "b.csv").write_text("a\n3\nx\n")
    paths = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    with pytest.raises(ValueError, match=r"b\.csv, row 2, column 'a': 'x' is not a finite number"):
        read_series(paths, ["a"], CONFIG)


def test_ragged(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3\n")
    with pytest.raises(ValueError, match="line 3: 1 cells, but line 1 has 2"):
        read_series([str(path)], ["a"], CONFIG)


def test_standard_input(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a,b\n1,2\n")))
    assert read_series(["-"], ["b"], CONFIG).tolist() == [[2.0]]


def test_mackey_glass():
    # 0.2 / (1 + 1) = 0.1: at 1 nothing moves.
    np.testing.assert_allclose(mackey_glass(50, start=1.0), 1.0, atol=1e-14)
    series = mackey_glass(600)
    assert series.shape == (600, 1)
    assert series[0, 0] == 1.2
    assert 0.4 < series[100:].min() < 0.5
    assert 1.2 < series[100:].max() < 1.4
    # Up to the time tau, x(t - tau) is 1.2 and the equation is linear: solved by hand.
    rise = 0.2 * 1.2 / (1 + 1.2**10)
    by_hand = [rise / 0.1 + (1.2 - rise / 0.1) * math.exp(-0.1 * t) for t in range(15)]
    np.testing.assert_allclose(series[:15, 0], by_hand, atol=1e-9)
    # Finer steps change little.
    np.testing.assert_allclose(series[:200], mackey_glass(200, parts=40), atol=1e-4)
    assert mackey_glass(0).shape == (0, 1)


def test_mackey_glass_of_wrong_delays():
    for tau, parts in ((0.1, 10), (1.05, 10), (0.0, 10)):
        with pytest.raises(ValueError, match="tau"):
            mackey_glass(5, tau=tau, parts=parts)


def test_nrmse():
    true = np.array([1.0, 2.0, 3.0, 4.0])
    assert nrmse(true, true) == 0.0
    assert nrmse(np.full(4, 2.5), true) == pytest.approx(1.0)  # the mean
    two = np.stack([true, 100 * true], axis=1)
    assert nrmse(np.stack([true, np.full(4, 250.0)], axis=1), two) == pytest.approx(math.sqrt(0.5))
    assert math.isnan(nrmse(true, np.ones(4)))
    assert math.isnan(nrmse(np.zeros((0, 2)), np.zeros((0, 2))))
    with pytest.raises(ValueError, match=r"\(4,\) predictions for \(3,\)"):
        nrmse(true, true[:3])
