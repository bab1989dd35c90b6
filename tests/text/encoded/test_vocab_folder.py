"""Vocabularies in folders: from every kind of folder come the ids that made it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tokenizers
from tokenizers import models, pre_tokenizers, trainers

from textseq.config import PadConfig, TextConfig, Word2VecConfig
from textseq.text.encode import encode_files, encode_lines
from textseq.text.encoded import EncodedCorpus
from textseq.text.encoded.vocab_folder import load_vocab, read_kind, save_vocab
from textseq.text.rows.padded import write_padded
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors
from textseq.word2vec.train import train_word2vec

LINES = ["the cat sat on the mat", "the dog sat", "", "한국어 한국어를 <unk>"] * 10
ONE = TextConfig(min_count=1)


def trained(corpus: EncodedCorpus) -> WordVectors:
    return train_word2vec(corpus, Word2VecConfig(dim=4, epochs=1, threads=1, subsample=0.0))


def save_words(vocab: Vocab, folder: Path) -> None:
    save_vocab(vocab, ONE, folder)


def save_corpus(vocab: Vocab, folder: Path) -> None:
    encode_lines(LINES, ONE, vocab=vocab).save(folder)


def save_rows(vocab: Vocab, folder: Path) -> None:
    write_padded(encode_lines(LINES, ONE, vocab=vocab), folder, PadConfig())


SAVES = [save_words, save_corpus, save_rows]
VOCABS = {
    "counted": encode_lines(LINES, ONE).vocab,
    "four specials": Vocab.from_counts({"the": 3, "cat": 1}, specials=["<pad>", "<unk>", "<bos>"]),
    "specials last": Vocab.from_counts({"the": 3, "cat": 1}, specials_at="last"),
    "default by hand": Vocab.from_counts({"the": 3, "cat": 1}).with_default_id(3),
    "default, no <unk>": Vocab(["the", "cat", "<pad>"], None, ["<pad>"], default_id=1),
}


@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__)
@pytest.mark.parametrize("vocab", VOCABS.values(), ids=VOCABS)
def test_a_vocab_comes_back(save: Callable[[Vocab, Path], None], vocab: Vocab, tmp_path: Path):
    save(vocab, tmp_path / "first")
    loaded, text = load_vocab(tmp_path / "first")
    assert loaded == vocab
    assert text == ONE
    words = ["the", "unknown", "cat"]
    assert loaded.encode(words).tolist() == vocab.encode(words).tolist()
    save(loaded, tmp_path / "second")  # and once more
    assert load_vocab(tmp_path / "second")[0] == vocab
    assert read_kind(tmp_path / "first") == read_kind(tmp_path / "second")


@pytest.mark.parametrize("specials", [("<pad>", "<unk>"), ("<pad>", "<unk>", "<bos>", "<eos>")])
def test_word_vectors_give_the_ids_of_their_corpus(specials: tuple[str, ...], tmp_path: Path):
    vocab = Vocab.from_counts({"the": 3, "sat": 2, "cat": 1}, specials=specials)
    corpus = encode_lines(LINES, ONE, vocab=vocab)
    trained(corpus).save(tmp_path / "vectors")
    loaded, text = load_vocab(tmp_path / "vectors")
    assert loaded.tokens == vocab.tokens
    assert loaded.specials == specials
    assert text == ONE
    assert encode_lines(LINES, ONE, vocab=loaded).ids.tolist() == corpus.ids.tolist()


def test_trained_subwords_travel_with_their_vectors(tmp_path: Path):
    (tmp_path / "text").write_text("\n".join(LINES), encoding="utf-8")
    config = TextConfig(tokenizer="bpe", subword_vocab=300)
    corpus = encode_files(tmp_path / "text", config, tmp_path / "corpus")
    trained(corpus).save(tmp_path / "vectors")
    (tmp_path / "vectors").rename(tmp_path / "moved")
    loaded, text = load_vocab(tmp_path / "moved")
    assert loaded.tokens == corpus.vocab.tokens
    assert text is not None
    assert text.tokenizer_file == str(tmp_path / "moved" / "tokenizer.json")
    again = encode_lines(LINES, text, vocab=loaded)
    assert again.ids.tolist() == corpus.ids.tolist()


def odd_tokenizer(path: Path) -> Path:
    """As BERT's, with <unk> first and the other special tokens behind all words."""
    tokenizer = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=80, special_tokens=["[UNK]"], show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.add_special_tokens(["[CLS]", "[SEP]", "[PAD]"])
    tokenizer.save(str(path))
    return path


