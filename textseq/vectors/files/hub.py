"""The Hugging Face hub: word vectors from it, and to it.

In: an address, hf://USER/NAME[@REVISION][/FILE], or vectors and the name of a repository. Out: a
folder or file on this machine, or the address of the page. Of a repository only those files are
fetched that our readers know by name; whatever they hold is a stranger's, and the readers look at
it so. The hub's own library does the talking, the keeping and the logging in (`hf auth login`).
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from textseq.config import Quantisation, VectorChangeConfig
from textseq.vectors.files import hub_folder, spacy_folder
from textseq.vectors.files.format_table import HUB, VECTOR_FORMATS
from textseq.vectors.word_vectors import WordVectors

_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_REPO = re.compile(f"{_PART}/{_PART}")
# One slash is left of two where a path was made of it.
_ADDRESS = re.compile(rf"{HUB}/{{0,2}}({_PART}/{_PART})(?:@([^/@\s]+))?(?:/(\S.*))?")


class _Place(NamedTuple):
    """Where something is on the hub; no `file`: the whole folder."""

    repo: str
    revision: str | None
    file: str | None


def is_address(path: str | os.PathLike[str]) -> bool:
    """Whether it is a place on the hub, and none on this machine."""
    return os.fspath(path).startswith(HUB)


def _parsed(address: str | os.PathLike[str]) -> _Place:
    found = _ADDRESS.fullmatch(os.fspath(address))
    place = None if found is None else _Place(*found.groups())
    if place is None or (place.file and ".." in PurePosixPath(place.file).parts):
        raise ValueError(
            f"{os.fspath(address)} is no place on the hub; hf://USER/NAME is, with @REVISION or "
            "/FILE behind it"
        )
    return place


def fetched(address: str | os.PathLike[str]) -> Path:
    """The folder or file of an address, fetched where it is not here already.

    FileNotFoundError where the hub has none, ConnectionError where it does not answer and nothing
    of it is here, ValueError for a repository without vectors.
    """
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    place = _parsed(address)
    known: dict[str, Any] = {"repo_id": place.repo, "revision": place.revision}
    silent: tuple[type[Exception], ...] = (OSError, *_of_the_network())
    with _said_plainly(place.repo):
        try:
            info = HfApi().model_info(place.repo, revision=place.revision)
        except HfHubHTTPError:
            raise
        except silent:  # no network, or none is wanted: perhaps it was fetched before
            wanted = [place.file] if place.file else [*hub_folder.HUB_FILES, *spacy_folder.FILES]
            known["local_files_only"] = True
        else:
            wanted = _wanted(place, [each.rfilename for each in info.siblings or []])
            known["revision"] = info.sha  # all files of one state, though another may come
        try:
            folder = snapshot_download(**known, allow_patterns=wanted)
        except LocalEntryNotFoundError:
            raise ConnectionError(
                f"{place.repo} is not on this machine, and {_host()} cannot be reached"
            ) from None
    return Path(folder, *PurePosixPath(place.file or "").parts)


def _wanted(place: _Place, names: list[str]) -> list[str]:
    """Which files of a repository are fetched."""
    if place.file is not None:
        if place.file not in names:
            raise FileNotFoundError(f"{place.repo} has no {place.file}; {_has(names)}")
        beside = [row.beside for row in VECTOR_FORMATS.values() if row.beside is not None]
        near = [str(PurePosixPath(place.file).with_name(name)) for name in beside]
        return [place.file, *(name for name in near if name in names)]
    for layout in (hub_folder.HUB_FILES, spacy_folder.FILES):
        if layout[0] in names and layout[1] in names:
            return [name for name in layout if name in names]
    raise ValueError(f"{place.repo} is no folder of word vectors; {_has(names)}")


def _has(names: list[str]) -> str:
    suffixes = {row.suffix for row in VECTOR_FORMATS.values()} | {".txt", ".gz"}
    files = [name for name in names if PurePosixPath(name).suffix in suffixes][:10]
    if not files:
        return "it has no file that could be one of vectors"
    return f"it has {', '.join(files)}, of which hf://USER/NAME/FILE names one"


def push_vectors(
    vectors: WordVectors,
    repo: str,
    *,
    private: bool = False,
    licence: str | None = None,
    corpus: str | None = None,
    quantise: Quantisation = "none",
    language: str | None = None,
) -> str:
    """Put vectors, with a page that says how to open them, on the hub; the address of the page.

    `repo` is USER/NAME, which is made where there is none, `private` or for all to see. `licence`
    is the hub's name of one ("cc-by-4.0"), `corpus` a line on what they were trained on, `language`
    such as "en". Folders as `hub_folder.write` makes them. ValueError for a name or a language that
    is none, ConnectionError where the hub does not answer.
    """
    from huggingface_hub import HfApi

    if not _REPO.fullmatch(repo):
        raise ValueError(f"{repo!r} names no repository; USER/NAME does")
    if language is not None:
        hub_folder.check_language(language)
    _ = vectors.norms  # a folder is opened without a look at its numbers
    with tempfile.TemporaryDirectory(prefix="textseq-") as name, _said_plainly(repo):
        card = hub_folder.Card(repo, licence, corpus)
        options = VectorChangeConfig(quantise=quantise, language=language)
        hub_folder.write(vectors, Path(name), options, card)
        api = HfApi()
        page = api.create_repo(repo, private=private, exist_ok=True)
        message = f"{len(vectors):,} word vectors of dimension {vectors.dim}"
        api.upload_folder(repo_id=repo, folder_path=name, commit_message=message)
    return str(page)


def _of_the_network() -> tuple[type[Exception], ...]:
    """What the hub's library lets through of the one below it, where nothing answers.

    Which that is has changed: `requests`, whose errors are an OSError, and those after it.
    """
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    own = ("builtins", "huggingface_hub")
    kinds = [kind for kind in HfHubHTTPError.__mro__ if issubclass(kind, Exception)]
    below = [kind for kind in kinds if kind.__module__.partition(".")[0] not in own]
    return (OfflineModeIsEnabled, *below)


def _host() -> str:
    """Where the hub is: huggingface.co, unless HF_ENDPOINT says otherwise."""
    from huggingface_hub.constants import ENDPOINT

    return str(ENDPOINT).partition("://")[2].rstrip("/") or str(ENDPOINT)


@contextmanager
def _said_plainly(repo: str) -> Iterator[None]:
    """Errors of the hub's library become those of Python, in one line."""
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    login = "`hf auth login` tells it who you are"
    try:
        yield
    except GatedRepoError:
        raise PermissionError(f"{repo} is for those only whom its owners let in; {login}") from None
    except RepositoryNotFoundError:
        message = f"the hub has no {repo}, or it is not for all to see; {login}"
        raise FileNotFoundError(message) from None
    except RevisionNotFoundError:
        raise FileNotFoundError(f"{repo} has no such revision") from None
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", None)
        if status in (401, 403):
            raise PermissionError(f"the hub does not let you into {repo}; {login}") from None
        raise ConnectionError(f"{repo}: {_first_line(error)}") from None
    except _of_the_network() as error:
        raise ConnectionError(f"{_host()} cannot be reached: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
