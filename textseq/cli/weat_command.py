"""The command `weat`: whether two sets of words lean to two others differently.

In: vectors, and a file of word sets or the number of a published test. Out: the effect size, its
p-value and how far each word leans, as a table or JSON. The test is that of
`vectors/comparison/association.py`, the published words stand in `published_sets.py` beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from textseq.cli.display import data, json_line, table
from textseq.cli.folders import load_vectors
from textseq.cli.options import VECTORS, Json, Vectors, argument, bad, number_option
from textseq.config import VectorFileConfig

if TYPE_CHECKING:
    from textseq.vectors.comparison.association import Association


def weat(
    sets: Annotated[
        Path | None, argument("FILE", "Sets, one a line: `name: word word ...`.")
    ] = None,
    names: Annotated[
        list[str] | None, argument("X Y A B", "Names of four of them; nothing: the first four.")
    ] = None,
    *,
    test: Annotated[
        int | None, number_option("Instead of FILE: the published WEAT of this number, 1 to 10.")
    ] = None,
    list_tests: Annotated[
        bool, typer.Option("--list", help="Show the published tests and their words.")
    ] = False,
    balance: Annotated[
        bool | None,
        typer.Option(
            "--balance/--no-balance",
            help="Make X and Y of a size, as for names in the paper (default: with --test).",
        ),
    ] = None,
    partitions: Annotated[
        int, number_option("Try all partitions up to so many, else draw so many.", low=1)
    ] = 100_000,
    seed: Annotated[int, number_option("Seed of all that is drawn.", low=0)] = 1,
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    json: Json = False,
) -> None:
    """Test whether words X lean to A more than words Y do.

    The word embedding association test (Caliskan et al. 2017), which shows biases that vectors have
    from their text; the ten tests of the paper are there by number.

    Examples:
      textseq weat sets.txt flowers insects pleasant unpleasant
      textseq weat --test 6
      textseq weat --list
    """
    from textseq.vectors.comparison.association import weat as test_association

    if list_tests:
        _show_tests(json=json)
        return
    if (sets is None) is (test is None):
        raise bad("give a FILE of sets, or --test N for a published one (--list shows them)")
    given, chosen = _published(test) if test is not None else _of_file(cast("Path", sets), names)
    x, y, a, b = (given[name] for name in chosen)
    found = test_association(
        load_vectors(vectors, file), x, y, a, b, names=chosen,
        balance=test is not None if balance is None else balance,
        partitions=partitions, seed=seed,
    )  # fmt: skip
    if json:
        json_line({"sets": dict(zip("xyab", chosen, strict=True)), **found.to_json()})
    else:
        _show(found, chosen)


def _published(number: int) -> tuple[Mapping[str, Sequence[str]], list[str]]:
    """The sets of a published test, and their names."""
    from textseq.vectors.comparison.published_sets import find_test

    test = find_test(number)
    return test.sets, list(test.sets)


def _of_file(path: Path, names: list[str] | None) -> tuple[Mapping[str, Sequence[str]], list[str]]:
    """The sets of a file, and the names of the four that are meant."""
    from textseq.vectors.scores.word_sets import read_word_sets

    given = read_word_sets(path)
    chosen = names or list(given)[:4]
    unknown = [name for name in chosen if name not in given]
    if unknown:
        raise ValueError(f"{path} has no set {unknown[0]!r}; it has {', '.join(given)}")
    if len(chosen) != 4:
        raise bad(f"{len(chosen)} sets were given; the test is of four: X Y A B")
    return given, chosen


def _show_tests(*, json: bool) -> None:
    from textseq.vectors.comparison.published_sets import PUBLISHED_TESTS, SOURCE

    if json:
        json_line({str(number): test.sets for number, test in PUBLISHED_TESTS.items()})
        return
    for number, test in PUBLISHED_TESTS.items():
        data(f"{number}: {test.title}")
        for name, words in test.sets.items():
            data(f"   {name}: {', '.join(words)}")
    data(f"source: {SOURCE}")


def _show(found: Association, names: list[str]) -> None:
    x, y, a, b = names
    rows = [(f"to {a}, less to {b}", "", "association")]
    for name, leans in zip((x, y), found.associations, strict=True):
        for word, lean in sorted(leans.items(), key=lambda item: -item[1]):
            rows.append((word, name, f"{lean:.4f}"))
    table(rows, left=2)
    data("")
    table(
        [
            ("effect size", f"{found.effect_size:.3f}"),
            (f"p ({x} more than {y})", f"{found.p:.3g}"),
            ("p (two-sided)", f"{found.p_two_sided:.3g}"),
        ]
    )
    drawn = "all of them" if found.exact else f"drawn by seed {found.seed}"
    data(f"partitions: {found.n_partitions:,}, {drawn}")
    for name, words in zip(names, found.left_out.values(), strict=True):
        if words:
            data(f"unknown in {name}: {', '.join(words)}")
    if found.balanced:
        data(f"left out to balance, by seed {found.seed}: {', '.join(found.balanced)}")
    data(f"rule: {found.rule}")
