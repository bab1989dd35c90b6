"""EncodedCorpus: what one gets, what is written, and what is left after a failure."""

from __future__ import annotations

import bz2
import errno
import gzip
import hashlib
import itertools
import json
import os
import resource
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest

from textseq.arrays import ArrayWriter
from textseq.config import FilterConfig, TextConfig
from textseq.text.encode import count_files, encode_files, encode_lines
from textseq.text.encoded import EncodedCorpus
from textseq.text.reading.corpus import TextDecodeError, read_lines
from textseq.text.scan.spool import Limits, Spool
from textseq.text.tokens.tokenizer import TOKENIZERS
from textseq.text.vocab import Vocab

EVERY_WORD = TextConfig(min_count=1)
CHARS = TextConfig(tokenizer="char", min_count=1)
TINY = Limits(block_bytes=16, words=4, word_bytes=64, words_per_thread=2)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("the cat saw the dog\n\nthe end\n")
    return path


@pytest.fixture
def folder(text: Path, tmp_path: Path) -> Path:
    encode_files(text, EVERY_WORD, tmp_path / "corpus")
    return tmp_path / "corpus"


def damage(folder: Path, **changes: Any) -> None:
    """Change entries of config.json."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


# --- what one gets


def test_a_line_is_a_sequence(folder: Path):
    corpus = EncodedCorpus.load(folder)
    assert len(corpus) == 3
    assert corpus.n_tokens == 7
    assert corpus.vocab.tokens == ["<pad>", "<unk>", "the", "cat", "dog", "end", "saw"]
    assert corpus.vocab.counts.tolist() == [0, 0, 3, 1, 1, 1, 1]
    assert corpus.ids.dtype == np.int32
    assert corpus.offsets.dtype == np.int64
    assert corpus[0].tolist() == [2, 3, 6, 2, 4]
    assert corpus[1].size == 0
    assert corpus[-1].tolist() == corpus[np.int64(2)].tolist() == [2, 5]
    assert [line.tolist() for line in corpus] == [corpus[i].tolist() for i in range(3)]
    assert corpus.decode(2) == ["the", "end"]
    assert corpus.text_config == EVERY_WORD
    assert "3 lines, 7 tokens" in repr(corpus)
    for number in (3, -4):
        with pytest.raises(IndexError, match=f"line {number} of 3"):
            corpus[number]


def test_ids_are_mapped_and_lines_are_read_only_views(folder: Path):
    corpus = EncodedCorpus.load(folder)
    base = corpus.ids
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)
    assert np.shares_memory(corpus[0], corpus.ids)
    with pytest.raises(ValueError, match="read-only"):
        corpus[0][0] = 1


def test_counts_add_up_to_the_running_tokens(tmp_path: Path):
    lines = ["a a a <pad>", "b b <unk>", "c <unk> c d"]
    corpus = encode_lines(lines, TextConfig(min_count=2))
    assert corpus.vocab.tokens == ["<pad>", "<unk>", "a", "b", "c"]
    assert corpus.vocab.counts.tolist() == [0, 4, 3, 2, 2]  # <unk>: 2 spelled so, <pad>, d
    assert corpus.vocab.counts.tolist() == np.bincount(corpus.ids).tolist()
    assert corpus.decode(2) == ["c", "<unk>", "c", "<unk>"]
    limited = encode_lines(lines, TextConfig(min_count=1, max_vocab=1)).vocab
    assert limited.tokens == ["<pad>", "<unk>", "a"]
    assert limited.counts.sum() == corpus.n_tokens


def test_lines_and_files_give_the_same(text: Path, tmp_path: Path):
    lines = text.read_text().split("\n")[:-1]
    for config in (EVERY_WORD, CHARS, TextConfig(min_count=2, tokenizer="word")):
        from_files = encode_files(text, config, tmp_path / "corpus", overwrite=True)
        from_iterable = encode_files(iter(lines), config, tmp_path / "second", overwrite=True)
        for corpus in (encode_lines(lines, config), from_iterable):
            assert corpus.ids.tolist() == from_files.ids.tolist()
            assert corpus.offsets.tolist() == from_files.offsets.tolist()
            assert corpus.vocab == from_files.vocab
            for key in ("source", "text", "n_tokens", "n_sequences", "specials"):
                assert corpus.config[key] == from_files.config[key]


def test_the_plain_path_gives_what_a_few_lines_of_python_give(tmp_path: Path):
    path = tmp_path / "text.txt"
    path.write_bytes("한국 ab\r\nb\u0085a\r\n\n\rx\ne\u0301".encode() * 300)
    for config in (CHARS, CHARS.replace(min_count=400, clean=()), CHARS.replace(lowercase=True)):
        lines = list(read_lines(path, config))
        split = TOKENIZERS["char"].split
        from textseq.text.cleaning.steps import clean

        tokens = [split(clean(line, config.steps)) for line in lines]
        vocab = Vocab.from_counts(
            Counter(itertools.chain.from_iterable(tokens)), min_count=config.min_count
        )
        corpus = encode_files(path, config, tmp_path / "corpus", overwrite=True, limits=TINY)
        assert corpus.vocab.tokens == vocab.tokens
        assert [line.tolist() for line in corpus] == [vocab.encode(t).tolist() for t in tokens]
        assert count_files(path, config) == corpus.vocab


def test_a_given_vocab_is_kept_as_it_is(text: Path, tmp_path: Path):
    vocab = Vocab(["<pad>", "<unk>", "dog", "the"], np.array([0, 0, 7, 5]))
    for config in (TextConfig(), TextConfig(clean=("nfc",))):
        corpus = encode_files(text, config, tmp_path / "out", vocab=vocab, overwrite=True)
        assert EncodedCorpus.load(tmp_path / "out").vocab == vocab
        assert corpus[0].tolist() == [3, 1, 1, 3, 2]
    assert encode_lines([], EVERY_WORD, vocab=vocab).ids.size == 0
    assert len(encode_lines(["", ""], EVERY_WORD, vocab=vocab)) == 2
    with pytest.raises(TypeError, match="a str is one line"):
        encode_lines("the dog", EVERY_WORD)


def zstd(data: bytes) -> bytes:
    return bytes(pyarrow.compress(data, codec="zstd", asbytes=True))


def test_compressed_text_gives_the_same_folder(text: Path, tmp_path: Path):
    expected = encode_files(text, EVERY_WORD, tmp_path / "plain")
    for name, pack in (("gz", gzip.compress), ("bz2", bz2.compress), ("zst", zstd)):
        packed = tmp_path / f"text.{name}"
        packed.write_bytes(pack(text.read_bytes()))
        corpus = encode_files(packed, EVERY_WORD, tmp_path / name)
        for file in Path(expected.name).iterdir():
            assert (Path(corpus.name) / file.name).read_bytes() == file.read_bytes()


def test_config_says_how_it_was_made(text: Path, folder: Path):
    config = EncodedCorpus.load(folder).config
    assert TextConfig.from_json(config["text"]) == EVERY_WORD
    digest = hashlib.blake2b(text.read_bytes(), digest_size=32).hexdigest()
    assert config["source"] == {"bytes": 29, "blake2b": digest}
    assert (config["kind"], config["n_tokens"], config["n_sequences"]) == ("encoded-corpus", 7, 3)
    assert config["specials"] == ["<pad>", "<unk>"]


@pytest.mark.parametrize("config", [EVERY_WORD, CHARS])
def test_progress_rises_to_the_size_of_the_text(config: TextConfig, tmp_path: Path):
    path = tmp_path / "text.txt.gz"
    path.write_bytes(gzip.compress(b"some words\n" * 100_000))
    seen: list[tuple[int, float]] = []
    encode_files(path, config, tmp_path / "out", threads=2, progress=lambda *at: seen.append(at))
    assert seen == sorted(seen)
    assert seen[-1] == (1_100_000, 1.0)
    seen.clear()
    lines = iter(["some words"] * 100)
    encode_files(lines, config, tmp_path / "more", progress=lambda *at: seen.append(at))
    assert seen[-1] == (1100, None)


# --- what is refused


def test_no_words_is_an_error(tmp_path: Path):
    empty = tmp_path / "empty.txt"
    empty.write_text("\n \n")
    before = sorted(tmp_path.iterdir())
    vocab = Vocab(["<pad>", "<unk>"])
    for config in (EVERY_WORD, CHARS.replace(clean=("whitespace",))):
        for options in ({}, {"vocab": vocab}):
            with pytest.raises(ValueError, match=r"no words in .*empty\.txt and 1 more$"):
                encode_files([empty, empty], config, tmp_path / "out", **options)
        with pytest.raises(ValueError, match="no words in"):
            count_files(empty, config)
    with pytest.raises(ValueError, match="no words in the lines given"):
        encode_lines(["", ""], EVERY_WORD)
    assert sorted(tmp_path.iterdir()) == before


def test_no_words_left_says_what_there_was(text: Path, tmp_path: Path):
    message = r"no word is left of the 5 in .*: the most frequent one stands there 3 times, "
    message += "min_count is 5; lower it"
    with pytest.raises(ValueError, match=message):
        encode_files(text, TextConfig(), tmp_path / "out")
    with pytest.raises(ValueError, match=message):
        encode_lines(read_lines(text, TextConfig()), TextConfig())
    with pytest.raises(ValueError, match="no word is left"):
        count_files(text, TextConfig(), threads=2, limits=TINY)


def test_nothing_is_overwritten_unasked(text: Path, folder: Path):
    before = (folder / "ids.npy").read_bytes()

    def lines() -> Iterator[str]:
        raise AssertionError("the text was read")
        yield ""

    with pytest.raises(FileExistsError, match="exists already"):
        encode_files(lines(), EVERY_WORD, folder)
    assert (folder / "ids.npy").read_bytes() == before
    with pytest.raises(FileNotFoundError):
        encode_files("no such file", EVERY_WORD, folder.parent / "a" / "b")
    assert not (folder.parent / "a").exists()


@pytest.mark.parametrize("config", [EVERY_WORD, CHARS])
@pytest.mark.parametrize("threads", [1, 3])
def test_bad_bytes_leave_nothing_behind(config: TextConfig, threads: int, tmp_path: Path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"good words\n" * 1000 + b"bad \xff\n" + b"good words\n" * 1000)
    options = {"threads": threads, "limits": Limits(block_bytes=64)}
    with pytest.raises(TextDecodeError, match=r"text\.txt: byte 11004 \(line 1001\)"):
        encode_files(path, config, tmp_path / "out", **options)
    assert [entry.name for entry in tmp_path.iterdir()] == ["text.txt"]
    corpus = encode_files(path, config.replace(errors="replace"), tmp_path / "out", **options)
    assert "\ufffd" in corpus.vocab


@pytest.mark.parametrize("config", [EVERY_WORD, CHARS])
@pytest.mark.parametrize("owner", [Spool, ArrayWriter])
def test_a_full_disk_leaves_nothing_behind(
    config: TextConfig, owner: type, folder: Path, text: Path, monkeypatch: pytest.MonkeyPatch
):
    before = {path: path.read_bytes() for path in folder.iterdir()}
    entries = sorted(folder.parent.iterdir())
    real, calls = owner.append, itertools.count()

    def append(self: Any, array: Any) -> Any:
        if next(calls) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, array)

    monkeypatch.setattr(owner, "append", append)
    with pytest.raises(OSError, match="No space left"):
        encode_files(text, config, folder, overwrite=True, limits=TINY, threads=2)
    assert sorted(folder.parent.iterdir()) == entries
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_file_that_may_not_grow_is_an_error(tmp_path: Path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"some words\n" * 50_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            encode_files(path, EVERY_WORD, tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [entry.name for entry in tmp_path.iterdir()] == ["text.txt"]


def test_an_interrupted_run_leaves_nothing_behind(tmp_path: Path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"some words\n" * 100)

    def interrupt(n_bytes: int, share: float | None) -> None:
        raise KeyboardInterrupt

    for config in (EVERY_WORD, CHARS):
        with pytest.raises(KeyboardInterrupt):
            encode_files(path, config, tmp_path / "out", progress=interrupt)
    assert [entry.name for entry in tmp_path.iterdir()] == ["text.txt"]


# --- folders that are damaged


def test_a_missing_or_other_folder_is_named(folder: Path, tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="`textseq encode` makes it"):
        EncodedCorpus.load(tmp_path / "none")
    damage(folder, kind="word-vectors")
    with pytest.raises(ValueError, match="holds word-vectors, not encoded-corpus"):
        EncodedCorpus.load(folder)


@pytest.mark.parametrize("name", ["ids.npy", "offsets.npy", "counts.npy"])
def test_arrays_that_lie_are_refused(folder: Path, name: str):
    path = folder / name
    whole = path.read_bytes()
    array = np.load(path)
    for wrong in (array.astype(np.float64), array[:-1], np.append(array, array[-1:]), array[None]):
        np.save(path, wrong)
        with pytest.raises(ValueError, match=r"damaged|counts"):
            EncodedCorpus.load(folder)
    for cut in (whole[:-1], whole[:64], b""):
        path.write_bytes(cut)
        with pytest.raises(ValueError, match=f"{name} is damaged"):
            EncodedCorpus.load(folder)
    path.write_bytes(whole.replace(b"'shape': (", b"'shape': (9999999999, ")[: len(whole)])
    with pytest.raises(ValueError, match=f"{name} is damaged"):
        EncodedCorpus.load(folder)
    path.unlink()
    with pytest.raises(ValueError, match=f"{name} is missing"):
        EncodedCorpus.load(folder)


def test_a_config_that_lies_is_refused(folder: Path):
    good = json.loads((folder / "config.json").read_text())
    for changes in ({"n_tokens": 8}, {"n_tokens": -1}, {"n_sequences": None}, {"n_tokens": 10**15},
                    {"specials": "x"}, {"specials": ["<eos>"]}, {"specials": [1]}):  # fmt: skip
        damage(folder, **changes)
        with pytest.raises(ValueError, match=r"damaged|are not among"):
            EncodedCorpus.load(folder)
        damage(folder, **good)


@pytest.mark.parametrize("offsets", [[1, 5, 5, 7], [0, 5, 4, 7], [0, 5, 5, 6], [0, 5, 5, 8]])
def test_offsets_rise_from_0_to_the_number_of_ids(folder: Path, offsets: list[int]):
    np.save(folder / "offsets.npy", np.array(offsets, np.int64))
    with pytest.raises(ValueError, match="its offsets do not rise from 0 to 7"):
        EncodedCorpus.load(folder)


def test_special_tokens_are_moved_to_the_front():
    vocab = Vocab(["a", "<pad>", "b", "<unk>"], np.array([2, 0, 1, 3]), ["<pad>", "<unk>"])
    for default_id, default in ((None, "<unk>"), (2, "b"), (0, "a")):
        corpus = encode_lines(["a b", "new a"], EVERY_WORD, vocab=vocab.with_default_id(default_id))
        first = corpus.with_specials_first()
        assert first.vocab.tokens == ["<pad>", "<unk>", "a", "b"]
        assert first.vocab.counts.tolist() == [0, 3, 2, 1]
        assert [first.decode(line) for line in range(2)] == [["a", "b"], [default, "a"]]
        assert first.vocab.decode([first.vocab.default_id]) == [default]
        assert first.with_specials_first() is first
    assert corpus.vocab.tokens[0] == "a"  # the first one is as it was


def test_filters_are_told_of(text: Path, tmp_path: Path):
    filters = FilterConfig(min_words=2, duplicates="exact")
    corpus = encode_files(text, EVERY_WORD, tmp_path / "filtered", filters=filters)
    assert corpus.filters == EncodedCorpus.load(tmp_path / "filtered").filters == filters
    assert encode_lines(["a"], EVERY_WORD).filters == FilterConfig()


def test_check_ids_finds_ids_outside_the_vocabulary(folder: Path):
    EncodedCorpus.load(folder).check_ids()
    for wrong in (7, -1, 2**31 - 1):
        ids = np.load(folder / "ids.npy")
        ids[3] = wrong
        np.save(folder / "ids.npy", ids)
        with pytest.raises(ValueError, match=f"npy holds the id {wrong}, its vocabulary has 7 to"):
            EncodedCorpus.load(folder).check_ids()


# --- what it costs


def test_loading_imports_no_compiler(folder: Path):
    code = f"""
        import sys
        from textseq.text.encoded import EncodedCorpus
        EncodedCorpus.load({str(folder)!r})
        assert not {{"numba", "llvmlite", "pyarrow"}} & set(sys.modules)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_text(tmp_path: Path):
    path = tmp_path / "big.txt"
    rng = np.random.default_rng(1)
    with path.open("wb") as file:
        for _ in range(40):  # 40 blocks of 8 MiB: 40 M words, about 10 M distinct ones
            words = rng.integers(ord("a"), ord("z") + 1, (1 << 20, 8), np.uint8)
            words[::2, 3:7] = ord("-")
            words[::4, 5:7] = ord("-")
            words[:, 7] = ord(" ")
            words[::20, 7] = ord("\n")
            file.write(words.tobytes())
    code = f"""
        import resource
        from pathlib import Path
        from textseq.config import FilterConfig, TextConfig
        from textseq.text.encode import encode_files
        corpus = encode_files({str(path)!r}, TextConfig(), {str(tmp_path / "out")!r}, threads=2)
        assert corpus.n_tokens == 40 << 20
        # What getrusage tells on Linux includes the parent's memory at the fork.
        status = Path("/proc/self/status")
        if status.exists():
            print(status.read_text().split("VmHWM:")[1].split()[0])
        else:
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    """
    run = [sys.executable, "-c", textwrap.dedent(code)]
    environment = os.environ | {"PYTHONWARNINGS": "error"}
    done = subprocess.run(run, check=True, capture_output=True, text=True, env=environment)
    assert int(done.stdout) < 500 * 1024


