"""The page: what is in it, that no word can become HTML, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.config import ExplorerConfig, ProjectionConfig
from textseq.text.vocab import Vocab
from textseq.vectors.show.explorer import _named, make_page, write_explorer
from textseq.vectors.word_vectors import WordVectors

PCA = ProjectionConfig(method="pca")
NASTY = [
    "</script>", "<img src=x onerror=alert(1)>", "<!--", "<script>", "]]>", "&lt;", '"', "'",
    "{{data}}", "{{script}}", "\\u003c", "a\nb", "\u2028", "왕", "ملكة", "🙂",
]  # fmt: skip


def vectors(words: list[str], dim: int = 6) -> WordVectors:
    rows = np.random.default_rng(0).standard_normal((len(words), dim)).astype(np.float32)
    return WordVectors(Vocab(words, range(len(words), 0, -1), specials=()), rows)


class Page(HTMLParser):
    """The elements of a page as a browser finds them: tags, and the text of scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.scripts: dict[str, str] = {}
        self.policy = self.title = ""
        self._inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        if "http-equiv" in given:
            self.policy = given["content"] or ""
        self._inside = given.get("id") or "script" if tag == "script" else tag

    def handle_data(self, data: str) -> None:
        if self._inside.startswith("data-") or self._inside in ("script", "style", "title"):
            self.scripts[self._inside] = self.scripts.get(self._inside, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def array(self, name: str, kind: str) -> np.ndarray[Any, Any]:
        return np.frombuffer(base64.b64decode(self.scripts[f"data-{name}"]), kind)

    @property
    def meta(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.scripts["data-meta"])
        return found


def test_what_is_in_it():
    model = vectors([f"w{number}" for number in range(50)])
    page = Page(make_page(model, ExplorerConfig(words=40, neighbours=3, clusters=4), PCA))
    meta = page.meta
    assert meta["words"] == model.vocab.tokens[:40]
    assert (meta["k"], meta["dim"], meta["bits"], meta["wide"]) == (3, 6, 8, False)
    assert sum(group["n"] for group in meta["groups"]) == 40
    places = page.array("places", "<u2").reshape(40, 2)
    assert places.max() == 65535
    assert places.min() == 0
    ids = page.array("neighbours", "<u2").reshape(40, 3)
    cosines = page.array("cosines", "<i2").reshape(40, 3) / 32767
    first = model.first(40)
    for row, word in enumerate(first):
        nearest = first.nearest(word, 3)
        assert [meta["words"][other] for other in ids[row]] == [each.word for each in nearest]
        assert np.allclose(cosines[row], [each.similarity for each in nearest], atol=2e-5)
    groups = page.array("groups", "u1")
    assert np.bincount(groups).tolist() == [group["n"] for group in meta["groups"]]
    rows = page.array("vectors", "i1").reshape(40, 6).astype(float)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    assert np.abs((rows * first.units(slice(None))).sum(axis=1) - 1).max() < 1e-3


def test_words_are_text_only():
    page = Page(make_page(vectors(NASTY), ExplorerConfig(clusters=2), PCA, title="</title><b>"))
    plain = Page(make_page(vectors([f"w{n}" for n in range(len(NASTY))]), None, PCA))
    assert page.tags == plain.tags
    assert page.meta["words"] == NASTY
    assert page.scripts["title"] == "</title><b>"
    assert page.scripts["script"] == plain.scripts["script"]


def test_the_policy_lets_one_script_and_one_style_run():
    page = Page(make_page(vectors(NASTY), None, PCA))
    digests = [
        base64.b64encode(hashlib.sha256(page.scripts[kind].encode()).digest()).decode()
        for kind in ("script", "style")
    ]
    assert page.policy == (
        f"default-src 'none'; script-src 'sha256-{digests[0]}'; style-src 'sha256-{digests[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )
    whole = make_page(vectors(NASTY), None, PCA)
    assert not re.search(r"https?:|//[a-z]|\bimport\b|fetch\(|XMLHttp|innerHTML", whole)


@pytest.mark.parametrize(("n_bytes", "dim"), [(175, 7), (88, 3)])
def test_fewer_bits_and_then_fewer_dimensions(
    monkeypatch: pytest.MonkeyPatch, n_bytes: int, dim: int
):
    monkeypatch.setattr("textseq.vectors.show.explorer._ANALOGY_BYTES", n_bytes)
    model = vectors([f"w{number}" for number in range(49)], dim=7)
    page = Page(make_page(model, None, PCA))
    assert (page.meta["dim"], page.meta["bits"]) == (dim, 4)
    packed = page.array("vectors", "u1")
    assert len(packed) == -(-49 * dim // 2)
    rows = np.stack([packed >> 4, packed & 15], axis=1).ravel()[: 49 * dim].astype(float) - 8
    rows = rows.reshape(49, dim)
    assert np.abs(rows).max(axis=1).tolist() == [7] * 49
    if dim == 7:
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        assert ((rows * model.units(slice(None))).sum(axis=1) > 0.98).all()


def test_a_page_without_analogies():
    without = Page(make_page(vectors(NASTY), ExplorerConfig(analogies=False), PCA))
    assert without.meta["dim"] == 0
    assert "data-vectors" not in without.scripts


def test_many_words_have_wide_numbers():
    words = [f"w{number}" for number in range(65_537)]
    rows = np.random.default_rng(0).standard_normal((len(words), 2)).astype(np.float32)
    # The neighbours of so many take a while to find; their numbers are what matters here.
    from textseq.vectors.show import explorer
    from textseq.vectors.show.neighbour_graph import NeighbourGraph

    ids = np.arange(len(words), dtype=np.int32)[::-1, None]
    graph = NeighbourGraph(ids, np.ones(ids.shape, np.float32))
    model = WordVectors(Vocab(words, specials=()), rows)
    groups = np.zeros(len(words), np.intp)
    page = Page(explorer._page(model, "", graph, 1, rows % 1, groups, [], None, "pca"))
    assert page.meta["wide"]
    assert page.array("neighbours", "<u4").tolist() == ids.ravel().tolist()


def test_the_same_page_each_time_and_half_a_surrogate_pair(tmp_path: Path):
    model = vectors([*NASTY, "\ud800"])
    for name in ("a.html", "b.HTM"):
        write_explorer(model, tmp_path / name, projection=PCA, title="\udcff")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.HTM").read_bytes()
    assert Page((tmp_path / "a.html").read_text("utf-8")).meta["words"][-1] == "?"


def test_errors(tmp_path: Path):
    model = vectors(NASTY)
    with pytest.raises(ValueError, match=r"a\.txt does not end in \.html"):
        write_explorer(model, tmp_path / "a.txt")
    (tmp_path / "a.html").write_text("mine")
    with pytest.raises(FileExistsError, match="exists already"):
        write_explorer(model, tmp_path / "a.html", projection=PCA)
    assert (tmp_path / "a.html").read_text() == "mine"
    write_explorer(model, tmp_path / "a.html", projection=PCA, overwrite=True)
    with pytest.raises(ValueError, match="tsne needs 4 words or more, and there are 3"):
        make_page(vectors(["a", "b", "c"]))
    with pytest.raises(ValueError, match="1 word has no neighbours"):
        make_page(vectors(["a"]), None, PCA)
    rows = np.full((4, 2), np.nan, np.float32)
    with pytest.raises(ValueError, match="hold NaN"):
        make_page(WordVectors(Vocab(list("abcd"), specials=()), rows, check=False))
    with pytest.raises(ValueError, match="these 4 words all point the same way"):
        make_page(WordVectors(Vocab(list("abcd"), specials=()), np.ones((4, 2), np.float32)))
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_a_group_is_named_by_what_is_its_own():
    """Frequent words that stand between two groups name neither; marks come last."""
    degrees = [44, 46, 0, 5, 10, 90, 85, 80, *range(12, 30), *range(60, 78)]
    groups = np.array([0, 1, 0, 0, 0, 1, 1, 1, *[0] * 18, *[1] * 18])
    angles = np.radians(degrees)
    units = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    words = ["of", "and", "...", "low", "lower", "high", "higher", "?", *map(str, range(36))]
    names = [each["name"] for each in _named(words, units, units, groups)]
    assert names[0].startswith("low · lower")
    assert names[1].startswith("high · higher")
    one = _named(words, units, units, np.zeros(len(words), np.intp))
    assert one[0]["n"] == len(words)
