"""`train-tagger` from CoNLL-U, columns and nothing; what it prints, keeps and refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.cli import tagger_command
from textseq.rnn.models.tagger import Tagger
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

Run = Callable[..., Any]  # `run` of conftest.py
TINY = ["--hidden", "4", "--dim", "4", "--epochs", "2", "--threads", "1"]
TINY += ["--character-dim", "3", "--character-size", "4", "--device", "cpu"]


@pytest.fixture
def treebank(tmp_path: Path) -> Path:
    path = tmp_path / "train.conllu"
    words = [("The", "DET", "DT"), ("cat", "NOUN", "NN"), ("sat", "VERB", "VBD")]
    lines = []
    for number in range(12):
        lines.append(f"# sentence {number}")
        for place, (word, upos, xpos) in enumerate(words, 1):
            cells = [str(place), f"{word}{number % 4}", "_", upos, xpos, "_", "0", "_", "_", "_"]
            lines.append("\t".join(cells))
        lines.append("")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def spans(tmp_path: Path) -> Path:
    path = tmp_path / "names.txt"
    path.write_text("".join(f"xx:Anna{n} B-PER\nxx:sat O\n\n" for n in range(10)))
    return path


def test_from_a_treebank(run: Run, treebank: Path, tmp_path: Path):
    result = run("train-tagger", treebank, *TINY, "--valid-share", "0.25", "--out", "model")
    assert result.status == 0, result.err
    assert "epoch 2/2" in result.err
    assert "valid: accuracy 0." in result.err or "valid: accuracy 1." in result.err
    assert "textseq predict --model model" in result.err
    lines = result.out.split("\n")
    assert lines[0].startswith("3 sentences (validation)")
    assert [line.split()[0] for line in lines[1:3]] == ["loss", "accuracy"]
    model = Tagger.load(tmp_path / "model")
    assert model.tags.tokens == ["DET", "NOUN", "VERB"]
    assert model.crf is None
    assert model.sides["source"].text.tokenizer == "word"
    assert model.info["columns"]["tags"] == "upos"
    assert not (tmp_path / "model.checkpoint").exists()
    # Predict and evaluate read as training did.
    tagged = run("predict", "--model", "model", stdin="The1 cat, 한국\n\n".encode())
    assert tagged.status == 0, tagged.err
    tokens = [pair.rpartition("/")[0] for pair in tagged.out.split("\n")[0].split(" ")]
    assert tokens == ["The1", "cat", ",", "한국"]
    assert tagged.out.endswith("\n\n")
    again = run("predict", treebank, "--model", "model", "--json")
    rows = [json.loads(line) for line in again.out.split("\n")[:-1]]
    assert len(rows) == 12
    assert rows[0]["tokens"] == ["The0", "cat0", "sat0"]
    scored = run("evaluate", treebank, "--model", "model", "--json")
    assert scored.status == 0, scored.err
    assert json.loads(scored.out)["n"] == 12


def test_other_tags_of_a_treebank(run: Run, treebank: Path, tmp_path: Path):
    run("train-tagger", treebank, *TINY, "--tags", "xpos", "--valid", treebank, "-o", "m", "-q")
    assert Tagger.load(tmp_path / "m").tags.tokens == ["DT", "NN", "VBD"]


def test_from_columns(run: Run, spans: Path, tmp_path: Path):
    result = run(
        "train-tagger", spans, *TINY, "--strip-prefix", "xx:", "--valid", spans, "--test", spans,
        "--json", "--quiet", "-o", "m", "--characters", "lstm",
    )  # fmt: skip
    assert (result.status, result.err) == (0, "")
    found = json.loads(result.out)
    assert found["data"] == "test"
    assert set(found["scores"]) >= {"accuracy", "f1", "precision", "recall", "loss"}
    assert set(found["intervals"]) == {"accuracy", "f1"}
    model = Tagger.load(tmp_path / "m")
    assert model.crf is not None
    assert model.scheme == "bio"
    assert model.sides["source"].vocab.tokens == ["<pad>", "<unk>", "sat"]
    scored = run("evaluate", spans, "--model", "m")
    assert scored.status == 0, scored.err  # the prefix is taken off here too
    assert "f1" in scored.out
    Path("b.conll").write_text("7,xx:the\n8,xx:dog\n")  # no tags, and other columns
    options = ["--token", "1", "--separator", "comma"]
    assert run("predict", "b.conll", *options, "--model", "m").out.startswith("the/")
    tagged = run("predict", "b.conll", *options, "--strip-prefix", "x", "--model", "m")
    assert tagged.out.startswith("x:the/")
    no_crf = run("train-tagger", spans, *TINY, "--no-crf", "-o", "n", "-q", "--valid", spans)
    assert no_crf.status == 0, no_crf.err
    assert Tagger.load(tmp_path / "n").crf is None


def test_vectors(run: Run, spans: Path, tmp_path: Path):
    vectors = WordVectors(Vocab(["sat", "dog"], specials=()), np.eye(2, dtype=np.float32))
    vectors.save(tmp_path / "v")
    result = run(
        "train-tagger", spans, *TINY, "--strip-prefix", "xx:", "--vectors", "v", "--lower",
        "--valid", spans, "-o", "m",
    )  # fmt: skip
    assert result.status == 0, result.err
    model = Tagger.load(tmp_path / "m")
    assert model.sides["source"].vocab.tokens == ["<pad>", "<unk>", "sat", "dog"]
    assert model.encoder.embedding.size == 2
    assert model.lower


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--valid-share", "1"], "--valid-share is 1; it is between 0 and 1"),
        (["--tags", "pos"], "CoNLL-U has no column 'pos'"),
        (["--tags", "misc"], "train.conllu: the tags are missing: the column 'misc' is '_' for"),
        (
            ["--format", "conll", "--tag", "12"],
            "CoNLL-U, not columns; --format conllu reads",
        ),
        (["--format", "csv"], "it can be auto, conllu, conll"),
        (["--characters", "lstm", "--character-size", "5"], "it is even"),
        (["--bundled", "spans"], "--bundled is for training without FILES"),
        (["--tokenizer", "char", "--valid-share", "0.25"], "tags go with words"),
        (["--valid", "no.conllu"], "there is no file or folder 'no.conllu'"),
        (["--clean", "magic"], "magic"),
        (["--vectors", "v", "--input", "one-hot"], "takes no --vectors"),
    ],
)
def test_wrong_use(run: Run, treebank: Path, arguments: list[str], message: str, tmp_path: Path):
    result = run("train-tagger", treebank, *TINY, *arguments)
    assert result.status in (1, 2)
    assert message in result.message
    assert not (tmp_path / "textseq-tagger").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "no tokens"),
        (b"Anna B-PER\nsat\n", "line 2: 1 columns"),
        (b"Anna \xff\n", "is not utf-8"),
        (b"Anna\tB-PER\n\nsat\t\n", "bad.txt, line 3: the tag is missing: column -1 is empty"),
        (b"Anna B-PER\n", "bad.txt: a share of 0.1 of 1 rows is none; there are too few rows"),
    ],
)
def test_bad_files(run: Run, tmp_path: Path, text: bytes, message: str):
    (tmp_path / "bad.txt").write_bytes(text)
    separator = ["--separator", "tab"] if b"\t" in text else []
    result = run("train-tagger", "bad.txt", *TINY, *separator)
    assert result.status == 1
    assert message in result.message
    assert not (tmp_path / "textseq-tagger").exists()


def test_nothing_is_overwritten(run: Run, treebank: Path, tmp_path: Path):
    (tmp_path / "textseq-tagger").mkdir()
    (tmp_path / "textseq-tagger" / "mine").touch()
    result = run("train-tagger", treebank, *TINY)
    assert result.status == 1
    assert "textseq-tagger" in result.message


@pytest.mark.parametrize("name", tagger_command.BUNDLED)
def test_bundled(run: Run, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def read(inputs: list[str], config: Any, **columns: Any) -> Any:
        return whole(inputs, config, **columns).select(range(30))

    from textseq.rnn.tasks import tags

    whole = tags.read_tagged
    monkeypatch.setattr(tags, "read_tagged", read)
    result = run("train-tagger", "--bundled", name, *TINY, "--quiet", "--epochs", "1")
    assert result.status == 0, result.err
    assert result.out.startswith("30 sentences (test)")
    assert (Tagger.load(tmp_path / "textseq-tagger").scheme == "bio") == (name == "spans")
    refused = run("train-tagger", "--valid", "x", "-o", "other")
    assert (refused.status, "go with FILES" in refused.message) == (2, True)
