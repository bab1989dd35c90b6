"""The table of `eval-w2v`: several sets of vectors by the same files, with intervals.

In: folders or files of vectors, files of tests. Out: a row for each test and each set of vectors,
and one for each test and each two of them, or JSON. The scores are those of
`vectors/scores/model_table.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textseq.bundled import ANALOGIES, PAIRS, bundled
from textseq.cli.display import data, json_line, say, table
from textseq.cli.folders import load_vectors
from textseq.cli.options import bad
from textseq.config import UnknownWords, VectorFileConfig

if TYPE_CHECKING:
    from textseq.vectors.questions import AnalogyMethod
    from textseq.vectors.scores.model_table import ModelDifference, ModelScore
    from textseq.vectors.word_vectors import WordVectors


def show_model_table(
    models: list[Path],
    analogies: list[Path],
    pairs: list[Path],
    outliers: list[Path],
    categories: list[Path],
    *,
    restrict: int | None,
    case: bool,
    method: str,
    unknown: str,
    seed: int,
    file: VectorFileConfig,
    json: bool,
) -> None:
    """Score and print; without any file, by the answer sheets of the bundled corpus."""
    from textseq.vectors.scores.asked_of_models import VectorTests
    from textseq.vectors.scores.model_table import compare_models
    from textseq.vectors.scores.question_files import read_analogies, read_rated_pairs
    from textseq.vectors.scores.word_groups import read_outlier_sets
    from textseq.vectors.scores.word_sets import read_word_sets

    if not (analogies or pairs or outliers or categories):
        analogies, pairs = [bundled(ANALOGIES)], [bundled(PAIRS)]
    # The files first: a wrong line is found before the vectors are read.
    questions = dict(zip(_names(analogies), map(read_analogies, analogies), strict=True))
    rated = dict(zip(_names(pairs), map(read_rated_pairs, pairs), strict=True))
    groups = dict(zip(_names(outliers), map(read_outlier_sets, outliers), strict=True))
    sets = dict(zip(_names(categories), map(read_word_sets, categories), strict=True))
    for read in rated.values():
        for note in read.notes:
            say(f"textseq: {note}")
    readers: list[tuple[str, list[Path], Callable[[Path], Any]]] = [
        ("--analogies", analogies, read_analogies), ("--pairs", pairs, read_rated_pairs),
        ("--outliers", outliers, read_outlier_sets), ("--categories", categories, read_word_sets),
    ]  # fmt: skip
    tests = {option: read for option, files, read in readers if files}
    found = compare_models(
        {name: _load(path, file, tests) for name, path in zip(_names(models), models, strict=True)},
        VectorTests(questions, {name: read.pairs for name, read in rated.items()}, groups, sets),
        unknown=cast("UnknownWords", unknown),
        restrict=restrict,
        lowercase=not case,
        method=cast("AnalogyMethod", method),
        seed=seed,
    )
    if json:
        options = {"restrict": restrict, "lowercase": not case, "method": method}
        json_line(options | {"unknown": unknown, "seed": seed} | found.to_json())
    else:
        _show(found.scores, restrict, case, method, unknown)
        _show_differences(found.differences, seed)
    if not any(row.counted for row in found.scores):
        raise ValueError("nothing counts: the vectors know none of the words that are asked for")


def _load(
    path: Path, file: VectorFileConfig, tests: dict[str, Callable[[Path], Any]]
) -> WordVectors:
    """The vectors; of what a shell's * put among them, ValueError that says where it belongs."""
    try:
        return load_vectors(path, file)
    except ValueError:
        for option, read in tests.items():
            if _is_read(path, read):
                raise bad(
                    f"{path} holds no vectors but what {option} takes, which is one file each "
                    f"time: {option} FILE {option} FILE"
                ) from None
        raise


def _is_read(path: Path, read: Callable[[Path], Any]) -> bool:
    try:
        read(path)
    except ValueError:
        return False
    return True


def _names(paths: list[Path]) -> list[str]:
    """What the files are called in the table: by their last name, if that tells them apart."""
    if len(set(paths)) < len(paths):
        raise bad(f"{next(p for p in paths if paths.count(p) > 1)} was given twice")
    names = [path.name or str(path) for path in paths]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def _show(
    rows: list[ModelScore], restrict: int | None, case: bool, method: str, unknown: str
) -> None:
    from textseq.vectors.scores.model_table import UNKNOWN_RULES

    lines = [("test", "", "vectors", "score", "95 % interval", "counted", "skipped", "vocabulary")]
    before = ("", "")
    for row in rows:
        head = (row.test, row.measure)
        ends = [_number(end, row.measure) for end in (row.low, row.high)]
        lines.append(
            (
                *(head if head != before else ("", "")), row.model, _number(row.value, row.measure),
                "-" if row.low is None else " to ".join(ends),
                f"{row.counted:,}", f"{row.skipped:,}", f"{row.vocabulary:,}",
            )
        )  # fmt: skip
        before = head
    table(lines, left=3)
    if any(row.measure == "accuracy" for row in rows):
        cut = "all words" if restrict is None else f"the {restrict:,} most frequent words"
        data(f"analogies: cut at {cut}; {method}")
    data(f"case: {'counts' if case else 'does not count'}")
    data(f"rule: {UNKNOWN_RULES[cast('UnknownWords', unknown)]}")


def _show_differences(rows: list[ModelDifference], seed: int) -> None:
    """Which of each two is better; nothing for a single set of vectors."""
    from textseq.vectors.scores.model_table import DIFFERENCE_RULE

    if not rows:
        return
    lines = [
        ("test", "", "vectors", "less those of", "better", "difference", "95 % interval", "p",
         "counted", "drawn"),
    ]  # fmt: skip
    before = ("", "")
    for row in rows:
        head = (row.test, row.measure)
        ends = [_number(end, row.measure, signed=True) for end in (row.low, row.high)]
        lines.append(
            (
                *(head if head != before else ("", "")), row.model, row.other, row.better or "-",
                _number(row.value, row.measure, signed=True),
                "-" if row.low is None else " to ".join(ends),
                "-" if row.p is None else f"{row.p:.2g}",
                f"{row.counted:,}", f"{row.n_units:,} {row.units}",
            )
        )  # fmt: skip
        before = head
    data("")
    table(lines, left=5)
    data(f"differences: {DIFFERENCE_RULE}; drawn by seed {seed}")


def _number(value: float | None, measure: str, *, signed: bool = False) -> str:
    if value is None:
        return "-"
    sign = "+" if signed else ""
    return f"{value:{sign}.3f}" if measure == "Spearman" else f"{100 * value:{sign}.1f} %"
