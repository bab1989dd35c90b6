"""Readers under torchtext's names: vocabularies, merges, data sets.

In: nothing. Out: `readers`, a row for each, as in read_vectors.py; SentencePiece models only where
the package is. Vectors are those of read_vectors.py.
"""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from harness import Reader
from sample import TEXT


def _bert(folder: Path) -> None:
    words = sorted({word.lower() for line in TEXT for word in line.split()})
    (folder / "vocab.txt").write_text("\n".join(["[UNK]", *words, "##s"]) + "\n")


def _use_bert(folder: Path) -> None:
    from textseq.compat.torchtext.transforms import BERTTokenizer

    BERTTokenizer(str(folder / "vocab.txt"))(TEXT)
    BERTTokenizer(str(folder / "vocab.txt"), False, never_split=["a"], return_tokens=True)(TEXT)


def _pairs(folder: Path) -> None:
    from textseq.compat.torchtext.transforms.byte_level_bpe import byte_letters

    tokens = [*sorted(byte_letters()), "th", "the", "<|x|>"]
    (folder / "encoder.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
    (folder / "vocab.bpe").write_text("#version: 0.2\nt h\nth e\n")


def _use_pairs(folder: Path) -> None:
    from textseq.compat.torchtext.transforms import GPT2BPETokenizer

    cut = GPT2BPETokenizer(str(folder / "encoder.json"), str(folder / "vocab.bpe"))
    cut.add_special_tokens({"eos_token": "<|x|>", "additional_special_tokens": ["a"]})
    for ids in cut(TEXT):
        cut.decode(ids)


def _clip(folder: Path) -> None:
    from textseq.compat.torchtext.transforms.byte_level_bpe import byte_letters

    letters = [letter + end for end in ("", "</w>") for letter in byte_letters()]
    tokens = [*letters, "<|endoftext|>", "<|startoftext|>", "th", "the</w>"]
    (folder / "encoder.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
    (folder / "vocab.bpe").write_text("#version: 0.2\nt h\nth e</w>\n")


def _use_clip(folder: Path) -> None:
    from textseq.compat.torchtext.transforms import CLIPTokenizer

    CLIPTokenizer(str(folder / "vocab.bpe"))(TEXT)
    CLIPTokenizer(str(folder / "vocab.bpe"), str(folder / "encoder.json"))(
        ["", "the end <|endoftext|>"]
    )


def _use_characters(folder: Path) -> None:
    from textseq.compat.torchtext.transforms import CharBPETokenizer

    cut = CharBPETokenizer(str(folder / "encoder.json"), str(folder / "vocab.bpe"), unk_token="a")
    for ids in cut(TEXT):
        cut.decode(ids)


def _model(folder: Path) -> None:
    from textseq.compat.torchtext.data.functional import generate_sp_model

    (folder / "text").write_text("\n".join(line for line in TEXT if line))
    generate_sp_model(str(folder / "text"), 40, "char", str(folder / "a"))
    (folder / "text").unlink()
    (folder / "a.vocab").unlink()


def _use_model(folder: Path) -> None:
    from textseq.compat.torchtext.transforms import SentencePieceTokenizer

    cut = SentencePieceTokenizer(str(folder / "a.model"))
    cut(TEXT)
    cut.sp_model.DecodeIds(cut.sp_model.EncodeAsIds(TEXT[0]))


def _news(folder: Path) -> None:
    home = folder / "datasets/AG_NEWS"
    home.mkdir(parents=True)
    with open(home / "train.csv", "w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows((1, line, 'so "it" is') for line in TEXT)


def _questions(folder: Path) -> None:
    home = folder / "datasets/SQuAD1"
    home.mkdir(parents=True)
    asked = [{"question": line, "answers": [{"text": "a", "answer_start": 0}]} for line in TEXT]
    held = {"data": [{"paragraphs": [{"context": "a b", "qas": asked}]}]}
    (home / "train-v1.1.json").write_text(json.dumps(held))


def _archive(folder: Path) -> None:
    home = folder / "datasets/SST2"
    home.mkdir(parents=True)
    rows = "".join(f"{line}\t1\n" for line in TEXT)
    with zipfile.ZipFile(home / "SST-2.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("SST-2/train.tsv", f"sentence\tlabel\n{rows}")


def _use_dataset(name: str, folder: Path) -> None:
    from textseq.compat.torchtext.datasets import DATASETS

    list(DATASETS[name](folder, "train"))


def readers() -> Iterator[Reader]:
    """The rows."""
    yield Reader("torchtext: BERT", _bert, _use_bert, 3)
    yield Reader("torchtext: GPT-2", _pairs, _use_pairs, 3)
    yield Reader("torchtext: CLIP", _clip, _use_clip, 3)
    yield Reader("torchtext: character pairs", _pairs, _use_characters, 3)
    if find_spec("sentencepiece"):
        yield Reader("torchtext: SentencePiece", _model, _use_model, 3)
    for name, make in (("AG_NEWS", _news), ("SQuAD1", _questions), ("SST2", _archive)):
        yield Reader(f"torchtext: {name}", make, partial(_use_dataset, name), 3)
