"""A text that spells a special token, as one about HTML or networks does: on each way to ids."""

from __future__ import annotations

from pathlib import Path

import pytest

from textseq.config import RNNConfig, TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.vocabs import with_specials
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.language_model import LanguageModel
from textseq.text.encode import encode_files, encode_lines
from textseq.text.encode_tokens import encode_tokens
from textseq.text.vocab import Vocab

SPELLED = "a <pad> b <eos> <bos> <unk>"
FOUR = ("<pad>", "<unk>", "<bos>", "<eos>")


@pytest.mark.parametrize("tokenizer", ["word", "whitespace"])
def test_files_lines_and_tokens_agree(tmp_path: Path, tokenizer: str):
    config = TextConfig(tokenizer=tokenizer, min_count=1)  # type: ignore[arg-type]
    (tmp_path / "a.txt").write_text(f"{SPELLED}\n" * 3)
    vocab = Vocab([*FOUR, "a", "b"], specials=FOUR)
    wanted = [4, 1, 5, 1, 1, 1]
    of_files = encode_files(tmp_path / "a.txt", config, tmp_path / "out", vocab=vocab)
    assert of_files[2].tolist() == wanted
    assert encode_lines([SPELLED], config, vocab=vocab).ids.tolist() == wanted
    assert encode_tokens([SPELLED.split()], config, vocab=vocab).ids.tolist() == wanted
    own = encode_lines([SPELLED], config)
    assert own.vocab.pad_id not in own.ids
    assert own.vocab.counts[0] == 0


@pytest.mark.parametrize("kind", ["bpe", "wordpiece", "unigram"])
def test_trained_subwords(kind: str):
    config = TextConfig(tokenizer=kind, subword_vocab=60, min_count=1)  # type: ignore[arg-type]
    corpus = encode_lines(["a good day", SPELLED] * 5, config)
    assert not {corpus.vocab.pad_id, corpus.vocab.bos_id, corpus.vocab.eos_id} & {
        *corpus.ids.tolist()
    }


def test_a_batch_has_no_padding_within_a_text():
    data = SequenceDataset.from_texts(["a <pad> b", "a b"] * 4, ["x", "y"] * 4)
    model = Classifier.for_dataset(data, RNNConfig(hidden=4, dim=4))
    again = model.examples_of(["a <pad> b"]).batch([0])
    assert again.lengths.tolist() == [3]
    assert again.inputs.tolist()[0][1] == data.vocab.unk_id


def test_a_language_model_ends_no_line_that_a_text_spells():
    corpus = encode_lines(["a <eos> b"] * 4, TextConfig(min_count=1))
    data = Examples(with_specials(corpus))
    model = LanguageModel.for_dataset(data, RNNConfig(hidden=4, dim=4))
    (score,) = model.predict(["a <eos> b"])
    assert score.tokens == ["a", "<unk>", "b", "<eos>"]


def test_an_unknown_word_may_be_an_error():
    with pytest.raises(KeyError, match="'<pad>' stands in the text"):
        encode_lines(["a <pad>"], TextConfig(), vocab=Vocab(["<pad>", "a"], specials=["<pad>"]))
