"""Labels: one rule for lists, arrays, tensors, columns and tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from textseq.config import TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.labels import label_names, label_order, sorted_labels
from textseq.text.vocab import Vocab

CONFIG = TextConfig(min_count=1)
TEXTS = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["pos ", "\tneg", "pos"], ["pos", "neg", "pos"]),
        ([-1, 10, 2], ["-1", "10", "2"]),
        (np.array([-1, 10, 2]), ["-1", "10", "2"]),
        (torch.tensor([-1, 10, 2]), ["-1", "10", "2"]),
        (list(torch.tensor([-1, 10, 2])), ["-1", "10", "2"]),
        (np.array([0.5, 1.0, -2.0], np.float32), ["0.5", "1", "-2"]),
        (np.array(["x", "y ", "x"]), ["x", "y", "x"]),
        (np.array([b"x", b"y", b"x"]), ["x", "y", "x"]),
        (np.array(["x", 1, True], object), ["x", "1", "True"]),
        (pd.Series(["x", "y", "x"]), ["x", "y", "x"]),
        (pd.Categorical(["x", "y", "x"]), ["x", "y", "x"]),
        (pa.array(["x", "y", "x"]), ["x", "y", "x"]),
        (pa.chunked_array([["x"], ["y", "x"]]), ["x", "y", "x"]),
        (list(pa.array(["x", "y", "x"])), ["x", "y", "x"]),
        (("x", "None", "null"), ["x", "None", "null"]),  # words like any other
    ],
)
def test_names_of_labels(labels: Any, names: list[str]):
    assert label_names(labels) == names
    dataset = SequenceDataset.from_texts(TEXTS, labels, config=CONFIG)
    vocab = dataset.label_vocab
    assert vocab is not None
    assert vocab.decode(dataset.labels) == names


@pytest.mark.parametrize(
    "missing",
    [None, float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT, np.ma.masked, "", "  ", "nan",
     torch.tensor(float("nan"))],
)  # fmt: skip
def test_labels_that_are_missing(missing: Any):
    with pytest.raises(ValueError, match="label number 1: the label is missing"):
        SequenceDataset.from_texts(TEXTS, ["x", missing, "y"], config=CONFIG)


@pytest.mark.parametrize(
    "several", [["x"], ("x", "y"), {"x": 1}, {"x"}, np.array([1, 0]), torch.tensor([1, 0])]
)
def test_labels_that_are_several(several: Any):
    with pytest.raises(ValueError, match=r"label number 1: a \w+ is no label"):
        SequenceDataset.from_texts(TEXTS, ["x", several, "y"], config=CONFIG)


@pytest.mark.parametrize("labels", [np.eye(3), torch.eye(3)])
def test_rows_of_labels(labels: Any):
    with pytest.raises(ValueError, match=r"the labels have shape \(3, 3\); a text has one label"):
        SequenceDataset.from_texts(TEXTS, labels, config=CONFIG)


def test_one_rule_wherever_labels_come_from(tmp_path: Path):
    """Numbers by size; what is missing in the second row is an error that names it."""
    labels = ["10", "-2", "3"]
    frame = pd.DataFrame({"text": TEXTS, "label": [int(label) for label in labels]})
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_csv(tmp_path / "a.tsv", index=False, sep="\t")
    frame.to_json(tmp_path / "a.jsonl", orient="records", lines=True)
    frame.to_json(tmp_path / "a.json", orient="records")
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_feather(tmp_path / "a.feather")
    (tmp_path / "a.txt").write_text("".join(f"__label__{n} x\n" for n in labels))
    made = [
        *(SequenceDataset.from_table(path, config=CONFIG) for path in sorted(tmp_path.iterdir())),
        SequenceDataset.from_texts(TEXTS, frame["label"], config=CONFIG),
        SequenceDataset.from_texts(TEXTS, labels, config=CONFIG),
        SequenceDataset.from_datasets(datasets.Dataset.from_pandas(frame), config=CONFIG),
    ]
    assert len(made) == 10
    for dataset in made:
        assert dataset.label_vocab is not None
        assert dataset.label_vocab.tokens == ["-2", "3", "10"]
        assert dataset.labels.tolist() == [2, 0, 1]
    (tmp_path / "b.csv").write_text("text,label\na,x\nb,\n")
    (tmp_path / "c.csv").write_text("text,label\na,x\nb,nan\n")
    (tmp_path / "d.jsonl").write_text('{"text": "a", "label": "x"}\n{"text": "b", "label": null}\n')
    (tmp_path / "e.txt").write_text("__label__x a\nb\n")
    pd.DataFrame({"text": ["a", "b"], "label": ["x", None]}).to_parquet(tmp_path / "f.parquet")
    for name in ("b.csv", "c.csv", "d.jsonl", "e.txt", "f.parquet"):
        with pytest.raises(
            ValueError, match=rf"{name}, line [23]: the label is missing.*; fill it"
        ):
            SequenceDataset.from_table(tmp_path / name, config=CONFIG)
        with pytest.warns(UserWarning, match=f"1 bad row was left out; the first: .*{name}"):
            one = SequenceDataset.from_table(tmp_path / name, config=CONFIG, bad_rows="skip")
        assert len(one) == 1


def test_white_space_makes_no_class(tmp_path: Path):
    (tmp_path / "a.csv").write_text('text, label\n"x",pos \n"y",neg\n"z", pos\n"w",\u00a0neg\n')
    dataset = SequenceDataset.from_table(tmp_path / "a.csv", config=CONFIG)
    assert dataset.label_vocab is not None
    assert dataset.label_vocab.tokens == ["neg", "pos"]
    assert dataset.labels.tolist() == [1, 0, 1, 0]


def test_ordered_columns_keep_their_order():
    order = ["low", "middle", "high"]
    given = pd.Categorical(["high", "low", "low"], categories=order, ordered=True)
    for labels in (given, pd.Series(given), pa.array(given), pa.chunked_array([pa.array(given)])):
        dataset = SequenceDataset.from_texts(TEXTS, labels, config=CONFIG)
        assert dataset.label_vocab is not None
        assert dataset.label_vocab.tokens == order
        assert dataset.labels.tolist() == [2, 0, 0]
    assert label_order(given.as_unordered()) is None
    assert label_order(["a"]) is None
    missing = pd.Series(["high", None, "low"], dtype=given.dtype)
    with pytest.raises(ValueError, match="label number 1: the label is missing"):
        SequenceDataset.from_texts(TEXTS, missing, config=CONFIG)


def test_the_order_of_labels():
    assert sorted_labels(["10", "9", "-1", "+3"]) == ["-1", "+3", "9", "10"]
    assert sorted_labels(["1.5", "-0.5", "1e1", "2"]) == ["-0.5", "1.5", "2", "1e1"]
    assert sorted_labels(["10", "9", "x"]) == ["10", "9", "x"]
    assert sorted_labels(["²", "1"]) == ["1", "²"]
    assert sorted_labels(["01", "1"]) == ["01", "1"]
    assert sorted_labels(["9" * 5000, "1"]) == ["1", "9" * 5000]


def test_a_header_as_a_class_is_noticed(tmp_path: Path, notices: list[str]):
    rows = [f"{'klas' if n % 2 else 'andere'}\tdit is tekst nummer {n}\n" for n in range(20)]
    (tmp_path / "a.tsv").write_text("Soort\tZin\n" + "".join(rows), encoding="utf-8")
    how: dict[str, Any] = {"config": CONFIG}
    SequenceDataset.from_table(tmp_path / "a.tsv", 1, 0, **how)
    assert len(notices) == 1
    assert "a.tsv: line 1 looks like a header ('Zin', 'Soort'); header=True leaves it" in notices[0]
    assert len(SequenceDataset.from_table(tmp_path / "a.tsv", 1, 0, header=True, **how)) == 20
    assert len(SequenceDataset.from_table(tmp_path / "a.tsv", 1, 0, header=False, **how)) == 21
    (tmp_path / "b.tsv").write_text("".join(rows), encoding="utf-8")
    SequenceDataset.from_table(tmp_path / "b.tsv", 1, 0, **how)
    (tmp_path / "c.tsv").write_text("stars\tx\n1\ta b\n2\tc d\n1\te\n", encoding="utf-8")
    SequenceDataset.from_table(tmp_path / "c.tsv", 1, 0, **how)
    (tmp_path / "d.tsv").write_text("rare\tone word of it\n" + "".join(rows), encoding="utf-8")
    SequenceDataset.from_table(tmp_path / "d.tsv", 1, 0, **how)
    assert [Path(note.split(":")[0]).name for note in notices] == ["a.tsv", "c.tsv"]


HEADERS = [
    ("Review Text\tRating", [0], 1),
    ("Tweet text\tSentiment", [0], 1),
    ("Text\tclass label", [0], 1),
    ("Was man sagt\tDie Klasse", [0], 1),
    ("Kop van het\tStuk erbij hier\tSoort", [0, 1], 2),
    ("title\tbody\tlabel", [0, 1], 2),
]


@pytest.mark.parametrize(("header", "text", "label"), HEADERS)
def test_a_header_of_several_words_is_noticed(
    tmp_path: Path, header: str, text: list[int], label: int, notices: list[str]
):
    cell = "\tdit is tekst nummer {0}, en nog meer" * len(text)
    rows = [(cell.format(n) + f"\t{'klas' if n % 2 else 'andere'}\n")[1:] for n in range(20)]
    for name, lines in (("a.tsv", [header + "\n", *rows]), ("b.tsv", rows)):
        (tmp_path / name).write_text("".join(lines), encoding="utf-8")
    how: dict[str, Any] = {"config": CONFIG}
    found = SequenceDataset.from_table(tmp_path / "a.tsv", text, label, **how)
    assert len(found) == 21
    assert len(notices) == 1
    assert "a.tsv: line 1 looks like a header (" in notices[0]
    # Without a header, or with those words as a last row, there is nothing to notice.
    SequenceDataset.from_table(tmp_path / "b.tsv", text, label, **how)
    (tmp_path / "c.tsv").write_text("".join([*rows, header + "\n"]), encoding="utf-8")
    SequenceDataset.from_table(tmp_path / "c.tsv", text, label, **how)
    assert len(notices) == 1


def test_values_that_are_no_numbers(tmp_path: Path):
    with pytest.raises(ValueError, match="value number 1 is nan; values are finite numbers"):
        SequenceDataset.from_texts(TEXTS, values=[1.0, None, 2.0], config=CONFIG)
    rows = [{"text": "a", "score": 1.5}, {"text": "b", "score": None}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(ValueError, match=r"a\.jsonl, line 2: '' is no finite"):
        SequenceDataset.from_table(tmp_path / "a.jsonl", value="score", config=CONFIG)
    with pytest.warns(UserWarning, match="1 bad row"):
        kept = SequenceDataset.from_table(
            tmp_path / "a.jsonl", value="score", config=CONFIG, bad_rows="skip"
        )
    assert kept.targets is not None
    assert kept.targets.tolist() == [1.5]


def tables_of(folder: Path, labels: list[Any]) -> list[Path]:
    """The same texts and labels in every format."""
    frame = pd.DataFrame({"text": [f"t{n}" for n in range(len(labels))], "label": labels})
    frame.to_csv(folder / "a.csv", index=False)
    frame.to_parquet(folder / "a.parquet")
    frame.to_feather(folder / "a.feather")
    rows = [{"text": f"t{n}", "label": label} for n, label in enumerate(labels)]
    (folder / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return [folder / f"a.{kind}" for kind in ("csv", "parquet", "feather", "jsonl")]


@pytest.mark.parametrize(
    ("labels", "tokens"),
    [
        ([True, False, True], ["False", "True"]),
        ([1.0, 0.0, 1.0], ["0", "1"]),
        ([1, 0, 1], ["0", "1"]),
        ([2.0, 0.5, 1e16], ["0.5", "2", "10000000000000000"]),
        (["1.0", "1.1", "1.10"], ["1.0", "1.1", "1.10"]),  # "1.10" is no number: versions
        (["true", "half-true", "true"], ["half-true", "true"]),
    ],
)
def test_a_value_has_one_name_whatever_held_it(tmp_path: Path, labels: list[Any], tokens: Any):
    held = [labels, np.array(labels), pd.Series(labels), pa.array(labels)]
    read = [SequenceDataset.from_texts(TEXTS, each, config=CONFIG) for each in held]
    read += [
        SequenceDataset.from_table(path, config=CONFIG) for path in tables_of(tmp_path, labels)
    ]
    for dataset in read:
        assert dataset.label_vocab is not None
        assert sorted(dataset.label_vocab.tokens) == sorted(tokens)
        assert dataset.labels.tolist() == read[0].labels.tolist()
    for known in read:  # and under the names of another one
        for path in tables_of(tmp_path, labels):
            again = SequenceDataset.from_table(path, config=CONFIG, label_vocab=known.label_vocab)
            assert again.labels.tolist() == known.labels.tolist()


def test_names_as_they_were_before_are_found(tmp_path: Path):
    """Those of a model that learnt "true" from JSON, "1.0" from pandas."""
    for tokens, labels in (["false", "true"], [True, False]), (["0.0", "1.0"], [1, 0]):
        vocab = Vocab(tokens, specials=())
        for path in tables_of(tmp_path, labels):
            found = SequenceDataset.from_table(path, config=CONFIG, label_vocab=vocab)
            assert found.labels.tolist() == [1, 0]
    with pytest.raises(ValueError, match=r"label '2' .*is none of '0\.0', '1\.0'"):
        SequenceDataset.from_texts(["a"], [2], label_vocab=vocab, config=CONFIG)


def test_spellings_within_one_column(tmp_path: Path):
    (tmp_path / "a.csv").write_text("text,label\na,1\nb,1.0\nc,0\nd,2\n")
    dataset = SequenceDataset.from_table(tmp_path / "a.csv", config=CONFIG)
    assert dataset.labels.tolist() == [1, 1, 0, 2]
    (tmp_path / "a.csv").write_text("text,label\na,TRUE\nb,true\nc,False\n")
    dataset = SequenceDataset.from_table(tmp_path / "a.csv", config=CONFIG)
    assert dataset.labels.tolist() == [1, 1, 0]


def test_numbers_without_end_are_no_labels(tmp_path: Path):
    (tmp_path / "a.jsonl").write_text('{"text": "a", "label": 1}\n{"text": "b", "label": 1e400}\n')
    with pytest.raises(ValueError, match="line 2: the label is missing"):
        SequenceDataset.from_table(tmp_path / "a.jsonl", config=CONFIG)
    with pytest.raises(ValueError, match=r"number 1: the label is missing \(inf\)"):
        SequenceDataset.from_texts(["a", "b"], [1.0, float("inf")], config=CONFIG)


def test_texts_that_are_null_are_counted(tmp_path: Path, notices: list[str]):
    rows = [{"text": "a", "label": 1}, {"text": None, "label": 0}, {"text": None, "label": 0}]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    read = SequenceDataset.from_table(tmp_path / "a.jsonl", config=CONFIG)
    assert len(read) == 3
    assert [message.partition("; ")[0] for message in notices] == ["2 texts are empty or null"]
