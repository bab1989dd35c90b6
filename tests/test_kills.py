"""Trainings that are killed at any moment end in the same bytes: real signals, real processes.

As a test a few kills of each command; as a script as many as are wanted, with a report:

    python tests/test_kills.py train-classifier --kills 100 --report kills.txt

A process that has torch in memory forks for each command line, so that a kill hits the work and
not the imports. TEXTSEQ_KILLS says how often the test kills each command (3).
"""

from __future__ import annotations

import argparse
import filecmp
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest

KILLS = int(os.environ.get("TEXTSEQ_KILLS", "3"))
PATIENCE = 120.0  # seconds for a process that is told to end
ONE_CORE = ["--threads", "1", "--device", "cpu", "--checkpoint-seconds", "0.2"]
SMALL = ["--hidden", "24", "--dim", "16", *ONE_CORE]
OUT, LOG = "model", "log.jsonl"


class Kind(NamedTuple):
    """How a command is called on files that `prepare` writes into a folder."""

    line: list[str]
    prepare: Callable[[Path], None]


def head(source: str, target: Path, n_lines: int, end: str = "\n") -> None:
    """The first lines of a bundled file, plain; `end`: what ends one of them."""
    from textseq.bundled import bundled

    with gzip.open(bundled(source), "rt", encoding="utf-8") as file:
        parts = file.read().split(end)[:n_lines]
    target.write_text(end.join(parts) + end, encoding="utf-8")


def reviews(folder: Path) -> None:
    head("reviews.train.tsv.gz", folder / "train.tsv", 700)
    head("reviews.valid.tsv.gz", folder / "valid.tsv", 200)


def tagged(folder: Path) -> None:
    head("tagged.train.conllu.gz", folder / "train.conllu", 500, "\n\n")
    head("tagged.valid.conllu.gz", folder / "valid.conllu", 150, "\n\n")


def spans(folder: Path) -> None:
    head("spans.train.tsv.gz", folder / "train.conll", 300, "\n\n")
    head("spans.valid.tsv.gz", folder / "valid.conll", 100, "\n\n")


def text(folder: Path) -> None:
    head("miniworld.txt.gz", folder / "text.txt", 2000)


def pairs(folder: Path) -> None:
    for side in ("en", "xx"):
        head(f"pairs.train.{side}.gz", folder / f"train.{side}", 400)
        head(f"pairs.valid.{side}.gz", folder / f"valid.{side}", 60)


def scenes(folder: Path) -> None:
    head("scenes.train.csv.gz", folder / "train.csv", 600)
    head("scenes.valid.csv.gz", folder / "valid.csv", 100)


TABLES = ["train.tsv", "--valid", "valid.tsv"]
FEATURES = ",".join(
    f"{name}{number}" for number in (1, 2) for name in ("corners", "size", "r", "g", "b", "x", "y")
)
KINDS = {
    "train-classifier": Kind(
        ["train-classifier", *TABLES, "--epochs", "8", "--patience", "9", "--no-baseline", *SMALL],
        reviews,
    ),
    "train-tagger": Kind(
        ["train-tagger", "train.conllu", "--valid", "valid.conllu", "--epochs", "6", *SMALL], tagged
    ),
    "train-tagger-crf": Kind(
        ["train-tagger", "train.conll", "--valid", "valid.conll", "--epochs", "6",
         "--accumulate", "2", "--schedule", "plateau", *SMALL],
        spans,
    ),
    "train-lm": Kind(
        ["train-lm", "text.txt", "--epochs", "3", "--k1", "10", "--k2", "16", "--cell", "gru",
         *SMALL],
        text,
    ),
    "train-translator": Kind(
        ["train-translator", "train.en", "train.xx", "--valid", "valid.en", "--valid", "valid.xx",
         "--epochs", "4", "--subword-vocab", "200", "--beam", "1", "--teacher-forcing", "0.8",
         *SMALL],
        pairs,
    ),
    "train-captioner": Kind(
        ["train-captioner", "train.csv", "--valid", "valid.csv", "--epochs", "8", "--features",
         FEATURES, "--beam", "1", *SMALL],
        scenes,
    ),
    "bag-of-vectors": Kind(["bag-of-vectors"], reviews),
    "train-w2v": Kind(
        ["train-w2v", "text.txt", "--epochs", "40", "--dim", "48", *ONE_CORE], text
    ),
}  # fmt: skip
COMMANDS = list(KINDS)


