from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from textseq.bundled import bundled
from textseq.cli.app import COMMANDS
from textseq.fetch.checksums import split_checksum
from textseq.fetch.known_corpora import CORPORA, KnownCorpus, RemoteFile, find_corpus, mirrored

ROWS = pytest.mark.parametrize("corpus", CORPORA.values(), ids=lambda corpus: corpus.name)


@ROWS
def test_a_row_is_complete(corpus: KnownCorpus):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", corpus.name)
    assert all((corpus.title, corpus.language, corpus.task, corpus.licence))
    assert (corpus.bundled is None) == bool(corpus.files)
    if corpus.bundled is not None:
        assert bundled(corpus.bundled).is_file()
    names = [file.name for file in corpus.files]
    assert len(set(names)) == len(names)  # on a mirror they lie in one folder
    for file in corpus.files:
        assert urlsplit(file.url).scheme == "https"
        assert re.fullmatch(r"[\w.-]+", file.name)
        assert not file.name.startswith(".")
        assert file.size is None or file.size > 0
        if file.checksum is not None:
            split_checksum(file.checksum)


@ROWS
def test_the_next_command_is_one_of_ours(corpus: KnownCorpus):
    line = corpus.next.format(folder="x")
    assert "{" not in line
    command = re.search(r"(?:^|\| )textseq ([\w-]+)", line)
    assert command is not None
    assert command[1] in COMMANDS


def test_the_well_known_ones_are_there():
    known = ("text8", "enwik9", "wikitext-2", "wikitext-103", "imdb", "ag-news", "nsmc", "multi30k")
    assert set(known) <= set(CORPORA)
    assert sum(name.startswith("ud-") for name in CORPORA) >= 5
    assert list(CORPORA)[:2] == ["miniworld", "miniworld-ko"]  # what is here already comes first


def test_no_file_stands_twice():
    files = [file for corpus in CORPORA.values() for file in corpus.files]
    assert len({file.url for file in files}) == len(files)
    assert len({file.checksum for file in files}) == len(files)  # a slip of copy and paste


@pytest.mark.parametrize("name", ["ag-news", "AG_NEWS", "Ag-News"])
def test_find_corpus(name: str):
    assert find_corpus(name).name == "ag-news"


@pytest.mark.parametrize(
    ("name", "near"), [("text9", "text8"), ("wikitext", "wikitext-2"), ("ewt", "ud-english-ewt")]
)
def test_an_unknown_name_gets_near_ones(name: str, near: str):
    with pytest.raises(KeyError, match=f"no corpus '{name}' is known; is it .*{near}"):
        find_corpus(name)


@pytest.mark.parametrize("name", ["", "zzzzzz", "\ud800"])
def test_a_name_like_none_gets_them_all(name: str):
    with pytest.raises(KeyError, match=r"there are miniworld, .*, text8, .*nsmc"):
        find_corpus(name)


def test_a_mirror_has_one_folder_for_a_corpus():
    urls = mirrored(CORPORA["nsmc"], "http://localhost:8000/data/")
    assert urls == [
        "http://localhost:8000/data/nsmc/ratings_train.txt",
        "http://localhost:8000/data/nsmc/ratings_test.txt",
    ]
    assert mirrored(CORPORA["text8"], None) == [CORPORA["text8"].files[0].url]


def test_sizes():
    assert CORPORA["nsmc"].size == 14_628_807 + 4_893_335
    unknown = RemoteFile("https://a.example/b.tar.gz?x=1", None, None)
    assert unknown.name == "b.tar.gz"
    assert unknown.is_archive
    assert not RemoteFile("https://a.example/train.de.gz", None, None).is_archive
    assert KnownCorpus("a", "b", "c", "d", "e", "f", (unknown,)).size is None
