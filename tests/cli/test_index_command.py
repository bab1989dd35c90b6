from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

Run = Callable[..., Any]  # `run` of conftest.py
SAYS = "textseq: approximate: the index found 100.0% of the ten nearest when it was made; "


def test_the_short_help_shows_it(run: Run):
    help = run("nearest", "--help").out
    assert "--help-all" in help
    assert "--approximate  " in help  # not in an example only


def test_an_index_is_made_and_asked(run: Run, vectors: Path):
    pytest.importorskip("faiss")
    asked = ("nearest", "king", "-n", "3", "--vectors", vectors)
    result = run(*asked, "--approximate")
    assert (result.status, result.out) == (1, "")
    assert result.message == f"there is no {vectors / 'index'}; `textseq index` makes it"
    result = run("index", vectors)
    assert (result.status, result.out) == (0, "")
    assert result.err.startswith(f"7 words in {vectors / 'index'} (0.0 MB, ")
    assert result.err.endswith("; it finds 100.0% of the ten nearest\n")
    exact, found = run(*asked), run(*asked, "--approximate")
    assert found == (0, exact.out, f"{SAYS}cosines are exact\n")
    assert run(*asked, "--approximate", "--quiet") == exact
    answer = json.loads(run(*asked, "--approximate", "--json").out)
    assert answer.pop("approximate") is True
    assert answer == json.loads(run(*asked, "--json").out)
    both = ("king", "man", "--sum", "-n", "3", "--vectors", vectors, "--json")
    answer = json.loads(run("nearest", *both, "--approximate").out)
    assert answer.pop("approximate") is True
    assert answer == json.loads(run("nearest", *both).out)
    lines = b"queen\nzzz\nman\n"
    batch = ("nearest", "--input", "-", "--vectors", vectors, "--json")
    found = [
        json.loads(line) for line in run(*batch, "--approximate", stdin=lines).out.split("\n")[:-1]
    ]
    assert [each["word"] for each in found] == ["queen", "zzz", "man"]
    assert [each["nearest"] is None for each in found] == [False, True, False]
    assert (
        run("index", vectors).message
        == f"{vectors / 'index'} exists already; --force makes it anew"
    )
    assert run("index", vectors, "--force", "--quiet", "--links", "4") == (0, "", "")
    assert (
        "--links is 1; the least that works is 4" in run("index", vectors, "--links", "1").message
    )


def test_what_an_index_does_not_go_with(run: Run, vectors: Path):
    pytest.importorskip("faiss")
    run("index", vectors)
    asked = ("nearest", "king", "--vectors", vectors, "--approximate", "--quiet")
    Path("list.txt").write_text("king\n")
    wrong = {"--restrict": "3", "--pattern": "k", "--limit": "3", "--only-words": "list.txt"}
    for option, value in wrong.items():
        for folder in (vectors, "gone"):  # wrong use comes first
            result = run(*asked[:-1], option, value, "--vectors", folder)
            assert result.status == 2
            assert f"all words; {option} does not go with --approximate" in result.message
    Path("a.txt").write_text("king 1 2\nman 1 3\n")
    for command in (("nearest", "king", "--approximate", "--vectors"), ("index",)):
        message = run(*command, "a.txt").message
        assert message == "an index belongs to a folder of vectors; `textseq convert` makes one"
    (vectors / "index" / "graph.faiss").write_bytes(b"IHNf")
    assert "graph.faiss is damaged: it ends within its head" in run(*asked).message


def test_without_faiss(run: Run, vectors: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    message = run("index", vectors).message
    assert message == '"textseq[index]" is not installed; `pip install "textseq[index]"` brings it'
    assert not list(vectors.glob(".*"))
    assert run("nearest", "king", "--vectors", vectors).status == 0


def test_a_threshold_asks_for_all_that_the_index_finds(run: Run, vectors: Path):
    pytest.importorskip("faiss")
    rows = 1 + 0.1 * np.random.default_rng(1).random((200, 4), np.float32)
    WordVectors(Vocab([f"w{k}" for k in range(200)], specials=()), rows).save("many")
    assert run("index", "many", "--quiet").status == 0
    asked = ("nearest", "w0", "--vectors", "many", "--threshold", "0.9", "--quiet")
    assert len(run(*asked).out.splitlines()) == 199
    assert len(run(*asked, "--approximate").out.splitlines()) > 190
    assert len(run(*asked, "--approximate", "-n", "70").out.splitlines()) == 70


def test_the_help_has_it(run: Run):
    assert "--approximate  " in run("nearest", "--help").out


def test_what_becomes_of_it_where_vectors_are_replaced(run: Run, vectors: Path):
    pytest.importorskip("faiss")
    run("index", vectors)
    asked = ("nearest", "king", "--approximate", "--quiet", "--vectors", vectors)
    before = run(*asked)
    assert run("convert", vectors, vectors, "--force").err == (
        f"7 words of dim 8 in {vectors} (textseq)\n"
    )
    assert run(*asked) == before
    said = run("convert", vectors, vectors, "--force", "--normalise").err.splitlines()
    assert said[0].startswith(f"textseq: {vectors / 'index'} is gone: ")
    assert len(said) == 2
    assert f"there is no {vectors / 'index'}" in run(*asked).message
