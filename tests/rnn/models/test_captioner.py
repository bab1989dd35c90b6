"""The captioner: its answers alone and in company, its folder, its files, and a small task."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from textseq.config import RNNConfig, TextConfig, TrainConfig
from textseq.rnn.data.captioned import read_captioned, read_items
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.images import ImageShape
from textseq.rnn.data.vocabs import with_specials
from textseq.rnn.layers.cells import RECURRENT_CELLS
from textseq.rnn.models.captioner import Captioner
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.tasks.table import pipeline_of
from textseq.rnn.training.fit import fit
from textseq.text.encode import encode_lines

CONFIG = TextConfig(min_count=1)
SMALL = RNNConfig(cell="gru", hidden=6, dim=5)
TEXTS = ["a b c", "b", "", "안녕 🙂 a", "c c a"]
FEATURES = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)


def dataset(features: np.ndarray = FEATURES, texts: list[str] = TEXTS) -> SequenceDataset:
    return SequenceDataset(features, with_specials(encode_lines(texts, CONFIG)))


def make(rnn: RNNConfig = SMALL, data: SequenceDataset | None = None, **options: Any) -> Captioner:
    return Captioner.for_dataset(data or dataset(), rnn, **options).eval()


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.mark.parametrize("cell", RECURRENT_CELLS)
@pytest.mark.parametrize("feeding", [False, True])
def test_a_caption_does_not_depend_on_its_batch_mates(cell: str, feeding: bool):
    model = make(RNNConfig(cell=cell, hidden=6, dim=5, layers=2), input_feeding=feeding)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.8)
    model.words.bias.data[model.eos_id] = -3.0
    model.double()
    rows = np.random.default_rng(1).standard_normal((9, 4))
    together = list(model.predict(rows, batch_size=4, beam=3))
    for row, answer in zip(rows, together, strict=True):
        (alone,) = model.predict([row], beam=3)
        assert alone.text == answer.text
        assert alone.log_prob == pytest.approx(answer.log_prob, abs=1e-9)
    assert len({round(answer.log_prob, 6) for answer in together}) > 5


@pytest.mark.parametrize("image", [None, (1, 2, 2)])
def test_saved_and_loaded_writes_alike(tmp_path: Path, image: Any):
    model = make(image=image)
    model.save(tmp_path / "model")
    again = SequenceModel.load(tmp_path / "model")
    assert isinstance(again, Captioner)
    assert torch.equal(again.encoder.mean, model.encoder.mean)
    assert list(again.predict(FEATURES)) == list(model.predict(FEATURES))
    assert again.evaluate(dataset()) == model.evaluate(dataset())
    assert again.image == (None if image is None else ImageShape(*image))


def test_standardised_by_the_part_that_trains():
    whole = dataset()
    part = whole.select([1, 3])
    model = make(data=part)
    np.testing.assert_allclose(model.encoder.mean, FEATURES[[1, 3]].mean(axis=0), rtol=1e-5)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1.0, 2.0, 3.0]], "row 0 has 3 features; this model takes 4"),
        ([[1.0] * 4, [1.0] * 5], "row 1 has 5 features"),
        ([[1.0] * 4, [1.0, 2.0, 3.0, float("nan")]], "row 1, feature 3 is nan"),
        ([[1.0] * 4] * 2100 + [[1.0] * 3 + [float("inf")]], "row 2100, feature 3 is inf"),
    ],
)
def test_rows_that_are_none(rows: list[list[float]], message: str):
    with pytest.raises(ValueError, match=message):
        list(make().predict(rows, beam=1, max_tokens=1))


def test_no_rows():
    assert list(make().predict([])) == []


def test_features_with_nan_are_not_learnt():
    features = FEATURES.copy()
    features[3, 1] = np.nan
    with pytest.raises(ValueError, match="row 3, feature 1 is nan"):
        make(data=dataset(features))


def test_only_features_with_texts():
    with pytest.raises(ValueError, match="learns from features with texts"):
        make(data=SequenceDataset.from_texts(["a"], pairs=["b"], config=CONFIG))
    with pytest.raises(ValueError, match="learns from features with texts"):
        make(data=SequenceDataset(FEATURES, np.arange(5)))


def test_it_learns_which_is_larger():
    rng = np.random.default_rng(3)
    features = (rng.random((400, 3)) * [1000, 1000, 0] + [0, 0, 5]).astype(np.float32)
    texts = [
        f"{'left' if a > b else 'right'} is larger and {'much' if a + b > 1000 else 'little'}"
        for a, b, _ in features
    ]
    data = dataset(features, texts)
    rnn = RNNConfig(cell="gru", hidden=24, dim=12, dropout=0.0, embedding_dropout=0.0)
    model = Captioner.for_dataset(data, rnn)
    config = TrainConfig(epochs=25, batch_size=16, lr=1e-2, threads=1, patience=25)
    history = fit(model, data, data, config)
    assert history.best_scores["exact"] > 0.93
    answers = model.predict([[900, 10, 5], [10, 900, 5], [950, 900, 5]])
    assert [answer.text.split()[0] for answer in answers][:2] == ["left", "right"]


def test_resumed_is_uninterrupted(ends_as_uninterrupted):
    features = np.random.default_rng(4).standard_normal((40, 4)).astype(np.float32)
    texts = [f"{'rising' if row[0] > row[1] else 'falling'} slowly" for row in features]
    train, valid = dataset(features, texts).select(range(30)), dataset(features, texts)
    rnn = SMALL.replace(cell="lstm", dropout=0.2, embedding_dropout=0.2, word_dropout=0.1)
    options: dict[str, Any] = {"teacher_forcing": 0.7, "input_feeding": True}
    config = TrainConfig(epochs=4, batch_size=8, lr=0.02, threads=1, patience=9)
    ends_as_uninterrupted(
        lambda: Captioner.for_dataset(train, rnn, **options),
        # Its standardisation is another one too.
        lambda: Captioner.for_dataset(valid, rnn, seed=9, **options),
        train, valid, config,
    )  # fmt: skip


# ---- files


def test_tables(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("x,caption,y\n1,a b,2\n3,c,4\n", encoding="utf-8")
    data = read_captioned([str(path)], CONFIG)
    assert data.inputs.tolist() == [[1, 2], [3, 4]]
    assert data.target_vocab.bos_id is not None
    model = make(data=data)
    again = pipeline_of(model).read_labelled([str(path)], features=["y", "x"])
    assert again.inputs.tolist() == [[2, 1], [4, 3]]
    assert again.target_vocab == data.target_vocab
    assert list(pipeline_of(model).read_inputs([str(path)], features="y,x")) == [[2, 1], [4, 3]]
    (tmp_path / "b.tsv").write_text("y\tx\n1\t2\n", encoding="utf-8")
    assert list(pipeline_of(model).read_inputs([str(tmp_path / "b.tsv")], features=["x", "y"])) == [
        [2, 1]
    ]
    with pytest.raises(ValueError, match="has no column 'z'"):
        list(pipeline_of(model).read_inputs([str(path)], features=["z"]))


@pytest.mark.filterwarnings("ignore::textseq.text.notices.TextNotice")  # one text is empty
def test_arrays_with_a_text(tmp_path: Path):
    np.save(tmp_path / "a.npy", FEATURES, allow_pickle=False)
    (tmp_path / "a.txt").write_text("".join(f"{text}\n" for text in TEXTS), encoding="utf-8")
    files = [str(tmp_path / "a.npy"), str(tmp_path / "a.txt")]
    data = read_captioned(files, CONFIG)
    assert data.inputs.tolist() == FEATURES.tolist()
    model = make(data=data)
    assert model.references(data) == TEXTS
    rows = list(pipeline_of(model).read_inputs(files[:1]))
    assert np.array(rows).tolist() == FEATURES.tolist()
    assert list(model.predict(rows)) == list(model.predict(FEATURES))
    with pytest.raises(ValueError, match=r"a\.npy needs one file of captions"):
        read_captioned(files[:1], CONFIG)
    (tmp_path / "a.txt").write_text("one\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"has 5 rows, .*a\.txt has 1 lines"):
        read_captioned(files, CONFIG)


def test_images(tmp_path: Path):
    image_module = pytest.importorskip("PIL.Image")
    (tmp_path / "red").mkdir()
    image_module.new("RGB", (9, 9), "red").save(tmp_path / "red" / "a.png")
    image_module.new("RGB", (20, 5), "blue").save(tmp_path / "b.jpg")
    table = tmp_path / "a.tsv"
    table.write_text("file\ttext\nred/a.png\ta red one\nb.jpg\tblue\n", encoding="utf-8")
    shape = ImageShape(3, 8, 8)
    columns: dict[str, Any] = {"image_column": "file", "caption": "text"}
    data = read_captioned([str(table)], CONFIG, image=shape, **columns)
    assert data.inputs.shape == (2, 192)
    model = make(data=data, image=shape)
    of_table = list(pipeline_of(model).read_inputs([str(table)], image_column="file"))
    of_files = list(
        pipeline_of(model).read_inputs([str(tmp_path / "red" / "a.png"), str(tmp_path / "b.jpg")])
    )
    assert np.array_equal(of_table, of_files)
    assert np.array_equal(of_table, data.inputs)
    assert len(list(model.predict(of_files))) == 2
    with pytest.raises(ValueError, match=r"a\.tsv is no image|image_column"):
        read_captioned([str(table)], CONFIG, image=shape, caption="text")
    table.write_text("file\ttext\na.tsv\tnot an image\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.tsv is no image that can be read"):
        read_captioned([str(table)], CONFIG, image=shape, **columns)


def test_items_are_a_stream(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("x\n1\n2\nnan\n", encoding="utf-8")
    rows = read_items([str(path)], TextConfig())
    assert next(rows) == [1.0]
    assert next(rows) == [2.0]
    with pytest.raises(ValueError, match="row 3: the feature 'x' is 'nan'"):
        next(rows)


@pytest.mark.slow
def test_digits_are_spelled(data: Path, tmp_path: Path):
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    files = {}
    for name in ("tra", "tes"):
        lines = (data / "optdigits" / f"optdigits.{name}").read_text(encoding="utf-8").split("\n")
        files[name] = tmp_path / f"{name}.csv"
        rows = [line.rpartition(",") for line in lines[1:] if line]
        head = ",".join(f"p{pixel}" for pixel in range(64))
        files[name].write_text(
            f"{head},caption\n" + "".join(f"{pixels},{words[int(n)]}\n" for pixels, _, n in rows),
            encoding="utf-8",
        )
    config = TextConfig(tokenizer="char", min_count=1)
    train = read_captioned([str(files["tra"])], config)
    test = read_captioned([str(files["tes"])], config, vocab=train.target_vocab)
    rnn = RNNConfig(cell="gru", hidden=64, dim=32, dropout=0.1)
    model = Captioner.for_dataset(train, rnn, image=(1, 8, 8))
    fit(model, train, test, TrainConfig(epochs=8, lr=4e-3, schedule="cosine", threads=1))
    assert model.report(test, beam=5).scores["exact"] >= 0.95


def test_ids_alone_are_no_texts_to_score_by():
    data = dataset()
    model = make(data=data)
    scores = model.evaluate(data)
    assert math.isnan(scores["bleu"])
    assert math.isnan(scores["chrf"])
    assert "target_texts" in model.report(data).notes["chrf"]
    with pytest.raises(ValueError, match="target_texts"):
        model.references(data)
    history = fit(model, data, data, TrainConfig(epochs=3, threads=1))
    losses = [entry["valid"]["loss"] for entry in history.epochs]
    assert history.best_epoch == losses.index(min(losses)) + 1
    texts = SequenceDataset(FEATURES, data.targets, target_texts=TEXTS)
    assert model.references(texts.select([3, 0])) == [TEXTS[3], TEXTS[0]]
    assert model.evaluate(texts)["chrf"] >= 0
    assert model.best_on(texts) == ("chrf", True)
