"""Training as a whole: the same bytes from the same seed, reports, stops, checkpoints, failures."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from textseq import artifact, pace
from textseq.arrays import save_array
from textseq.config import TextConfig, Word2VecConfig
from textseq.stopping import SIGNALS
from textseq.text.encode import encode_files, encode_lines
from textseq.text.encoded import EncodedCorpus
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors
from textseq.word2vec import checkpoint as checkpoint_file
from textseq.word2vec import run
from textseq.word2vec.device import find_kernel_device
from textseq.word2vec.job import Job
from textseq.word2vec.kernels import cpu, reference
from textseq.word2vec.objectives import OBJECTIVES
from textseq.word2vec.sampling import BLOCK
from textseq.word2vec.train import TrainingInterrupted, Word2VecProgress, train_word2vec

WORDS_PER_LINE = 8
TEXT = TextConfig(min_count=2)


def lines_of(n_lines: int, seed: int = 0) -> list[str]:
    """Lines that each keep to one of eight topics of six words, with a frequent word between."""
    rng = np.random.default_rng(seed)
    topics, words = rng.integers(0, 8, n_lines), rng.integers(0, 6, (n_lines, WORDS_PER_LINE - 1))
    return [f"the {' '.join(f't{t}w{w}' for w in ws)}" for t, ws in zip(topics, words, strict=True)]


@pytest.fixture(scope="module")
def corpus() -> EncodedCorpus:
    """Four blocks and a bit."""
    lines = lines_of(4 * BLOCK // WORDS_PER_LINE + 50)
    return encode_lines([*lines, "rare", ""], TEXT)


def config_of(**options: Any) -> Word2VecConfig:
    return Word2VecConfig(
        **{"dim": 20, "threads": 1, "epochs": 3, "lr": 0.1, "device": "cpu"} | options
    )


def same(a: WordVectors, b: WordVectors) -> bool:
    return (
        a.vocab == b.vocab
        and a.vectors.tobytes() == b.vectors.tobytes()
        and outputs(a).tobytes() == outputs(b).tobytes()
    )


def outputs(vectors: WordVectors) -> NDArray[np.float32]:
    assert vectors.output_vectors is not None
    return vectors.output_vectors


# --- what comes out


@pytest.mark.parametrize("mode", ["skipgram", "cbow"])
def test_one_thread_and_one_seed_give_the_same_bytes(
    corpus: EncodedCorpus, tmp_path: Path, mode: str
):
    config = config_of(mode=mode)
    first = train_word2vec(corpus, config)
    assert same(first, train_word2vec(corpus, config))
    assert not same(first, train_word2vec(corpus, config.replace(seed=2)))
    (tmp_path / "text").write_text("\n".join([*lines_of(len(corpus) - 2), "rare", ""]) + "\n")
    encode_files(tmp_path / "text", TEXT, tmp_path / "corpus")
    loaded = EncodedCorpus.load(tmp_path / "corpus")  # read-only, mapped
    assert same(first, train_word2vec(loaded, config))


@pytest.mark.parametrize("mode", ["skipgram", "cbow"])
def test_two_threads_learn_as_one_does(corpus: EncodedCorpus, mode: str):
    one, two = (train_word2vec(corpus, config_of(mode=mode, threads=n)) for n in (1, 2))
    assert np.isfinite(two.vectors).all()
    assert np.isfinite(outputs(two)).all()
    # Threads that read 51 busy rows while others write them learn a little later: 4 % at most
    # were seen in the first epoch.
    assert two.config["loss"] == pytest.approx(one.config["loss"], rel=0.1)
    assert two.config["loss"][-1] == pytest.approx(one.config["loss"][-1], rel=0.05)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_loss_falls_and_is_the_references(corpus: EncodedCorpus, objective: str):
    config = config_of(**OBJECTIVES[objective].options, lr=0.05, subsample=0.01)
    losses = train_word2vec(corpus, config).config["loss"]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.9 * losses[0]
    job = Job.create(corpus.ids, corpus.offsets, corpus.vocab.counts, 2, config)
    for epoch in range(config.epochs):
        loss, pairs = reference.train_span(job, epoch, 0, len(job.ids))
        assert losses[epoch] == pytest.approx(loss / pairs, rel=1e-4)


def test_words_of_a_topic_are_near(corpus: EncodedCorpus):
    vectors = train_word2vec(corpus, config_of(mode="cbow", epochs=5))
    near = [word for word, _ in vectors.nearest("t3w0", 5)]
    assert sorted(near) == [f"t3w{n}" for n in range(1, 6)]


def test_words_only_with_all_options(corpus: EncodedCorpus, tmp_path: Path):
    config = config_of(mode="cbow", lr=None, window=3)
    vectors = train_word2vec(corpus, config)
    assert vectors.vocab.specials == ()
    assert vectors.vocab.tokens == corpus.vocab.tokens[2:]
    assert vectors.vocab.tokens[0] == "the"
    assert vectors.vocab.counts.tolist() == corpus.vocab.counts[2:].tolist()
    assert vectors.vectors.shape == outputs(vectors).shape == (49, 20)
    assert vectors.vectors.dtype == outputs(vectors).dtype == np.float32
    made_by = vectors.config
    assert made_by["word2vec"] == config.to_json() | {"lr": 0.07, "device": "cpu"}
    assert TextConfig.from_json(made_by["text"]) == TEXT
    assert made_by["n_tokens"] == corpus.n_tokens
    assert made_by["source"] == corpus.config["source"]
    assert len(made_by["loss"]) == 3
    vectors.save(tmp_path / "vectors")
    loaded = WordVectors.load(tmp_path / "vectors")
    assert same(vectors, loaded)
    assert Word2VecConfig.from_json(loaded.config["word2vec"]).window == 3
    assert loaded.config["loss"] == made_by["loss"]


def test_the_defaults_are_the_configs(corpus: EncodedCorpus):
    vectors = train_word2vec(encode_lines(lines_of(20), TEXT))
    used = {"lr": 0.035, "device": find_kernel_device(Word2VecConfig()).device}
    assert vectors.config["word2vec"] == Word2VecConfig().to_json() | used


# --- reports


@pytest.mark.parametrize("threads", [1, 3])
def test_reports_rise_to_the_end(
    corpus: EncodedCorpus, monkeypatch: pytest.MonkeyPatch, threads: int
):
    monkeypatch.setattr(run, "_REPORT_SECONDS", 0.001)
    reports: list[Word2VecProgress] = []
    vectors = train_word2vec(corpus, config_of(threads=threads), progress=reports.append)
    total = corpus.n_tokens * 3
    assert {report.total_words for report in reports} == {total}
    assert {report.epochs for report in reports} == {3}
    for name in ("words", "seconds", "epoch"):
        values = [getattr(report, name) for report in reports]
        assert values == sorted(values), name
    last = reports[-1]
    assert (last.words, last.epoch) == (total, 3)
    assert last.loss == vectors.config["loss"][-1]
    assert last.words_per_second == pytest.approx(total / last.seconds)


def test_a_training_too_short_for_a_report_has_one():
    for _ in range(5):
        reports: list[Word2VecProgress] = []
        tiny = encode_lines(["a b a b a b"], TEXT)
        train_word2vec(tiny, config_of(epochs=1, subsample=0), progress=reports.append)
        assert reports[-1].words == tiny.n_tokens


def test_no_time_no_rate():
    assert Word2VecProgress(1, 1, 5, 5, 0.0, 1.0).words_per_second == 0.0


# --- stops


class StopAfter:
    """A kernel that lets the calling thread stop the training before span `n` is done."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, n: int) -> None:
        self.stop = threading.Event()
        self._n = n
        self._spans = 0
        self._wait = threading.Event()
        self._go_on = threading.Event()
        self._kernel = cpu.train_span
        monkeypatch.setattr(cpu, "train_span", self.train_span)
        monkeypatch.setattr(run, "_REPORT_SECONDS", 0.001)

    def train_span(self, job: Job, epoch: int, start: int, stop: int) -> tuple[float, int]:
        self._spans += stop > start
        if self._spans == self._n and stop > start:
            self._wait.set()
            assert self._go_on.wait(timeout=30)
            time.sleep(0.05)  # who does not wait for this span saves the tables before it
        return self._kernel(job, epoch, start, stop)

    def by_interrupt(self, report: Word2VecProgress) -> None:
        """What Ctrl-C does: KeyboardInterrupt in the calling thread."""
        if self._wait.is_set():
            self._go_on.set()
            raise KeyboardInterrupt

    def by_event(self, report: Word2VecProgress) -> None:
        """Set the event; a report later it has been seen."""
        if self.stop.is_set():
            self._go_on.set()
        elif self._wait.is_set():
            self.stop.set()


