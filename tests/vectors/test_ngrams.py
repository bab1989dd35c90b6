"""Which rows n-grams hash to: by hand, against the plain way, fastText and floret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from textseq.vectors.ngrams import NgramHashes, murmur3

WORDS = ["king", "서울", "naïve", "x", "", "é", "🙂🙂", "a" * 40, "a b", "</s>", "ß-ß"]


def fnv1a(text: str) -> int:
    """FNV-1a of 32 bits, where a byte of 128 or more is a negative number, as in fastText."""
    value = 2166136261
    for byte in text.encode():
        value ^= byte if byte < 128 else byte | 0xFFFFFF00
        value = value * 16777619 % 2**32
    return value


def plain_rows(hashes: NgramHashes, word: str) -> list[int]:
    signed = f"<{word}>"
    if word == "</s>":
        return []
    spans = [
        signed[start : start + n]
        for n in range(max(1, hashes.minn), hashes.maxn + 1)
        for start in range(len(signed) - n + 1)
        if n > 1 or 0 < start < len(signed) - 1
    ]
    return sorted(fnv1a(span) % hashes.bucket for span in spans)


def rows_of_each(hashes: NgramHashes, words: list[str]) -> list[list[int]]:
    rows, counts = hashes.rows(words)
    return [sorted(part.tolist()) for part in np.split(rows, np.cumsum(counts)[:-1])]


def test_by_hand():
    # "<a>" has the pairs "<a" and "a>"; FNV-1a of "a" alone is known from its authors' page.
    assert fnv1a("a") == 0xE40C292C
    hashes = NgramHashes("fasttext", 1000, 2, 2)
    assert rows_of_each(hashes, ["a"]) == [sorted([fnv1a("<a") % 1000, fnv1a("a>") % 1000])]
    assert rows_of_each(NgramHashes("fasttext", 1000, 1, 1), ["a"]) == [[0xE40C292C % 1000]]
    assert rows_of_each(NgramHashes("fasttext", 1000, 0, 0), ["a", "b"]) == [[], []]


@pytest.mark.parametrize(("minn", "maxn"), [(1, 1), (2, 5), (3, 6), (0, 3), (4, 2), (6, 6)])
def test_all_at_once_equal_the_plain_way(minn: int, maxn: int):
    hashes = NgramHashes("fasttext", 2_000_003, minn, maxn)
    assert rows_of_each(hashes, WORDS) == [plain_rows(hashes, word) for word in WORDS]
    assert hashes.rows([])[0].tolist() == hashes.rows([])[1].tolist() == []


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_any_words(words: list[str]):
    hashes = NgramHashes("fasttext", 997, 2, 4)
    assert rows_of_each(hashes, words) == [plain_rows(hashes, word) for word in words]


@pytest.mark.parametrize(
    ("text", "seed", "digest"),
    [
        ("", 0, "0" * 32),
        ("The quick brown fox jumps over the lazy dog", 0, "e34bbc7bbc071b6c7a433ca9c49a9347"),
        ("", 1, "4610abe56eff5cb551622daa78f83583"),
    ],
)
def test_murmur3_of_known_texts(text: str, seed: int, digest: str):
    data = np.frombuffer(b"--" + text.encode(), np.uint8)
    found = murmur3(data, np.array([2]), np.array([len(data)]), seed)[0]
    high, low = int(digest[:16], 16), int(digest[16:], 16)
    assert found.tolist() == [high % 2**32, high >> 32, low % 2**32, low >> 32]


@pytest.mark.parametrize("kind", ["fasttext", "floret"])
@pytest.mark.parametrize(("minn", "maxn"), [(1, 2), (2, 5), (0, 0)])
def test_against_the_packages(tmp_path: Path, kind: str, minn: int, maxn: int):
    package = pytest.importorskip(kind)
    words = [word for word in WORDS if word not in ("", "a b", "</s>")]
    (tmp_path / "text").write_text((" ".join(words) + "\n") * 20, encoding="utf-8")
    more: dict[str, Any] = {"mode": "floret", "hashCount": 3} if kind == "floret" else {}
    model = package.train_unsupervised(
        str(tmp_path / "text"), dim=4, minn=minn, maxn=maxn, bucket=300, minCount=1, epoch=1,
        thread=1, verbose=0, **more,
    )  # fmt: skip
    bucket = 300 if maxn or more else 0
    options: dict[str, Any] = {"hash_count": 3, "seed": 2166136261} if more else {}
    hashes = NgramHashes(kind, bucket, minn, maxn, **options)  # type: ignore[arg-type]
    n_words = len(model.words)
    for word in [*words, "unknown", "unbekanntes"]:
        theirs = [row - n_words for row in model.get_subwords(word)[1].tolist() if row >= n_words]
        assert rows_of_each(hashes, [word])[0] == sorted(theirs)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"maxn": 101}, "have 3 to 101 characters"),
        ({"minn": -1}, "have -1 to 6 characters"),
        ({"bucket": 0}, "hashed to 0 rows"),
        ({"bucket": 2**31}, "hashed to 2,147,483,648 rows"),
        ({"hash_count": 5}, "hashed 5 times"),
        ({"seed": -1}, "seed of its hashes is -1"),
        ({"kind": "crc"}, "as crc does not"),
        ({"minn": 3.0}, "minn of its n-grams is 3.0"),
        ({"maxn": True}, "maxn of its n-grams is True"),
        ({"bow": 1}, "bow of its n-grams is 1"),
        ({"more": 1}, "does not say how n-grams are hashed"),
    ],
)
def test_what_no_config_can_say(change: dict[str, Any], message: str):
    options = {
        "kind": "fasttext", "bucket": 10, "minn": 3, "maxn": 6, "hash_count": 1, "seed": 0,
        "bow": "<", "eow": ">",
    }  # fmt: skip
    assert NgramHashes.from_json(options) == NgramHashes("fasttext", 10, 3, 6)
    with pytest.raises(ValueError, match=message):
        NgramHashes.from_json(options | change)
