"""The command `eval-w2v`: how good word vectors are, by question files.

In: vectors, files of questions or of rated pairs (without any: those of the bundled corpus).
Out: a table by section, with what one must know to compare it: how many counted, how many were
skipped, the vocabulary cut and the rule. The scores are those of `vectors/evaluation.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from textseq.bundled import ANALOGIES, PAIRS, bundled
from textseq.cli.display import data, json_line, say, table
from textseq.cli.folders import load_vectors
from textseq.cli.options import VECTORS, Json, Method, Vectors, number
from textseq.config import VectorFileConfig

if TYPE_CHECKING:
    from textseq.vectors.evaluation import AnalogyResult, AnalogyScore, PairsResult
    from textseq.vectors.word_vectors import AnalogyMethod


def eval_w2v(
    *,
    analogies: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Questions as in questions-words.txt, by section."),
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Two words and a rating a line.")
    ] = None,
    restrict: Annotated[
        int,
        typer.Option(
            parser=number(int, 0), metavar="N", help="Analogies: most frequent words (0: all)."
        ),
    ] = 30_000,
    method: Method = "3cosadd",
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
      textseq eval-w2v --analogies questions-words.txt --pairs wordsim353.tsv --restrict 30000
    """
    from textseq.vectors.evaluation import (
        evaluate_analogies,
        evaluate_pairs,
        read_analogies,
        read_pairs,
    )

    if analogies is None and pairs is None:
        analogies, pairs = bundled(ANALOGIES), bundled(PAIRS)
    # The files first: a wrong line is found before the vectors are read.
    sections = read_analogies(analogies) if analogies else None
    rated = read_pairs(pairs) if pairs else None
    scored = load_vectors(vectors, file)
    results: dict[str, Any] = {}
    if sections is not None:
        result = evaluate_analogies(
            scored,
            sections,
            restrict=restrict or None,
            lowercase=not case,
            method=cast("AnalogyMethod", method),
        )
        results["analogies"] = result.to_json()
        if not json:
            _show_analogies(result)
        if not result.total.counted:
            say("textseq: no question has known words only; were the vectors made of such text?")
    if rated is not None:
        agreement = evaluate_pairs(scored, rated, lowercase=not case)
        results["pairs"] = agreement.to_json()
        if not json:
            _show_pairs(agreement, after=sections is not None)
    if json:
        json_line(results)


def _show_analogies(result: AnalogyResult) -> None:
    scores = [*result.sections]
    scores += [score for score in (result.semantic, result.syntactic) if score is not None]
    rows = [("analogies", "correct", "counted", "skipped", "accuracy")]
    table([*rows, *map(_row, scores), _row(result.total)])
    cut = "all words" if result.restrict is None else f"the {result.restrict:,} most frequent words"
    case = "; case does not count" if result.lowercase else ""
    data(f"vocabulary: {result.vocabulary:,} words, cut at {cut}; {result.method}{case}")
    data(f"rule: {result.rule}")


def _row(score: AnalogyScore) -> tuple[str, ...]:
    percent = "-" if score.accuracy is None else f"{100 * score.accuracy:.1f} %"
    return score.name, f"{score.correct:,}", f"{score.counted:,}", f"{score.skipped:,}", percent


def _show_pairs(result: PairsResult, *, after: bool) -> None:
    if after:
        data("")
    numbers = ["-" if r is None else f"{r:.3f}" for r in (result.spearman, result.pearson)]
    table(
        [
            ("pairs", "counted", "skipped", "Spearman", "Pearson"),
            ("all", f"{result.counted:,}", f"{result.skipped:,}", *numbers),
        ]
    )
    data(f"vocabulary: {result.vocabulary:,} words")
    data(f"rule: {result.rule}")
