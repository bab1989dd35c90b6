"""Models as folders: the same again, or a clear error; and nothing is ever executed."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from textseq.config import RNNConfig, TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.layers.cells import RECURRENT_CELLS
from textseq.rnn.models import model as model_module
from textseq.rnn.models import tagger
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.model import TASKS, SequenceModel, Side, as_json
from textseq.rnn.models.tagger import Tagger
from textseq.rnn.models.tensors import plain_arrays
from textseq.text.vocab import Vocab

DATA = SequenceDataset.from_texts(
    ["Good film", "bad film", "좋은 영화", "a\u2028b 🙂"],
    ["good", "bad", "good", "새 것"],
    config=TextConfig(lowercase=True, tokenizer="word", min_count=1),
)


@pytest.fixture
def model(tiny) -> Any:
    return tiny.for_dataset(DATA, scale=0.5).eval()


@pytest.fixture
def folder(model: Any, tmp_path: Path) -> Path:
    model.info = {"data": {"train": 4}}
    model.save(tmp_path / "model")
    return tmp_path / "model"


def change(folder: Path, edit: Callable[[dict[str, Any]], Any]) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    edit(config)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


@pytest.mark.parametrize("cell", RECURRENT_CELLS)
@pytest.mark.parametrize("both", [False, True])
def test_saved_and_loaded_is_the_same(tiny, tmp_path: Path, cell: str, both: bool):
    rnn = RNNConfig(cell=cell, hidden=3, dim=5, bidirectional=both, layers=2, dropout=0.4)
    model = tiny.for_dataset(DATA, rnn, scale=0.25).eval()
    model.save(tmp_path / "model")
    torch.rand(3)
    again = SequenceModel.load(tmp_path / "model")
    assert type(again) is tiny
    assert not again.training
    assert (again.rnn, again.options, again.scale) == (rnn, {"scale": 0.25}, 0.25)
    batch = DATA.batch(range(4))
    assert torch.equal(again(batch), model(batch))
    again.save(tmp_path / "again")
    for file in sorted((tmp_path / "model").rglob("*.*")):
        other = tmp_path / "again" / file.relative_to(tmp_path / "model")
        assert other.read_bytes() == file.read_bytes()


def test_vocabularies_and_text_options_travel_with_it(folder: Path, tiny):
    model = tiny.load(folder)
    source, labels = model.sides["source"], model.sides["labels"]
    assert source.vocab.tokens == DATA.vocab.tokens
    assert source.vocab.unk_id == DATA.vocab.unk_id
    assert source.text == DATA.text_config
    assert labels == Side(labels.vocab, None)
    assert labels.vocab.tokens == ["bad", "good", "새 것"]
    assert model.info == {"data": {"train": 4}}


def test_the_folder(folder: Path, model: Any):
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json", "labels", "model.safetensors", "source",
    ]  # fmt: skip
    with pytest.raises(FileExistsError):
        model.save(folder)
    model.save(folder, overwrite=True)


def test_alone_is_as_in_a_batch(model: Any):
    whole = model(DATA.batch(range(4)))
    for row in range(4):
        torch.testing.assert_close(model(DATA.batch([row]))[0], whole[row], atol=1e-6, rtol=0)


def test_tied_weights_are_saved_and_stay_tied(tiny, tmp_path: Path, monkeypatch):
    class Tied(tiny):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.again = nn.Embedding(*self.encoder.embedding.table.weight.shape)
            self.again.weight = self.encoder.embedding.table.weight

    monkeypatch.setitem(globals(), "Tied", Tied)
    monkeypatch.setitem(TASKS, "tiny", f"{__name__}:Tied")
    model = Tied.for_dataset(DATA)
    model.save(tmp_path / "model")
    again = SequenceModel.load(tmp_path / "model")
    assert again.again.weight is again.encoder.embedding.table.weight
    assert torch.equal(again.again.weight, model.again.weight)


def test_plain_arrays():
    whole = torch.arange(6.0).view(2, 3)
    plain = plain_arrays({"a": whole, "b": whole, "turned": whole.T})
    assert plain["a"].data_ptr() != plain["b"].data_ptr()
    assert plain["turned"].is_contiguous()
    assert torch.equal(plain["turned"], whole.T)


def test_as_json():
    assert as_json({"a": (1, 2)}) == {"a": [1, 2]}


# ---- folders that are not what they seem


def test_other_folders(folder: Path, tmp_path: Path, tiny):
    with pytest.raises(FileNotFoundError, match=r"there is no .*nowhere; `textseq train-\.\.\.`"):
        SequenceModel.load(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"is not a textseq folder \(no config.json\)"):
        SequenceModel.load(tmp_path)

    class Other(tiny):
        task = "other"

    with pytest.raises(ValueError, match="holds a tiny, not an other"):
        Other.load(folder)
    change(folder, lambda config: config.update(task="os:system"))
    with pytest.raises(ValueError, match="holds the task 'os:system'; textseq has no such"):
        SequenceModel.load(folder)
    change(folder, lambda config: config.update(format=99, textseq="9.0"))
    with pytest.raises(ValueError, match=r"was written by textseq 9.0, which is newer"):
        SequenceModel.load(folder)
    change(folder, lambda config: config.update(format=1, kind="vectors"))
    with pytest.raises(ValueError, match="holds vectors, not sequence-model"):
        SequenceModel.load(folder)


@pytest.mark.parametrize(
    "edit",
    [
        lambda config: config.pop("sides"),
        lambda config: config.pop("rnn"),
        lambda config: config.pop("options"),
        lambda config: config["sides"].pop("source"),
        lambda config: config["sides"].pop("labels"),
        lambda config: config["sides"].update(extra=config["sides"]["source"]),
        lambda config: config["sides"].update({"../source": config["sides"]["source"]}),
        lambda config: config["sides"].update(source=3),
        lambda config: config["sides"]["source"].pop("text"),
        lambda config: config.update(sides=["source"]),
        lambda config: config["rnn"].update(cell="transformer"),
        lambda config: config["rnn"].update(hidden="5"),
        lambda config: config["rnn"].update(hidden=6),
        lambda config: config["rnn"].update(layers=2),
        lambda config: config["rnn"].update(dim=10**15),
        lambda config: config["rnn"].update(surprise=1),
        lambda config: config["options"].update(surprise=1),
        lambda config: config.update(options=[1]),
        lambda config: config.update(rnn=None),
    ],
)
def test_a_config_that_lies(folder: Path, edit: Any):
    change(folder, edit)
    with pytest.raises(ValueError, match="is damaged"):
        SequenceModel.load(folder)


@pytest.mark.parametrize("name", ["vocab.txt", "counts.npy"])
def test_a_side_without_its_files(folder: Path, name: str):
    (folder / "source" / name).unlink()
    with pytest.raises(ValueError, match="is damaged"):
        SequenceModel.load(folder)


def test_a_vocabulary_of_another_size(folder: Path):
    path = folder / "source" / "vocab.txt"
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join(lines[:-2]) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="is damaged"):
        SequenceModel.load(folder)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_weights_that_are_cut(folder: Path, share: float):
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ValueError, match=r"model.safetensors is damaged"):
        SequenceModel.load(folder)
    path.unlink()
    with pytest.raises(ValueError, match=r"model.safetensors is missing; the folder is damaged"):
        SequenceModel.load(folder)


def test_weights_that_do_not_fit(folder: Path):
    path = folder / "model.safetensors"
    arrays = load_file(path)
    for wrong in (
        {name: value for name, value in arrays.items() if name != "out.bias"},
        arrays | {"surprise": torch.zeros(1)},
        arrays | {"out.bias": torch.zeros(2)},
    ):
        save_file(wrong, path)
        with pytest.raises(ValueError, match=r"is damaged.*(out\.bias|surprise)"):
            SequenceModel.load(folder)
    for number in (torch.nan, torch.inf):
        save_file(arrays | {"out.bias": torch.full((3,), number)}, path)
        with pytest.raises(ValueError, match=r"out.bias holds numbers that are not finite"):
            SequenceModel.load(folder)


class Bomb:
    """A pickle that writes a file where it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return open, (str(self.path), "w")


