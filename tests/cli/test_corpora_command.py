from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from textseq.cli import app
from textseq.fetch import known_corpora
from textseq.fetch.known_corpora import CORPORA, KnownCorpus, RemoteFile

Run = Callable[..., Any]  # `run` of conftest.py
TEXT = b"one two\nthree\n" * 1000


@pytest.fixture(autouse=True)
def command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.COMMANDS, "corpora", "corpora_command")
    for name in ("TEXTSEQ_CORPORA_URL", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> KnownCorpus:
    """A corpus of one file in the table."""
    checksum = f"sha256:{hashlib.sha256(TEXT).hexdigest()}"
    file = RemoteFile("https://nowhere.invalid/tiny.txt", len(TEXT), checksum)
    next_ = "textseq vocab {folder}/tiny.txt"
    row = KnownCorpus("tiny", "Three words", "English", "words", "CC0", next_, (file,))
    monkeypatch.setitem(known_corpora.CORPORA, "tiny", row)
    return row


@pytest.fixture
def server() -> Iterator[Callable[[int | None], str]]:
    """`server(k)`: the base URL of a server which cuts the first answer after k bytes."""
    cut: list[int | None] = []
    servers = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            if self.path != "/base/tiny/tiny.txt":
                return self.send_error(404)
            start = int((self.headers["Range"] or "bytes=0-")[6:-1])
            self.send_response(206 if start else 200)
            self.send_header("ETag", '"1"')
            self.send_header("Content-Length", str(len(TEXT) - start))
            self.send_header("Content-Range", f"bytes {start}-{len(TEXT) - 1}/{len(TEXT)}")
            self.end_headers()
            self.wfile.write(TEXT[start:][: cut.pop() if cut else None])
            return None

    def serve(after: int | None) -> str:
        cut[:] = [] if after is None else [after]
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        loop = partial(servers[-1].serve_forever, poll_interval=0.01)
        threading.Thread(target=loop, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_address[1]}/base"

    yield serve
    for each in servers:
        each.shutdown()
        each.server_close()


def test_list_is_a_table(run: Run):
    result = run("corpora")
    assert (result.status, result.err) == (0, "")
    head, *rows = result.out.rstrip("\n").split("\n")
    assert head.split() == ["name", "size", "language", "task", "licence", "from"]
    assert [row.split()[0] for row in rows] == list(CORPORA)
    assert re.search(r"^text8 +31\.3 MB  English +word vectors +GFDL", result.out, re.M)
    assert Path(rows[0].split()[-1]).is_file()
    assert run("corpora", "list") == result


def test_list_as_json(run: Run):
    rows = [json.loads(line) for line in run("corpora", "--json").out.strip().split("\n")]
    assert [row["name"] for row in rows] == list(CORPORA)
    by_name = {row["name"]: row for row in rows}
    assert by_name["nsmc"]["size"] == 19_522_142
    assert by_name["nsmc"]["files"][1]["checksum"].startswith("sha256:8ac9f640")
    assert Path(by_name["miniworld"]["path"]).stat().st_size == by_name["miniworld"]["size"]


def test_show(run: Run):
    result = run("corpora", "show", "text8", "--out", "here")
    assert result.status == 0
    assert "https://mattmahoney.net/dc/text8.zip" in result.out
    assert "31,344,016 bytes, sha256:a6640522" in result.out
    assert result.out.endswith("textseq train-w2v here/text8\n")
    shown = json.loads(run("corpora", "show", "text8", "--json", "--base-url", "http://x/y/").out)
    assert shown["files"][0]["url"] == "http://x/y/text8/text8.zip"
    assert shown["next"] == "textseq train-w2v text8/text8"


def test_show_says_where_no_checksum_is_known(run: Run, monkeypatch: pytest.MonkeyPatch):
    row = KnownCorpus("bare", "a", "b", "c", "d", "e", (RemoteFile("https://a/b", None, None),))
    monkeypatch.setitem(known_corpora.CORPORA, "bare", row)
    assert "size unknown, no checksum known" in run("corpora", "show", "bare").out
    assert re.search(r"^bare +\? ", run("corpora").out, re.M)


def test_fetch_of_what_is_here_says_where(run: Run):
    result = run("corpora", "fetch", "miniworld-ko")
    assert result.status == 0
    assert Path(result.out.strip()).name == "miniworld-ko.txt.gz"
    assert result.err == "miniworld-ko comes with textseq; nothing to fetch\n"
    assert run("corpora", "show", "miniworld-ko").out.rstrip().endswith(result.out.strip())


@pytest.mark.parametrize("how", ["option", "variable"])
def test_fetch(run: Run, tiny: KnownCorpus, server: Any, monkeypatch: pytest.MonkeyPatch, how: str):
    base = server(None)
    if how == "variable":
        monkeypatch.setenv("TEXTSEQ_CORPORA_URL", base)
    result = run("corpora", "fetch", "TINY", *(["--base-url", base] if how == "option" else []))
    assert (result.status, result.out) == (0, "")
    assert (
        result.err == "tiny is in tiny: 0.0 MB; licence: CC0\nnext: textseq vocab tiny/tiny.txt\n"
    )
    assert Path("tiny/tiny.txt").read_bytes() == TEXT
    out = run("vocab", "tiny", "--min-count", "1", "--quiet").out
    assert out == "one\t1000\nthree\t1000\ntwo\t1000\n"


def test_fetch_goes_on_after_a_cut(run: Run, tiny: KnownCorpus, server: Any):
    result = run("corpora", "fetch", "tiny", "--base-url", server(3000), "--out", "elsewhere")
    assert result.status == 0
    assert "cut off after 3,000 of 14,000 bytes; trying again in 1 s" in result.err
    assert Path("elsewhere/tiny.txt").read_bytes() == TEXT


def test_ctrl_c_and_the_same_command_again(
    run: Run, tiny: KnownCorpus, server: Any, monkeypatch: pytest.MonkeyPatch
):
    from textseq.cli.corpora_command import Meter

    def stop(*values: object) -> None:
        raise KeyboardInterrupt

    arguments = ("corpora", "fetch", "tiny", "--base-url", server(3000))
    with monkeypatch.context() as patch:
        patch.setattr(Meter, "update", stop)
        result = run(*arguments)
    assert result.status == 130
    assert "what has come is kept; the same command goes on from there\n" in result.err
    assert not Path("tiny/tiny.txt").exists()
    assert Path("tiny/.download/tiny.txt.part").read_bytes() == TEXT[:3000]
    assert run(*arguments, "--quiet") == (0, "", "")
    assert Path("tiny/tiny.txt").read_bytes() == TEXT


def test_fetch_from_a_folder_as_json(run: Run, tiny: KnownCorpus, tmp_path: Path):
    (tmp_path / "mirror/tiny").mkdir(parents=True)
    (tmp_path / "mirror/tiny/tiny.txt").write_bytes(TEXT)
    base = (tmp_path / "mirror").as_uri()
    result = run("corpora", "fetch", "tiny", "--base-url", base, "--json", "--quiet")
    assert result.err == ""
    assert json.loads(result.out)["complete"]
    Path("tiny/tiny.txt").write_bytes(b"x" * len(TEXT))
    result = run("corpora", "fetch", "tiny", "--base-url", base)
    assert result.status == 1
    assert "; --force fetches it anew" in result.message
    assert run("corpora", "fetch", "tiny", "--base-url", base, "--force").status == 0
    assert Path("tiny/tiny.txt").read_bytes() == TEXT


def test_unknown_checksum_is_said(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = RemoteFile("https://nowhere.invalid/a.txt", None, None)
    row = KnownCorpus("bare", "a", "b", "c", "d", "textseq vocab {folder}", (file,))
    monkeypatch.setitem(known_corpora.CORPORA, "bare", row)
    (tmp_path / "mirror/bare").mkdir(parents=True)
    (tmp_path / "mirror/bare/a.txt").write_bytes(TEXT)
    result = run("corpora", "fetch", "bare", "--base-url", (tmp_path / "mirror").as_uri())
    digest = hashlib.sha256(TEXT).hexdigest()
    assert f"no checksum of a.txt is known; recorded: sha256:{digest}\n" in result.err


def test_a_missing_file_says_what_helps(run: Run, tiny: KnownCorpus, server: Any):
    result = run("corpora", "fetch", "tiny", "--base-url", server(None) + "/wrong")
    assert result.status == 1
    assert "/base/wrong/tiny/tiny.txt is not there (404 Not Found)" in result.message
    assert "--base-url or TEXTSEQ_CORPORA_URL names another place" in result.message


def test_somebody_elses_folder(run: Run, tiny: KnownCorpus):
    Path("tiny").mkdir()
    Path("tiny/diary").write_text("dear")
    for more in ([], ["--force"]):
        result = run("corpora", "fetch", "tiny", *more)
        assert result.status == 1
        assert "tiny is there and was not fetched by textseq" in result.message
    assert Path("tiny/diary").read_text() == "dear"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["text8"], 2, "'text8' is a corpus; `textseq corpora show text8` or `fetch text8`"),
        (["get", "text8"], 2, "'get' was given; it can be list, show, fetch"),
        (["list", "text8"], 2, "list takes no name; `textseq corpora show text8`"),
        (["fetch"], 2, "fetch takes the name of a corpus"),
        (["fetch", "text9"], 1, "no corpus 'text9' is known; is it text8"),
        (["show", "zzzzzz"], 1, "there are miniworld, miniworld-ko, text8"),
        (["fetch", "text8", "--base-url", "ftp://x"], 1, "begins with https://"),
    ],
)
def test_wrong_uses(run: Run, arguments: list[str], status: int, message: str):
    result = run("corpora", *arguments)
    assert result.status == status
    assert message in result.message


def test_help(run: Run):
    result = run("corpora", "--help")
    assert (result.status, result.err) == (0, "")
    assert "textseq corpora fetch text8 && textseq train-w2v text8" in result.out
