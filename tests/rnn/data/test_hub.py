"""`datasets`: columns in, arrays out without a copy, and names that stay offline."""

from __future__ import annotations

import os
from pathlib import Path

import datasets
import numpy as np
import pytest

from textseq.config import TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.text.encode import encode_files
from textseq.text.reading.conll import Sentence
from textseq.text.reading.corpus import read_lines

EVERY_WORD = TextConfig(min_count=1)


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    datasets.disable_progress_bars()


@pytest.fixture
def reviews() -> datasets.Dataset:
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["pos", "neg"]),
            "score": datasets.Value("float32"),
            "user": datasets.Value("string"),
        }
    )
    rows = {
        "text": ["good film", None, "bad"],
        "label": [0, 0, 1],
        "score": [1.0, 0.5, 0.0],
        "user": ["a", "b", "a"],
    }
    return datasets.Dataset.from_dict(rows, features=features)


def test_class_labels_keep_their_order(reviews: datasets.Dataset):
    dataset = SequenceDataset.from_datasets(reviews, group="user", config=EVERY_WORD)
    assert dataset.label_vocab.tokens == ["pos", "neg"]
    assert dataset.labels.tolist() == [0, 0, 1]
    assert dataset.lengths.tolist() == [2, 0, 1]
    assert dataset.groups.tolist() == [0, 1, 0]
    shuffled = SequenceDataset.from_datasets(reviews.select([2, 0]), config=EVERY_WORD)
    assert shuffled.labels.tolist() == [1, 0]


def test_other_columns(reviews: datasets.Dataset):
    values = SequenceDataset.from_datasets(reviews, label="score", config=EVERY_WORD)
    assert values.batch(range(3)).targets.tolist() == [1.0, 0.5, 0.0]
    names = SequenceDataset.from_datasets(reviews, label="user", config=EVERY_WORD)
    assert names.label_vocab.tokens == ["a", "b"]
    assert SequenceDataset.from_datasets(reviews, label=None, config=EVERY_WORD).targets is None
    pairs = SequenceDataset.from_datasets(reviews, pair="user", config=EVERY_WORD)
    assert pairs.lengths.tolist() == [[2, 1], [0, 1], [1, 1]]
    with pytest.raises(ValueError, match="no column 'sentence'; it has text, label, score, user"):
        SequenceDataset.from_datasets(reviews, "sentence")


def test_a_transform_is_applied(reviews: datasets.Dataset):
    def shout(batch: dict) -> dict:
        names = ["POS" if label == 0 else "NEG" for label in batch["label"]]
        return {"text": [f"{text}!".upper() for text in batch["text"]], "label": names}

    found = SequenceDataset.from_datasets(reviews.with_transform(shout), config=EVERY_WORD)
    assert "FILM!" in found.vocab
    assert found.label_vocab.tokens == ["NEG", "POS"]
    assert found.labels.tolist() == [1, 1, 0]

    def half(batch: dict) -> dict:  # ids stay ids, as arrays too
        return {"text": ["x"] * len(batch["text"]), "label": np.array(batch["label"])}

    found = SequenceDataset.from_datasets(reviews.with_transform(half), config=EVERY_WORD)
    assert found.label_vocab.tokens == ["pos", "neg"]
    assert (found.labels.tolist(), found.lengths.tolist()) == ([0, 0, 1], [1, 1, 1])


def test_a_transform_is_applied_to_lines_too(reviews: datasets.Dataset):
    shouted = reviews.with_transform(lambda batch: {"text": [f"{t}!" for t in batch["text"]]})
    assert list(read_lines(shouted, EVERY_WORD)) == ["good film!", "None!", "bad!"]
    assert list(read_lines(reviews.with_format("numpy"), EVERY_WORD)) == ["good film", "", "bad"]


@pytest.mark.parametrize("format", ["numpy", "arrow", "pandas", "torch"])
def test_other_formats_change_nothing(reviews: datasets.Dataset, format: str):
    found = SequenceDataset.from_datasets(reviews.with_format(format), config=EVERY_WORD)
    assert found.label_vocab.tokens == ["pos", "neg"]
    assert (found.labels.tolist(), found.lengths.tolist()) == ([0, 0, 1], [2, 0, 1])


