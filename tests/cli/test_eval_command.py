from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]  # `run` of conftest.py


def test_eval_prints_counts_cut_and_rule(run: Run, vectors: Path):
    Path("questions").write_text(": family\nman king woman queen\nman king x y\n")
    Path("pairs").write_text("man woman 9\nking paris 1\nman x 3\n")
    asked = ["eval-w2v", "--vectors", vectors, "--analogies", "questions", "--pairs", "pairs"]
    result = run(*asked, "--restrict", "5")
    assert (result.status, result.err) == (0, "")
    assert [line.split()[2:4] for line in result.out.splitlines()[1:3]] == [["1", "1"], ["1", "1"]]
    assert "vocabulary: 5 words, cut at the 5 most frequent words; 3cosadd" in result.out
    assert result.out.count("rule: a ") == 2
    found = json.loads(run(*asked, "--json").out)
    assert found["analogies"]["total"]["counted"] == 1
    assert found["pairs"]["skipped"] == 1
    only = run(*asked[:5], "--json")
    assert set(json.loads(only.out)) == {"analogies"}
    bundled_only = run("eval-w2v", "--vectors", vectors)
    assert bundled_only.status == 0
    assert "capital-country" in bundled_only.out
    Path("questions").write_text("man king\n")
    assert "questions: line 1 has 2 words; a question has 4" in run(*asked).message
