"""Learning curves: what a training was like, as one picture.

In: a History. Out: a PNG, SVG or PDF file with three panels over the epochs: the losses, the score
that decided, the norm of the gradient with how often it was cut. Nothing is shown on a screen.
"""

from __future__ import annotations

import os

from textseq.pictures.figure import new_figure, save_figure
from textseq.rnn.training.fit import History


def draw_curves(history: History, score: str, path: str | os.PathLike[str]) -> None:
    """Draw losses, the validation `score` and gradient norms over the epochs.

    ValueError for a history without epochs.
    """
    epochs = history.epochs
    if not epochs:
        raise ValueError("there is no epoch to draw")
    figure = new_figure()
    losses, scores, norms = figure.subplots(1, 3)
    numbers = [entry["epoch"] for entry in epochs]
    losses.plot(numbers, [entry["train_loss"] for entry in epochs], "o-", label="training")
    if all("loss" in entry["valid"] for entry in epochs):
        losses.plot(numbers, [entry["valid"]["loss"] for entry in epochs], "s-", label="validation")
    losses.set_title("loss")
    losses.legend()
    scores.plot(numbers, [entry["valid"][score] for entry in epochs], "s-", color="tab:green")
    scores.axvline(history.best_epoch, color="tab:gray", linestyle=":", label="best epoch")
    scores.set_title(f"validation {score}")
    scores.legend()
    norms.plot(numbers, [entry["grad_norm_max"] for entry in epochs], "^-", label="largest")
    norms.plot(numbers, [entry["grad_norm"] for entry in epochs], "o-", label="mean")
    if all(entry["grad_norm"] > 0 for entry in epochs):
        norms.set_yscale("log")
    share = sum(entry["clipped"] for entry in epochs) / len(epochs)
    norms.set_title(f"norm of the gradient ({share:.0%} cut)")
    norms.legend()
    for panel in (losses, scores, norms):
        panel.set_xlabel("epoch")
        panel.xaxis.get_major_locator().set_params(integer=True)
    save_figure(figure, path, overwrite=True)
