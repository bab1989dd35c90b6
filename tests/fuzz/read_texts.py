"""Readers of tokenizers, tables, columns, images, packed text, and what was fetched.

In: nothing. Out: `readers`, a row for each: how a small valid input is made, and how it is read and
used. Heavy packages are imported where they run.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from harness import Reader
from sample import LABELS, TAGS, TEXT, config

# --- tokenizers


def _tokenizer(kind: str, folder: Path) -> None:
    from textseq.text.encode import train_tokenizer

    (folder / "text.txt").write_text("\n".join(TEXT * 5))
    size = 300 if kind == "bpe" else 60
    train_tokenizer(
        str(folder / "text.txt"), config(tokenizer=kind, subword_vocab=size),
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


def table(kind: str, folder: Path) -> None:
    rows = [{"text": text, "label": label, "n": n} for n, (text, label) in
            enumerate(zip(TEXT, LABELS, strict=True))]  # fmt: skip
    if kind in ("parquet", "arrow"):
        _arrow_table(kind, folder, rows)
        return
    if kind == "jsonl":
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    elif kind == "json":
        lines = json.dumps(rows, ensure_ascii=False, indent=1).split("\n")
    elif kind == "txt":
        lines = [f"__label__{row['label']} {row['text']}" for row in rows]
    else:
        mark = "," if kind == "csv" else "\t"
        quoted = (lambda text: f'"{text}"') if kind == "csv" else str
        lines = [mark.join(("text", "label", "n"))]
        lines += [mark.join((quoted(r["text"]), r["label"], str(r["n"]))) for r in rows]
    (folder / f"table.{kind}").write_text("\n".join(lines) + "\n")


def _arrow_table(kind: str, folder: Path, rows: list[dict[str, Any]]) -> None:
    import pyarrow
    import pyarrow.feather
    import pyarrow.parquet

    made: Any = pyarrow
    found = made.Table.from_pylist(rows)
    if kind == "parquet":
        made.parquet.write_table(found, folder / "table.parquet", row_group_size=8)
    else:
        made.feather.write_feather(found, folder / "table.arrow", chunksize=8)


def _use_table(kind: str, folder: Path) -> None:
    from textseq.rnn.data.dataset import SequenceDataset

    SequenceDataset.from_table(str(folder / f"table.{kind}"), config=config())


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
    from textseq.rnn.data.feature_tables import read_array, read_feature_table
    from textseq.text.reading.tables import read_column_names

    path = str(folder / f"features.{kind}")
    if kind == "npy":
        _ = bytes(read_array(path).data)
        return
    read_column_names([path], config())
    list(read_feature_table([path], ["a", "b"], "c", config()))


def _image(kind: str, folder: Path) -> None:
    import numpy as np
    from PIL import Image

    pixels = np.random.default_rng(1).integers(0, 255, (9, 12, 3), np.uint8)
    image = Image.fromarray(pixels)
    image = image.convert("P") if kind == "gif" else image
    image = image.convert("RGBA") if kind == "png" else image
    image.save(folder / f"image.{kind}")


def _use_image(kind: str, folder: Path) -> None:
    from textseq.rnn.data.images import image_shape, read_images

    for _ in read_images([folder / f"image.{kind}"], image_shape(8)):
        pass


def _series(folder: Path) -> None:
    _features("csv", folder)


def _use_series(folder: Path) -> None:
    from textseq.rnn.echo.series import read_series

    read_series([str(folder / "features.csv")], ["a", 1], config())


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

    SequenceDataset.from_conllu(str(folder / "a.conllu"), config=config())


def _columns(folder: Path) -> None:
    blocks = ["\n".join(f"{word} {tag}" for word, tag in zip(line.split(), tags, strict=True))
              for line, tags in zip(TEXT, TAGS, strict=True) if line]  # fmt: skip
    (folder / "a.conll").write_text("-DOCSTART- O\n\n" + "\n\n".join(blocks) + "\n")


def _use_columns(folder: Path) -> None:
    from textseq.rnn.data.dataset import SequenceDataset

    SequenceDataset.from_conll(str(folder / "a.conll"), config=config())


def _commented(folder: Path) -> None:
    lines = []
    for line, tags in zip(TEXT, TAGS, strict=True):
        lines.append("# id 1\tdomain=dev" if line else "")
        for number, (word, tag) in enumerate(zip(line.split(), tags, strict=True), 1):
            lines.append(f"{number}\t{word}\tB_{tag}\tO")
        lines.append("")
    (folder / "a.tsv").write_text("\n".join(lines))


def _use_commented(folder: Path) -> None:
    from textseq.rnn.data.tagged_text import is_tagged, read_sentences, read_tagged, why_no_spans

    name = str(folder / "a.tsv")
    is_tagged(name, config())
    list(read_sentences([name], config(), token=1))
    why_no_spans(read_tagged([name], config(), token=1, tag=2))


def _plus(folder: Path) -> None:
    rows = ["# global.columns = ID FORM UPOS NER", "1-2\tab\t_\t_", "1\ta\tX\tB-PER"]
    rows.append("2\tb\t_\t_")
    (folder / "a.cupt").write_text("\n".join(rows) + "\n\n1\tc\tY\tO\n")


def _use_plus(folder: Path) -> None:
    from textseq.rnn.data.tagged_text import read_tagged

    read_tagged([str(folder / "a.cupt")], config(), tags="ner")


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

    for _ in islice(read_lines(str(folder / f"text.{kind}"), config()), 100_000):
        pass


def _plain_text(folder: Path) -> None:
    (folder / "text.txt").write_text("\n".join(TEXT) + "\n")


def _encode(folder: Path) -> None:
    from textseq.text.encode import encode_files

    encode_files(str(folder / "text.txt"), config(tokenizer="word"), folder / "out")


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


# --- all of them


def readers() -> Iterator[Reader]:
    """The rows."""
    for kind in ("bpe", "wordpiece", "unigram"):
        yield Reader(f"tokenizer: {kind}", partial(_tokenizer, kind), _use_tokenizer, 3)
    yield Reader("tokenizer: foreign", _foreign_tokenizer, _use_tokenizer, 3)
    for kind in ("csv", "tsv", "jsonl", "json", "txt", "parquet", "arrow"):
        yield Reader(f"table: {kind}", partial(table, kind), partial(_use_table, kind), 2)
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
    yield Reader("CoNLL columns, by content", _commented, _use_commented, 2)
    yield Reader("CoNLL-U Plus, by content", _plus, _use_plus, 2)
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
