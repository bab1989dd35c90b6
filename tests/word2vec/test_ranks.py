"""Several processes that train one pair of tables: rounds by hand, and two real ranks."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from textseq.artifact import read_config
from textseq.bundled import ANALOGIES, PAIRS, bundled
from textseq.config import TextConfig, Word2VecConfig
from textseq.text.encode import encode_lines
from textseq.vectors.scores.evaluation import (
    evaluate_analogies,
    evaluate_pairs,
    read_analogies,
    read_word_pairs,
)
from textseq.vectors.word_vectors import WordVectors
from textseq.word2vec import ranks as ranks_file
from textseq.word2vec.ranks import Ranks
from textseq.word2vec.rounds import RankLostError
from textseq.word2vec.sampling import BLOCK
from textseq.word2vec.train import train_word2vec

# What the test processes do: train on a few lines, and keep what came of it.
TRAIN = """
import sys, threading
from pathlib import Path
from textseq.config import TextConfig, Word2VecConfig
from textseq.text.encode import encode_lines
from textseq.word2vec.ranks import Ranks
from textseq.word2vec.train import TrainingInterrupted, train_word2vec

folder, n_lines = Path(sys.argv[1]), sys.argv[4:]
stops_at, resume = int(sys.argv[2]), int(sys.argv[3])
ranks = Ranks.from_environment()
lines = [" ".join(f"w{(n * k) % 97}" for k in range(1, 30)) for n in range(3000)]
lines = lines[: int(n_lines[ranks.rank])]
corpus = encode_lines(lines, TextConfig(min_count=1))
config = Word2VecConfig(dim=20, epochs=2, device="cpu", threads=1)
stop = threading.Event()

def progress(now):
    if ranks.rank == 1 and 0 < stops_at <= now.words:
        stop.set()

try:
    vectors = train_word2vec(
        corpus, config, progress=progress, checkpoint=folder / "checkpoint", resume=bool(resume),
        stop=stop, ranks=ranks,
    )
    vectors.save(folder / str(ranks.rank))
except TrainingInterrupted as stopped:
    print("stopped", stopped.checkpoint is not None)
except ValueError as error:
    print(error)
"""

# And: wait for one that does not come any more.
MEET = """
import os, sys, time
from textseq.word2vec import ranks as file
from textseq.word2vec.rounds import RankLostError

file._SILENCE, file._DEAF = 1.0, 3.0
ranks = file.Ranks.from_environment().join("cpu")
if ranks.rank == int(sys.argv[1]):
    time.sleep(2)
    os._exit(9)
try:
    ranks.meet("nowhere")
except RankLostError as lost:
    print(lost)
"""

# And: have the first of a machine do what all of it need.
ONCE = """
import os, sys, time
from pathlib import Path
from textseq.word2vec import ranks as file
from textseq.word2vec.rounds import RankFailedError, RankLostError

file._SILENCE, file._DEAF = 1.0, 3.0
ranks, how = file.Ranks.from_environment(), sys.argv[1]
if how == "two machines":
    ranks.local_rank, ranks.local_size = 0, 1

def work():
    print("works", flush=True)
    time.sleep(1.5)
    if how == "fails":
        raise ValueError("no text")
    if how == "dies":
        os._exit(9)
    Path(sys.argv[2], f"of {ranks.rank}").touch()

try:
    ranks.once_a_machine("work", work)
except (ValueError, RankLostError) as error:
    print(error)
if how != "dies":
    ranks.meet("end")
    print(*sorted(path.name for path in Path(sys.argv[2]).iterdir()))
