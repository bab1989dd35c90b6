"""A training that is stopped at any step, or killed, ends as if it had not been."""

from __future__ import annotations

import errno
import filecmp
import json
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from safetensors import SafetensorError

from textseq import artifact, pace
from textseq.config import TrainConfig
from textseq.rnn.models.language_model import LanguageModel
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.models.tensors import save_tensors
from textseq.rnn.training import fit as training
from textseq.rnn.training import keeper
from textseq.rnn.training.fit import FitInterrupted, Progress, fit
from textseq.stopping import SIGNALS, Stop

pytestmark = pytest.mark.usefixtures("usual_signals")
CONFIG = TrainConfig(epochs=3, batch_size=2, threads=1, device="cpu", patience=99, lr=0.01)
FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture(autouse=True)
def every_step_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "_REPORT_SECONDS", 0.0)


def at(epoch: int, step: int, act: Callable[[], Any]) -> Callable[[Progress], None]:
    """As progress: something happens behind this step."""

    def progress(now: Progress) -> None:
        if (now.epoch, now.step) == (epoch, step):
            act()

    return progress


def same_folder(one: Path, other: Path) -> bool:
    names = sorted(path.relative_to(one) for path in one.rglob("*"))
    assert names == sorted(path.relative_to(other) for path in other.rglob("*"))
    return all(
        (one / name).is_dir() or filecmp.cmp(one / name, other / name, shallow=False)
        for name in names
    )


def save(model: SequenceModel, history: Any, path: Path) -> Path:
    model.info = {"history": history.without_times()}
    model.save(path)
    return path


def short(kind: Any) -> Callable[..., SequenceModel]:
    """A language model of six texts with several steps an epoch; others as they are."""

    def make(data: Any) -> SequenceModel:
        model = kind.make(data)
        if isinstance(model, LanguageModel):
            torch.manual_seed(1)
            return LanguageModel.for_dataset(data, model.rnn, steps=2, back_steps=5, forget=0.3)
        return model

    return make


@pytest.mark.parametrize("accumulate", [1, 2])
def test_stopped_anywhere_it_ends_as_uninterrupted(kind, six_texts, tmp_path, accumulate: int):
    """In a first epoch, in the middle of another, and while it validates; each kind of model."""
    data, make, config = (
        kind.examples(six_texts),
        short(kind),
        CONFIG.replace(accumulate=accumulate),
    )
    expected = make(data)
    whole = save(expected, fit(expected, data, data, config), tmp_path / "whole")
    kept, moments = tmp_path / "kept", []
    for epoch, step in ((1, 1), (2, 1), (2, 2), (3, None)):
        model, stop = make(data), Stop()
        if step is None:
            real = model.evaluate

            def evaluate(*given: Any, stop: Stop = stop, real: Any = real) -> dict[str, float]:
                moments.append("validation")
                stop.set()
                return real(*given)

            model.evaluate = evaluate
        with pytest.raises(FitInterrupted) as stopped:
            fit(
                model, data, data, config, checkpoint=kept, resume=kept.exists(), stop=stop,
                progress=None if step is None else at(epoch, step, stop.set),
            )  # fmt: skip
        assert stopped.value.checkpoint == kept
        state = json.loads((kept / "config.json").read_text())["state"]["epoch"]
        moments.append(state and (state["epoch"], state["steps"]))
    assert moments[:2] == [(1, 1), (2, 1)]
    assert moments[3] == "validation"
    model = make(data)
    torch.rand(7)  # whatever was drawn before does not count
    history = fit(model, data, data, config, checkpoint=kept, resume=True)
    assert same_folder(save(model, history, tmp_path / "again"), whole)


@pytest.mark.parametrize("number", SIGNALS)
def test_signals_stop_it_between_two_steps(tiny, tiny_data, tmp_path, number: int):
    handlers = [signal.getsignal(each) for each in SIGNALS]

    def ask() -> None:
        for each in (number, *SIGNALS):  # again and again
            os.kill(os.getpid(), each)

    stop = Stop()
    with pytest.raises(FitInterrupted) as stopped:
        fit(
            tiny.for_dataset(tiny_data), tiny_data, tiny_data, CONFIG, stop=stop,
            checkpoint=tmp_path / "kept", progress=at(1, 4, ask),
        )  # fmt: skip
    assert stop.signal == number
    assert stopped.value.checkpoint == tmp_path / "kept"
    state = json.loads((tmp_path / "kept" / "config.json").read_text())["state"]
    assert (state["n_steps"], state["epoch"]["steps"]) == (4, 4)
    assert [signal.getsignal(each) for each in SIGNALS] == handlers


