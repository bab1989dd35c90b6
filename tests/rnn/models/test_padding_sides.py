"""Rows padded in front and rows padded behind: no model, and no cell of one, tells them apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.config import EchoStateConfig, PadConfig, PadSide
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.echo.echo_state import EchoClassifier, EchoTagger
from textseq.text.encoded import EncodedCorpus
from textseq.text.rows.padded import PaddedCorpus, load_padded, write_padded

LABELS = ["good", "bad", "bad", "good", "bad", "good"]
ECHO = EchoStateConfig(units=20, density=0.3)


def rows_of(corpus: EncodedCorpus, side: PadSide, folder: Path) -> PaddedCorpus:
    return write_padded(corpus, folder / side, PadConfig(max_length=9, pad_side=side))


def test_scores_are_those_of_the_text(kind: Any, six_texts: EncodedCorpus, tmp_path: Path):
    whole = kind.examples(six_texts)
    model = kind.make(whole).eval()
    wanted = model.evaluate(whole)
    of_texts = ("bleu", "chrf")  # there are none here, only ids
    assert all(np.isfinite(value) for name, value in wanted.items() if name not in of_texts)
    for side in ("right", "left"):
        rows = rows_of(six_texts, side, tmp_path)
        found = model.evaluate(kind.examples(rows.unpadded()))
        assert found == pytest.approx(wanted, abs=1e-6, nan_ok=True), side


@pytest.mark.parametrize(("echo", "name"), [(EchoClassifier, "bag"), (EchoTagger, "tagger")])
def test_of_reservoirs_too(
    echo: Any, name: str, kinds: dict[str, Any], six_texts: EncodedCorpus, tmp_path: Path
):
    examples = kinds[name].examples
    model = echo.for_dataset(examples(six_texts), echo=ECHO)
    model.learn(examples(six_texts), examples(six_texts))
    wanted = model.evaluate(examples(six_texts))
    for side in ("right", "left"):
        rows = rows_of(six_texts, side, tmp_path)
        assert model.evaluate(examples(rows.unpadded())) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize("side", ["right", "left"])
def test_labels_are_those_of_the_sequences(side: PadSide, six_texts: EncodedCorpus, tmp_path: Path):
    rows = rows_of(six_texts, side, tmp_path)
    data = SequenceDataset.from_rows(load_padded(rows.path), LABELS)
    assert [six_texts.vocab.decode(example.inputs) for example in data] == [
        six_texts.decode(line) for line in range(6)
    ]
    assert data.label_vocab is not None
    assert data.label_vocab.decode(data.labels) == LABELS
    assert data.groups is None
    assert data.text_config == six_texts.text_config
    more = SequenceDataset.from_rows(rows, ["bad"] * 6, label_vocab=data.label_vocab)
    assert more.labels.tolist() == [0] * 6
    valued = SequenceDataset.from_rows(rows, values=[0.5] * 6, groups=[1, 1, 1, 2, 2, 2])
    assert valued.target_kind == "values"
    assert valued.groups is not None
    assert valued.groups.tolist() == [0, 0, 0, 1, 1, 1]
    assert (
        SequenceDataset.from_rows(rows.path, iter(LABELS)).labels.tolist() == data.labels.tolist()
    )
    for wrong in ({"labels": LABELS[:5]}, {"values": [1.0]}, {"groups": range(7)}):
        (name,) = wrong
        with pytest.raises(ValueError, match=rf"has 6 sequences, but there are \d {name}"):
            SequenceDataset.from_rows(rows, **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="but there are 6 x 2 values"):
        SequenceDataset.from_rows(rows, values=np.zeros((6, 2)))
    with pytest.raises(ValueError, match="give labels or values"):
        SequenceDataset.from_rows(rows, LABELS, values=[0.5] * 6)
    with pytest.raises(ValueError, match="label 'fair'"):
        SequenceDataset.from_rows(rows, ["fair"] * 6, label_vocab=data.label_vocab)


@pytest.mark.parametrize("side", ["right", "left"])
def test_windows_have_the_label_of_their_sequence(
    side: PadSide, six_texts: EncodedCorpus, tmp_path: Path
):
    texts = [" ".join(six_texts.decode(line)) for line in range(6)]
    pad = PadConfig(max_length=2, overlap=1, pad_side=side)
    rows = write_padded(six_texts, tmp_path / "rows", pad)
    data = SequenceDataset.from_rows(rows, LABELS)
    assert len(data) == len(rows) > 6
    assert data.groups is not None
    assert data.groups.tolist() == rows.sequence.tolist()
    for example, sequence in zip(data, rows.sequence.tolist(), strict=True):
        assert data.label_vocab is not None
        assert data.label_vocab.tokens[int(example.target)] == LABELS[sequence]  # type: ignore[arg-type]
        window = " ".join(six_texts.vocab.decode(example.inputs))
        assert window in texts[sequence]


@pytest.mark.parametrize("name", ["bos_id", "eos_id"])
def test_rows_that_begin_or_end_otherwise_than_texts(
    six_texts: EncodedCorpus, tmp_path: Path, name: str
):
    """A model would learn on what it never reads in the texts that it predicts."""
    special = {name: getattr(six_texts.vocab, name)}
    rows = write_padded(six_texts, tmp_path / "rows", PadConfig(max_length=9), **special)
    with pytest.raises(ValueError, match="have <bos> or <eos>, which models do not expect"):
        SequenceDataset.from_rows(rows, LABELS)


def test_only_ids_are_read(six_texts: EncodedCorpus, tmp_path: Path):
    rows = write_padded(six_texts, tmp_path / "rows", PadConfig(max_length=3), output="one-hot")
    with pytest.raises(ValueError, match="holds one-hot, not ids"):
        SequenceDataset.from_rows(rows, LABELS)
