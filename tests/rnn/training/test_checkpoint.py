"""Checkpoints: what is in them, which training they are of, and what damage does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from textseq.config import TrainConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.training.fit import fit
from textseq.text.notices import TextNotice

CONFIG = TrainConfig(epochs=2, batch_size=16, threads=1, device="cpu", lr=0.01)


@pytest.fixture
def checkpoint(tiny, tiny_data, tmp_path: Path) -> Path:
    path = tmp_path / "checkpoint"
    fit(tiny.for_dataset(tiny_data), tiny_data, tiny_data, CONFIG, checkpoint=path)
    return path


def resume(tiny, data, path: Path, config: TrainConfig = CONFIG, **options: Any) -> None:
    model = tiny.for_dataset(data, **options)
    fit(model, data, data, config, checkpoint=path, resume=True)


def change(path: Path, edit: Callable[[dict[str, Any]], Any]) -> None:
    config = json.loads((path / "config.json").read_text())
    edit(config)
    (path / "config.json").write_text(json.dumps(config))


def test_what_is_in_it(checkpoint: Path):
    assert sorted(file.name for file in checkpoint.iterdir()) == [
        "best.safetensors", "config.json", "optimizer.safetensors", "weights.safetensors",
    ]  # fmt: skip
    names = {key.rpartition("/")[2] for key in load_file(checkpoint / "optimizer.safetensors")}
    assert names == {"step", "exp_avg", "exp_avg_sq"}


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"lr": 0.02}, "its training lr is 0.01, not 0.02"),
        ({"seed": 2}, "its training seed is 1, not 2"),
        ({"accumulate": 2}, "its training accumulate is 1, not 2"),
    ],
)
def test_other_options(tiny, tiny_data, checkpoint: Path, option: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=f"is of another training: {message}"):
        resume(tiny, tiny_data, checkpoint, CONFIG.replace(**option))


def test_options_that_may_change(tiny, tiny_data, checkpoint: Path):
    resume(tiny, tiny_data, checkpoint, CONFIG.replace(epochs=3, patience=9, threads=2))


def test_another_model(tiny, tiny_data, checkpoint: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ValueError, match=r"its options scale is 1\.0, not 2\.0"):
        resume(tiny, tiny_data, checkpoint, scale=2.0)
    rnn = tiny.for_dataset(tiny_data).rnn
    with pytest.raises(ValueError, match="its rnn cell is 'lstm', not 'gru'"):
        resume(tiny, tiny_data, checkpoint, rnn=rnn.replace(cell="gru"))
    monkeypatch.setattr(tiny, "task", "other")
    with pytest.raises(ValueError, match="its task is 'tiny', not 'other'"):
        resume(tiny, tiny_data, checkpoint)


def test_other_data(tiny, tiny_data, checkpoint: Path):
    """As many examples of as many words, but others: they are told apart."""
    turned = tiny_data.select(np.arange(len(tiny_data))[::-1])
    with pytest.raises(ValueError, match="its data train is not this one"):
        resume(tiny, turned, checkpoint)
    model = tiny.for_dataset(tiny_data)
    with pytest.raises(ValueError, match="its data valid is not this one"):
        fit(model, tiny_data, turned, CONFIG, checkpoint=checkpoint, resume=True)
    texts = [" ".join(tiny_data.vocab.decode(tiny_data[row].inputs)) for row in range(60)]
    labels = [tiny_data.label_vocab.tokens[label] for label in tiny_data.labels]
    other = SequenceDataset.from_texts([text.replace("film", "FILM") for text in texts], labels)
    assert len(other.vocab) == len(tiny_data.vocab)
    with pytest.raises(ValueError, match="its vocabulary source is not this one"):
        resume(tiny, other, checkpoint)


@pytest.mark.parametrize("name", ["best", "weights", "optimizer"])
@pytest.mark.parametrize("damage", ["cut", "gone", "empty", "lies"])
def test_damaged_arrays(tiny, tiny_data, checkpoint: Path, name: str, damage: str):
    file = checkpoint / f"{name}.safetensors"
    whole = file.read_bytes()
    if damage == "gone":
        file.unlink()
    elif damage == "lies":  # a header that claims 2**60 bytes
        file.write_bytes((2**60).to_bytes(8, "little") + whole[8:])
    else:
        file.write_bytes(whole[: len(whole) // 2] if damage == "cut" else b"")
    with pytest.raises(ValueError, match=r"checkpoint.* (is damaged|is missing)"):
        resume(tiny, tiny_data, checkpoint)


@pytest.mark.parametrize("name", ["best", "weights"])
def test_weights_that_do_not_fit(tiny, tiny_data, checkpoint: Path, name: str):
    file = checkpoint / f"{name}.safetensors"
    arrays = load_file(file)
    save_file(arrays | {"out.bias": torch.zeros(7)}, file)
    with pytest.raises(ValueError, match=r"is damaged.*out.bias"):
        resume(tiny, tiny_data, checkpoint)
    save_file(arrays | {"out.bias": torch.full((2,), torch.nan)}, file)
    with pytest.raises(ValueError, match=r"out.bias holds numbers that are not finite"):
        resume(tiny, tiny_data, checkpoint)


def test_an_optimizer_that_does_not_fit(tiny, tiny_data, checkpoint: Path):
    file = checkpoint / "optimizer.safetensors"
    arrays = load_file(file)
    save_file(arrays | {"out.bias/exp_avg": torch.zeros(7)}, file)
    with pytest.raises(ValueError, match=r"is damaged.*out.bias/exp_avg has the shape \(7,\)"):
        resume(tiny, tiny_data, checkpoint)
    less = {name: value for name, value in arrays.items() if name != "out.bias/exp_avg_sq"}
    save_file(less, file)  # Adam would look for it at its first step
    with pytest.raises(ValueError, match=r"is damaged: it has no out.bias/exp_avg_sq"):
        resume(tiny, tiny_data, checkpoint)
    save_file(arrays | {"out.bias/exp_avg": torch.full((2,), torch.nan)}, file)
    with pytest.raises(ValueError, match=r"is damaged.*numbers that are not finite"):
        resume(tiny, tiny_data, checkpoint)
    save_file(arrays | {"other/exp_avg": torch.zeros(7)}, file)
    with pytest.raises(ValueError, match=r"is damaged.*other"):
        resume(tiny, tiny_data, checkpoint)


@pytest.mark.parametrize(
    "edit",
    [
        lambda config: config.pop("history"),
        lambda config: config.pop("state"),
        lambda config: config["history"].update(best_epoch=5),
        lambda config: config["history"].update(best_epoch=0),
        lambda config: config["history"].update(best_epoch="1"),
        lambda config: config["history"].update(epochs=[]),
        lambda config: config["history"].update(epochs=7),
        lambda config: config["history"]["epochs"].pop(0),
        lambda config: config["history"]["epochs"][0].update(valid={}),
        lambda config: config["history"]["epochs"][0].update(valid=None),
        lambda config: config["state"].update(n_steps="many"),
    ],
)
def test_a_config_that_lies(tiny, tiny_data, checkpoint: Path, edit: Any):
    change(checkpoint, edit)
    with pytest.raises(ValueError, match="is damaged"):
        resume(tiny, tiny_data, checkpoint)


def test_other_folders(tiny, tiny_data, checkpoint: Path, tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"there is no .*nowhere"):
        resume(tiny, tiny_data, tmp_path / "nowhere")
    change(checkpoint, lambda config: config.update(identity=[1]))
    with pytest.raises(ValueError, match="is of another training: its task is None"):
        resume(tiny, tiny_data, checkpoint)
    change(checkpoint, lambda config: config.update(format=99))
    with pytest.raises(ValueError, match="which is newer than this one"):
        resume(tiny, tiny_data, checkpoint)
    tiny.for_dataset(tiny_data).save(tmp_path / "model")
    with pytest.raises(ValueError, match="holds sequence-model, not sequence-checkpoint"):
        resume(tiny, tiny_data, tmp_path / "model")


def test_a_full_disk_leaves_the_checkpoint_before(tiny, tiny_data, checkpoint: Path, monkeypatch):
    import safetensors.torch

    before = {file.name: file.read_bytes() for file in checkpoint.iterdir()}

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(safetensors.torch, "save_file", full)
    with pytest.warns(TextNotice, match=r"could not be written .*; training goes on"):
        resume(tiny, tiny_data, checkpoint, CONFIG.replace(epochs=3))
    assert {file.name: file.read_bytes() for file in checkpoint.iterdir()} == before
    assert [file.name for file in checkpoint.parent.iterdir()] == ["checkpoint"]
