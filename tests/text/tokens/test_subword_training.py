"""Training subwords: the same text gives the same file, at any size, and Ctrl-C ends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from textseq.config import TextConfig, TokenizerName
from textseq.text.tokens import subword_training
from textseq.text.tokens.subword import make_untrained
from textseq.text.tokens.subword_training import choose_frequent_words, train_subword

KINDS: tuple[TokenizerName, ...] = ("bpe", "wordpiece", "unigram")
LINES = [
    "low lower lowest, new newer <url>",
    "나는 학교에 갔다. 학교에서",
    "我爱自然语言处理。",
    "don't 3.14",
] * 20


def train(kind: TokenizerName, size: int, lines: list[str] = LINES) -> str:
    return train_subword(iter(lines), TextConfig(tokenizer=kind, subword_vocab=size))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_learned_is_what_the_text_itself_would_teach(kind: TokenizerName):
    own = make_untrained(kind)
    alphabet = subword_training._alphabet(subword_training._count_chars(LINES), own, 198)
    own.train_from_iterator(LINES, subword_training._trainer(kind, 400, alphabet))
    by_text = json.loads(own.to_str())["model"]["vocab"]
    by_words = json.loads(train(kind, 400))["model"]["vocab"]
    if kind == "unigram":
        by_text, by_words = dict(by_text), dict(by_words)
    assert set(by_words) == set(by_text)


def test_words_are_counted_as_the_tokenizer_cuts_them():
    counts = subword_training._count_chars(LINES)
    kept = set(counts.nonzero()[0].tolist())
    for kind in KINDS:
        cut = make_untrained(kind).pre_tokenizer.pre_tokenize_str
        expected = Counter(word for line in LINES for word, _ in cut(line))
        assert subword_training._count_words(LINES, counts, kept, kind) == expected


DETERMINISM = """
import sys, zlib
from textseq.config import TextConfig
from textseq.text.tokens.subword_training import train_subword
words = [f"{chr(0xAC00 + n % 300)}{chr(97 + n % 26)}{n * n % 89}" for n in range(3000)]
lines = [word + " ab ba abba" for word in words]
for size in (300, 1500):
    config = TextConfig(tokenizer=sys.argv[1], subword_vocab=size)
    sys.stdout.buffer.write(train_subword(lines, config).encode())
"""


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_text_gives_the_same_file(kind: str):
    made = set()
    for seed, threads, parallel in (("1", "1", "false"), ("2", "2", "true"), ("3", "4", "true")):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "RAYON_NUM_THREADS": threads,
            "TOKENIZERS_PARALLELISM": parallel,
        }
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", DETERMINISM, kind],
            capture_output=True, check=True, env=environment, timeout=60,
        )  # fmt: skip
        assert done.stderr == b""
        made.add(done.stdout)
    assert len(made) == 1
    assert made.pop()


@pytest.mark.parametrize("kind", KINDS)
def test_training_depends_on_no_order_of_a_hash_table(kind: TokenizerName):
    symmetrical = [" ".join("abcdef"[pos:] + "abcdef"[:pos] for pos in range(6))] * 3
    assert len({train(kind, 60, symmetrical) for _ in range(5)}) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lines", [[], [""], [" \u3000\x1c"], ["\ud800"]])
def test_nothing_to_train_on(kind: TokenizerName, lines: list[str]):
    with pytest.raises(ValueError, match="no words to train subwords on"):
        train(kind, 300, lines)


def test_only_subwords_are_trained():
    with pytest.raises(ValueError, match="'word'; subwords are bpe, wordpiece, unigram"):
        train("word", 300)


def test_a_sample_is_told_of(notices: list[str]):
    config = TextConfig(tokenizer="bpe", subword_vocab=300, subword_sample=1)
    lines = [f"line {number} {'word ' * 20}" for number in range(20_000)]
    first = train_subword(lines, config)
    assert len(notices) == 1
    assert notices[0].startswith("trained on a sample of ")
    assert "of 20,000 lines (" in notices[0]
    assert notices[0].endswith(" of 2.2 MB); --subword-sample takes more")
    assert train_subword(lines, config) == first
    assert notices.pop() == notices[0]
    assert train_subword(lines[:1000], config)
    assert len(notices) == 1


def test_frequent_words_first():
    words = {"bb": 2, "ccc": 3, "a": 1, "d": 1, "e": 1}
    assert choose_frequent_words(words, 8) == words
    assert choose_frequent_words(words, 7).items() < words.items()
    assert choose_frequent_words(words, 5) == {"ccc": 3, "bb": 2}
    assert choose_frequent_words(words, 4) == {"ccc": 3}
    assert choose_frequent_words({}, 4) == {}
    # Of equally frequent ones a fair share, not the first in the alphabet.
    once = {f"{number:05}": 1 for number in range(10_000)}
    kept = choose_frequent_words(once, 25_000)
    assert len(kept) == 5000
    assert 2200 < sum(word < "05000" for word in kept) < 2800
    assert choose_frequent_words(dict(reversed(once.items())), 25_000) == kept


def test_told_of_words_that_unigram_leaves_out(monkeypatch: pytest.MonkeyPatch, notices: list[str]):
    monkeypatch.setattr(subword_training, "UNIGRAM_CHARS", 1000)
    monkeypatch.setattr(subword_training, "UNIGRAM_CHARS_PER_TOKEN", 1)
    lines = [f"often {'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10 % 10]}{n:04}" for n in range(999)]
    config = TextConfig(tokenizer="unigram", subword_vocab=300)
    trained = train_subword(lines, config)
    assert len(notices) == 1
    assert notices[0].startswith("unigram learned from the ")
    assert notices[0].endswith(" most frequent of 1,100 words")
    tokens = [token for token, _ in json.loads(trained)["model"]["vocab"]]
    assert set("0123456789") <= set(tokens)  # of words that were left out, too


# --- in a process of its own


@pytest.mark.parametrize("kind", KINDS)
def test_apart_it_gives_the_same(kind: TokenizerName, monkeypatch: pytest.MonkeyPatch):
    here = train(kind, 400)
    monkeypatch.setattr(subword_training, "APART_CHARS", 0)
    ticks: list[int] = []
    config = TextConfig(tokenizer=kind, subword_vocab=400)
    assert train_subword(LINES, config, tick=lambda: ticks.append(1)) == here
    assert ticks


def test_what_interrupts_ends_the_process(monkeypatch: pytest.MonkeyPatch):
    started: list[subprocess.Popen[bytes]] = []

    class Slow(subprocess.Popen[bytes]):
        def __init__(self, command: list[str], **options: object) -> None:
            super().__init__([sys.executable, "-c", "import time; time.sleep(600)"], **options)
            started.append(self)

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subword_training, "APART_CHARS", 0)
    monkeypatch.setattr(subprocess, "Popen", Slow)
    with pytest.raises(KeyboardInterrupt):
        train_subword(LINES, TextConfig(tokenizer="bpe", subword_vocab=400), tick=interrupt)
    assert started[0].returncode is not None
    assert started[0].returncode != 0


def test_a_process_that_fails_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(subword_training, "APART_CHARS", 0)
    monkeypatch.setattr(subword_training, "_PROGRAM", "raise SystemExit(3)")
    with pytest.raises(RuntimeError, match=r"training subwords ended early \(status 3\)"):
        train("bpe", 400)


def test_a_file_beside_the_user_is_not_taken_for_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "json.py").write_text("raise SystemExit('wrong json')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(subword_training, "APART_CHARS", 0)
    assert train("bpe", 400)
