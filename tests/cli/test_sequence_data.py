"""What all training commands say of data that they cannot take, before any training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Run = Callable[..., Any]  # `run` of conftest.py
TINY = ["--hidden", "4", "--dim", "4", "--epochs", "1", "--threads", "1", "--min-count", "1"]
TABLE = "text\tlabel\n" + "".join(f"good film {n}\tgood\nbad film {n}\tbad\n" for n in range(10))
SENTENCES = "".join(f"word{n} X\nend Y\n\n" for n in range(20))
FILES = {
    "t.tsv": TABLE,
    "head.tsv": "text\tlabel\n",
    "c.csv": "x,y,caption\n" + "".join(f"{n},1,the {n}\n" for n in range(20)),
    "head.csv": "x,y,caption\n",
    "a.conll": SENTENCES,
    "a.de": "".join(f"ein {n}\n" for n in range(20)),
    "a.en": "".join(f"one {n}\n" for n in range(20)),
    "none": "",
    "none.conll": "\n",
    "lines.txt": "only this\n",
}


@pytest.fixture
def files(tmp_path: Path) -> None:
    """Data of all kinds, beside files that hold none."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)


def refused(run: Run, tmp_path: Path, *arguments: str) -> str:
    """The message of a training that did not begin."""
    result = run(*arguments, "--out", "model")
    assert result.status == 1, result.err
    assert not list(tmp_path.glob("model*"))
    return str(result.message)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("option", ["--valid", "--test"])
@pytest.mark.parametrize(
    ("arguments", "empty"),
    [
        (["train-classifier", "t.tsv"], ["head.tsv"]),
        (["train-captioner", "c.csv"], ["head.csv"]),
        (["train-translator", "a.de", "a.en"], ["none", "none"]),
        (["train-esn", "t.tsv"], ["head.tsv"]),
    ],
    ids=lambda given: given[0],
)
def test_empty_data_to_judge_by(
    run: Run, tmp_path: Path, option: str, arguments: list[str], empty: list[str]
):
    tiny = [] if arguments[0] == "train-esn" else TINY
    given = [part for name in empty for part in (option, name)]
    message = refused(run, tmp_path, *arguments, *tiny, *given)
    assert message == f"no examples in {', '.join(empty)}, which {option} names"


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("option", ["--valid", "--test"])
def test_sentences_to_judge_by_without_a_token(run: Run, tmp_path: Path, option: str):
    arguments = ["train-tagger", "a.conll", *TINY, option, "none.conll"]
    assert refused(run, tmp_path, *arguments).startswith("none.conll: there are no tokens")


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train-classifier", "head.tsv"], "head.tsv: no words in"),
        (["train-captioner", "head.csv"], "head.csv: no words in"),
        (["train-translator", "none", "none"], "none, none: no words in"),
        (["train-translator", "none", "none", "--shared"], "none, none: no words in"),
        (["train-tagger", "none.conll"], "none.conll: there are no tokens in"),
    ],
)
def test_empty_data_to_learn_from(run: Run, tmp_path: Path, arguments: list[str], message: str):
    assert refused(run, tmp_path, *arguments, *TINY).startswith(message)


@pytest.mark.usefixtures("files")
def test_labels_that_are_unknown_or_missing(run: Run, tmp_path: Path):
    (tmp_path / "more.tsv").write_text("text\tlabel\nfine\tgood\nbest\tsuperb\n")
    arguments = ["train-classifier", "t.tsv", *TINY, "--test", "more.tsv"]
    assert refused(run, tmp_path, *arguments) == (
        "more.tsv, line 3: label 'superb' is none of 'bad', 'good', the labels of the training "
        "data; correct it, leave it out, or train with such data too"
    )
    (tmp_path / "more.tsv").write_text(TABLE + "so so\t\n")
    message = refused(run, tmp_path, "train-classifier", "more.tsv", *TINY)
    assert message.startswith("more.tsv, line 22: the label is missing; fill it in")


