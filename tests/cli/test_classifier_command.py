"""`train-classifier` from tables, folders and nothing; what it prints, keeps and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.cli.classifier_command import _say_which
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.model import Report
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

Run = Callable[..., Any]  # `run` of conftest.py
TINY = ["--hidden", "4", "--dim", "4", "--epochs", "2", "--threads", "1", "--min-count", "1"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.csv"
    rows = [f'{n},"good, film {n}",yes\n{n},bad film {n},no\n' for n in range(20)]
    path.write_text("id,review,verdict\n" + "".join(rows))
    return path


COLUMNS = ["--text", "review", "--label", "verdict"]


def test_from_a_table(run: Run, table: Path, tmp_path: Path):
    result = run("train-classifier", table, *COLUMNS, *TINY, "--out", "model")
    assert result.status == 0, result.err
    assert "epoch 2/2" in result.err
    assert "next: echo 'some text' | textseq predict --model model" in result.err
    lines = result.out.split("\n")
    assert lines[0].startswith("4 texts (validation)")
    names = ["classifier", "its network alone", "its n-grams alone", "averaged vectors"]
    assert [line.split("  ")[0] for line in lines[1:5]] == names
    assert lines[6].split() == ["gold", "\\", "predicted", "no", "yes"]
    model = Classifier.load(tmp_path / "model")
    assert model.info["columns"] == {
        "text": "review", "label": "verdict", "header": True,
        "names": ["id", "review", "verdict"], "cells": 3,
    }  # fmt: skip
    assert model.info["train"]["epochs"] == 2
    assert model.sides["source"].text.tokenizer == "word"
    assert type(model.sides["source"].text).__name__ == "TextConfig"
    assert not (tmp_path / "model.checkpoint").exists()


def test_json_and_test_data(run: Run, table: Path):
    result = run(
        "train-classifier", table, *COLUMNS, *TINY, "--test", table, "--json", "--quiet", "-o", "m",
        "--pooling", "attention", "--balanced", "--label-smoothing", "0.1", "--max-length", "9",
    )  # fmt: skip
    assert (result.status, result.err) == (0, "")
    found = json.loads(result.out)
    assert (found["data"], found["n"], found["labels"]) == ("test", 40, ["no", "yes"])
    assert sum(map(sum, found["confusion"])) == 40
    for who in ("classifier", "network", "ngrams", "averaged_vectors"):
        low, high = found[who]["intervals"]["accuracy"]
        assert 0 <= low <= found[who]["scores"]["accuracy"] <= high <= 1
    model = Classifier.load("m")
    assert model.options["pooling"] == "attention"
    assert model.options["max_length"] == 9
    assert len(model.options["class_weights"]) == 2


def test_from_a_folder_without_the_baseline(run: Run, tmp_path: Path):
    for label in ("pos", "neg"):
        (tmp_path / "data" / label).mkdir(parents=True)
        for n in range(6):
            (tmp_path / "data" / label / f"{n}.txt").write_text(f"{label} text\nline {n}\n")
    result = run(
        "train-classifier", "data", *TINY, "--no-baseline", "--valid", "data", "--valid-share", ".5"
    )
    assert result.status == 0, result.err
    assert "12 texts" in result.out
    assert "averaged" not in result.out
    assert Classifier.load("textseq-classifier").sides["source"].text.unit == "file"


def test_a_network_alone(run: Run, table: Path):
    result = run("train-classifier", table, *COLUMNS, *TINY, "--ngrams", "0", "--no-baseline")
    assert result.status == 0, result.err
    assert "alone" not in result.out


@pytest.mark.parametrize("other", [["--label", "verdict"], ["--label-separator", "|"]])
def test_a_number_and_labels_do_not_go_together(run: Run, table: Path, other: list[str]):
    result = run("train-classifier", table, "--text", "review", "--value", "id", *other)
    assert result.status == 2
    assert f"{other[0]} is for labels, --value for a number; give one of them" in result.message


def test_a_simpler_model_that_is_better_is_named(capsys: pytest.CaptureFixture[str]):
    def scored(accuracy: float) -> Report:
        return Report({"accuracy": accuracy}, {}, {})

    _say_which({"classifier": scored(0.7), "its n-grams alone": scored(0.9)})
    assert "n-grams alone: 20.0 points better here" in capsys.readouterr().err
    _say_which({"classifier": scored(0.9), "averaged vectors": scored(0.9)})
    assert capsys.readouterr().err == ""


def test_with_vectors(run: Run, table: Path):
    words = WordVectors(Vocab(["good", "bad"], specials=()), np.eye(2, 7, dtype=np.float32))
    words.save("words")
    result = run("train-classifier", table, *COLUMNS, *TINY, "--vectors", "words", "--no-baseline")
    assert result.status == 0, result.err
    assert Classifier.load("textseq-classifier").rnn.dim == 7
    frozen = ["--vectors", "words", "--train-vectors-after", "never", "--no-baseline", "-o", "f"]
    assert run("train-classifier", table, *COLUMNS, *TINY, *frozen).status == 0
    model = Classifier.load("f")
    weight = model.embedding.table.weight.detach().numpy()
    assert np.array_equal(weight[model.sides["source"].vocab.ids["bad"]], np.eye(2, 7)[1])
    again = ["--vectors", "words", "--input", "one-hot", "--force"]
    assert "one-hot takes no --vectors" in run("train-classifier", table, *COLUMNS, *again).message


def test_a_class_seen_once_and_empty_texts(run: Run, table: Path):
    with table.open("a") as file:
        file.write("99,,once\n98,,yes\n")
    result = run("train-classifier", table, *COLUMNS, *TINY, "--balanced", "--no-baseline")
    assert result.status == 0, result.err
    assert Classifier.load("textseq-classifier").sides["labels"].vocab.tokens == [
        "no", "once", "yes",
    ]  # fmt: skip


def test_class_weights(run: Run, table: Path):
    table.write_text(table.read_text().replace(",no\n", ',"no, never"\n'))
    weights = 'yes=3, "no, never=0.5"'
    result = run("train-classifier", table, *COLUMNS, *TINY, "--class-weights", weights)
    assert result.status == 0, result.err
    model = Classifier.load("textseq-classifier")
    assert model.sides["labels"].vocab.tokens == ["no, never", "yes"]
    assert model.options["class_weights"] == [0.5, 3.0]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("yes=2,no=1,so=1", "names 'so'; the labels are 'no', 'yes', and each has a weight"),
        ("yes=2", "--class-weights has no weight for 'no'; the labels are 'no', 'yes'"),
        ("", "--class-weights has no weight for 'no', 'yes'"),
        ("yes=2,no=0", "'no=0' was given; a label and 1e-9..1e9 work, such as bad=2"),
        ("yes=2,no=1e39", "'no=1e39' was given"),
        ("yes=2,no=1e-60", "'no=1e-60' was given"),
        ("yes=2,no=inf", "'no=inf' was given"),
        ("yes=nan,no=1", "'yes=nan' was given"),
        ("yes=-1,no=1", "'yes=-1' was given"),
        ("yes,no", "'yes' was given"),
        ("2", "'2' was given"),
        ("yes=1,no=2,yes=3", "'yes' was given twice"),
        ("yes=1\nno=2", "bad=2,good=1 works"),
    ],
)
def test_class_weights_that_do_not_work(
    run: Run, table: Path, tmp_path: Path, weights: str, message: str
):
    result = run("train-classifier", table, *COLUMNS, *TINY, "--class-weights", weights)
    assert result.status == 2
    assert message in result.message
    assert sorted(tmp_path.iterdir()) == [table]


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        ([*COLUMNS, "--balanced", "--class-weights", "yes=1,no=2"], "give it or --class-w", 2),
        (["--text", "x", "--label", "verdict"], "has no column 'x'; it has id, review", 1),
        ([*COLUMNS, "--valid-share", "1"], "--valid-share is 1; it is between 0 and 1", 2),
        ([*COLUMNS, "--label-smoothing", "1"], "--label-smoothing is 1", 2),
        ([*COLUMNS, "--pooling", "sum"], "--pooling is 'sum'; it can be max, mean, last", 2),
        ([*COLUMNS, "--clean", "x"], "--clean", 2),
        ([*COLUMNS, "--vectors", "nowhere"], "nowhere", 1),
        ([*COLUMNS, "--max-length", "0"], "the least that works is 1", 2),
        ([*COLUMNS, "--resume"], "there is no checkpoint", 1),
    ],
)
def test_what_does_not_work(run: Run, table: Path, tmp_path: Path, arguments, message, status):
    before = sorted(tmp_path.iterdir())
    result = run("train-classifier", table, *arguments)
    assert message in result.message
    assert result.status == status
    assert sorted(tmp_path.iterdir()) == before


def test_tables_that_are_wrong(run: Run, table: Path, tmp_path: Path):
    table.write_text("id,review,verdict\n1,good,yes\n2,bad\n")
    assert "line 3: 2 cells, but line 1 has 3" in run("train-classifier", table, *COLUMNS).message
    table.write_text("id,review,verdict\n")
    assert run("train-classifier", table, *COLUMNS).status == 1
    other = tmp_path / "valid.csv"
    other.write_text("review,verdict\nfine,perhaps\n")
    table.write_text("review,verdict\n" + "good,yes\nbad,no\n" * 5)
    result = run("train-classifier", table, *COLUMNS, *TINY, "--valid", other)
    assert "label 'perhaps'" in result.message
    assert "files" in run("train-classifier", "--valid", other).message.lower()


def test_nothing_is_replaced(run: Run, table: Path, tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("kept")
    result = run("train-classifier", table, *COLUMNS, "--out", "mine", "--force")
    assert "was not made by textseq" in result.message
    assert (tmp_path / "mine" / "file").read_text() == "kept"


def test_the_help_loads_nothing_heavy():
    import subprocess
    import sys

    code = (
        "from textseq.cli import app\nimport sys\n"
        "for command in ('train-classifier', 'predict'):\n"
        "    assert app.main([command, '--help']) == 0\n"
        "assert not {'torch', 'numpy', 'rich', 'pyarrow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)


def test_label_sets_and_numbers(run: Run, tmp_path: Path):
    rows = "".join(f"good {n % 3},a|b,1,1,{n}\nbad {n % 3},,0,0,{-n}\n" for n in range(20))
    (tmp_path / "t.csv").write_text("text,label,p,q,stars\n" + rows)
    base = ["train-classifier", tmp_path / "t.csv", *TINY, "--json"]
    result = run(*base, "--label-separator", "|", "--out", "sets")
    assert result.status == 0, result.err
    found = json.loads(result.out)
    assert found["classifier"]["scores"].keys() >= {"micro_f1", "hamming_loss", "coverage"}
    assert "averaged_vectors" in found
    result = run("evaluate", tmp_path / "t.csv", "--model", "sets", "--label", "p,q")
    assert result.status == 1  # p and q are no labels that it knows
    result = run("evaluate", tmp_path / "t.csv", "--model", "sets", "--label", "label", "--json")
    assert json.loads(result.out)["n"] == 40
    result = run(*base, "--value", "stars", "--out", "number", "--no-baseline")
    assert json.loads(result.out)["classifier"]["scores"].keys() >= {"rmse", "r2", "spearman"}
    result = run("evaluate", tmp_path / "t.csv", "--model", "number", "--value", "stars")
    assert result.out.startswith("loss")
    result = run("predict", "--model", "number", "--json", tmp_path / "t.csv")
    assert json.loads(result.out.split("\n")[0]).keys() == {"value"}
    result = run(*base, "--value", "stars", "--label-separator", "|", "--out", "both")
    assert "--value for a number" in result.err
