"""Training from the command line, with training itself replaced: what is where, and when."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.artifact import new_folder, write_config
from textseq.bundled import bundled
from textseq.cli import ending, train_commands
from textseq.config import FilterConfig, TextConfig, Word2VecConfig
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors
from textseq.word2vec import device
from textseq.word2vec.device import Chosen
from textseq.word2vec.run import Word2VecProgress

Run = Callable[..., Any]  # `run` of conftest.py


class FakeTraining:
    """Stands in for text/encode.py and word2vec/train.py: the command line's part alone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[dict[str, Any]] = []
        self.stop = False
        self.encoded: list[Any] = []
        fake = self

        class TrainingInterrupted(Exception):
            def __init__(self, checkpoint: Path | None) -> None:
                self.checkpoint, self.why = checkpoint, ""

        class Corpus(str):
            text_config = TextConfig()
            filters = FilterConfig()

            @classmethod
            def load(cls, folder: Path) -> Corpus:
                assert (Path(folder) / "config.json").is_file()
                return cls(f"loaded {Path(folder).name}")

        def encode_files(inputs: Any, config: Any, out: Path, **settings: Any) -> str:
            fake.encoded.append(inputs)
            with new_folder(out, overwrite=settings["overwrite"]) as folder:
                write_config(folder, "encoded-corpus", {})
            settings["progress"](1_000_000, 0.5)
            return f"encoded {Path(out).name}"

        def train_word2vec(corpus: str, config: Word2VecConfig, **settings: Any) -> WordVectors:
            fake.calls.append({"corpus": corpus, "config": config} | settings)
            settings["progress"](
                types.SimpleNamespace(
                    epoch=1, epochs=5, words=1000, total_words=5000, seconds=2.0, loss=0.25
                )
            )
            if fake.stop:
                with new_folder(settings["checkpoint"], overwrite=True) as folder:
                    write_config(folder, "checkpoint", {})
                raise TrainingInterrupted(Path(settings["checkpoint"]))
            return WordVectors(Vocab(["the", "a b"], specials=()), np.ones((2, 3), np.float32))

        encode = types.SimpleNamespace(encode_files=encode_files)
        encoded = types.SimpleNamespace(EncodedCorpus=Corpus)
        train = types.SimpleNamespace(
            TrainingInterrupted=TrainingInterrupted, train_word2vec=train_word2vec
        )
        monkeypatch.setitem(sys.modules, "textseq.text.encode", encode)
        monkeypatch.setitem(sys.modules, "textseq.text.encoded", encoded)
        monkeypatch.setitem(sys.modules, "textseq.word2vec.train", train)
        monkeypatch.setattr(device, "find_kernel_device", lambda config: Chosen("cpu", "a test"))


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    return FakeTraining(monkeypatch)


def names(folder: Path = Path()) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_device_that_does_not_work(run: Run, training: FakeTraining, monkeypatch: Any):
    def refuse(config: Word2VecConfig) -> Chosen:
        raise ValueError(
            f"device is {config.device!r}, but there is no driver of an NVIDIA GPU here"
        )

    monkeypatch.setattr(device, "find_kernel_device", refuse)
    result = run("train-w2v", "--device", "cuda")
    assert result.status == 1
    assert "device is 'cuda', but there is no driver" in result.message
    assert (training.encoded, names()) == ([], [])  # before any work
    assert "it can be auto, cpu, cuda" in run("train-w2v", "--device", "tpu").message


def test_torchrun_or_ray_but_not_both(run: Run, training: FakeTraining, monkeypatch: Any):
    monkeypatch.setenv("WORLD_SIZE", "2")
    message = run("train-w2v", "--engine", "ray").message
    assert "--engine ray starts processes of its own; torchrun has started this one" in message
    assert (training.encoded, names()) == ([], [])


def test_train_on_the_bundled_corpus(run: Run, training: FakeTraining):
    result = run("train-w2v", "--mode", "cbow", "--dim", "3")
    assert (result.status, result.out) == (0, "")
    assert training.encoded == [[str(bundled("miniworld.txt.gz"))]]
    assert training.calls[0]["config"] == Word2VecConfig(mode="cbow", dim=3)
    assert not training.calls[0]["resume"]
    assert names() == ["textseq-vectors"]
    assert result.err.splitlines() == [
        "2 words of dim 3 in textseq-vectors",
        "1,000 raw words in 2.0 s (500 words/s), loss 0.2500 a true pair, on the CPU (a test)",
        "next: textseq nearest 'a b'",
    ]
    again = run("train-w2v")
    assert again.message.startswith("textseq-vectors exists already; --force replaces it")
    assert len(training.calls) == 1
    assert run("train-w2v", "--force", "--quiet") == (0, "", "")


