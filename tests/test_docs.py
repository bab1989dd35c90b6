"""The README: every block of commands and of Python in it runs, in order, as a reader would."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from textseq.bundled import bundled

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


MODELS = "Sequence models"  # the section whose commands take minutes


def blocks(language: str, *, models: bool = False) -> list[str]:
    """The blocks of a language, of the section of the models or of all others."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    sections = [part for part in text.split("\n## ") if part.startswith(MODELS) is models]
    return [body for part in sections for kind, body in BLOCK.findall(part) if kind == language]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the reader has: corpus.txt (the bundled text), a page, a table, texts."""
    path = tmp_path_factory.mktemp("reader")
    text = gzip.decompress(bundled("miniworld.txt.gz").read_bytes()).decode()
    (path / "corpus.txt").write_text(text, encoding="utf-8")
    page = (
        "<p>The <b>king</b> and the queen</p>\n<p>\u201cCaf\u00c3\u00a9\u201d: http://a.b/c</p>\n"
    )
    (path / "page.html").write_text(page + page, encoding="utf-8")
    lines = text.split("\n")[:200]
    with (path / "reviews.csv").open("w", encoding="utf-8", newline="") as file:
        rows = ((line, ("bad", "good")[len(line) % 2]) for line in lines)
        csv.writer(file).writerows([("text", "label"), *rows])
    (path / "texts").mkdir()
    for number in range(20):
        content = "\n".join(lines[5 * number : 5 * number + 5])
        (path / "texts" / f"{number}.txt").write_text(content, encoding="utf-8")
    return path


def shell(script: str, folder: Path) -> str:
    """Run a block as bash does, with this Python's `textseq` first on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {k: v for k, v in os.environ.items() if k != "TEXTSEQ_VECTORS"} | {"PATH": path}
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=folder, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_two_commands_come_first():
    first, second = blocks("console")
    assert first.startswith("pip install -c constraints.txt -e . && ")
    assert second == 'pip install -c constraints.txt -e ".[test]" && pytest\n'
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for command in ('-c constraints.txt -e ".[test]"', "\npytest\n", "ruff check", "\nmypy\n"):
        assert command in ci


def test_the_first_command_after_installing(tmp_path: Path):
    command = blocks("console")[0].removeprefix("pip install -c constraints.txt -e . && ")
    out = shell(command, tmp_path)
    words = [line.split()[0] for line in out.splitlines()]
    assert len(words) == 10
    assert "queen" in words


@pytest.mark.slow
def test_shell_blocks_run_in_order(folder: Path):
    outputs = [shell(block, folder) for block in blocks("sh", models=False)]
    assert "queen" in outputs[0]
    assert len(outputs[1].splitlines()) == 11
    assert outputs[2].startswith("queen ")
    assert "hammer" in outputs[2]
    assert (folder / "words.png").exists()
    assert "Content-Security-Policy" in (folder / "my-vectors.html").read_text(encoding="utf-8")
    text, rows, parts = outputs[4:7]
    assert "mask-urls  " in text
    assert '["king", 10, 14]' in text
    assert "(79489, 16)\n" in rows
    assert "text8" in parts
    whole, merged = folder / "my-corpus", folder / "merged-corpus"
    assert len(outputs) == 8
    assert (folder / "ray-corpus" / "ids.npy").read_bytes() == (merged / "ids.npy").read_bytes()
    assert (merged / "ids.npy").stat().st_size == (whole / "ids.npy").stat().st_size


@pytest.mark.slow
def test_models_reach_the_scores_that_are_stated(tmp_path: Path):
    """Or a little less: other machines and threads give a little more or less."""
    outputs = [shell(block, tmp_path) for block in blocks("sh", models=True)]
    classifier, tagger, language_model, translator, captioner, echo_state, gradients = outputs
    assert number_after("classifier", classifier) > 0.94
    assert number_after("averaged vectors", classifier) < 0.85
    assert "\nbad\t" in classifier
    assert number_after("accuracy", tagger) > 0.97
    assert "the/DET old/ADJ king/NOUN" in tagger
    assert number_after("f1", tagger) > 0.95
    assert [line.split()[:2] for line in language_model.splitlines()] == [["the", "king"]] * 3
    history = json.loads((tmp_path / "textseq-lm" / "config.json").read_text())["info"]["history"]
    assert 5.2 < history["epochs"][history["best_epoch"] - 1]["valid"]["perplexity"] < 6.2
    assert number_after("bleu", translator) > 85
    assert (tmp_path / "attention.png").exists()
    assert number_after("exact", captioner) > 0.9
    assert number_after("one step ahead", echo_state) < 1e-3
    assert number_after("accuracy", echo_state) > 0.7
    assert "lstm  orthogonal" in gradients
    assert (tmp_path / "classifier.png").exists()


def number_after(name: str, text: str) -> float:
    """The first number behind a name at the beginning of a line."""
    found = re.search(rf"^{re.escape(name)} +([\d.e-]+)", text, re.MULTILINE)
    assert found is not None, (name, text)
    return float(found[1])


def test_python_blocks_run_in_order(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        for block in blocks("python"):
            exec(compile(block, "README.md", "exec"), names)
    assert "queen" in out.getvalue()
    assert "['the', 'cat', 'sat']" in out.getvalue()
    assert "torch.Size([8, " in out.getvalue()
    assert 'Caf\u00e9 "now" <url>' in out.getvalue()
    assert "['I', \"don't\", 'owe', '$', '3.14', '.']" in out.getvalue()
    assert "[[5, 6, 7, 0], [8, 0, 0, 0]] 4 (2, 4, 9)" in out.getvalue()


def test_links_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / target).exists(), target


def test_every_command_is_in_the_readme():
    from textseq.cli.app import COMMANDS

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"textseq {name}" not in text] == []