@pytest.mark.parametrize("mode", ["skipgram", "cbow"])
@pytest.mark.parametrize("how", ["by_interrupt", "by_event"])
def test_interrupted_and_resumed_gives_the_same_bytes(
    corpus: EncodedCorpus, tmp_path: Path, how: str, mode: str
):
    config, folder = config_of(mode=mode), tmp_path / "deep" / "checkpoint"
    whole = train_word2vec(corpus, config)
    before = threading.active_count()
    done = []
    for n in (2, 7):  # twice: in the first epoch, then, counted from there, in the second
        with pytest.MonkeyPatch.context() as patch:
            stopper = StopAfter(patch, n)
            with pytest.raises(TrainingInterrupted) as stopped:
                train_word2vec(
                    corpus, config, checkpoint=folder, resume=bool(done),
                    progress=getattr(stopper, how), stop=stopper.stop,
                )  # fmt: skip
        assert threading.active_count() == before
        assert stopped.value.checkpoint == folder
        assert str(folder) in str(stopped.value)
        done.append(json.loads((folder / "config.json").read_text())["done"])
    assert 0 < done[0] < done[1] < 3 * corpus.n_tokens
    assert [path.name for path in folder.parent.iterdir()] == ["checkpoint"]
    reports: list[Word2VecProgress] = []
    rest = train_word2vec(corpus, config, checkpoint=folder, resume=True, progress=reports.append)
    assert same(rest, whole)
    assert reports[-1].words == reports[-1].total_words == 3 * corpus.n_tokens - done[1]
    assert rest.config == whole.config
    # Threads may be others, and so may the device.
    again = config.replace(threads=2, device="auto")
    train_word2vec(corpus, again, checkpoint=folder, resume=True)


