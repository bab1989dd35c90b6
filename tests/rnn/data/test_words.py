"""Words: from the ids of a data set to those of a model, with spellings beside them."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import numpy as np
import pytest
import torch

from textseq.config import TextConfig
from textseq.rnn.data.batch import IGNORE
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.words import WordTable, word_batches, word_counts, word_vocab
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

EVERY_WORD = TextConfig(min_count=1)
WORDS = Vocab(["<pad>", "<unk>", "the", "cat"])
LETTERS = Vocab(["<pad>", "<unk>", *"acehtT"])
TAGS = Vocab(["D", "N"], specials=())
SENTENCES = [(["The", "cat", "the"], ["D", "N", "D"]), (["ache"], ["V"]), ([], [])]


def dataset() -> SequenceDataset:
    return SequenceDataset.from_sentences(SENTENCES, config=EVERY_WORD)


def spelled(batch: object, row: int, pos: int) -> str:
    form = int(batch.forms[row, pos])
    length = int(batch.character_lengths[form])
    return "".join(LETTERS.decode(batch.characters[form, :length]))


def test_a_batch():
    data = dataset()
    table = WordTable(data, WORDS, LETTERS, TAGS, lower=False)
    batch = table(data.batch([0, 1, 2]))
    assert batch.inputs.tolist() == [[1, 3, 2], [1, 0, 0], [1, 0, 0]]
    assert batch.lengths.tolist() == [3, 1, 1]
    assert batch.targets.tolist() == [[0, 1, 0], [IGNORE] * 3, [IGNORE] * 3]  # V is not known
    assert [spelled(batch, 0, pos) for pos in range(3)] == ["The", "cat", "the"]
    assert spelled(batch, 1, 0) == "ache"
    assert spelled(batch, 2, 0) == "<pad>"  # the empty sentence has a place, but no spelling
    n_forms = len(batch.characters)
    assert n_forms == 6  # four words, padding, <unk>
    assert batch.rows.tolist() == [0, 1, 2]


def test_lower_case_is_for_the_word_alone():
    data = dataset()
    batch = WordTable(data, WORDS, LETTERS, TAGS, lower=True)(data.batch([0]))
    assert batch.inputs.tolist() == [[2, 3, 2]]
    assert spelled(batch, 0, 0) == "The"


def test_without_characters():
    data = dataset()
    batch = WordTable(data, WORDS, None, TAGS, lower=False)(data.batch([0]))
    assert batch.characters.shape == (3, 1)
    assert batch.inputs.tolist() == [[1, 3, 2]]


def test_moving_keeps_the_kind_and_the_lengths_on_the_cpu():
    data = dataset()
    batch = WordTable(data, WORDS, LETTERS, TAGS, lower=False)(data.batch([0, 1]))
    moved = batch.to("meta")
    assert type(moved) is type(batch)
    for name in ("inputs", "targets", "forms", "characters"):
        assert getattr(moved, name).device.type == "meta"
    for name in ("lengths", "rows", "character_lengths"):
        assert getattr(moved, name).device.type == "cpu"


def test_other_targets_are_refused():
    data = SequenceDataset.from_texts(["a"], ["x"], config=EVERY_WORD)
    with pytest.raises(ValueError, match="labels; a tagger needs a tag a word"):
        WordTable(data, WORDS, LETTERS, TAGS, lower=False)


def test_tags_of_which_none_is_known_are_refused():
    data = SequenceDataset.from_sentences([(["a", "b"], ["X", "Y"])], config=EVERY_WORD)
    with pytest.raises(
        ValueError, match=r"none of the tags here \('X', 'Y'\) is known; known are 'D', 'N'"
    ):
        WordTable(data, WORDS, LETTERS, TAGS, lower=False)


def test_special_tokens_of_the_data_set_are_not_spelled():
    rare = SequenceDataset.from_sentences(
        [(["the", "the", "zebra"], ["D", "D", "N"])], config=TextConfig(min_count=2)
    )
    batch = WordTable(rare, WORDS, LETTERS, TAGS, lower=False)(rare.batch([0]))
    assert batch.inputs.tolist() == [[2, 2, 1]]
    assert spelled(batch, 0, 2) == "<pad>"


def test_batches_of_a_pass():
    sentences = [(["w"] * (1 + row % 5), ["D"] * (1 + row % 5)) for row in range(23)]
    data = SequenceDataset.from_sentences(sentences, config=EVERY_WORD)
    table = WordTable(data, WORDS, LETTERS, TAGS, lower=False)

    def rows(epoch: int | None) -> list[list[int]]:
        batches = word_batches(data, table, 4, epoch=epoch)
        found = [batch.rows.tolist() for batch in batches]
        assert len(batches) == len(found) == 6
        return found

    for epoch in (None, 0, 1):
        assert sorted(chain.from_iterable(rows(epoch))) == list(range(23))
        assert rows(epoch) == rows(epoch)
    assert rows(0) != rows(1)
    lengths = [len(sentences[row][0]) for row in chain.from_iterable(rows(None))]
    assert lengths == sorted(lengths, reverse=True)


def test_a_very_long_sentence_is_predicted_alone():
    sentences = [(["w"] * n, ["D"] * n) for n in (3, 50_000, 2, 4)]
    data = SequenceDataset.from_sentences(sentences, config=EVERY_WORD)
    table = WordTable(data, WORDS, LETTERS, TAGS, lower=False)
    assert [batch.rows.tolist() for batch in word_batches(data, table, 64)] == [[1], [3, 0, 2]]
    assert len(word_batches(data, table, 64, epoch=0)) == 1  # a step of training stays a step


# --- the Vocab of a training set


def test_counts_are_of_the_part():
    data = dataset()
    assert word_counts(data) == {"The": 1, "cat": 1, "the": 1, "ache": 1}
    assert word_counts(data.select([1])) == {"ache": 1}
    assert word_counts(data.select([2])) == {}


def test_vocab():
    counts = Counter({"The": 3, "the": 2, "cat": 1, "Rex": 1})
    vocab = word_vocab(counts, None, 2, None, 0, lower=False)
    assert vocab.tokens == ["<pad>", "<unk>", "The", "the"]
    assert vocab.counts.tolist() == [0, 2, 3, 2]
    folded = word_vocab(counts, None, 2, None, 0, lower=True)
    assert folded.tokens == ["<pad>", "<unk>", "the"]
    assert folded.counts.tolist() == [0, 2, 5]
    assert word_vocab(counts, None, 1, 1, 0, lower=False).tokens == ["<pad>", "<unk>", "The"]


def test_vocab_with_vectors():
    known = Vocab(["rex", "the", "dog", "<unk>", "cow"], specials=())
    vectors = WordVectors(known, np.eye(5, dtype=np.float32))
    counts = Counter({"The": 3, "cat": 1, "Rex": 1})
    vocab = word_vocab(counts, vectors, 2, None, 3, lower=False)
    # Rex is rare but has a vector; then the first words of the vectors that the text lacks.
    assert vocab.tokens == ["<pad>", "<unk>", "The", "Rex", "rex", "the", "dog"]
    assert vocab.counts.tolist() == [0, 1, 3, 1, 0, 0, 0]


def test_awkward_words():
    words = ["\u1112\u1161\u11ab", "👩‍👩‍👧", "हिन्दी", "a\x00b", "\u2028", "x" * 100_000, "<pad>"]
    data = SequenceDataset.from_sentences([(words, ["D"] * 7)], config=EVERY_WORD)
    batch = WordTable(data, WORDS, LETTERS, TAGS, lower=True)(data.batch([0]))
    assert batch.inputs.shape == (1, 7)
    assert batch.characters.shape[1] <= 32
    assert torch.equal(batch.targets, torch.zeros(1, 7, dtype=torch.int64))
