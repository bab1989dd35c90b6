"""The command `eval-w2v`: how good word vectors are, by question files.

In: vectors, files of questions or of rated pairs (without any: those of the bundled corpus).
Out: a table by section and by file, with what one must know to compare it: how many counted, how
many were skipped, the vocabulary cut and the rule. The scores are those of
`vectors/evaluation.py`. A file of which nothing counts is an error, behind what the others gave.
"""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from textseq.bundled import ANALOGIES, CORPUS, PAIRS, bundled
from textseq.cli.display import data, json_line, say, table
from textseq.cli.eval_table import show_model_table
from textseq.cli.folders import load_vectors
from textseq.cli.options import (
    VECTORS,
    Json,
    Method,
    Vectors,
    argument,
    choice_option,
    number_option,
    value_option,
)
from textseq.config import UnknownWords, VectorFileConfig

if TYPE_CHECKING:
    from textseq.vectors.evaluation import AnalogyResult, AnalogyScore, PairsResult
    from textseq.vectors.question_files import Pair
    from textseq.vectors.word_vectors import AnalogyMethod, WordVectors


def eval_w2v(
    models: Annotated[
        list[Path] | None,
        argument("VECTORS", "Several folders or files, in one table; nothing: --vectors."),
    ] = None,
    *,
    analogies: Annotated[
        list[Path] | None,
        value_option(
            "FILE",
            "Questions as in questions-words.txt, by section; pairs as in BATS, or a folder.",
        ),
    ] = None,
    pairs: Annotated[
        list[Path] | None,
        value_option(
            "FILE", "Two words and a rating a line; TSV, CSV or blanks. May be given again."
        ),
    ] = None,
    outliers: Annotated[
        list[Path] | None,
        value_option("PATH", "Words and outliers as in 8-8-8: a file, or a folder. A table."),
    ] = None,
    categories: Annotated[
        list[Path] | None,
        value_option("FILE", "Words to cluster, a category a line: `name: word ...`. A table."),
    ] = None,
    restrict: Annotated[
        int, number_option("Analogies: most frequent words (0: all).", low=0)
    ] = 30_000,
    method: Method = "3cosadd",
    unknown: Annotated[
        str,
        choice_option(
            "--unknown",
            get_args(UnknownWords),
            "A table; what has an unknown word is skipped, wrong, or skipped for all (common).",
        ),
    ] = "skip",
    case: Annotated[
        bool, typer.Option("--case", help="Tell words apart that differ by case only.")
    ] = False,
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    json: Json = False,
) -> None:
    """Score vectors: analogies by section, and rated pairs.

    Without files: the answer sheets of the bundled corpus, which fit vectors trained on it.

    Examples:
      textseq eval-w2v
      textseq eval-w2v --analogies questions-words.txt --restrict 30000
      textseq eval-w2v --pairs SimLex-999.txt --analogies BATS_3.0
      textseq eval-w2v ./one ./other --pairs wordsim353.tsv
    """
    if models or outliers or categories or unknown != "skip":
        show_model_table(
            models or [vectors], analogies or [], pairs or [], outliers or [], categories or [],
            restrict=restrict or None, case=case, method=method, unknown=unknown, file=file,
            json=json,
        )  # fmt: skip
        return
    from textseq.vectors.evaluation import (
        evaluate_analogies,
        evaluate_pairs,
        read_analogies,
        read_rated_pairs,
    )

    of_bundled = not analogies and not pairs
    if of_bundled:
        analogies, pairs = [bundled(ANALOGIES)], [bundled(PAIRS)]
    # The files first: a wrong line is found before the vectors are read.
    asked = [(path, read_analogies(path)) for path in analogies or ()]
    rated: list[tuple[Path, list[Pair]]] = []
    for path in pairs or ():
        read = read_rated_pairs(path)
        rated.append((path, read.pairs))
        for note in read.notes:
            say(f"textseq: {note}")
    scored = load_vectors(vectors, file)
    if of_bundled and not _is_of_bundled(scored):
        say(
            f"textseq: {vectors} is not known to be of the bundled corpus, and these are that "
            "corpus's answer sheets; --analogies FILE and --pairs FILE score by others"
        )
    found: dict[str, list[tuple[Path, dict[str, Any]]]] = {"analogies": [], "pairs": []}
    empty: list[str] = []
    for n_before, (path, sections) in enumerate(asked):
        result = evaluate_analogies(
            scored,
            sections,
            restrict=restrict or None,
            lowercase=not case,
            method=cast("AnalogyMethod", method),
        )
        found["analogies"].append((path, result.to_json()))
        if not result.total.counted:
            questions = [question for section in sections for question in section.questions]
            empty.append(_why(path, "question", scored, questions, restrict or None, case=case))
        if not json:
            _show_analogies(result, path.name if len(asked) > 1 else "", after=n_before > 0)
    agreements: list[tuple[str, PairsResult]] = []
    for path, given in rated:
        agreement = evaluate_pairs(scored, given, lowercase=not case)
        found["pairs"].append((path, agreement.to_json()))
        agreements.append((path.name if len(rated) > 1 else "all", agreement))
        if agreement.counted and agreement.spearman is None:
            say(f"textseq: {path}: {_why_no_correlation(agreement)}")
        if not agreement.counted:
            words = [(one, other) for one, other, _ in given]
            empty.append(_why(path, "pair", scored, words, None, case=case))
    if agreements and not json:
        _show_pairs(agreements, after=bool(asked))
    if json:
        json_line({name: _as_json(results) for name, results in found.items() if results})
    if empty:
        raise ValueError("; ".join(empty))


