"""The commands that ask word vectors about pairs and more: analogy, similarity, rank, closer,
odd-one-out.

In: words or texts, on the command line or in lines, and a folder or a file of vectors. Out: tables,
numbers or JSON on stdout. What is asked is answered by `vectors/`; an unknown word is one line on
stderr and exit status 1. `nearest` has a file of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from textseq.cli.display import data, hushed, json_line, say
from textseq.cli.folders import load_vectors
from textseq.cli.nearest_command import Restrict
from textseq.cli.neighbour_display import as_json, show_neighbours
from textseq.cli.options import (
    VECTORS,
    Json,
    Method,
    Quiet,
    Vectors,
    bad,
    choice_option,
    number_option,
    value_option,
)
from textseq.cli.question_lines import Input, answer_lines, cells_of, line_lists, word_finder
from textseq.config import TextVectorConfig, VectorFileConfig

if TYPE_CHECKING:
    from textseq.vectors.questions import AnalogyMethod, Neighbour
    from textseq.vectors.text_vectors import TextVectors
    from textseq.vectors.word_vectors import WordVectors

HowMany = Annotated[int, number_option("Words in an answer.", "-n", low=1)]
MaybeA = Annotated[str | None, typer.Argument(metavar="A", show_default=False)]
MaybeB = Annotated[str | None, typer.Argument(metavar="B", show_default=False)]
MaybeC = Annotated[str | None, typer.Argument(metavar="C", show_default=False)]
Common = Annotated[
    Path | None,
    value_option("FILE", "SIF: texts, one a line; what they have in common is removed."),
]


@hushed
def analogy(
    a: MaybeA = None,
    b: MaybeB = None,
    c: MaybeC = None,
    *,
    input: Input = None,
    n: HowMany = 10,
    method: Method = "3cosadd",
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    restrict: Restrict = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Answer the question: A is to B as C is to what?

    Lines of --input are three words each, between tabs or blanks.

    Examples:
      textseq analogy man king woman
      textseq analogy france paris italy -n 1 --json
      textseq analogy --input questions.txt -n 1
    """
    given = _given([a, b, c], input)
    asked = load_vectors(vectors, file)
    find = word_finder(asked)

    def answer(questions: list[tuple[str, ...]]) -> list[list[Neighbour]]:
        return asked.analogies(
            cast("list[tuple[str, str, str]]", questions), n,
            method=cast("AnalogyMethod", method), restrict=restrict,
        )  # fmt: skip

    def show(line: str, words: list[str] | None, answers: list[Neighbour] | None) -> None:
        if json:
            asks = {"line": line} if words is None else dict(zip("abc", words, strict=True))
            json_line(asks | {"answers": None if answers is None else as_json(answers)})
        elif answers is not None:
            if input is not None:
                data(line)
            show_neighbours(answers, indent="" if input is None else "  ")

    _ask(given, input, 3, find, answer, show, json=json)


