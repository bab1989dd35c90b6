"""The command `corpora`: list the known corpora, show one, fetch one.

In: a name of `fetch/known_corpora.py`. Out: a table, the facts about one corpus, or its files in
a folder. What is downloaded, verified and unpacked, and how, is the business of `text/`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from textseq.bundled import bundled
from textseq.cli.display import Meter, data, duration, json_line, rate_line, say, table
from textseq.cli.options import Force, Json, Quiet, argument, bad, value_option
from textseq.cli.places import Places
from textseq.stopping import Terminated

if TYPE_CHECKING:
    from textseq.fetch.known_corpora import KnownCorpus

ACTIONS = ("list", "show", "fetch")
_ELSEWHERE = "--base-url or TEXTSEQ_CORPORA_URL names another place that has it"


def corpora(
    context: typer.Context,
    action: Annotated[
        str,
        typer.Argument(
            metavar="list|show|fetch",
            help="What to do.",
            autocompletion=lambda: list(ACTIONS),
        ),
    ] = "list",
    name: Annotated[str | None, argument("NAME", "A corpus of the list.")] = None,
    out: Annotated[
        Path | None, value_option("FOLDER", "Where it goes (default: ./NAME).", "--out", "-o")
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(
            "--base-url",
            envvar="TEXTSEQ_CORPORA_URL",
            metavar="URL",
            help="A mirror: file F is fetched from URL/NAME/F.",
        ),
    ] = None,
    json: Json = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """List known corpora, show one, or fetch one.

    A fetch that was cut off goes on from where it stopped; checksums are verified.

    Examples:
      textseq corpora
      textseq corpora show text8
      textseq corpora fetch text8 && textseq train-w2v text8
    """
    if action not in ACTIONS:
        raise bad(_not_an_action(action))
    if action == "list":
        if name is not None:
            raise bad(f"list takes no name; `textseq corpora show {name}`")
        _list(json)
        return
    if name is None:
        raise bad(f"{action} takes the name of a corpus; `textseq corpora` lists them")
    from textseq.fetch.known_corpora import find_corpus

    corpus = find_corpus(name)
    if action == "show":
        _show(corpus, out or Path(corpus.name), base_url, json)
    else:
        folder = out or Path(corpus.name)
        if corpus.bundled is None:  # two that fetch would write the same half files
            place = Places(folder)
            context.call_on_close(place.release)
            place.take()
        _fetch(corpus, folder, base_url, json=json, force=force, quiet=quiet)


def _not_an_action(given: str) -> str:
    from textseq.fetch.known_corpora import find_corpus

    try:
        corpus = find_corpus(given)
    except KeyError:
        return f"{given!r} was given; it can be {', '.join(ACTIONS)}"
    return f"{given!r} is a corpus; `textseq corpora show {corpus.name}` or `fetch {corpus.name}`"


def _list(json: bool) -> None:
    from textseq.fetch.known_corpora import CORPORA

    if json:
        for corpus in CORPORA.values():
            json_line(_facts(corpus, None))
        return
    head = ("name", "size", "language", "task", "licence", "from")
    rows = [
        (row.name, _size(row), row.language, row.task, row.licence, _origin(row))
        for row in CORPORA.values()
    ]
    # Sizes are the only numbers: padded here, so that every column can be a left one.
    wide = max(len(row[1]) for row in rows)
    table([head, *((row[0], row[1].rjust(wide), *row[2:]) for row in rows)], left=len(head))


def _show(corpus: KnownCorpus, folder: Path, base_url: str | None, json: bool) -> None:
    facts = _facts(corpus, base_url)
    next_ = _next(corpus, folder)
    if json:
        json_line(facts | {"next": next_})
        return
    rows = [(key, facts[key]) for key in ("name", "title", "language", "task", "licence")]
    rows.append(("size", _size(corpus)))
    if corpus.bundled is not None:
        rows.append(("path", facts["path"]))
    for file in facts["files"]:
        size = "size unknown" if file["size"] is None else f"{file['size']:,} bytes"
        checksum = file["checksum"] or "no checksum known: it is recorded at the first fetch"
        rows += [("file", file["url"]), ("", f"{size}, {checksum}")]
    table([*rows, ("next", next_)], left=2)


def _fetch(
    corpus: KnownCorpus,
    folder: Path,
    base_url: str | None,
    *,
    json: bool,
    force: bool,
    quiet: bool,
) -> None:
    if corpus.bundled is not None:
        path = str(bundled(corpus.bundled))
        if not quiet:
            say(f"{corpus.name} comes with textseq; nothing to fetch")
        if json:
            json_line(_facts(corpus, base_url))
        else:
            data(path)
        return
    from textseq.fetch.corpus_folder import fetch_corpus

    try:
        with _downloading(corpus.name, quiet=quiet) as (progress, notify):
            record = fetch_corpus(
                corpus, folder, base_url=base_url, overwrite=force, progress=progress, notify=notify
            )
    except (KeyboardInterrupt, Terminated):
        say("what has come is kept; the same command goes on from there")
        raise
    except (FileNotFoundError, ConnectionError) as error:
        if error.errno is not None:  # of the disk
            raise
        raise type(error)(f"{error}; {_ELSEWHERE}") from None
    if json:
        json_line(record)
    if quiet:
        return
    n_bytes = sum(sum(file["gives"].values()) for file in record["files"].values())
    say(f"{corpus.name} is in {folder}: {_megabytes(n_bytes)}; licence: {corpus.licence}")
    for name, file in record["files"].items():
        if not file["verified"]:
            say(f"no checksum of {name} is known; recorded: sha256:{file['sha256']}")
    say(f"next: {_next(corpus, folder)}")


@contextmanager
def _downloading(
    task: str, *, quiet: bool
) -> Iterator[tuple[Callable[[int, int | None], None], Callable[[str], None]]]:
    """A progress function, which takes the bytes that are there and those in all; and a voice."""
    first: list[int] = []  # bytes that were there before: they count for the bar, not for the rate
    with Meter(task, quiet=quiet) as meter:

        def progress(there: int, total: int | None) -> None:
            if not first:
                first.append(there)
            new, seconds = there - first[0], meter.seconds
            left = None if total is None else total - first[0]
            speed = rate_line(new / 1e6, None if left is None else left / 1e6, seconds, "MB")
            of = "" if total is None else f" of {_megabytes(total)}"
            meter.update(there, total, f"{_megabytes(there)}{of}  {speed}  {duration(seconds)}")

        def notify(message: str) -> None:
            if not quiet:
                say(message)

        yield progress, notify


def _facts(corpus: KnownCorpus, base_url: str | None) -> dict[str, Any]:
    from textseq.fetch.known_corpora import mirrored

    facts: dict[str, Any] = {
        "name": corpus.name,
        "title": corpus.title,
        "language": corpus.language,
        "task": corpus.task,
        "licence": corpus.licence,
        "size": corpus.size,
    }
    if corpus.bundled is not None:
        path = bundled(corpus.bundled)
        facts |= {"size": path.stat().st_size, "path": str(path)}
    urls = mirrored(corpus, base_url)
    facts["files"] = [
        {"url": url, "size": file.size, "checksum": file.checksum}
        for file, url in zip(corpus.files, urls, strict=True)
    ]
    return facts


def _next(corpus: KnownCorpus, folder: Path) -> str:
    if corpus.bundled is not None:
        folder = bundled(corpus.bundled)
    return corpus.next.format(folder=folder)


def _origin(corpus: KnownCorpus) -> str:
    if corpus.bundled is not None:
        return str(bundled(corpus.bundled))
    return urlsplit(corpus.files[0].url).hostname or ""


def _size(corpus: KnownCorpus) -> str:
    if corpus.bundled is not None:
        return _megabytes(bundled(corpus.bundled).stat().st_size)
    return "?" if corpus.size is None else _megabytes(corpus.size)


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB"
