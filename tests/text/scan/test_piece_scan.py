"""The fast path gives what plain Python gives, whatever the text, the threads and the limits."""

from __future__ import annotations

import random
import re
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textseq.config import TextConfig, TokenizerName
from textseq.text import encode
from textseq.text.cleaning.steps import STEPS, clean
from textseq.text.encode import count_files, encode_files
from textseq.text.encoded import EncodedCorpus
from textseq.text.hash_tables import word_counter
from textseq.text.hash_tables.word_counter import PackedWords, WordCounter
from textseq.text.scan.pieces import map_ids, tokenize_pieces
from textseq.text.scan.spool import Limits
from textseq.text.tokens.tokenizer import TOKENIZERS
from textseq.text.vocab import Vocab

TINY = Limits(block_bytes=16, words=4, word_bytes=64, words_per_thread=2)
ASCII_SPACE = "[\t-\r\x1c- ]+"
NASTY = [
    *"aAbé   ", "\n", "\n", "\r", "\r\n", "\t", "\v", "\f", "\x1c", "\x1f", "\x85", "\u00a0",
    "\u2028", "\u3000", "\ufeff", "\0", "\\", "\\n", ".", "'", "-", "e\u0301", "\u1112\u1161\u11ab",
    "한국", "ΑΣ", "ς", "ß", "İ", "ﬁ", "<unk>", "<pad>", "the", "The", "Zqxmarkxqz\u00a0",
    "eightbyt", "ninebytes", "ninebytez", "a-word-of-more-than-sixteen-bytes", "ab\0", "ab\0\0",
    "👩\u200d🚒",
]  # fmt: skip


def write(folder: Path, *contents: bytes | str) -> list[Path]:
    """Each content as a file."""
    paths = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.txt"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        paths.append(path)
    return paths


def encode_plainly(paths: list[Path], out: Path, config: TextConfig, **options) -> EncodedCorpus:
    """The same function, made to take the plain path."""
    fast_path = encode.takes_fast_path
    encode.takes_fast_path = lambda steps: False
    try:
        return encode_files(paths, config, out, overwrite=True, **options)
    finally:
        encode.takes_fast_path = fast_path


def files_of(corpus: EncodedCorpus) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path(corpus.name).iterdir())}


def assert_same(folder: Path, config: TextConfig, *contents: bytes | str, **options) -> None:
    """The plain and the fast path write the same bytes, or raise the same error."""
    paths = write(folder, *contents)
    try:
        expected = files_of(encode_plainly(paths, folder / "plain", config, **options))
        error = None
    except (ValueError, KeyError) as raised:
        error = raised
    for threads, limits in ((1, Limits()), (1, TINY), (2, TINY), (3, TINY)):
        how = options | {"threads": threads, "limits": limits, "overwrite": True}
        if error is None:
            assert files_of(encode_files(paths, config, folder / "fast", **how)) == expected
        else:
            with pytest.raises(type(error), match=re.escape(str(error))):
                encode_files(paths, config, folder / "fast", **how)
        if error is None and "vocab" not in options:
            vocab = count_files(paths, config, threads=threads, limits=limits)
            assert vocab == EncodedCorpus.load(folder / "fast").vocab


# --- the table of words


def scanned(table: WordCounter, text: bytes) -> tuple[list[int], list[int]]:
    ids: list[int] = []
    line_ends: list[int] = []
    for batch, ends in table.scan(text):
        line_ends += [len(ids) + end for end in ends.tolist()]
        ids += batch.tolist()
    return ids, line_ends


def expected_scan(text: bytes) -> tuple[list[bytes], list[int]]:
    words: list[bytes] = []
    line_ends = []
    for line in text.split(b"\n"):
        words += [word for word in re.split(ASCII_SPACE.encode(), line) if word]
        line_ends.append(len(words))
    return words, line_ends[:-1]


