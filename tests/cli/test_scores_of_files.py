"""Scores of models that write are those of sacrebleu on the files, of what is written and given."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sacrebleu: Any = pytest.importorskip("sacrebleu")

Run = Callable[..., Any]  # `run` of conftest.py
TINY = ["--hidden", "12", "--dim", "12", "--epochs", "3", "--lr", "0.02", "--threads", "1"]
NAMED = "sees the house of Name{0} and of Other{0} again."
CHINESE = "他在{0}年又看见了那座房子。"


def lines(pattern: str, n: int = 60) -> list[str]:
    """Each with words that stand nowhere else."""
    return [("He", "She", "It")[number % 3] + " " + pattern.format(number) for number in range(n)]


def write(path: Path, texts: list[str]) -> Path:
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("options", "pattern", "tokenize", "lowercase"),
    [
        (["--tokenizer", "word", "--min-count", "2"], NAMED, "13a", False),
        (["--tokenizer", "word", "--min-count", "2", "--lowercase"], NAMED, "13a", True),
        (["--tokenizer", "char", "--min-count", "1"], CHINESE, "zh", False),
        (["--tokenizer", "char", "--min-count", "1", "--bleu-tokenizer", "intl"], NAMED, "intl",
         False),
        (["--subword-vocab", "100"], NAMED, "13a", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("task", ["translator", "captioner"])
def test_of_training_and_of_evaluate(
    run: Run, tmp_path: Path, task: str, options: list[str], pattern: str, tokenize: str,
    lowercase: bool,
):  # fmt: skip
    texts = lines(pattern)
    targets = write(tmp_path / "target.txt", texts)
    if task == "translator":
        inputs = write(tmp_path / "source.txt", [f"{n % 8} a {n // 8} b" for n in range(60)])
        files: list[Any] = [inputs, targets]
        tests = ["--test", inputs, "--test", targets]
    else:
        if "--subword-vocab" in options:
            options = ["--tokenizer", "bpe", *options]
        files = [tmp_path / "table.tsv"]
        rows = [f"{n}\t{n % 3}\t{text}" for n, text in enumerate(texts)]
        write(files[0], ["a\tb\tcaption", *rows])
        tests = ["--test", files[0]]
    result = run(
        f"train-{task}", *files, *tests, *TINY, *options, "--out", "m", "--beam", "2", "--json"
    )
    assert result.status == 0, result.err
    found = json.loads(result.out)
    written = run("predict", files[0], "-m", "m", "--beam", "2").out.split("\n")[:-1]
    bleu = sacrebleu.metrics.BLEU(tokenize=tokenize, lowercase=lowercase)
    chrf = sacrebleu.metrics.CHRF(lowercase=lowercase)
    assert found["scores"]["bleu"] == bleu.corpus_score(written, [texts]).score
    assert found["scores"]["chrf"] == chrf.corpus_score(written, [texts]).score
    assert f"case:{'lc' if lowercase else 'mixed'}|" in found["signatures"]["bleu"]
    assert f"tok:{tokenize}|" in found["signatures"]["bleu"]
    assert found["scores"]["unk_output"] == 0
    # Two of eleven words and signs of each line.
    unknown = pytest.approx(2 / 11) if "word" in options else 0
    assert found["scores"]["unk_references"] == unknown
    if "word" in options:
        assert found["scores"]["exact"] == 0
    again = run("evaluate", *files, "-m", "m", "--beam", "2", "--json")
    assert json.loads(again.out)["scores"] == pytest.approx(found["scores"])
    other = run("evaluate", *files, "-m", "m", "--beam", "2", "--json", "--bleu-tokenizer", "char")
    assert "tok:char|" in json.loads(other.out)["signatures"]["bleu"]


def test_texts_too_short_for_bleu(run: Run, tmp_path: Path):
    texts = [("red", "dark blue", "green")[number % 3] for number in range(30)]
    rows = [f"{number},{text}" for number, text in enumerate(texts)]
    write(tmp_path / "colours.csv", ["a,caption", *rows])
    result = run(
        "train-captioner", "colours.csv", *TINY, "--min-count", "1", "--out", "m", "--log", "log"
    )
    assert result.status == 0, result.err
    assert "valid: BLEU -  chrF " in result.err
    row = next(line.split() for line in result.out.split("\n") if line.startswith("bleu"))
    assert row[1:7] == ["-", "no", "line", "has", "four", "tokens;"]
    assert row[7].startswith("nrefs:1|case:mixed|eff:no|tok:13a")
    assert "bleu" not in json.loads((tmp_path / "log").read_text().split("\n")[0])["valid"]
    assert (tmp_path / "m").is_dir()
    found = json.loads(run("evaluate", "colours.csv", "-m", "m", "--json").out)
    assert found["scores"]["bleu"] is None
    assert found["notes"] == {"bleu": "no line has four tokens"}
    assert "bleu" not in found["intervals"]


def test_tokenizers_that_there_are(run: Run, monkeypatch: pytest.MonkeyPatch):
    result = run("train-translator", "--bleu-tokenizer", "french")
    assert result.status == 2
    assert "ja-mecab" in result.err
    from sacrebleu.tokenizers import tokenizer_ja_mecab

    monkeypatch.setattr(tokenizer_ja_mecab, "MeCab", None)
    for task in ("translator", "captioner"):
        result = run(f"train-{task}", "--bleu-tokenizer", "ja-mecab")
        assert result.status == 2
        assert "epoch" not in result.err
        assert "sacrebleu[ja]" in result.err
