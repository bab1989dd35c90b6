"""Label Vocabs and special tokens: order, unknown labels, and ids that keep their meaning."""

from __future__ import annotations

import numpy as np
import pytest

from textseq.config import TextConfig
from textseq.rnn.data.vocabs import (
    check_label,
    check_tags,
    encode_labels,
    encode_tags,
    label_vocab_of,
    with_specials,
)
from textseq.text.encode import encode_lines
from textseq.text.encoded import EncodedCorpus
from textseq.text.vocab import Vocab


def test_labels_are_sorted_and_numbers_by_size():
    vocab = label_vocab_of(["pos", "neg", "pos"])
    assert vocab.tokens == ["neg", "pos"]
    assert vocab.counts.tolist() == [1, 2]
    assert vocab.specials == ()
    assert label_vocab_of(["10", "9", "1", "9"]).tokens == ["1", "9", "10"]
    assert label_vocab_of(["10", "9", "x"]).tokens == ["10", "9", "x"]
    assert label_vocab_of(["1", "01", "²", ""]).tokens == ["", "01", "1", "²"]
    assert label_vocab_of(["1", "01"]).tokens == ["01", "1"]
    with pytest.raises(ValueError, match="no labels"):
        label_vocab_of([])


def test_unknown_labels():
    vocab = label_vocab_of(["a", "b"])
    assert encode_labels(["b", "a", "b"], vocab).tolist() == [1, 0, 1]
    assert encode_labels([], vocab).tolist() == []
    with pytest.raises(ValueError, match=r"label 'c' \(number 1\) is none of 'a', 'b'"):
        encode_labels(["a", "c"], vocab)
    lenient = Vocab(["<unk>", "a"], specials=("<unk>",))
    assert encode_labels(["c", "a"], lenient).tolist() == [0, 1]


def test_labels_are_checked_where_they_stand():
    vocab = label_vocab_of(["a", "b"])
    check_label("a", vocab, "x.csv, line 2")
    check_label("c", None, "x.csv, line 2")
    with pytest.raises(
        ValueError, match=r"^x\.csv, line 2: label 'c' is none of 'a', 'b'; a Vocab"
    ):
        check_label("c", vocab, "x.csv, line 2")
    for label in ("", " "):
        with pytest.raises(ValueError, match=r"^x\.csv, line 2: the label is missing"):
            check_label(label, None, "x.csv, line 2")


def test_tags_are_a_corpus():
    tags = encode_tags([["O", "B"], [], ["O"]], label_vocab_of(["O", "B"]), {})
    assert [row.tolist() for row in tags] == [[1, 0], [], [1]]


def test_specials_are_put_in_front():
    corpus = encode_lines(["b a <eos> b", "", "<unk> b"], TextConfig(min_count=1))
    more = with_specials(corpus)
    assert more.vocab.tokens == ["<pad>", "<unk>", "<bos>", "<eos>", "b", "a"]
    assert more.vocab.counts.tolist() == [0, 2, 0, 0, 3, 1]
    assert [more.decode(n) for n in range(3)] == [["b", "a", "<unk>", "b"], [], ["<unk>", "b"]]
    assert more.ids.tolist() == [4, 5, 1, 4, 1, 4]  # <eos> in a text ends nothing
    assert more.vocab.counts.tolist() == np.bincount(more.ids, minlength=6).tolist()
    assert more.config["specials"] == ["<pad>", "<unk>", "<bos>", "<eos>"]
    assert more.text_config == corpus.text_config
    assert with_specials(more) is more


def test_specials_of_another_spelling():
    tokens = ["a", "[PAD]", "[UNK]", "[CLS]"]
    vocab = Vocab(tokens, specials=("[PAD]", "[UNK]", "[CLS]"))
    corpus = EncodedCorpus(np.array([0, 2], np.int32), np.array([0, 2]), vocab, {})
    more = with_specials(corpus)
    assert more.vocab.tokens == [*tokens, "<eos>"]
    assert more.ids.tolist() == [0, 2]
    assert (more.vocab.bos_id, more.vocab.eos_id) == (3, 4)
    assert with_specials(more) is more


def test_a_default_id_stays_what_it_was():
    vocab = Vocab(["<pad>", "<unk>", "a", "b"]).with_default_id(3)
    corpus = EncodedCorpus(np.array([2, 3], np.int32), np.array([0, 2]), vocab, {})
    more = with_specials(corpus)
    assert more.decode(0) == ["a", "b"]
    assert more.vocab.encode(["z"]).tolist() == more.vocab.encode(["b"]).tolist() == [5]


def test_tags_of_another_kind():
    check_tags(["O", "B-X", "B-Z"], ["O", "B-X", "I-X"])  # one of them is known
    check_tags(["O"], ["O", "B-X"])  # no span is written here at all
    check_tags([], ["O", "B-X"])
    for tags in (["O", "B-person"], ["NN"]):
        with pytest.raises(ValueError, match=rf"none of the tags here \('{tags[-1]}'\) is known"):
            check_tags(tags, ["O", "B-X", "I-X"])
