"""Rows padded in front and rows padded behind: no model, and no cell of one, tells them apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch

from textseq.config import EchoStateConfig, PadConfig, Pooling, RNNConfig, Side, TextConfig
from textseq.rnn.bag_of_vectors import BagOfVectors
from textseq.rnn.captioner import Captioner
from textseq.rnn.classifier import Classifier
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.vocabs import label_vocab_of, with_specials
from textseq.rnn.echo_state import EchoClassifier, EchoTagger
from textseq.rnn.language_model import LanguageModel
from textseq.rnn.model import SequenceModel
from textseq.rnn.tagger import Tagger
from textseq.rnn.translator import Translator
from textseq.text.encode import encode_lines
from textseq.text.encoded import EncodedCorpus
from textseq.text.rows.padded import PaddedCorpus, load_padded, write_padded

TEXTS = ["a b c", "b", "", "c c a b a", "d d", "a"]
LABELS = ["good", "bad", "bad", "good", "bad", "good"]
CORPUS = with_specials(encode_lines(TEXTS, TextConfig(min_count=1)))
ECHO = EchoStateConfig(units=20, density=0.3)
# A tag for each token: its own spelling.
TAGS = SequenceDataset.from_sentences(
    [(text.split(), [token.upper() for token in text.split()]) for text in TEXTS],
    config=TextConfig(min_count=1),
)


def rows_of(corpus: EncodedCorpus, side: Side, folder: Path, **pad: Any) -> PaddedCorpus:
    return write_padded(corpus, folder / side, PadConfig(max_length=9, pad_side=side, **pad))


def labelled(corpus: EncodedCorpus) -> Examples:
    names = label_vocab_of(LABELS)
    return SequenceDataset(corpus, names.encode(LABELS), label_vocab=names)


def paired(corpus: EncodedCorpus) -> Examples:
    return SequenceDataset(corpus, corpus)


def captioned(corpus: EncodedCorpus) -> Examples:
    return SequenceDataset(np.eye(len(TEXTS), dtype=np.float32), corpus)


def tagged(corpus: EncodedCorpus) -> Examples:
    return SequenceDataset(corpus, TAGS.targets, aligned=True)


Case = tuple[Callable[[EncodedCorpus], Examples], Callable[[Examples], SequenceModel]]


def cases() -> dict[str, Case]:
    """For each kind of model: what its examples are, and how it is made for them."""

    def of(kind: Any, cell: str = "lstm", **options: Any) -> Callable[[Examples], SequenceModel]:
        rnn = RNNConfig(cell=cell, hidden=5, dim=4)  # type: ignore[arg-type]

        def make(data: Examples) -> SequenceModel:
            torch.manual_seed(1)
            made: SequenceModel = kind.for_dataset(data, rnn, **options)
            return made

        return make

    found: dict[str, Case] = {
        f"{cell} {pooling}": (labelled, of(Classifier, cell, pooling=pooling))
        for cell in ("rnn", "lstm", "gru")
        for pooling in get_args(Pooling)
    }
    found["bag"] = labelled, of(BagOfVectors)
    found["tagger"] = tagged, of(Tagger)
    found["tagger, CRF"] = tagged, of(Tagger, crf=True)
    found["translator"] = paired, of(Translator)
    found["translator, additive"] = paired, of(Translator, "gru", attention="additive")
    found["captioner"] = captioned, of(Captioner)
    found["language model"] = Examples, of(LanguageModel)
    return found


@pytest.mark.parametrize("case", cases().values(), ids=cases())
def test_scores_are_those_of_the_text(case: Case, tmp_path: Path):
    examples_of, make = case
    whole = examples_of(CORPUS)
    model = make(whole).eval()
    wanted = model.evaluate(whole)
    assert all(np.isfinite(value) for value in wanted.values())
    for side in ("right", "left"):
        rows = rows_of(CORPUS, side, tmp_path)
        found = model.evaluate(examples_of(rows.unpadded()))
        assert found == pytest.approx(wanted, abs=1e-6), side


@pytest.mark.parametrize("kind", [EchoClassifier, EchoTagger])
def test_of_reservoirs_too(kind: Any, tmp_path: Path):
    examples_of = labelled if kind is EchoClassifier else tagged
    model = kind.for_dataset(examples_of(CORPUS), echo=ECHO)
    model.learn(examples_of(CORPUS), examples_of(CORPUS))
    wanted = model.evaluate(examples_of(CORPUS))
    for side in ("right", "left"):
        rows = rows_of(CORPUS, side, tmp_path)
        assert model.evaluate(examples_of(rows.unpadded())) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("side", ["right", "left"])
def test_labels_are_those_of_the_sequences(side: Side, tmp_path: Path):
    rows = rows_of(CORPUS, side, tmp_path)
    data = SequenceDataset.from_rows(load_padded(rows.path), LABELS)
    assert [CORPUS.vocab.decode(example.inputs) for example in data] == [t.split() for t in TEXTS]
    assert data.label_vocab is not None
    assert data.label_vocab.decode(data.labels) == LABELS
    assert data.groups is None
    assert data.text_config == CORPUS.text_config
    more = SequenceDataset.from_rows(rows, ["bad"] * 6, label_vocab=data.label_vocab)
    assert more.labels.tolist() == [0] * 6
    valued = SequenceDataset.from_rows(rows, values=[0.5] * 6, groups=[1, 1, 1, 2, 2, 2])
    assert valued.target_kind == "values"
    assert valued.groups is not None
    assert valued.groups.tolist() == [0, 0, 0, 1, 1, 1]
    for wrong in ({"labels": LABELS[:5]}, {"values": [1.0]}, {"groups": range(7)}):
        (name,) = wrong
        with pytest.raises(ValueError, match=rf"has 6 sequences, but there are \d {name}"):
            SequenceDataset.from_rows(rows, **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="label 'fair'"):
        SequenceDataset.from_rows(rows, ["fair"] * 6, label_vocab=data.label_vocab)


@pytest.mark.parametrize("side", ["right", "left"])
def test_windows_have_the_label_of_their_sequence(side: Side, tmp_path: Path):
    pad = PadConfig(max_length=2, overlap=1, pad_side=side)
    rows = write_padded(CORPUS, tmp_path / "rows", pad)
    data = SequenceDataset.from_rows(rows, LABELS)
    assert len(data) == len(rows) > len(TEXTS)
    assert data.groups is not None
    assert data.groups.tolist() == rows.sequence.tolist()
    for example, sequence in zip(data, rows.sequence.tolist(), strict=True):
        assert data.label_vocab is not None
        assert data.label_vocab.tokens[int(example.target)] == LABELS[sequence]  # type: ignore[arg-type]
        window = " ".join(CORPUS.vocab.decode(example.inputs))
        assert window in TEXTS[sequence]


def test_only_ids_are_read(tmp_path: Path):
    rows = write_padded(CORPUS, tmp_path / "rows", PadConfig(max_length=3), output="one-hot")
    with pytest.raises(ValueError, match="holds one-hot, not ids"):
        SequenceDataset.from_rows(rows, LABELS)
