"""Download: one URL into one file, whole and verified, or not at all.

In: a URL (http, https, file) and the name of a file. Out: that file under its name once every
byte has come and the checksum is right. Until then the bytes are in NAME.part, and a later call
goes on where the last one stopped. No archive is opened here (archives.py), nothing is printed.

The standard library does it: requests, fsspec and pooch would leave the resuming to us as well.
"""

from __future__ import annotations

import errno
import http.client
import io
import json
import os
import shutil
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from textseq import __version__
from textseq.artifact import read_json, sync
from textseq.fetch.checksums import split_checksum, verify

CHUNK_BYTES = 1 << 18
LONGEST_WAIT = 60.0  # seconds between two attempts
_FORGIVEN_BYTES = 1 << 20  # a connection that brought so much more was no failure
_PASSING = (408, 425, 429, 500, 502, 503, 504)  # statuses that may be gone in a moment

ByteProgress = Callable[[int, int | None], None]  # bytes that are there, bytes in all


@dataclass(frozen=True)
class Fetched:
    """A file that is whole: `received` of its `size` bytes came over the wire in this call."""

    path: Path
    size: int
    sha256: str
    received: int


def fetch(
    url: str,
    target: str | os.PathLike[str],
    *,
    size: int | None = None,
    checksum: str | None = None,
    overwrite: bool = False,
    progress: ByteProgress | None = None,
    notify: Callable[[str], None] | None = None,
    timeout: float = 60.0,
    attempts: int = 5,
    sleep: Callable[[float], None] = time.sleep,
) -> Fetched:
    """Download `url` to `target`, going on from `target.part` if an earlier call was cut off.

    `checksum` is "sha256:...", "sha1:..." or "md5:...", `size` in bytes; both are checked. A file
    that is there and right is downloaded again with `overwrite` only. A cut connection is taken up
    again up to `attempts` times without much progress, after `timeout` seconds of silence too;
    `notify` gets a sentence each time. Raises ValueError for a file other than the one expected,
    FileNotFoundError where there is none, OSError for the rest of the network and the disk.
    """
    target = Path(target)
    _check_url(url)
    if checksum is not None:
        split_checksum(checksum)
    if target.exists() and not overwrite:
        sha256 = verify(target, size=size, checksum=checksum)
        return Fetched(target, target.stat().st_size, sha256, 0)
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    # Unbuffered: what could not be written must not be written again, by close().
    with open(part, "a+b", buffering=0) as file:
        _lock(file, part)
        job = _Download(url, target, part, file, size, checksum, timeout, progress)
        try:
            job.begin()
            _receive_all(job, attempts, sleep, notify)
        except BaseException:
            if not job.there:
                job.forget()  # nothing to go on from
            raise
        os.fsync(file.fileno())
    try:
        sha256 = verify(part, size=size, checksum=checksum, name=url)
    except ValueError:
        job.forget()
        raise
    os.replace(part, target)
    job.notes.unlink(missing_ok=True)
    sync(target.parent)
    return Fetched(target, target.stat().st_size, sha256, job.received)


# --- one download


