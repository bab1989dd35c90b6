"""The command `index`: what `nearest --approximate` asks, made beside the vectors.

In: a folder of word vectors. Out: the folder `index` in it. It is made in
vectors/search/neighbour_index.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from textseq.cli.display import Meter, duration, hushed, rate_line, say
from textseq.cli.folders import load_vectors
from textseq.cli.options import VECTORS, Force, Quiet
from textseq.config import IndexConfig

Folder = Annotated[
    Path,
    typer.Argument(
        metavar="FOLDER", envvar="TEXTSEQ_VECTORS", help="A folder of word vectors.",
        show_default=False,
    ),
]  # fmt: skip


@hushed
def index(
    folder: Folder = VECTORS,
    *,
    options: IndexConfig,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Make an index of word vectors, for approximate answers.

    `nearest --approximate` asks it. Without one, answers are exact; up to a million words, or for
    a question now and then, they are also fast. It takes the memory and the room of all vectors.

    Examples:
      textseq index ./my-vectors
      textseq index ./my-vectors --links 32 --force
    """
    vectors = load_vectors(folder)
    with Meter("index", quiet=quiet) as meter:

        def progress(done: int, n: int) -> None:
            meter.update(done, n, rate_line(done, n, meter.seconds, "words"))

        recall = vectors.build_index(options, overwrite=force, progress=progress)
        seconds = meter.seconds
    if not quiet:
        place = folder / "index"
        n_bytes = sum(each.stat().st_size for each in place.iterdir())
        say(
            f"{len(vectors):,} words in {place} ({n_bytes / 1e6:.1f} MB, {duration(seconds)}); it "
            f"finds {recall:.1%} of the ten nearest"
        )