# --- from strangers


@pytest.mark.parametrize("wrong", [-1, 5, 10**6])
def test_an_id_of_no_token(folder: Path, tmp_path: Path, wrong: int):
    """All that reads the ids says so in one way, and names the folder."""
    from textseq.rnn.data.batching import lm_batches
    from textseq.rnn.data.examples import Examples
    from textseq.rnn.data.vocabs import with_specials
    from textseq.text.rows.padded import write_padded

    ids = np.load(folder / "ids.npy", allow_pickle=False)
    ids[-1] = wrong
    np.save(folder / "ids.npy", ids, allow_pickle=False)
    corpus = EncodedCorpus.load(folder)
    n_tokens = len(corpus.vocab)
    wrong = n_tokens if wrong == 5 else wrong
    ids[-1] = wrong
    np.save(folder / "ids.npy", ids, allow_pickle=False)
    corpus = EncodedCorpus.load(folder)
    message = f"corpus is damaged: ids.npy holds the id {wrong}, its vocabulary has {n_tokens} "
    for use in (
        corpus.check_ids,
        corpus.with_specials_first,
        lambda: corpus.decode(2),
        lambda: corpus.save(tmp_path / "again"),
        lambda: write_padded(corpus, tmp_path / "rows"),
        lambda: Examples(corpus),
        lambda: with_specials(corpus),
        lambda: lm_batches(corpus, 1, 2),
    ):
        with pytest.raises(ValueError, match=message):
            use()
    assert corpus.decode(0) == ["the", "cat", "saw", "the", "dog"]  # a line without it
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus", "text.txt"]


