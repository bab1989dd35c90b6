"""The command stats: its numbers, its bars, and what it takes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.cli.display import width
from textseq.cli.stats_command import bar, histogram, percent

Run = Callable[..., Any]  # `run` of conftest.py
TEXT = "the cat saw the dog\n\nthe 고양이\nend\n"


@pytest.fixture(autouse=True)
def _a_text(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("text").write_text(TEXT, encoding="utf-8")
    monkeypatch.setenv("COLUMNS", "80")


def numbers(out: str) -> dict[str, str]:
    """The first table."""
    return dict(line.rsplit(maxsplit=1) for line in out.split("\n\n")[0].split("\n"))


def test_a_text(run: Run):
    result = run("stats", "text", "--min-count", "2", "--quiet")
    assert (result.status, result.err) == (0, "")
    assert numbers(result.out) == {
        "lines": "4", "empty lines": "1", "tokens": "8", "vocabulary": "1", "different words": "6",
        "<unk>": "62.5%", "shortest": "0", "mean length": "2.0", "median": "1", "longest": "5",
    }  # fmt: skip
    _, bars, fits = result.out.split("\n\n")
    assert bars.split("\n") == [
        "length  lines",
        "     0      1  " + "█" * 40,
        "     1      1  " + "█" * 40,
        "     2      1  " + "█" * 40,
        "     3      0",
        "     4      0",
        "     5      1  " + "█" * 40,
    ]
    rows = [line.split() for line in fits.strip().split("\n")]
    assert rows[1] == ["16", "100.0%", "0.0%", "87.5%"]
    assert rows[-1] == ["100%", "5", "100.0%", "0.0%", "60.0%"]


def test_json_says_the_same(run: Run):
    result = run("stats", "text", "--min-count", "2", "--json", "--bins", "2", "--max-length", "2")
    said = json.loads(result.out)
    assert result.out.count("\n") == 1
    assert {name: said[name] for name in ("lines", "tokens", "vocabulary", "distinct")} == {
        "lines": 4, "tokens": 8, "vocabulary": 1, "distinct": 6,
    }  # fmt: skip
    assert said["unknown"] == 5 / 8
    assert said["length"]["max"] == 5
    assert said["histogram"] == [{"from": 0, "to": 2, "n": 3}, {"from": 3, "to": 5, "n": 1}]
    fits = {(row["percentile"], row["max_length"]): row for row in said["fits"]}
    assert fits[None, 2] == {
        "percentile": None, "max_length": 2, "fit": 0.75, "tokens_cut": 3 / 8, "padding": 3 / 8,
    }  # fmt: skip
    assert {(None, 512), (90.0, 5), (100.0, 5)} <= set(fits)


def test_standard_input_and_percentile(run: Run):
    said = run("stats", "--json", "--percentile", "75", "--quiet", stdin=TEXT.encode())
    assert {"percentile": 75.0, "max_length": 2} in [
        {name: row[name] for name in ("percentile", "max_length")}
        for row in json.loads(said.out)["fits"]
    ]


def test_an_encoded_folder_says_what_its_text_says(run: Run):
    assert run("encode", "text", "--min-count", "2", "--out", "corpus", "--quiet").status == 0
    of_text = json.loads(run("stats", "text", "--min-count", "2", "--json").out)
    of_folder = json.loads(run("stats", "corpus", "--json").out)
    assert of_text.pop("distinct") == 6
    assert of_folder.pop("distinct") is None
    assert of_folder == of_text
    assert "different words" not in run("stats", "corpus").out
    result = run("stats", "corpus", "--lowercase")
    assert result.status == 2
    assert "corpus is encoded already" in result.message


def test_unknown_words_of_another_vocabulary(run: Run):
    assert run("vocab", "text", "--min-count", "1", "--out", "words", "--quiet").status == 0
    Path("new").write_text("the cat the bird\n", encoding="utf-8")
    said = json.loads(run("stats", "new", "--vocab", "words", "--json").out)
    assert (said["unknown"], said["vocabulary"], said["distinct"]) == (0.25, 6, None)


def test_options_that_drop_words(run: Run):
    said = json.loads(run("stats", "text", "--min-count", "1", "--max-vocab", "2", "--json").out)
    assert (said["vocabulary"], said["distinct"]) == (2, 6)
    assert said["unknown"] == pytest.approx(4 / 8)
    said = json.loads(run("stats", "text", "--json").out)  # every word is too rare
    assert (said["vocabulary"], said["unknown"]) == (0, 1)
    Path("spelled").write_bytes(b"<unk> a <pad> a\n")
    said = json.loads(run("stats", "spelled", "--min-count", "2", "--json").out)
    # Words that are spelled as specials are words, which no vocabulary has.
    assert (said["vocabulary"], said["unknown"]) == (1, 0.5)
    assert run("encode", "spelled", "--min-count", "2", "--out", "e", "--quiet").status == 0
    assert json.loads(run("stats", "e", "--json").out)["unknown"] == 0.5


def test_what_is_no_text(run: Run):
    assert run("stats", "none").status == 1
    assert "no words" in run("stats", stdin=b"\n\n").message
    assert "the least that works is 1" in run("stats", "text", "--bins", "0").message
    result = run("stats", "text", "--percentile", "101")
    assert result.status == 2
    assert "--percentile is 101" in result.message
    Path("folder").mkdir()
    Path("folder/config.json").write_text('{"kind": "vocab", "format": 1}')
    assert "holds vocab, not encoded-corpus" in run("stats", "folder").message


def test_bars():
    assert [bar(n, 8, 1) for n in range(9)] == ["", *"▏▎▍▌▋▊▉█"]
    assert bar(1, 10**9, 40) == "▏"  # one is not none
    assert bar(10**9, 10**9, 40) == "█" * 40
    assert bar(3, 4, 2) == "█▌"


@pytest.mark.parametrize("columns", [200, 80, 30, 1])
def test_the_histogram_fits_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    rows = histogram([0, 1, 1000, 2_000_000], [5, 1_234_567, 0], "file")
    assert [row[0].strip() for row in rows] == ["length", "0", "1-999", "1,000-1,999,999"]
    assert [row[1].strip() for row in rows] == ["files", "5", "1,234,567", "0"]
    assert len({len(row[0]) for row in rows}) == len({len(row[1]) for row in rows}) == 1
    longest = max(width("  ".join(row)) for row in rows)
    assert longest < columns or len(rows[2][2]) == 1
    assert longest <= max(columns, 80)


def test_percent_rounds_nothing_away():
    shares = [0, 1e-9, 0.0005, 0.5, 0.9994, 1 - 1e-9, 1]
    shown = ["0.0%", "<0.1%", "0.1%", "50.0%", "99.9%", ">99.9%", "100.0%"]
    assert [percent(share) for share in shares] == shown


def test_real_text(run: Run, data: Path):
    result = run("stats", data / "multi30k_en_de" / "val.en.gz", "--tokenizer", "word", "--quiet")
    assert numbers(result.out)["lines"] == "1,014"
    assert len(result.out.split("\n\n")) == 3


def test_a_corpus_with_an_id_of_no_token(run: Run):
    run("encode", "text", "--min-count", "1", "--out", "corpus", "--quiet")
    ids = np.load("corpus/ids.npy", allow_pickle=False)
    ids[2] = 10**6
    np.save("corpus/ids.npy", ids, allow_pickle=False)
    result = run("stats", "corpus")
    assert (result.status, result.out) == (1, "")
    assert "corpus is damaged: ids.npy holds the id 1000000, its vocabulary has" in result.message


@pytest.mark.parametrize("text", ["x", [], None, {"min_count": "many"}])
def test_a_config_whose_text_options_are_none(run: Run, text: Any):
    run("encode", "text", "--min-count", "1", "--out", "corpus", "--quiet")
    path = Path("corpus/config.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"text": text}))
    result = run("stats", "corpus")
    assert (result.status, result.out) == (1, "")
    assert result.message.startswith("corpus/config.json is damaged: ")
