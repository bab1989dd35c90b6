"""The command `nearest`: the words near others, near sums of them, near texts and vectors.

In: arguments, lines of standard input or of a file, and a folder or a file of vectors. Out: tables
or JSON on stdout. On a terminal and without words it is a prompt (question_prompt.py).
"""

from __future__ import annotations

import itertools
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli.display import data, hushed, json_line, many, say
from textseq.cli.folders import load_vectors
from textseq.cli.neighbour_display import as_json, show_neighbours
from textseq.cli.options import (
    VECTORS,
    Json,
    Quiet,
    Vectors,
    argument,
    bad,
    number,
    number_option,
    value_option,
)
from textseq.cli.question_lines import Input, answer_lines, line_lists, word_finder
from textseq.config import VectorFileConfig

if TYPE_CHECKING:
    from textseq.vectors.questions import Neighbour
    from textseq.vectors.word_vectors import WordVectors

Restrict = Annotated[
    int | None, number_option("Look among this many most frequent words only.", low=1)
]


def cosine(given: Any) -> Any:
    """The parser of --threshold."""
    value = number(float, -1, finite=True)(given)
    if value > 1:
        raise bad(f"{given} was given; a cosine is 1 at most")
    return value


def expression(given: Any) -> Any:
    """The parser of --pattern."""
    try:
        return re.compile(str(given))
    except re.error as error:
        raise bad(f"{str(given)!r} is no regular expression: {error}") from None


@dataclass(frozen=True)
class Wanted:
    """Which words are answers, and how many."""

    n: Annotated[
        int | None,
        number_option("Words in an answer (default: 10; with --threshold all).", "-n", low=1),
    ] = None
    threshold: Annotated[
        float | None,
        value_option("X", "Only words of this cosine or more, -1 to 1.", parser=cosine),
    ] = None
    pattern: Annotated[
        Any,
        value_option(
            "REGEX", "Only words in which this is found; ^ and $ are their ends.", parser=expression
        ),
    ] = None
    exclude: Annotated[
        list[str] | None, value_option("WORD", "Leave this word out (may be given again).")
    ] = None
    restrict: Restrict = None
    approximate: Annotated[
        bool,
        typer.Option(
            "--approximate", help="Ask the index that `textseq index` made; it misses a few."
        ),
    ] = False

    def options(self, vectors: WordVectors) -> dict[str, Any]:
        """The options of `WordVectors.nearest`, with the spellings that the vocabulary has."""
        find, excluded = word_finder(vectors), []
        for word in self.exclude or ():
            with suppress(KeyError):  # a word without a vector cannot be an answer anyway
                excluded.append(find(word))
        return vars(self) | {"exclude": excluded}