def test_names_with_dots():
    features = datasets.Features(
        {
            "translation": {"de": datasets.Value("string"), "en": datasets.Value("string")},
            "meta": {
                "label": datasets.ClassLabel(names=["pos", "neg"]),
                "user.id": {"n": datasets.Value("int64")},
            },
            "a.b": datasets.Value("string"),
            "choices": datasets.List(datasets.Value("string")),
        }
    )
    rows = {
        "translation": [{"de": "ein Film", "en": "a film"}, {"de": "zwei", "en": "two more films"}],
        "meta": [{"label": 1, "user.id": {"n": 7}}, {"label": 0, "user.id": {"n": 8}}],
        "a.b": ["one word", "two"],
        "choices": [["x", "y z"], ["x", "v"]],
    }
    data = datasets.Dataset.from_dict(rows, features=features)
    for given in (data, data.to_iterable_dataset()):
        pairs = SequenceDataset.from_datasets(
            given, "translation.de", pair="translation.en", group="meta.user.id.n",
            config=EVERY_WORD,
        )  # fmt: skip
        assert pairs.target_texts == ["a film", "two more films"]
        assert pairs.lengths.tolist() == [[2, 2], [1, 3]]
        assert pairs.groups.tolist() == [0, 1]
    labelled = SequenceDataset.from_datasets(data, "a.b", "meta.label", config=EVERY_WORD)
    assert labelled.label_vocab.tokens == ["pos", "neg"]
    assert labelled.labels.tolist() == [1, 0]
    listed = SequenceDataset.from_datasets(data, "choices.1", None, config=EVERY_WORD)
    assert listed.lengths.tolist() == [2, 1]
    with pytest.raises(ValueError, match=r"row 0 has no 'translation\.fr'; .* has de, en"):
        SequenceDataset.from_datasets(data, "translation.fr", None)
    with pytest.raises(ValueError, match=r"no column 'translation_de'; it has translation, meta"):
        SequenceDataset.from_datasets(data, "translation_de", None)


def test_a_row_without_a_label(reviews: datasets.Dataset):
    hidden = reviews.map(lambda row: {"label": -1})
    with pytest.raises(ValueError, match=r"row 0 has no label: 'label' is -1; label=None"):
        SequenceDataset.from_datasets(hidden)
    for cells in (["x", ""], ["x", None], [1.5, None]):
        given = datasets.Dataset.from_dict({"text": ["a", "b"], "label": cells})
        with pytest.raises(ValueError, match="row 1, 'label': the label is missing"):
            SequenceDataset.from_datasets(given, config=EVERY_WORD)


def test_streams_and_splits(reviews: datasets.Dataset):
    stream = SequenceDataset.from_datasets(reviews.to_iterable_dataset(), config=EVERY_WORD)
    assert stream.labels.tolist() == [0, 0, 1]
    both = datasets.DatasetDict({"train": reviews, "test": reviews.select([0])})
    assert len(SequenceDataset.from_datasets(both, split="test", config=EVERY_WORD)) == 1
    with pytest.raises(ValueError, match="which split\\? This data set has train, test"):
        SequenceDataset.from_datasets(both)
    with pytest.raises(TypeError, match="a list is no data set"):
        SequenceDataset.from_datasets(["a"])


def test_tokens_and_tags():
    features = datasets.Features(
        {
            "tokens": datasets.Sequence(datasets.Value("string")),
            "tags": datasets.Sequence(datasets.ClassLabel(names=["O", "B"])),
        }
    )
    rows = {"tokens": [["New York", "ja"], ["x"]], "tags": [[1, 0], [0]]}
    data = datasets.Dataset.from_dict(rows, features=features)
    dataset = SequenceDataset.from_datasets(data, "tokens", "tags", config=EVERY_WORD)
    assert dataset.target_kind == "tags"
    assert dataset.label_vocab.tokens == ["O", "B"]
    assert [example.target.tolist() for example in dataset] == [[1, 0], [0]]
    assert dataset.vocab.decode(dataset[0].inputs) == ["New York", "ja"]
    with pytest.raises(ValueError, match="`label` names their tags"):
        SequenceDataset.from_datasets(data, "tokens", None)


def test_a_name_is_a_folder_too(tmp_path: Path, reviews: datasets.Dataset):
    folder = tmp_path / "reviews"
    folder.mkdir()
    (folder / "train.jsonl").write_text(
        '{"text": "a b", "label": "x"}\n{"text": "c", "label": "y"}\n'
    )
    (folder / "test.jsonl").write_text('{"text": "a", "label": "y"}\n')
    train = SequenceDataset.from_datasets(str(folder), split="train", config=EVERY_WORD)
    assert train.label_vocab.tokens == ["x", "y"]
    assert train.lengths.tolist() == [2, 1]
    stream = SequenceDataset.from_datasets(
        folder, split="test", load_options={"streaming": True}, config=EVERY_WORD
    )
    assert len(stream) == 1
    with pytest.raises(ValueError, match="which split"):
        SequenceDataset.from_datasets(str(folder))
    reviews.save_to_disk(tmp_path / "saved")
    saved = SequenceDataset.from_datasets(tmp_path / "saved", config=EVERY_WORD)
    assert saved.labels.tolist() == [0, 0, 1]


