"""The index finds most of the nearest, with exact cosines, and is of its own vectors only."""

from __future__ import annotations

import json
import os
import shutil
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from textseq.config import IndexConfig
from textseq.text.vocab import Vocab
from textseq.vectors.search.index_file import check_index_file
from textseq.vectors.text_vectors import TextVectors
from textseq.vectors.word_vectors import WordVectors

pytest.importorskip("faiss")
N, DIM, LINKS = 600, 12, 8
CONFIG = IndexConfig(links=LINKS, effort=40, candidates=32)


def vectors_of(n: int, dim: int = DIM, seed: int = 1) -> WordVectors:
    rng = np.random.default_rng(seed)
    centers = rng.standard_normal((n // 20 + 1, dim))
    rows = centers[rng.integers(0, len(centers), n)] + 0.4 * rng.standard_normal((n, dim))
    rows *= rng.uniform(0.01, 30, (n, 1))
    rows[n // 2] = 0
    return WordVectors(Vocab([f"w{k}" for k in range(n)], specials=()), rows.astype(np.float32))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index, not to be changed."""
    path = tmp_path_factory.mktemp("made") / "vectors"
    vectors_of(N).save(path)
    assert WordVectors.load(path).build_index(CONFIG) > 0.97
    return path


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(made, tmp_path / "vectors"))


# ---- answers


def test_most_of_the_nearest_are_found_with_their_true_cosines(made: Path):
    vectors = WordVectors.load(made)
    words = [f"w{k}" for k in range(0, N, 7)]
    found, exact = vectors.nearest(words, approximate=True), vectors.nearest(words)
    n_same = sum(len(set(a) & set(b)) for a, b in zip(found, exact, strict=True))
    assert n_same > 0.97 * 10 * len(words)
    cosines = dict(vectors.nearest("w7", N - 1))
    for answer, word in zip(found, words, strict=True):
        assert len(answer) == 10
        assert word not in [each.word for each in answer]
        assert answer == sorted(answer, key=lambda each: -each.similarity)
    assert all(cosines[each.word] == each.similarity for each in found[1])
    assert [vectors.nearest(word, approximate=True) for word in words] == found
    assert WordVectors.load(made).index_recall == vectors.index_recall > 0.97


def test_all_that_goes_with_an_index(made: Path):
    vectors = WordVectors.load(made)
    near = vectors.nearest("w3", 5)
    assert vectors.nearest("w3", 5, approximate=True) == near
    least = near[2].similarity
    assert vectors.nearest("w3", threshold=least, approximate=True) == near[:3]
    exclude = [each.word for each in near[:2]]
    assert vectors.nearest("w3", 3, exclude=exclude, approximate=True) == near[2:]
    assert vectors.nearest("w3", 0, approximate=True) == []
    everything = vectors.nearest("w3", 10 * N, approximate=True)
    assert len(everything) > 0.9 * N
    how = {"positive": ["w3", ("w5", 0.5)], "negative": ["w9"], "n": 4}
    assert vectors.nearest_combined(**how, approximate=True) == vectors.nearest_combined(**how)
    assert vectors.nearest(vectors["w3"], 6, approximate=True)[1:] == near
    assert vectors.nearest([], approximate=True) == []
    texts = TextVectors(vectors)
    assert texts.nearest(["w3 w4"], 5, approximate=True) == texts.nearest(["w3 w4"], 5)
    with pytest.raises(KeyError, match="near spellings"):
        vectors.nearest("w33333", approximate=True)
    for option in ({"restrict": 5}, {"pattern": "^w"}):
        with pytest.raises(ValueError, match=f"{next(iter(option))} does not go with approximate"):
            vectors.nearest("w3", approximate=True, **option)


# ---- whose it is


def test_there_is_no_index_unless_one_was_made(tmp_path: Path):
    vectors_of(30).save(tmp_path / "v")
    vectors = WordVectors.load(tmp_path / "v")
    with pytest.raises(FileNotFoundError, match=r"there is no .*index; `textseq index` makes it"):
        vectors.nearest("w3", approximate=True)
    assert len(vectors.nearest("w3")) == 10
    for none in (vectors_of(30), vectors.first(20)):
        with pytest.raises(ValueError, match=r"an index (belongs to|is of all words of) a folder"):
            none.build_index()
        with pytest.raises(ValueError, match=r"an index (belongs to|is of all words of) a folder"):
            none.nearest("w3", approximate=True)


def test_an_index_of_other_vectors_is_refused(folder: Path):
    other = folder.parent / "other"
    vectors_of(N, seed=2).save(other)
    shutil.copytree(folder / "index", other / "index")
    smaller = folder.parent / "smaller"
    vectors_of(N - 1).save(smaller)
    shutil.copytree(folder / "index", smaller / "index")
    for path in (other, smaller):
        with pytest.raises(ValueError, match="index is of other vectors than those beside it"):
            WordVectors.load(path).nearest("w1", approximate=True)
        with pytest.raises(FileExistsError, match="exists already"):
            WordVectors.load(path).build_index()
        vectors = WordVectors.load(path)
        vectors.build_index(CONFIG, overwrite=True)
        assert vectors.nearest("w1", approximate=True) == vectors.nearest("w1")


def test_the_same_vectors_with_another_date_have_the_same_index(folder: Path):
    os.utime(folder / "vectors.npy", ns=(1, 1))
    vectors = WordVectors.load(folder)
    assert vectors.nearest("w1", approximate=True) == vectors.nearest("w1")
    vectors.save(folder, overwrite=True)  # as a whole, without what was made of it
    assert not (folder / "index").exists()


def test_it_is_there_whole_or_not_at_all(folder: Path):
    def stop(done: int, n: int) -> None:
        assert done == n == N
        raise KeyboardInterrupt

    before = (folder / "index" / "graph.faiss").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        WordVectors.load(folder).build_index(CONFIG, overwrite=True, progress=stop)
    assert (folder / "index" / "graph.faiss").read_bytes() == before
    assert not list(folder.glob(".*"))


def test_without_the_extra(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    for ask in (
        lambda: WordVectors.load(folder).nearest("w1", approximate=True),
        lambda: WordVectors.load(folder).build_index(overwrite=True),
    ):
        with pytest.raises(ModuleNotFoundError, match=r'pip install "textseq\[index\]"` brings it'):
            ask()
    assert len(WordVectors.load(folder).nearest("w1")) == 10


# ---- files of strangers


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small index file."""
    path = tmp_path_factory.mktemp("small") / "v"
    vectors_of(20, 3).save(path)
    WordVectors.load(path).build_index(IndexConfig(links=4))
    return (path / "index" / "graph.faiss").read_bytes()


def test_a_file_that_was_cut_anywhere(small: bytes, tmp_path: Path):
    path = tmp_path / "g"
    path.write_bytes(small)
    check_index_file(path, 20, 3, 4)
    for n_bytes in range(len(small)):
        os.truncate(path, 0)
        path.write_bytes(small[:n_bytes])
        with pytest.raises(ValueError, match=r"g is damaged: it ends within"):
            check_index_file(path, 20, 3, 4)
    path.write_bytes(small + b"\0")
    with pytest.raises(ValueError, match="it goes on behind its rows"):
        check_index_file(path, 20, 3, 4)


def places(data: bytes) -> dict[str, int]:
    """Where the parts of the small file begin."""
    found, at = {"head": 0}, 37
    for name, n_bytes in (
        ("levels", 8),
        ("table", 4),
        ("heights", 4),
        ("offsets", 8),
        ("links", 4),
    ):
        found[name] = at
        at += 8 + n_bytes * struct.unpack_from("<Q", data, at)[0]
    return found | {"end": at, "rows": at + 20}


@pytest.mark.parametrize(
    ("place", "shift", "value", "message"),
    [
        ("head", 0, b"IwFl", "no index of the kind that textseq makes"),
        ("head", 4, struct.pack("<i", 4), "it has 20 rows of 4 numbers, not 20 of 3"),
        ("head", 8, struct.pack("<q", 2**60), "it has 1,152,921,504,606,846,976 rows of 3"),
        ("head", 33, struct.pack("<i", 1), "no index of inner products"),
        ("levels", 0, struct.pack("<Q", 2**62), "it has 4,611,686,018,427,387,904 levels"),
        ("table", 0, struct.pack("<Q", 2**61), "its table of links has"),
        ("table", 12, struct.pack("<i", 9), "its words do not have 4 links"),
        ("heights", 0, struct.pack("<Q", 2**62), "its levels has"),
        ("heights", 8, struct.pack("<i", 0), "its levels are none"),
        ("heights", 8, struct.pack("<i", 2**30), "its levels are none"),
        ("offsets", 0, struct.pack("<Q", 2**60), "its offsets has"),
        ("links", 0, struct.pack("<Q", 2**62), "its links has"),
        ("end", 0, struct.pack("<i", 20), "its search begins at row 20"),
        ("end", 0, struct.pack("<i", -1), "its search begins at row -1"),
        ("end", 4, struct.pack("<i", 7), "on level 7"),
        ("end", 16, struct.pack("<i", 2), "its beam is 2 wide"),
        ("rows", 0, b"IHNf", "no index of the kind"),
        ("rows", 8, struct.pack("<q", 21), "it has 21 rows"),
        ("rows", 37, struct.pack("<Q", 2**62), "its rows has"),
    ],
)
def test_numbers_that_lie(
    small: bytes, tmp_path: Path, place: str, shift: int, value: bytes, message: str
):
    at = places(small)[place] + shift
    (tmp_path / "g").write_bytes(small[:at] + value + small[at + len(value) :])
    with pytest.raises(ValueError, match=f"g is damaged: .*{message}"):
        check_index_file(tmp_path / "g", 20, 3, 4)


@pytest.mark.parametrize(
    ("place", "shift", "value"),
    [("links", 8, 20), ("links", 8, -2), ("links", 12, 2**30), ("offsets", 16, 7)],
)
def test_links_to_nowhere(folder: Path, place: str, shift: int, value: int):
    """What faiss itself refuses."""
    path = folder / "index" / "graph.faiss"
    data = path.read_bytes()
    at = places(data)[place] + shift
    value = N if value == 20 else value
    path.write_bytes(data[:at] + struct.pack("<i", value) + data[at + 4 :])
    with pytest.raises(ValueError, match=r"graph\.faiss is damaged: .*(HNSW|offsets)"):
        WordVectors.load(folder).nearest("w1", approximate=True)


def test_rows_that_are_no_numbers_are_not_answers(folder: Path):
    path = folder / "index" / "graph.faiss"
    data = path.read_bytes()
    path.write_bytes(data[: -4 * N * DIM] + np.full(N * DIM, np.nan, np.float32).tobytes())
    answer = WordVectors.load(folder).nearest("w1", approximate=True)
    exact = dict(WordVectors.load(folder).nearest("w1", N - 1))
    assert all(exact[each.word] == each.similarity for each in answer)


@pytest.mark.parametrize(
    "change",
    [
        lambda config: config | {"kind": "word-vectors"},
        lambda config: config | {"vectors": None},
        lambda config: config | {"index": {"links": 4, "more": 1}},
        lambda config: config | {"index": {"links": 10**9}},
        lambda config: config | {"recall": 2.0},
        lambda config: config | {"recall": "all"},
        lambda config: config | {"index": {"links": 16, "effort": 40, "candidates": 32}},
        lambda config: {"kind": config["kind"], "format": 1},
    ],
)
def test_a_damaged_config(folder: Path, change: Callable[[dict], dict]):
    path = folder / "index" / "config.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(ValueError, match=r"index.* (is damaged|holds word-vectors)"):
        WordVectors.load(folder).nearest("w1", approximate=True)


def test_a_missing_file(folder: Path):
    (folder / "index" / "graph.faiss").unlink()
    with pytest.raises(ValueError, match=r"graph\.faiss is missing; the folder is damaged"):
        WordVectors.load(folder).nearest("w1", approximate=True)