@pytest.mark.usefixtures("usual_signals")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_obeyed_once_however_often_it_comes(
    corpus: EncodedCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
):
    monkeypatch.setattr(run, "_REPORT_SECONDS", 0.001)
    config, folder, before = config_of(epochs=20), tmp_path / "checkpoint", signal.getsignal(number)
    whole = train_word2vec(corpus, config)
    write = checkpoint_file.save_array

    def send(report: Word2VecProgress) -> None:
        if report.words > 3 * corpus.n_tokens:
            os.kill(os.getpid(), number)

    def write_and_send(path: Path, array: NDArray[Any]) -> None:
        os.kill(os.getpid(), number)  # the second Ctrl-C comes while the first is obeyed
        write(path, array)

    monkeypatch.setattr(checkpoint_file, "save_array", write_and_send)
    with pytest.raises(TrainingInterrupted) as stopped:
        train_word2vec(corpus, config, checkpoint=folder, progress=send)
    assert stopped.value.checkpoint == folder
    assert signal.getsignal(number) is before
    rest = train_word2vec(corpus, config, checkpoint=folder, resume=True)
    assert same(rest, whole)
    assert rest.config == whole.config


@pytest.mark.slow
def test_a_training_keeps_a_checkpoint_as_it_goes(
    corpus: EncodedCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(run, "_REPORT_SECONDS", 0.001)
    monkeypatch.setattr(pace, "_LEAST", 0)
    config, folder = config_of(checkpoint_seconds=0.01, epochs=20), tmp_path / "checkpoint"
    whole = train_word2vec(corpus, config)
    kept: list[int] = []

    def copy(report: Word2VecProgress) -> None:
        if folder.exists():  # as a kill -9 leaves it
            kept.append(json.loads((folder / "config.json").read_text())["done"])
            if len(set(kept)) == 3 and not (tmp_path / "killed").exists():
                shutil.copytree(folder, tmp_path / "killed")

    again = train_word2vec(corpus, config, checkpoint=folder, progress=copy)
    assert same(again, whole)
    assert len(set(kept)) >= 3
    rest = train_word2vec(corpus, config, checkpoint=tmp_path / "killed", resume=True)
    assert same(rest, whole)
    assert rest.config == whole.config


def test_a_checkpoint_that_finds_no_room_is_told_and_ends_nothing(
    corpus: EncodedCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(run, "_REPORT_SECONDS", 0.001)
    monkeypatch.setattr(pace, "_LEAST", 0)

    def full(path: Path, array: NDArray[Any]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoint_file, "save_array", full)
    told: list[str] = []
    config = config_of(checkpoint_seconds=0.01)
    vectors = train_word2vec(corpus, config, checkpoint=tmp_path / "c", notify=told.append)
    assert same(vectors, train_word2vec(corpus, config))
    assert told[0].endswith("c could not be written (No space left on device); training goes on")
    assert list(tmp_path.iterdir()) == []


def test_a_stop_on_a_full_disk_leaves_its_checkpoint_on_another(
    corpus: EncodedCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setattr(artifact.tempfile, "gettempdir", lambda: str(other))
    monkeypatch.setattr(artifact, "_same_disk", lambda folder, path: folder != other)

    def save(path: Path, array: NDArray[Any]) -> None:
        if not path.is_relative_to(other):
            raise OSError(errno.ENOSPC, "No space left on device")
        save_array(path, array)

    monkeypatch.setattr(checkpoint_file, "save_array", save)
    stopper = StopAfter(monkeypatch, 2)
    with pytest.raises(TrainingInterrupted) as stopped:
        train_word2vec(
            corpus, config_of(), checkpoint=tmp_path / "c", progress=stopper.by_event,
            stop=stopper.stop,
        )  # fmt: skip
    assert stopped.value.checkpoint is not None
    assert stopped.value.checkpoint.parent == other
    monkeypatch.undo()
    rest = train_word2vec(corpus, config_of(), checkpoint=stopped.value.checkpoint, resume=True)
    assert same(rest, train_word2vec(corpus, config_of()))


def test_a_stop_without_a_checkpoint_leaves_nothing(
    corpus: EncodedCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    stopper = StopAfter(monkeypatch, 2)
    with pytest.raises(TrainingInterrupted) as stopped:
        train_word2vec(corpus, config_of(), progress=stopper.by_interrupt)
    assert stopped.value.checkpoint is None
    assert list(tmp_path.iterdir()) == []


def test_a_stop_before_the_first_span_writes_no_checkpoint(
    corpus: EncodedCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def compile_for_long(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cpu, "train_span", compile_for_long)
    with pytest.raises(TrainingInterrupted) as stopped:
        train_word2vec(corpus, config_of(), checkpoint=tmp_path / "checkpoint")
    assert stopped.value.checkpoint is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", [KeyboardInterrupt, None])
def test_a_stop_when_all_is_done_takes_nothing_away(
    corpus: EncodedCorpus, tmp_path: Path, how: type[KeyboardInterrupt] | None
):
    stop = threading.Event()

    def at_the_end(report: Word2VecProgress) -> None:
        if report.words == report.total_words:
            stop.set()
            if how is not None:
                raise how

    folder = tmp_path / "checkpoint"
    ended = train_word2vec(corpus, config_of(), checkpoint=folder, progress=at_the_end, stop=stop)
    assert same(ended, train_word2vec(corpus, config_of()))
    assert not folder.exists()


def test_an_error_of_progress_is_raised_and_leaves_no_thread(corpus: EncodedCorpus):
    def broken(report: Word2VecProgress) -> None:
        raise ZeroDivisionError

    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        train_word2vec(corpus, config_of(threads=2), progress=broken)
    assert threading.active_count() == before


# --- checkpoints that do not fit


@pytest.fixture
def checkpoint(corpus: EncodedCorpus, tmp_path: Path) -> Path:
    """The folder of a training with `config_of()` that was stopped."""
    with pytest.MonkeyPatch.context() as patch:
        stopper = StopAfter(patch, 3)
        with pytest.raises(TrainingInterrupted):
            train_word2vec(
                corpus, config_of(), checkpoint=tmp_path / "c", progress=stopper.by_interrupt
            )
    return tmp_path / "c"


def refusal(corpus: EncodedCorpus, checkpoint: Path | None, **options: Any) -> str:
    """What is said instead of resuming."""
    config = config_of(**options)
    with pytest.raises((ValueError, FileNotFoundError)) as refused:
        train_word2vec(corpus, config, checkpoint=checkpoint, resume=True)
    return str(refused.value)


@pytest.mark.parametrize(
    ("option", "value"),
    [("dim", 21), ("mode", "cbow"), ("lr", 0.2), ("seed", 7), ("epochs", 4), ("tile", 3)],
)
def test_resume_needs_the_same_options(
    corpus: EncodedCorpus, checkpoint: Path, option: str, value: Any
):
    message = refusal(corpus, checkpoint, **{option: value})
    was = getattr(config_of(), option)
    assert message == f"{checkpoint} was trained with {option} {was}, not {value}"


def test_resume_needs_the_same_corpus(corpus: EncodedCorpus, checkpoint: Path):
    n_lines = len(corpus)
    shorter = encode_lines(lines_of(n_lines - 100), TEXT)
    other = encode_lines([*lines_of(n_lines - 2, seed=1), "rare", ""], TEXT)
    # The same text, but one word fewer is known.
    fewer = encode_lines([*lines_of(n_lines - 2), "rare", ""], TEXT.replace(max_vocab=48))
    for different, name in ((shorter, "n_tokens"), (other, "source"), (fewer, "vocab")):
        message = refusal(different, checkpoint)
        assert message == f"{checkpoint} was trained on another corpus ({name} differs)"


def test_resume_needs_a_checkpoint(corpus: EncodedCorpus, tmp_path: Path):
    assert refusal(corpus, None) == "resume needs the name of a checkpoint"
    assert f"there is no {tmp_path / 'none'}" in refusal(corpus, tmp_path / "none")
    (tmp_path / "some").mkdir()
    assert "is not a textseq folder" in refusal(corpus, tmp_path / "some")
    train_word2vec(corpus, config_of(epochs=1)).save(tmp_path / "vectors")
    assert "holds word-vectors, not word2vec-checkpoint" in refusal(corpus, tmp_path / "vectors")


def cut_table(folder: Path) -> None:
    (folder / "w_in.npy").write_bytes((folder / "w_in.npy").read_bytes()[:-100])


def cut_header(folder: Path) -> None:
    (folder / "w_out.npy").write_bytes((folder / "w_out.npy").read_bytes()[:20])


def no_table(folder: Path) -> None:
    (folder / "w_out.npy").unlink()


def other_table(folder: Path) -> None:
    np.save(folder / "w_in.npy", np.zeros((3, 16), np.float32))


def other_type(folder: Path) -> None:
    np.save(folder / "w_in.npy", np.load(folder / "w_in.npy").astype(np.float64))


def config_with(**changes: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (cut_table, "w_in.npy is damaged"),
        (cut_header, "w_out.npy is damaged"),
        (no_table, "w_out.npy is missing"),
        (other_table, r"w_in.npy is damaged: its shape is \(3, 16\)"),
        (other_type, "w_in.npy is damaged: it holds float64, not float32"),
        (config_with(done=None), "is damaged: its config says that None positions are done"),
        (config_with(done=-BLOCK), "positions are done"),
        (config_with(done=10**9), "positions are done"),
        (config_with(done=BLOCK + 1), "no whole blocks"),
        (config_with(word2vec=5), "was trained with mode None"),
        (config_with(format=99), "newer than this one"),
    ],
)
def test_a_damaged_checkpoint(
    corpus: EncodedCorpus, checkpoint: Path, damage: Callable[[Path], None], message: str
):
    damage(checkpoint)
    names = sorted(path.name for path in checkpoint.iterdir())
    with pytest.raises(ValueError, match=message):
        train_word2vec(corpus, config_of(), checkpoint=checkpoint, resume=True)
    assert sorted(path.name for path in checkpoint.iterdir()) == names


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_keeps_the_last_checkpoint(
    corpus: EncodedCorpus, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
):
    before = {path.name: path.read_bytes() for path in checkpoint.iterdir()}

    def save(path: Path, array: NDArray[Any]) -> None:
        save_array(Path("/dev/full"), array)

    stopper = StopAfter(monkeypatch, 2)
    monkeypatch.setattr(checkpoint_file, "save_array", save)
    with pytest.raises(OSError, match="No space left"):
        train_word2vec(
            corpus, config_of(), checkpoint=checkpoint, resume=True, progress=stopper.by_interrupt
        )
    assert {path.name: path.read_bytes() for path in checkpoint.iterdir()} == before
    assert [path.name for path in checkpoint.parent.iterdir()] == ["c"]


# --- failures


@pytest.mark.parametrize("threads", [1, 2])
def test_a_loss_that_is_not_finite(
    corpus: EncodedCorpus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, threads: int
):
    monkeypatch.setattr(cpu, "train_span", lambda job, epoch, start, stop: (float("nan"), 1))
    with pytest.raises(
        ValueError, match=r"diverges: in epoch 1 the mean loss is nan.*; lr below 0\.1 may hold"
    ):
        train_word2vec(corpus, config_of(threads=threads), checkpoint=tmp_path / "c")
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("mode", ["skipgram", "cbow"])
def test_a_training_that_diverges(mode: str):
    # Two words that only ever meet each other: each step doubles what the last one did.
    runaway = encode_lines(["a b " * 5000], TEXT)
    config = config_of(mode=mode, lr=10, min_lr=10, negatives=64, subsample=0, epochs=20)
    with pytest.raises(ValueError, match=r"training diverges: .*; lr below 10 may hold"):
        train_word2vec(runaway, config)


def test_an_error_of_a_kernel_is_raised(corpus: EncodedCorpus, monkeypatch: pytest.MonkeyPatch):
    def broken(job: Job, epoch: int, start: int, stop: int) -> tuple[float, int]:
        if stop > start:
            raise MemoryError("in a thread")
        return 0.0, 0

    before = threading.active_count()
    monkeypatch.setattr(cpu, "train_span", broken)
    with pytest.raises(MemoryError, match="in a thread"):
        train_word2vec(corpus, config_of(threads=2))
    assert threading.active_count() == before


def test_an_error_outweighs_an_interrupt(
    corpus: EncodedCorpus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    stopper = StopAfter(monkeypatch, 2)
    kernel = stopper._kernel

    def nan(*span: Any) -> tuple[float, int]:
        return float("nan"), kernel(*span)[1]

    stopper._kernel = nan
    with pytest.raises(ValueError, match="the mean loss is nan"):
        train_word2vec(
            corpus, config_of(), checkpoint=tmp_path / "c", progress=stopper.by_interrupt
        )
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("bad_id", [-1, 51, 2**31 - 1])
def test_an_id_outside_the_vocabulary(
    corpus: EncodedCorpus, monkeypatch: pytest.MonkeyPatch, bad_id: int
):
    ids = np.array(corpus.ids)
    ids[17] = bad_id
    assert len(corpus.vocab) == 51
    damaged = EncodedCorpus(ids, corpus.offsets, corpus.vocab, corpus.config, name="some folder")
    monkeypatch.setattr(cpu, "train_span", None)  # must not be reached
    with pytest.raises(ValueError, match=f"some folder is damaged: it holds the id {bad_id}"):
        train_word2vec(damaged, config_of())


def test_a_vocabulary_without_words():
    specials_only = encode_lines(["a b c"], TEXT, vocab=Vocab(["<pad>", "<unk>"]))
    with pytest.raises(ValueError, match="this corpus holds no words"):
        train_word2vec(specials_only, config_of())


def test_a_corpus_without_tokens(corpus: EncodedCorpus):
    empty = encode_lines(["", ""], TEXT, vocab=corpus.vocab)
    with pytest.raises(ValueError, match="this corpus holds no tokens"):
        train_word2vec(empty, config_of())


@pytest.mark.parametrize("mode", ["skipgram", "cbow"])
def test_a_corpus_without_neighbours(mode: str):
    lonely = encode_lines(["a", "b", "a", "b", "a"], TEXT)
    with pytest.raises(ValueError, match="no word has a neighbour to learn from"):
        train_word2vec(lonely, config_of(mode=mode, subsample=0))
