"""PlainScan: lines to ids, compared with what a few lines of Python give."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.config import TextConfig
from textseq.text.reading.sources import find_sources
from textseq.text.scan import plain_scan
from textseq.text.scan.plain_scan import CharNumbers, FixedNumbers, PlainScan, TokenNumbers
from textseq.text.scan.spool import BlockReader, Spool
from textseq.text.tokens.adapter import Tokenizer
from textseq.text.tokens.tokenizer import TOKENIZERS
from textseq.text.vocab import Vocab

TEXT = TextConfig(min_count=1)
AWKWARD = ["", "a", "a a b", "한국어 한", "हिन्दी", "العربية", "👩\u200d💻 x\0y", "\u2028\u3000z"]
lines_of = st.lists(
    st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=9)
    | st.sampled_from(AWKWARD),
    max_size=8,
)


def scanned(scan: PlainScan, vocab: Vocab | None = None) -> tuple[Vocab, list[list[int]]]:
    """The Vocab, and the ids of each line."""
    tally = scan.tally()
    vocab = vocab or tally.vocab
    lines: list[list[int]] = []
    for ids, ends in scan.ids(vocab):
        starts = np.append(0, ends)[:-1]
        lines += [ids[start:stop].tolist() for start, stop in zip(starts, ends, strict=True)]
        assert not len(ends) or ends[-1] == len(ids)
    assert sum(map(len, lines)) == tally.n_tokens
    scan.close()
    return vocab, lines


@pytest.mark.parametrize("name", ["whitespace", "word", "char"])
@given(lines=lines_of, at_once=st.integers(1, 9))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_what_a_few_lines_of_python_give(name: str, lines: list[str], at_once: int):
    config = TEXT.replace(tokenizer=name, clean=(), min_count=2)
    split = TOKENIZERS[name].split
    scan = PlainScan(config, Spool(None))
    for start in range(0, len(lines), at_once):
        scan.add(lines[start : start + at_once])
    vocab, found = scanned(scan)
    counts = Counter(token for line in lines for token in split(line))
    expected = Vocab.from_counts(counts, min_count=2)
    expected.counts[1] += counts.total() - expected.counts.sum()
    assert vocab == expected
    assert found == [expected.encode(split(line)).tolist() for line in lines]


@pytest.mark.parametrize("spooled", [False, True])
def test_small_batches_are_the_same(spooled: bool, monkeypatch: pytest.MonkeyPatch):
    lines = AWKWARD * 7
    whole = PlainScan(TEXT, None)
    whole.add(lines)
    expected = scanned(whole)
    monkeypatch.setattr(plain_scan, "_BATCH_CHARS", 5)
    monkeypatch.setattr(plain_scan, "_KEPT_TOKENS", 3)
    cut = PlainScan(TEXT, Spool(None) if spooled else None)
    cut.add(lines)
    assert scanned(cut) == expected


def test_tally():
    scan = PlainScan(TEXT.replace(min_count=2, max_vocab=1), None)
    scan.add(["b a b <unk>", "a b c"])
    tally = scan.tally()
    assert tally.vocab.tokens == ["<pad>", "<unk>", "b"]
    assert tally.vocab.counts.tolist() == [0, 4, 3]  # <unk> itself, a, a, c
    assert (tally.n_tokens, tally.n_distinct, tally.top_count) == (7, 3, 3)
    nothing = PlainScan(TEXT, None).tally()
    assert (nothing.n_tokens, nothing.n_distinct, nothing.top_count) == (0, 0, 0)


def test_a_given_vocab():
    scan = PlainScan(TEXT, None)
    scan.add(["b a", "", "new"])
    vocab = Vocab.from_counts({"a": 1, "b": 1})
    assert scanned(scan, vocab)[1] == [[3, 2], [], [1]]


@given(size=st.integers(1, 30))
@settings(max_examples=30, derandomize=True, deadline=None)
def test_blocks_cut_anywhere_between_words(size: int, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("text") / "text"
    text = "one two\r\n\r\nthree\rfour \n한국어 한국어\nno newline"
    path.write_bytes(text.encode())
    scan = PlainScan(TEXT.replace(tokenizer="char", clean=()), None)
    ticks: list[int] = []
    scan.run(BlockReader(find_sources(str(path)), TEXT, size), lambda: ticks.append(1))
    vocab, lines = scanned(scan)
    assert ["".join(vocab.decode(line)) for line in lines] == [
        "one two", "", "three\rfour ", "한국어 한국어", "no newline",
    ]  # fmt: skip
    assert ticks


# --- numbers


def test_numbers_are_those_of_first_sight():
    chars = CharNumbers()
    ids, sizes = chars.of(["ba", "", "a한\ud800"])
    assert ids.tolist() == [0, 1, 1, 2, 3]
    assert sizes.tolist() == [2, 0, 3]
    assert chars.of(["한c"])[0].tolist() == [2, 4]
    assert chars.tokens() == ["b", "a", "한", "\ud800", "c"]
    words = TokenNumbers(TOKENIZERS["whitespace"])
    assert words.of(["b a b"])[0].tolist() == [0, 1, 0]
    assert words.of(["c b"])[0].tolist() == [2, 0]
    assert words.tokens() == ["b", "a", "c"]
    for numbers in (chars, words):
        ids, sizes = numbers.of([])
        assert ids.dtype == np.int32
        assert (len(ids), len(sizes)) == (0, 0)


def test_a_tokenizer_with_ids_of_its_own_keeps_them():
    def encode_all(lines: list[str]) -> list[list[int]]:
        return [[len(word) for word in line.split()] for line in lines]

    plain = TOKENIZERS["whitespace"]
    own = Tokenizer(
        plain.split, plain.spans, True, "by length", encode_all=encode_all, tokens=("", "x", "xx")
    )
    numbers = FixedNumbers(own)
    ids, sizes = numbers.of(["x xx", "", "x"])
    assert (ids.tolist(), sizes.tolist()) == ([1, 2, 1], [2, 0, 1])
    assert numbers.tokens() == ["", "x", "xx"]


def test_the_file_of_a_spool_is_gone(tmp_path: Path):
    scan = PlainScan(TEXT, Spool(tmp_path))
    scan.add(["a b"])
    scan.tally()
    scan.close()
    assert not list(tmp_path.iterdir())