def test_ids_of_a_folder_are_looked_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch):
    looked = []
    check = EncodedCorpus._check
    monkeypatch.setattr(EncodedCorpus, "_check", lambda self, ids: looked.append(check(self, ids)))
    corpus = EncodedCorpus.load(folder)
    assert not looked  # opening reads no ids
    corpus.check_ids()
    corpus.check_ids()
    assert len(looked) == 1
    own = EncodedCorpus(corpus.ids.copy(), corpus.offsets, corpus.vocab, corpus.config)
    own.check_ids()
    own.ids[0] = 99
    monkeypatch.undo()
    with pytest.raises(ValueError, match="it holds the id 99"):
        own.check_ids()


def test_a_token_that_stands_twice(folder: Path):
    lines = (folder / "vocab.txt").read_text().split("\n")
    lines[-2] = lines[-3]
    (folder / "vocab.txt").write_text("\n".join(lines))
    with pytest.raises(ValueError, match=r"1 tokens stand twice in the vocabulary of .*corpus"):
        EncodedCorpus.load(folder).check_ids()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": "x"}, "its text options are 'x', no object"),
        ({"text": {"min_count": "1"}}, "min_count is '1'; it takes int"),
        ({"text": {"clean": ["wash"]}}, "no cleaning step 'wash'"),
        ({"specials": ["<pad>", "<none>"]}, "the special tokens '<none>' are not among"),
        ({"specials": ["z" * 9999] * 99}, "the special tokens 'z"),
        ({"default_id": 10**9}, "default_id is 1000000000; ids are 0"),
    ],
)
def test_a_config_that_lies_names_the_folder(folder: Path, changes: Any, message: str):
    damage(folder, **changes)
    with pytest.raises(ValueError, match=message) as caught:
        EncodedCorpus.load(folder)
    assert str(folder) in str(caught.value)
    assert len(str(caught.value)) < 900


@pytest.mark.parametrize("filters", [[], "x", {"min_words": -1}, {"min": 1}])
def test_filters_that_are_none(folder: Path, filters: Any):
    damage(folder, filters=filters)
    with pytest.raises(ValueError, match="corpus is damaged: "):
        _ = EncodedCorpus.load(folder).filters
