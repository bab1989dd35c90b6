"""Files by URL, and archives."""

import gzip
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from textseq.compat.torchtext.utils import (
    download_from_url,
    extract_archive,
    get_asset_local_path,
    validate_file,
)


def test_a_file_by_its_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    source = tmp_path / "there" / "words.txt"
    source.parent.mkdir()
    source.write_bytes(b"a b")
    monkeypatch.chdir(tmp_path)
    found = download_from_url(source.as_uri())
    assert found == str(tmp_path / ".data/words.txt")
    assert Path(found).read_bytes() == b"a b"
    source.write_bytes(b"new")
    assert Path(download_from_url(source.as_uri())).read_bytes() == b"a b"  # it is there
    assert Path(download_from_url(source.as_uri(), overwrite=True)).read_bytes() == b"new"
    target = str(tmp_path / "other/name.txt")
    sha256 = hashlib.sha256(b"new").hexdigest()
    assert download_from_url(source.as_uri(), target, hash_value=sha256) == target
    with pytest.raises(RuntimeError, match="the md5"):
        download_from_url(source.as_uri(), target, hash_value="0" * 32, hash_type="md5")


def test_archives(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x/b.txt", "b")
        archive.writestr("a.txt", "a")
    files = [str(tmp_path / "a.txt"), str(tmp_path / "x/b.txt")]
    assert extract_archive(str(tmp_path / "a.zip")) == files
    Path(files[0]).write_text("changed")
    assert extract_archive(str(tmp_path / "a.zip")) == files
    assert Path(files[0]).read_text() == "changed"
    extract_archive(str(tmp_path / "a.zip"), overwrite=True)
    assert Path(files[0]).read_text() == "a"
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("c.txt")
        member.size = 1
        archive.addfile(member, io.BytesIO(b"c"))
    found = extract_archive(str(tmp_path / "b.tar.gz"), str(tmp_path / "to"))
    assert found == [str(tmp_path / "to/c.txt")]
    (tmp_path / "d.txt.gz").write_bytes(gzip.compress(b"d"))
    assert extract_archive(str(tmp_path / "d.txt.gz")) == [str(tmp_path / "d.txt")]
    assert (tmp_path / "d.txt").read_bytes() == b"d"
    with pytest.raises(NotImplementedError, match="ends in none of"):
        extract_archive(str(tmp_path / "d.txt"))


def test_damaged_archives_change_nothing(tmp_path: Path):
    whole = gzip.compress(b"d" * 1000)
    (tmp_path / "d.gz").write_bytes(whole[:-9])
    with pytest.raises(ValueError, match="cut off or damaged"):
        extract_archive(str(tmp_path / "d.gz"))
    with tarfile.open(tmp_path / "e.tgz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../out"), io.BytesIO())
    with pytest.raises(ValueError, match="leads out"):
        extract_archive(str(tmp_path / "e.tgz"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.gz", "e.tgz"]


def test_assets_are_local(tmp_path: Path):
    (tmp_path / "vocab.txt").write_text("a")
    assert get_asset_local_path(str(tmp_path / "vocab.txt")) == str(tmp_path / "vocab.txt")
    with pytest.raises(FileNotFoundError, match="not fetched unasked") as error:
        get_asset_local_path("https://example.com/vocab.txt")
    assert "\n" not in str(error.value)
    with pytest.raises(FileNotFoundError, match="nothing is downloaded here"):
        get_asset_local_path(str(tmp_path / "other.txt"))


def test_checksums():
    assert validate_file(io.BytesIO(b"a"), hashlib.md5(b"a").hexdigest(), "md5")
    assert not validate_file(io.BytesIO(b"b"), hashlib.sha256(b"a").hexdigest())
    with pytest.raises(ValueError, match="not sha256 or md5"):
        validate_file(io.BytesIO(b"a"), "", "sha1")
