"""The command `convert`: word vectors from one format to another.

In: our folder, or a file or folder in one of the formats of format_table.py. Out: the same vectors
as the other. The formats themselves are the business of `vectors/`; here is only what a name says
about them.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from textseq.artifact import check_free
from textseq.cli.display import moving_bytes, say
from textseq.cli.folders import FOLDER_FORMAT, load_vectors
from textseq.cli.options import Force, Quiet, argument, bad, value_option
from textseq.config import VectorChangeConfig, VectorFileConfig
from textseq.packing import without_packing
from textseq.unfinished import temporary_folder
from textseq.vectors.files.format_table import FOLDER_FORMATS, VECTOR_FORMATS

_FOLDERS = (FOLDER_FORMAT, *FOLDER_FORMATS)
_NAMES = (FOLDER_FORMAT, *VECTOR_FORMATS, *FOLDER_FORMATS)
_STREAMS = [name for name, row in VECTOR_FORMATS.items() if row.beside is None]  # to a pipe, too
_BY_SUFFIX = {row.suffix: name for name, row in VECTOR_FORMATS.items() if row.suffix is not None}
_HELP = (
    f"{', '.join(_FOLDERS)} (folders), {', '.join(VECTOR_FORMATS)}; where OUT says it "
    f"({' '.join(_BY_SUFFIX)}, no ending: {FOLDER_FORMAT}): that."
)


def convert(
    source: Annotated[
        str, argument("IN", "A folder or a file of vectors (-: a pipe), or hf://USER/NAME.")
    ],
    target: Annotated[str, typer.Argument(metavar="OUT")],
    *,
    to: Annotated[
        str | None,
        value_option("FORMAT", _HELP),
    ] = None,
    from_: Annotated[
        str | None, value_option("FORMAT", "Format of IN, where its content misleads.", "--from")
    ] = None,
    file: VectorFileConfig,
    counts: Annotated[
        Path | None,
        value_option(
            "FILE", "Counts of the words of IN, a word and its count a line (-save-vocab, fvocab)."
        ),
    ] = None,
    save_counts: Annotated[
        Path | None, value_option("FILE", "Write the counts too, for formats without them.")
    ] = None,
    change: VectorChangeConfig,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Convert word vectors to another format, or from one.

    Files named .gz, .bz2, .xz or .zst are packed.

    Examples:
      textseq convert GoogleNews-vectors-negative300.bin.gz ./news
      textseq convert ./textseq-vectors vectors.txt --to word2vec-text
      textseq convert ./textseq-vectors small.safetensors --quantise int8
      textseq convert ./textseq-vectors for-spacy --to spacy
      textseq convert cc.en.300.bin queries.vec --only-words queries.txt
      zcat glove.txt.gz | textseq convert - - --to word2vec-text | head
    """
    from textseq.vectors.files.counts_file import add_counts
    from textseq.vectors.files.formats import check_options, write_vectors
    from textseq.vectors.files.transforms import changed

    to = to or _format_of(target)
    for option, name in (("--to", to), ("--from", from_)):
        if name is not None and name not in _NAMES:
            raise bad(f"{option} is {name!r}; it can be {', '.join(_NAMES)}")
    try:
        check_options(to, change)
    except ValueError as error:
        raise bad(str(error)) from None
    if target == "-":
        if to not in _STREAMS:
            raise bad(f"{to} does not go to standard output (-); {', '.join(_STREAMS)} do")
    else:
        _check_target(Path(target), folder=to in _FOLDERS, force=force)
    if save_counts is not None:
        if to in (FOLDER_FORMAT, "hub"):
            raise bad("--save-counts goes with a file; a folder keeps counts by itself")
        if str(save_counts) == "-":
            raise bad("--save-counts names a file; the vectors alone go to standard output (-)")
        _check_target(save_counts, folder=False, force=force)
        if os.path.realpath(save_counts) == os.path.realpath(target):
            raise bad("OUT and --save-counts name the same file")
    vectors = load_vectors(Path(source), file, from_, quiet=quiet)
    if counts is not None:
        vectors = add_counts(vectors, counts, errors=file.errors)
    _ = vectors.norms  # a folder is opened without a look at its numbers
    if to == FOLDER_FORMAT:
        vectors = changed(vectors, change)
        vectors.save(target, overwrite=force)
        dim = vectors.dim
    else:
        with moving_bytes(target, quiet=quiet) as progress, _place_of(target) as place:
            write_vectors(
                vectors, place, to, overwrite=force, counts=save_counts, progress=progress,
                **asdict(change),
            )  # fmt: skip
        dim = change.reduce or vectors.dim
    if not quiet:
        where = "standard output" if target == "-" else target
        say(f"{len(vectors):,} words of dim {dim} in {where} ({to})")


@contextmanager
def _place_of(target: str) -> Iterator[Path]:
    """Where to write; for standard output a temporary file, as not all formats go to a pipe."""
    if target != "-":
        yield Path(target)
        return
    with temporary_folder() as folder:
        yield folder / "vectors"
        sys.stdout.flush()
        with (folder / "vectors").open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def _format_of(target: str) -> str:
    """What the name of a file says about its format."""
    if target == "-":
        raise bad(f"standard output (-) does not say its format; give --to {', '.join(_STREAMS)}")
    suffix = Path(without_packing(target)).suffix
    if suffix and suffix not in _BY_SUFFIX:
        raise bad(f"{target} does not say its format; give --to {', '.join(_NAMES)}")
    return _BY_SUFFIX[suffix] if suffix else FOLDER_FORMAT


def _check_target(target: Path, *, folder: bool, force: bool) -> None:
    """Refuse a name that is taken before the vectors are read, not after."""
    if not folder and target.is_dir():
        raise FileExistsError(f"{target} is a folder; --to textseq writes one, or name a file")
    if folder or not force:
        check_free(target, overwrite=force)
