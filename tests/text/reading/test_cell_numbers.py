"""Numbers in cells: points, decimal commas, and what may be either."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from textseq.config import TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.feature_tables import read_feature_table
from textseq.rnn.echo.series import read_series
from textseq.text.reading.cell_numbers import read_number


@pytest.mark.parametrize(
    ("cell", "separator", "number"),
    [
        ("1.5", ",", 1.5), ("1,5", ";", 1.5), ("1,5", "\t", 1.5), (" -0,25 ", ";", -0.25),
        (",5", ";", 0.5), ("1,5e3", ";", 1500.0), ("1,234", ";", 1.234), ("0,125", "\t", 0.125),
    ],
)  # fmt: skip
def test_numbers(cell: str, separator: str, number: float):
    assert read_number(cell, separator) == number


@pytest.mark.parametrize(
    ("cell", "separator"),
    [("1,5", ","), ("1,5", ""), ("1,234", "\t"), ("1.234,5", ";"), ("1,2,3", ";"), ("", ";")],
)
def test_no_numbers(cell: str, separator: str):
    assert math.isnan(read_number(cell, separator))


@pytest.mark.parametrize(("name", "mark"), [("s.csv", ";"), ("s.tsv", "\t")])
def test_wherever_numbers_are_read(tmp_path: Path, name: str, mark: str):
    path, config = tmp_path / name, TextConfig(min_count=1)
    path.write_text(f"t{mark}y\na{mark}0,5\nb{mark}-1,25\n")
    assert read_series([str(path)], ["y"], config).tolist() == [[0.5], [-1.25]]
    assert [row.features for row in read_feature_table([str(path)], ["y"], None, config)] == [
        [0.5],
        [-1.25],
    ]
    values = SequenceDataset.from_table(path, "t", value="y", config=config)
    assert values.targets.tolist() == [0.5, -1.25]  # type: ignore[union-attr]


def test_where_commas_separate_it_is_said(tmp_path: Path):
    path, config = tmp_path / "s.csv", TextConfig(min_count=1)
    path.write_text('t,y\na,"0,5"\nb,"1,5"\n')
    for read in (
        lambda: read_series([str(path)], ["y"], config),
        lambda: list(read_feature_table([str(path)], ["y"], None, config)),
        lambda: SequenceDataset.from_table(path, "t", value="y", config=config),
    ):
        with pytest.raises(ValueError, match=r"'0,5'.*a decimal comma is read where ;") as error:
            read()
        assert "header" not in str(error.value)
        assert "bad_rows" not in str(error.value)


def test_a_header_that_was_read_is_not_advised(tmp_path: Path):
    path = tmp_path / "s.csv"
    path.write_text("t,y\na,high\nb,low\n")
    with pytest.raises(ValueError, match=r"'high' is not a finite number$"):
        read_series([str(path)], ["y"], TextConfig())
    with pytest.raises(ValueError, match=r"'y' is not a finite number; .* --header leaves it out"):
        read_series([str(path)], [1], TextConfig())