@pytest.fixture
def tiny_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that grow and batches that end all the time."""
    monkeypatch.setattr(word_counter, "CAPACITY", 2)
    monkeypatch.setattr(word_counter, "BATCH_IDS", 64)


@pytest.mark.usefixtures("tiny_tables")
@given(st.lists(st.sampled_from([*NASTY, *string.ascii_letters]), max_size=400).map("".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_scan_finds_the_words_and_line_ends_of_any_text(text: str):
    table = WordCounter()
    ids, line_ends = scanned(table, text.encode())
    words, expected_ends = expected_scan(text.encode())
    spelled = table.words.to_list()
    assert [spelled[word_id] for word_id in ids] == words
    assert line_ends == expected_ends
    assert spelled == list(dict.fromkeys(words))  # in the order of first sight
    assert dict(zip(spelled, table.counts.tolist(), strict=True)) == Counter(words)


@pytest.mark.parametrize("length", [*range(1, 20), 31, 32, 33, 63, 64, 65, 127, 128, 1000, 10**7])
def test_words_of_any_length_at_any_place(length: int):
    word = (b"abcdefghijklm" * (length // 13 + 1))[:length]
    other = word[:-1] + b"!"
    for before in (0, 1, 55, 56, 63, 64):
        text = b" " * before + word + b" " + other + b"\n" + word
        table = WordCounter()
        assert scanned(table, text) == ([0, 1, 0], [2])
        assert table.words.to_list() == [word, other]


def test_white_space_is_that_of_split_below_128():
    for code in range(128):
        text = b"a" + bytes([code]) + b"b"
        table = WordCounter()
        scanned(table, text)
        assert table.words.to_list() == [word.encode() for word in text.decode().split()]


def test_words_that_differ_in_nul_bytes_only():
    words = [
        b"",
        b"\0",
        b"\0\0",
        b"a",
        b"a\0",
        b"a\0\0",
        b"abcdefgh",
        b"abcdefgh\0",
        b"abcdefgh\0\0",
    ]
    table = WordCounter()
    assert table.add(PackedWords.of(words), np.ones(9, np.int64)).tolist() == list(range(9))
    assert table.find(PackedWords.of(words)).tolist() == list(range(9))
    assert table.find(PackedWords.of([b"b", b"\0\0\0", b"abcdefg"])).tolist() == [-1, -1, -1]


@pytest.mark.usefixtures("tiny_tables")
def test_add_counts_and_chooses():
    table = WordCounter()
    words = [f"{'long' * (number % 5)}{number % 50}".encode() for number in range(200)]
    chosen = np.arange(200) % 3 > 0
    ids = table.add(PackedWords.of(words), np.arange(200), chosen)
    assert (ids[~chosen] == -1).all()
    spelled = table.words.to_list()
    assert [spelled[word_id] for word_id in ids[chosen]] == [
        word for word, taken in zip(words, chosen, strict=True) if taken
    ]
    expected: Counter[bytes] = Counter()
    for number in np.flatnonzero(chosen):
        expected[words[number]] += int(number)
    assert dict(zip(spelled, table.counts.tolist(), strict=True)) == expected
    table.clear()
    assert len(table) == 0
    assert table.find(PackedWords.of(words)).tolist() == [-1] * 200


def test_a_table_grows_past_its_first_size():
    words = [f"{number:x}" for number in range(3 * word_counter.CAPACITY)]
    table = WordCounter()
    ids, _ = scanned(table, " ".join(words + words[::-1]).encode())
    assert ids == [*range(len(words)), *reversed(range(len(words)))]


def test_hashes_share_words_out_evenly():
    words = PackedWords.of([f"interest{number}".encode() for number in range(50_000)])
    sizes = np.bincount(words.hashes(), minlength=256)
    assert sizes.min() > 100
    assert sizes.max() < 300


def test_map_ids_is_indexing():
    ids = np.array([2, 0, 1, 1], np.int32)
    becomes = np.array([7, 8, 9], np.int32)
    assert map_ids(ids, becomes).tolist() == becomes[ids].tolist()


# --- pieces that Python need not look at


@pytest.mark.parametrize("tokenizer", [name for name, t in TOKENIZERS.items() if t.per_word])
@pytest.mark.parametrize("steps", [(), *((name,) for name in STEPS), ("nfkc", "casefold")])
@pytest.mark.parametrize("with_mark", [False, True])
def test_pieces_become_what_cleaning_and_cutting_say(
    steps: tuple[str, ...], tokenizer: TokenizerName, with_mark: bool
):
    config = TextConfig(clean=steps, tokenizer=tokenizer)
    rng = random.Random(1)
    signs = [chr(code) for code in range(0x21, 0x7F)] + ["é", "\u00a0", "\0", "\x7f", "ß"]
    pieces = ["".join(rng.choices(signs, k=rng.randint(1, 6))) for _ in range(3000)]
    pieces += [*signs, "the", "The", "snake_case", "U.S.", "1,000.5"]
    pieces += (
        ["zqxmarkxqz\u00a0a", "ZQXMARKXQZ\u00a0"] if with_mark else []
    )  # spelled like the mark between pieces
    table = WordCounter()
    table.add(PackedWords.of([piece.encode() for piece in pieces]), np.ones(len(pieces), np.int64))
    table_pieces, piece_counts = table.words.to_list(), table.counts.tolist()
    found = tokenize_pieces(table, config)
    tokens = [token.decode() for token in found.tokens.words.to_list()]
    starts = np.arange(len(pieces) + 1) if found.starts is None else found.starts
    expected: Counter[str] = Counter()
    for number, piece in enumerate(table_pieces):
        ids = found.token_ids[starts[number] : starts[number + 1]]
        cut = TOKENIZERS[config.tokenizer].split(clean(piece.decode(), config.steps))
        assert [tokens[token_id] for token_id in ids] == cut
        for token in cut:
            expected[token] += piece_counts[number]
    counts = dict(zip(tokens, found.tokens.counts.tolist(), strict=True))
    assert {token: count for token, count in counts.items() if count} == expected


# --- fast and plain give the same folder


CONFIGS = [
    TextConfig(min_count=1),
    TextConfig(min_count=2, clean=()),
    TextConfig(min_count=1, lowercase=True, max_vocab=3),
    TextConfig(min_count=2, clean=("nfkc", "whitespace", "casefold")),
    TextConfig(min_count=1, tokenizer="word"),
    TextConfig(min_count=2, tokenizer="word", lowercase=True, clean=("nfd", "control")),
    TextConfig(min_count=1, tokenizer="word", clean=("mask-urls", "mask-numbers", "repeats")),
    TextConfig(min_count=1, clean=("accents", "quotes", "dashes", "drop-punctuation", "digits")),
    TextConfig(min_count=1, tokenizer="word", clean=("html", "mojibake", "wiki", "nfc")),
]


@pytest.mark.filterwarnings("ignore::textseq.text.notices.TextNotice")  # many NULs look like UTF-16
@pytest.mark.parametrize("config", CONFIGS, ids=str)
@given(texts=st.lists(st.lists(st.sampled_from(NASTY), max_size=60).map("".join), max_size=3))
@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_fast_is_plain_on_random_text(config: TextConfig, texts: list[str], tmp_path: Path):
    assert_same(tmp_path, config, *texts, "")


@pytest.mark.parametrize(
    "text",
    [
        "a b\r\nc\r\n", "\ufeffa b\n", "a\u0085b a\u00a0b \u2028 a", "a\x1cb\x1dc\x1ed\x1fe",
        "a\rb", "end", "\n\n\na\n\n", "a\n\n", "a\0b \0 a\0", "\u1112\u1161\u11ab 한 \u1112\n",
        "ΟΔΟΣ ΣΑΣ\u00a0Σ\nΣ", "<unk> <pad> <unk>\n<bos> a", "\\ \\n \\\\n a\\", " \n", "x" * 10**7,
        "a " * 100_000, "\n" * 300_000 + "a", ("word " * 50 + "\n") * 500,
    ],
    ids=lambda text: repr(text[:20]),
)  # fmt: skip
def test_fast_is_plain_on_awkward_text(text: str, tmp_path: Path):
    for config in (CONFIGS[0], CONFIGS[5].replace(min_count=1)):
        if len(text) < 100_000:
            assert_same(tmp_path, config, text)
        else:
            paths = write(tmp_path, text)
            expected = files_of(encode_plainly(paths, tmp_path / "plain", config))
            limits = Limits(block_bytes=1 << 14, words=100)
            for how in ({}, {"limits": limits, "threads": 2}):
                fast = encode_files(paths, config, tmp_path / "fast", overwrite=True, **how)
                assert files_of(fast) == expected


def test_files_end_lines(tmp_path: Path):
    config = TextConfig(min_count=1)
    assert_same(tmp_path, config, "a b", "", "c\n", "\n", "d", "\ufeff")
    corpus = EncodedCorpus.load(tmp_path / "fast")
    assert [corpus.decode(number) for number in range(len(corpus))] == [
        ["a", "b"],
        ["c"],
        [],
        ["d"],
    ]


def test_bytes_that_are_not_text_follow_the_options(tmp_path: Path):
    text = b"ab c\n" * 20 + b"a\xffb \xed\xa0\x80 c\xe2\x82"
    for errors in ("strict", "replace", "ignore"):
        assert_same(tmp_path, TextConfig(min_count=1, errors=errors), text)
    assert_same(
        tmp_path, TextConfig(min_count=1, encoding="utf-16"), "añb c 한\nd".encode("utf-16")
    )
    assert_same(tmp_path, TextConfig(min_count=1, encoding="cp1252"), b"a\xa0b \x80 c\xe9")


def test_fast_is_plain_with_a_given_vocab(tmp_path: Path):
    vocab = Vocab(["<pad>", "<unk>", "b", "한", "é", "a"], np.array([0, 9, 4, 3, 2, 1]))
    assert_same(tmp_path, TextConfig(), "a b c\n\n<pad> e\u0301 é\n" * 9, vocab=vocab)
    assert EncodedCorpus.load(tmp_path / "fast").vocab == vocab
    labels = Vocab(["<pad>", "a", "b"], specials=("<pad>",))
    assert_same(tmp_path, TextConfig(), "a b\nb\n" * 9, vocab=labels)
    assert_same(tmp_path, TextConfig(), "a b\nb c\n" * 9, vocab=labels)  # KeyError for c
    assert_same(tmp_path, TextConfig(), "a b\nb <pad>\n" * 9, vocab=labels)  # KeyError for <pad>
    every = Vocab(
        ["<bos>", "<pad>", "a", "<unk>", "<eos>"], specials=("<bos>", "<pad>", "<unk>", "<eos>")
    )
    assert_same(tmp_path, TextConfig(), "<eos> a\n<pad> <bos> a <unk>\n" * 9, vocab=every)
    assert EncodedCorpus.load(tmp_path / "fast").ids[:6].tolist() == [3, 2, 3, 3, 2, 3]
    twice = Vocab(["<pad>", "<unk>", "a", "a"])
    with pytest.raises(ValueError, match="stand twice"):
        encode_files(write(tmp_path, "a"), TextConfig(), tmp_path / "x", vocab=twice)


def zipf_lines(n_lines: int, seed: int) -> Iterator[str]:
    rng = np.random.default_rng(seed)
    for words in rng.zipf(1.3, (n_lines, 12)):
        yield " ".join(f"w{min(word, 10**6):x}" for word in words)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_many_tables_give_what_one_gives(threads: int, tmp_path: Path):
    paths = write(tmp_path, *("\n".join(zipf_lines(4000, seed)) for seed in range(3)))
    config = TextConfig(min_count=2)
    expected = files_of(encode_files(paths, config, tmp_path / "one", threads=1))
    limits = Limits(block_bytes=1 << 13, words=1000, word_bytes=4000, words_per_thread=300)
    fast = encode_files(paths, config, tmp_path / "many", threads=threads, limits=limits)
    assert files_of(fast) == expected
    assert expected == files_of(encode_plainly(paths, tmp_path / "plain", config))


@pytest.mark.slow
def test_one_line_of_100_megabytes(tmp_path: Path):
    rng = np.random.default_rng(1)
    letters = rng.integers(ord("a"), ord("d"), 100 * 2**20, np.uint8)
    letters[rng.integers(0, len(letters), len(letters) // 6)] = ord(" ")
    path = tmp_path / "long.txt"
    path.write_bytes(letters.tobytes())
    corpus = encode_files(path, TextConfig(), tmp_path / "out")
    expected = Counter(letters.tobytes().split())
    assert len(corpus) == 1
    assert corpus.n_tokens == expected.total()
    words = {word.decode(): n for word, n in expected.items() if n >= 5}
    found = dict(zip(corpus.vocab.tokens[2:], corpus.vocab.counts[2:].tolist(), strict=True))
    assert found == words
    assert (
        corpus.vocab.decode(corpus.ids[:1000])
        == [
            word if word in words else "<unk>"
            for word in letters[:20_000].tobytes().decode().split()
        ][:1000]
    )
