"""Tokenizers of others, without <pad> or special tokens: from encoding to rows and batches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.config import PadConfig, TextConfig, Word2VecConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.pairs import as_in
from textseq.text.encode import count_files, encode_files, encode_lines
from textseq.text.encoded import EncodedCorpus
from textseq.text.encoded.vocab_folder import load_vocab
from textseq.text.rows.padded import load_padded, write_padded
from textseq.text.rows.sequences import pad
from textseq.text.vocab import Vocab
from textseq.text.vocab.own import add_pad, make_own_vocab
from textseq.word2vec.train import train_word2vec

tokenizers: Any = pytest.importorskip("tokenizers")
LINES = ["the cat sat on the mat !", "a dog", "", "the dog sat on the cat and on the mat"]


def byte_level(path: Path) -> Path:
    """As GPT-2's: bytes, one special token behind all others, id 0 is "!"."""
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(LINES, trainer)
    made.add_special_tokens(["<|endoftext|>"])
    made.save(str(path))
    return path


def sentence_piece(path: Path) -> Path:
    """As converted from SentencePiece: <unk>, <s>, </s> are tokens, none is called special."""
    pieces = [("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0), ("▁", -2.0)]
    pieces += [(f"▁{word}", -3.0) for word in sorted(set(" ".join(LINES).split()))]
    pieces += [(letter, -8.0) for letter in "acdghmnost"]
    made = tokenizers.Tokenizer(tokenizers.models.Unigram(pieces, unk_id=0))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace()
    made.decoder = tokenizers.decoders.Metaspace()
    made.save(str(path))
    return path


def word_piece(path: Path) -> Path:
    """As BERT's: [PAD] is there, with id 0."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *sorted(set(" ".join(LINES).split()))]
    vocab = {word: number for number, word in enumerate(words)}
    made = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocab, unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    made.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    made.save(str(path))
    return path


@pytest.fixture(params=[byte_level, sentence_piece, word_piece])
def config(request: pytest.FixtureRequest, tmp_path: Path) -> TextConfig:
    file = request.param(tmp_path / "tokenizer.json")
    return TextConfig(tokenizer="json", tokenizer_file=str(file))


def test_ids_are_the_tokenizer_s(config: TextConfig, tmp_path: Path):
    rust = tokenizers.Tokenizer.from_file(config.tokenizer_file)
    expected = [rust.encode(line, add_special_tokens=False).ids for line in LINES]
    corpus = encode_lines(LINES, config)
    assert [line.tolist() for line in corpus] == expected
    n_own = rust.get_vocab_size(with_added_tokens=True)
    has_pad = rust.token_to_id("[PAD]") is not None
    assert len(corpus.vocab) == n_own + (not has_pad)
    assert corpus.vocab.pad_id == (0 if has_pad else n_own)
    written = encode_files(iter(LINES), config, tmp_path / "corpus")
    assert [line.tolist() for line in written] == expected
    options = json.loads((tmp_path / "corpus" / "config.json").read_text())
    assert corpus.vocab.tokens[corpus.vocab.pad_id] in options["specials"]  # it is recorded
    opened, text = load_vocab(tmp_path / "corpus")
    assert opened == corpus.vocab == written.vocab
    assert text is not None
    assert count_files(iter(LINES), config) == corpus.vocab
    again = encode_lines(["the dog"], text, vocab=opened)
    assert again[0].tolist() == rust.encode("the dog", add_special_tokens=False).ids
    if "unk_id" in json.loads(Path(config.tokenizer_file or "").read_text())["model"]:
        assert corpus.vocab.unk_id == 0
        assert corpus.vocab.tokens[corpus.vocab.unk_id] == "<unk>"


def test_rows_of_all_kinds(config: TextConfig, tmp_path: Path):
    corpus = encode_lines(LINES, config)
    vocab, pad_id = corpus.vocab, corpus.vocab.pad_id
    rows = write_padded(corpus, tmp_path / "ids", PadConfig(max_length=6))
    assert (rows.values[~rows.mask] == pad_id).all()
    assert not (rows.values[rows.mask] == pad_id).any()
    assert pad(corpus, 6).ids.tolist() == rows.values.tolist()
    assert load_padded(tmp_path / "ids").vocab == vocab
    hot = write_padded(corpus, tmp_path / "hot", PadConfig(max_length=6), output="one-hot")
    assert hot.values.shape == (4 * 6, len(vocab))
    assert hot.values.sum() == rows.mask.sum()
    vectors = train_word2vec(corpus, Word2VecConfig(dim=4, epochs=1, threads=1))
    assert not set(vectors.vocab.tokens) & set(vocab.specials)
    vectors.save(tmp_path / "vectors")
    assert load_vocab(tmp_path / "vectors")[0].tokens == vocab.tokens  # ids are the corpus's again
    dense = write_padded(
        corpus, tmp_path / "dense", PadConfig(max_length=6), output="dense", vectors=vectors
    )
    assert not np.asarray(dense.values)[~rows.mask].any()


def test_batches(config: TextConfig):
    data = SequenceDataset.from_texts(LINES, [0, 1, 0, 1], config=config)
    batch = data.batch(range(4))
    assert (batch.inputs[~batch.mask] == data.vocab.pad_id).all()
    pairs = SequenceDataset.from_texts(LINES, pairs=LINES, config=config)
    more = SequenceDataset.from_texts(["the dog"], pairs=["a cat"], **as_in(pairs))
    assert more.target_vocab.bos_id is not None
    assert more.target_vocab.eos_id is not None


def test_roles_by_spelling():
    vocab = make_own_vocab(["a", "<pad>", "<unk>"], ())
    assert (vocab.pad_id, vocab.unk_id, vocab.specials) == (1, 2, ("<pad>", "<unk>"))
    vocab = make_own_vocab(["[PAD]", "a", "<pad>"], ["[PAD]"])
    assert (vocab.pad_id, vocab.specials) == (0, ("[PAD]",))
    vocab = make_own_vocab(["a"], ())
    assert (vocab.tokens, vocab.pad_id, vocab.default_id) == (["a", "<pad>"], 1, None)


def test_corpora_made_before(tmp_path: Path):
    """Without <pad> in their Vocab, as those of GPT-2's tokenizer were."""
    bare = Vocab(["!", "a", "b"], np.array([1, 2, 3]), specials=(), default_id=0)
    corpus = EncodedCorpus(
        np.array([0, 1, 2, 2, 2, 1], np.int32), np.array([0, 2, 3, 6]), bare,
        {"text": TextConfig().to_json()}, name="old",
    )  # fmt: skip
    rows = write_padded(corpus, tmp_path / "rows")
    assert rows.values.tolist() == [[0, 1, 3], [2, 3, 3], [2, 2, 1]]
    assert rows.vocab.tokens == ["!", "a", "b", "<pad>"]
    assert rows.vocab.default_id == 0
    batch = SequenceDataset(corpus).batch([0, 1])
    assert batch.inputs.tolist() == [[0, 1], [2, 3]]
    assert add_pad(add_pad(bare)).tokens == rows.vocab.tokens
    assert add_pad(Vocab(["<pad>", "a"], specials=())).special_ids == (0,)
    whole = corpus.with_pad()
    assert whole.ids is corpus.ids
    assert whole.with_pad() is whole
    whole.save(tmp_path / "saved")
    assert EncodedCorpus.load(tmp_path / "saved").vocab.pad_id == 3


def test_pad_never_guesses():
    bare = Vocab(["!", "a"], specials=())
    corpus = EncodedCorpus(np.array([0, 1, 1], np.int32), np.array([0, 2, 3]), bare, {})
    with pytest.raises(ValueError, match=r"no <pad>, and its id 0 is '!'; pad_id=2 is an id of"):
        pad(corpus)
    assert pad(corpus, pad_id=2).ids.tolist() == [[0, 1], [1, 2]]
    assert pad(corpus.with_pad()).ids.tolist() == [[0, 1], [1, 2]]
    assert pad(corpus, 1).ids.tolist() == [[0], [1]]  # there is nothing to pad
    with pytest.raises(ValueError, match="the sequences hold the id 0"):
        pad([[0, 5], [6]])
    assert pad([[0, 5], [6]], pad_id=0).ids.tolist() == [[0, 5], [6, 0]]
    assert pad([[0, 5], [6, 7]]).ids.tolist() == [[0, 5], [6, 7]]
    assert pad([[4, 5], [6]]).ids.tolist() == [[4, 5], [6, 0]]