@pytest.mark.usefixtures("files")
def test_data_that_cannot_be_shared_out(run: Run, tmp_path: Path):
    (tmp_path / "alike.tsv").write_text("text\tlabel\n" + "good\tgood\n" * 30)
    message = refused(run, tmp_path, "train-classifier", "alike.tsv", *TINY)
    assert message == (
        "alike.tsv: a share of 0.1 of 30 rows is none; there are too few groups, 1: rows with "
        "equal inputs, in which all rare words are <unk>, stay together; give data of its own "
        "with --valid, or a larger --valid-share"
    )
    message = refused(run, tmp_path, "train-tagger", "lines.txt", *TINY)
    assert message == (
        "lines.txt: a share of 0.1 of 1 rows is none; there are too few rows; give data of its "
        "own with --valid, or a larger --valid-share"
    )


@pytest.mark.usefixtures("files")
def test_pairs_and_rows_that_cannot_be_shared_out(run: Run, tmp_path: Path):
    for name, text in {"b.de": "eins\n", "b.en": "one\n", "b.csv": "x,caption\n1,one\n"}.items():
        (tmp_path / name).write_text(text)
    for arguments, files in (
        (["train-translator", "b.de", "b.en", "--tokenizer", "word"], "b.de, b.en"),
        (["train-captioner", "b.csv"], "b.csv"),
    ):
        message = refused(run, tmp_path, *arguments, *TINY)
        assert message.startswith(f"{files}: a share of 0.")
        assert "of 1 rows is none; there are too few rows" in message


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("command", [["train-tagger", *TINY], ["train-esn", "--task", "tagger"]])
@pytest.mark.parametrize("option", ["--valid", "--test"])
def test_sentences_whose_tags_are_all_unknown(
    run: Run, tmp_path: Path, option: str, command: list[str]
):
    (tmp_path / "more.conll").write_text("word1 NN\nend VB\n")
    assert refused(run, tmp_path, *command, "a.conll", option, "more.conll") == (
        "more.conll: none of the tags here ('NN', 'VB') is known; known are 'X', 'Y', so the same "
        "column of the same kind of tags works"
    )
    (tmp_path / "more.conll").write_text("word1 NN\nend Y\n")  # some are unknown: they are errors
    assert run(*command, "a.conll", option, "more.conll", "--out", "model").status == 0
    assert run("evaluate", "more.conll", "--model", "model").status == 0
    (tmp_path / "more.conll").write_text("word1 NN\nend VB\n")
    result = run("evaluate", "more.conll", "--model", "model")
    assert result.status == 1
    assert result.message.startswith("more.conll: none of the tags here ('NN', 'VB') is known;")


@pytest.mark.usefixtures("files")
def test_tables_without_a_name(run: Run, tmp_path: Path):
    (tmp_path / "quoted.tsv").write_text('text\tlabel\n"a\tb"\tgood\n')
    message = refused(run, tmp_path, "train-classifier", "quoted.tsv", *TINY)
    assert "; if its cells are quoted, add --quoted; --bad-rows skip leaves" in message
    message = refused(run, tmp_path, "train-classifier", "lines.txt", *TINY)
    assert message.endswith("; --table tsv, csv, jsonl ... says it")
    message = refused(run, tmp_path, "train-classifier", "-", *TINY)
    assert message == "what table is standard input? --table tsv, csv, jsonl ... says it"


@pytest.mark.usefixtures("files")
def test_features_that_are_no_numbers(run: Run, tmp_path: Path):
    array = np.ones((20, 2))
    array[3, 1] = np.nan
    np.save(tmp_path / "bad.npy", array, allow_pickle=False)
    np.save(tmp_path / "good.npy", np.ones((20, 2)), allow_pickle=False)
    rows = ["1,1,a\n"] * 3 + ["1,nan,a\n"]
    (tmp_path / "bad.csv").write_text("x,y,caption\n" + "".join(rows))
    message = refused(run, tmp_path, "train-captioner", "bad.npy", "a.de", *TINY)
    assert message.startswith("bad.npy, row 4: the feature 1 is nan; features are finite numbers")
    message = refused(run, tmp_path, "train-captioner", "c.csv", *TINY, "--test", "bad.csv")
    assert message.startswith("bad.csv, row 4: the feature 'y' is 'nan'; features are finite")


def test_numbers_that_are_not_finite(run: Run):
    result = run("train-classifier", *TINY, "--forget-bias", "inf")
    assert result.status == 2
    assert result.message.startswith("--forget-bias is inf; a finite number works")
