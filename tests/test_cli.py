"""The command line in whole processes: pipes, signals, locales, completion."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

needs_training = pytest.mark.skipif(
    importlib.util.find_spec("textseq.word2vec.train") is None, reason="no train.py"
)


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    """A folder of word vectors."""
    path = tmp_path / "vectors"
    WordVectors(Vocab(["king", "서울"], specials=()), np.eye(2, dtype=np.float32)).save(path)
    return path


def process(*arguments: str | Path, **settings: Any) -> subprocess.CompletedProcess[bytes]:
    """A whole process of `python -m textseq`; `env` adds to the environment."""
    env = os.environ | settings.pop("env", {})
    settings.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run(
        [sys.executable, "-m", "textseq", *map(str, arguments)],
        env=env, capture_output="stdout" not in settings, timeout=60, **settings,
    )  # fmt: skip


def test_shell_completion():
    asked = {"_TEXTSEQ_COMPLETE": "complete_bash", "COMP_WORDS": "textseq od", "COMP_CWORD": "1"}
    assert b"odd-one-out" in process(env=asked).stdout
    asked = {
        "_TEXTSEQ_COMPLETE": "complete_bash",
        "COMP_WORDS": "textseq train-w2v --mode c",
        "COMP_CWORD": "3",
    }
    assert process(env=asked).stdout.split() == [b"cbow"]


def test_a_reader_that_has_seen_enough(tmp_path: Path):
    (tmp_path / "text").write_bytes(b"some words in a line\n" * 100_000)
    command = [sys.executable, "-m", "textseq", "tokenize", str(tmp_path / "text")]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stderr is not None
    assert child.stdout.readline() == b"some words in a line\n"
    child.stdout.close()
    assert child.stderr.read() == b""
    assert child.wait(timeout=60) == 0
    child.stderr.close()


def test_stdout_is_utf_8_whatever_the_locale(vectors: Path):
    strange = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0",
               "PYTHONIOENCODING": "latin-1", "NO_COLOR": "1"}  # fmt: skip
    done = process("clean", input="서울 naïve\n".encode(), stdin=None, env=strange)
    assert (done.returncode, done.stdout, done.stderr) == (0, "서울 naïve\n".encode(), b"")
    done = process("nearest", "king", "--vectors", vectors, env=strange)
    assert "서울" in done.stdout.decode("utf-8")
    done = process("nearest", "x", "--vectors", vectors, env=strange)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"textseq: 'x' is not among the 2 words\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_and_a_closed_stdout(vectors: Path):
    with open("/dev/full", "wb") as full:
        done = process("nearest", "king", "--vectors", vectors, stdout=full, stderr=-1)
    assert done.returncode == 1
    assert done.stderr == b"textseq: the disk is full; nothing that was there before has changed\n"
    shell = f'"{sys.executable}" -m textseq nearest king --vectors "{vectors}" >&-'
    done = subprocess.run(shell, shell=True, stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")


def test_ctrl_c_ends_with_130():
    command = [sys.executable, "-m", "textseq", "clean", "-"]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )
    assert child.stdin is not None
    child.stdin.write(b"word \n" * 20_000)  # more than a buffer: it answers, so it is reading
    assert child.stdout is not None
    child.stdout.readline()
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (130, b"textseq: stopped\n")


@needs_training
@pytest.mark.slow
def test_ctrl_c_in_a_real_training(tmp_path: Path):
    line = [sys.executable, "-m", "textseq", "train-w2v", "--epochs", "500", "--out", "out"]
    child = subprocess.Popen(line, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    assert child.stderr is not None
    while not child.stderr.readline().startswith("train "):
        assert child.poll() is None, "the training ended by itself"
    child.send_signal(signal.SIGINT)
    _, rest = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "Traceback" not in rest
    assert rest.rstrip().endswith("--resume")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".out.corpus", "out.checkpoint"]
