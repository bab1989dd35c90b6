"""The command `eval-w2v`: how good word vectors are, by question files.

In: vectors, files of questions or of rated pairs (without any: those of the bundled corpus).
Out: a table by section and by file, with what one must know to compare it: how many counted, how
many were skipped, the vocabulary cut and the rule. The scores are those of
`vectors/scores/vector_scores.py`. A file of which nothing counts is an error, behind what the
others gave.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer

from textseq.cli.display import data, json_line, table
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
    from textseq.vectors.questions import AnalogyMethod
    from textseq.vectors.scores.evaluation import AnalogyResult, AnalogyScore, PairsResult


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
    seed: Annotated[int, number_option("Seed of the bootstrap behind a table.", low=0)] = 1,
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    json: Json = False,
) -> None:
    """Score vectors: analogies by section, and rated pairs.

    Without files: the answer sheets of the bundled corpus, which fit vectors trained on it. Several
    vectors come in one table, which says of each two whether one is better.

    Examples:
      textseq eval-w2v
      textseq eval-w2v --analogies questions-words.txt --restrict 30000
      textseq eval-w2v --pairs SimLex-999.txt --analogies BATS_3.0
      textseq eval-w2v ./one ./other --pairs wordsim353.tsv
    """
    if models or outliers or categories or unknown != "skip":
        show_model_table(
            models or [vectors], analogies or [], pairs or [], outliers or [], categories or [],
            restrict=restrict or None, case=case, method=method, unknown=unknown, seed=seed,
            file=file, json=json,
        )  # fmt: skip
        return
    from textseq.vectors.scores.question_files import read_analogies, read_rated_pairs
    from textseq.vectors.scores.vector_scores import evaluate_vectors, read_each

    # The files first: a wrong line is found before the vectors are read.
    questions = read_each(analogies, read_analogies) if analogies else None
    rated = read_each(pairs, read_rated_pairs) if pairs else None
    scores = evaluate_vectors(
        load_vectors(vectors, file),
        analogies=questions,
        pairs=rated,
        restrict=restrict or None,
        lowercase=not case,
        method=cast("AnalogyMethod", method),
    )
    if json:
        found = scores.to_json()
        json_line({kind: _as_json(results) for kind, results in found.items() if results})
    else:
        _show_analogies(scores.analogies)
        _show_pairs(scores.pairs, after=bool(scores.analogies))
    if scores.empty:
        why, *others = scores.empty
        for other in others:
            why = why + "; " + other  # which keeps the advice for a command line
        raise ValueError(why)


def _as_json(results: dict[str, Any]) -> Any:
    """The result of one file as it is, those of several as a list with their names."""
    if len(results) == 1:
        return next(iter(results.values()))
    return [{"file": name, **result} for name, result in results.items()]


def _show_analogies(results: dict[str, AnalogyResult]) -> None:
    for number, (name, result) in enumerate(results.items()):
        if number:
            data("")
        scores = [*result.sections]
        scores += [score for score in (result.semantic, result.syntactic) if score is not None]
        first = Path(name).name if len(results) > 1 else "analogies"
        rows = [(first, "correct", "counted", "skipped", "accuracy")]
        table([*rows, *map(_row, scores), _row(result.total)])
        most = result.restrict
        cut = "all words" if most is None else f"the {most:,} most frequent words"
        case = "; case does not count" if result.lowercase else ""
        data(f"vocabulary: {result.vocabulary:,} words, cut at {cut}; {result.method}{case}")
        data(f"rule: {result.rule}")


def _row(score: AnalogyScore) -> tuple[str, ...]:
    percent = "-" if score.accuracy is None else f"{100 * score.accuracy:.1f} %"
    return score.name, f"{score.correct:,}", f"{score.counted:,}", f"{score.skipped:,}", percent


def _show_pairs(results: dict[str, PairsResult], *, after: bool) -> None:
    """A row for each file."""
    if not results:
        return
    if after:
        data("")
    rows = [("pairs", "counted", "skipped", "Spearman", "Pearson")]
    for name, result in results.items():
        numbers = ["-" if r is None else f"{r:.3f}" for r in (result.spearman, result.pearson)]
        shown = Path(name).name if len(results) > 1 else "all"
        rows.append((shown, f"{result.counted:,}", f"{result.skipped:,}", numbers[0], numbers[1]))
    table(rows)
    data(f"vocabulary: {result.vocabulary:,} words")
    data(f"rule: {result.rule}")
