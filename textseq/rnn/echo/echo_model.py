"""EchoModel: what echo state networks for text share, a readout that is solved and not trained.

In: data sets, and a model that makes rows of features of them. Out: the weights of its last layer,
by ridge regression (readout.py), from one pass over the data. Which features there are is the
business of echo_state.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from textseq.config import EchoStateConfig, RNNConfig
from textseq.rnn.data.examples import Examples
from textseq.rnn.echo.readout import RidgeSums, best_ridge
from textseq.rnn.models.model import SequenceModel
from textseq.text.notices import Notify, notifying

TEXT_RIDGES = tuple(10.0**power for power in range(-3, 5))  # tried where none is given
_HEIGHT = 4.0  # of a right answer; wrong ones are 0. So softmax is neither flat nor sharp
BATCH = 64
_SOLVED_AT_ONCE = 2048  # rows that go into the sums together
_TARGETS_AT_ONCE = 1 << 24  # of them all, right and wrong: 128 MB
ExampleProgress = Callable[[int, int], None]  # examples that are read, and how many there are


class ReadoutRows(NamedTuple):
    """Rows to learn from: features (n, F), the ids of their answers (n,), and their weights."""

    features: Tensor
    answers: Tensor
    weights: Tensor | None


class EchoModel(SequenceModel):
    """A model with a linear `output` over features that are not learnt: `learn` instead of fit().

    Subclasses set `echo` and `output`, and give `parts`.
    """

    solved_by: ClassVar[str] = "model.learn(train, valid)"
    echo: EchoStateConfig
    output: nn.Linear

    def parts(self, dataset: Examples) -> Iterator[tuple[int, ReadoutRows]]:
        """The rows of a data set, batch by batch, with the number of examples of each."""
        raise NotImplementedError

    def keep_shares(self, shares: Tensor) -> None:
        """Take how frequent each answer was (K,)."""

    @notifying
    def learn(
        self,
        train: Examples,
        valid: Examples,
        progress: ExampleProgress | None = None,
        notify: Notify | None = None,
    ) -> float:
        """Learn the readout, and return the ridge; `progress` is called as it goes on.

        Where the config has no ridge, that of TEXT_RIDGES with the least squared error on `valid`
        is taken. ValueError for no examples, and for a ridge that is too small.
        """
        if not len(train) or not len(valid):
            raise ValueError(f"{len(train)} examples to learn from and {len(valid)} to validate on")
        n_examples = len(train) + len(valid)
        given = self.echo.ridge
        sums = self._sums(train, 0, n_examples, progress)
        if given is None:
            known = self._sums(valid, len(train), n_examples, progress)
            ridge, readout = best_ridge(sums, known, TEXT_RIDGES)
        else:
            ridge, readout = given, sums.solve(given)
        with torch.no_grad():
            self.output.weight.copy_(torch.from_numpy(readout.weights))
            self.output.bias.copy_(torch.from_numpy(readout.bias))
            self.keep_shares(torch.from_numpy(sums.mean_target / _HEIGHT))
        self.eval()
        self.finish(train, valid)
        return ridge

    def _sums(
        self, dataset: Examples, done: int, total: int, progress: ExampleProgress | None
    ) -> RidgeSums:
        n_answers, n_features = self.output.weight.shape
        sums, kept, n_kept = RidgeSums(n_features, n_answers), list[ReadoutRows](), 0
        at_once = min(_SOLVED_AT_ONCE, max(1, _TARGETS_AT_ONCE // n_answers))
        self.eval()
        with torch.inference_mode():
            for n_here, part in self.parts(dataset):
                kept.append(part)
                n_kept, done = n_kept + len(part.answers), done + n_here
                if n_kept >= at_once:
                    _add(sums, kept, n_answers)
                    kept, n_kept = [], 0
                if progress is not None:
                    progress(done, total)
            _add(sums, kept, n_answers)
        return sums


def _add(sums: RidgeSums, parts: list[ReadoutRows], n_answers: int) -> None:
    """All parts as one block: the answers become columns."""
    if not parts:
        return
    answers = torch.cat([part.answers for part in parts]).cpu().numpy()
    targets = np.zeros((len(answers), n_answers))
    targets[np.arange(len(answers)), answers] = _HEIGHT
    weights = [part.weights for part in parts if part.weights is not None]
    features = torch.cat([part.features for part in parts]).cpu().numpy()
    sums.add(features, targets, torch.cat(weights).cpu().numpy() if weights else None)


def still(rnn: RNNConfig) -> RNNConfig:
    """Without what belongs to layers that are trained: nothing is dropped, no layer is large."""
    return rnn.replace(hidden=1, layers=1, dropout=0.0, embedding_dropout=0.0, word_dropout=0.0)


def freeze(model: nn.Module) -> None:
    for parameter in model.parameters():
        parameter.requires_grad_(False)
