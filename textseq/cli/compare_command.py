"""The commands of two sets of word vectors: compare, which words moved; align, one space for both.

In: two folders or files of vectors. Out: a table or JSON of the words that moved most, with their
neighbours on both sides, and perhaps a picture; or a folder. The computing is that of
`vectors/comparison/change.py` and `vectors/comparison/alignment.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from textseq.artifact import check_free
from textseq.cli.display import data, json_line, many, say, table
from textseq.cli.folders import load_vectors
from textseq.cli.options import Force, Json, bad, number_option, value_option
from textseq.config import CompareConfig, VectorFileConfig

if TYPE_CHECKING:
    from textseq.vectors.comparison.change import Comparison, WordChange

_IN_A_ROW = 4  # neighbours of each side


def compare(
    a: Annotated[Path, typer.Argument(metavar="A")],
    b: Annotated[Path, typer.Argument(metavar="B")],
    *,
    noise: Annotated[
        list[Path] | None,
        value_option(
            "PATH",
            "Vectors of A's corpus by another seed: how far words move for nothing. May be given "
            "again.",
        ),
    ] = None,
    words: Annotated[
        str | None, value_option("A,B,...", "These words, with more neighbours.")
    ] = None,
    n: Annotated[int, number_option("Words that moved most.", "-n", low=1)] = 20,
    compared: CompareConfig,
    plot: Annotated[
        Path | None,
        value_option("FILE", "A picture (.png, .svg, .pdf) of the --words, or of the first four."),
    ] = None,
    file: VectorFileConfig,
    force: Force = False,
    json: Json = False,
) -> None:
    """List the words that mean something else in B.

    A and B are vectors of two corpora, periods or authors. What counts is how far a word moved
    against words of like frequency (z), corrected for their number (q).

    Examples:
      textseq compare ./vectors-1850 ./vectors-1900
      textseq compare ./news ./novels --noise ./news-seed2 -n 50
      textseq compare ./news ./novels --words cell,web --plot cell.png
    """
    from textseq.vectors.comparison.change import compare_vectors
    from textseq.vectors.word_vectors import UnknownWordError

    for path in (b, *(noise or ())):
        if path.exists() and a.exists() and path.samefile(a):
            raise bad(f"{path} is A itself; vectors of another corpus or seed can be compared")
    if plot is not None:
        from textseq.artifact import check_free_file
        from textseq.pictures.figure import check_picture
        from textseq.vectors.comparison.change_picture import draw_change

        if compared.measure != "aligned":
            raise bad("--plot shows aligned vectors; it goes with --measure aligned")
        check_picture(plot)
        check_free_file(plot, overwrite=force)
    side_a, side_b, *runs = (load_vectors(path, file) for path in (a, b, *(noise or ())))
    found = compare_vectors(side_a, side_b, compared, noise=runs)
    asked = [word.strip() for word in (words or "").split(",") if word.strip()]
    lacks: dict[str, str] = {}  # what is said of words that one side or both do not have
    for path, side in ((b, side_b), (a, side_a)):
        for word in asked:
            if word not in side:
                lacks[word] = f"{path}: {UnknownWordError(word, side.vocab)}"
    if lacks and lacks.keys() == set(asked):
        raise ValueError(lacks[asked[0]])
    known = [word for word in asked if word not in lacks]
    shown = [found.of(word) for word in known] or found.changes[:n]
    if json:
        _show_json(found, shown, asked)
    elif asked:
        _show_words(found, shown, a.name, b.name)
    else:
        _show_changes(found, shown, a.name, b.name)
    if plot is not None:
        drawn = known or [change.word for change in shown[:4]]
        draw_change(found, drawn, plot, labels=(a.name, b.name), overwrite=force)
        say(f"{many(len(drawn), 'word')} in {plot}")
    for word in filter(lacks.__contains__, dict.fromkeys(asked)):
        say(f"textseq: {lacks[word]}")
    if lacks:
        raise typer.Exit(1)


def align(
    a: Annotated[Path, typer.Argument(metavar="A")],
    b: Annotated[Path, typer.Argument(metavar="B")],
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where the turned B goes.")
    ],
    file: VectorFileConfig,
    force: Force = False,
) -> None:
    """Turn the vectors B into the space of A.

    By orthogonal Procrustes on the words that both have, which can then be compared across; cosines
    within B stay as they are.

    Examples:
      textseq align ./vectors-1850 ./vectors-1900 --out ./vectors-1900-aligned
    """
    from textseq.vectors.comparison.alignment import align as align_vectors

    check_free(out, overwrite=force)
    aligned = align_vectors(load_vectors(a, file), load_vectors(b, file))
    aligned.save(out, overwrite=force)
    n_words = aligned.config["aligned"]["words"]
    by = many(n_words, "shared word")
    say(f"{many(len(aligned), 'word')} in {out}, aligned with {a} by {by}")


def _show_changes(found: Comparison, shown: list[WordChange], name_a: str, name_b: str) -> None:
    """A row a word, a row a band of frequency, and the rule."""
    has_noise = found.n_noise_runs > 0
    head = ["word", f"nearest in {name_a}", f"nearest in {name_b}", *_head(has_noise)]
    rows = [head]
    for change in shown:
        near = [
            ", ".join(x.word for x in side) for side in found.neighbours(change.word, _IN_A_ROW)
        ]
        rows.append([change.word, *near, *_numbers(change, has_noise)])
    table(rows, left=3)
    data("")
    bands = [["count" if found.counted else "rank", "moved most", "words", "median", "q <= .05"]]
    for band in found.bands():
        bands.append(
            [
                f"{band.low:,}-{band.high:,}", ", ".join(band.most), f"{band.n_words:,}",
                f"{band.median_distance:.3f}", f"{band.n_significant:,}",
            ]
        )  # fmt: skip
    table(bands, left=2)
    _show_rule(found)


def _show_words(found: Comparison, shown: list[WordChange], name_a: str, name_b: str) -> None:
    """A block a word: its neighbours side by side."""
    has_noise = found.n_noise_runs > 0
    table([["word", *_head(has_noise)], *([c.word, *_numbers(c, has_noise)] for c in shown)])
    for change in shown:
        data("")
        data(change.word)
        in_a, in_b = found.neighbours(change.word)
        rows = [[name_a, "", name_b, ""]]
        for one, other in zip(in_a, in_b, strict=True):
            rows.append([one.word, f"{one.similarity:.3f}", other.word, f"{other.similarity:.3f}"])
        table(rows, left=4, indent="  ")
    data("")
    _show_rule(found)


def _head(has_noise: bool) -> list[str]:
    return ["count A", "count B", "moved", *(["by seed"] if has_noise else []), "usual", "z", "q"]


def _numbers(change: WordChange, has_noise: bool) -> list[str]:
    counts = ["-" if n is None else f"{n:,}" for n in (change.count_a, change.count_b)]
    moved = [change.distance, *([change.noise] if has_noise else []), change.usual]
    distances = ["-" if x is None else f"{x:.3f}" for x in moved]
    z = "-" if change.z is None else f"{change.z:.1f}"
    q = "-" if change.q is None else f"{change.q:.3f}" if change.q >= 0.0005 else "<.001"
    return [*counts, *distances, z, q]


def _show_rule(found: Comparison) -> None:
    floor = f"seen {found.config.min_count:,} times or more" if found.counted else "of any count"
    among = f", among the {found.config.restrict:,} first" if found.config.restrict else ""
    data(
        f"vocabulary: {found.n_shared:,} shared words, {len(found.changes):,} compared ({floor} on "
        f"both sides{among}); {found.n_significant:,} moved at a false discovery rate of .05"
    )
    moved = (
        "cosine distance after orthogonal Procrustes on all shared words"
        if found.config.measure == "aligned"
        else f"change of the cosines to the {found.config.neighbours} nearest of both sides"
    )
    runs = f" and by {many(found.n_noise_runs, 'run')} for noise" if found.n_noise_runs else ""
    data(f"rule: moved is the {moved}; usual for the frequency{runs}; z in log distance, one-sided")


def _show_json(found: Comparison, shown: list[WordChange], asked: list[str]) -> None:
    """A row a word; all null for one that was asked for and is not on both sides."""
    rows = {}
    for change in shown:
        sides = ([near._asdict() for near in side] for side in found.neighbours(change.word))
        near = dict(zip(("nearest_a", "nearest_b"), sides, strict=True))
        rows[change.word] = change._asdict() | near
    nothing = dict.fromkeys([*shown[0]._fields, "nearest_a", "nearest_b"])
    all_rows = [rows.get(word, nothing | {"word": word}) for word in asked or rows]
    json_line(found.to_json(0) | {"changes": all_rows})
