"""Checkpoint: a stopped training in a folder, to go on with.

In: a training (training.py) between two steps. Out: a folder of kind "sequence-checkpoint" with
the weights, the best ones so far, what the optimizer remembers, and the history; within an epoch
its sums, the random states and what the model carries; and back. All arrays are in safetensors
files. What was trained on what is there too, so that a checkpoint of another training is refused.
"""

from __future__ import annotations

import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from textseq.artifact import CONFIG, new_folder, of_one_folder, read_config, write_config
from textseq.config import TrainConfig
from textseq.rnn.data.examples import Examples
from textseq.rnn.models.model import SequenceModel, as_json
from textseq.rnn.models.tensor_file import read_shapes, read_tensors
from textseq.rnn.models.tensors import load_weights, save_tensors
from textseq.rnn.training.history import EpochSums
from textseq.rnn.training.state import TrainingState
from textseq.text.encoded import EncodedCorpus
from textseq.text.vocab import Vocab

CHECKPOINT_KIND = "sequence-checkpoint"
# Options that a training may change when it goes on.
_FREE = ("epochs", "patience", "threads", "device", "precision", "checkpoint_seconds")
_REMEMBERED = ("step", "exp_avg", "exp_avg_sq")  # by Adam, of each parameter
_PART = 1 << 24  # bytes of an array that are read at once


def write_checkpoint(path: Path, fit: TrainingState) -> None:
    """Replace the folder by one of this moment, whole or not at all."""
    arrays = {"weights": fit.model.state_dict(), "optimizer": _remembered(fit)}
    if fit.best:
        arrays["best"] = fit.best
    if fit.sums is not None:
        arrays["moment"] = fit.draws()
    history = {"epochs": fit.history.epochs, "best_epoch": fit.history.best_epoch}
    state = {
        "n_steps": fit.n_steps,
        "lr_scale": fit.lr_scale,
        "scaler": fit.scaler.state_dict(),
        "epoch": None if fit.sums is None else fit.sums.to_json(),
    }
    with new_folder(path, overwrite=True) as folder:
        for name, tensors in arrays.items():
            save_tensors(folder / f"{name}.safetensors", tensors)
        write_config(
            folder, CHECKPOINT_KIND, {"identity": fit.identity, "history": history, "state": state}
        )


