"""Lines of questions: how a batch is asked, and what becomes of lines that are no questions.

In: arguments, lines of standard input or of a file, and functions that read, answer and show one.
Out: answers in order. Lines that are there already are answered together, so that a batch is one
product of matrices and nobody waits at a pipe. What cannot be answered is told on stderr, between
the answers where it belongs, and the exit status is 1 then.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from textseq.advice import in_a_shell
from textseq.cli.display import say
from textseq.cli.options import bad, value_option

if TYPE_CHECKING:
    from textseq.vectors.preparation import Preparation
    from textseq.vectors.word_vectors import WordVectors

Line = TypeVar("Line")
Question = TypeVar("Question")
Answer = TypeVar("Answer")

Input = Annotated[
    str | None, value_option("FILE", "Questions from a file, one a line (-: standard input).")
]
_LINES_AT_ONCE = 256
_SPELLINGS = 10  # looking for those of an unknown word takes longer than many answers


def line_lists(arguments: Sequence[str], file: str | None) -> Iterator[list[str]]:
    """The arguments, with the lines of standard input in the place of "-", then those of a file."""
    if [*arguments, file].count("-") > 1:
        raise bad("standard input (-) was given twice; it can be read only once")
    begun: list[str] = []
    for argument in arguments:
        if argument != "-":
            begun.append(argument)
            continue
        yield begun
        begun = []
        yield from _lines_of("-")
    yield begun
    if file is not None:
        yield from _lines_of(file)


def _lines_of(file: str) -> Iterator[list[str]]:
    """The lines of a file that are not empty, as they come in, some hundred of them at most."""
    from textseq.config import TextConfig
    from textseq.text.reading.corpus import read_line_lists

    for lines in read_line_lists(file, TextConfig()):
        full = [line.strip() for line in lines if line.strip()]
        for start in range(0, len(full), _LINES_AT_ONCE):
            yield full[start : start + _LINES_AT_ONCE]
            sys.stdout.flush()  # for whoever waits for the answers


def answer_lines(
    lists: Iterable[list[Line]],
    read: Callable[[Line], Question],
    answer: Callable[[list[Question]], Iterable[Answer]],
    show: Callable[[Line, Question | None, Answer | None], None],
    *,
    single: bool = False,
) -> None:
    """Read, answer and show all lines; None for what could not be read, typer.Exit(1) then.

    `single`: there is one question, whose error ends the command.
    """
    n_unread = 0
    for lines in lists:
        asked: list[Question | Exception] = []
        for line in lines:
            try:
                asked.append(read(line))
            except (ValueError, KeyError) as error:
                if single:
                    raise
                asked.append(error)
        answers = iter(answer([each for each in asked if not isinstance(each, Exception)]))
        for line, question in zip(lines, asked, strict=True):
            if isinstance(question, Exception):
                n_unread += 1
                _tell(question, with_spellings=n_unread <= _SPELLINGS)
                show(line, None, None)
            else:
                show(line, question, next(answers))
    if n_unread:
        raise typer.Exit(1)


def _tell(error: Exception, *, with_spellings: bool) -> None:
    from textseq.vectors.word_vectors import UnknownWordError

    sys.stdout.flush()
    if isinstance(error, UnknownWordError) and not with_spellings:
        say(f"textseq: {error.word!r} is not among the {len(error.vocab):,} words")
    else:
        say(f"textseq: {in_a_shell(str(error))}")


def cells_of(line: str, n: int, *, texts: bool = False) -> list[str]:
    """The `n` words of a line, between tabs or else blanks, or texts; ValueError for others."""
    tabs = texts or "\t" in line
    cells = [cell.strip() for cell in line.split("\t")] if tabs else line.split()
    if len(cells) != n:
        what = "texts, between tabs" if texts else "words, between tabs or blanks"
        raise ValueError(f"{line!r} is not {n} {what}")
    return cells


def word_finder(vectors: WordVectors) -> Callable[[str], str]:
    """The spelling that the vocabulary has of a word; see `Preparation.find_word`."""

    @cache
    def preparation() -> Preparation:
        from textseq.vectors.preparation import Preparation

        return Preparation(vectors)

    # Most words are there as they are, and need nothing that has to be loaded.
    return lambda word: word if word in vectors else preparation().find_word(word)