def bag_of_vectors(arguments: list[str]) -> int:
    """What no command trains alone, in Python, with the same exit statuses."""
    from textseq.config import RNNConfig, TextConfig, TrainConfig
    from textseq.rnn.data.dataset import SequenceDataset
    from textseq.rnn.models.bag_of_vectors import BagOfVectors
    from textseq.rnn.training.fit import FitInterrupted, fit
    from textseq.stopping import Stop, stopped_by_signals

    config = TextConfig(tokenizer="word", min_count=1)
    train = SequenceDataset.from_table("train.tsv", config=config)
    valid = SequenceDataset.from_table(
        "valid.tsv", config=config, vocab=train.vocab, label_vocab=train.label_vocab
    )
    model = BagOfVectors.for_dataset(train, RNNConfig(hidden=24, dim=16))
    training = TrainConfig(epochs=20, threads=1, device="cpu", checkpoint_seconds=0.2, patience=99)
    kept, stop = Path(f"{OUT}.checkpoint"), Stop()
    with stopped_by_signals(stop):
        try:
            history = fit(
                model, train, valid, training, checkpoint=kept, resume="--resume" in arguments,
                stop=stop,
            )  # fmt: skip
        except FitInterrupted:
            return stop.status
        model.info = {"history": history.without_times()}
        model.save(OUT)
    return stop.status if stop.is_set() else 0


# ---- one process


def start(arguments: list[str], folder: Path) -> int:
    """The command line in a child of this process; its id."""
    process = os.fork()
    if process:
        return process
    status = 70
    try:
        os.chdir(folder)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, usual)
        for name, descriptor in ((os.devnull, 0), ("out", 1), ("err", 2)):
            flags = os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND
            opened = os.open(name, flags, 0o666)
            os.dup2(opened, descriptor)
        from textseq.cli.app import main

        arguments = [argument for argument in arguments if argument]
        if arguments[0] == "bag-of-vectors":
            try:
                status = bag_of_vectors(arguments)
            except KeyboardInterrupt:
                status = 130
        else:
            status = main(arguments)
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status)


def wait(process: int, seconds: float) -> int | None:
    """The status of a child, minus the signal's number if one has ended it; None while it runs."""
    end = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= end:
            return None
        time.sleep(0.002)


WAYS = {
    "INT": [signal.SIGINT],
    "TERM": [signal.SIGTERM],
    "HUP": [signal.SIGHUP],
    "KILL": [signal.SIGKILL],
    "INT INT": [signal.SIGINT, signal.SIGINT],
    "INT TERM INT": [signal.SIGINT, signal.SIGTERM, signal.SIGINT],
}


def run(arguments: list[str], folder: Path, way: str, moment: float, rng: random.Random) -> str:
    """Run a command line and send the signals of `way` at `moment` (seconds); how it ended."""
    process = start(arguments, folder)
    status = wait(process, moment)
    if status is None:
        for n, number in enumerate(WAYS[way]):
            if n:
                status = wait(process, rng.uniform(0, 0.05))
            if status is not None:
                break  # the first was enough
            os.kill(process, number)
        if status is None:
            status = wait(process, PATIENCE)
        if status is None:
            os.kill(process, signal.SIGKILL)
            wait(process, PATIENCE)
            return "hung"
    # Two signals that come together are handled in any order; and before the handlers are there,
    # a signal ends the process as it would any other.
    usual = {0, *(sign for number in WAYS.get(way, []) for sign in (128 + number, -number))}
    usual -= {128 + signal.SIGKILL}
    return str(status) if status in usual else f"unexpected status {status}"