@hushed
def nearest(
    words: Annotated[
        list[str] | None,
        argument("WORD", "- reads words from standard input; none at all: a prompt."),
    ] = None,
    *,
    minus: Annotated[
        list[str] | None,
        value_option("WORD", "Subtract this from the sum of the others (may be given again)."),
    ] = None,
    sum: Annotated[
        bool, typer.Option("--sum", help="Near the sum of all words, not each by itself.")
    ] = False,
    weights: Annotated[
        str | None, value_option("X,X,...", "The same sum with a weight for each word.")
    ] = None,
    which: Wanted,
    input: Input = None,
    texts: Annotated[
        bool, typer.Option("--texts", help="Lines are texts: near the mean of their words.")
    ] = False,
    numbers: Annotated[
        bool, typer.Option("--numbers", help="Lines are vectors: numbers, or lists in JSON.")
    ] = False,
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the words nearest to each word, or to a sum.

    Examples:
      textseq nearest king
      textseq nearest king woman --minus man
      textseq nearest paris tokyo --weights 1,0.5 --threshold 0.6
      textseq nearest king --pattern '^qu' --exclude queen -n 3
      cut -f1 words.tsv | textseq nearest - --json
      textseq nearest --approximate --input words.txt --json
      textseq nearest --texts --input lines.txt --vectors glove.6B.100d.txt
    """
    words = list(words or [])
    is_sum = sum or bool(minus) or weights is not None
    _check(words, input, is_sum=is_sum, texts=texts, numbers=numbers)
    _check_index(which, file)
    factors = _factors(weights, len(words)) if is_sum else []
    if not words and input is None:
        if texts or numbers:
            words = ["-"]
        elif sys.stdin.isatty() and sys.stdout.isatty():
            from textseq.cli.question_prompt import prompt

            asked = load_vectors(vectors, file)
            _say_what_is_missed(asked, which, quiet=quiet)
            prompt(asked, which.options(asked))
            return
        else:
            raise bad(
                "no word was given; `textseq nearest king` asks for one, - reads words from "
                "standard input, and on a terminal there is a prompt"
            )
    asked = load_vectors(vectors, file)
    _say_what_is_missed(asked, which, quiet=quiet)
    options = which.options(asked)
    how: dict[str, Any] = {"approximate": True} if which.approximate else {}
    if is_sum:
        _near_sum(asked, words, minus or [], factors, options, json=json)
        return
    single = len(words) == 1 and words != ["-"] and input is None  # and its answer has no title
    kind = "text" if texts else "vector" if numbers else "word"
    numbers_of_lines, gap = itertools.count(1), ""

    def show(line: str, question: Any, answer: list[Neighbour] | None) -> None:
        nonlocal gap
        asks: dict[str, Any] = {kind: next(numbers_of_lines) if kind == "vector" else line}
        if json:
            if kind == "word" and question not in (None, line):
                asks["found"] = question
            json_line(asks | how | {"nearest": None if answer is None else as_json(answer)})
        elif answer is not None:
            if not single:
                data(f"{gap}vector {asks[kind]}" if kind == "vector" else f"{gap}{line}")
            show_neighbours(answer, indent="" if single else "  ")
            gap = "\n"

    read, answer = _asking(asked, kind, options)
    answer_lines(line_lists(words, input), read, answer, show, single=single and not json)


def _say_what_is_missed(vectors: WordVectors, which: Wanted, *, quiet: bool) -> None:
    """That answers are approximate; an index that cannot be asked is an error by now."""
    if which.approximate:
        recall = vectors.index_recall
        if not quiet:
            say(
                f"textseq: approximate: the index found {recall:.1%} of the ten nearest when it "
                "was made; cosines are exact"
            )


def _check(words: list[str], file: str | None, *, is_sum: bool, texts: bool, numbers: bool) -> None:
    """Wrong use for what does not go together."""
    if texts and numbers:
        raise bad("--texts and --numbers say different things of the lines; one of them works")
    if is_sum and (texts or numbers or file is not None or "-" in words):
        raise bad("a sum (--sum, --minus, --weights) is one of words on the command line")
    if is_sum and not words:
        raise bad("a sum needs a WORD, which is added; --minus is what is subtracted")


def _check_index(which: Wanted, file: VectorFileConfig) -> None:
    """Wrong use for what an index cannot do, before anything is said of the index."""
    others = {
        "--pattern": which.pattern, "--restrict": which.restrict, "--limit": file.limit,
        "--only-words": file.only_words,
    }  # fmt: skip
    for option, value in others.items():
        if which.approximate and value is not None:
            raise bad(
                f"an index finds the nearest of all words; {option} does not go with --approximate"
            )


def _factors(weights: str | None, n_words: int) -> list[float]:
    """The weight of each word; BadParameter for what are none."""
    if weights is None:
        return [1.0] * n_words
    factors = [number(float, finite=True)(each.strip()) for each in weights.split(",")]
    if len(factors) != n_words:
        raise bad(f"--weights has {many(len(factors), 'number')} for {many(n_words, 'word')}")
    return factors


def _near_sum(
    vectors: WordVectors, words: list[str], minus: list[str], factors: list[float],
    options: dict[str, Any], *, json: bool,
) -> None:  # fmt: skip
    find = word_finder(vectors)
    added, subtracted = list(map(find, words)), list(map(find, minus))
    answer = vectors.nearest_combined(list(zip(added, factors, strict=True)), subtracted, **options)
    if json:
        asked = {"positive": added, "negative": subtracted, "weights": factors}
        how = {"approximate": True} if options["approximate"] else {}
        json_line(asked | how | {"nearest": as_json(answer)})
    else:
        show_neighbours(answer)


def _asking(vectors: WordVectors, kind: str, options: dict[str, Any]) -> tuple[Any, Any]:
    """How a line of this kind is read, and how many are answered."""
    import numpy as np

    from textseq.vectors.rows import unit_vector

    if kind == "word":
        return word_finder(vectors), lambda words: vectors.nearest(words, **options)
    if kind == "vector":
        numbers_of_lines = itertools.count(1)

        def read_vector(line: str) -> Any:
            inside = line[1:-1] if line[:1] == "[" and line[-1:] == "]" else line
            where = next(numbers_of_lines)
            try:
                cells = [float(cell) for cell in inside.replace(",", " ").split()]
                return unit_vector(np.array(cells), vectors.dim)
            except ValueError as error:
                raise ValueError(f"vector {where}: {error}") from None

        def answer(rows: list[Any]) -> Any:
            return vectors.nearest(np.array(rows).reshape(len(rows), vectors.dim), **options)

        return read_vector, answer
    from textseq.vectors.text_vectors import TextVectors

    texts = TextVectors(vectors)

    def read_text(line: str) -> str:
        if not texts.preparation.rows(line):
            raise ValueError(f"no word of {line!r} is among the {len(vectors):,} words")
        return line

    return read_text, lambda lines: texts.nearest(lines, **options)
