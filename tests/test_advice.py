"""Messages with advice for Python and for a shell, and all the advice in the source."""

from __future__ import annotations

import ast
import copy
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

import textseq
from textseq.advice import Message, advise, either, in_a_shell, in_python
from textseq.cli.app import make_app
from textseq.cli.train_flags import SEPARATORS
from textseq.config.unused import _RULES
from textseq.text.notices import TextNotice
from textseq.text.reading.bad_rows import BadRows
from textseq.text.reading.sources import naming
from textseq.text.reading.table_columns import NoColumn, locate_columns

PACKAGE = Path(textseq.__file__).parent
SOURCES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}


@pytest.mark.parametrize(
    ("message", "python", "shell"),
    [
        (advise("errors", "replace"), "errors='replace'", "--errors replace"),
        (advise("min_count"), "min_count", "--min-count"),
        (advise("token", 1), "token=1", "--token 1"),
        (advise("comment", "#"), "comment='#'", "--comment '#'"),
        (advise("comment", ""), "comment=''", "--comment ''"),
        (advise("separator", "\t"), "separator='\\t'", "--separator tab"),
        (advise("separator", "blank"), "separator='blank'", "--separator blank"),
        (advise("header", True), "header=True", "--header"),
        (advise("header", False), "header=False", "--no-header"),
        (advise("quoted", True), "quoted=True", "--quoted"),
        (advise("quoted", False), "quoted=False", "--not-quoted"),
        (either("a", ""), "a", ""),
    ],
)
def test_advice_in_both_forms(message: Message, python: str, shell: str):
    assert message == python
    assert in_a_shell(message) == shell
    assert in_a_shell("a: " + message + "; b") == f"a: {shell}; b"
    assert in_a_shell(message + message) == shell + shell
    plain = in_python("a: " + message)
    assert (type(plain), plain) == (str, f"a: {python}")


def test_errors_and_notices_keep_it():
    message = "a: " + advise("header", True)
    for error in (ValueError(message), FileNotFoundError(message), TextNotice(message)):
        for same in (error, copy.copy(error), pickle.loads(pickle.dumps(error))):
            assert str(same) == "a: header=True"
            assert in_a_shell(str(same)) == "a: --header"
    with pytest.raises(ValueError, match=r"^b, c: a: header=True$") as caught, naming(["b", "c"]):
        raise ValueError(message)
    assert in_a_shell(str(caught.value)) == "b, c: a: --header"
    with pytest.raises(ValueError, match=r"^a: header=True; more; bad_rows='skip'") as caught:
        BadRows().refuse(message, more="; more")
    assert in_a_shell(str(caught.value)) == (
        "a: --header; more; --bad-rows skip leaves such rows out"
    )


def test_a_column_that_is_not_there():
    with pytest.raises(NoColumn) as caught:
        locate_columns(["a", "b"], "c", named=True)
    error = caught.value.behind("t.csv", "; or by number")
    for same in (error, pickle.loads(pickle.dumps(error))):
        assert str(same) == "t.csv has no column 'c'; it has a, b; or by number"
        assert in_a_shell(str(same)) == f"{same}; options such as --text name the columns"


# --- all there is


def flags_of_commands() -> set[str]:
    app: Any = typer.main.get_command(make_app())
    return {
        flag
        for command in app.commands.values()
        for parameter in command.params
        for flag in (*parameter.opts, *parameter.secondary_opts)
    }


def advising(name: str) -> Iterator[tuple[Path, ast.Call]]:
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
                yield path, node


def test_commands_have_every_option_that_is_advised():
    known, n_seen = flags_of_commands(), 0
    for path, call in advising("advise"):
        if path.name == "unused.py":
            continue  # its options stand in a table, which the next test reads
        option = ast.literal_eval(call.args[0])
        values = [each.value for each in call.args[1:] if isinstance(each, ast.Constant)]
        said = in_a_shell(advise(option, *values))
        assert said.split()[0] in known, (path, call.lineno)
        n_seen += 1
    for path, call in advising("either"):
        for each in ast.walk(call.args[1]):
            flags = re.findall(r"--[\w-]+", str(getattr(each, "value", "")))
            assert known.issuperset(flags), (path, call.lineno)
        n_seen += 1
    assert n_seen > 30


def test_commands_have_the_options_of_the_table_of_unused_ones():
    known = flags_of_commands()
    for rule in _RULES:
        assert rule.values
        for option in (*rule.options, rule.other):
            assert option in rule.kind().option_names
            assert in_a_shell(advise(option)) in known


def test_the_words_for_separators_are_those_of_the_command_line():
    marks = {mark: name for name, mark in SEPARATORS.items() if mark is not None}
    for mark, name in marks.items():
        assert in_a_shell(advise("separator", mark)) == f"--separator {name}"


def lost(tree: ast.AST) -> Iterator[int]:
    """The lines of f-strings that have advice in them, or a name that stands for some."""
    for scope in ast.walk(tree):
        if not isinstance(scope, ast.FunctionDef | ast.Module):
            continue
        names = {"advise", "either"}
        n_before = 0
        while len(names) > n_before:
            n_before = len(names)
            for node in ast.walk(scope):
                if isinstance(node, ast.Assign) and _adds(node.value, names):
                    names |= {each.id for each in node.targets if isinstance(each, ast.Name)}
        for node in ast.walk(scope):
            if isinstance(node, ast.FormattedValue) and names & _names_in(node.value):
                yield node.lineno


def _adds(value: ast.expr, names: set[str]) -> bool:
    """Whether a value is text with one of these in it: called, alone, or between +."""
    if isinstance(value, ast.BinOp):
        return _adds(value.left, names) or _adds(value.right, names)
    if isinstance(value, ast.IfExp):
        return _adds(value.body, names) or _adds(value.orelse, names)
    return isinstance(value, ast.Name | ast.Call) and (
        getattr(value.func if isinstance(value, ast.Call) else value, "id", "") in names
    )


def _names_in(value: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}


def test_no_advice_is_lost_in_an_f_string():
    found = {str(path): list(lost(tree)) for path, tree in SOURCES.items()}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    raise ValueError(f'a: {advise(\"x\")}')",
        "def f():\n    more = 'b' + advise('x')\n    raise ValueError(f'a: {more}')",
        "A = either('a', 'b')\ndef f():\n    helps = A if f else ''\n    return f'a: {helps}'",
    ],
)
def test_the_test_of_f_strings_sees(source: str):
    assert list(lost(ast.parse(source)))
