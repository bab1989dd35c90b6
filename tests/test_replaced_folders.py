"""A folder that another process replaces all the time is read as the old one or as the new one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import textseq

ROOT = Path(textseq.__file__).parents[1]
LOADS = int(os.environ.get("TEXTSEQ_LOADS", "150"))

# Two folders of a kind, which differ in each of their files; `number` is in all of them.
WRITER = """
import sys
from pathlib import Path
import numpy as np
from textseq.config import PadConfig, RNNConfig, TextConfig, TrainConfig
from textseq.text.encode import encode_files
from textseq.text.encoded import EncodedCorpus
from textseq.text.rows.padded import write_padded
from textseq.text.encoded.vocab_folder import save_vocab
from textseq.vectors.word_vectors import WordVectors
from textseq.text.vocab import Vocab

kind, out = sys.argv[1], Path(sys.argv[2])

def corpus(number):
    source = out.with_name(f"text{number}")
    source.write_text(f"w{number} v{number} w{number}\\n" * (number + 1) * 50)
    place = out.with_name(f"corpus{number}")
    subwords = kind == "tokenizer"
    config = TextConfig(min_count=1)
    if subwords:
        config = TextConfig(min_count=1, tokenizer="bpe", subword_vocab=300)
    return encode_files([str(source)], config, place)

def saver(number):
    if kind == "vectors":
        rows = np.full((2 + number, 4), number, np.float32)
        words = [f"{number}w{n}" for n in range(2 + number)]
        counts = np.full(2 + number, number + 1)
        vectors = WordVectors(Vocab(words, counts, ()), rows + 1, config={"number": number},
                              output_vectors=rows + 1)
        return lambda: vectors.save(out, overwrite=True)
    if kind == "model":
        import torch
        from textseq.rnn.models.classifier import Classifier
        from textseq.rnn.data.dataset import SequenceDataset
        torch.set_num_threads(1)
        data = SequenceDataset.from_texts([f"a{number}", f"b{number}"] * 5, ["x", "y"] * 5)
        model = Classifier.for_dataset(data, RNNConfig(hidden=2, dim=2))
        for weights in model.parameters():
            weights.data.fill_(number + 1)
        model.info = {"number": number}
        return lambda: model.save(out, overwrite=True)
    one = corpus(number)
    one.config["number"] = number
    if kind == "vocab":
        return lambda: save_vocab(one.vocab, TextConfig(min_count=number + 1), out, overwrite=True)
    if kind == "rows":
        return lambda: write_padded(one, out, PadConfig(max_length=3), overwrite=True)
    if kind == "one-hot":
        return lambda: write_padded(one, out, PadConfig(max_length=3), output="one-hot",
                                    overwrite=True)
    return lambda: one.save(out, overwrite=True)

savers = [saver(number) for number in (0, 1)]
print("ready", flush=True)
while True:
    for save in savers:
        save()