# ---- a trial: killed and resumed until it is done


class Trial(NamedTuple):
    """The kills (way, moment, how it ended), how often it went on from a checkpoint, what differs.

    `left`: what lay beside the result at the end. `seconds`: of the first run, if it was not hit.
    """

    kills: list[tuple[str, float, str]]
    resumes: int
    difference: str
    left: list[str]
    seconds: float | None


def trial(
    line: list[str], data: Path, whole: Path, span: tuple[float, float], rng: random.Random
) -> Trial:
    """Kill the command once or twice on its way, and compare.

    `span`: when training begins and when the command ends. Most kills fall between the two.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in data.iterdir():
            (folder / file.name).symlink_to(file)
        for stream in ("out", "err"):
            (folder / stream).touch()
        before = set(os.listdir(folder))
        kills, resumes, problem = list[tuple[str, float, str]](), 0, ""
        whole_run: float | None = None
        n_kills = rng.choice([1, 1, 2])
        while not problem:
            resume = (folder / f"{OUT}.checkpoint" / "config.json").is_file()
            resumes += resume
            arguments = [*line, "--resume" if resume else ""]
            killing = len(kills) < n_kills
            way = rng.choice(list(WAYS)) if killing else ""
            earliest = span[0] if rng.random() < 0.85 else 0.0
            # What goes on has less to do.
            latest = span[1] if not kills else rng.uniform(span[0], span[1])
            moment = rng.uniform(min(earliest, latest), latest) if killing else PATIENCE
            began = time.monotonic()
            ended = run(arguments, folder, way, moment, rng)
            if killing and not kills and ended == "0":
                whole_run = time.monotonic() - began
            if killing:
                kills.append((way, round(moment, 3), ended))
            if (folder / OUT / "config.json").is_file():
                break
            if ended in ("0", "hung") or ended.startswith("unexpected") or not killing:
                problem = f"ended with {ended} and no result"
        errors = (folder / "err").read_text(encoding="utf-8", errors="replace")
        if "Traceback" in errors:
            problem = f"a traceback: {errors[-2000:]}"
        elif "fault of textseq" in errors:
            problem = errors[-500:]
        problem = problem or difference(whole, folder / OUT)
        # Killed behind the result, it had no time to tidy up; the next command there would.
        left = sorted(set(os.listdir(folder)) - before - {OUT, LOG})
        return Trial(kills, resumes, problem, left, whole_run)


def difference(one: Path, other: Path) -> str:
    """The first thing that is not the same in two folders; "" if all is."""
    names = sorted(str(path.relative_to(one)) for path in one.rglob("*"))
    found = sorted(str(path.relative_to(other)) for path in other.rglob("*"))
    if names != found:
        return f"files {sorted(set(names) ^ set(found))}"
    for name in names:
        if (one / name).is_file() and not filecmp.cmp(one / name, other / name, shallow=False):
            return f"bytes of {name}"
        if (one / name).stat().st_mode != (other / name).stat().st_mode:
            return f"mode of {name}"
    return ""


def kill_often(name: str, n_kills: int, seed: int, report: Callable[[str], None]) -> int:
    """So many kills of a command, over trials; the number of trials that went wrong."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        data, whole = Path(scratch) / "data", Path(scratch) / "whole"
        data.mkdir()
        whole.mkdir()
        KINDS[name].prepare(data)
        for file in data.iterdir():
            (whole / file.name).symlink_to(file)
        line = KINDS[name].line
        if name != "bag-of-vectors":
            line = [*line, "--out", OUT, "--quiet"]
            if name != "train-w2v":
                line = [*line, "--log", LOG]
        for _ in range(2):  # the second time is without what is made once only
            shutil.rmtree(whole / OUT, ignore_errors=True)
            (whole / LOG).unlink(missing_ok=True)
            began, clock = time.monotonic(), time.time()
            ended = run(line, whole, "", PATIENCE, rng)
            seconds = time.monotonic() - began
            if ended != "0":
                raise RuntimeError(f"{name}: {ended}\n{(whole / 'err').read_text()}")
        first = 0.0  # when training began, behind the reading of the data
        if (whole / LOG).exists():
            first = (whole / LOG).stat().st_ctime - clock
            epochs = [json.loads(entry) for entry in (whole / LOG).read_text().splitlines()]
            first -= sum(epoch["seconds"] for epoch in epochs)  # it was written last at the end
        span = max(0.0, first), seconds
        report(f"{name}: {seconds:.2f} s uninterrupted, training began after {span[0]:.2f} s")
        done = wrong = n_trials = n_resumes = 0
        while done < n_kills:
            found = trial(line, data, whole / OUT, span, rng)
            n_trials += 1
            hits = sum(end != "0" for _, _, end in found.kills)  # the others came too late
            done += hits
            # A machine is faster now and slower then.
            faster = 1.02 if found.seconds is None else found.seconds / span[1]
            span = span[0] * faster, span[1] * faster
            n_resumes += found.resumes
            wrong += bool(found.difference)
            kills = ", ".join(f"{way} at {at:.3f} s -> {end}" for way, at, end in found.kills)
            left = f"; left: {', '.join(found.left)}" if found.left else ""
            report(
                f"{name} {n_trials}: {kills}; {found.resumes} resumed; "
                f"{found.difference or 'bytes equal'}{left}"
            )
        report(
            f"{name}: {done} kills in {n_trials} trainings, {n_resumes} resumes, "
            f"{n_trials - wrong} of {n_trials} end in the same bytes"
        )
        return wrong


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("commands", nargs="+", choices=list(KINDS))
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()

    def report(line: str) -> None:
        print(line, flush=True)
        if given.report is not None:
            with given.report.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    for name in islice(KINDS, len(KINDS)):
        if name in given.commands:
            preload(name)
    wrong = [kill_often(name, given.kills, given.seed, report) for name in given.commands]
    return int(any(wrong))


