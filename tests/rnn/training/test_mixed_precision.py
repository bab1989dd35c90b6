"""Training in float16: each kind of model learns in it what it learns in single precision.

A CPU never uses it. Here it is made to, so that the loop with its scaled losses is run
without a GPU too; cells are GRUs then, since no CPU has an LSTM of 16 bits.
"""

from __future__ import annotations

import math
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import torch

from textseq.config import TrainConfig
from textseq.rnn.training.fit import fit
from textseq.text.encoded import EncodedCorpus

WHOLE = TrainConfig(epochs=5, batch_size=2, threads=1, lr=0.01, device="cpu")
HALF = WHOLE.replace(precision="auto")
# Each kind learns in it. Without dropout a loss falls with each epoch, and is hardly noise.
LEARNING = HALF.replace(epochs=10, lr=0.03, patience=99)
NO_DROPOUT = {"dropout": 0.0, "embedding_dropout": 0.0, "word_dropout": 0.0}


@pytest.fixture
def half_on_cpus(monkeypatch: pytest.MonkeyPatch):
    def float16(precision: str, device: torch.device) -> torch.dtype | None:
        return None if precision == "float32" else torch.float16

    monkeypatch.setattr("textseq.rnn.training.state.half_type", float16)


def scale_from(monkeypatch: pytest.MonkeyPatch, scale: float) -> None:
    """Let the scale of losses begin with another one than 65,536."""
    usual = torch.amp.GradScaler

    def scaler(device: str, *, enabled: bool) -> torch.amp.GradScaler:
        return usual(device, init_scale=scale, enabled=enabled)

    monkeypatch.setattr(torch.amp, "GradScaler", scaler)


@pytest.fixture
def no_overflow(half_on_cpus: None, monkeypatch: pytest.MonkeyPatch):
    """A scale that all gradients of the small models fit: then no step is left out."""
    scale_from(monkeypatch, 2.0**12)


def losses(model: Any, data: Any, config: TrainConfig) -> list[float]:
    return [entry["train_loss"] for entry in fit(model, data, data, config).epochs]


