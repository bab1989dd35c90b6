"""The commands that ask word vectors: nearest, analogy, similarity, odd-one-out.

In: words, and a folder or a file of vectors. Out: tables or JSON on stdout. What is asked is
answered by `vectors/`; an unknown word is one line on stderr and exit status 1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, cast

import typer

from textseq.cli.display import data, json_line, say, table
from textseq.cli.folders import load_vectors
from textseq.cli.options import VECTORS, Json, Method, Vectors, argument, bad, number_option
from textseq.config import VectorFileConfig

if TYPE_CHECKING:
    from textseq.vectors.questions import AnalogyMethod, Neighbour

HowMany = Annotated[int, number_option("Words in an answer.", "-n", low=0)]
Restrict = Annotated[
    int | None, number_option("Look among this many most frequent words only.", low=1)
]


def nearest(
    words: Annotated[list[str], argument("WORD", "- reads words from standard input.")],
    *,
    n: HowMany = 10,
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    restrict: Restrict = None,
    json: Json = False,
) -> None:
    """List the words of the largest cosine to each word.

    Examples:
      textseq nearest king
      textseq nearest -n 3 paris tokyo --vectors glove.6B.100d.txt
      cut -f1 words.tsv | textseq nearest - --json
    """
    from textseq.vectors.word_vectors import UnknownWordError

    asked = load_vectors(vectors, file)
    single = len(words) == 1 and words != ["-"]
    all_known = first = True
    for word in _words(words):
        try:
            answer = asked.nearest(word, n, restrict=restrict)
        except UnknownWordError as error:
            if single:
                raise
            all_known = False  # the others get their answers, and each line stays in its place
            sys.stdout.flush()
            say(f"textseq: {error}")
            if json:
                json_line({"word": word, "nearest": None})
            continue
        if json:
            json_line({"word": word, "nearest": [each._asdict() for each in answer]})
        else:
            if not single:
                data(word if first else f"\n{word}")
            _show(answer, indent="" if single else "  ")
        first = False
    if not all_known:
        raise typer.Exit(1)


def analogy(
    a: Annotated[str, typer.Argument(metavar="A")],
    b: Annotated[str, typer.Argument(metavar="B")],
    c: Annotated[str, typer.Argument(metavar="C")],
    *,
    n: HowMany = 10,
    method: Method = "3cosadd",
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    restrict: Restrict = None,
    json: Json = False,
) -> None:
    """Answer the question: A is to B as C is to what?

    Examples:
      textseq analogy man king woman
      textseq analogy france paris italy -n 1 --json
    """
    answer = load_vectors(vectors, file).analogy(
        a, b, c, n, method=cast("AnalogyMethod", method), restrict=restrict
    )
    if json:
        json_line({"a": a, "b": b, "c": c, "answers": [each._asdict() for each in answer]})
    else:
        _show(answer)


def similarity(
    a: Annotated[str, typer.Argument(metavar="A")],
    b: Annotated[str, typer.Argument(metavar="B")],
    *,
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    json: Json = False,
) -> None:
    """Print the cosine of two words, -1 to 1.

    Examples:
      textseq similarity king queen
    """
    cosine = load_vectors(vectors, file).similarity(a, b)
    if json:
        json_line({"a": a, "b": b, "similarity": cosine})
    else:
        data(f"{cosine:.4f}")


def odd_one_out(
    words: Annotated[list[str], typer.Argument(metavar="WORD")],
    *,
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    json: Json = False,
) -> None:
    """Print the word that fits the others least.

    Examples:
      textseq odd-one-out france paris germany italy
    """
    if len(words) < 3:
        raise bad(f"{len(words)} words were given; the odd one out needs three or more")
    odd = load_vectors(vectors, file).odd_one_out(words)
    if json:
        json_line({"words": words, "odd_one_out": odd})
    else:
        data(odd)


def _words(words: list[str]) -> Iterator[str]:
    """The words, those of standard input in the place of "-", as they come in."""
    if words.count("-") > 1:
        raise bad("standard input (-) was given twice; it can be read only once")
    for word in words:
        if word != "-":
            yield word
            continue
        from textseq.config import TextConfig
        from textseq.text.reading.corpus import read_lines

        for line in read_lines("-", TextConfig()):
            if line.strip():
                yield line.strip()
            sys.stdout.flush()  # an answer for each line, for whoever waits for it


def _show(answer: list[Neighbour], indent: str = "") -> None:
    table([(each.word, f"{each.similarity:.4f}") for each in answer], indent=indent)