"""


def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def start(*arguments: str, size: int = 2) -> list[subprocess.Popen[str]]:
    """Ranks by hand, as torchrun would start them."""
    environment = {
        **os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port()),
        "WORLD_SIZE": str(size), "LOCAL_WORLD_SIZE": str(size), "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    return [
        subprocess.Popen(
            [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**environment, "RANK": str(rank), "LOCAL_RANK": str(rank)},
        )
        for rank in range(size)
    ]  # fmt: skip


def trained(
    folder: Path, stops_at: int = 0, resume: bool = False, n_lines: tuple[int, ...] = (3000, 3000)
) -> list[str]:
    """What each rank says."""
    folder.mkdir(exist_ok=True)
    given = [str(folder), str(stops_at), str(int(resume)), *map(str, n_lines)]
    said = []
    for process in start("-c", TRAIN, *given):
        out, error = process.communicate(timeout=120)
        assert process.returncode == 0, error
        said.append(out.strip())
    return said


# ---- rounds


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize("n_positions", [1, BLOCK - 1, BLOCK, 40 * BLOCK + 3, 333_333])
@pytest.mark.parametrize("words", [1, 3 * BLOCK, 10**6])
def test_rounds_give_every_position_to_one_rank(size: int, n_positions: int, words: int):
    all_ranks = [Ranks(rank, size, rank, size) for rank in range(size)]
    done, epochs = 0, 2
    while done < epochs * n_positions:
        rounds = [ranks.round_from(done, n_positions, words) for ranks in all_ranks]
        assert len({part.stop for part in rounds}) == 1
        assert rounds[0].first == done
        assert all(a.last == b.first for a, b in pairwise(rounds))
        assert rounds[-1].last == rounds[0].stop > done
        assert done // n_positions == (rounds[0].stop - 1) // n_positions  # of one epoch
        for part in rounds:
            if part.first < part.stop:  # a block's draws are those of its first position
                assert part.first % n_positions % BLOCK == 0
        done = rounds[0].stop
    assert done == epochs * n_positions


def test_changes_add_up_unless_they_are_alike(monkeypatch: pytest.MonkeyPatch):
    base = np.ones((4, 2), np.float32)
    mine, other = base.copy(), base.copy()
    mine[0] += 0.5  # this rank alone
    mine[1] += [1.0, 0.0]  # both
    other[1] += [0.0, 3.0]
    mine[2] += [1.0, 0.0]  # alike
    other[2] += [1.0, 0.0]
    mine[3] += [1.0, 0.0]  # one back and forth
    other[3] -= [1.0, 0.0]
    ranks = Ranks(0, 2, 0, 2)
    ranks.begin([base])
    theirs: Iterator[Any] = iter(
        [
            torch.tensor([5.0], dtype=torch.float64),
            torch.from_numpy(other - base),
            torch.tensor([0.0, 9.0, 1.0, 1.0]),
        ]
    )
    monkeypatch.setattr(ranks, "_sum", lambda tensor: tensor.add_(next(theirs)))
    assert ranks.bring_together([mine], [2.0]) == [7.0]
    moved = np.array([[1.5, 1.5], [2.0, 4.0], [2.5, 1.0], [1.0, 1.0]], np.float32)
    np.testing.assert_array_equal(mine, moved)
    mine[:] = 9.0
    ranks.go_back([mine])
    np.testing.assert_array_equal(mine, moved)


def test_a_rank_lost_on_the_way_leaves_the_round_before(monkeypatch: pytest.MonkeyPatch):
    table = np.ones((2, 2), np.float32)
    ranks = Ranks(0, 2, 0, 2)
    ranks.begin([table, table.copy()])
    sums = iter([False, False, False, True])

    def fail_in_the_second_table(tensor: torch.Tensor) -> None:
        if next(sums):
            raise RankLostError([1])

    monkeypatch.setattr(ranks, "_sum", fail_in_the_second_table)
    table += 1
    with pytest.raises(RankLostError, match="rank 1 has stopped answering"):
        ranks.bring_together([table, table], [0.0])
    ranks.go_back([table, table])
    np.testing.assert_array_equal(table, 1.0)


@pytest.mark.parametrize(
    "given",
    [
        {"RANK": "2", "WORLD_SIZE": "2"},
        {"RANK": "", "WORLD_SIZE": "2"},
        {"RANK": "-1", "WORLD_SIZE": "2"},
        {"RANK": "0", "WORLD_SIZE": "two"},
    ],
)
def test_an_environment_that_is_not_torchruns(given: dict[str, str], monkeypatch: Any):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match="torchrun sets them"):
        Ranks.from_environment()


def test_cpus_are_shared_by_the_ranks_of_a_machine(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("textseq.word2vec.ranks.thread_count", lambda threads: 16)
    assert Ranks(5, 8, 1, 4).threads == 4
    assert Ranks(0, 64, 0, 32).threads == 1


def test_a_rank_that_finds_nobody(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ranks_file, "_MEETING", timedelta(seconds=1))
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    monkeypatch.setenv("MASTER_PORT", str(port()))
    with pytest.raises(ValueError, match="rank 1 cannot reach the others; MASTER_ADDR"):
        Ranks(1, 2, 1, 2).join("cpu")


def test_more_ranks_than_gpus(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ValueError, match="a machine of 1 GPUs; start a process for each"):
        Ranks(1, 2, 1, 2).join("cuda")


def test_each_rank_takes_its_own_gpu(monkeypatch: pytest.MonkeyPatch):
    taken: list[int] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    for local_rank in (1, 0, 2):  # the last one is told in `join`
        Ranks(5, 8, local_rank, 4).take_gpu()
    assert taken == [1, 0]


def test_the_first_rank_keeps_a_checkpoint_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Written after every round here, so the last one is the end."""
    monkeypatch.setattr("textseq.pace.Pace.is_due", True)
    for name, value in (("MASTER_ADDR", "127.0.0.1"), ("MASTER_PORT", str(port()))):
        monkeypatch.setenv(name, value)
    corpus = encode_lines(["a b c a b"] * 400, TextConfig(min_count=1))
    config = Word2VecConfig(dim=8, epochs=2, device="cpu", threads=1)
    folder = tmp_path / "checkpoint"
    vectors = train_word2vec(corpus, config, checkpoint=folder, ranks=Ranks(0, 1, 0, 1))
    assert read_config(folder, "word2vec-checkpoint", made_by="")["done"] == 2 * 2000
    words = np.load(folder / "w_in.npy")[-len(vectors) :, :8]
    np.testing.assert_array_equal(words, vectors.vectors)