def weights(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.detach().clone() for name, value in model.named_parameters()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


def furthest(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    return max(float((one[name] - other[name]).abs().max()) for name in one)


@pytest.mark.slow
def test_a_cpu_without_it_does_not_use_it(
    kind: Any, six_texts: EncodedCorpus, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("textseq.rnn.training.precision.cpu_multiplies_bf16", lambda: False)
    data = kind.examples(six_texts)
    one, other = kind.make(data), kind.make(data)
    entries = fit(one, data, data, HALF).epochs
    assert [entry["train_loss"] for entry in entries] == losses(other, data, WHOLE)
    assert all("skipped" not in entry for entry in entries)
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


@pytest.mark.usefixtures("no_overflow")
def test_every_kind_learns_in_it(kind: Any, six_texts: EncodedCorpus):
    data = kind.examples(six_texts)
    half, whole = (kind.make(data, cell="gru", **NO_DROPOUT) for _ in range(2))
    before = weights(half)
    entries = fit(half, data, data, LEARNING).epochs
    assert [entry["skipped"] for entry in entries] == [0] * 10
    assert not same(weights(half), before)
    found = [entry["train_loss"] for entry in entries]
    assert found[-1] < 0.9 * found[0]
    expected = losses(whole, data, LEARNING.replace(precision="float32"))
    assert found == pytest.approx(expected, rel=0.01)


@pytest.mark.slow
@pytest.mark.usefixtures("half_on_cpus")
def test_every_kind_trains_at_the_scale_it_begins_with(kind: Any, six_texts: EncodedCorpus):
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


# ---- clipping


def gradients_of_steps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the gradient is that Adam gets, step after step."""
    lengths: list[float] = []
    real = torch.optim.AdamW.step

    def step(self: Any, *given: Any, **named: Any) -> Any:
        grads = [p.grad for group in self.param_groups for p in group["params"]]
        lengths.append(math.sqrt(sum(float(g.square().sum()) for g in grads if g is not None)))
        return real(self, *given, **named)

    monkeypatch.setattr(torch.optim.AdamW, "step", step)
    return lengths


@pytest.mark.slow
@pytest.mark.usefixtures("no_overflow")
def test_a_gradient_is_cut_as_in_single_precision(
    kind: Any, six_texts: EncodedCorpus, monkeypatch: pytest.MonkeyPatch
):
    data = kind.examples(six_texts)
    lengths = gradients_of_steps(monkeypatch)
    config = LEARNING.replace(epochs=3, clip_norm=0.1)  # of norms of 0.3 and more
    half = fit(kind.make(data, cell="gru", **NO_DROPOUT), data, data, config).epochs
    assert lengths == pytest.approx([0.1] * len(lengths), rel=1e-3)
    config = config.replace(precision="float32")
    whole = fit(kind.make(data, cell="gru", **NO_DROPOUT), data, data, config).epochs
    for name in ("grad_norm", "grad_norm_max"):
        expected = [entry[name] for entry in whole]
        assert [entry[name] for entry in half] == pytest.approx(expected, rel=0.02)
    assert [entry["clipped"] for entry in half + whole] == [1.0] * 6


@pytest.mark.usefixtures("no_overflow")
@pytest.mark.parametrize("accumulate", [1, 2])
def test_cut_gradients_lead_to_the_same_weights(
    kinds: dict[str, Any], six_texts: EncodedCorpus, accumulate: int
):
    data = kinds["gru last"].examples(six_texts)

    def trained(config: TrainConfig) -> dict[str, torch.Tensor]:
        model = kinds["gru last"].make(data, **NO_DROPOUT)
        fit(model, data, data, config)
        return weights(model)

    config = LEARNING.replace(lr=0.01, clip_norm=0.05, accumulate=accumulate)
    half, whole = trained(config), trained(config.replace(precision="float32"))
    assert furthest(half, whole) < 0.005
    # Adam hardly sees how long gradients are, but how long one is beside another.
    assert furthest(half, trained(config.replace(clip_norm=0.0))) > 0.05


# ---- gradients that overflow


def overflow(model: torch.nn.Module, steps: range, value: float = math.inf) -> None:
    """Spoil the gradient of these steps, counted from 0."""
    numbers = count()

    def spoil(gradient: torch.Tensor) -> torch.Tensor:
        return torch.full_like(gradient, value) if next(numbers) in steps else gradient

    next(model.parameters()).register_hook(spoil)


@pytest.fixture
def classifier(half_on_cpus: None, kinds: dict[str, Any], six_texts: EncodedCorpus):
    """A small model and its examples: three steps an epoch."""
    data = kinds["gru max"].examples(six_texts)
    return kinds["gru max"].make(data), data


def test_a_step_that_overflows_is_left_out(classifier: Any, monkeypatch: pytest.MonkeyPatch):
    scale_from(monkeypatch, 2.0**12)
    model, data = classifier
    overflow(model, range(1, 2))
    seen: list[dict[str, torch.Tensor]] = []
    model.register_forward_pre_hook(lambda *_: seen.append(weights(model)))
    first, second = fit(model, data, data, HALF.replace(epochs=2)).epochs
    assert not same(seen[1], seen[0])
    assert same(seen[2], seen[1])
    assert not same(seen[3], seen[2])
    assert (first["skipped"], second["skipped"]) == (1, 0)
    for entry in (first, second):  # what was left out is in no mean
        assert 0 < entry["grad_norm"] <= entry["grad_norm_max"] < 10
        assert math.isfinite(entry["train_loss"])
        assert entry["items"] == 6


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_gradient_that_is_finite_at_no_scale(classifier: Any, value: float):
    model, data = classifier
    overflow(model, range(99), value)
    before = weights(model)
    # The scale is 65,536, then half of it, and below 1 in step 18.
    with pytest.raises(ValueError, match=r"norm of the gradient is (nan|inf) in epoch 6, step 3"):
        fit(model, data, data, HALF.replace(epochs=99, patience=99))
    assert same(weights(model), before)


def test_a_norm_that_is_infinite_of_finite_gradients(classifier: Any):
    """The scaler sees no overflow in it and would take the step."""
    model, data = classifier
    overflow(model, range(1), 1e30)
    before = weights(model)
    with pytest.raises(ValueError, match="the norm of the gradient is inf in epoch 1, step 1"):
        fit(model, data, data, HALF)
    assert same(weights(model), before)


def test_a_scale_below_1_is_no_error(classifier: Any, monkeypatch: pytest.MonkeyPatch):
    scale_from(monkeypatch, 1.0)
    model, data = classifier
    overflow(model, range(1))
    before = weights(model)
    entries = fit(model, data, data, HALF).epochs
    assert [entry["skipped"] for entry in entries] == [1, 0, 0, 0, 0]
    assert not same(weights(model), before)


def test_a_training_without_a_step(classifier: Any, kinds: dict[str, Any], tmp_path: Path):
    """It stops early, long before the scale is below 1."""
    model, data = classifier
    overflow(model, range(99))
    logged: list[dict[str, Any]] = []
    config = HALF.replace(epochs=99, patience=3)
    for half in (
        "auto",
        "auto",
        "float32",
    ):  # that a checkpoint has its epochs does not make it one
        with pytest.raises(
            ValueError, match="all 12 steps overflowed; a new training with precision"
        ):
            fit(
                model, data, data, config.replace(precision=half), log=logged.append,
                checkpoint=tmp_path / "c", resume=bool(logged),
            )  # fmt: skip
    assert [entry["skipped"] for entry in logged] == [3, 3, 3, 3]
    assert [entry["grad_norm"] for entry in logged] == [0.0] * 4
    # With more epochs, and patience for them, it goes on from there.
    whole = config.replace(precision="float32", epochs=6, patience=99)
    model = kinds["gru max"].make(data)
    entries = fit(model, data, data, whole, checkpoint=tmp_path / "c", resume=True).epochs
    assert ["skipped" in entry for entry in entries] == [True] * 4 + [False] * 2


@pytest.mark.usefixtures("half_on_cpus")
@pytest.mark.parametrize("stop", [2, 4])
def test_resumed_is_uninterrupted(
    kinds: dict[str, Any],
    six_texts: EncodedCorpus,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    stop: int,
):
    """Stopped while steps overflow, and after it: how far the scale came down is remembered."""
    scale_from(monkeypatch, 2.0**21)
    kind = kinds["language model"]
    data, config = kind.examples(six_texts), HALF.replace(epochs=7)  # one step an epoch
    whole, first, second = (kind.make(data, cell="gru") for _ in range(3))
    expected = fit(whole, data, data, config)
    assert [entry["skipped"] for entry in expected.epochs] == [1, 1, 1, 0, 0, 0, 0]
    assert expected.best_epoch > stop  # or the checkpoint alone would do
    try:
        fit(first, data, data, config.replace(epochs=stop), checkpoint=tmp_path / "c")
    except ValueError:
        assert stop == 2  # until here no step was taken
    for value in second.parameters():
        torch.nn.init.ones_(value)
    again = fit(second, data, data, config, checkpoint=tmp_path / "c", resume=True)
    for entry in expected.epochs + again.epochs:
        del entry["seconds"]
    assert again == expected
    assert same(weights(second), weights(whole))
