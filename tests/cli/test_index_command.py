from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
    assert "index exists already; --force replaces it" in run("index", vectors).message
    assert run("index", vectors, "--force", "--quiet", "--links", "4") == (0, "", "")
    assert (
        "--links is 1; the least that works is 4" in run("index", vectors, "--links", "1").message
    )


def test_what_an_index_does_not_go_with(run: Run, vectors: Path):
    pytest.importorskip("faiss")
    run("index", vectors)
    asked = ("nearest", "king", "--vectors", vectors, "--approximate", "--quiet")
    for option, value in (("--restrict", "3"), ("--pattern", "k")):
        message = run(*asked, option, value).message
        assert f"all words; {option} does not go with --approximate" in message
    message = run(*asked, "--limit", "3").message
    assert (
        message
        == "an index is of all words of a folder; --limit and --only-words take a part of them"
    )
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
