"""The command `plot`: words as points on a plane, or their similarities as a heat map.

In: words, and one or more models. Out: a picture; with --json the coordinates on stdout. What is
shown is computed and drawn in vectors/show/.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.artifact import check_free_file
from textseq.cli.display import json_line, many, say
from textseq.cli.folders import load_vectors
from textseq.cli.options import (
    VECTORS,
    Force,
    Json,
    Quiet,
    argument,
    bad,
    number_option,
    value_option,
)
from textseq.config import ProjectionConfig, VectorFileConfig

if TYPE_CHECKING:
    from textseq.vectors.show.word_map import Pair

PICTURE = Path("words.png")


def plot(
    words: Annotated[list[str] | None, argument("WORD", "Words to draw.")] = None,
    *,
    vectors: Annotated[
        list[Path],
        typer.Option(
            "--vectors",
            envvar="TEXTSEQ_VECTORS",
            metavar="PATH",
            help="Word vectors, as for `nearest`; more than once: side by side, aligned.",
        ),
    ] = [VECTORS],  # noqa: B006 - typer copies it
    file: VectorFileConfig,
    pair: Annotated[
        list[str] | None,
        value_option("A:B", "An arrow from A to B; more than once.", "--pair", "-p"),
    ] = None,
    nearest: Annotated[int, number_option("The nearest N of each word as well.", low=0)] = 0,
    most_frequent: Annotated[
        int, number_option("The most frequent N of all words as well.", low=0)
    ] = 0,
    heatmap: Annotated[
        bool, typer.Option("--heatmap", help="A heat map of the words' similarities instead.")
    ] = False,
    projection: ProjectionConfig,
    out: Annotated[Path, value_option("FILE", "PNG, SVG or PDF.", "--out", "-o")] = PICTURE,
    json: Json = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Draw words as points on a plane.

    By PCA two words are near where their vectors are, as far as a plane can show it; t-SNE and
    UMAP keep neighbours together, and distances mean little. --json prints the coordinates.

    Examples:
      textseq plot king queen man woman --nearest 10
      textseq plot -p man:king -p woman:queen --out analogy.svg
      textseq plot --most-frequent 300 --method tsne
      textseq plot king queen --vectors ./a --vectors ./b --heatmap
    """
    from textseq.pictures.figure import check_picture, save_figure
    from textseq.vectors.show.word_map import choose_words, map_words

    asked, pairs = list(words or ()), [_pair(each) for each in pair or ()]
    if not (asked or pairs or most_frequent):
        raise bad("no words were given; name some, or --pair A:B, or --most-frequent N")
    check_picture(out)
    check_free_file(out, overwrite=force)
    models = [load_vectors(path, file) for path in vectors]
    titles = [str(path) for path in vectors] if len(models) > 1 else []
    which: Any = {"pairs": pairs, "nearest": nearest, "most_frequent": most_frequent}
    if heatmap:
        from textseq.vectors.show.heat_map import draw_similarities

        chosen = choose_words(models, asked, **which)
        figure = draw_similarities(models, chosen, titles)
    else:
        from textseq.vectors.show.map_picture import draw_map

        word_map = map_words(models, asked, projection, **which)
        chosen = word_map.words
        figure = draw_map(word_map, titles)
        if json:
            for path, places in zip(vectors, word_map.places, strict=True):
                for word, (x, y) in zip(chosen, places.tolist(), strict=True):
                    json_line({"vectors": str(path), "word": word, "x": x, "y": y})
    save_figure(figure, out, overwrite=True)
    if not quiet:
        say(f"{out} shows {many(len(chosen), 'word')}")


def _pair(given: str) -> Pair:
    """The two words of A:B, cut at the first colon."""
    a, colon, b = given.partition(":")
    if not (colon and a and b):
        raise bad(f"--pair {given!r} is not of the form A:B")
    return a, b
