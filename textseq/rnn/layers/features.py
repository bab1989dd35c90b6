"""FeatureEncoder: numbers, or the pixels of an image, to the vector that a decoder begins at.

In: features (B, D) as they were measured. Out: (B, F). What each feature is on average and how far
it spreads is taken from the training data and kept with the weights, so that metres and
millimetres are learnt alike. Files are read in feature_tables.py and images.py.
"""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from textseq.rnn.data.images import ImageShape
from textseq.rnn.layers.recurrent import LockedDropout

_ROWS_AT_ONCE = 4096
# Standard deviations; a feature that hardly varied in training must not drown all others later.
_FARTHEST = 10.0
_CELLS = 4  # an image ends as so many cells a side


class FeatureEncoder(nn.Module):
    """Two layers over standardised features; for images small convolutions come first."""

    mean: Tensor
    scale: Tensor

    def __init__(
        self, n_features: int, size: int, *, image: ImageShape | None = None, dropout: float = 0.0
    ) -> None:
        """`size`: F. ValueError where an image has another number of pixels."""
        super().__init__()
        if image is not None and image.n_features != n_features:
            raise ValueError(
                f"{n_features} features for images of {' x '.join(map(str, image))}, which have "
                f"{image.n_features}"
            )
        self.n_features, self.size, self.image = n_features, size, image
        self.register_buffer("mean", torch.zeros(n_features))
        self.register_buffer("scale", torch.ones(n_features))
        self.dropout = LockedDropout(dropout)
        n_inputs, self.convolutions = n_features, nn.Sequential()
        if image is not None:
            n_inputs = self._convolve(image)
        self.layers = nn.Sequential(
            nn.Linear(n_inputs, size), nn.ReLU(), nn.Linear(size, size), nn.Tanh()
        )

    def _convolve(self, image: ImageShape) -> int:
        """Build the convolutions; how many numbers they leave."""
        n_halvings = max(1, round(math.log2(max(1, min(image.height, image.width) / _CELLS))))
        channels = image.channels
        for number in range(n_halvings):
            wider = 32 * 2 ** min(number, 2)
            self.convolutions.extend(
                [
                    nn.Conv2d(channels, wider, 3, padding=1),
                    nn.ReLU(),
                    nn.MaxPool2d(2, ceil_mode=True),
                ]
            )
            channels = wider
        self.convolutions.append(nn.AdaptiveAvgPool2d(_CELLS))
        return channels * _CELLS**2

    def fit(self, features: NDArray[np.floating]) -> None:
        """Take mean and spread from the training data (N, D); ValueError for NaN and infinity.

        A feature that never changes tells nothing: it becomes 0. The pixels of a channel share
        theirs.
        """
        sums, squares = np.zeros(self.n_features), np.zeros(self.n_features)
        for start in range(0, len(features), _ROWS_AT_ONCE):
            block = np.asarray(features[start : start + _ROWS_AT_ONCE], np.float64)
            check_finite(block, first_row=start)
            sums += block.sum(axis=0)
        mean = sums / max(1, len(features))
        for start in range(0, len(features), _ROWS_AT_ONCE):
            block = np.asarray(features[start : start + _ROWS_AT_ONCE], np.float64)
            squares += ((block - mean) ** 2).sum(axis=0)
        variance = squares / max(1, len(features))
        if self.image is not None:
            of_channel = mean.reshape(self.image.channels, -1)
            between = (of_channel - of_channel.mean(axis=1, keepdims=True)) ** 2
            within = variance.reshape(self.image.channels, -1)
            n_pixels = of_channel.shape[1]
            variance = np.repeat((within + between).mean(axis=1), n_pixels)
            mean = np.repeat(of_channel.mean(axis=1), n_pixels)
        spread = np.sqrt(variance)
        constant = spread <= 1e-7 * (1 + np.abs(mean))  # what float32 cannot tell apart
        self.mean.copy_(torch.from_numpy(mean))
        self.scale.copy_(
            torch.from_numpy(np.where(constant, 0.0, 1 / np.where(constant, 1, spread)))
        )

    def forward(self, features: Tensor) -> Tensor:
        """(B, D) -> (B, F)."""
        numbers = ((features - self.mean) * self.scale).clamp(-_FARTHEST, _FARTHEST)
        if self.image is not None:
            numbers = self.convolutions(numbers.view(-1, *self.image)).flatten(1)
        encoded = self.dropout(self.layers(numbers)[:, None])[:, 0]
        return cast("Tensor", encoded)


def check_finite(features: NDArray[np.floating], first_row: int = 0) -> None:
    """ValueError, with row and column from 0, for a feature that is NaN or infinite."""
    wrong = np.argwhere(~np.isfinite(features))
    if len(wrong):
        row, column = wrong[0].tolist()
        raise ValueError(
            f"row {first_row + row}, feature {column} is {features[row, column]}; features are "
            "finite numbers, so fill in or leave out what is missing"
        )