def _as_json(results: list[tuple[Path, dict[str, Any]]]) -> Any:
    """The result of one file as it is, those of several as a list with their names."""
    if len(results) == 1:
        return results[0][1]
    return [{"file": str(path), **result} for path, result in results]


def _is_of_bundled(vectors: WordVectors) -> bool:
    """Whether vectors say that they were made of the bundled corpus."""
    source = vectors.config.get("source")
    if not isinstance(source, dict):
        return False
    text = gzip.decompress(bundled(CORPUS).read_bytes())
    return source.get("blake2b") == hashlib.blake2b(text, digest_size=32).hexdigest()


def _why(
    path: Path, what: str, vectors: WordVectors, asked: Any, restrict: int | None, *, case: bool
) -> str:
    """A sentence: why no question or pair of a file counts."""
    from textseq.vectors.evaluation import uncounted

    why = uncounted(vectors, asked, restrict=restrict, lowercase=not case)
    words = ", ".join(repr(word[:30]) for word in why.asked)
    if why.without_cut:
        reason = f"--restrict 0 counts {why.without_cut:,}: their words are behind the cut"
    elif why.without_case:
        reason = f"without --case {why.without_case:,} count: their words differ by case"
    elif not why.n_known_of_all:
        has = ", ".join(repr(word[:30]) for word in why.has)
        reason = f"none of its words ({words} ...) is in the vocabulary ({has} ...)"
    else:
        of_one = "all four words" if what == "question" else "both words"
        n_known, be = why.n_known, "is" if why.n_known == 1 else "are"
        where = "in the vocabulary"
        if restrict is not None and n_known < why.n_known_of_all:
            where = (
                f"among the {restrict:,} most frequent that --restrict {restrict} leaves, "
                f"{why.n_known_of_all:,} in the whole vocabulary"
            )
        reason = (
            f"{n_known:,} of its {why.n_words:,} words ({words} ...) {be} {where}, "
            f"but of no {what} {of_one}"
        )
    return f"{path}: no {what} counts; {reason}"


def _why_no_correlation(result: PairsResult) -> str:
    """A sentence: why pairs that count have no rank correlation."""
    if result.counted == 1:
        return "one pair counted, and one pair has no rank correlation; two or more have one"
    return (
        f"{result.counted:,} pairs counted, of which all ratings or all cosines are equal, so "
        "there is no rank correlation"
    )


def _show_analogies(result: AnalogyResult, name: str, *, after: bool) -> None:
    if after:
        data("")
    scores = [*result.sections]
    scores += [score for score in (result.semantic, result.syntactic) if score is not None]
    rows = [(name or "analogies", "correct", "counted", "skipped", "accuracy")]
    table([*rows, *map(_row, scores), _row(result.total)])
    cut = "all words" if result.restrict is None else f"the {result.restrict:,} most frequent words"
    case = "; case does not count" if result.lowercase else ""
    data(f"vocabulary: {result.vocabulary:,} words, cut at {cut}; {result.method}{case}")
    data(f"rule: {result.rule}")


def _row(score: AnalogyScore) -> tuple[str, ...]:
    percent = "-" if score.accuracy is None else f"{100 * score.accuracy:.1f} %"
    return score.name, f"{score.correct:,}", f"{score.counted:,}", f"{score.skipped:,}", percent


def _show_pairs(results: list[tuple[str, PairsResult]], *, after: bool) -> None:
    """A row for each file."""
    if after:
        data("")
    rows = [("pairs", "counted", "skipped", "Spearman", "Pearson")]
    for name, result in results:
        numbers = ["-" if r is None else f"{r:.3f}" for r in (result.spearman, result.pearson)]
        rows.append((name, f"{result.counted:,}", f"{result.skipped:,}", numbers[0], numbers[1]))
    table(rows)
    data(f"vocabulary: {results[0][1].vocabulary:,} words")
    data(f"rule: {results[0][1].rule}")
