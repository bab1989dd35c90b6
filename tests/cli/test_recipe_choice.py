"""--recipe, --config and --save-config: the options of a training on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from textseq.config import find_recipe

Run = Callable[..., Any]  # `run` of conftest.py
CLASSIFIER = find_recipe("classifier")
TINY = ("--hidden", "4", "--dim", "4", "--no-baseline", "--quiet", "--json")


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = [
        f"{word} film number{n}\t{label}"
        for n in range(12)
        for word, label in (("good", "pos"), ("bad", "neg"))
    ]
    path = tmp_path / "a.tsv"
    path.write_text("text\tlabel\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def config_of(folder: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(folder, "config.json").read_text(encoding="utf-8"))
    return found


def test_options_are_saved_and_given_back(run: Run, table: Path):
    first = run(
        "train-classifier", table, *TINY, "--epochs", "2", "--pooling", "max", "--lr", "0.01",
        "--save-config", "mine.toml", "--out", "a",
    )  # fmt: skip
    assert first.status == 0, first.err
    kept = CLASSIFIER.with_toml(Path("mine.toml").read_text(encoding="utf-8"))
    assert kept == CLASSIFIER.replace(hidden=4, dim=4, epochs=2, pooling="max", lr=0.01)
    again = ("train-classifier", table, "--config", "mine.toml", "--no-baseline", "--quiet")
    assert run(*again, "--json", "--out", "b").out == first.out
    assert config_of("a")["rnn"] == config_of("b")["rnn"]
    # What stands on the command line wins.
    assert run(*again, "--hidden", "3", "--out", "c").status == 0
    assert config_of("c")["rnn"] == {**config_of("a")["rnn"], "hidden": 3}
    # Nothing is written before the work can begin, and a training that goes on may write it anew.
    assert run(*again, "--save-config", "new.toml", "--test", "nowhere", "--out", "e").status == 1
    assert not Path("new.toml").exists()
    shown = run("train-classifier", table, *TINY, "--epochs", "1", "--save-config", "-", "-o", "f")
    assert CLASSIFIER.with_toml(shown.out.rpartition("{")[0].rpartition("\n")[0]).task
    assert "mine.toml exists already; --force replaces it" in run(
        *again, "--save-config", "mine.toml", "--out", "d"
    ).message  # fmt: skip


def test_a_recipe_by_its_name(run: Run, table: Path):
    line = ("train-classifier", table, *TINY, "--epochs", "1", "--recipe", "sst2")
    assert run(*line).status == 0
    rnn = config_of("textseq-classifier")["rnn"]
    sst2 = find_recipe("classifier", "sst2").network.replace(hidden=4, dim=4)
    assert rnn == sst2.to_json()
    result = run("train-classifier", table, "--recipe", "sst")
    assert result.status == 2
    assert "--recipe: no recipe 'sst' of a classifier; did you mean 'sst2'" in result.message


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("--config", "none.toml"), 1, "none.toml: no such file or directory"),
        (("--config", "latin.toml"), 1, "latin.toml is no TOML: 'utf-8' codec can't decode"),
        (("--recipe", ""), 2, "no recipe ''"),
        (("--config", "wrong.toml"), 1, "wrong.toml, [network]: hidden is 0"),
        (("--config", "step.toml"), 1, "step.toml, [text]: no cleaning step 'nfcc'"),
        (
            ("--config", "twice.toml"),
            1,
            "[classifier]: balanced makes weights of its own; give it or class_weights",
        ),
        (
            ("--config", "both.toml"),
            1,
            "both.toml, [classifier]: class_weights names 'good'",
        ),
        (("--config", "code.toml"), 1, "code.toml, [text]: no encoding 'utf-88'"),
        (("--config", "share.toml"), 1, "share.toml, [data]: valid_share is 2"),
        (("--seed", str(2**63)), 2, "--seed is 9223372036854775808; the most that works"),
        (("--config", "one.toml", "--k2", "3"), 2, "--k2 is 3; a gradient reaches back over"),
    ],
)
def test_files_of_options_that_do_not_work(
    run: Run, table: Path, arguments: tuple[str, ...], status: int, message: str
):
    Path("wrong.toml").write_text("[network]\nhidden = 0\n", encoding="utf-8")
    Path("step.toml").write_text("[text]\nclean = ['nfcc']\n", encoding="utf-8")
    Path("both.toml").write_text("[classifier.class_weights]\ngood = 2\nbad = 1\n")
    Path("twice.toml").write_text("[classifier]\nbalanced = true\nclass_weights = {pos = 1}\n")
    Path("code.toml").write_text("[text]\nencoding = 'utf-88'\n", encoding="utf-8")
    Path("share.toml").write_text("[data]\nvalid_share = 2\n", encoding="utf-8")
    Path("latin.toml").write_bytes(b"# caf\xe9\n")
    Path("one.toml").write_text("[language-model]\nsteps = 5\n", encoding="utf-8")
    command = "train-lm" if "--k2" in arguments else "train-classifier"
    result = run(command, table, *arguments)
    assert result.status == status
    assert message in result.message


@pytest.mark.parametrize(
    ("file", "given", "weights"),
    [
        ("class_weights = {pos = 1, neg = 3}", ("--balanced",), [1, 1]),
        ("class_weights = {pos = 1, neg = 3}", ("--class-weights", "none"), None),
        ("class_weights = {pos = 1, neg = 3}", (), [3, 1]),
        ("balanced = true", ("--class-weights", "pos=2,neg=3"), [3, 2]),
    ],
)
def test_the_command_line_wins_over_weights_of_a_file(
    run: Run, table: Path, file: str, given: tuple[str, ...], weights: list[int] | None
):
    Path("cw.toml").write_text(f"[classifier]\n{file}\n", encoding="utf-8")
    line = ("train-classifier", table, *TINY, "--epochs", "1", "--config", "cw.toml", *given)
    result = run(*line)
    assert result.status == 0, result.err
    assert config_of("textseq-classifier")["options"]["class_weights"] == weights


def test_what_is_given_is_judged_beside_the_file(run: Run, table: Path):
    Path("short.toml").write_text("[language-model]\nsteps = 2\n", encoding="utf-8")
    line = ("train-lm", "a.tsv", "--epochs", "1", "--hidden", "4", "--dim", "4", "--min-count", "1")
    result = run(
        *line, "--config", "short.toml", "--k2", "3", "--quiet"
    )  # fewer than 35, the default
    assert result.status == 0, result.err
    assert config_of("textseq-lm")["options"]["back_steps"] == 3


@pytest.mark.parametrize("command", ["train-classifier", "train-esn"])
def test_help_names_the_recipes(run: Run, command: str):
    text = " ".join(run(command, "--help").out.split())
    more = ", sst2, nsmc." if command == "train-classifier" else "."
    assert f"such as those of the README: default{more}" in text


def test_python_and_the_command_line_have_the_same_defaults(run: Run, table: Path):
    result = run(
        "train-classifier", table, "--save-config", "a.toml", "--no-baseline", "--epochs", "1"
    )
    assert result.status == 0
    kept = CLASSIFIER.with_toml(Path("a.toml").read_text(encoding="utf-8"))
    assert kept.replace(training=CLASSIFIER.training) == CLASSIFIER
