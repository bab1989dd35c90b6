"""Vectors by token, from local files only."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from textseq.compat.torchtext.vocab import (
    CharNGram,
    FastText,
    GloVe,
    Vectors,
    build_vocab_from_iterator,
    pretrained_aliases,
)
from textseq.text.vocab import Vocab as TextVocab
from textseq.vectors.word_vectors import WordVectors

ROWS = "chip 1 2 3\nbaby 4 5 6\nBaby 7 8 9\n"


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    (tmp_path / "my.txt").write_text(ROWS)
    return tmp_path


def test_lookup(cache: Path):
    vectors = Vectors("my.txt", cache=cache)
    assert vectors.itos == ["chip", "baby", "Baby"]
    assert vectors.stoi == {"chip": 0, "baby": 1, "Baby": 2}
    assert (vectors.dim, len(vectors), vectors.vectors.dtype) == (3, 3, torch.float32)
    assert vectors["baby"].tolist() == [4, 5, 6]
    assert vectors["none"].tolist() == [0, 0, 0]
    assert "chip" in vectors
    assert "none" not in vectors
    assert sorted(path.name for path in cache.iterdir()) == ["my.txt"]  # no cache is written


def test_a_path_a_header_and_a_limit(cache: Path):
    (cache / "my.vec").write_text("3 3\n" + ROWS)
    assert Vectors(str(cache / "my.vec")).vectors.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert Vectors("my.txt", cache=str(cache), max_vectors=2).itos == ["chip", "baby"]
    assert len(Vectors("my.txt", cache=str(cache), max_vectors=9)) == 3


def test_many_tokens(cache: Path):
    vectors = Vectors("my.txt", cache=cache)
    assert vectors.get_vecs_by_tokens("Chip").tolist() == [0, 0, 0]
    assert vectors.get_vecs_by_tokens("Chip", lower_case_backup=True).tolist() == [1, 2, 3]
    found = vectors.get_vecs_by_tokens(["CHIP", "Baby", "BABY"], lower_case_backup=True)
    assert found.tolist() == [[1, 2, 3], [7, 8, 9], [4, 5, 6]]


def test_unknown_tokens_are_made_by_unk_init(cache: Path):
    vectors = Vectors("my.txt", cache=cache, unk_init=torch.Tensor.normal_)
    torch.manual_seed(3)
    found = vectors.get_vecs_by_tokens(["x", "chip", "y"])
    torch.manual_seed(3)
    drawn = torch.stack([torch.zeros(3).normal_(), torch.zeros(3).normal_()])
    assert torch.equal(found[[0, 2]], drawn)


def test_an_embedding_of_a_vocabulary(cache: Path):
    vocab = build_vocab_from_iterator([["baby", "chip", "x"]], specials=["<unk>"])
    rows = Vectors("my.txt", cache=cache).get_vecs_by_tokens(vocab.get_itos())
    embedding = torch.nn.Embedding.from_pretrained(rows, freeze=False)
    assert embedding(torch.tensor(vocab(["chip", "x"]))).tolist() == [[1, 2, 3], [0, 0, 0]]


def test_odd_rows(cache: Path):
    (cache / "odd.txt").write_bytes(b"a 1 2\n\xff\xfe 3 4\na 5 6\nnew\xc2\xa0york 7 8\n")
    vectors = Vectors("odd.txt", cache=cache)
    assert vectors.itos == ["a", "\ufffd\ufffd", "new\u00a0york"]
    assert vectors["a"].tolist() == [1, 2]
    (cache / "short.txt").write_text("a 1 2\nb 3\n")
    with pytest.raises(ValueError, match=r"short.txt.*line 2"):
        Vectors("short.txt", cache=cache)


def test_a_folder_of_ours(cache: Path):
    vocab = TextVocab(["king", "queen"], np.array([2, 1]), ())
    WordVectors(vocab, np.eye(2, dtype=np.float32)).save(cache / "ours")
    vectors = Vectors(cache / "ours", max_vectors=1)
    assert (vectors.itos, vectors.vectors.tolist()) == (["king"], [[1, 0]])
    vectors.vectors[0, 0] = 5  # its own memory, not the file
    assert Vectors(cache / "ours")["king"].tolist() == [1, 0]


def test_glove_and_fasttext_by_their_names(cache: Path):
    (cache / "glove.6B.50d.txt").write_text(ROWS)
    assert GloVe(name="6B", dim=50, cache=cache).itos == ["chip", "baby", "Baby"]
    assert pretrained_aliases["glove.6B.50d"](cache=cache).dim == 3
    (cache / "wiki.simple.vec").write_text("3 3\n" + ROWS)
    assert pretrained_aliases["fasttext.simple.300d"](cache=cache)["chip"].tolist() == [1, 2, 3]
    assert FastText("simple", cache=cache, max_vectors=1).itos == ["chip"]
    with pytest.raises(KeyError, match="42B"):
        GloVe(name="7B", cache=cache)
    assert len(pretrained_aliases) == 13


def test_an_archive_in_the_cache_is_unpacked_once(cache: Path):
    with zipfile.ZipFile(cache / "glove.6B.zip", "w") as archive:
        archive.writestr("glove.6B.50d.txt", ROWS)
        archive.writestr("glove.6B.100d.txt", "a 1 2\n")
    assert GloVe("6B", 100, cache=cache).itos == ["a"]
    assert (cache / "glove.6B.50d.txt").read_text() == ROWS


def test_what_is_not_there_is_not_fetched(cache: Path):
    with pytest.raises(RuntimeError, match=r"no vectors found at .*x.txt; nothing is downloaded"):
        Vectors("x.txt", cache=cache)
    with pytest.raises(RuntimeError, match=r"glove.840B.300d.zip belongs into"):
        GloVe(cache=cache)
    (cache / "wiki.en.vec.pt").write_bytes(b"PK")
    with pytest.raises(RuntimeError, match=r"wiki.en.vec.pt is a pickle, which is not read"):
        FastText(cache=cache)


def test_character_ngrams(cache: Path):
    (cache / "charNgram.txt").write_text("2gram-#BEGIN#a 2 0\n2gram-ab 4 2\n3gram-ab#END# 0 1\n")
    vectors = CharNGram(cache=cache)
    assert vectors["ab"].tolist() == [[2, 1]]  # the mean of three
    assert vectors["zz"].tolist() == [[0, 0]]
    assert vectors["<unk>"].tolist() == [[0, 0]]
    assert vectors.get_vecs_by_tokens(["ab", "zz"]).shape == (2, 1, 2)
