"""Training on a local Ray: shares of the machines, ends of all kinds, from text to neighbours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from textseq.artifact import read_config
from textseq.bundled import ANALOGIES, bundled
from textseq.config import TextConfig, Word2VecConfig
from textseq.ray_cluster import Machines
from textseq.text.encode import encode_lines
from textseq.vectors.scores.evaluation import evaluate_analogies, read_analogies
from textseq.vectors.word_vectors import WordVectors
from textseq.word2vec import ray_train
from textseq.word2vec.ray_train import Share, share_of, train_on_ray
from textseq.word2vec.run import Word2VecProgress
from textseq.word2vec.train import TrainingInterrupted

pytest.importorskip("ray")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Ray's own, of itself

CONFIG = Word2VecConfig(dim=20, epochs=60, device="cpu", threads=1)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus") / "c"
    lines = [" ".join(f"w{(n * k) % 97}" for k in range(1, 30)) for n in range(3000)]
    encode_lines(lines, TextConfig(min_count=1)).save(folder)
    return folder


@pytest.fixture(scope="module")
def whole(corpus: Path, tmp_path_factory: pytest.TempPathFactory, cluster: Any) -> WordVectors:
    """What two workers make of it, undisturbed."""
    seen: list[Word2VecProgress] = []
    out = tmp_path_factory.mktemp("whole") / "v"
    vectors = train_on_ray(corpus, CONFIG, out, workers=2, progress=seen.append)
    assert 0 < seen[-1].words <= seen[-1].total_words == CONFIG.epochs * 3000 * 29
    return vectors


def worker_pids() -> list[int]:
    """The processes that Ray Train has begun on this machine, oldest first."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"ray::RayTrainWorker" in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:  # it has ended
            continue
    return sorted(found)


@pytest.mark.parametrize(
    ("machines", "device", "workers", "share"),
    [
        (Machines([2], [0]), "auto", 0, Share(1, 2, False)),
        (Machines([2], [0]), "cpu", 2, Share(2, 1, False)),
        (Machines([0, 16, 16], [0, 4, 4]), "auto", 0, Share(8, 4, True)),
        (Machines([0, 16, 16], [0, 4, 4]), "cpu", 0, Share(2, 16, False)),
        (Machines([16], [4]), "cuda", 3, Share(3, 5, True)),
    ],
)
def test_the_share_of_a_worker(machines: Machines, device: Any, workers: int, share: Share):
    assert share_of(machines, device, workers) == share


def test_more_workers_than_there_is_room_for():
    with pytest.raises(ValueError, match=r"workers is 4; the machines .* have 2 \+ 1 CPUs"):
        share_of(Machines([2, 1], [0, 0]), "cpu", 4)
    with pytest.raises(ValueError, match="device is 'cuda' and workers is 0; 0 GPUs are there"):
        share_of(Machines([2], [0]), "cuda", 0)
    with pytest.raises(ValueError, match="device is 'auto' and workers is 3; 2 GPUs are there"):
        share_of(Machines([8], [2]), "auto", 3)


@pytest.mark.slow
def test_interrupted_and_resumed_ends_where_an_uninterrupted_training_ends(
    corpus: Path, tmp_path: Path, cluster: Any, whole: WordVectors
):
    checkpoint = tmp_path / "checkpoint"
    interrupts = iter([signal.SIGINT])

    def interrupt_once(_: Word2VecProgress) -> None:
        for kind in interrupts:
            os.kill(os.getpid(), kind)

    given: dict[str, Any] = {"workers": 2, "checkpoint": checkpoint}
    with pytest.raises(TrainingInterrupted) as stopped:
        train_on_ray(corpus, CONFIG, tmp_path / "again", progress=interrupt_once, **given)
    assert (stopped.value.checkpoint, stopped.value.why) == (checkpoint, "")
    done = read_config(checkpoint, "word2vec-checkpoint", made_by="")["done"]
    assert 0 < done < CONFIG.epochs * 3000 * 29
    assert not (tmp_path / "again").exists()
    again = train_on_ray(corpus, CONFIG, tmp_path / "again", resume=True, **given)
    assert again.vectors.tobytes() == whole.vectors.tobytes()


@pytest.mark.slow
def test_a_worker_that_is_lost_changes_nothing(
    corpus: Path, tmp_path: Path, cluster: Any, whole: WordVectors
):
    victims: list[int] = []

    def kill_one(progress: Word2VecProgress) -> None:
        if not victims and progress.words > 10_000:
            victims.append(worker_pids()[-1])
            os.kill(victims[0], signal.SIGKILL)

    again = train_on_ray(
        corpus, CONFIG, tmp_path / "out", workers=2, progress=kill_one,
        checkpoint=tmp_path / "checkpoint",
    )  # fmt: skip
    assert victims
    assert again.vectors.tobytes() == whole.vectors.tobytes()


@pytest.mark.slow
def test_workers_that_are_lost_again_and_again(
    corpus: Path, tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ray_train, "_ATTEMPTS", 1)

    def kill_all(progress: Word2VecProgress) -> None:
        for pid in worker_pids():
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(TrainingInterrupted, match=r"rank [01] has stopped") as stopped:
        train_on_ray(
            corpus, CONFIG.replace(epochs=9999), tmp_path / "out", workers=2, progress=kill_all
        )
    assert stopped.value.checkpoint is None
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_errors_of_a_worker_come_back(tmp_path: Path, cluster: Any):
    encode_lines(["a", "b"], TextConfig(min_count=1)).save(tmp_path / "lonely")
    with pytest.raises(ValueError, match="no word has a neighbour to learn from"):
        train_on_ray(tmp_path / "lonely", CONFIG, tmp_path / "out", workers=2)
    assert [path.name for path in tmp_path.iterdir()] == ["lonely"]


@pytest.mark.slow
def test_from_text_to_neighbours(tmp_path: Path):
    """The command, in a cluster of its own; as good as one process."""
    line = [
        sys.executable, "-m", "textseq", "train-w2v", "--engine", "ray", "--workers", "2",
        "--device", "cpu", "--out", str(tmp_path / "v"),
    ]  # fmt: skip
    done = subprocess.run(line, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert "on a Ray cluster" in done.stderr
    assert done.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["v"]
    answers = read_analogies(bundled(ANALOGIES))
    result = evaluate_analogies(WordVectors.load(tmp_path / "v"), answers)
    assert (result.total.accuracy or 0) >= 0.9