@pytest.mark.parametrize("name", ["model.safetensors", "source/counts.npy", "config.json"])
def test_nothing_is_executed(folder: Path, tmp_path: Path, name: str):
    (folder / name).write_bytes(pickle.dumps(Bomb(tmp_path / "opened")))
    with pytest.raises(ValueError, match="damaged"):
        SequenceModel.load(folder)
    assert not (tmp_path / "opened").exists()


def test_a_task_is_a_row_of_the_table_only(folder: Path):
    change(folder, lambda config: config.update(task=f"{model_module.__name__}:SequenceModel"))
    with pytest.raises(ValueError, match="textseq has no such"):
        SequenceModel.load(folder)
    change(folder, lambda config: config.update(task=["tiny"]))
    with pytest.raises(ValueError, match="textseq has no such"):
        SequenceModel.load(folder)


# --- folders of strangers

SMALL = RNNConfig(hidden=5, dim=4)


class Drawn(AssertionError):
    """Numbers were drawn for weights that a file holds."""


@pytest.fixture
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights of a file are put in their place: none are made and drawn first."""

    def drawn(self: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        if self.is_meta or self.numel() < 10:
            return self
        raise Drawn

    for name in ("normal_", "uniform_"):
        monkeypatch.setattr(torch.Tensor, name, drawn)
    for name in ("orthogonal_", "xavier_uniform_"):
        given = getattr(nn.init, name)
        monkeypatch.setattr(
            nn.init, name, lambda tensor, *a, given=given, **k: drawn(given(tensor, *a, **k))
        )


@pytest.fixture
def classifier(tmp_path: Path, tiny_data: SequenceDataset) -> Path:
    Classifier.for_dataset(tiny_data, SMALL, class_weights=[1.0, 2.0]).save(tmp_path / "c")
    return tmp_path / "c"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"hidden": 65_536, "layers": 64},
            r"_ih_l0 has the shape \(20, 4\), not \(262144, 4",
        ),
        ({"dim": 20_000_000}, r"has the shape \(8, 4\), not \(8, 20000000\)"),
        ({"dim": 10**18}, "is damaged"),
        ({"hidden": 10**9}, "hidden is 1000000000; the most that works is 65536"),
        ({"hidden": "5"}, "hidden is '5'; it takes int"),
        ({"cell": "tanh"}, "cell is 'tanh'; it can be rnn, lstm, gru"),
        ({"layers": 2}, "it has no encoder.recurrent.layers.1"),
        ({"size": 2}, "RNNConfig has no option 'size'"),
    ],
)
def test_sizes_are_those_of_the_weights(
    classifier: Path, no_drawing: None, changes: dict[str, Any], message: str
):
    """A config that asks for more than the file holds is refused before there is a weight."""
    put(classifier, "rnn", changes)
    with pytest.raises(ValueError, match=message) as caught:
        SequenceModel.load(classifier)
    assert str(classifier) in str(caught.value)
    assert len(str(caught.value)) < 500


def test_weights_are_not_drawn_first(classifier: Path, no_drawing: None):
    model = SequenceModel.load(classifier)
    assert isinstance(model, Classifier)
    assert model.class_weights is not None
    assert model.class_weights.tolist() == [1.0, 2.0]
    assert all(parameter.requires_grad for parameter in model.parameters())
    next(iter(model.predict(["good"])))
    with pytest.raises(Drawn):
        Classifier(model.sides, model.rnn)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_length": 1.5}, r"max_length is 1\.5; a Classifier takes no such"),
        ({"max_length": True}, "max_length is True"),
        ({"max_length": 0}, "max_length is 0"),
        ({"pooling": "median"}, "pooling is 'median'"),
        ({"label_smoothing": "x" * 999}, "label_smoothing is 'xxx"),
        ({"class_weights": [1, "2"]}, "class_weights is "),
        ({"class_weights": [1.0]}, "1 class_weights for 2 labels"),
        ({"vectors": [[1.0]]}, "has no option 'vectors'"),
        ({"sides": {}}, "has no option 'sides'"),
        ({"crf": True}, "has no option 'crf'"),
    ],
)
def test_options_that_a_model_does_not_take(
    classifier: Path, changes: dict[str, Any], message: str
):
    put(classifier, "options", changes)
    with pytest.raises(ValueError, match=message) as caught:
        SequenceModel.load(classifier)
    assert str(caught.value).startswith(f"{classifier} is damaged: ")


@pytest.mark.parametrize("columns", [[], "x", {"text": {}}, {"text": [["a"]]}, {"text": 1.5}])
def test_columns_that_are_none(classifier: Path, columns: Any):
    put(classifier, "info", {"columns": columns})
    with pytest.raises(ValueError, match=r"config\.json is damaged: its columns are"):
        SequenceModel.load(classifier)


def test_many_labels_and_no_weights_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A CRF has a step for each two tags: nothing is made of the labels before that is compared."""
    words = [("a", "b"), ("b", "a")]
    config = TextConfig(min_count=1)
    pairs = [(pair, ["B-X", "I-X"]) for pair in words]
    data = SequenceDataset.from_sentences(pairs, config=config)
    Tagger.for_dataset(data, SMALL, crf=True, min_count=1).save(tmp_path / "t")
    SequenceModel.load(tmp_path / "t")
    labels = Vocab([f"B-{number}" for number in range(300)], specials=())
    labels.save(tmp_path / "t" / "labels", overwrite=True)
    monkeypatch.setattr(tagger, "legal_steps", None)
    with pytest.raises(ValueError, match=r"has the shape \(2, 10\), not \(300, 10\)"):
        SequenceModel.load(tmp_path / "t")


def test_weights_of_another_type(classifier: Path):
    path = classifier / "model.safetensors"
    arrays = load_file(path)
    expected = next(iter(SequenceModel.load(classifier).predict(["good film"])))  # type: ignore[attr-defined]
    save_file({name: value.double() for name, value in arrays.items()}, path)
    found = next(iter(SequenceModel.load(classifier).predict(["good film"])))  # type: ignore[attr-defined]
    assert found == expected
    save_file(arrays | {"output.bias": torch.zeros(2, dtype=torch.int64)}, path)
    with pytest.raises(ValueError, match=r"output\.bias holds torch\.int64, not torch\.float32"):
        SequenceModel.load(classifier)


def put(folder: Path, entry: str, changes: dict[str, Any]) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config[entry] |= changes
    path.write_text(json.dumps(config))
