"""The one loop: steps, schedules, stopping, going on; with a small model of its own."""

from __future__ import annotations

import copy
import json
import math
import threading
from pathlib import Path
from typing import Any

import pytest
import torch

from textseq.config import RNNConfig, TrainConfig
from textseq.config.networks import planned_epochs
from textseq.rnn.echo.echo_state import EchoClassifier
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.model import Loss
from textseq.rnn.training import fit as training
from textseq.rnn.training.fit import FitInterrupted, History, Progress, fit, pick_torch_device

PLAIN = TrainConfig(epochs=3, batch_size=16, threads=1, device="cpu", patience=99, lr=0.01)


def weights(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


def without_seconds(history: History) -> list[dict[str, Any]]:
    return [{k: v for k, v in entry.items() if k != "seconds"} for entry in history.epochs]


class Scripted:
    """Instead of scores of a model: those of a list, one an epoch; what the weights were."""

    def __init__(self, model: Any, scores: list[float], name: str = "accuracy") -> None:
        self.seen: list[dict[str, torch.Tensor]] = []

        def evaluate(_: Any, batch_size: int = 64) -> dict[str, float]:
            self.seen.append(weights(model))
            return {name: scores[len(self.seen) - 1], "loss": 1.0}

        model.evaluate = evaluate


def test_it_learns(tiny, tiny_data):
    model = tiny.for_dataset(tiny_data)
    history = fit(model, tiny_data, tiny_data, PLAIN.replace(epochs=25, lr=0.05))
    assert history.best_scores["accuracy"] > 0.9
    assert history.epochs[0]["train_loss"] > history.epochs[-1]["train_loss"]
    assert not model.training
    assert [entry["epoch"] for entry in history.epochs] == list(range(1, 26))
    assert all(entry["items"] == 60 for entry in history.epochs)
    json.dumps(history.epochs, allow_nan=False)


def test_one_seed_is_one_result(tiny, tiny_data):
    def run(seed: int) -> dict[str, torch.Tensor]:
        model = tiny.for_dataset(tiny_data)
        torch.rand(seed + 3)  # what was drawn before changes nothing
        fit(model, tiny_data, tiny_data, PLAIN.replace(seed=seed))
        return weights(model)

    assert same(run(1), run(1))
    assert not same(run(1), run(2))


@pytest.mark.parametrize(
    ("steps", "epochs"), [(0, 30), (1, 30), (100, 30), (125, 24), (300, 10), (500, 6), (99_999, 6)]
)
def test_epochs_are_planned_by_their_steps(steps: int, epochs: int):
    assert planned_epochs(steps) == epochs


def test_a_training_without_a_number_of_epochs_is_planned(tiny, tiny_data, monkeypatch):
    monkeypatch.setattr("textseq.config.networks.PLANNED_STEPS", 16)
    monkeypatch.setattr("textseq.config.networks.PLANNED_EPOCHS", (2, 9))
    found: list[Progress] = []
    config = PLAIN.replace(epochs=None, schedule="linear")
    history = fit(tiny.for_dataset(tiny_data), tiny_data, tiny_data, config, progress=found.append)
    assert len(history.epochs) == 4  # of 4 steps: 60 texts in batches of 16
    assert {step.epochs for step in found} == {4}
    # Two batches make a step, so there are twice as many epochs; the rates are planned with them.
    config = config.replace(accumulate=2)
    assert len(fit(tiny.for_dataset(tiny_data), tiny_data, tiny_data, config).epochs) == 8
    planned = rates(tiny.for_dataset(tiny_data), tiny_data, config)
    assert planned == rates(tiny.for_dataset(tiny_data), tiny_data, config.replace(epochs=8))


def test_threads_are_set_back(tiny, tiny_data):
    torch.set_num_threads(2)
    fit(tiny.for_dataset(tiny_data), tiny_data, tiny_data, PLAIN.replace(epochs=1, threads=1))
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("part", ["train", "valid"])
def test_empty_data(tiny, tiny_data, part: str):
    empty = tiny_data.select([])
    sets = {"train": tiny_data, "valid": tiny_data} | {part: empty}
    with pytest.raises(ValueError, match=r"0 examples to|and 0 to validate"):
        fit(tiny.for_dataset(tiny_data), sets["train"], sets["valid"], PLAIN)


# ---- a step


def test_wrong_kinds(tiny_data):
    model = Classifier.for_dataset(tiny_data, hidden=2, dim=2)
    for given in ({"epochs": 1}, RNNConfig()):
        kind = "a dict" if isinstance(given, dict) else "an RNNConfig"
        with pytest.raises(TypeError, match=f"{kind} was given; a TrainConfig or a Recipe works"):
            fit(model, tiny_data, tiny_data, given)
    for kind in (Classifier, EchoClassifier):
        name = kind.__name__
        with pytest.raises(TypeError, match=f"a class was given; {name}.for_dataset makes a model"):
            fit(kind, tiny_data, tiny_data)
    solved = EchoClassifier.for_dataset(tiny_data, units=9, density=0.5, dim=3)
    with pytest.raises(TypeError, match="an EchoClassifier is solved, not trained by fit; model"):
        fit(solved, tiny_data, tiny_data)
    for parts, name in (((None, tiny_data), "train"), ((tiny_data, None), "valid")):
        with pytest.raises(TypeError, match=f"{name} is None; "):
            fit(model, *parts)


def test_a_step_is_adam_on_the_clipped_gradient(tiny, tiny_data):
    """Beside a loop by hand, on one batch without dropout."""
    few = tiny_data.select(range(8))
    rnn = tiny.for_dataset(few).rnn.replace(dropout=0.0, embedding_dropout=0.0, word_dropout=0.0)
    config = PLAIN.replace(epochs=4, clip_norm=0.05, weight_decay=0.1)
    model = tiny.for_dataset(tiny_data, rnn)
    by_hand = copy.deepcopy(model)
    entries = fit(model, few, few, config).epochs
    optimizer = torch.optim.AdamW(by_hand.parameters(), lr=config.lr, weight_decay=0.1)
    best = None
    for entry in entries:
        optimizer.zero_grad()
        loss = by_hand.loss(few.batch(range(8))).mean
        loss.backward()
        norm = float(torch.nn.utils.clip_grad_norm_(by_hand.parameters(), 0.05))
        optimizer.step()
        assert entry["train_loss"] == pytest.approx(loss.item(), rel=1e-5)
        # What is logged is the norm before the cut.
        assert entry["grad_norm"] == entry["grad_norm_max"] == pytest.approx(norm, rel=1e-4)
        assert entry["clipped"] == 1.0
        if best is None or entry["valid"]["accuracy"] > best[0]:
            best = entry["valid"]["accuracy"], weights(by_hand)
    assert best is not None
    for name, value in model.state_dict().items():
        torch.testing.assert_close(value, best[1][name], atol=1e-5, rtol=1e-4)


def test_the_gradient_that_adam_gets_is_as_long_as_clip_norm(tiny, tiny_data, monkeypatch):
    lengths = []

    def step(self: Any, *_: Any, **__: Any) -> None:
        grads = [p.grad for group in self.param_groups for p in group["params"]]
        lengths.append(math.sqrt(sum(float(g.square().sum()) for g in grads if g is not None)))

    monkeypatch.setattr(torch.optim.AdamW, "step", step)
    model = tiny.for_dataset(tiny_data)
    fit(model, tiny_data, tiny_data, PLAIN.replace(epochs=1, clip_norm=0.01))
    assert lengths == pytest.approx([0.01] * 4, rel=1e-4)
    lengths.clear()
    history = fit(model, tiny_data, tiny_data, PLAIN.replace(epochs=1, clip_norm=0.0))
    assert history.epochs[0]["clipped"] == 0.0
    assert history.epochs[0]["grad_norm_max"] == pytest.approx(max(lengths), rel=1e-4)


@pytest.mark.parametrize("n_examples", [24, 21])
def test_accumulation_is_a_larger_batch(tiny, tiny_data, n_examples: int, monkeypatch):
    """Also where the last batch is smaller: a mean over examples, not over batches."""
    few = tiny_data.select(range(n_examples))
    model = tiny.for_dataset(tiny_data).eval()
    rnn = model.rnn.replace(dropout=0.0, embedding_dropout=0.0, word_dropout=0.0)
    results = []
    for batch_size, accumulate in ((24, 1), (8, 3)):
        model = tiny.for_dataset(tiny_data, rnn)
        config = PLAIN.replace(
            epochs=1, batch_size=batch_size, accumulate=accumulate, clip_norm=0.0
        )
        history = fit(model, few, few, config)
        results.append((history.epochs[0], [p.grad.clone() for p in model.parameters()]))
    (whole, expected), (parts, got) = results
    assert parts["train_loss"] == pytest.approx(whole["train_loss"], rel=1e-5)
    assert parts["grad_norm"] == pytest.approx(whole["grad_norm"], rel=1e-4)
    for one, other in zip(expected, got, strict=True):
        torch.testing.assert_close(one, other, atol=1e-7, rtol=1e-4)


def test_given_vectors_thaw_at_their_step(tiny, tiny_data):
    rng = torch.Generator().manual_seed(0)
    vectors = torch.randn(len(tiny_data.vocab), 4, generator=rng).numpy()
    rnn = tiny.for_dataset(tiny_data).rnn
    for after, trains in ((None, [False, False]), (4, [False, True]), (0, [True, True])):
        changing = rnn.replace(train_vectors_after=after)
        model = tiny.for_dataset(tiny_data, changing, vectors=vectors)
        table = model.encoder.embedding.table.weight
        start, changed = table.detach().clone(), []
        script = Scripted(model, [0.1, 0.2])
        fit(model, tiny_data, tiny_data, PLAIN.replace(epochs=2))  # 4 steps an epoch
        for seen in script.seen:
            changed.append(not torch.equal(seen["encoder.embedding.table.weight"], start))
        assert changed == trains


# ---- the learning rate


def rates(model: Any, data: Any, config: TrainConfig) -> list[float]:
    """The learning rate of each step; with 60 examples and batches of 20, 3 an epoch."""
    seen: list[float] = []
    real = torch.optim.AdamW.step

    def step(self: Any, *given: Any, **named: Any) -> Any:
        seen.append(self.param_groups[0]["lr"])
        return real(self, *given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim.AdamW, "step", step)
        fit(model, data, data, config)
    return seen


@pytest.mark.parametrize(
    ("schedule", "warmup", "expected"),
    [
        ("constant", 0.0, [1, 1, 1, 1, 1, 1]),
        ("linear", 0.0, [1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6]),
        ("constant", 0.5, [1 / 3, 2 / 3, 1, 1, 1, 1]),
        ("linear", 0.5, [1 / 3, 2 / 3, 1, 1, 2 / 3, 1 / 3]),
        ("constant", 1.0, [1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1]),
        ("cosine", 0.0, [(1 + math.cos(math.pi * n / 6)) / 2 for n in range(6)]),
    ],
)
def test_schedules(tiny, tiny_data, schedule: str, warmup: float, expected: list[float]):
    config = PLAIN.replace(epochs=2, batch_size=20, lr=0.01, schedule=schedule, warmup=warmup)
    model = tiny.for_dataset(tiny_data)
    assert rates(model, tiny_data, config) == pytest.approx([0.01 * share for share in expected])


def test_plateau_halves_when_nothing_is_better(tiny, tiny_data):
    model = tiny.for_dataset(tiny_data)
    Scripted(model, [0.5, 0.5, 0.6, 0.4, 0.3])
    config = PLAIN.replace(epochs=5, batch_size=60, schedule="plateau", lr=0.01)
    assert rates(model, tiny_data, config) == pytest.approx([0.01, 0.01, 0.005, 0.005, 0.0025])


def test_a_longer_epoch_does_not_turn_the_rate_below_zero(tiny, tiny_data):
    model = tiny.for_dataset(tiny_data)
    all_batches = model.batches

    def batches(dataset: Any, size: int, seed: int, epoch: int, *, pin_memory: bool) -> list[Any]:
        found = list(all_batches(dataset, size, seed, epoch, pin_memory=pin_memory))
        return found if epoch == 1 else found[:1]

    model.batches = batches
    config = PLAIN.replace(epochs=2, batch_size=10, schedule="linear")
    assert all(rate >= 0 for rate in rates(model, tiny_data, config))


# ---- the best epoch


def test_the_best_weights_are_restored(tiny, tiny_data):
    model = tiny.for_dataset(tiny_data)
    script = Scripted(model, [0.2, 0.7, 0.7, 0.1])
    history = fit(model, tiny_data, tiny_data, PLAIN.replace(epochs=4))
    assert history.best_epoch == 2  # the first of equals
    assert same(weights(model), script.seen[1])
    assert not same(weights(model), script.seen[3])
    assert history.best_scores == {"accuracy": 0.7, "loss": 1.0}


def test_less_may_be_better(tiny, tiny_data, monkeypatch):
    monkeypatch.setattr(tiny, "best", ("perplexity", False))
    model = tiny.for_dataset(tiny_data)
    script = Scripted(model, [90.0, 40.0, 60.0], "perplexity")
    assert fit(model, tiny_data, tiny_data, PLAIN).best_epoch == 2
    assert same(weights(model), script.seen[1])


@pytest.mark.parametrize(("patience", "n_epochs"), [(1, 3), (2, 6), (99, 8)])
def test_training_stops_early(tiny, tiny_data, patience: int, n_epochs: int):
    model = tiny.for_dataset(tiny_data)
    Scripted(model, [0.1, 0.3, 0.2, 0.4, 0.3, 0.2, 0.1, 0.1])
    history = fit(model, tiny_data, tiny_data, PLAIN.replace(epochs=8, patience=patience))
    assert len(history.epochs) == n_epochs


@pytest.mark.parametrize(
    ("losses", "best", "n_epochs"),
    [
        ([9, 8, 7, 6, 6, 6, 6, 6], 4, 6),  # the score stands still while the loss falls
        ([5, 5, 5, 5, 5, 5, 5, 5], 1, 3),
        ([5, 9, 4, 9, 9, 9, 9, 9], 3, 5),
    ],
)
def test_a_falling_loss_is_progress_too(tiny, tiny_data, losses, best: int, n_epochs: int):
    model = tiny.for_dataset(tiny_data)
    left = iter(losses)
    model.evaluate = lambda _, batch_size=64: {"accuracy": 0.5, "loss": float(next(left))}
    history = fit(model, tiny_data, tiny_data, PLAIN.replace(epochs=8, patience=2))
    assert (history.best_epoch, len(history.epochs)) == (best, n_epochs)


# ---- what is not finite


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_stops_before_it_spoils(tiny, tiny_data, value: float):
    model = tiny.for_dataset(tiny_data)
    real, calls = model.loss, []

    def loss(batch: Any) -> Loss:
        calls.append(weights(model))
        mean, n_items = real(batch)
        return Loss(mean * value if len(calls) == 6 else mean, n_items)

    model.loss = loss
    with pytest.raises(ValueError, match=r"the loss is (nan|inf) in epoch 2, step 2; a lower lr"):
        fit(model, tiny_data, tiny_data, PLAIN)
    assert same(weights(model), calls[5])


def test_a_gradient_that_is_not_finite(tiny, tiny_data):
    model = tiny.for_dataset(tiny_data)
    before = weights(model)
    model.out.weight.register_hook(lambda gradient: gradient * math.nan)
    with pytest.raises(ValueError, match="the norm of the gradient is nan in epoch 1, step 1"):
        fit(model, tiny_data, tiny_data, PLAIN)
    assert same(weights(model), before)


def test_scores_that_are_not_finite(tiny, tiny_data, tmp_path: Path):
    model = tiny.for_dataset(tiny_data)
    Scripted(model, [0.5, math.nan])
    with pytest.raises(ValueError, match="the validation accuracy is nan after epoch 2"):
        fit(model, tiny_data, tiny_data, PLAIN)
    model = tiny.for_dataset(tiny_data)
    model.evaluate = lambda _, batch_size=64: {"accuracy": 0.5, "loss": 1.0, "perplexity": math.inf}
    history = fit(model, tiny_data, tiny_data, PLAIN, checkpoint=tmp_path / "checkpoint")
    assert history.best_scores == {"accuracy": 0.5, "loss": 1.0}  # JSON has no infinity


# ---- stopping and going on


def uninterrupted(tiny, data, config: TrainConfig) -> tuple[History, dict[str, torch.Tensor]]:
    model = tiny.for_dataset(data)
    history = fit(model, data, data, config)
    return history, weights(model)


class Stop:
    """As progress: stops in the middle of an epoch, as Ctrl-C or from outside."""

    def __init__(self, epoch: int, step: int, event: threading.Event | None) -> None:
        self.at, self.event, self.steps = (epoch, step), event, 0

    def __call__(self, progress: Progress) -> None:
        if (progress.epoch, progress.step) == self.at:
            if self.event is None:
                raise KeyboardInterrupt
            self.event.set()


@pytest.mark.parametrize("kind", ["signal", "event"])
@pytest.mark.parametrize("schedule", ["cosine", "plateau"])
def test_resumed_is_uninterrupted(tiny, tiny_data, tmp_path, monkeypatch, kind, schedule):
    """Bit for bit on one thread, stopped in the middle of the epochs 2 and 4."""
    monkeypatch.setattr(training, "_REPORT_SECONDS", 0.0)
    config = PLAIN.replace(epochs=5, schedule=schedule, warmup=0.1, lr=0.05, accumulate=2)
    expected, best = uninterrupted(tiny, tiny_data, config)
    checkpoint, logged = tmp_path / "checkpoint", []
    for epoch in (2, 4):
        event = threading.Event() if kind == "event" else None
        model = tiny.for_dataset(tiny_data)
        with pytest.raises(FitInterrupted) as stopped:
            fit(
                model, tiny_data, tiny_data, config, checkpoint=checkpoint, resume=epoch > 2,
                progress=Stop(epoch, 1, event), stop=event, log=logged.append,
            )  # fmt: skip
        assert stopped.value.checkpoint == checkpoint
    model = tiny.for_dataset(tiny_data)
    torch.rand(7)
    history = fit(
        model, tiny_data, tiny_data, config, checkpoint=checkpoint, resume=True, log=logged.append
    )
    assert without_seconds(history) == without_seconds(expected)
    assert history.best_epoch == expected.best_epoch
    assert same(weights(model), best)
    assert [entry["epoch"] for entry in logged] == [1, 2, 3, 4, 5]


def test_resuming_what_was_done_gives_it_again(tiny, tiny_data, tmp_path: Path):
    """As after a disk that was full when the model was saved."""
    model, checkpoint = tiny.for_dataset(tiny_data), tmp_path / "checkpoint"
    expected = fit(model, tiny_data, tiny_data, PLAIN, checkpoint=checkpoint)
    again = tiny.for_dataset(tiny_data)
    history = fit(again, tiny_data, tiny_data, PLAIN, checkpoint=checkpoint, resume=True)
    assert history == expected
    assert same(weights(again), weights(model))


def test_more_epochs_go_on(tiny, tiny_data, tmp_path: Path):
    checkpoint = tmp_path / "checkpoint"
    expected, _ = uninterrupted(tiny, tiny_data, PLAIN.replace(epochs=4))
    fit(tiny.for_dataset(tiny_data), tiny_data, tiny_data, PLAIN, checkpoint=checkpoint)
    history = fit(
        tiny.for_dataset(tiny_data), tiny_data, tiny_data, PLAIN.replace(epochs=4),
        checkpoint=checkpoint, resume=True,
    )  # fmt: skip
    assert without_seconds(history) == without_seconds(expected)


def test_stopped_in_the_first_epoch_there_is_no_checkpoint(tiny, tiny_data, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "_REPORT_SECONDS", 0.0)
    with pytest.raises(FitInterrupted) as stopped:
        fit(
            tiny.for_dataset(tiny_data), tiny_data, tiny_data, PLAIN,
            checkpoint=tmp_path / "checkpoint", progress=Stop(1, 2, None),
        )  # fmt: skip
    assert stopped.value.checkpoint is None
    assert not list(tmp_path.iterdir())


def test_stopped_while_it_validates(tiny, tiny_data, tmp_path: Path):
    model = tiny.for_dataset(tiny_data)
    real, calls = model.evaluate, []

    def evaluate(*given: Any) -> dict[str, float]:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*given)

    model.evaluate = evaluate
    with pytest.raises(FitInterrupted) as stopped:
        fit(model, tiny_data, tiny_data, PLAIN, checkpoint=tmp_path / "checkpoint")
    assert stopped.value.checkpoint is not None
    again, expected = tiny.for_dataset(tiny_data), tiny.for_dataset(tiny_data)
    fit(again, tiny_data, tiny_data, PLAIN, checkpoint=tmp_path / "checkpoint", resume=True)
    fit(expected, tiny_data, tiny_data, PLAIN)
    assert same(weights(again), weights(expected))


