"""Places: one command at a time, whatever was killed there before, and all of them with signals."""

from __future__ import annotations

import errno
import filecmp
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from textseq import artifact, unfinished
from textseq.artifact import new_folder, write_config
from textseq.cli.ending import moving_line
from textseq.cli.places import Places
from textseq.locks import Lock

Run = Callable[..., Any]  # `run` of conftest.py
ROOT = Path(artifact.__file__).parents[1]
HOLD = """
import sys, time
from pathlib import Path
from textseq.locks import Lock
Lock(Path(sys.argv[1]), "it").take()
print("held", flush=True)
time.sleep(60)
"""


@contextmanager
def locked(lock: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", HOLD, str(lock.absolute())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"held\n"
            yield process
        finally:
            process.kill()


def names(folder: Path = Path()) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def ours(path: str, kind: str = "sequence-checkpoint") -> None:
    with new_folder(path) as folder:
        write_config(folder, kind, {})


@pytest.mark.parametrize(
    "line",
    [
        ["train-classifier", "--out", "o"], ["train-tagger", "--out", "o"],
        ["train-lm", "--out", "o"], ["train-translator", "--out", "o"],
        ["train-captioner", "--out", "o"], ["train-esn", "--out", "o"],
        ["train-w2v", "--out", "o"], ["encode", "text", "--out", "o"],
        ["vocab", "text", "--out", "o"], ["merge", "a", "b", "--out", "o"],
        ["corpora", "fetch", "text8", "--out", "o", "--base-url", "http://localhost:9"],
    ],
    ids=lambda line: line[0],
)  # fmt: skip
def test_one_command_at_a_time(run: Run, line: list[str]):
    Path("text").write_text("a b c\n")
    Path("deep").mkdir()
    Path("link").symlink_to("deep")
    before = names()
    with locked(Path(".o.lock")) as process:
        result = run(*line)
        assert result.status == 1
        assert f"o is in use by process {process.pid}; wait until" in result.message
        assert names() == sorted([".o.lock", *before])
        line[line.index("o")] = "link/../o"  # by another name
        if "fetch" not in line:
            assert f"in use by process {process.pid}" in run(*line).message
    line[line.index("link/../o")] = "o"


def test_a_running_training_is_not_taken_for_a_stopped_one(run: Run):
    ours("o.checkpoint")  # one that it has written on its way
    with locked(Path(".o.lock")):
        for option in ([], ["--resume"], ["--force"]):
            assert "is in use by process" in run("train-lm", "--out", "o", *option).message
    assert names() == [".o.lock", "o.checkpoint"]


def test_what_is_refused_leaves_no_lock_and_no_folder(run: Run):
    assert "there is no checkpoint" in run("train-lm", "--out", "a/b/c", "--resume").message
    assert names() == []
    ours("o.checkpoint")
    assert "--resume goes on" in run("train-lm", "--out", "o").message
    assert names() == ["o.checkpoint"]


def test_a_place_that_cannot_be_written(run: Run, monkeypatch: pytest.MonkeyPatch):
    def take(self: Lock) -> bool:
        raise OSError(errno.EROFS, "Read-only file system", str(self.path))

    monkeypatch.setattr(Lock, "take", take)
    assert run("train-lm", "--out", "o").message == "o: read-only file system"
    assert names() == []


def test_where_there_are_no_locks_it_is_said(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Lock, "take", lambda self: False)
    result = run("train-lm", "--out", "o", "--resume")
    assert result.err.startswith("textseq: there are no locks where o is; a second command")


class FakeRanks:
    def __init__(self, rank: int, local_rank: int) -> None:
        self.local_rank, self.first_here = local_rank, rank - local_rank


def test_of_the_ranks_of_a_machine_one_locks(tmp_path: Path):
    places = [
        Places(tmp_path / "o", FakeRanks(rank, local))  # type: ignore[arg-type]
        for rank, local in ((0, 0), (1, 1), (2, 0), (3, 1))
    ]
    for place in places:
        place.check(resume=False, force=False)
    assert names(tmp_path) == [".o.lock", ".o.lock.2"]
    for place in places:
        place.release()
    assert names(tmp_path) == []


CLEARING = """
import os, signal, sys
from pathlib import Path
from textseq import unfinished
from textseq.cli.places import Places

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

place, moment = Places(Path("o")), sys.argv[1]
if moment == "rename":
    unfinished.os.rename = die
elif moment == "inside":
    unfinished.os.unlink = die
else:
    unfinished.os.rmdir = die
place.check(resume=True, force=False)
place.clear()
"""


@pytest.mark.parametrize("moment", ["rename", "inside", "rmdir"])
def test_a_kill_while_it_clears_blocks_nothing(run: Run, tmp_path: Path, moment: str):
    ours("o.checkpoint")
    Path("o.checkpoint/weights").write_bytes(bytes(100))
    ours(".o.corpus", "encoded-corpus")
    command = [sys.executable, "-c", CLEARING, moment]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    place = Places(Path("o"))
    with pytest.raises(FileNotFoundError, match="there is no checkpoint"):  # no half of one
        place.check(resume=True, force=False)
    place.release()
    place.check(resume=False, force=False)  # and it begins anew without force
    assert [name for name in names() if ".old" in name] == []
    ours("other")
    with new_folder(place.checkpoint, overwrite=True) as folder:
        write_config(folder, "sequence-checkpoint", {})
    place.clear()
    place.release()
    assert names() == ["other"]


def test_moving_line(tmp_path: Path):
    source, target = tmp_path / "a b", tmp_path / "c"
    assert moving_line(source, target) == f"mv '{source}' {target}"
    target.mkdir()
    assert moving_line(source, target) == f"rm -r {target} && mv '{source}' {target}"


def test_doctor_cleans(run: Run, monkeypatch: pytest.MonkeyPatch):
    Path("temp").mkdir()
    monkeypatch.setattr(unfinished.tempfile, "gettempdir", lambda: str(Path("temp").absolute()))
    Path(".o.abcd1234.part").mkdir()
    Path(f".o.abcd1234.part/{unfinished.MARK}").write_text("")
    Path(".o.abcd1234.part/ids.npy").write_bytes(bytes(12_000))
    Path("temp/textseq-abcdefgh").mkdir()
    ours(".p.corpus", "encoded-corpus")
    ours("p.checkpoint")
    ours("mine")
    with locked(Path(".q.lock")) as process:
        result = run("doctor", "--clean")
        assert result.status == 0
        rows = {line.split()[0]: line for line in result.out.splitlines()}
        assert sorted(Path(name).name for name in rows) == [
            ".o.abcd1234.part", ".q.lock", "textseq-abcdefgh",
        ]  # fmt: skip
        assert "removed" in rows[".o.abcd1234.part"]
        assert "12.0 kB" in rows[".o.abcd1234.part"]
        assert f"in use by process {process.pid}" in rows[".q.lock"]
        assert "12.0 kB freed" in result.err
    assert names() == [".p.corpus", ".q.lock", "mine", "p.checkpoint", "temp"]
    result = run("doctor", ".", "--clean", "--json")
    assert '"path": ".q.lock"' in result.out
    assert '"became": "removed"' in result.out
    assert "there is no folder nowhere" in run("doctor", "nowhere", "--clean").message
    assert run("doctor", "nowhere").status == 2


# ---- real processes


def start(*arguments: str, **more: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "textseq", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more
    )


def until(condition: Callable[[], object], process: subprocess.Popen[bytes]) -> None:
    for _ in range(6000):
        if condition():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    raise AssertionError("it takes too long")


REVIEWS = "".join(f"{word} film {n}\t{label}\n" for n in range(300)
                  for word, label in (("good", "yes"), ("bad", "no")))  # fmt: skip
LINE = ("train-classifier", "r.tsv", "--valid", "r.tsv", "--no-baseline", "--device", "cpu",
        "--threads", "1", "--hidden", "8", "--epochs", "400", "--patience", "400",
        "--no-header", "--text", "0", "--label", "1", "--quiet")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_a_training_with_its_status_and_a_line(
    run: Run, tmp_path: Path, number: int, status: int
):
    Path("r.tsv").write_text(REVIEWS)
    with start(*LINE, "--out", "o", "--checkpoint-seconds", "0.1") as process:
        until(Path("o.checkpoint").exists, process)
        taken = run(*LINE, "--out", "o")
        assert f"o is in use by process {process.pid}" in taken.message
        for _ in range(3):
            process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (status, b"")
    lines = err.decode().splitlines()
    assert lines[0].startswith(f"textseq: {signal.Signals(number).name}: stopping; a checkpoint")
    assert lines[1] == "textseq: stopped; the checkpoint is o.checkpoint; this goes on:"
    assert lines[2].startswith("  textseq train-classifier r.tsv ")
    assert lines[2].endswith(" --resume")
    assert names() == ["o.checkpoint", "r.tsv"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_elsewhere_what_is_half_written_is_removed(run: Run, tmp_path: Path, number: int):
    os.mkfifo("pipe")
    with (
        start("encode", "pipe", "--out", "o", "--tokenizer", "char") as process,
        Path("pipe").open("wb") as pipe,
    ):
        pipe.write(b"a line\n" * 1000)
        pipe.flush()
        until(lambda: any(".part" in name for name in names()), process)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert err.decode().strip() == f"textseq: stopped by {signal.Signals(number).name}"
    assert names() == ["pipe"]


@pytest.mark.slow
def test_signals_that_are_ignored_stay_so(run: Run, tmp_path: Path):
    """nohup ignores SIGHUP, a shell's background job SIGINT."""
    Path("r.tsv").write_text(REVIEWS)

    def ignore() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    more = ["--out", "o", "--checkpoint-seconds", "0.1"]
    with start(*LINE, *more, preexec_fn=ignore) as process:
        until(Path("o.checkpoint").exists, process)
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 143


def same(one: Path, other: Path) -> list[str]:
    """Files that differ, by their bytes."""
    files = [str(path.relative_to(one)) for path in one.rglob("*") if path.is_file()]
    assert sorted(files) == sorted(
        str(path.relative_to(other)) for path in other.rglob("*") if path.is_file()
    )
    return filecmp.cmpfiles(one, other, files, shallow=False)[1]


ONE_CORE = ["--device", "cpu", "--threads", "1"]
FEW = ["--hidden", "6", "--dim", "6", "--epochs", "2", *ONE_CORE]


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        ["encode", "text", "--min-count", "1"],
        ["encode", "text", "--tokenizer", "bpe", "--subword-vocab", "300", "--threads", "2"],
        ["encode", "text", "--min-count", "1", "--max-length", "4"],
        ["encode", "text", "--min-count", "1", "--max-length", "4", "--output", "one-hot"],
        ["vocab", "text", "--min-count", "1"],
        ["train-w2v", "text", "--min-count", "1", "--dim", "8", "--epochs", "2", *ONE_CORE],
        ["train-lm", "text", "--min-count", "1", *FEW],
        ["train-classifier", "r.tsv", "--valid", "r.tsv", "--no-baseline", "--no-header",
         "--text", "0", "--label", "1", *FEW],
        ["train-esn", "r.tsv", "--task", "classifier", "--no-header", "--text", "0",
         "--label", "1", "--units", "200", "--dim", "8"],
        ["train-esn", "--units", "200"],
    ],
    ids=lambda line: " ".join(line[:4]),
)  # fmt: skip
def test_equal_runs_give_equal_folders(run: Run, line: list[str]):
    """No time, no name of the folder, no chance is in what is written."""
    Path("text").write_text("the king saw a dog\na dog saw the king and the queen\n" * 60)
    Path("r.tsv").write_text(REVIEWS)
    for out in ("one", "other"):
        result = run(*line, "--out", out, "--quiet")
        assert result.status == 0, result.err
        time.sleep(0.01)
    assert same(Path("one"), Path("other")) == []