class _CutError(Exception):
    """What may go better the next time; `wait` is what the server asked for, in seconds."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass
class _Download:
    """A part file under way: `there` bytes of `total` are in it, those of the file `validator`."""

    url: str
    target: Path
    part: Path
    file: io.FileIO
    size: int | None
    checksum: str | None
    timeout: float
    progress: ByteProgress | None
    there: int = 0
    total: int | None = None
    validator: str | None = None
    received: int = 0
    opener: urllib.request.OpenerDirector = field(
        default_factory=lambda: urllib.request.build_opener(_Redirects)
    )

    @property
    def notes(self) -> Path:
        """Beside the part: which file it is a part of."""
        return self.part.with_name(self.part.name + ".json")

    @property
    def is_whole(self) -> bool:
        return self.total is not None and self.there == self.total

    @property
    def may_resume(self) -> bool:
        """Without both, two halves of two different files could be glued together unseen."""
        return self.validator is not None or self.checksum is not None

    def begin(self) -> None:
        """Take up the part that an earlier call left, if its notes fit this URL."""
        try:
            notes = read_json(self.notes)
            total, validator = notes["total"], notes["validator"]
            fits = notes["url"] == self.url and (total is None or type(total) is int)
            fits = fits and isinstance(validator, str | None)
        except (OSError, ValueError, KeyError, TypeError):
            fits, total, validator = False, None, None
        self.there = self.file.seek(0, os.SEEK_END)
        if not fits or (self.size is not None and total not in (None, self.size)):
            self.restart(None, None)
            return
        self.total, self.validator = total, validator
        if not self.may_resume or (total is not None and self.there > total):
            self.restart(None, None)

    def restart(self, total: int | None, validator: str | None) -> None:
        """Forget the bytes that are there."""
        if self.there:
            self.file.truncate(0)
            self.there = 0
        self.total, self.validator = total, validator
        notes = {"url": self.url, "total": total, "validator": validator}
        self.notes.write_text(json.dumps(notes), encoding="utf-8")

    def forget(self) -> None:
        """Remove the part and its notes."""
        self.part.unlink(missing_ok=True)
        self.notes.unlink(missing_ok=True)


def _receive_all(
    job: _Download,
    attempts: int,
    sleep: Callable[[float], None],
    notify: Callable[[str], None] | None,
) -> None:
    """Attempt after attempt until the part is whole."""
    failures, furthest = 0, job.there
    while not job.is_whole:
        try:
            _receive(job)
            return
        except _CutError as cut:
            # The furthest byte counts: a server that starts anew each time gets nowhere.
            if job.there >= furthest + _FORGIVEN_BYTES:
                failures = 0
            furthest = max(furthest, job.there)
            failures += 1
            if failures >= attempts:
                raise ConnectionError(
                    f"{job.url} could not be downloaded: {cut}; {job.there:,} bytes are in "
                    f"{job.part}, and the next attempt goes on from there"
                ) from None
            wait = min(LONGEST_WAIT, max(cut.wait, 2.0 ** (failures - 1)))
            if notify is not None:
                notify(f"{cut}; trying again in {wait:g} s ({failures + 1} of {attempts})")
            sleep(wait)


def _receive(job: _Download) -> None:
    """One request: append what comes to the part. Returns when the part is whole."""
    # Only a strong validator, sent back as If-Range, makes sure that it is still the same file.
    request = urllib.request.Request(job.url, headers={"User-Agent": f"textseq/{__version__}"})
    request.add_header("Accept-Encoding", "identity")
    if job.there and not job.may_resume:
        job.restart(None, None)
    if job.there:
        request.add_header("Range", f"bytes={job.there}-")
        if job.validator is not None:
            request.add_header("If-Range", job.validator)
    try:
        with job.opener.open(request, timeout=job.timeout) as response:
            _check_answer(job, response)
            _append(job, response)
    except urllib.error.HTTPError as error:
        with error:
            _refused(job, error)
    except urllib.error.URLError as error:
        _unreachable(job, error.reason)
    except http.client.InvalidURL as error:
        raise ValueError(f"{job.url} is not a URL: {error}") from None
    except (http.client.HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
        reason = "silence" if isinstance(error, TimeoutError) else type(error).__name__
        raise _CutError(f"cut off after {job.there:,} bytes ({reason})") from None


def _check_answer(job: _Download, response: Any) -> None:
    """Decide whether what comes continues the part or starts anew; the part is set up for it."""
    headers = response.headers
    encoding = headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", ""):
        raise ValueError(f"{job.url} comes {encoding}-encoded, which was not asked for")
    length = _whole_number(headers.get("Content-Length"))
    if getattr(response, "status", None) == http.HTTPStatus.PARTIAL_CONTENT:
        start, total = _content_range(headers.get("Content-Range"))
        changed = (total is not None and job.total not in (None, total)) or (
            # Some servers do not know If-Range.
            job.validator is not None and _validator(headers) not in (None, job.validator)
        )
        if start != job.there or changed:
            job.restart(None, None)
            raise _CutError("the server sent another part than the one asked for")
        if total is None and length is not None:
            total = job.there + length
    else:  # 200: the whole file, from its start
        total = length
        _check_total(job, total)
        job.restart(total, _validator(headers))
    _check_total(job, total)
    if total is not None:
        job.total = total
    elif job.size is not None:
        job.total = job.size
    _check_space(job)


def _check_total(job: _Download, total: int | None) -> None:
    if total is not None and job.size is not None and total != job.size:
        raise ValueError(f"{job.url} has {total:,} bytes; {job.size:,} were expected")


def _check_space(job: _Download) -> None:
    """A disk that cannot hold the file is said before the hour of downloading, not after."""
    if job.total is None:
        return
    free = shutil.disk_usage(job.part.parent).free
    if job.total - job.there > free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(job.part))


def _append(job: _Download, response: Any) -> None:
    # read1 gives what is there: bytes that came before a cut are kept.
    read = getattr(response, "read1", response.read)
    while chunk := read(CHUNK_BYTES):
        _write(job, chunk)
        if job.total is not None and job.there > job.total:
            job.restart(None, None)
            raise ValueError(f"{job.url} goes on after the {job.total or job.size:,} bytes of it")
        if job.progress is not None:
            job.progress(job.there, job.total)
    if job.total is None:
        job.total = job.there  # nobody said how long it is: it ends where it ends
    if job.there < job.total:
        raise _CutError(f"cut off after {job.there:,} of {job.total:,} bytes")


def _write(job: _Download, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        try:
            n_bytes = job.file.write(rest)
        except OSError as error:
            # Files do not put their name into such an error.
            raise OSError(error.errno, error.strerror, str(job.part)) from None
        job.there += n_bytes
        job.received += n_bytes
        rest = rest[n_bytes:]


def _refused(job: _Download, error: urllib.error.HTTPError) -> None:
    """A status of 400 and more: raise what it means."""
    if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and job.there:
        job.restart(None, None)
        raise _CutError("the server refused to go on in the middle of the file")
    if error.code in _PASSING:
        wait = _whole_number(error.headers.get("Retry-After")) or 0
        raise _CutError(f"the server answered {error.code} {error.reason}", float(wait))
    if error.code in (http.HTTPStatus.NOT_FOUND, http.HTTPStatus.GONE):
        raise FileNotFoundError(f"{job.url} is not there ({error.code} {error.reason})")
    raise OSError(f"{job.url} cannot be had: {error.code} {error.reason}")


def _unreachable(job: _Download, reason: Any) -> None:
    """No answer at all: raise what that means."""
    if isinstance(reason, FileNotFoundError):
        raise FileNotFoundError(f"{job.url} is not there")
    if urlsplit(job.url).scheme == "file":
        raise OSError(f"{job.url} cannot be read: {reason}")
    if isinstance(reason, ssl.SSLCertVerificationError):
        raise OSError(f"{job.url}: the certificate is not trusted ({reason.verify_message})")
    if isinstance(reason, socket.gaierror) and not job.received:
        host = urlsplit(job.url).hostname
        raise ConnectionError(f"{host} cannot be found; is this machine connected? ({job.url})")
    if isinstance(reason, _RefusedRedirectError):
        raise OSError(str(reason))
    raise _CutError(f"{urlsplit(job.url).hostname} did not answer ({reason})")


class _RefusedRedirectError(Exception):
    pass


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from https to something that others could change."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:  # fmt: skip
        schemes = ("https",) if req.type == "https" else ("http", "https")
        if urlsplit(newurl).scheme not in schemes:
            raise urllib.error.URLError(
                _RefusedRedirectError(f"{req.full_url} leads to {newurl}, which is not safe")
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


# --- small things


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "file") or not (parts.netloc or parts.path):
        raise ValueError(f"{url!r} is not a URL that begins with https://, http:// or file://")


def _validator(headers: Any) -> str | None:
    """What If-Range takes: a strong ETag, or else the time of the last change."""
    etag = headers.get("ETag")
    if etag and not etag.startswith("W/"):
        return str(etag)
    changed = headers.get("Last-Modified")
    return str(changed) if changed else None


def _content_range(value: str | None) -> tuple[int | None, int | None]:
    """Start and total of "bytes 100-199/200"; a total of * is None."""
    unit, _, rest = (value or "").strip().partition(" ")
    span, _, total = rest.partition("/")
    start = span.partition("-")[0]
    if unit.lower() != "bytes":
        return None, None
    return _whole_number(start), _whole_number(total)


def _whole_number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _lock(file: io.FileIO, part: Path) -> None:
    """Two processes must not write one part; the lock goes with the process."""
    try:
        import fcntl
    except ImportError:
        return  # not on Windows
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            raise OSError(f"{part} is being written by another process; wait for it") from None
        # A file system without locks (some network ones) is used as it is.
