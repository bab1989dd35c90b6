"""Checkpoint: a stopped training in a folder, to go on with.

In: a training (training.py) after a whole epoch. Out: a folder of kind "sequence-checkpoint" with
the weights, the best ones so far, what the optimizer remembers, and the history; and back. All
arrays are in safetensors files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from textseq.artifact import new_folder, read_config, write_config

if TYPE_CHECKING:
    from textseq.rnn.training import _Fit

KIND = "sequence-checkpoint"
_FILES = ("weights", "best", "optimizer")


def write_checkpoint(path: Path, fit: _Fit) -> None:
    """Replace the folder by one of this moment, whole or not at all."""
    from safetensors.torch import save_file

    arrays = {"weights": fit.model.state_dict(), "best": fit.best, "optimizer": _remembered(fit)}
    with new_folder(path, overwrite=True) as folder:
        for name in _FILES:
            values = {key: value.detach().cpu().contiguous() for key, value in arrays[name].items()}
            save_file(values, folder / f"{name}.safetensors")
        history = {"epochs": fit.history.epochs, "best_epoch": fit.history.best_epoch}
        state = {
            "n_steps": fit.n_steps,
            "lr_scale": fit.lr_scale,
            "scaler": fit.scaler.state_dict(),
        }
        write_config(folder, KIND, {"identity": fit.identity(), "history": history, "state": state})


def read_checkpoint(path: Path, fit: _Fit) -> None:
    """Bring a training to where the folder left it; ValueError where it is of another one."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    config = read_config(path, KIND, made_by="training, when it is stopped,")
    for name, value in fit.identity().items():
        if config.get("identity", {}).get(name) != value:
            raise ValueError(
                f"{path} is of another training: its {name} is {config['identity'].get(name)}, "
                f"not {value}"
            )
    try:
        arrays = {name: load_file(path / f"{name}.safetensors") for name in _FILES}
        fit.model.load_state_dict(arrays["weights"])
        fit.best = {name: value.to(fit.device) for name, value in arrays["best"].items()}
        _remember(fit, arrays["optimizer"])
        fit.history.epochs = config["history"]["epochs"]
        fit.history.best_epoch = config["history"]["best_epoch"]
        fit.n_steps, fit.lr_scale = config["state"]["n_steps"], config["state"]["lr_scale"]
        if config["state"]["scaler"]:
            fit.scaler.load_state_dict(config["state"]["scaler"])
    except (SafetensorError, RuntimeError, OSError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is damaged: {' '.join(str(error).split())}") from None


def _names(fit: _Fit) -> dict[str, torch.nn.Parameter]:
    return dict(fit.model.named_parameters())


def _remembered(fit: _Fit) -> dict[str, Tensor]:
    """What Adam keeps of each parameter, as "name/what"."""
    found: dict[str, Tensor] = {}
    for name, parameter in _names(fit).items():
        state: dict[str, Any] = fit.optimizer.state.get(parameter, {})
        found |= {f"{name}/{what}": torch.as_tensor(value) for what, value in state.items()}
    return found


def _remember(fit: _Fit, arrays: dict[str, Tensor]) -> None:
    parameters = _names(fit)
    for key, value in arrays.items():
        name, _, what = key.rpartition("/")
        place = value if what == "step" else value.to(fit.device)
        fit.optimizer.state[parameters[name]][what] = place
