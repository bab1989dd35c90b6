"""fastText's files: labels off, texts as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from textseq.config import TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.text.reading.fasttext_lines import split_labels
from textseq.text.reading.tables import read_table


@pytest.mark.parametrize(
    ("line", "labels", "text"),
    [
        ("__label__a  How  much ?", ["a"], "How  much ?"),
        ("__label__a\tHow much ?", ["a"], "How much ?"),
        ("__label__a __label__b-c x", ["a", "b-c"], "x"),
        ("x y __label__a", ["a"], "x y"),
        ("__label__a", ["a"], ""),
        ("no label", [], "no label"),
        ("__label__1 , text", ["1"], ", text"),
    ],
)
def test_labels_and_text(line: str, labels: list[str], text: str):
    assert split_labels(line) == (labels, text)


def test_files(tmp_path: Path, notices: list[str]):
    path = tmp_path / "train.txt"

    def cells(*columns: Any, **how: Any) -> list[list[str]]:
        return list(read_table(path, columns, TextConfig(), **how))

    path.write_text("__label__b x y\n\n__label__a z\n", encoding="utf-8")
    assert cells("text", "label") == [["x y", "b"], ["z", "a"]]
    assert cells(1, 0) == cells("text", "label")
    dataset = SequenceDataset.from_table(path, config=TextConfig(min_count=1))
    assert (dataset.label_vocab or []).tokens == ["a", "b"]
    assert dataset.labels.tolist() == [1, 0]
    path.write_text("__label__b __label__a x\n__label__a z\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 1: 2 labels, b, a; a text has one; the column 'f"):
        cells("text", "label")
    assert cells("text", "first") == [["x", "b"], ["z", "a"]]
    assert cells("label", bad_rows="skip") == [["a"]]
    assert notices[0].startswith("1 bad row was left out")
    path.write_text("plain\n__label__a z\n", encoding="utf-8")
    assert cells("text", table="fasttext") == [["plain"], ["z"]]
    with pytest.raises(ValueError, match="what table is"):
        cells("text")
