from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from textseq.config import TextConfig
from textseq.fetch.corpus_folder import PARTS, RECORD, fetch_corpus
from textseq.fetch.download import fetch
from textseq.fetch.known_corpora import CORPORA, KnownCorpus, RemoteFile
from textseq.text.reading.corpus import read_lines

TRAIN, TEST = "하나 둘\nthree\n".encode(), b"four\n"


def known(*files: RemoteFile) -> KnownCorpus:
    return KnownCorpus("tiny", "A tiny one", "English", "none", "MIT", "textseq vocab", files)


def remote(mirror: Path, name: str, body: bytes, *, known: bool = True) -> RemoteFile:
    """A file on the mirror, and its row."""
    (mirror / "tiny").mkdir(exist_ok=True)
    (mirror / "tiny" / name).write_bytes(body)
    checksum = f"sha256:{hashlib.sha256(body).hexdigest()}"
    return RemoteFile(
        f"https://nowhere.invalid/x/{name}",
        len(body) if known else None,
        checksum if known else None,
    )


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, body in files.items():
            packed.writestr(name, body)
    return buffer.getvalue()


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    (tmp_path / "mirror").mkdir()
    return tmp_path / "mirror"


def get(corpus: KnownCorpus, mirror: Path, **options: Any) -> dict[str, Any]:
    return fetch_corpus(
        corpus, mirror.parent / "out", base_url=mirror.as_uri(), **options
    )  # fmt: skip


def test_plain_files(mirror: Path):
    corpus = known(remote(mirror, "train.txt", TRAIN), remote(mirror, "test.txt", TEST))
    seen: list[tuple[int, int | None]] = []
    record = get(corpus, mirror, progress=lambda there, total: seen.append((there, total)))
    out = mirror.parent / "out"
    assert sorted(os.listdir(out)) == [RECORD, "test.txt", "train.txt"]
    assert (out / "train.txt").read_bytes() == TRAIN
    assert seen[-1] == (len(TRAIN) + len(TEST), len(TRAIN) + len(TEST))
    assert seen == sorted(seen)
    assert json.loads((out / RECORD).read_text(encoding="utf-8")) == record
    assert record["complete"]
    assert (record["name"], record["licence"]) == ("tiny", "MIT")
    assert record["files"]["train.txt"] == {
        "url": f"{mirror.as_uri()}/tiny/train.txt",
        "size": len(TRAIN),
        "sha256": hashlib.sha256(TRAIN).hexdigest(),
        "verified": True,
        "gives": {"train.txt": len(TRAIN)},
    }
    # The folder is a corpus as it is: the record is hidden.
    assert list(read_lines(out, TextConfig())) == ["four", "하나 둘", "three"]


def test_an_archive_is_unpacked_without_the_folder_around_it(mirror: Path):
    body = zipped({"tiny-v1/train.txt": TRAIN, "tiny-v1/.hidden": b"", "tiny-v1/more/a": TEST})
    record = get(known(remote(mirror, "tiny.zip", body)), mirror)
    out = mirror.parent / "out"
    assert sorted(os.listdir(out)) == [RECORD, "more", "train.txt"]
    assert (out / "more/a").read_bytes() == TEST
    assert record["files"]["tiny.zip"]["gives"] == {"more": len(TEST), "train.txt": len(TRAIN)}


