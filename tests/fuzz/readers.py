"""Readers: everything of textseq that opens what may come from a stranger.

In: nothing. Out: READERS, a row for each: how a small valid input is made, and how it is read and
used. Names say what they read; heavy packages are imported where they run.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

from harness import Reader

TEXT = ["the cat sat on the mat", "the dog sat", "", "a cat and a dog", "서울 🙂 the end ."] * 4
LABELS = ["pos", "neg", "neg", "pos", "neg"] * 4
TAGS = [["DET" if word in ("the", "a") else "NOUN" for word in line.split()] for line in TEXT]
ROWS = 16


def _config(**options: Any) -> Any:
    from textseq.config import TextConfig

    return TextConfig(**({"min_count": 1} | options))


def _command(*arguments: str) -> None:
    """Run a command; what it prints is gone, its errors are exceptions."""
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        _app(arguments[0])(list(arguments), standalone_mode=False)


@cache
def _app(name: str) -> Any:
    from textseq.cli.app import make_app

    return make_app([name])


# --- corpora and vocabularies


def _corpus(folder: Path, **options: Any) -> None:
    from textseq.text.encode import encode_lines

    encode_lines(TEXT, _config(**options)).save(folder / "corpus")


def _subword_corpus(folder: Path) -> None:
    from textseq.text.encode import encode_files

    (folder / "corpus.txt").write_text("\n".join(TEXT))
    encode_files(
        str(folder / "corpus.txt"), _config(tokenizer="bpe", subword_vocab=300), folder / "corpus"
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
    _command("stats", str(folder / "corpus"))
    _command("stats", str(folder / "corpus"), "--json", "--max-length", "4")


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
    _command("train-lm", str(folder / "corpus"), "--epochs", "1", "--hidden", "2", "--dim", "2",
             "--batch-size", "2", "--threads", "1", "--quiet", "--out", out)  # fmt: skip


def _train_w2v(folder: Path) -> None:
    out = str(folder / "vectors")
    _command("train-w2v", str(folder / "corpus"), "--epochs", "1", "--dim", "2", "--threads", "1",
             "--quiet", "--out", out)  # fmt: skip


def _vocab(folder: Path) -> None:
    from textseq.text.encode import encode_lines
    from textseq.text.vocab.folder import save_vocab

    save_vocab(encode_lines(TEXT, _config()).vocab, _config(), folder / "vocab")


def _use_vocab(folder: Path) -> None:
    from textseq.text.encode import encode_lines
    from textseq.text.vocab.folder import load_vocab

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
            str(folder / "text.txt"), _config(), folder / f"part{number}", shard=(number, 2)
        )
    (folder / "text.txt").unlink()


def _merge(folder: Path) -> None:
    from textseq.text.merging import merge_corpora

    merge_corpora([folder / "part1", folder / "part2"], folder / "merged", min_count=1)


def _vocab_shards(folder: Path) -> None:
    from textseq.text.encode import encode_lines
    from textseq.text.vocab.folder import save_vocab

    for number in (1, 2):
        vocab = encode_lines(TEXT[number:], _config()).vocab
        more = {"shard": [number, 2]}
        save_vocab(vocab, _config(), folder / f"part{number}", more=more)


def _merge_vocabs(folder: Path) -> None:
    from textseq.text.merging import merge_vocabs

    merge_vocabs([folder / "part1", folder / "part2"], folder / "merged", min_count=1)


# --- rows


def _padded(folder: Path, **options: Any) -> None:
    from textseq.config import PadConfig
    from textseq.text.encode import encode_lines
    from textseq.text.rows.padded import write_padded

    corpus = encode_lines(TEXT, _config())
    if options.get("output") == "dense":
        _word_vectors(folder)
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
    _ = rows.values.sum(), rows.mask.sum(), repr(rows), rows.text_config
    if rows.output == "ids":
        rows.padded().unpad()
        for batch in islice(SequenceDataset.from_rows(rows).loader(8), 3):
            _ = batch.inputs.sum()
        corpus = rows.unpadded()
        corpus.decode(0)


# --- vectors


def _vectors_of(n: int = 20, dim: int = 5) -> Any:
    import numpy as np

    from textseq.text.vocab import Vocab
    from textseq.vectors.word_vectors import WordVectors

    words = list(dict.fromkeys(" ".join(TEXT).split()))
    words += [f"word{number}" for number in range(n)]
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((len(words), dim)).astype(np.float32)
    counts = np.arange(len(words), 0, -1).astype(np.int64)
    return WordVectors(Vocab(words, counts, ()), rows, config={"text": _config().to_json()},
                       output_vectors=rows[::-1])  # fmt: skip


def _word_vectors(folder: Path) -> None:
    _vectors_of().save(folder / "vectors")


def _ask(vectors: Any) -> None:
    words = vectors.vocab.tokens
    vectors.nearest(words[0], n=3)
    vectors.similarity(words[0], words[-1])
    if len(words) > 2:
        vectors.analogy(*words[:3], n=1)


def _use_vectors(folder: Path) -> None:
    from textseq.text.vocab.folder import load_vocab
    from textseq.vectors.word_vectors import WordVectors

    _ask(WordVectors.load(folder / "vectors"))
    load_vocab(folder / "vectors")


def _vector_file(format: str, name: str, folder: Path) -> None:
    from textseq.vectors.formats import write_vectors

    write_vectors(_vectors_of(), folder / name, format)


def _use_vector_file(format: str | None, name: str, folder: Path) -> None:
    from textseq.vectors.formats import read_vectors

    _ask(read_vectors(folder / name, format))


def _convert(folder: Path) -> None:
    _command("convert", str(folder / "vectors"), str(folder / "out.txt"), "--to", "word2vec-text")


# --- tokenizers


def _tokenizer(kind: str, folder: Path) -> None:
    from textseq.text.encode import train_tokenizer

    (folder / "text.txt").write_text("\n".join(TEXT * 5))
    size = 300 if kind == "bpe" else 60
    train_tokenizer(
        str(folder / "text.txt"), _config(tokenizer=kind, subword_vocab=size),
        folder / "tokenizer.json",
    )  # fmt: skip
    (folder / "text.txt").unlink()


def _foreign_tokenizer(folder: Path) -> None:
    """Byte-level BPE with a normalizer, a template and special tokens, as others write it."""
    from tokenizers import (
        AddedToken,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
        trainers,
    )

    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace(" ", "_")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(), pre_tokenizers.ByteLevel(add_prefix_space=True)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=["[UNK]", "[CLS]"],
                                  show_progress=False)  # fmt: skip
    tokenizer.train_from_iterator(TEXT, trainer)
    tokenizer.add_tokens([AddedToken("<x>", lstrip=True)])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A", special_tokens=[("[CLS]", 1)]
    )
    tokenizer.enable_truncation(8)
    tokenizer.enable_padding(length=8)
    tokenizer.save(str(folder / "tokenizer.json"))


def _use_tokenizer(folder: Path) -> None:
    from textseq.text.tokens.subword import load_subword

    tokenizer = load_subword(folder / "tokenizer.json")
    for line in TEXT[:5]:
        tokenizer.join(tokenizer.split(line))
        tokenizer.spans(line)
    assert tokenizer.encode_all is not None
    tokenizer.encode_all(TEXT[:5])


# --- files of text


def _table(kind: str, folder: Path) -> None:
    rows = [{"text": text, "label": label, "n": n} for n, (text, label) in
            enumerate(zip(TEXT, LABELS, strict=True))]  # fmt: skip
    if kind == "jsonl":
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    else:
        mark = "," if kind == "csv" else "\t"
        quoted = (lambda text: f'"{text}"') if kind == "csv" else str
        lines = [mark.join(("text", "label", "n"))]
        lines += [mark.join((quoted(r["text"]), r["label"], str(r["n"]))) for r in rows]
    (folder / f"table.{kind}").write_text("\n".join(lines) + "\n")


def _use_table(kind: str, folder: Path) -> None:
    from textseq.rnn.data.dataset import SequenceDataset

    SequenceDataset.from_table(str(folder / f"table.{kind}"), config=_config())


def _features(kind: str, folder: Path) -> None:
    import numpy as np

    numbers = np.random.default_rng(1).standard_normal((12, 3)).astype(np.float32)
    if kind == "npy":
        np.save(folder / "features.npy", numbers)
        return
    mark = "," if kind == "csv" else "\t"
    lines = [mark.join(("a", "b", "c"))]
    lines += [mark.join(map(str, row)) for row in numbers.tolist()]
    (folder / f"features.{kind}").write_text("\n".join(lines) + "\n")


def _use_features(kind: str, folder: Path) -> None:
    from textseq.rnn.data.feature_tables import column_names, read_array, read_feature_table

    path = str(folder / f"features.{kind}")
    if kind == "npy":
        _ = read_array(path).sum()
        return
    column_names([path], _config())
    list(read_feature_table([path], ["a", "b"], "c", _config()))


def _image(kind: str, folder: Path) -> None:
    import numpy as np
    from PIL import Image

    pixels = np.random.default_rng(1).integers(0, 255, (9, 12, 3), np.uint8)
    image = Image.fromarray(pixels)
    image = image.convert("P") if kind == "gif" else image
    image = image.convert("RGBA") if kind == "png" else image
    image.save(folder / f"image.{kind}")


def _use_image(kind: str, folder: Path) -> None:
    from textseq.rnn.images import image_shape, read_images

    for _ in read_images([folder / f"image.{kind}"], image_shape(8)):
        pass


def _series(folder: Path) -> None:
    _features("csv", folder)


def _use_series(folder: Path) -> None:
    from textseq.rnn.echo.series import read_series

    read_series([str(folder / "features.csv")], ["a", 1], _config())


def _conllu(folder: Path) -> None:
    lines = []
    for line, tags in zip(TEXT, TAGS, strict=True):
        if line:
            lines.append("# sent_id = 1")
        for n, (word, tag) in enumerate(zip(line.split(), tags, strict=True), 1):
            lines.append("\t".join((str(n), word, word, tag, "X", "_", "0", "root", "_", "_")))
        lines.append("")
    (folder / "a.conllu").write_text("\n".join(lines) + "\n")


def _use_conllu(folder: Path) -> None:
    from textseq.rnn.data.dataset import SequenceDataset

    SequenceDataset.from_conllu(str(folder / "a.conllu"), config=_config())


def _columns(folder: Path) -> None:
    blocks = ["\n".join(f"{word} {tag}" for word, tag in zip(line.split(), tags, strict=True))
              for line, tags in zip(TEXT, TAGS, strict=True) if line]  # fmt: skip
    (folder / "a.conll").write_text("-DOCSTART- O\n\n" + "\n\n".join(blocks) + "\n")


def _use_columns(folder: Path) -> None:
    from textseq.rnn.data.dataset import SequenceDataset

    SequenceDataset.from_conll(str(folder / "a.conll"), config=_config())


def _packed(kind: str, folder: Path) -> None:
    data = ("\n".join(TEXT) + "\n").encode() * 3
    if kind == "zst":
        import pyarrow

        packed = bytes(pyarrow.compress(data, codec="zstd", asbytes=True))
    else:
        packed = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[kind](data)
    (folder / f"text.{kind}").write_bytes(packed)


def _use_packed(kind: str, folder: Path) -> None:
    from textseq.text.reading.corpus import read_lines

    for _ in islice(read_lines(str(folder / f"text.{kind}"), _config()), 100_000):
        pass


def _plain_text(folder: Path) -> None:
    (folder / "text.txt").write_text("\n".join(TEXT) + "\n")


def _encode(folder: Path) -> None:
    from textseq.text.encode import encode_files

    encode_files(str(folder / "text.txt"), _config(tokenizer="word"), folder / "out")


# --- what was fetched


def _files_inside() -> dict[str, bytes]:
    return {"top/a.txt": b"some text\n" * 30, "top/deep/b.txt": b"", "c.txt": b"x" * 700}


def _zip(folder: Path) -> None:
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        for number, (name, data) in enumerate(_files_inside().items()):
            archive.writestr(name, data, zipfile.ZIP_DEFLATED if number != 2 else 0)


def _tar(kind: str, folder: Path) -> None:
    mode = {"tar": "w", "tar.gz": "w:gz", "tar.bz2": "w:bz2", "tar.xz": "w:xz"}[kind]
    with tarfile.open(folder / f"a.{kind}", mode) as archive:  # type: ignore[call-overload]
        for name, data in _files_inside().items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.pax_headers = {"comment": "x" * 50} if name == "c.txt" else {}
            archive.addfile(info, io.BytesIO(data))


def _unpack(kind: str, folder: Path) -> None:
    from textseq.fetch.archives import unpack

    (folder / "out").mkdir()
    unpack(folder / f"a.{kind}", folder / "out")


def _known(folder: Path) -> Any:
    from textseq.fetch.known_corpora import KnownCorpus, RemoteFile

    digest = hashlib.sha256(b"text\n").hexdigest()
    file = RemoteFile("https://example.org/a.txt", 5, f"sha256:{digest}")
    return KnownCorpus("made-up", "Made up", "English", "text", "none", "", (file,))


def _fetch(folder: Path, *, make: bool = False) -> None:
    from textseq.fetch.corpus_folder import fetch_corpus
    from textseq.fetch.download import Fetched

    def fetch(url: str, target: Path, **_: Any) -> Any:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"text\n")
        return Fetched(target, 5, hashlib.sha256(b"text\n").hexdigest(), 5)

    fetch_corpus(_known(folder), folder / "fetched", fetch=fetch)


# --- evaluation files


def _analogies(folder: Path) -> None:
    (folder / "questions.txt").write_text(": family\nthe cat sat on\na dog and cat\n: gram1\n"
                                          "cat dog the a\n")  # fmt: skip


def _use_analogies(folder: Path) -> None:
    from textseq.vectors.evaluation import evaluate_analogies, read_analogies

    evaluate_analogies(_shared_vectors(), read_analogies(folder / "questions.txt"))


def _pairs(folder: Path) -> None:
    (folder / "pairs.tsv").write_text("word1\tword2\tscore\ncat\tdog\t7.5\nthe\ta\t3\nsat\ton\t1\n")


def _use_pairs(folder: Path) -> None:
    from textseq.vectors.evaluation import evaluate_pairs, read_pairs

    evaluate_pairs(_shared_vectors(), read_pairs(folder / "pairs.tsv"))


@cache
def _shared_vectors() -> Any:
    return _vectors_of()


# --- models


def _torch() -> Any:
    import torch

    torch.set_num_threads(1)
    return torch


@cache
def _dataset(kind: str = "labels") -> Any:
    import numpy as np

    from textseq.rnn.data.dataset import SequenceDataset
    from textseq.rnn.data.vocabs import with_specials
    from textseq.text.encode import encode_lines

    if kind == "labels":
        return SequenceDataset.from_texts(TEXT, LABELS, config=_config())
    if kind == "tags":
        pairs = [(line.split(), tags) for line, tags in zip(TEXT, TAGS, strict=True) if line]
        return SequenceDataset.from_sentences(pairs, config=_config())
    if kind == "spans":
        spans = ["O", "B-PER", "I-PER", "O", "B-LOC", "O"]
        pairs = [(line.split(), spans[: len(line.split())]) for line in TEXT if line]
        return SequenceDataset.from_sentences(pairs, config=_config())
    if kind == "pairs":
        return SequenceDataset.from_texts(TEXT, pairs=TEXT[::-1], config=_config())
    if kind == "features":
        rows = np.random.default_rng(1).standard_normal((len(TEXT), 4)).astype(np.float32)
        return SequenceDataset(rows, with_specials(encode_lines(TEXT, _config())))
    return SequenceDataset(with_specials(encode_lines(TEXT, _config())))


def _rnn(**options: Any) -> Any:
    from textseq.config import RNNConfig

    return RNNConfig(**({"hidden": 3, "dim": 4} | options))


def _model(kind: str) -> Any:
    _torch()
    from textseq.config import EchoStateConfig

    echo = EchoStateConfig(units=12, density=0.3)
    if kind == "classifier":
        from textseq.rnn.classifier import Classifier

        return Classifier.for_dataset(_dataset(), _rnn())
    if kind == "bag":
        from textseq.rnn.bag_of_vectors import BagOfVectors

        return BagOfVectors.for_dataset(_dataset(), _rnn())
    if kind == "tagger":
        from textseq.rnn.tagger import Tagger

        return Tagger.for_dataset(_dataset("tags"), _rnn(cell="gru"), min_count=1)
    if kind == "crf-tagger":
        from textseq.rnn.tagger import Tagger

        return Tagger.for_dataset(
            _dataset("spans"), _rnn(cell="rnn"), characters="lstm", crf=True, min_count=1
        )
    if kind == "language-model":
        from textseq.rnn.language_model import LanguageModel

        return LanguageModel.for_dataset(_dataset("text"), _rnn(layers=2))
    if kind == "translator":
        from textseq.rnn.translator import Translator

        return Translator.for_dataset(_dataset("pairs"), _rnn(), input_feeding=True)
    if kind == "captioner":
        from textseq.rnn.captioner import Captioner

        return Captioner.for_dataset(_dataset("features"), _rnn(cell="gru"))
    if kind == "image-captioner":
        from textseq.rnn.captioner import Captioner

        return Captioner.for_dataset(_dataset("features"), _rnn(cell="gru"), image=(1, 2, 2))
    if kind == "echo-classifier":
        from textseq.rnn.echo.echo_state import EchoClassifier

        model = EchoClassifier.for_dataset(_dataset(), _rnn(), echo=echo)
        model.learn(_dataset(), _dataset())
        return model
    if kind == "echo-tagger":
        from textseq.rnn.echo.echo_state import EchoTagger

        data = _dataset("tags")
        tagger = EchoTagger.for_dataset(data, _rnn(), echo=echo, character_size=8, min_count=1)
        tagger.learn(data, data)
        return tagger
    import numpy as np

    from textseq.rnn.echo.echo_series import EchoSeries

    steps = np.arange(60)
    series = np.stack([np.sin(steps / 3), np.cos(steps / 5)], axis=1)
    return EchoSeries.for_series(series, echo.replace(washout=10), columns=["x", "y"])


def _save_model(kind: str, folder: Path) -> None:
    _model(kind).save(folder / "model")


def _use_model(folder: Path) -> None:
    """Open it and let it predict, as the command does."""
    torch = _torch()
    from textseq.rnn.model import SequenceModel

    model: Any = SequenceModel.load(folder / "model")
    if model.task == "echo-series":
        items: Any = [[0.1] * len(model.columns)] * 3
    elif model.task == "captioner":
        items = torch.zeros(2, model.n_features).numpy()
    else:
        items = ["the cat sat", ""]
    for prediction in model.predict(items):
        model.show(prediction)


def _checkpoint(folder: Path) -> None:
    from textseq.rnn.training import fit

    data = _dataset()
    fit(_model("classifier"), data, data, _train(), checkpoint=folder / "checkpoint")


def _train() -> Any:
    from textseq.config import TrainConfig

    return TrainConfig(epochs=1, threads=1, device="cpu", patience=1)


def _resume(folder: Path) -> None:
    from textseq.rnn.training import fit

    data = _dataset()
    config = _train().replace(epochs=2)
    fit(_model("classifier"), data, data, config, checkpoint=folder / "checkpoint", resume=True)


@cache
def _w2v_corpus() -> Any:
    from textseq.text.encode import encode_lines

    return encode_lines(TEXT * 10, _config())


def _w2v_job() -> Any:
    from textseq.config import Word2VecConfig
    from textseq.word2vec.job import Job

    corpus = _w2v_corpus()
    config = Word2VecConfig(dim=4, epochs=1, threads=1, device="cpu")
    n_special = len(corpus.vocab.specials)
    return Job.create(corpus.ids, corpus.offsets, corpus.vocab.counts, n_special, config)


def _w2v_checkpoint(folder: Path) -> None:
    from textseq.word2vec.checkpoint import write_checkpoint

    write_checkpoint(folder / "checkpoint", _w2v_job(), _w2v_corpus(), 0)


def _w2v_resume(folder: Path) -> None:
    from textseq.word2vec.checkpoint import read_checkpoint

    read_checkpoint(folder / "checkpoint", _w2v_job(), _w2v_corpus())


# --- commands that take a model


def _classifier_and_table(folder: Path) -> None:
    model = _model("classifier")
    model.info = {"columns": {"text": "text", "label": "label", "header": True}}
    model.save(folder / "model")
    _table("csv", folder)


def _predict_and_evaluate(folder: Path) -> None:
    _torch()
    given = "--model", str(folder / "model"), "--device", "cpu"
    _command("predict", str(folder / "table.csv"), *given, "--explain", "--json")
    _command("evaluate", str(folder / "table.csv"), *given)


def _generate(folder: Path) -> None:
    _torch()
    _command("generate", "--model", str(folder / "model"), "--device", "cpu", "--prompt", "the cat",
             "--max-tokens", "5")  # fmt: skip


# --- all of them

_MODELS = (
    "classifier", "bag", "tagger", "crf-tagger", "language-model", "translator", "captioner",
    "image-captioner", "echo-classifier", "echo-tagger", "echo-series",
)  # fmt: skip


def _readers() -> Iterator[Reader]:
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
    yield Reader("vectors", _word_vectors, _use_vectors, 3)
    yield Reader("vectors: convert", _word_vectors, _convert, 0.5)
    for format, name in (
        ("word2vec-text", "a.txt"), ("word2vec-text", "a.txt.gz"), ("word2vec-binary", "a.bin"),
        ("fasttext", "a.vec"), ("glove", "glove.txt"), ("safetensors", "a.safetensors"),
    ):  # fmt: skip
        make = partial(_vector_file, format, name)
        yield Reader(f"vectors: {format} {name}", make, partial(_use_vector_file, format, name), 6)
    make = partial(_vector_file, "word2vec-binary", "a.bin")
    yield Reader("vectors: any", make, partial(_use_vector_file, None, "a.bin"), 6)
    for kind in ("bpe", "wordpiece", "unigram"):
        yield Reader(f"tokenizer: {kind}", partial(_tokenizer, kind), _use_tokenizer, 3)
    yield Reader("tokenizer: foreign", _foreign_tokenizer, _use_tokenizer, 3)
    for kind in ("csv", "tsv", "jsonl"):
        yield Reader(f"table: {kind}", partial(_table, kind), partial(_use_table, kind), 2)
    for kind in ("csv", "npy"):
        yield Reader(
            f"features: {kind}",
            partial(_features, kind),
            partial(_use_features, kind),
            6 if kind == "npy" else 2,
        )
    for kind in ("png", "jpg", "gif", "bmp", "tiff"):
        yield Reader(f"image: {kind}", partial(_image, kind), partial(_use_image, kind), 1)
    yield Reader("series", _series, _use_series, 2)
    yield Reader("CoNLL-U", _conllu, _use_conllu, 2)
    yield Reader("CoNLL columns", _columns, _use_columns, 2)
    yield Reader("text", _plain_text, _encode, 0.5)
    for kind in ("gz", "bz2", "xz", "zst"):
        yield Reader(
            f"packed: {kind}",
            partial(_packed, kind),
            partial(_use_packed, kind),
            1 if kind == "zst" else 6,
        )
    yield Reader("archive: zip", _zip, partial(_unpack, "zip"), 6)
    for kind in ("tar", "tar.gz", "tar.bz2", "tar.xz"):
        yield Reader(f"archive: {kind}", partial(_tar, kind), partial(_unpack, kind), 3)
    yield Reader("fetched corpus", partial(_fetch, make=True), _fetch, 2,
                 (".textseq-corpus.json",))  # fmt: skip
    yield Reader("analogies", _analogies, _use_analogies, 3)
    yield Reader("rated pairs", _pairs, _use_pairs, 3)
    for kind in _MODELS:
        yield Reader(f"model: {kind}", partial(_save_model, kind), _use_model, 0.1, least=3000)
    yield Reader("model: predict, evaluate", _classifier_and_table, _predict_and_evaluate, 0.1,
                 least=3000)  # fmt: skip
    make = partial(_save_model, "language-model")
    yield Reader("model: generate", make, _generate, 0.1, least=3000)
    yield Reader("checkpoint: classifier", _checkpoint, _resume, 0.1, least=3000)
    yield Reader("checkpoint: word2vec", _w2v_checkpoint, _w2v_resume)


READERS: dict[str, Reader] = {reader.name: reader for reader in _readers()}
Make = Callable[[Path], object]
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
