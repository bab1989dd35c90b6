"""What all training commands do around fit(): places, messages, logs, stops; fit() is replaced."""

from __future__ import annotations

import json
import os
import signal
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer

from textseq import artifact
from textseq.artifact import new_folder, write_config
from textseq.cli import app, sequence_training
from textseq.cli.folders import default_folder
from textseq.cli.options import Defaults
from textseq.cli.sequence_training import check_places, train_and_save
from textseq.cli.train_flags import RunFlags
from textseq.config import TrainConfig, find_recipe

Run = Callable[..., Any]  # `run` of conftest.py


pytestmark = pytest.mark.usefixtures("usual_signals")


class FakeModel:
    """Only what the command line touches."""

    unit = "examples"

    def __init__(self) -> None:
        self.info: dict[str, Any] = {}

    def best_on(self, valid: Any) -> tuple[str, bool]:
        return "accuracy", True

    def save(self, folder: Path, *, overwrite: bool) -> None:
        if FAKE.save_error is not None:
            raise FAKE.save_error
        if FAKE.full is not None and Path(folder).absolute().parent == FAKE.full:
            raise OSError(28, "No space left on device", str(folder))
        if FAKE.signal is not None:
            for number in (FAKE.signal, signal.SIGINT, signal.SIGTERM):
                os.kill(os.getpid(), number)
        with new_folder(folder, overwrite=overwrite) as fresh:
            write_config(fresh, "sequence-model", {"info": self.info})


