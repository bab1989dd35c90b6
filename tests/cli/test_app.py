from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from textseq import __version__
from textseq.cli.app import COMMANDS, SUMMARIES

Run = Callable[..., Any]  # `run` of conftest.py


@pytest.mark.parametrize("command", SUMMARIES)
def test_a_command_does_what_the_list_says(command: str):
    function = getattr(
        importlib.import_module(f"textseq.cli.{COMMANDS[command]}"), command.replace("-", "_")
    )
    assert function.__doc__.strip().splitlines()[0] == SUMMARIES[command]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_a_sentence_and_an_example(run: Run, command: str):
    result = run(command, "--help")
    assert (result.status, result.err) == (0, "")
    assert "\x1b" not in result.out
    text = result.out.split("\n\n", 1)[1].strip()
    sentence, _, rest = text.partition("\n")
    assert sentence[-1] in ".?"
    examples = [line for line in rest.split("\n\n") if line.strip().startswith("Examples:")]
    lines = examples[0].strip().split("\n")[1:]
    assert lines
    assert all("textseq " in line for line in lines)  # each on a line of its own
    assert f"textseq {command}" in examples[0]


@pytest.mark.parametrize("option", ["--help", "--help-all"])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_80_columns(run: Run, monkeypatch: pytest.MonkeyPatch, command: str, option: str):
    monkeypatch.setenv("COLUMNS", "80")
    lines = run(command, option).out.split("\n")
    assert max(map(len, lines)) <= 80
    shown = [line for line in lines if line.startswith(("  --", "  -"))]
    assert option == "--help-all" or len(shown) <= 28


def test_all_of_the_help_is_in_groups(run: Run):
    text = run("train-classifier", "--help-all").out
    groups = [line for line in text.split("\n") if line.endswith(":") and line[0] != " "]
    assert groups == [
        "Arguments:", "Options:", "Data:", "Files and display:", "Recipe:", "Model:", "Network:",
        "Training:", "Text:",
    ]  # fmt: skip
    short = run("train-classifier", "--help").out
    hidden = re.search(r"--help-all +Show these and (\d+) more, in groups\.", short)
    assert hidden is not None
    n_options = [len(re.findall(r"^  -", each, re.MULTILINE)) for each in (text, short)]
    assert n_options[0] == n_options[1] - 1 + int(hidden[1])


def test_help_of_all_lists_all_commands(run: Run):
    result = run("--help")
    assert result.status == 0
    for command in COMMANDS:
        assert f"\n  {command} " in result.out
    assert "..." not in result.out.split("Commands:")[1]  # no sentence is too long for its line
    assert run() == result


@pytest.mark.parametrize("arguments", [["--version"], ["nearest", "king", "--version"]])
def test_version(run: Run, arguments: list[str]):
    assert run(*arguments) == (0, f"textseq {__version__}\n", "")


@pytest.mark.parametrize("arguments", [["--debug", "clean", "x"], ["clean", "x", "--debug"]])
def test_debug_shows_the_traceback(run: Run, arguments: list[str]):
    result = run(*arguments)
    assert result.status == 1
    assert "Traceback" in result.err
    assert result.err.endswith("textseq: there is no file or folder 'x'\n")


def test_what_stands_after_two_dashes_is_no_option(run: Run, vectors: Path):
    result = run("similarity", "--vectors", vectors, "--", "--debug", "--version")
    assert "'--debug' is not among the 7 words" in result.message