def test_a_checkpoint_that_is_no_folder_of_ours(tiny, tiny_data, tmp_path: Path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="was not made by textseq"):
        fit(tiny.for_dataset(tiny_data), tiny_data, tiny_data, PLAIN, checkpoint=tmp_path)
    with pytest.raises(ValueError, match="resume needs the name"):
        fit(tiny.for_dataset(tiny_data), tiny_data, tiny_data, PLAIN, resume=True)


# ---- progress


def test_progress(tiny, tiny_data, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(training, "_REPORT_SECONDS", 0.0)
    seen: list[Progress] = []
    config, checkpoint = PLAIN.replace(epochs=2, batch_size=20), tmp_path / "checkpoint"
    model = tiny.for_dataset(tiny_data)
    history = fit(model, tiny_data, tiny_data, config, progress=seen.append, checkpoint=checkpoint)
    assert [(each.epoch, each.step, each.done) for each in seen] == [
        (1, 1, 1), (1, 2, 2), (1, 3, 3), (2, 1, 4), (2, 2, 5), (2, 3, 6),
    ]  # fmt: skip
    assert {(each.steps, each.total, each.before) for each in seen} == {(3, 6, 0)}
    assert [each.items for each in seen] == [20, 40, 60, 80, 100, 120]
    assert seen[2].loss == pytest.approx(history.epochs[0]["train_loss"])
    assert [each.scores for each in seen[2:4]] == [{}, history.epochs[0]["valid"]]
    assert seen[-1].seconds_left == 0 < seen[0].seconds_left
    seen.clear()
    fit(
        tiny.for_dataset(tiny_data), tiny_data, tiny_data, config.replace(epochs=3),
        progress=seen.append, checkpoint=checkpoint, resume=True,
    )  # fmt: skip
    assert [(each.done, each.before, each.items) for each in seen] == [
        (7, 6, 20), (8, 6, 40), (9, 6, 60),
    ]  # fmt: skip


def test_progress_is_seldom(tiny, tiny_data, monkeypatch):
    monkeypatch.setattr(training, "_REPORT_SECONDS", 1e6)
    seen: list[Progress] = []
    model = tiny.for_dataset(tiny_data)
    fit(model, tiny_data, tiny_data, PLAIN, progress=seen.append)
    assert [(each.epoch, each.step) for each in seen] == [(1, 4), (2, 4), (3, 4)]


def test_devices(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert pick_torch_device("auto") == pick_torch_device("cpu") == torch.device("cpu")
    with pytest.raises(ValueError, match="torch sees no GPU"):
        pick_torch_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert pick_torch_device("auto") == pick_torch_device("cuda") == torch.device("cuda")
    assert pick_torch_device("cpu") == torch.device("cpu")