class Fake:
    """Stands in for rnn/training/fit.py: two epochs, or a stop behind some of them."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.stop_after: int | None = None
        self.kept: Path | None = None  # where the checkpoint is, if not where it should be
        self.error: BaseException | None = None
        self.save_error: BaseException | None = None
        self.full: Path | None = None  # where there is no room
        self.signal: int | None = None  # that comes while the model is written

    def fit(self, model: Any, train: Any, valid: Any, config: TrainConfig, **named: Any) -> Any:
        self.calls.append(named)
        done = 1 if named["resume"] else 0
        entries = []
        for epoch in range(1, config.epochs + 1):
            entry = {
                "epoch": epoch, "train_loss": 1 / epoch, "seconds": 2.0,
                "valid": {"accuracy": 0.5 + epoch / 10},
            }  # fmt: skip
            entries.append(entry)
            if epoch <= done:
                continue
            named["progress"](
                types.SimpleNamespace(
                    epoch=epoch, epochs=config.epochs, loss=0.5, items=300, seconds=2.0,
                    seconds_left=61.0, done=epoch, total=config.epochs, scores={"accuracy": 0.4},
                )
            )  # fmt: skip
            if self.stop_after == epoch - 1:
                kept = self.kept or named["checkpoint"]
                raise self.interrupted(kept if epoch > 1 else None)
            with new_folder(named["checkpoint"], overwrite=True) as folder:
                write_config(folder, "sequence-checkpoint", {})
            named["log"](entry)
            if self.error is not None:
                raise self.error
        return types.SimpleNamespace(
            epochs=entries, best_epoch=len(entries), best_scores=entries[-1]["valid"],
            without_times=lambda: {"epochs": entries, "best_epoch": len(entries)},
        )  # fmt: skip

    class interrupted(Exception):
        def __init__(self, checkpoint: Path | None) -> None:
            self.checkpoint = checkpoint


FAKE = Fake()


def train_fake(
    context: typer.Context,
    *,
    run: Annotated[RunFlags, Defaults(RunFlags(default_folder("classifier")))],
    train: TrainConfig,
) -> None:
    """Train nothing."""
    place = check_places(context, run)
    recipe = find_recipe("classifier").replace(training=train)
    train_and_save(context, FakeModel(), range(8), range(2), recipe, place, run)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """`train-fake` is a command, and its training two epochs long."""
    monkeypatch.setitem(app.COMMANDS, "train-fake", "sequence_training")
    monkeypatch.setattr(sequence_training, "train_fake", train_fake, raising=False)
    new = Fake()
    monkeypatch.setitem(globals(), "FAKE", new)
    module = types.SimpleNamespace(fit=new.fit, FitInterrupted=Fake.interrupted)
    monkeypatch.setitem(sys.modules, "textseq.rnn.training.fit", module)
    return new


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


LINE = ("train-fake", "--epochs", "2")


def test_a_training(run: Run, fake: Fake):
    result = run(*LINE)
    assert (result.status, result.out) == (0, "")
    assert result.err.split("\n") == [
        "epoch 1/2  train loss 1.0000  valid: accuracy 0.6  2.0 s",
        "epoch 2/2  train loss 0.5000  valid: accuracy 0.7  2.0 s",
        "textseq-classifier: epoch 2 of 2 is the best, the last: more --epochs may be better "
        "(accuracy 0.7); trained in 4.0 s",
        "",
    ]
    assert names() == ["textseq-classifier"]  # the checkpoint is gone
    info = json.loads(Path("textseq-classifier/config.json").read_text())["info"]
    assert info["train"] == TrainConfig(epochs=2).to_json()
    assert info["data"] == {"train": 8, "valid": 2}
    assert info["history"]["best_epoch"] == 2
    assert "textseq-classifier exists already; --force replaces it" in run(*LINE).message
    assert len(fake.calls) == 1
    assert run(*LINE, "--force", "--quiet") == (0, "", "")


def test_progress(run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch):
    shown = []
    monkeypatch.setattr(sequence_training.Meter, "update", lambda self, *given: shown.append(given))
    assert run(*LINE).status == 0
    line = "epoch 1/2  loss 0.5000  valid accuracy 0.4  150 examples/s  1:01 left"
    assert shown[0] == (1, 2, line)


def test_ctrl_c_says_how_to_go_on(run: Run, fake: Fake):
    fake.stop_after = 1
    line = ("train-fake", "--epochs", "2", "--out", "my model", "--lr", "0.1")
    result = run(*line)
    assert (result.status, result.out) == (130, "")
    assert result.err.split("\n")[-3:] == [
        "textseq: stopped; the checkpoint is my model.checkpoint; this goes on:",
        "  textseq train-fake --epochs 2 --out 'my model' --lr 0.1 --resume",
        "",
    ]
    assert names() == ["my model.checkpoint"]
    assert "holds a training that was stopped; --resume goes on" in run(*line).message
    fake.stop_after = None
    assert run(*line, "--resume").status == 0
    assert fake.calls[-1]["resume"]
    assert names() == ["my model"]


def test_ctrl_c_in_the_first_epoch(run: Run, fake: Fake):
    fake.stop_after = 0
    result = run(*LINE)
    assert (result.status, names()) == (130, [])
    assert result.message == "stopped before the first step ended, so there is no checkpoint"
    assert "there is no checkpoint" in run(*LINE, "--resume").message


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_disk_that_is_full_at_the_end_does_not_lose_the_training(run: Run, fake: Fake, error):
    fake.save_error = error
    result = run(*LINE)
    assert result.status == (130 if isinstance(error, KeyboardInterrupt) else 1)
    *_, kept, line, last = result.err.rstrip("\n").split("\n")
    assert kept == (
        "textseq: the model is trained but not saved; the checkpoint is "
        "textseq-classifier.checkpoint; this goes on:"
    )
    assert line == "  textseq train-fake --epochs 2 --resume"
    assert last.startswith(("textseq: the disk is full", "textseq: stopped"))
    assert names() == ["textseq-classifier.checkpoint"]
    fake.save_error = None
    assert run(*LINE, "--resume").status == 0
    assert names() == ["textseq-classifier"]


def test_a_disk_that_is_full_on_the_way(run: Run, fake: Fake):
    fake.error = OSError(28, "No space left on device")
    result = run(*LINE)
    assert result.status == 1
    assert "training stopped; the checkpoint is textseq-classifier.checkpoint" in result.err
    assert names() == ["textseq-classifier.checkpoint"]


def test_a_model_that_finds_no_room_goes_to_another_disk(
    run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch
):
    elsewhere = Path("elsewhere").absolute()
    elsewhere.mkdir()
    monkeypatch.setattr(artifact.tempfile, "gettempdir", lambda: str(elsewhere))
    monkeypatch.setattr(artifact, "_same_disk", lambda folder, path: folder != elsewhere)
    fake.full = Path().absolute()
    result = run(*LINE)
    assert result.status == 1
    (written,) = elsewhere.iterdir()
    assert (written / "config.json").is_file()
    told, line = result.err.splitlines()[-2:]
    assert told.startswith("textseq: textseq-classifier could not be written, so all of it is in ")
    assert line == f"  mv {written} textseq-classifier"
    assert names() == ["elsewhere", "textseq-classifier.checkpoint"]  # which goes on too
    fake.full = None
    assert run(*LINE, "--resume").status == 0


@pytest.mark.parametrize(("number", "status"), [(2, 130), (15, 143), (1, 129)])
def test_a_signal_while_the_model_is_written_is_obeyed_behind_it(
    run: Run, fake: Fake, number: int, status: int
):
    fake.signal = number
    result = run(*LINE)
    assert (result.status, names()) == (status, ["textseq-classifier"])
    lines = result.err.splitlines()
    assert f"textseq: {signal.Signals(number).name}: stopping; a checkpoint is" in result.err
    assert lines[-1] == (
        "textseq: stopped; textseq-classifier is written, what would have followed is left out"
    )


def test_a_checkpoint_on_another_disk_is_named_with_the_line_that_brings_it_back(
    run: Run, fake: Fake
):
    fake.stop_after, fake.kept = 1, Path("elsewhere").absolute()
    fake.kept.mkdir()
    result = run(*LINE)
    assert result.status == 130
    told, line = result.err.splitlines()[-2:]
    assert "textseq-classifier.checkpoint could not be written, so the checkpoint is" in told
    assert line == (
        f"  rm -r textseq-classifier.checkpoint && mv {fake.kept} textseq-classifier.checkpoint "
        "&& textseq train-fake --epochs 2 --resume"
    )


def test_an_empty_log_of_a_killed_training_is_not_in_the_way(run: Run, fake: Fake):
    Path("log.jsonl").touch()  # killed before its first epoch was over: there is no checkpoint
    assert run(*LINE, "--log", "log.jsonl").status == 0
    assert epochs_of(Path("log.jsonl").read_text()) == [1, 2]


def test_places_are_checked_before_the_work(run: Run, fake: Fake):
    assert run(*LINE, "--out", "..").status == 2
    Path("notes").mkdir()
    Path("notes/mine.txt").write_text("mine")
    assert "was not made by textseq" in run(*LINE, "--out", "notes", "--force").message
    assert "there is no folder nowhere" in run(*LINE, "--log", "nowhere/log").message
    assert "is a folder" in run(*LINE, "--log", "notes").message
    Path("log.jsonl").write_text("mine\n")
    assert "log.jsonl exists already; --force" in run(*LINE, "--log", "log.jsonl").message
    assert not fake.calls


# ---- what is kept of each epoch


def epochs_of(text: str) -> list[int]:
    return [json.loads(line)["epoch"] for line in text.split("\n")[:-1]]


def test_log(run: Run, fake: Fake):
    assert run(*LINE, "--log", "log.jsonl").status == 0
    lines = Path("log.jsonl").read_text().split("\n")[:-1]
    assert [json.loads(line)["valid"] for line in lines] == [{"accuracy": 0.6}, {"accuracy": 0.7}]
    assert run(*LINE, "--log", "log.jsonl", "--force").status == 0
    assert len(Path("log.jsonl").read_text().split("\n")) == 3


def test_log_on_stdout(run: Run, fake: Fake):
    result = run(*LINE, "--log", "-", "--quiet")
    assert (result.status, result.err) == (0, "")
    assert epochs_of(result.out) == [1, 2]


@pytest.mark.parametrize("left", ["", '{"epoch": 1}\n', '{"epoch": 1}\n{"epoch": 2}\n{"epo'])
def test_log_of_a_training_that_goes_on(run: Run, fake: Fake, left: str):
    """Line n stays epoch n, also where the killed training had logged more than it kept."""
    fake.stop_after = 1
    assert run(*LINE, "--log", "log.jsonl").status == 130
    first = Path("log.jsonl").read_text()
    assert epochs_of(first) == [1]
    if left:
        Path("log.jsonl").write_text(left)
    fake.stop_after = None
    assert run(*LINE, "--log", "log.jsonl", "--resume").status == 0
    assert epochs_of(Path("log.jsonl").read_text()) == [1, 2]


def test_tensorboard(run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch):
    written: list[tuple[str, float, int]] = []

    class SummaryWriter:
        def __init__(self, folder: str) -> None:
            assert folder == "board"

        def __enter__(self) -> SummaryWriter:
            return self

        def __exit__(self, *_: Any) -> None: ...

        def add_scalar(self, *given: Any) -> None:
            written.append(given)

        def flush(self) -> None: ...

    module = types.SimpleNamespace(SummaryWriter=SummaryWriter)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    assert run(*LINE, "--tensorboard", "board").status == 0
    assert written == [
        ("valid/accuracy", 0.6, 1), ("train_loss", 1.0, 1), ("seconds", 2.0, 1),
        ("valid/accuracy", 0.7, 2), ("train_loss", 0.5, 2), ("seconds", 2.0, 2),
    ]  # fmt: skip


def test_tensorboard_is_not_installed(run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    result = run(*LINE, "--tensorboard", "board")
    assert result.status == 1
    assert "tensorboard is not installed; `pip install tensorboard` brings it" in result.message
    assert not fake.calls


def test_curves(run: Run, fake: Fake, monkeypatch: pytest.MonkeyPatch):
    drawn = []
    module = types.SimpleNamespace(
        draw_curves=lambda history, score, path: drawn.append((len(history.epochs), score, path)),
    )
    monkeypatch.setitem(sys.modules, "textseq.rnn.show.curves", module)
    monkeypatch.setattr("textseq.pictures.figure.check_picture", drawn.append)
    assert run(*LINE, "--curves", "curves.png").status == 0
    assert drawn == [Path("curves.png"), (2, "accuracy", Path("curves.png"))]
