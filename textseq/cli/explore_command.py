"""The command `explore`: a model as one HTML page, to search, pan, zoom and click.

In: vectors. Out: a file that any browser opens, without network. The page is made in
vectors/show/explorer.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from textseq.cli.display import duration, many, say
from textseq.cli.folders import load_vectors
from textseq.cli.options import VECTORS, Defaults, Force, Quiet, Vectors, value_option
from textseq.config import ExplorerConfig, ProjectionConfig, VectorFileConfig

PAGE = Path("explore.html")


def explore(
    *,
    vectors: Vectors = VECTORS,
    file: VectorFileConfig,
    page: ExplorerConfig,
    projection: Annotated[ProjectionConfig, Defaults(ProjectionConfig(method="tsne"))],
    title: Annotated[str | None, value_option("TEXT", "Its title (default: the vectors).")] = None,
    out: Annotated[Path, value_option("FILE", "The HTML page.", "--out", "-o")] = PAGE,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Make a page to search and walk through the words.

    It is one file, needs no network and answers analogies. Neighbours are exact; where words stand
    is a picture, by t-SNE unless --method says otherwise. 50,000 words take about a minute.

    Examples:
      textseq explore
      textseq explore --vectors glove.6B.100d.txt --words 20000 --out glove.html
    """
    import time

    from textseq.vectors.show.explorer import check_page, write_explorer

    check_page(out)
    asked = load_vectors(vectors, file)
    start = time.monotonic()
    write_explorer(asked, out, page, projection, title=title or vectors.name, overwrite=force)
    if not quiet:
        size = out.stat().st_size / 1e6
        seconds = duration(time.monotonic() - start)
        say(f"{out} has {many(min(len(asked), page.words), 'word')} ({size:.1f} MB, {seconds})")