def preload(name: str) -> None:
    """What the children would each import for themselves."""
    import importlib

    import torch

    from textseq.cli.app import COMMANDS as OURS

    torch.set_num_threads(1)  # a pool of threads does not outlive a fork
    for module in ("torch._dynamo", "sacrebleu"):  # loaded by the first optimizer and score
        importlib.import_module(module)
    importlib.import_module("textseq.rnn.training.fit")
    for module in ("bag_of_vectors", "classifier", "tagger", "language_model", "translator",
                   "captioner"):  # fmt: skip
        importlib.import_module(f"textseq.rnn.models.{module}")
    for module in (OURS.get(name), "app"):
        if module:
            importlib.import_module(f"textseq.cli.{module}")
    importlib.import_module("textseq.text.tokens.subword_training")
    from textseq.config import TextConfig
    from textseq.text.encode import encode_files

    with tempfile.TemporaryDirectory() as folder:  # so that the kernels are compiled and loaded
        (Path(folder) / "text").write_text("a b c a\n" * 9)
        corpus = encode_files([f"{folder}/text"], TextConfig(min_count=1), Path(folder) / "corpus")
        if name == "train-w2v":
            from textseq.config import Word2VecConfig
            from textseq.word2vec.train import train_word2vec

            config = Word2VecConfig(dim=48, epochs=1, subsample=0.0, threads=1, device="cpu")
            train_word2vec(corpus, config)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills need fork and signals")
@pytest.mark.parametrize("name", COMMANDS)
def test_killed_and_resumed_is_uninterrupted(name: str) -> None:
    done = subprocess.run(
        [sys.executable, __file__, name, "--kills", str(KILLS)],
        capture_output=True, text=True, timeout=1200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main())
