from __future__ import annotations

import errno
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textseq.fetch import download
from textseq.fetch.download import Fetched, fetch

BODY = bytes(range(256)) * 4096 + "끝 👩‍👩‍👧 \0\r\u2028".encode()  # 1 MiB and a bit
SHA256 = hashlib.sha256(BODY).hexdigest()
GOOD = f"sha256:{SHA256}"


@dataclass
class Remote:
    """A file on the server, and what the server does instead of giving it."""

    body: bytes = BODY
    etag: str | None = '"one"'
    modified: str | None = None
    ranges: bool = True  # else the whole file is sent, whatever was asked for
    refuses: bool = False  # answers 416 to every range
    knows_if_range: bool = True
    cuts: list[int] = field(default_factory=list)  # bytes that are sent before each cut
    statuses: list[int] = field(default_factory=list)  # answers before the first good one
    redirect: str | None = None
    encoding: str | None = None
    says_length: bool = True
    chunked: bool = False
    lies: int = 0  # added to Content-Length
    wrong_start: bool = False
    hangs: int = 0  # so many requests get no answer


@dataclass
class Request:
    path: str
    range: str | None
    if_range: str | None
    sent: int = 0


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, Remote] = {}
        self.requests: list[Request] = []
        self.end = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # clients that go away are what is tested

    def url(self, path: str = "/file") -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def put(self, path: str = "/file", **settings: object) -> Remote:
        self.files[path] = Remote(**settings)  # type: ignore[arg-type]
        return self.files[path]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        request = Request(self.path, self.headers["Range"], self.headers["If-Range"])
        self.server.requests.append(request)
        self.close_connection = True
        assert self.headers["Accept-Encoding"] == "identity"
        assert self.headers["User-Agent"].startswith("textseq/")
        remote = self.server.files.get(self.path)
        if remote is None:
            return self.send_error(404)
        if remote.hangs:
            remote.hangs -= 1
            self.server.end.wait(30)
            return None
        if remote.statuses:
            return self.send_error(remote.statuses.pop(0))
        if remote.redirect is not None:
            self.send_response(302)
            self.send_header("Location", remote.redirect)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        return self.give(remote, request)

    def give(self, remote: Remote, request: Request) -> None:
        start = 0
        known = request.if_range in (None, remote.etag, remote.modified)
        if request.range is not None:
            if remote.refuses:
                return self.send_error(416)
            if remote.ranges and (known or not remote.knows_if_range):
                start = int(request.range.removeprefix("bytes=").removesuffix("-"))
                if start >= len(remote.body):
                    return self.send_error(416)
        body = remote.body[start:]
        self.send_response(206 if start else 200)
        if start:
            first = start - remote.wrong_start
            self.send_header(
                "Content-Range", f"bytes {first}-{len(remote.body) - 1}/{len(remote.body)}"
            )
            remote.wrong_start = False
        for name, value in (
            ("ETag", remote.etag),
            ("Last-Modified", remote.modified),
            ("Content-Encoding", remote.encoding),
            ("Transfer-Encoding", "chunked" if remote.chunked else None),
        ):
            if value is not None:
                self.send_header(name, value)
        if remote.says_length and not remote.chunked:
            self.send_header("Content-Length", str(len(body) + remote.lies))
        self.end_headers()
        cut = remote.cuts.pop(0) if remote.cuts else None
        request.sent = len(body[:cut])
        if not remote.chunked:
            self.wfile.write(body[:cut])
            return None
        for pos in range(0, request.sent, 50_000):
            chunk = body[:cut][pos : pos + 50_000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        if cut is None:
            self.wfile.write(b"0\r\n\r\n")
        return None


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.end.set()
    server.shutdown()
    thread.join()
    server.server_close()


class Waits(list[float]):
    """A `sleep` that does not sleep."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def get(server: Server, folder: Path, **options: object) -> Fetched:
    options.setdefault("sleep", Waits())
    return fetch(server.url(), folder / "file", **options)  # type: ignore[arg-type]


def check_clean(folder: Path, body: bytes = BODY) -> None:
    """The whole file is there, and nothing else."""
    assert os.listdir(folder) == ["file"]
    assert (folder / "file").read_bytes() == body


def test_fetch_of_a_file(server: Server, tmp_path: Path):
    server.put()
    seen: list[tuple[int, int | None]] = []
    done = get(
        server, tmp_path, size=len(BODY), checksum=GOOD,
        progress=lambda there, total: seen.append((there, total)),
    )  # fmt: skip
    check_clean(tmp_path)
    assert done == Fetched(tmp_path / "file", len(BODY), SHA256, len(BODY))
    assert seen[-1] == (len(BODY), len(BODY))
    assert seen == sorted(seen)
    assert server.requests == [Request("/file", None, None, len(BODY))]


@pytest.mark.parametrize("checksum", [None, GOOD, "md5:" + hashlib.md5(BODY).hexdigest().upper()])
def test_what_is_there_is_not_fetched_again(server: Server, tmp_path: Path, checksum: str | None):
    server.put()
    (tmp_path / "file").write_bytes(BODY)
    done = get(server, tmp_path, checksum=checksum)
    assert (done.sha256, done.received, server.requests) == (SHA256, 0, [])
    server.put(body=b"new")
    assert get(server, tmp_path, overwrite=True).received == 3
    check_clean(tmp_path, b"new")


def test_what_is_there_and_wrong_is_left_and_said(server: Server, tmp_path: Path):
    server.put()
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(ValueError, match=f"file has 4 bytes; {len(BODY):,} were expected"):
        get(server, tmp_path, size=len(BODY))
    with pytest.raises(ValueError, match=f"file has the sha256 .*; expected was {SHA256}"):
        get(server, tmp_path, checksum=GOOD)
    check_clean(tmp_path, b"mine")
    assert server.requests == []


def test_an_empty_file(server: Server, tmp_path: Path):
    server.put(body=b"")
    assert get(server, tmp_path, size=0).sha256 == hashlib.sha256(b"").hexdigest()
    check_clean(tmp_path, b"")


# ---- cut connections


@pytest.mark.parametrize("chunked", [False, True])
def test_a_cut_connection_goes_on_where_it_stopped(server: Server, tmp_path: Path, chunked: bool):
    server.put(cuts=[100_000, 200_000, 300_000], chunked=chunked)
    waits, notices = Waits(), []
    done = get(server, tmp_path, sleep=waits, notify=notices.append, checksum=GOOD)
    check_clean(tmp_path)
    assert [each.range for each in server.requests] == [
        None, "bytes=100000-", "bytes=300000-", "bytes=600000-",
    ]  # fmt: skip
    assert [each.if_range for each in server.requests[1:]] == ['"one"'] * 3
    assert sum(each.sent for each in server.requests) == done.received == len(BODY)
    assert waits == [1, 2, 4]
    assert len(notices) == 3
    assert "trying again in 1 s (2 of 5)" in notices[0]


@settings(
    derandomize=True, deadline=None, max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.binary(max_size=400), st.lists(st.integers(0, 150), max_size=4), st.booleans())
def test_any_file_and_any_cuts(
    server: Server, tmp_path: Path, body: bytes, cuts: list[int], ranges: bool
):
    server.requests.clear()
    server.put(body=body, cuts=list(cuts), ranges=ranges)
    get(server, tmp_path, overwrite=True)
    check_clean(tmp_path, body)
    if ranges:
        assert sum(each.sent for each in server.requests) == len(body)


def test_attempts_end_and_the_next_call_goes_on(server: Server, tmp_path: Path):
    server.put(cuts=[1000, 0, 0, 5000])
    with pytest.raises(ConnectionError, match=r"1,000 bytes are in .*file\.part, and the next"):
        get(server, tmp_path, attempts=3)
    assert sorted(os.listdir(tmp_path)) == ["file.part", "file.part.json"]
    assert (tmp_path / "file.part").read_bytes() == BODY[:1000]
    server.requests.clear()
    done = get(server, tmp_path)
    check_clean(tmp_path)
    assert [each.range for each in server.requests] == ["bytes=1000-", "bytes=6000-"]
    assert done.received == len(BODY) - 1000


def test_a_long_way_in_many_pieces_does_not_run_out_of_attempts(server: Server, tmp_path: Path):
    body = BODY * 8
    server.put(body=body, cuts=[len(BODY) + 1] * 7)
    waits = Waits()
    get(server, tmp_path, attempts=2, sleep=waits)
    check_clean(tmp_path, body)
    assert waits == [1] * 7


def test_a_server_that_always_starts_anew_does_run_out_of_attempts(server: Server, tmp_path: Path):
    server.put(body=BODY * 3, cuts=[len(BODY) * 2] * 99, ranges=False)
    with pytest.raises(ConnectionError):
        get(server, tmp_path, attempts=4)
    assert len(server.requests) <= 5


def test_silence_is_a_cut(server: Server, tmp_path: Path):
    server.put(hangs=1)
    notices: list[str] = []
    get(server, tmp_path, timeout=0.3, notify=notices.append)
    check_clean(tmp_path)
    assert len(notices) == 1


def test_ctrl_c_leaves_the_part(server: Server, tmp_path: Path):
    server.put()

    def stop(there: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        get(server, tmp_path, progress=stop)
    there = (tmp_path / "file.part").stat().st_size
    assert 0 < there < len(BODY)
    assert not (tmp_path / "file").exists()
    assert get(server, tmp_path).received == len(BODY) - there
    check_clean(tmp_path)


def test_a_process_that_died_before_the_rename(server: Server, tmp_path: Path):
    server.put(cuts=[1000])
    with pytest.raises(ConnectionError):
        get(server, tmp_path, attempts=1)
    (tmp_path / "file.part").write_bytes(BODY)
    server.requests.clear()
    assert get(server, tmp_path, checksum=GOOD).received == 0
    check_clean(tmp_path)
    assert server.requests == []


# ---- servers that do not resume, or not the same file


@pytest.mark.parametrize("how", [{"ranges": False}, {"refuses": True}])
def test_without_ranges_it_starts_anew(server: Server, tmp_path: Path, how: dict[str, bool]):
    server.put(cuts=[1000], **how)
    done = get(server, tmp_path)
    check_clean(tmp_path)
    assert done.received == len(BODY) + 1000
    assert server.requests[-1].sent == len(BODY)


@pytest.mark.parametrize("knows_if_range", [True, False])
@pytest.mark.parametrize("size", [len(BODY), 5000])
def test_a_file_that_changed_is_not_glued_together(
    server: Server, tmp_path: Path, knows_if_range: bool, size: int
):
    server.put(cuts=[2000])
    with pytest.raises(ConnectionError):
        get(server, tmp_path, attempts=1)
    new = b"x" * size
    server.put(body=new, etag='"two"', knows_if_range=knows_if_range)
    get(server, tmp_path)
    check_clean(tmp_path, new)


def test_the_time_of_change_stands_in_for_an_etag(server: Server, tmp_path: Path):
    server.put(cuts=[2000], etag='W/"weak"', modified="Mon, 01 Jan 2024 00:00:00 GMT")
    get(server, tmp_path)
    check_clean(tmp_path)
    assert server.requests[1].if_range == "Mon, 01 Jan 2024 00:00:00 GMT"
    assert server.requests[1].sent == len(BODY) - 2000


@pytest.mark.parametrize(("checksum", "again"), [(None, len(BODY)), (GOOD, len(BODY) - 2000)])
def test_without_etag_only_a_checksum_makes_resuming_safe(
    server: Server, tmp_path: Path, checksum: str | None, again: int
):
    server.put(cuts=[2000], etag=None)
    get(server, tmp_path, checksum=checksum)
    check_clean(tmp_path)
    assert server.requests[1].sent == again


def test_another_start_than_the_one_asked_for(server: Server, tmp_path: Path):
    server.put(cuts=[2000], wrong_start=True)
    get(server, tmp_path)
    check_clean(tmp_path)


def test_the_part_of_another_url_is_not_taken_up(server: Server, tmp_path: Path):
    server.put("/other", body=b"y" * len(BODY), cuts=[2000])
    with pytest.raises(ConnectionError):
        fetch(server.url("/other"), tmp_path / "file", attempts=1)
    server.put()
    get(server, tmp_path)
    check_clean(tmp_path)


@pytest.mark.parametrize("notes", ["", "[]", '{"url": 1}', "\0", "[" * 9999, None])
def test_a_part_without_good_notes_is_not_taken_up(
    server: Server, tmp_path: Path, notes: str | None
):
    server.put()
    (tmp_path / "file.part").write_bytes(b"who knows")
    if notes is not None:
        (tmp_path / "file.part.json").write_text(notes)
    get(server, tmp_path)
    check_clean(tmp_path)


# ---- wrong bytes


def test_a_wrong_checksum_removes_the_part(server: Server, tmp_path: Path):
    server.put(body=BODY[::-1])
    found = hashlib.sha256(BODY[::-1]).hexdigest()
    with pytest.raises(ValueError, match=f"has the sha256 {found}; expected was {SHA256}"):
        get(server, tmp_path, checksum=GOOD)
    assert os.listdir(tmp_path) == []


def test_wrong_bytes_leave_what_was_there(server: Server, tmp_path: Path):
    server.put(body=b"wrong")
    (tmp_path / "file").write_bytes(BODY)
    with pytest.raises(ValueError, match="expected was"):
        get(server, tmp_path, checksum=GOOD, overwrite=True)
    check_clean(tmp_path)


def test_another_size_than_expected_is_seen_before_the_download(server: Server, tmp_path: Path):
    server.put()
    with pytest.raises(ValueError, match=f"has {len(BODY):,} bytes; 7 were expected"):
        get(server, tmp_path, size=7)
    assert os.listdir(tmp_path) == []
    assert server.requests[0].range is None


def test_a_length_that_is_too_long_is_a_cut(server: Server, tmp_path: Path):
    server.put(lies=10)
    with pytest.raises(ConnectionError, match="could not be downloaded"):
        get(server, tmp_path, attempts=2)
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("chunked", [False, True])
def test_without_a_length_the_size_decides(server: Server, tmp_path: Path, chunked: bool):
    server.put(says_length=False, chunked=chunked, cuts=[1000])
    get(server, tmp_path, size=len(BODY))
    check_clean(tmp_path)
    with pytest.raises(ValueError, match="goes on after the 1,000 bytes"):
        get(server, tmp_path, size=1000, overwrite=True)
    check_clean(tmp_path)


def test_an_encoding_that_was_not_asked_for(server: Server, tmp_path: Path):
    server.put(encoding="gzip")
    with pytest.raises(ValueError, match="comes gzip-encoded"):
        get(server, tmp_path)


# ---- answers other than the file


def test_a_missing_file(server: Server, tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=f"{server.url()} is not there \\(404 Not Found"):
        get(server, tmp_path)
    assert len(server.requests) == 1
    assert os.listdir(tmp_path) == []


def test_what_may_pass_is_tried_again(server: Server, tmp_path: Path):
    server.put(statuses=[500, 503, 429])
    waits = Waits()
    get(server, tmp_path, sleep=waits)
    check_clean(tmp_path)
    assert waits == [1, 2, 4]


def test_what_does_not_pass_is_not_tried_again(server: Server, tmp_path: Path):
    server.put(statuses=[403])
    with pytest.raises(OSError, match="cannot be had: 403 Forbidden"):
        get(server, tmp_path)
    assert len(server.requests) == 1


def test_a_redirect_is_followed_also_in_the_middle(server: Server, tmp_path: Path):
    server.put(redirect="/there")
    server.put("/there", cuts=[3000])
    get(server, tmp_path)
    check_clean(tmp_path)
    assert [each.range for each in server.requests] == [None, None, *["bytes=3000-"] * 2]


@pytest.mark.parametrize("where", ["file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_a_redirect_out_of_the_web_is_refused(server: Server, tmp_path: Path, where: str):
    server.put(redirect=where)
    with pytest.raises(OSError, match=r"not safe|cannot be had"):
        get(server, tmp_path)
    assert not (tmp_path / "file").exists()


def test_https_is_never_left():
    import urllib.error
    import urllib.request

    follow = download._Redirects().redirect_request
    request = urllib.request.Request("https://a.example/x")
    with pytest.raises(urllib.error.URLError, match="not safe"):
        follow(request, None, 302, "Found", {}, "http://a.example/x")  # type: ignore[arg-type]
    assert follow(request, None, 302, "Found", {}, "https://b.example/x") is not None  # type: ignore[arg-type]


def test_nobody_listens(server: Server, tmp_path: Path):
    url = server.url()
    server.shutdown()
    server.server_close()
    waits = Waits()
    with pytest.raises(ConnectionError, match=r"127\.0\.0\.1 did not answer"):
        fetch(url, tmp_path / "file", attempts=3, sleep=waits)
    assert waits == [1, 2]


def test_a_file_url_and_a_missing_one(tmp_path: Path):
    (tmp_path / "there").write_bytes(BODY)
    target = tmp_path / "out" / "file"
    assert fetch((tmp_path / "there").as_uri(), target, checksum=GOOD).sha256 == SHA256
    check_clean(tmp_path / "out")
    with pytest.raises(FileNotFoundError, match="nowhere is not there"):
        fetch((tmp_path / "nowhere").as_uri(), target, overwrite=True)
    check_clean(tmp_path / "out")


@pytest.mark.parametrize("url", ["", "text8", "ftp://a/b", "javascript:1", "http://"])
def test_what_is_no_url(tmp_path: Path, url: str):
    with pytest.raises(ValueError, match="is not a URL that begins with https://"):
        fetch(url, tmp_path / "file")
    assert os.listdir(tmp_path) == []


def test_a_checksum_that_is_none(server: Server, tmp_path: Path):
    with pytest.raises(ValueError, match="begins with none of sha256, sha1, md5"):
        get(server, tmp_path, checksum="crc32:00")
    assert server.requests == []


# ---- the disk


def test_a_disk_that_is_too_small_is_seen_before_the_download(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    server.put()
    monkeypatch.setattr(
        download.shutil, "disk_usage", lambda path: type("Usage", (), {"free": len(BODY) - 1})()
    )
    with pytest.raises(OSError, match="No space left") as caught:
        get(server, tmp_path)
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == str(tmp_path / "file.part")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_disk_that_fills_up(server: Server, tmp_path: Path):
    server.put()
    (tmp_path / "file.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as caught:
        get(server, tmp_path)
    assert caught.value.filename == str(tmp_path / "file.part")
    assert not (tmp_path / "file").exists()


def test_one_part_has_one_writer(server: Server, tmp_path: Path):
    pytest.importorskip("fcntl")
    server.put()

    def meanwhile(there: int, total: int | None) -> None:
        with pytest.raises(OSError, match="written by another process"):
            get(server, tmp_path)

    get(server, tmp_path, progress=meanwhile)
    check_clean(tmp_path)


def test_notes_say_what_the_part_is_of(server: Server, tmp_path: Path):
    server.put(cuts=[10])
    with pytest.raises(ConnectionError):
        get(server, tmp_path, attempts=1)
    notes = json.loads((tmp_path / "file.part.json").read_text())
    assert notes == {"url": server.url(), "total": len(BODY), "validator": '"one"'}
