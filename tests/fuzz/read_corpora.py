"""Readers of corpora, vocabularies and rows of one length, and the commands that take them.

In: nothing. Out: `readers`, a row for each: how a small valid input is made, and how it is read and
used. Heavy packages are imported where they run.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from harness import Reader
from read_vectors import word_vectors
from sample import ROWS, TEXT, command, config

# --- corpora and vocabularies


def _corpus(folder: Path, **options: Any) -> None:
    from textseq.text.encode import encode_lines

    encode_lines(TEXT, config(**options)).save(folder / "corpus")


def _subword_corpus(folder: Path) -> None:
    from textseq.text.encode import encode_files

    (folder / "corpus.txt").write_text("\n".join(TEXT))
    encode_files(
        str(folder / "corpus.txt"), config(tokenizer="bpe", subword_vocab=300), folder / "corpus"
    )
    (folder / "corpus.txt").unlink()


def _use_corpus(folder: Path) -> None:
    from textseq.rnn.data.dataset import SequenceDataset
    from textseq.text.encoded import EncodedCorpus

    corpus = EncodedCorpus.load(folder / "corpus")
    for number in range(min(len(corpus), ROWS)):
        corpus.decode(number)
    _ = corpus.text_config, corpus.filters, repr(corpus)
    corpus.with_specials_first()
    if len(corpus):
        for batch in islice(SequenceDataset(corpus).loader(8), 3):
            _ = batch.inputs.sum()


def _stats(folder: Path) -> None:
    command("stats", str(folder / "corpus"))
    command("stats", str(folder / "corpus"), "--json", "--max-length", "4")


def _decode_all(folder: Path) -> None:
    """What asks nothing of ids but their tokens."""
    from textseq.text.encoded import EncodedCorpus
    from textseq.text.rows.padded import write_padded

    corpus = EncodedCorpus.load(folder / "corpus")
    for number in range(min(len(corpus), ROWS)):
        corpus.decode(number)
    corpus.save(folder / "again")
    write_padded(corpus, folder / "rows")


def _train_lm(folder: Path) -> None:
    out = str(folder / "model")
    command("train-lm", str(folder / "corpus"), "--epochs", "1", "--hidden", "2", "--dim", "2",
             "--batch-size", "2", "--threads", "1", "--quiet", "--out", out)  # fmt: skip


def _train_w2v(folder: Path) -> None:
    out = str(folder / "vectors")
    command("train-w2v", str(folder / "corpus"), "--epochs", "1", "--dim", "2", "--threads", "1",
             "--quiet", "--out", out)  # fmt: skip


def _vocab(folder: Path) -> None:
    from textseq.text.encode import encode_lines
    from textseq.text.encoded.vocab_folder import save_vocab

    save_vocab(encode_lines(TEXT, config()).vocab, config(), folder / "vocab")


def _use_vocab(folder: Path) -> None:
    from textseq.text.encode import encode_lines
    from textseq.text.encoded.vocab_folder import load_vocab

    vocab, text = load_vocab(folder / "vocab")
    vocab.most_common(5)
    vocab.frequencies()
    vocab.encode(vocab.tokens[:3])
    if text is not None:
        encode_lines(TEXT[:3], text, vocab=vocab)


def _shards(folder: Path) -> None:
    from textseq.text.encode import encode_files

    (folder / "text.txt").write_text("\n".join(TEXT))
    for number in (1, 2):
        encode_files(
            str(folder / "text.txt"), config(), folder / f"part{number}", shard=(number, 2)
        )
    (folder / "text.txt").unlink()


def _merge(folder: Path) -> None:
    from textseq.text.encoded.merging import merge_corpora

    merge_corpora([folder / "part1", folder / "part2"], folder / "merged", min_count=1)


def _vocab_shards(folder: Path) -> None:
    from textseq.text.encode import encode_lines
    from textseq.text.encoded.vocab_folder import save_vocab

    for number in (1, 2):
        vocab = encode_lines(TEXT[number:], config()).vocab
        more = {"shard": [number, 2]}
        save_vocab(vocab, config(), folder / f"part{number}", more=more)


def _merge_vocabs(folder: Path) -> None:
    from textseq.text.encoded.merging import merge_vocabs

    merge_vocabs([folder / "part1", folder / "part2"], folder / "merged", min_count=1)


# --- rows


def _padded(folder: Path, **options: Any) -> None:
    from textseq.config import PadConfig
    from textseq.text.encode import encode_lines
    from textseq.text.rows.padded import write_padded

    corpus = encode_lines(TEXT, config())
    if options.get("output") == "dense":
        word_vectors(folder)
        from textseq.vectors.word_vectors import WordVectors

        options["vectors"] = WordVectors.load(folder / "vectors")
    pad = PadConfig(max_length=4, overlap=options.pop("overlap", None))
    write_padded(corpus, folder / "rows", pad, **options)
    if "vectors" in options:
        import shutil

        shutil.rmtree(folder / "vectors")


def _use_padded(folder: Path) -> None:
    from textseq.rnn.data.dataset import SequenceDataset
    from textseq.text.rows.padded import load_padded

    rows = load_padded(folder / "rows")
    with np.errstate(all="ignore"):  # dense rows may hold any floats
        _ = rows.values.sum()
    _ = rows.mask.sum(), repr(rows), rows.text_config
    if rows.output == "ids":
        rows.padded().unpad()
        for batch in islice(SequenceDataset.from_rows(rows).loader(8), 3):
            _ = batch.inputs.sum()
        corpus = rows.unpadded()
        corpus.decode(0)


# --- all of them


def readers() -> Iterator[Reader]:
    """The rows."""
    yield Reader("corpus", _corpus, _use_corpus)
    yield Reader("corpus: subwords", _subword_corpus, _use_corpus, 0.5)
    yield Reader("corpus: stats", _corpus, _stats, 0.5)
    yield Reader("corpus: rows", _corpus, _decode_all)
    yield Reader("corpus: train-lm", _corpus, _train_lm, 0.1, least=3000)
    yield Reader("corpus: train-w2v", _corpus, _train_w2v, 0.1, least=3000)
    yield Reader("vocab", _vocab, _use_vocab, 3)
    yield Reader("merge", _shards, _merge)
    yield Reader("merge: vocab", _vocab_shards, _merge_vocabs)
    yield Reader("rows: ids", partial(_padded, output="ids", overlap=1), _use_padded)
    yield Reader("rows: dense", partial(_padded, output="dense"), _use_padded)
    yield Reader("rows: one-hot", partial(_padded, output="one-hot", sparse=False), _use_padded)
    yield Reader("rows: sparse", partial(_padded, output="one-hot"), _use_padded)