"""


def vectors(path: Path) -> set[int]:
    from textseq.vectors.word_vectors import WordVectors

    found = WordVectors.load(path)
    assert found.output_vectors is not None
    arrays = (found.vectors, found.output_vectors)
    return {
        found.config["number"], len(found.vocab) - 2, int(found.vocab.counts[0]) - 1,
        *(int(word[0]) for word in found.vocab.tokens), *(int(a[0, 0]) - 1 for a in arrays),
    }  # fmt: skip


def corpus(path: Path) -> set[int]:
    from textseq.text.encoded import EncodedCorpus

    found = EncodedCorpus.load(path)
    return {
        found.config["number"], len(found) // 50 - 1, int(found.vocab.tokens[-1][1]),
        int(found.vocab.counts[-1]) // 50 - 1, found.n_tokens // 150 - 1,
    }  # fmt: skip


def tokenizer(path: Path) -> set[int]:
    from textseq.text.encoded import EncodedCorpus
    from textseq.text.tokens.tokenizer import load_tokenizer

    found = EncodedCorpus.load(path)
    time.sleep(0.01)  # it is made of its file when it is needed
    tokens = load_tokenizer(found.text_config).tokens
    assert tokens is not None
    assert list(tokens) == found.vocab.tokens
    return {found.config["number"], len(found) // 50 - 1}


def vocab(path: Path) -> set[int]:
    from textseq.text.encoded.vocab_folder import load_vocab

    found, text = load_vocab(path)
    assert text is not None
    return {text.min_count - 1, int(found.tokens[-1][1]), int(found.counts[-1]) // 50 - 1}


def rows(path: Path) -> set[int]:
    from textseq.text.rows.padded import load_padded

    found = load_padded(path)
    time.sleep(0.005)  # what is large is read when it is needed
    length = found.values.shape[0] // (1 if found.output == "ids" else 3)
    return {length // 50 - 1, len(found) // 50 - 1, int(found.vocab.tokens[-1][1])}


def model(path: Path) -> set[int]:
    from textseq.rnn.models.model import SequenceModel

    found: Any = SequenceModel.load(path)
    values = {int(value) - 1 for weights in found.parameters() for value in weights.flatten()[:1]}
    words = {int(word[1]) for word in found.sides["source"].vocab.tokens if word[0] in "ab"}
    return {found.info["number"]} | values | words


@contextmanager
def replacing(kind: str, path: Path) -> Iterator[None]:
    """A process that replaces the folder all the time while the block runs."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", WRITER, kind, str(path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env=environment, cwd=path.parent
    ) as writer:
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            while not path.exists():
                assert writer.poll() is None
                time.sleep(0.01)
            yield
            assert writer.poll() is None
        finally:
            writer.kill()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("vectors", vectors), ("corpus", corpus), ("tokenizer", tokenizer), ("vocab", vocab),
        ("rows", rows), ("one-hot", rows), ("model", model),
    ],
)  # fmt: skip
def test_no_load_is_mixed(tmp_path: Path, kind: str, read: Callable[[Path], set[int]]) -> None:
    seen: set[int] = set()
    with replacing(kind, tmp_path / "out"):
        for _ in range(LOADS):
            numbers = read(tmp_path / "out")
            assert len(numbers) == 1, numbers
            seen |= numbers
    assert seen == {0, 1}


@pytest.mark.parametrize("error", [None, ValueError, FileNotFoundError])
def test_what_was_replaced_while_it_was_read_is_read_again(
    tmp_path: Path, error: type[Exception] | None
) -> None:
    """The reader itself makes the moment: the folder is another one when it has read half."""
    from textseq.artifact import new_folder, of_one_folder, write_config

    def write(number: int) -> None:
        with new_folder(tmp_path / "out", overwrite=True) as folder:
            write_config(folder, "thing", {})
            for name in ("a", "b"):
                (folder / name).write_text(str(number))

    write(0)
    times: list[str] = []

    @of_one_folder
    def load(number: int, folder: Path) -> list[str]:
        found = [(folder / "a").read_text()]
        times.append(found[0])
        if len(times) < 3:
            write(len(times))
            if error is not None:
                raise error("what half a folder gives")
        return [*found, (folder / "b").read_text()]

    assert load(7, folder=tmp_path / "out") == ["2", "2"]
    assert times == ["0", "1", "2"]


def test_an_error_of_a_folder_that_stays_is_raised_at_once(tmp_path: Path) -> None:
    from textseq.artifact import read_whole

    calls = []

    def read(path: Path) -> None:
        calls.append(path)
        raise ValueError("damaged")

    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(ValueError, match="damaged"):
            read_whole(path, read)
    assert calls == [tmp_path, tmp_path / "nothing"]


def test_what_is_replaced_for_ever_is_an_error(tmp_path: Path, monkeypatch: Any) -> None:
    from textseq import artifact

    monkeypatch.setattr(artifact, "_PAUSE", 0.0)
    monkeypatch.setattr(artifact, "_PATIENCE", 0.05)
    numbers = iter(range(10**6))
    monkeypatch.setattr(artifact, "_identity", lambda path: (0, next(numbers)))
    with pytest.raises(OSError, match="is being replaced again and again"):
        artifact.read_whole(tmp_path, lambda path: np.zeros(1))
