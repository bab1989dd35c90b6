"""Encoding on a local Ray: the same ids and the same Vocab as in one process."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.config import FilterConfig, TextConfig
from textseq.text import ray_encode
from textseq.text.encode import encode_files
from textseq.text.encoded import EncodedCorpus
from textseq.text.ray_encode import encode_on_ray
from textseq.text.vocab import Vocab

pytest.importorskip("ray")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Ray's own, of itself


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A plain file, which is cut, a packed one, which is not, and an empty one."""
    rng = np.random.default_rng(1)
    lines = [
        " ".join(f"W{n}" for n in rng.zipf(1.5, 9) if n < 400) + ("  é" if row % 7 else "")
        for row in range(4000)
    ]
    (tmp_path / "a.txt").write_text("\n".join(lines[:3000]), encoding="utf-8")
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress("\n".join(lines[3000:]).encode()))
    (tmp_path / "c.txt").write_text("", encoding="utf-8")
    return [str(tmp_path / name) for name in ("a.txt", "b.txt.gz", "c.txt")]


def assert_same(one: EncodedCorpus, other: EncodedCorpus) -> None:
    assert one.vocab == other.vocab
    np.testing.assert_array_equal(one.vocab.counts, other.vocab.counts)
    np.testing.assert_array_equal(one.ids, other.ids)
    np.testing.assert_array_equal(one.offsets, other.offsets)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "filters"),
    [
        (TextConfig(min_count=3), FilterConfig()),
        (TextConfig(lowercase=True, tokenizer="word", max_vocab=50), FilterConfig(min_words=3)),
        (TextConfig(tokenizer="bpe", subword_vocab=200), FilterConfig()),
    ],
)
def test_the_same_as_in_one_process(
    text: TextConfig, filters: FilterConfig, files: list[str], tmp_path: Path, cluster: Any,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    monkeypatch.setattr(ray_encode, "_PART_BYTES", 20_000)  # several parts for each worker
    seen: list[float | None] = []
    there = encode_on_ray(
        files, text, tmp_path / "ray", filters=filters, progress=lambda _, share: seen.append(share)
    )
    here = encode_files(files, text, tmp_path / "here", filters=filters)
    assert_same(there, here)
    assert seen[-1] == 1.0
    assert there.text_config.replace(tokenizer_file=None) == text
    assert there.config.get("filters") == here.config.get("filters")
    kept = {"a.txt", "b.txt.gz", "c.txt", "ray", "here"}
    assert {path.name for path in tmp_path.iterdir()} == kept  # no parts are left


@pytest.mark.slow
def test_with_a_vocab_of_another_text(files: list[str], tmp_path: Path, cluster: Any):
    vocab = Vocab(["<pad>", "<unk>", "W2", "W1"], specials=("<pad>", "<unk>"))
    there = encode_on_ray(files, TextConfig(), tmp_path / "ray", vocab=vocab)
    assert_same(there, encode_files(files, TextConfig(), tmp_path / "here", vocab=vocab))


@pytest.mark.slow
def test_errors_of_a_worker_come_back(files: list[str], tmp_path: Path, cluster: Any):
    (tmp_path / "bad.txt").write_bytes(b"good\n\xff\xfe bad\n")
    with pytest.raises(ValueError, match=r"bad\.txt.*utf-8"):
        encode_on_ray([*files, str(tmp_path / "bad.txt")], TextConfig(), tmp_path / "out")
    with pytest.raises(ValueError, match="no word"):
        encode_on_ray(files, TextConfig(min_count=10**6), tmp_path / "out")
    with pytest.raises(ValueError, match="no words in"):
        encode_on_ray(files[2:], TextConfig(), tmp_path / "out")
    assert not list(tmp_path.glob("*out*"))


def test_what_is_refused_before_a_cluster_begins(files: list[str], tmp_path: Path):
    with pytest.raises(ValueError, match="duplicates is 'exact'"):
        encode_on_ray(files, TextConfig(), tmp_path / "o", filters=FilterConfig(duplicates="exact"))
    with pytest.raises(ValueError, match="standard input has no size"):
        encode_on_ray("-", TextConfig(), tmp_path / "o")
    with pytest.raises(FileNotFoundError, match="there is no file"):
        encode_on_ray("nowhere.txt", TextConfig(), tmp_path / "o")
    with pytest.raises(FileExistsError):
        encode_on_ray(files, TextConfig(), tmp_path)
    with pytest.raises(ValueError, match="put --out where all machines"):
        ray_encode._check_here([tmp_path, tmp_path / "part-2"])
