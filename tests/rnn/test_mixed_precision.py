"""Training in half precision: each kind of model learns in it what it learns in single precision.

A CPU never uses it by itself. Here it is made to, so that the loop with its scaled losses is run
without a GPU too; cells are GRUs then, since no CPU has an LSTM of 16 bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from textseq.config import TrainConfig
from textseq.rnn import training
from textseq.rnn.training import fit
from textseq.text.encoded import EncodedCorpus

WHOLE = TrainConfig(epochs=5, batch_size=2, threads=1, lr=0.01, device="cpu")
HALF = WHOLE.replace(mixed_precision=True)


@pytest.fixture
def half_on_cpus(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(training, "_HALF_DEVICES", ("cuda", "cpu"))


def losses(model: Any, data: Any, config: TrainConfig) -> list[float]:
    return [entry["train_loss"] for entry in fit(model, data, data, config).epochs]


def test_a_cpu_does_not_use_it(kind: Any, six_texts: EncodedCorpus):
    data = kind.examples(six_texts)
    one, other = kind.make(data), kind.make(data)
    assert losses(one, data, HALF) == losses(other, data, WHOLE)
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])


def check_it_learns(kind: Any, six_texts: EncodedCorpus, device: str, **rnn: Any) -> None:
    data = kind.examples(six_texts)
    half, whole = kind.make(data, **rnn), kind.make(data, **rnn)
    found = losses(half, data, HALF.replace(device=device))
    # A step whose gradients overflow is left out, until the scale of the loss fits them.
    assert found == pytest.approx(losses(whole, data, WHOLE.replace(device=device)), rel=0.1)
    assert all(value.isfinite().all() for value in half.state_dict().values())
    assert {value.dtype for value in half.parameters()} == {torch.float32}
    assert half.evaluate(data).keys() == whole.evaluate(data).keys()


@pytest.mark.usefixtures("half_on_cpus")
def test_every_kind_learns_in_it(kind: Any, six_texts: EncodedCorpus):
    check_it_learns(kind, six_texts, "cpu", cell="gru")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_every_kind_learns_on_a_gpu(kind: Any, six_texts: EncodedCorpus):
    for cell in ("lstm", "gru", "rnn"):
        check_it_learns(kind, six_texts, "cuda", cell=cell)


@pytest.mark.usefixtures("half_on_cpus")
def test_products_are_of_16_bits(kinds: dict[str, Any], six_texts: EncodedCorpus):
    data = kinds["gru max"].examples(six_texts)
    model = kinds["gru max"].make(data)
    seen = []
    model.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    fit(model, data, data, HALF.replace(epochs=1))
    # Three batches of training; validation is in single precision.
    assert seen[:3] == [torch.float16] * 3
    assert set(seen[3:]) == {torch.float32}


def scale_from(monkeypatch: pytest.MonkeyPatch, scale: float) -> None:
    """Let the scale of losses begin with another one than 65,536."""
    usual = torch.amp.GradScaler

    def scaler(device: str, *, enabled: bool) -> torch.amp.GradScaler:
        return usual(device, init_scale=scale, enabled=enabled)

    monkeypatch.setattr(torch.amp, "GradScaler", scaler)


@pytest.mark.usefixtures("half_on_cpus")
def test_a_step_that_overflows_is_left_out(
    kinds: dict[str, Any], six_texts: EncodedCorpus, monkeypatch: pytest.MonkeyPatch
):
    scale_from(monkeypatch, 2.0**40)
    data = kinds["gru max"].examples(six_texts)
    model = kinds["gru max"].make(data)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    (entry,) = fit(model, data, data, HALF.replace(epochs=1)).epochs
    assert (entry["grad_norm"], entry["clipped"]) == (0.0, 0.0)
    assert math.isfinite(entry["train_loss"])
    for name, value in model.state_dict().items():
        if name != "temperature":  # it is fitted after training
            assert torch.equal(value, before[name]), name


@pytest.mark.usefixtures("half_on_cpus")
def test_resumed_is_uninterrupted(
    kinds: dict[str, Any],
    six_texts: EncodedCorpus,
    monkeypatch: pytest.MonkeyPatch,
    ends_as_uninterrupted: Callable[..., None],
):
    # In the first epochs steps overflow until the scale has come down, which has to be remembered.
    scale_from(monkeypatch, 2.0**20)
    kind = kinds["language model"]
    data = kind.examples(six_texts)

    def other() -> Any:
        model = kind.make(data, cell="gru")
        for value in model.parameters():
            torch.nn.init.ones_(value)
        return model

    ends_as_uninterrupted(
        lambda: kind.make(data, cell="gru"), other, data, data, HALF.replace(epochs=6)
    )