# --- the other way


def address(data: datasets.Dataset, column: str) -> int:
    """Where the flat values of a column of lists begin in memory."""
    return data.data.column(column).chunk(0).values.buffers()[1].address


def test_ids_are_not_copied(tmp_path: Path):
    mapped = encode_files(iter(["a b c", "", "b"]), EVERY_WORD, tmp_path / "corpus")
    dataset = SequenceDataset(mapped, np.array([1, 0, 1]))
    out = dataset.to_datasets()
    assert out["ids"][:] == [mapped[n].tolist() for n in range(3)]
    assert out["label"][:] == [1, 0, 1]
    assert address(out, "ids") == mapped.ids.ctypes.data
    column = out.data.column("ids").chunk(0)
    assert column.buffers()[1].address == mapped.offsets.ctypes.data
    label = out.data.column("label").chunk(0)
    assert label.buffers()[1].address == dataset.targets.ctypes.data
    part = dataset.select([2, 0]).to_datasets()
    assert part["ids"][:] == [mapped[2].tolist(), mapped[0].tolist()]
    assert address(part, "ids") == mapped.ids.ctypes.data


def test_every_kind_of_target_goes_out():
    texts = ["a b", "c"]
    labelled = SequenceDataset.from_texts(texts, ["y", "x"], config=EVERY_WORD).to_datasets()
    assert labelled.features["label"].names == ["x", "y"]
    assert labelled["label"][:] == [1, 0]
    pairs = SequenceDataset.from_texts(texts, pairs=["z", "y z"], config=EVERY_WORD)
    out = pairs.to_datasets()
    assert out["target_ids"][:] == [pairs[n].target.tolist() for n in range(2)]
    assert address(out, "target_ids") == pairs.targets.ids.ctypes.data
    tagged = SequenceDataset.from_sentences([Sentence(["a"], ["O"])], config=EVERY_WORD)
    assert tagged.to_datasets()["tags"][:] == [[0]]
    values = SequenceDataset(pairs.inputs, np.array([0.5, 1.5]))
    assert values.to_datasets()["value"][:] == [0.5, 1.5]
    features = SequenceDataset(np.eye(2), pairs.inputs).to_datasets()
    assert features["features"][:] == [[1, 0], [0, 1]]
    assert SequenceDataset(pairs.inputs).to_datasets().column_names == ["ids"]


def test_what_goes_out_works_as_any_dataset(tmp_path: Path):
    out = SequenceDataset.from_texts(["a b", "c"], ["y", "x"], config=EVERY_WORD).to_datasets()
    longer = out.filter(lambda row: len(row["ids"]) > 1)
    assert len(longer) == 1
    out.save_to_disk(tmp_path / "out")
    again = datasets.load_from_disk(os.fspath(tmp_path / "out"))
    assert again["ids"][:] == out["ids"][:]
    assert again.features == out.features


@pytest.mark.parametrize("kind", ["numpy", "arrow", "pandas", "torch"])
def test_a_format_makes_no_difference(kind: str, reviews: datasets.Dataset):
    """The same examples as without one, also of streams, tokens, and texts alone."""
    plain = SequenceDataset.from_datasets(reviews, group="user", config=EVERY_WORD)
    for given in (reviews.with_format(kind), reviews.to_iterable_dataset().with_format(kind)):
        made = SequenceDataset.from_datasets(given, group="user", config=EVERY_WORD)
        assert made.label_vocab.tokens == ["pos", "neg"]
        assert made.labels.tolist() == plain.labels.tolist()
        assert made.groups.tolist() == plain.groups.tolist()
        assert [e.inputs.tolist() for e in made] == [e.inputs.tolist() for e in plain]
        values = SequenceDataset.from_datasets(given, label="score", config=EVERY_WORD)
        assert values.targets.tolist() == [1.0, 0.5, 0.0]
        assert (
            SequenceDataset.from_datasets(given, pair="user", config=EVERY_WORD)[1].target[0] >= 0
        )
    formatted = reviews.with_format(kind)
    assert list(read_lines(formatted, EVERY_WORD)) == ["good film", "", "bad"]
    assert formatted.format["type"] == kind  # as it was
    tagged = datasets.Dataset.from_dict({"tokens": [["a", "b"], ["c"]], "tags": [[1, 0], [1]]})
    made = SequenceDataset.from_datasets(
        tagged.with_format(kind), "tokens", "tags", config=EVERY_WORD
    )
    assert made.label_vocab.tokens == ["0", "1"]
    assert [example.target.tolist() for example in made] == [[1, 0], [1]]