def test_behind_the_last_epoch_nothing_is_stopped(tiny, tiny_data, tmp_path: Path):
    model, stop = tiny.for_dataset(tiny_data), Stop()
    model.finish = lambda train, valid: stop.set()
    history = fit(model, tiny_data, tiny_data, CONFIG, checkpoint=tmp_path / "kept", stop=stop)
    assert len(history.epochs) == 3


def test_stopped_before_the_first_step_there_is_nothing_to_keep(tiny, tiny_data, tmp_path: Path):
    (stop := Stop()).set()
    model = tiny.for_dataset(tiny_data)
    with pytest.raises(FitInterrupted) as stopped:
        fit(model, tiny_data, tiny_data, CONFIG, checkpoint=tmp_path / "kept", stop=stop)
    assert stopped.value.checkpoint is None
    assert not list(tmp_path.iterdir())


# ---- once a minute


def writes(monkeypatch: pytest.MonkeyPatch, then: Callable[[], None] = lambda: None) -> list[int]:
    """The steps at which a checkpoint is written from now on."""
    real, seen = keeper.write_checkpoint, []

    def write(path: Path, run: Any) -> None:
        seen.append(run.n_steps)
        then()
        real(path, run)

    monkeypatch.setattr(keeper, "write_checkpoint", write)
    return seen


@pytest.mark.parametrize(("seconds", "expected"), [(1e-9, 90), (0.0, 3), (1000.0, 3)])
def test_checkpoints_within_an_epoch(tiny, tiny_data, tmp_path, monkeypatch, seconds, expected):
    monkeypatch.setattr(pace, "_LEAST", 0)
    seen = writes(monkeypatch)
    config = CONFIG.replace(checkpoint_seconds=seconds)
    fit(tiny.for_dataset(tiny_data), tiny_data, tiny_data, config, checkpoint=tmp_path / "kept")
    assert len(set(seen)) == expected
    assert {30, 60, 90} <= set(seen)


def test_killed_between_two_checkpoints(tiny, tiny_data, tmp_path, monkeypatch):
    """What came after the last one is done again, and is the same."""

    class Killed(BaseException):
        pass

    def kill() -> None:
        raise Killed

    expected = tiny.for_dataset(tiny_data)
    whole = save(expected, fit(expected, tiny_data, tiny_data, CONFIG), tmp_path / "whole")
    kept = tmp_path / "kept"
    for epoch, step in ((1, 3), (2, 17)):
        model, config = tiny.for_dataset(tiny_data), CONFIG.replace(checkpoint_seconds=1e-9)
        with monkeypatch.context() as patch:
            patch.setattr(pace, "_LEAST", 0)
            with pytest.raises(Killed):
                fit(
                    model, tiny_data, tiny_data, config, checkpoint=kept, resume=kept.exists(),
                    progress=at(epoch, step, kill),
                )  # fmt: skip
    model = tiny.for_dataset(tiny_data)
    history = fit(model, tiny_data, tiny_data, CONFIG, checkpoint=kept, resume=True)
    assert same_folder(save(model, history, tmp_path / "again"), whole)


# ---- where there is no room


def test_a_checkpoint_without_room_is_said_and_ends_nothing(tiny, tiny_data, tmp_path, monkeypatch):
    def fail() -> None:
        raise FULL

    writes(monkeypatch, fail)
    told: list[str] = []
    model, kept = tiny.for_dataset(tiny_data), tmp_path / "kept"
    history = fit(model, tiny_data, tiny_data, CONFIG, checkpoint=kept, notify=told.append)
    assert len(history.epochs) == 3
    assert told == [f"{kept} could not be written (No space left on device); training goes on"] * 3


def test_at_a_stop_it_goes_to_another_disk(tiny, tiny_data, tmp_path, monkeypatch):
    elsewhere, place = tmp_path / "elsewhere", tmp_path / "full"
    elsewhere.mkdir()
    place.mkdir()
    monkeypatch.setattr(artifact.tempfile, "gettempdir", lambda: str(elsewhere))
    monkeypatch.setattr(artifact, "_same_disk", lambda folder, path: folder != elsewhere)
    real = keeper.write_checkpoint

    def write(path: Path, run: Any) -> None:
        if path.parent == place:
            raise FULL
        real(path, run)

    expected = tiny.for_dataset(tiny_data)
    whole = save(expected, fit(expected, tiny_data, tiny_data, CONFIG), tmp_path / "whole")
    stop, told = Stop(), []
    model = tiny.for_dataset(tiny_data)
    with monkeypatch.context() as patch:
        patch.setattr(keeper, "write_checkpoint", write)
        with pytest.raises(FitInterrupted) as stopped:
            fit(
                model, tiny_data, tiny_data, CONFIG, stop=stop, checkpoint=place / "kept",
                progress=at(2, 5, stop.set), notify=told.append,
            )  # fmt: skip
    written = stopped.value.checkpoint
    assert written is not None
    assert written.parent == elsewhere
    written.rename(place / "kept")
    model = tiny.for_dataset(tiny_data)
    history = fit(model, tiny_data, tiny_data, CONFIG, checkpoint=place / "kept", resume=True)
    assert same_folder(save(model, history, tmp_path / "again"), whole)