def test_a_tar_archive_with_one_file(mirror: Path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
        info = tarfile.TarInfo("text8")
        info.size = len(TRAIN)
        packed.addfile(info, io.BytesIO(TRAIN))
    get(known(remote(mirror, "text8.tar.gz", buffer.getvalue())), mirror)
    assert (mirror.parent / "out/text8").read_bytes() == TRAIN


@pytest.mark.parametrize("archive", [False, True])
def test_the_second_time_nothing_is_fetched(mirror: Path, archive: bool):
    file = (
        remote(mirror, "a.zip", zipped({"a": TRAIN}))
        if archive
        else remote(mirror, "a", TRAIN, known=False)
    )
    first = get(known(file), mirror)
    shutil.rmtree(mirror)
    assert get(known(file), mirror) == first


@pytest.mark.parametrize("archive", [False, True])
def test_what_changed_since_is_said_and_force_fetches_it_anew(mirror: Path, archive: bool):
    name, body = ("a.zip", zipped({"a": TRAIN})) if archive else ("a", TRAIN)
    corpus = known(remote(mirror, name, body))
    get(corpus, mirror)
    path = mirror.parent / "out/a"
    path.write_bytes(b"edited")
    with pytest.raises(ValueError, match=r"out/a has 6 bytes; .*; overwrite=True fetches it anew"):
        get(corpus, mirror)
    assert path.read_bytes() == b"edited"
    get(corpus, mirror, overwrite=True)
    assert path.read_bytes() == TRAIN
    path.unlink()
    get(corpus, mirror)  # what is gone is simply fetched
    assert path.read_bytes() == TRAIN


def test_without_a_checksum_the_first_time_counts(mirror: Path):
    corpus = known(remote(mirror, "a", TRAIN, known=False))
    record = get(corpus, mirror)
    assert not record["files"]["a"]["verified"]
    path = mirror.parent / "out/a"
    path.unlink()
    (mirror / "tiny/a").write_bytes(TRAIN[::-1])
    with pytest.raises(ValueError, match="expected was " + record["files"]["a"]["sha256"]):
        get(corpus, mirror)
    assert not path.exists()
    assert (
        get(corpus, mirror, overwrite=True)["files"]["a"]["sha256"]
        != record["files"]["a"]["sha256"]
    )
    assert path.read_bytes() == TRAIN[::-1]


def test_files_that_came_are_kept_when_a_later_one_fails(mirror: Path):
    corpus = known(remote(mirror, "train.txt", TRAIN), remote(mirror, "test.txt", TEST))
    (mirror / "tiny/test.txt").unlink()
    with pytest.raises(FileNotFoundError, match=r"tiny/test\.txt is not there"):
        get(corpus, mirror)
    out = mirror.parent / "out"
    record = json.loads((out / RECORD).read_text(encoding="utf-8"))
    assert not record["complete"]
    assert list(record["files"]) == ["train.txt"]
    (mirror / "tiny/test.txt").write_bytes(TEST)
    asked: list[str] = []

    def counting(url: str, *arguments: Any, **options: Any) -> Any:
        asked.append(url.rpartition("/")[2])
        return fetch(url, *arguments, **options)

    assert get(corpus, mirror, fetch=counting)["complete"]
    assert asked == ["test.txt"]


def test_wrong_bytes_get_no_name(mirror: Path):
    corpus = known(remote(mirror, "a", TRAIN))
    (mirror / "tiny/a").write_bytes(TRAIN[::-1])
    with pytest.raises(ValueError, match="expected was"):
        get(corpus, mirror)
    assert not (mirror.parent / "out/a").exists()


def test_a_bad_archive_is_not_kept(mirror: Path):
    corpus = known(remote(mirror, "a.zip", zipped({"../a": TRAIN}), known=False))
    with pytest.raises(ValueError, match="leads out of it"):
        get(corpus, mirror)
    assert sorted(os.listdir(mirror.parent)) == ["mirror", "out"]
    assert os.listdir(mirror.parent / "out" / PARTS) == []
    (mirror / "tiny/a.zip").write_bytes(zipped({"a": TRAIN}))
    get(corpus, mirror)
    assert (mirror.parent / "out/a").read_bytes() == TRAIN


def test_somebody_elses_folder_is_left_alone(mirror: Path):
    corpus = known(remote(mirror, "a", TRAIN))
    out = mirror.parent / "out"
    out.mkdir()
    (out / "diary").write_text("dear")
    for force in (False, True):
        with pytest.raises(FileExistsError, match="was not fetched by textseq; it is left alone"):
            get(corpus, mirror, overwrite=force)
    assert os.listdir(out) == ["diary"]
    (out / "diary").unlink()
    get(corpus, mirror)  # an empty folder is free
    other = KnownCorpus("other", "", "", "", "", "", corpus.files)
    with pytest.raises(FileExistsError, match="holds the corpus tiny, not other"):
        get(other, mirror)


def test_a_file_is_no_folder(mirror: Path):
    corpus = known(remote(mirror, "a", TRAIN))
    (mirror.parent / "out").write_text("")
    with pytest.raises(FileExistsError, match="left alone"):
        get(corpus, mirror)


def test_a_bundled_corpus_is_not_fetched(tmp_path: Path):
    with pytest.raises(ValueError, match="comes with textseq"):
        fetch_corpus(known(), tmp_path / "out")


@pytest.mark.parametrize(
    "entry",
    [
        1,
        {},
        {"size": "5", "sha256": "0", "gives": {}},
        {"size": 5, "sha256": 0, "gives": {}},
        {"size": 5, "sha256": "0", "gives": ["a.txt"]},
        {"size": 5, "sha256": "0", "gives": {"a.txt": None}},
        {"size": 5, "sha256": "0", "gives": {"/etc/passwd": 5}},
        {"size": 5, "sha256": "0", "gives": {"../a.txt": 5}},
    ],
)
def test_a_record_that_lies_is_none(mirror: Path, tmp_path: Path, entry: Any):
    corpus = known(remote(mirror, "a.txt", TEST))
    fetch_corpus(corpus, tmp_path / "c", base_url=mirror.as_uri())
    path = tmp_path / "c" / RECORD
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record | {"files": {"a.txt": entry}}))
    with pytest.raises(FileExistsError, match=r"/c is there and was not fetched by textseq"):
        fetch_corpus(corpus, tmp_path / "c", base_url=mirror.as_uri())
    path.write_text("[" * 100_000)
    with pytest.raises(FileExistsError, match=r"/c is there and was not fetched by textseq"):
        fetch_corpus(corpus, tmp_path / "c", base_url=mirror.as_uri())


def test_a_corpus_by_its_name(mirror: Path, monkeypatch: pytest.MonkeyPatch):
    corpus = known(remote(mirror, "text", b"a b c\n"))
    monkeypatch.setitem(CORPORA, "text9", corpus)
    given: list[Any] = [corpus, "text9", "Text9"]
    for number, name in enumerate(given):
        folder = mirror.parent / f"folder-{number}"
        fetch_corpus(name, folder, base_url=mirror.as_uri())
        assert list(read_lines(str(folder), TextConfig())) == ["a b c"]
    with pytest.raises(KeyError, match="no corpus 'textt' is known; is it text"):
        fetch_corpus("textt", mirror.parent / "none")
    assert not (mirror.parent / "none").exists()