def test_a_stopped_training_can_go_on(run: Run, training: FakeTraining):
    training.stop = True
    line = ["train-w2v", "my text.txt", "--epochs", "2", "--out", "deep/out"]
    result = run(*line)
    assert (result.status, result.out) == (130, "")
    assert names(Path("deep")) == [".out.corpus", "out.checkpoint"]
    assert result.err.splitlines()[-1] == (
        "  textseq train-w2v 'my text.txt' --epochs 2 --out deep/out --resume"
    )
    taken = run(*line)
    assert "deep/out.checkpoint holds a training that was stopped; --resume" in taken.message
    training.stop = False
    assert "--resume goes on with the text opt" in run(*line, "--resume", "--lowercase").message
    assert (
        "--resume goes on with the text opt" in run(*line, "--resume", "--min-words", "2").message
    )
    result = run(*line, "--resume", "--near-threshold", "0.9")  # where all is kept it means nothing
    assert result.status == 0
    assert training.calls[-1]["resume"]
    assert training.calls[-1]["corpus"] == "loaded .out.corpus"  # the text is not read again
    assert len(training.encoded) == 1
    assert names(Path("deep")) == ["out"]


def test_a_stopped_training_can_begin_anew(run: Run, training: FakeTraining):
    training.stop = True
    assert run("train-w2v", "text").status == 130
    training.stop = False
    assert run("train-w2v", "text", "--force").status == 0
    assert not training.calls[-1]["resume"]
    assert names() == ["textseq-vectors"]


def test_resume_needs_a_checkpoint(run: Run, training: FakeTraining):
    result = run("train-w2v", "--resume")
    assert result.status == 1
    assert "there is no checkpoint textseq-vectors.checkpoint" in result.message
    assert not training.calls


def test_train_on_an_encoded_folder(run: Run, training: FakeTraining):
    with new_folder("corpus") as folder:
        write_config(folder, "encoded-corpus", {})
    assert run("train-w2v", "corpus", "--quiet").status == 0
    assert training.calls[0]["corpus"] == "loaded corpus"
    assert names() == ["corpus", "textseq-vectors"]
    result = run("train-w2v", "corpus", "--lowercase", "--out", "other")
    assert result.status == 2
    assert "corpus is encoded already; text options" in result.message
    assert run("train-w2v", "--out", "/").status == 2


def test_ctrl_c_before_there_is_anything_to_keep(
    run: Run, training: FakeTraining, monkeypatch: pytest.MonkeyPatch
):
    def encode_files(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["textseq.text.encode"], "encode_files", encode_files)
    result = run("train-w2v", "text")
    assert (result.status, result.message) == (130, "stopped")
    assert names() == []


def test_what_fails_leaves_nothing_behind(
    run: Run, training: FakeTraining, monkeypatch: pytest.MonkeyPatch
):
    def train_word2vec(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(sys.modules["textseq.word2vec.train"], "train_word2vec", train_word2vec)
    result = run("train-w2v", "text")
    assert (result.status, result.message) == (1, "not enough memory")
    assert names() == []


def test_subwords_from_text_to_neighbours(run: Run):
    Path("text").write_text("low lower lowest\nnew newer newest\n" * 99, encoding="utf-8")
    subwords = ["--tokenizer", "bpe", "--subword-vocab", "1100"]  # with all the bytes
    training = ["--dim", "4", "--epochs", "1", "--min-words", "2", "--out", "v"]
    result = run("train-w2v", "text", *subwords, *training)
    assert result.status == 0
    *_, next_step = result.err.splitlines()
    assert next_step.startswith("next: textseq nearest ")
    assert "<0x" not in next_step
    Path("v").rename("moved")
    assert run("nearest", "▁low", "--vectors", "moved").status == 0
    assert run("encode", "text", *subwords, "--out", "c", "--quiet").status == 0
    ids = run("tokenize", "text", "--ids", "--vocab", "moved").out
    assert [int(each) for each in ids.split()] == np.load("c/ids.npy").tolist()


def test_resuming_line():
    line = ending.resuming_line(["train-w2v", "a b", "--resume"])
    assert line == "textseq train-w2v 'a b' --resume"


def test_progress_has_no_loss_before_there_is_one():
    shown = [
        train_commands._line(Word2VecProgress(1, 5, 1000, 5000, 2.0, loss))
        for loss in (float("nan"), 1.25)
    ]
    assert shown[0].startswith("epoch 1/5  500 words/s")
    assert shown[1] == shown[0].replace("1/5  ", "1/5  loss 1.2500  ")
