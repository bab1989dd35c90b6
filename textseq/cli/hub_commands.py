"""The commands `push` and `pull`: word vectors to the Hugging Face hub, and from it.

In: vectors and the name of a repository. Out: a repository with a page; or a folder of ours. What
is sent, and what is believed of what comes, is the business of `vectors/files/`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from textseq.artifact import check_free
from textseq.cli.display import data, say
from textseq.cli.folders import hub_bars, load_vectors
from textseq.cli.options import Force, Only, Quiet, argument, bad, value_option
from textseq.config import VectorChangeConfig, VectorFileConfig
from textseq.vectors.files.format_table import HUB

Repository = Annotated[str, typer.Argument(metavar="USER/NAME", help="A repository on the hub.")]


def push(
    vectors: Annotated[
        Path, argument("VECTORS", "A folder of word vectors, or a file that `convert` knows.")
    ],
    repository: Repository,
    *,
    licence: Annotated[
        str | None, value_option("NAME", "The licence, as the hub calls it, such as cc-by-4.0.")
    ] = None,
    corpus: Annotated[
        str | None, value_option("TEXT", "A line on what the vectors were trained on.")
    ] = None,
    private: Annotated[
        bool, typer.Option("--private", help="A repository that is new is not for all to see.")
    ] = False,
    change: Annotated[VectorChangeConfig, Only("quantise", "language")],
    quiet: Quiet = False,
) -> None:
    """Put word vectors on the Hugging Face hub.

    A page goes with them that says how to open them. `hf auth login` says who you are; `textseq
    convert VECTORS FOLDER --to hub` writes the same without sending it.

    Examples:
      textseq push ./textseq-vectors me/novels --corpus "40 novels"
      textseq push ./textseq-vectors me/novels --licence cc-by-4.0
      textseq push ./textseq-vectors me/small --quantise int8 --private
    """
    from textseq.vectors.files.hub import push_vectors

    found = load_vectors(vectors, quiet=quiet)
    with hub_bars(quiet=quiet):
        page = push_vectors(
            found, repository, private=private, licence=licence, corpus=corpus,
            quantise=change.quantise, language=change.language,
        )  # fmt: skip
    data(page)
    if not quiet:
        say(f"{len(found):,} words of dim {found.dim}; `textseq pull {repository}` fetches them")


def pull(
    repository: Repository,
    *,
    out: Annotated[
        Path | None, value_option("FOLDER", "Where they go (default: ./NAME).", "--out", "-o")
    ] = None,
    revision: Annotated[
        str | None, value_option("NAME", "A branch, a tag or a commit (default: the newest).")
    ] = None,
    file: VectorFileConfig,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Fetch word vectors from the Hugging Face hub.

    They become a folder. They may be of `textseq push`, of a pipeline of spaCy, or, with
    USER/NAME/FILE, a file in a format that `convert` knows. All commands take hf://USER/NAME for
    vectors, too.

    Examples:
      textseq pull me/novels && textseq nearest king --vectors novels
      textseq pull facebook/fasttext-ko-vectors/model.bin --out korean
    """
    user, _, rest = repository.removeprefix(HUB).lstrip("/").partition("/")
    name, _, inside = rest.partition("/")
    if not name:
        raise bad(f"{repository} names no repository; USER/NAME does")
    target = out or Path(name.partition("@")[0])
    check_free(target, overwrite=force)
    named = name if revision is None else f"{name}@{revision}"
    found = load_vectors(Path(HUB, user, named, inside), file, quiet=quiet)
    _ = found.norms  # before a folder is made of what a stranger sent
    found.save(target, overwrite=force)
    if not quiet:
        say(f"{len(found):,} words of dim {found.dim} in {target}")
