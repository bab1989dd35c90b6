"""Examples: they are views, parts share them, batches hold what the examples hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from textseq.config import TextConfig
from textseq.rnn.data.batch import IGNORE
from textseq.rnn.data.dataset import SequenceDataset
from textseq.text.encode import encode_files, encode_lines
from textseq.text.encoded import EncodedCorpus
from textseq.text.vocab import Vocab

EVERY_WORD = TextConfig(min_count=1)
LINES = ["a b c", "", "b", "c c", "a b c d e f"]


@pytest.fixture
def corpus() -> EncodedCorpus:
    return encode_lines(LINES, EVERY_WORD)


@pytest.fixture
def labelled(corpus: EncodedCorpus) -> SequenceDataset:
    labels = np.array([0, 1, 1, 0, 1])
    return SequenceDataset(corpus, labels, label_vocab=Vocab(["neg", "pos"], specials=()))


def test_examples_are_views(labelled: SequenceDataset, corpus: EncodedCorpus):
    assert len(labelled) == 5
    assert labelled[3].row == labelled[-2].row == 3
    assert labelled[3].inputs.tolist() == corpus[3].tolist()
    assert labelled[3].target == 0
    assert np.shares_memory(labelled[0].inputs, corpus.ids)
    assert [example.row for example in labelled] == [0, 1, 2, 3, 4]
    assert labelled.lengths.tolist() == [3, 0, 1, 2, 6]
    assert labelled.labels.tolist() == [0, 1, 1, 0, 1]
    assert labelled.text_config == EVERY_WORD
    assert labelled.vocab is corpus.vocab
    assert "5 examples, labels" in repr(labelled)
    for number in (5, -6):
        with pytest.raises(IndexError, match=f"example {number} of 5"):
            labelled[number]


def test_a_part_shares_the_ids(labelled: SequenceDataset, corpus: EncodedCorpus):
    part = labelled.select([4, 0, 0])
    assert [example.row for example in part] == [0, 1, 2]
    assert [example.inputs.tolist() for example in part] == [corpus[n].tolist() for n in (4, 0, 0)]
    assert part.labels.tolist() == [1, 0, 0]
    assert part.lengths.tolist() == [6, 3, 3]
    assert np.shares_memory(part[0].inputs, corpus.ids)
    again = part.select(np.array([2, 0]))
    assert [example.target for example in again] == [0, 1]
    assert len(part.select([])) == 0
    assert len(labelled) == 5
    with pytest.raises(IndexError, match=r"rows 0\.\.3 of 3 examples"):
        part.select([0, 3])
    with pytest.raises(IndexError, match="rows -1"):
        part.select([-1])
    with pytest.raises(ValueError, match="whole numbers"):
        part.select([True, False, True])


def test_a_part_of_a_mapped_corpus_maps_nothing_anew(tmp_path: Path):
    mapped = encode_files(iter(LINES), EVERY_WORD, tmp_path / "corpus")
    assert SequenceDataset(mapped).select([0]).inputs is mapped


def test_groups_follow_their_rows(corpus: EncodedCorpus):
    dataset = SequenceDataset(corpus, groups=["x", "y", "x", "z", "y"])
    assert dataset.groups is not None
    assert dataset.groups.tolist() == [0, 1, 0, 2, 1]
    assert dataset.select([3, 4]).groups.tolist() == [2, 1]
    assert SequenceDataset(corpus).groups is None


def test_batches(labelled: SequenceDataset):
    batch = labelled.batch([3, 1])
    with pytest.raises(IndexError, match=r"examples -1\.\.0 of 5"):
        labelled.batch([0, -1])
    with pytest.raises(IndexError, match=r"examples 1\.\.5 of 5"):
        labelled.batch([5, 1])
    unk = labelled.vocab.unk_id
    assert batch.inputs.tolist() == [labelled[3].inputs.tolist(), [unk, 0]]
    assert batch.targets.tolist() == [0, 1]
    loader = labelled.loader(2, shuffle=True, seed=5)
    assert isinstance(loader, DataLoader)
    seen = list(loader)
    assert len(loader) == 3
    assert sorted(row for batch in seen for row in batch.rows.tolist()) == [0, 1, 2, 3, 4]
    for batch in seen:
        for row, ids, target in zip(batch.rows.tolist(), batch.inputs, batch.targets, strict=True):
            want = labelled[row].inputs.tolist() or [unk]
            assert ids[: len(want)].tolist() == want
            assert target == labelled[row].target
    first = [batch.rows.tolist() for batch in seen]
    assert [batch.rows.tolist() for batch in labelled.loader(2, shuffle=True, seed=5)] == first
    in_order = [batch.rows.tolist() for batch in labelled.loader(2, bucket=False)]
    assert in_order == [[0, 1], [2, 3], [4]]
    own = DataLoader(labelled, batch_size=2, collate_fn=labelled.collate)
    assert [batch.rows.tolist() for batch in own] == in_order


def test_a_loader_leaves_torchs_generator_alone(labelled: SequenceDataset):
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    list(labelled.loader(2, shuffle=True))
    assert torch.equal(torch.rand(3), expected)


def test_tags(corpus: EncodedCorpus):
    tags = EncodedCorpus(corpus.ids % 2, corpus.offsets, Vocab(["N", "V"], specials=()), {})
    dataset = SequenceDataset(corpus, tags, aligned=True)
    assert dataset.target_kind == "tags"
    assert dataset.label_vocab is tags.vocab
    batch = dataset.batch([0, 3, 1])
    assert batch.targets.tolist()[1:] == [[*tags[3].tolist(), IGNORE], [IGNORE] * 3]
    offsets = corpus.offsets.copy()
    offsets[4] -= 1
    crooked = EncodedCorpus(corpus.ids % 2, offsets, tags.vocab, {})
    with pytest.raises(ValueError, match="line 3 has 2 tokens but 1 tags"):
        SequenceDataset(corpus, crooked, aligned=True)


def test_texts_to_texts(corpus: EncodedCorpus):
    targets = encode_lines(["x", "y z", "", "x x", "x"], EVERY_WORD)
    dataset = SequenceDataset(corpus, targets)
    assert dataset.target_kind == "sequences"
    assert dataset.target_vocab is targets.vocab
    assert dataset.lengths.tolist() == [[3, 1], [0, 2], [1, 0], [2, 2], [6, 1]]
    batch = dataset.batch([1, 2])
    assert batch.target_lengths.tolist() == [2, 0]
    with pytest.raises(ValueError, match="not labels"):
        _ = dataset.labels


def test_features_to_texts(corpus: EncodedCorpus):
    features = np.arange(10.0).reshape(5, 2)
    dataset = SequenceDataset(features, corpus)
    assert dataset.lengths.tolist() == [[1, 3], [1, 0], [1, 1], [1, 2], [1, 6]]
    batch = dataset.batch([4, 0])
    assert batch.inputs.tolist() == [[8, 9], [0, 1]]
    assert batch.inputs.dtype == torch.float32
    assert batch.target_lengths.tolist() == [6, 3]
    with pytest.raises(ValueError, match="features, not text"):
        _ = dataset.vocab


def test_values(corpus: EncodedCorpus):
    dataset = SequenceDataset(corpus, np.linspace(0, 1, 5))
    assert dataset.target_kind == "values"
    assert dataset.batch([4, 0]).targets.tolist() == [1.0, 0.0]
    assert SequenceDataset(corpus, np.zeros((5, 3))).batch([0]).targets.shape == (1, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"targets": np.array([0, 1])}, "5 inputs but 2 targets"),
        ({"groups": [1]}, "5 inputs but 1 groups"),
        ({"targets": np.array([0, 1, 2, 0, -1])}, r"label ids are -1\.\.2"),
        ({"targets": np.arange(5), "label_vocab": Vocab(["a"], specials=())}, r"0\.\.4; .* 0\.\.0"),
        ({"targets": np.array(["a"] * 5)}, "label ids are whole numbers"),
        ({"aligned": True}, "a corpus of tags"),
    ],
)
def test_what_does_not_fit(corpus: EncodedCorpus, options, message: str):
    with pytest.raises(ValueError, match=message):
        SequenceDataset(corpus, **options)


def test_damaged_ids_and_features(corpus: EncodedCorpus):
    wrong = EncodedCorpus(corpus.ids + 100, corpus.offsets, corpus.vocab, {})
    with pytest.raises(ValueError, match="damaged"):
        SequenceDataset(wrong)
    with pytest.raises(ValueError, match="floats of shape"):
        SequenceDataset(np.zeros(3))


# --- workers


def rows_and_ids(loader: DataLoader) -> list[tuple[list[int], list[list[int]]]]:
    return [(batch.rows.tolist(), batch.inputs.tolist()) for batch in loader]


@pytest.mark.filterwarnings("ignore:This DataLoader will create 2 worker")  # of one CPU
def test_forked_workers_give_the_same(labelled: SequenceDataset):
    alone = rows_and_ids(labelled.loader(2, shuffle=True))
    loader = labelled.loader(2, shuffle=True, workers=2)
    loader.multiprocessing_context = "fork"
    assert rows_and_ids(loader) == alone


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This DataLoader will create 2 worker")  # of one CPU
def test_spawned_workers_give_the_same(tmp_path: Path):
    path = tmp_path / "text.txt"
    path.write_text("\n".join(LINES))
    mapped = encode_files(path, EVERY_WORD, tmp_path / "corpus")
    dataset = SequenceDataset(mapped, encode_lines(LINES, EVERY_WORD)).select([4, 3, 2, 1])
    loader = dataset.loader(2, shuffle=True, workers=2)
    loader.multiprocessing_context = "spawn"
    assert rows_and_ids(loader) == rows_and_ids(dataset.loader(2, shuffle=True))