def test_special_tokens_in_odd_places_from_text_to_vectors(tmp_path: Path):
    (tmp_path / "text").write_text("\n".join(LINES), encoding="utf-8")
    file = odd_tokenizer(tmp_path / "odd.json")
    config = TextConfig(tokenizer="json", tokenizer_file=str(file))
    corpus = encode_files(tmp_path / "text", config, tmp_path / "corpus")
    by_hand = tokenizers.Tokenizer.from_file(str(file))
    assert corpus[0].tolist() == by_hand.encode(LINES[0], add_special_tokens=False).ids
    assert corpus.vocab.tokens.index("[PAD]") == corpus.vocab.pad_id == len(corpus.vocab) - 1
    assert not corpus.vocab.specials_first
    vectors = trained(EncodedCorpus.load(tmp_path / "corpus"))
    assert not {"[UNK]", "[CLS]", "[SEP]", "[PAD]"} & set(vectors.vocab.tokens)
    assert len(vectors) == len(corpus.vocab) - 4
    assert vectors.vocab.count("the") == corpus.vocab.count("the") == 30
    vectors.save(tmp_path / "vectors")
    loaded, text = load_vocab(tmp_path / "vectors")
    assert loaded.tokens == corpus.vocab.tokens
    assert loaded.specials == corpus.vocab.specials
    assert loaded.counts[4:-3].tolist() == corpus.vocab.counts[4:-3].tolist()
    assert text is not None
    assert encode_lines(LINES, text, vocab=loaded).ids.tolist() == corpus.ids.tolist()


def vectors_with(config: dict[str, Any], folder: Path) -> Path:
    vocab = Vocab(["the", "<unk>", "cat"], np.array([3, 2, 1]), ())
    WordVectors(vocab, np.eye(3, dtype=np.float32), config=config).save(folder)
    return folder


def test_vectors_from_elsewhere(tmp_path: Path):
    loaded, text = load_vocab(vectors_with({}, tmp_path / "plain"))
    assert loaded.tokens == ["<pad>", "<unk>", "the", "cat"]
    assert loaded.counts.tolist() == [0, 0, 3, 1]
    assert text is None
    # A corpus may have no special tokens at all; then no id moves.
    loaded, _ = load_vocab(vectors_with({"specials": []}, tmp_path / "none"))
    assert loaded.tokens == ["the", "<unk>", "cat"]
    assert loaded.specials == ()


@pytest.mark.parametrize("specials", ["<pad>", [1], None, {"<pad>": 0}])
def test_vectors_that_lie(specials: Any, tmp_path: Path):
    with pytest.raises(ValueError, match="is damaged: its config names the specials"):
        load_vocab(vectors_with({"specials": specials}, tmp_path / "v"))


@pytest.mark.parametrize("text", ["utf-8", {"clean": 3}, {"no": "option"}, [1]])
def test_a_folder_that_lies(text: Any, tmp_path: Path):
    save_vocab(Vocab.from_counts({"a": 1}), ONE, tmp_path / "v")
    config = json.loads((tmp_path / "v" / "config.json").read_text())
    (tmp_path / "v" / "config.json").write_text(json.dumps(config | {"text": text}))
    with pytest.raises(ValueError, match=r"damaged|clean is|no option|no cleaning step"):
        load_vocab(tmp_path / "v")


def test_other_folders_are_named(tmp_path: Path):
    assert read_kind(tmp_path / "none") is None
    with pytest.raises(
        FileNotFoundError, match=r"there is no .*none; `textseq vocab --out FOLDER`"
    ):
        load_vocab(tmp_path / "none")
    (tmp_path / "config.json").write_text('{"kind": "checkpoint", "format": 1}')
    assert read_kind(tmp_path) == "checkpoint"
    with pytest.raises(ValueError, match="holds checkpoint, not vocab"):
        load_vocab(tmp_path)
    (tmp_path / "config.json").write_text("[]")
    assert read_kind(tmp_path) is None
    save_vocab(Vocab.from_counts({"a": 1}), ONE, tmp_path / "v", more={"shard": [1, 2]})
    assert json.loads((tmp_path / "v" / "config.json").read_text())["shard"] == [1, 2]
    with pytest.raises(FileExistsError):
        save_vocab(Vocab.from_counts({"a": 1}), ONE, tmp_path / "v")