@of_one_folder
def read_checkpoint(path: Path, fit: TrainingState) -> None:
    """Bring a training to where the folder left it; ValueError where it is of another one."""
    config = read_config(path, CHECKPOINT_KIND, made_by="training, when it is stopped,")
    other = _difference(config.get("identity"), fit.identity)
    if other:
        raise ValueError(f"{path} is of another training: {other}")
    try:
        state, history = config["state"], config["history"]
        sums = None if state.get("epoch") is None else EpochSums.from_json(state["epoch"])
        _check_history(history, fit.best_score[0], sums)
        n_steps, lr_scale = state["n_steps"], state["lr_scale"]
        if type(n_steps) is not int or n_steps < 0 or not isinstance(lr_scale, float):
            raise TypeError(f"n_steps {n_steps!r} and lr_scale {lr_scale!r} in {CONFIG}")
        fit.best = {}
        if history["best_epoch"]:
            # The best weights first: those of the last step are what the training goes on with.
            load_weights(fit.model, path / "best.safetensors")
            fit.best = {k: v.detach().clone() for k, v in fit.model.state_dict().items()}
        load_weights(fit.model, path / "weights.safetensors")
        _remember(fit, path / "optimizer.safetensors")
        fit.moment = {} if sums is None else _moment(path / "moment.safetensors")
        fit.sums = sums
        fit.history.epochs = history["epochs"]
        fit.history.best_epoch = history["best_epoch"]
        fit.n_steps, fit.lr_scale = n_steps, lr_scale
        if state["scaler"] and fit.scaled:
            fit.scaler.load_state_dict(state["scaler"])
    except (RuntimeError, OSError, KeyError, TypeError, IndexError, AttributeError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise ValueError(f"{path} is damaged: {reason}") from None


def _check_history(history: dict[str, Any], score: str, sums: EpochSums | None) -> None:
    epochs, best = history["epochs"], history["best_epoch"]
    for number, entry in enumerate(epochs, 1):
        scores = entry["valid"]
        numbers = all(type(value) in (int, float) for value in scores.values())
        if entry["epoch"] != number or not numbers or not math.isfinite(scores[score]):
            raise KeyError(f"epoch {number} in the history of {CONFIG}")
    if not min(1, len(epochs)) <= best <= len(epochs):
        raise KeyError(f"best_epoch {best} of {len(epochs)}")
    if (sums is None and not epochs) or (sums is not None and sums.epoch != len(epochs) + 1):
        raise KeyError(f"the epoch behind {len(epochs)} whole ones")


def _moment(path: Path) -> dict[str, Tensor]:
    """The arrays, if they can be what `draws` gave."""
    arrays = {name: value.clone() for name, value in read_tensors(path, read_shapes(path)).items()}
    now = torch.get_rng_state()
    cpu = arrays["random/cpu"]
    if cpu.shape != now.shape or cpu.dtype != now.dtype:
        raise TypeError(f"the random state is {tuple(cpu.shape)} {cpu.dtype}")
    for name, value in arrays.items():
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            raise TypeError(f"{name} holds numbers that are not finite")
    return arrays


# ---- the optimizer


def _remembered(fit: TrainingState) -> dict[str, Tensor]:
    """What Adam keeps of each parameter, as "name/what"."""
    found: dict[str, Tensor] = {}
    for name, parameter in fit.model.named_parameters():
        state: dict[str, Any] = fit.optimizer.state.get(parameter, {})
        found |= {f"{name}/{what}": torch.as_tensor(value) for what, value in state.items()}
    return found


def _remember(fit: TrainingState, path: Path) -> None:
    parameters = dict(fit.model.named_parameters())
    # Of each parameter that was trained, all that Adam keeps.
    known = {
        f"{name}/{what}": () if what == "step" else tuple(parameter.shape)
        for name, parameter in parameters.items()
        for what in _REMEMBERED
    }
    names = {name.rpartition("/")[0] for name in read_shapes(path)}
    shapes = {key: shape for key, shape in known.items() if key.rpartition("/")[0] in names}
    for key, value in read_tensors(path, shapes).items():
        name, _, what = key.rpartition("/")
        if not bool(torch.isfinite(value).all()):
            raise KeyError(f"{key} with numbers that are not finite")
        parameter = parameters[name]
        # A copy: what is mapped goes with its file, and this is written to.
        fit.optimizer.state[parameter][what] = value.clone().to(parameter.device)


# ---- which training it is


def identity_of(
    model: SequenceModel, train: Examples, valid: Examples, config: TrainConfig
) -> dict[str, Any]:
    """What must be the same for a checkpoint to go on, as JSON."""
    options = {name: value for name, value in config.to_json().items() if name not in _FREE}
    made = {
        "task": model.task,
        "rnn": model.rnn.to_json(),
        "options": model.options,
        "training": options,
        "vocabulary": {name: _of_vocab(side.vocab) for name, side in model.sides.items()},
        "data": {"train": _of_examples(train), "valid": _of_examples(valid)},
    }
    found: dict[str, Any] = as_json(made)
    return found


def _difference(theirs: Any, ours: dict[str, Any], what: str = "") -> str:
    """The first thing that is not the same, in words; "" if all is."""
    for name, value in ours.items():
        other = theirs.get(name) if isinstance(theirs, dict) else None
        if other == value:
            continue
        where = f"{what} {name}".strip()
        if isinstance(value, dict) and isinstance(other, dict):
            return _difference(other, value, where) or f"its {where} has more than this one's"
        if where.startswith(("data", "vocabulary")):
            return f"its {where} is not this one"
        return f"its {where} is {other!r}, not {value!r}"
    return ""


def _of_vocab(vocab: Vocab) -> int:
    text = "\n".join(vocab.tokens)
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def _of_examples(examples: Examples) -> int:
    """A checksum of all arrays, a part at a time: they may be larger than memory."""
    checksum = len(examples)
    for side in (examples.inputs, examples.targets, examples.rows):
        arrays = [side.ids, side.offsets] if isinstance(side, EncodedCorpus) else [side]
        for array in arrays:
            if array is None:
                continue
            flat = np.asarray(array).reshape(-1)
            step = max(1, _PART // flat.itemsize)
            for start in range(0, len(flat), step):
                part = np.ascontiguousarray(flat[start : start + step])
                checksum = zlib.crc32(part.view(np.uint8).data, checksum)
    return checksum