# ---- two processes


@pytest.mark.slow
@pytest.mark.parametrize("victim", [1, 0])
def test_a_rank_that_dies_before_the_first_round(victim: int):
    processes = start("-c", MEET, str(victim))
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert said[1 - victim].strip() == f"rank {victim} has stopped answering"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "first", "second"),
    [
        ("works", "works of 0", "of 0"),
        ("two machines", "works of 0 of 1", "works of 0 of 1"),
        ("fails", "works no text", "rank 0 has failed; it says why"),
        ("dies", "works", "rank 0 has stopped answering"),
    ],
)
def test_the_first_of_a_machine_works_for_all(tmp_path: Path, how: str, first: str, second: str):
    processes = start("-c", ONCE, how, str(tmp_path))
    said = [process.communicate(timeout=60) for process in processes]
    assert [" ".join(out.split()) for out, _ in said] == [first, second], said


@pytest.mark.slow
def test_two_ranks_end_alike_and_resume_to_the_same_bytes(tmp_path: Path):
    assert trained(tmp_path / "a") == ["", ""]
    first, second = (WordVectors.load(tmp_path / "a" / rank) for rank in "01")
    assert first.vectors.tobytes() == second.vectors.tobytes()
    assert first.config["loss"] == second.config["loss"]
    assert first.config["loss"][1] < first.config["loss"][0]
    # Stopped by one of them, both stop after the same round; both go on to the same end.
    assert trained(tmp_path / "b", stops_at=60_000) == ["stopped True"] * 2
    done = read_config(tmp_path / "b" / "checkpoint", "word2vec-checkpoint", made_by="")["done"]
    assert 60_000 <= done < 2 * 3000 * 29
    assert trained(tmp_path / "b", resume=True) == ["", ""]
    again = WordVectors.load(tmp_path / "b" / "1")
    assert again.vectors.tobytes() == first.vectors.tobytes()


@pytest.mark.slow
def test_ranks_that_see_different_corpora(tmp_path: Path):
    said = trained(tmp_path, n_lines=(3000, 2999))
    assert all("rank 1 and rank 0 do not train on the same" in text for text in said)
    assert all("n_tokens" in text for text in said)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "own"),
    [
        ("return float('nan'), 1", "the mean loss is nan"),
        ("raise MemoryError('none left')", "none"),
    ],
)
def test_a_rank_that_fails_stops_the_others(tmp_path: Path, fault: str, own: str):
    """It says why, and they say which it was."""
    broken = f"""
from textseq.word2vec.kernels import cpu
def failing(job, epoch, start, stop, real=cpu.train_span):
    if ranks.rank == 1 and stop > 20_000:
        {fault}
    return real(job, epoch, start, stop)
cpu.train_span = failing
"""
    script = TRAIN.replace("stop = threading.Event()", broken + "stop = threading.Event()")
    script = script.replace("except ValueError as", "except (ValueError, MemoryError) as")
    first, second = start("-c", script, str(tmp_path), "0", "0", "3000", "3000")
    said = [process.communicate(timeout=120)[0].strip() for process in (first, second)]
    assert said[0] == "rank 1 has failed; it says why"
    assert own in said[1]