def test_where_no_disk_has_room_the_last_checkpoint_is_named(
    tiny, tiny_data, tmp_path, monkeypatch
):
    stop, told, kept = Stop(), list[str](), tmp_path / "kept"
    real = keeper.write_checkpoint

    def write(path: Path, run: Any) -> None:
        if run.n_steps > 30:
            raise FULL
        real(path, run)

    monkeypatch.setattr(keeper, "write_checkpoint", write)
    with pytest.raises(FitInterrupted) as stopped:
        fit(
            tiny.for_dataset(tiny_data), tiny_data, tiny_data, CONFIG, stop=stop, checkpoint=kept,
            progress=at(2, 5, stop.set), notify=told.append,
        )  # fmt: skip
    assert stopped.value.checkpoint == kept  # that of the first epoch
    assert told == [f"no disk has room for {kept} (No space left on device)"]


# ---- the files


def test_weights_have_the_rights_of_other_files(tiny, tiny_data, tmp_path: Path):
    before = os.umask(0o027)
    try:
        tiny.for_dataset(tiny_data).save(tmp_path / "model")
        fit(
            tiny.for_dataset(tiny_data), tiny_data, tiny_data, CONFIG.replace(epochs=1),
            checkpoint=tmp_path / "kept",
        )  # fmt: skip
    finally:
        os.umask(before)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".safetensors", ".json", ".npy"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o640}


def test_a_full_disk_is_an_error_of_the_system(tiny, tiny_data, tmp_path, monkeypatch):
    """safetensors has an error of its own for it."""

    def full(*_: Any) -> None:
        raise SafetensorError(
            "Error while serializing: I/O error: No space left on device (os error 28)"
        )

    monkeypatch.setattr(safetensors.torch, "save_file", full)
    with pytest.raises(OSError, match="No space left") as raised:
        tiny.for_dataset(tiny_data).save(tmp_path / "model")
    assert raised.value.errno == errno.ENOSPC
    assert str(raised.value.filename).endswith("model.safetensors")
    assert not list(tmp_path.iterdir())

    def other(*_: Any) -> None:
        raise SafetensorError("something else")

    monkeypatch.setattr(safetensors.torch, "save_file", other)
    with pytest.raises(SafetensorError, match="something else"):
        save_tensors(tmp_path / "other", {"a": torch.zeros(1)})


@pytest.mark.skipif(os.name != "posix", reason="limits of a process")
def test_a_file_that_may_not_grow(tmp_path: Path):
    """By a real limit: the system's own error, through the library's Rust."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(OSError, match="File too large") as raised:
            save_tensors(tmp_path / "large.safetensors", {"a": torch.zeros(10_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert raised.value.errno == errno.EFBIG


def test_a_moment_that_is_damaged(tiny, tiny_data, tmp_path: Path):
    stop, kept = Stop(), tmp_path / "kept"
    with pytest.raises(FitInterrupted):
        fit(
            tiny.for_dataset(tiny_data), tiny_data, tiny_data, CONFIG, stop=stop, checkpoint=kept,
            progress=at(1, 2, stop.set),
        )  # fmt: skip
    whole = (kept / "config.json").read_text()
    arrays = (kept / "moment.safetensors").read_bytes()

    def refused() -> None:
        with pytest.raises(ValueError, match=r"/kept(/moment\.safetensors)? is (damaged|missing)"):
            fit(
                tiny.for_dataset(tiny_data), tiny_data, tiny_data, CONFIG, checkpoint=kept,
                resume=True,
            )  # fmt: skip

    for change in (
        {"epoch": 2}, {"epoch": 0}, {"steps": -1}, {"steps": "2"}, {"loss": "much"},
        {"norm_sum": None}, {"items": 1.5},
    ):  # fmt: skip
        config = json.loads(whole)
        config["state"]["epoch"].update(change)
        (kept / "config.json").write_text(json.dumps(config))
        refused()
    config = json.loads(whole)
    config["state"]["epoch"] = None  # no whole epoch, and none that is not over
    (kept / "config.json").write_text(json.dumps(config))
    refused()
    (kept / "config.json").write_text(whole)
    (kept / "moment.safetensors").write_bytes(arrays[: len(arrays) // 2])
    refused()
    (kept / "moment.safetensors").unlink()
    refused()
    safetensors.torch.save_file(
        {"random/cpu": torch.zeros(3, dtype=torch.uint8)}, kept / "moment.safetensors"
    )
    refused()
