"""Arrays for another process: mapped ones go by path, and all of them arrive."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from textseq.config import TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.shared_arrays import MappedFile, PackedCorpus, pack_array, unpack_array
from textseq.text.encode import encode_files, encode_lines
from textseq.text.encoded import EncodedCorpus

EVERY_WORD = TextConfig(min_count=1)


@pytest.fixture
def mapped(tmp_path: Path) -> EncodedCorpus:
    return encode_files(iter(["a b c"] * 20_000), EVERY_WORD, tmp_path / "corpus")


def test_a_mapped_corpus_goes_by_path(mapped: EncodedCorpus, tmp_path: Path):
    packed = pack_array(mapped)
    assert isinstance(packed, PackedCorpus)
    assert packed.ids == MappedFile(str(tmp_path / "corpus" / "ids.npy"), "<i4", (60_000,))
    opened = unpack_array(packed)
    assert opened.ids.tolist() == mapped.ids.tolist()
    assert opened.vocab == mapped.vocab
    dataset = SequenceDataset(mapped, np.zeros(len(mapped), np.int64))
    sent = pickle.dumps(SequenceDataset(mapped))
    assert len(sent) < 5000
    again = pickle.loads(sent)
    assert again[-1].inputs.tolist() == dataset[-1].inputs.tolist()
    assert again.lengths.tolist() == dataset.lengths.tolist()


def test_arrays_in_memory_go_as_they_are():
    corpus = encode_lines(["a b", "c"], EVERY_WORD)
    packed = pack_array(corpus)
    assert packed.ids is corpus.ids
    assert unpack_array(pickle.loads(pickle.dumps(packed))).decode(1) == ["c"]
    assert unpack_array(pack_array(corpus.offsets)) is corpus.offsets
    assert unpack_array(pack_array(None)) is None


def test_a_part_of_a_map_is_not_the_file(mapped: EncodedCorpus):
    assert unpack_array(pack_array(mapped.ids[5:8])).tolist() == mapped.ids[5:8].tolist()
    assert unpack_array(pack_array(mapped.ids[:8])).tolist() == mapped.ids[:8].tolist()


def test_a_file_that_changed_is_refused(mapped: EncodedCorpus, tmp_path: Path):
    packed = pack_array(mapped)
    encode_files(iter(["a b"]), EVERY_WORD, tmp_path / "corpus", overwrite=True)
    with pytest.raises(ValueError, match="damaged"):
        unpack_array(packed)
