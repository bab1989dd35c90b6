"""Merging: shards put together are what one run gives, byte for byte."""

from __future__ import annotations

import json
import random
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.config import FilterConfig, TextConfig
from textseq.text.encode import count_files, encode_files, train_tokenizer
from textseq.text.encoded.merging import merge_corpora, merge_vocabs
from textseq.text.encoded.vocab_folder import load_vocab, save_vocab

WORDS = ["der", "die", "das", "und", "Haus", "Straße", "한국", "말", "नमस्ते", "x", "y", "z"]
WORDS += ["<unk>", "<pad>", "e\u0301"]
EVERY_WORD = TextConfig(min_count=1)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    folder = tmp_path / "text"
    folder.mkdir()
    dice = random.Random(1)
    for number in range(3):
        lines = [" ".join(dice.choices(WORDS, k=dice.randrange(9))) for _ in range(200)]
        (folder / f"{number}.txt").write_text("\n".join(lines) + "\n" * (number % 2), "utf-8")
    return folder


def shards(text: Path, of: int, config: TextConfig, **options: Any) -> list[Path]:
    """Encoded shards, the last one first."""
    folders = []
    for number in range(of, 0, -1):
        folders.append(text.parent / f"part-{number}")
        encode_files(text, config, folders[-1], shard=(number, of), threads=1, **options)
    return folders