@pytest.mark.slow
@pytest.mark.parametrize("victim", [1, 0])
def test_a_killed_rank_is_named_and_the_others_leave_a_checkpoint(tmp_path: Path, victim: int):
    out = tmp_path / "vectors"
    processes = start(
        "-m", "textseq", "train-w2v", "--epochs", "9999", "--device", "cpu", "--out", str(out)
    )
    survivor = processes[1 - victim]
    assert processes[0].stderr is not None
    while not (line := processes[0].stderr.readline()).startswith("train"):
        assert line, "rank 0 has ended"
    time.sleep(2)
    processes[victim].kill()
    began = time.monotonic()
    _, said = survivor.communicate(timeout=60)
    assert time.monotonic() - began < 60
    assert survivor.returncode == 1
    assert f"rank {victim} has stopped answering" in said
    assert f"the checkpoint is {out}.checkpoint" in said
    done = read_config(Path(f"{out}.checkpoint"), "word2vec-checkpoint", made_by="")["done"]
    assert done > 0
    processes[victim].communicate()


def ranks_of(agent: int) -> dict[int, int]:
    """Rank to process, of the children of a torchrun."""
    found = {}
    for child in Path(f"/proc/{agent}/task/{agent}/children").read_text().split():
        environment = Path(f"/proc/{child}/environ").read_bytes().split(b"\0")
        ranks = [int(each[5:]) for each in environment if each.startswith(b"RANK=")]
        found |= {rank: int(child) for rank in ranks}
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds ranks in /proc")
@pytest.mark.parametrize("victim", [1, 0])
def test_of_torchrun_too_a_killed_rank_is_named(tmp_path: Path, victim: int):
    """It tells the others to stop before they have found out why."""
    out = tmp_path / "vectors"
    line = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
        "-m", "textseq", "train-w2v", "--epochs", "9999", "--device", "cpu", "--out", str(out),
    ]  # fmt: skip
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    agent = subprocess.Popen(line, stderr=subprocess.PIPE, text=True, env=environment)
    assert agent.stderr is not None
    while not (said := agent.stderr.readline()).startswith("train"):
        assert said, "torchrun has ended"
    time.sleep(2)
    os.kill(ranks_of(agent.pid)[victim], signal.SIGKILL)
    _, said = agent.communicate(timeout=60)
    assert f"rank {victim} has stopped answering" in said
    assert f"the checkpoint is {out}.checkpoint" in said
    done = read_config(Path(f"{out}.checkpoint"), "word2vec-checkpoint", made_by="")["done"]
    assert done > 0


@pytest.mark.slow
def test_torchrun_from_text_to_neighbours(tmp_path: Path):
    """As good as one process: the answers of the bundled corpus."""
    line = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
        "-m", "textseq", "train-w2v", "--device", "cpu", "--out", str(tmp_path / "v"),
    ]  # fmt: skip
    missing = subprocess.run([*line, "no.txt"], capture_output=True, text=True, timeout=300)
    assert missing.returncode
    assert missing.stderr.count("there is no file or folder 'no.txt'") == 1
    assert not list(tmp_path.iterdir())
    done = subprocess.run(line, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("next: textseq nearest") == 1  # rank 0 alone speaks
    assert [path.name for path in tmp_path.iterdir()] == ["v"]
    vectors = WordVectors.load(tmp_path / "v")
    analogies = evaluate_analogies(vectors, read_analogies(bundled(ANALOGIES)))
    assert (analogies.total.accuracy or 0) >= 0.9
    pairs = evaluate_pairs(vectors, read_word_pairs(bundled(PAIRS)))
    assert (pairs.spearman or 0) > 0.5
