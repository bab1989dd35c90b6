"""Options of networks: recurrent ones, echo state networks, their training.

In: nothing. Out: RNNConfig, EchoStateConfig, TrainConfig, DataConfig, TrialConfig. What a task adds
to them stands in tasks.py.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal, Self

from textseq.config.base import LARGEST_SEED, Config, OptionError, option
from textseq.config.machine import Device

Cell = Literal["rnn", "lstm", "gru"]
Input = Literal["dense", "one-hot"]
Initialisation = Literal["orthogonal", "identity", "normal"]
Schedule = Literal["constant", "linear", "cosine", "plateau"]
Precision = Literal["auto", "float32", "bf16"]


@dataclass(frozen=True)
class RNNConfig(Config):
    """A recurrent encoder: from ids to a state at each position."""

    cell: Cell = option("lstm", "The recurrent cell; rnn is the one with tanh and no gates.")
    hidden: int = option(128, "Length of a state, in each direction.", low=1, high=65_536)
    layers: int = option(1, "Recurrent layers, one on top of the other.", low=1, high=64)
    bidirectional: bool = option(True, "Read from both ends (never where text is generated).")
    dim: int = option(100, "Length of an embedding (that of the vectors, if given).", low=1)
    input: Input = option("dense", "Embeddings, or one-hot vectors for comparison.")
    train_vectors_after: int | None = option(
        0, "Steps after which given vectors are trained too; 'never': they stay as given.", low=0
    )
    dropout: float = option(
        0.3, "Dropout on hidden units, one mask for the whole sequence.", low=0.0, high=0.99
    )
    embedding_dropout: float = option(
        0.1, "Dropout on embedding dimensions, one mask for the whole sequence.", low=0.0, high=0.99
    )
    word_dropout: float = option(
        0.0, "Share of words replaced by <unk> in training.", low=0.0, high=0.99
    )
    initialisation: Initialisation = option(
        "orthogonal", "How recurrent weights begin, gate by gate."
    )
    forget_bias: float = option(1.0, "LSTM: bias of the forget gate at the start.")


@dataclass(frozen=True)
class EchoStateConfig(Config):
    """An echo state network: a fixed random reservoir, of which only the readout is learnt."""

    units: int = option(500, "Units of the reservoir, in each direction.", low=1, high=65_536)
    spectral_radius: float | None = option(
        None,
        "Largest modulus of the recurrent weights' eigenvalues (default: series 0.9, text 0.5).",
        low=0.0,
        high=100.0,
    )
    leak: float | None = option(
        None,
        "Share of a state that is new at each step (default: series 0.3, text 1).",
        low=0.0,
        high=1.0,
    )
    input_scaling: float = option(0.5, "Input weights are drawn from -x..x.", low=0.0, high=1000.0)
    bias_scaling: float = option(0.5, "Biases are drawn from -x..x.", low=0.0, high=1000.0)
    density: float = option(
        0.02, "Share of the recurrent weights that are not 0.", low=0.0, high=1.0
    )
    washout: int = option(
        100, "Series: first states not learnt from; a tenth of the series at most.", low=0
    )
    ridge: float | None = option(
        None,
        "Penalty on the readout (default: by the validation data, or a series' second half).",
        low=0.0,
    )
    direct: bool = option(True, "Let the readout see the inputs too, beside the states.")
    bidirectional: bool = option(True, "Text: read from both ends.")
    seed: int = option(1, "Seed of the random weights.", low=0, high=LARGEST_SEED)

    def __post_init__(self) -> None:
        for name, without in (
            ("spectral_radius", "without recurrent weights there is no echo"),
            ("leak", "no state would ever change"),
            ("density", "without recurrent weights there is no echo"),
        ):
            value = getattr(self, name)
            if isinstance(value, int | float) and not isinstance(value, bool) and value <= 0:
                raise OptionError(name, f"is {value}; it is above 0: {without}")
        super().__post_init__()

    def filled(self, *, text: bool = False) -> Self:
        """The config with the defaults of series, or of text, as measured."""
        radius, leak = (0.5, 1.0) if text else (0.9, 0.3)
        return self.replace(
            spectral_radius=radius if self.spectral_radius is None else self.spectral_radius,
            leak=leak if self.leak is None else self.leak,
        )


# Where no number of epochs is given: small data needs more of them, large data not many.
# benchmarks/results/classification.txt
PLANNED_STEPS = 3000
PLANNED_EPOCHS = 6, 30


def planned_epochs(steps: int) -> int:
    """As many epochs of `steps` updates each as make PLANNED_STEPS, within PLANNED_EPOCHS."""
    fewest, most = PLANNED_EPOCHS
    return min(most, max(fewest, round(PLANNED_STEPS / max(1, steps))))


@dataclass(frozen=True)
class TrainConfig(Config):
    """Training a sequence model."""

    epochs: int | None = option(
        10, "Passes over the data, at most (none: by their number of steps).", low=1
    )
    batch_size: int = option(32, "Examples in a batch.", low=1)
    lr: float = option(1e-3, "Learning rate of Adam at its highest.", low=0.0, high=10.0)
    schedule: Schedule = option("constant", "How the learning rate goes on after the warm-up.")
    warmup: float = option(
        0.0, "Share of the steps in which the learning rate rises.", low=0.0, high=1.0
    )
    weight_decay: float = option(0.0, "Decoupled weight decay (AdamW).", low=0.0, high=1.0)
    clip_norm: float = option(
        1.0, "Gradients longer than this are cut to it (0: not cut).", low=0.0
    )
    accumulate: int = option(1, "Batches whose gradients make one step.", low=1)
    patience: int = option(3, "Epochs with no better score or loss before training stops.", low=1)
    precision: Precision = option(
        "float32",
        "Numbers of products: auto takes 16 bits where the machine is faster in them. Weights and "
        "losses are float32 always.",
    )
    device: Device = option("auto", "Where to train; auto takes a GPU if one works.")
    threads: int = option(0, "CPU threads (0: all of them).", low=0, high=1024)
    checkpoint_seconds: float = option(
        60.0, "Seconds between two checkpoints within an epoch (0: only at its end).", low=0.0
    )
    seed: int = option(
        1, "Seed of weights, dropout and the order of batches.", low=0, high=LARGEST_SEED
    )

    @classmethod
    def from_json(cls, options: Any, source: str | os.PathLike[str] | None = None) -> Self:
        """As of every config; `mixed_precision`, the older name of `precision`, is known too."""
        if isinstance(options, dict) and isinstance(options.get("mixed_precision"), bool):
            options = dict(options)
            if options.pop("mixed_precision") and options.get("precision") in (None, "float32"):
                options["precision"] = "auto"
        return super().from_json(options, source)


@dataclass(frozen=True)
class DataConfig(Config):
    """What a model is validated on where no data is given for that."""

    valid_share: float = option(0.1, "Share of FILES to validate on without --valid.", low=0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.valid_share < 1:
            raise OptionError("valid_share", f"is {self.valid_share:g}; it is between 0 and 1")


@dataclass(frozen=True)
class TrialConfig(Config):
    """Training on a synthetic task of long memory."""

    steps: int = option(3000, "Steps at most; it ends when the task is solved.", low=1)
    batch_size: int = option(64, "New sequences in each step.", low=1)
    lr: float = option(5e-3, "Learning rate of Adam.", low=0.0, high=10.0)
    clip_norm: float = option(
        1.0, "Gradients longer than this are cut to it (0: not cut).", low=0.0
    )
    seed: int = option(1, "Seed of weights and sequences.", low=0, high=LARGEST_SEED)