def same(one: Path, other: Path) -> None:
    for name in ("ids.npy", "offsets.npy", "vocab.txt", "counts.npy"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


@pytest.mark.parametrize("of", [1, 2, 5, 97])
@pytest.mark.parametrize("tokenizer", ["whitespace", "word", "char"])
def test_corpora(text: Path, of: int, tokenizer: Any):
    if of == 97 and tokenizer != "whitespace":
        return
    config = TextConfig(tokenizer=tokenizer, lowercase=True, min_count=120)
    encode_files(text, config, text.parent / "whole")
    parts = shards(text, of, config.replace(min_count=1))
    merged = merge_corpora(parts, text.parent / "merged", min_count=120)
    same(text.parent / "merged", text.parent / "whole")
    assert merged.text_config == config
    assert merged.config["source"]["bytes"] >= sum(f.stat().st_size for f in text.iterdir())


def test_corpora_with_a_vocabulary_that_was_given(text: Path):
    vocab = count_files(text, TextConfig(min_count=100, max_vocab=6))
    encode_files(text, EVERY_WORD, text.parent / "whole", vocab=vocab)
    merge_corpora(shards(text, 3, EVERY_WORD, vocab=vocab), text.parent / "merged")
    same(text.parent / "merged", text.parent / "whole")


def test_corpora_of_subwords(text: Path):
    config = TextConfig(tokenizer="bpe", subword_vocab=400)
    with pytest.raises(ValueError, match="a shard alone would train another bpe"):
        encode_files(text, config, text.parent / "part", shard=(1, 2))
    config = train_tokenizer(text, config, text.parent / "tokenizer.json")
    encode_files(text, config, text.parent / "whole")
    merged = merge_corpora(shards(text, 3, config), text.parent / "merged")
    same(text.parent / "merged", text.parent / "whole")
    assert merged.text_config.tokenizer_file == str(text.parent / "merged" / "tokenizer.json")
    by_hand = merged.vocab.with_default_id(9)  # a folder made by hand
    for name in ("one", "two"):
        save_vocab(by_hand, config, text.parent / name)
    added = merge_vocabs([text.parent / "one", text.parent / "two"], text.parent / "added")
    assert added.default_id == load_vocab(text.parent / "added")[0].default_id == 9
    assert added.counts.tolist() == (2 * merged.vocab.counts).tolist()


def test_vocabularies(text: Path):
    folders = []
    for number in (1, 2, 3):
        folders.append(text.parent / f"vocab-{number}")
        counted = count_files(text, EVERY_WORD, shard=(number, 3))
        save_vocab(counted, EVERY_WORD, folders[-1], more={"shard": [number, 3]})
    merge_vocabs(folders, text.parent / "merged", min_count=50, max_vocab=9)
    whole = count_files(text, TextConfig(min_count=50, max_vocab=9))
    assert load_vocab(text.parent / "merged") == (whole, TextConfig(min_count=50, max_vocab=9))
    with pytest.raises(ValueError, match="shard 2/3 is missing"):
        merge_vocabs([folders[0], folders[2]], text.parent / "more")
    with pytest.raises(FileExistsError):
        merge_vocabs(folders, text.parent / "merged")


def test_filters_of_shards_are_added_up(text: Path):
    filters = FilterConfig(min_words=3)
    encode_files(text, EVERY_WORD, text.parent / "whole", filters=filters)
    parts = shards(text, 4, EVERY_WORD, filters=filters)
    merged = merge_corpora(parts, text.parent / "merged", min_count=1)
    same(text.parent / "merged", text.parent / "whole")
    assert merged.config["filters"]["dropped"]["too_few_words"] > 100


def test_what_does_not_belong_together(text: Path):
    out = text.parent / "merged"
    one, two = shards(text, 2, EVERY_WORD)[::-1]
    (five,) = [text.parent / "five"]
    encode_files(text, EVERY_WORD, five, shard=(1, 5))
    for parts, message in (
        ([], "no parts were given"),
        ([one], "shard 2/2 is missing"),
        ([one, one], "shard 1/2 was given twice"),
        ([one, five], r"part-1 is shard 1/2; the others are shards of 5"),
    ):
        with pytest.raises(ValueError, match=message):
            merge_corpora(parts, out)
    encode_files(text, EVERY_WORD.replace(lowercase=True), two, shard=(2, 2), overwrite=True)
    with pytest.raises(ValueError, match=r"lowercase is False in .*part-1, True in .*part-2"):
        merge_corpora([one, two], out)
    encode_files(text, TextConfig(min_count=2), two, shard=(2, 2), overwrite=True)
    with pytest.raises(ValueError, match=r"part-2 has left words out \(min_count 2"):
        merge_corpora([one, two], out)
    vocab = count_files(text, EVERY_WORD)
    encode_files(text, EVERY_WORD, two, shard=(2, 2), vocab=vocab, overwrite=True)
    with pytest.raises(ValueError, match="encoded with --vocab, others without"):
        merge_corpora([one, two], out)
    encode_files(text, EVERY_WORD, two, shard=(2, 2), overwrite=True)
    plain = text.parent / "plain"
    encode_files(text, EVERY_WORD, plain)
    with pytest.raises(ValueError, match="plain is no shard; the others are shards of 2"):
        merge_corpora([one, two, plain], out)
    assert not out.exists()
    assert merge_corpora([plain, plain], out, min_count=1).n_tokens > 2000  # no shards: as given


@pytest.mark.parametrize(
    ("shard", "message"),
    [
        ([1, 10**10], r"shard 2/10000000000 is missing \(9999999999 of 10000000000 are"),
        ([2, 1], r"its config says that it is shard \[2, 1\]"),
        ([0, 1], "its config says"),
        ([1], "its config says"),
        ([1, "2"], "its config says"),
        ({"1": 2}, "its config says"),
        ([True, 1], "its config says"),
        ("12", "its config says"),
    ],
)
def test_a_folder_that_lies_about_its_shard(text: Path, shard: Any, message: str):
    """What it says is not counted up to: this ended for want of memory, or never."""
    (part,) = shards(text, 1, EVERY_WORD)
    change(part, shard=shard)
    tracemalloc.start()
    with pytest.raises(ValueError, match=message) as caught:
        merge_corpora([part], text.parent / "merged")
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()
    assert str(part) in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [{"source": None}, {"source": {"bytes": "1", "blake2b": "x"}}, {"filters": {"dropped": [1]}}],
)
def test_a_folder_that_does_not_say_where_it_comes_from(text: Path, changes: dict[str, Any]):
    (part,) = shards(text, 1, EVERY_WORD)
    change(part, **changes)
    with pytest.raises(ValueError, match="part-1 is damaged: its config is wrong in source"):
        merge_corpora([part], text.parent / "merged")


def test_an_id_of_no_token_is_not_merged(text: Path):
    parts = shards(text, 2, EVERY_WORD)
    ids = np.load(parts[0] / "ids.npy", allow_pickle=False)
    ids[3] = -1
    np.save(parts[0] / "ids.npy", ids, allow_pickle=False)
    with pytest.raises(ValueError, match=r"part-2 is damaged: ids\.npy holds the id -1"):
        merge_corpora(parts, text.parent / "merged")
    assert not (text.parent / "merged").exists()


def test_parts_with_other_special_tokens_are_named(text: Path):
    parts = shards(text, 2, EVERY_WORD)
    change(parts[0], specials=["<pad>"])
    with pytest.raises(ValueError, match=r"part-2.*have the same specials"):
        merge_corpora(parts, text.parent / "merged")


def change(folder: Path, **changes: Any) -> None:
    """Change entries of config.json."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