@hushed
def similarity(
    a: MaybeA = None,
    b: MaybeB = None,
    *,
    input: Input = None,
    texts: Annotated[
        bool, typer.Option("--texts", help="A and B are texts (in lines: between tabs).")
    ] = False,
    method: Annotated[
        str,
        choice_option(
            "--method",
            ["mean", "sif", "wmd"],
            "Texts: cosine of the means, of SIF, or word mover's distance.",
        ),
    ] = "mean",
    common: Common = None,
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print the cosine of two words or texts, -1 to 1.

    Lines of --input are two words each, between tabs or blanks; each gets a number, nan where a
    word is unknown. The word mover's distance (--method wmd) is 0 for the same words.

    Examples:
      textseq similarity king queen
      textseq similarity --texts 'the king is old' 'an old queen' --method wmd
      cut -f1,2 pairs.tsv | textseq similarity --input - --json
    """
    given = _given([a, b], input)
    if not texts and (method != "mean" or common is not None):
        raise bad("--method and --common are of --texts; words have one cosine")
    asked = load_vectors(vectors, file)
    find: Callable[[str], str]
    answer: Callable[[list[Any]], Iterable[float]]
    if texts:
        find, answer = str, _similarities_of_texts(asked, method, common)
    else:
        find, answer = word_finder(asked), lambda pairs: asked.similarities(pairs).tolist()
    name = "distance" if method == "wmd" else "similarity"

    def show(line: str, pair: list[str] | None, value: float | None) -> None:
        if json:
            asks = _pair_of(line, pair)
            json_line(asks | {name: None if value == float("inf") else value})
        else:
            data("nan" if value is None else f"{value:.4f}")

    _ask(given, input, 2, find, answer, show, json=json, texts=texts)


@hushed
def rank(
    a: MaybeA = None,
    b: MaybeB = None,
    *,
    input: Input = None,
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print the position of B among the words near A.

    The nearest has 1; words that are equally near have the same. Lines of --input are two words
    each, between tabs or blanks; each gets a number, nan where a word is unknown.

    Examples:
      textseq rank king queen
      cut -f1,2 pairs.tsv | textseq rank --input - --json
    """
    given = _given([a, b], input)
    asked = load_vectors(vectors, file)

    def show(line: str, pair: list[str] | None, found: int | None) -> None:
        if json:
            json_line(_pair_of(line, pair) | {"rank": found})
        else:
            data("nan" if found is None else str(found))

    _ask(
        given,
        input,
        2,
        word_finder(asked),
        lambda pairs: asked.ranks(pairs).tolist(),
        show,
        json=json,
    )


@hushed
def closer(
    a: MaybeA = None,
    b: MaybeB = None,
    *,
    input: Input = None,
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """List the words that are nearer to A than B is.

    Lines of --input are two words each, between tabs or blanks.

    Examples:
      textseq closer king queen
      textseq closer --input pairs.txt --json
    """
    given = _given([a, b], input)
    asked = load_vectors(vectors, file)

    def show(line: str, pair: list[str] | None, found: list[Neighbour] | None) -> None:
        if json:
            asks = _pair_of(line, pair)
            json_line(asks | {"closer": None if found is None else as_json(found)})
        elif found is not None:
            if input is not None:
                data(line)
            show_neighbours(found, indent="" if input is None else "  ")

    _ask(given, input, 2, word_finder(asked), asked.closer_lists, show, json=json)


@hushed
def odd_one_out(
    words: Annotated[list[str], typer.Argument(metavar="WORD")],
    *,
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print the word that fits the others least.

    Examples:
      textseq odd-one-out france paris germany italy
    """
    if len(words) < 3:
        raise bad(f"{len(words)} words were given; the odd one out needs three or more")
    asked = load_vectors(vectors, file)
    words = list(map(word_finder(asked), words))
    odd = asked.odd_one_out(words)
    if json:
        json_line({"words": words, "odd_one_out": odd})
    else:
        data(odd)


def _pair_of(line: str, pair: list[str] | None) -> dict[str, str]:
    """What was asked, for JSON; the line itself where it was no question."""
    return {"line": line} if pair is None else dict(zip("ab", pair, strict=True))


def _given(words: list[str | None], file: str | None) -> list[str] | None:
    """The words, or None where a file has them; BadParameter for both, neither or a part."""
    given = [word for word in words if word is not None]
    if file is not None and given:
        raise bad("questions were given twice, on the command line and by --input; one works")
    if file is None and len(given) < len(words):
        raise bad(f"{len(given)} of {len(words)} were given; --input FILE has a question a line")
    return None if file is not None else given


def _ask(
    given: list[str] | None, file: str | None, n: int, find: Callable[[str], str],
    answer: Callable[[list[Any]], Iterable[Any]],
    show: Callable[[str, list[str] | None, Any], None], *, json: bool, texts: bool = False,
) -> None:  # fmt: skip
    """Answer the words given, or the lines of a file with `n` of them each.

    In JSON there is a value for each question, one that could not be read, too.
    """

    def read(line: str | list[str]) -> tuple[list[str], tuple[str, ...]]:
        cells = cells_of(line, n, texts=texts) if isinstance(line, str) else line
        return cells, tuple(map(find, cells))

    def show_line(line: str | list[str], question: Any, each: Any) -> None:
        show(
            line if isinstance(line, str) else " ".join(line),
            None if question is None else question[0],
            each,
        )

    lists: Iterable[list[Any]] = line_lists([], file) if given is None else [[given]]
    answer_lines(
        lists, read, lambda asked: answer([found for _, found in asked]), show_line,
        single=given is not None and not json,
    )  # fmt: skip


def _similarities_of_texts(
    vectors: WordVectors, method: str, common: Path | None
) -> Callable[[list[tuple[str, str]]], list[float]]:
    if method == "wmd":
        from textseq.vectors.preparation import Preparation
        from textseq.vectors.word_movers import word_movers_distance

        preparation = Preparation(vectors)
        return lambda pairs: [word_movers_distance(preparation, a, b) for a, b in pairs]
    made = text_vectors(vectors, TextVectorConfig(method=cast(Any, method)), common)
    return lambda pairs: [made.similarity(a, b) for a, b in pairs]


def text_vectors(
    vectors: WordVectors, config: TextVectorConfig, common: Path | None
) -> TextVectors:
    """How texts become vectors; SIF is fitted to the texts of a file."""
    from textseq.vectors.text_vectors import TextVectors

    made = TextVectors(vectors, config)
    if config.method != "sif":
        if common is not None:
            raise bad("--common goes with --method sif")
    elif common is None:
        say(
            "textseq: what texts have in common is not removed; --common FILE finds it in its lines"
        )
    else:
        from textseq.config import TextConfig
        from textseq.text.reading.corpus import read_lines

        made.fit(read_lines(common, TextConfig()))
    return made
