"""The command `weat`: whether two sets of words lean to two others differently.

In: vectors, and a file of word sets. Out: the effect size, its p-value and how far each word leans,
as a table or JSON. The test is that of `vectors/comparison/association.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textseq.cli.display import data, json_line, table
from textseq.cli.folders import load_vectors
from textseq.cli.options import VECTORS, Json, Vectors, argument, bad, number_option
from textseq.config import VectorFileConfig

if TYPE_CHECKING:
    from textseq.vectors.comparison.association import Association


def weat(
    sets: Annotated[
        Path, typer.Argument(metavar="FILE", help="Sets, one a line: `name: word word ...`.")
    ],
    names: Annotated[
        list[str] | None, argument("X Y A B", "Names of four of them; nothing: the first four.")
    ] = None,
    *,
    partitions: Annotated[
        int, number_option("Try all partitions up to so many, else draw so many.", low=1)
    ] = 100_000,
    seed: Annotated[int, number_option("Seed of those that are drawn.", low=0)] = 1,
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    json: Json = False,
) -> None:
    """Test whether words X lean to A more than words Y do.

    The word embedding association test (Caliskan et al. 2017), which shows biases that vectors have
    from their text.

    Examples:
      textseq weat sets.txt flowers insects pleasant unpleasant
    """
    from textseq.vectors.comparison.association import weat as test_association
    from textseq.vectors.scores.word_sets import read_word_sets

    given = read_word_sets(sets)
    chosen = names or list(given)[:4]
    unknown = [name for name in chosen if name not in given]
    if unknown:
        raise ValueError(f"{sets} has no set {unknown[0]!r}; it has {', '.join(given)}")
    if len(chosen) != 4:
        raise bad(f"{len(chosen)} sets were given; the test is of four: X Y A B")
    x, y, a, b = (given[name] for name in chosen)
    found = test_association(
        load_vectors(vectors, file), x, y, a, b, partitions=partitions, seed=seed
    )
    if json:
        json_line({"sets": dict(zip("xyab", chosen, strict=True)), **found.to_json()})
    else:
        _show(found, chosen)


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
    data(f"rule: {found.rule}")
