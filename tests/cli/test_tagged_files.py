"""Column files as people have them, in every command that reads them; what is said on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from textseq.rnn.models.model import SequenceModel

Run = Callable[..., Any]  # `run` of conftest.py
TINY = ["--hidden", "4", "--dim", "4", "--epochs", "1", "--threads", "1", "--device", "cpu"]
TINY += ["--character-dim", "3", "--character-size", "4", "--min-count", "1"]
ESN = ["--task", "tagger", "--units", "50", "--density", "0.3", "--dim", "8"]
ESN += ["--character-size", "4"]
BLOCK = "# id {0}\tdomain=dev\nAnna{0} _ _ B-PER\nUlm _ _ I-PER\nsat _ _ O\n# _ _ O\n\n"


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.write_text(text)
    return path


def scheme_of(folder: str) -> tuple[str | None, bool]:
    model: Any = SequenceModel.load(folder)
    return model.scheme, model.crf is not None


def test_comments_in_every_command(run: Run, tmp_path: Path):
    write("a.txt", "".join(map(BLOCK.format, range(8))))
    write("plain.txt", "".join(BLOCK[BLOCK.index("\n") + 1 :].format(n) for n in range(8)))
    for name in ("valid.txt", "test.txt"):
        write(name, Path("a.txt").read_text())
    others = ("--valid", "valid.txt", "--test", "test.txt")
    result = run("train-tagger", "a.txt", *TINY, *others, "-o", "m")
    assert result.status == 0, result.err
    for name in ("a.txt", "valid.txt", "test.txt"):
        assert f"textseq: {name}: 8 lines that begin with # were left out" in result.err
    assert scheme_of("m") == ("bio", True)
    assert SequenceModel.load("m").tags.tokens == ["B-PER", "I-PER", "O"]
    found = {
        name: json.loads(run("evaluate", name, "-m", "m", "--json").out)
        for name in ("a.txt", "plain.txt")
    }
    assert found["a.txt"] == found["plain.txt"]
    assert "8 lines that begin with #" in run("evaluate", "a.txt", "-m", "m").err
    tagged = run("predict", "a.txt", "-m", "m")
    assert tagged.out == run("predict", "plain.txt", "-m", "m").out
    assert [line.count("/") for line in tagged.out.split("\n")] == [4] * 8 + [0]
    assert "8 lines that begin with #" in tagged.err
    kept = run("train-tagger", "plain.txt", *TINY, "--comment", "#", "-o", "n", "-q")
    assert kept.status == 0, kept.err
    assert "#" not in SequenceModel.load("n").sides["source"].vocab
    # As training read, so do the others.
    assert run("predict", "plain.txt", "-m", "n").out.split("\n")[0].count("/") == 3
    assert run("predict", "plain.txt", "-m", "n", "--comment", "").out.count("#/") == 8


def test_an_echo_state_network_reads_the_same(run: Run):
    write("a.txt", "".join(map(BLOCK.format, range(8))))
    result = run("train-esn", "a.txt", *ESN, "--valid", "a.txt", "-o", "m", "--min-count", "1")
    assert result.status == 0, result.err
    assert "8 lines that begin with # were left out" in result.err
    assert SequenceModel.load("m").scheme == "bio"
    write("b.txt", "a O\nb B-X\nc I-X\nd 0\n\n" * 8)
    stray = run("train-esn", "b.txt", *ESN, "--valid", "b.txt", "-o", "n", "--min-count", "1")
    assert "no span F1: tag '0' (8 times) is no BIO tag" in stray.err


ROW = "{}\t{}\t_\t{}\t_\t_\t0\t_\t_\t_\n"
CONLLU = ROW.format("1-2", "ab", "_") + ROW.format(1, "a", "X") + ROW.format(2, "b", "_") + "\n"


def test_conllu_of_another_name(run: Run):
    write("a.txt", f"# text = ab\n{CONLLU}" * 8)
    result = run("train-tagger", "a.txt", *TINY, "--valid", "a.txt", "-o", "m", "--json")
    assert result.status == 0, result.err
    assert json.loads(result.out)["scores"]["accuracy"] == 1.0  # X for a; of b nothing is known
    assert SequenceModel.load("m").tags.tokens == ["X"]
    assert run("predict", "a.txt", "-m", "m").out == "a/X b/X\n" * 8
    assert run("evaluate", "a.txt", "-m", "m").status == 0
    esn = run("train-esn", "a.txt", *ESN[2:], "--valid", "a.txt", "-o", "n", "--min-count", "1")
    assert esn.status == 0, esn.err
    assert SequenceModel.load("n").task == "echo-tagger"


@pytest.mark.parametrize(
    ("letters", "scheme"),
    [("IIB", "iob1"), ("BIB", "bio"), ("BES", "bioes"), ("BLU", "bilou"), ("IEE", "ioe2")],
)
@pytest.mark.parametrize("layout", ["{}-PER", "{}_PER", "PER-{}"])
def test_schemes(run: Run, letters: str, scheme: str, layout: str):
    first, second, alone = map(layout.format, letters)
    text = f"saw O\nAnna {first}\nUlm {second}\nBerta {alone}\n\n"
    write("a.conll", text * 8)
    result = run("train-tagger", "a.conll", *TINY, "--valid", "a.conll", "-o", "m", "--json")
    assert result.status == 0, result.err
    assert set(json.loads(result.out)["scores"]) >= {"precision", "recall", "f1"}
    assert scheme_of("m") == (scheme, True)
    (row, *_) = run("predict", "a.conll", "-m", "m", "--json").out.split("\n")
    assert "spans" in json.loads(row)


def test_nearly_spans_are_named_with_a_crf_too(run: Run):
    write("a.conll", "a O\nb B-X\nc I-X\n\n" * 8 + "d 0\n")
    for more in ([], ["--crf"]):
        result = run(
            "train-tagger", "a.conll", *TINY, "--valid", "a.conll", "-o", "m", "--force", *more
        )
        assert "no span F1: tag '0' (once) is no BIO tag" in result.err
        assert scheme_of("m") == (None, bool(more))


def test_unknown_tags_of_test_data_are_named(run: Run):
    write("a.conll", "a O\nb B-X\nc I-X\n\n" * 8)
    write("b.conll", "a O\nb B-X\nc 0\n\n")
    result = run("train-tagger", "a.conll", *TINY, "--valid", "b.conll", "-o", "m")
    line = "b.conll: 1 word has a tag that the training data has not, which is never right: '0'"
    assert line in result.err
    assert line in run("evaluate", "b.conll", "-m", "m").err


def test_files_named_like_tables(run: Run):
    text = "Ha Noi\tB-LOC\nis\tO\n \tO\n\n"
    write("a.tsv", text * 8)
    result = run("train-tagger", "a.tsv", *TINY, "--valid", "a.tsv", "-o", "m", "-q")
    assert result.status == 0, result.err
    assert "Ha Noi" in SequenceModel.load("m").sides["source"].vocab
    tagged = run("predict", "a.tsv", "-m", "m")
    assert tagged.status == 0, tagged.err
    assert tagged.out.startswith("Ha Noi/")
    write("b.tsv", "Ha Noi\t_\n")
    assert run("predict", "b.tsv", "-m", "m", "--format", "conll").out.startswith("Ha Noi/")
    write("d.tsv", "1\tHa Noi\n2\tis\n\n1\tUlm\n" * 4)  # no tags, and still a token a line
    assert run("predict", "d.tsv", "-m", "m", "--token", "1").out.startswith("Ha Noi/")
    write("c.tsv", "text\tid\nHa Noi is\t1\n")
    assert run("predict", "c.tsv", "-m", "m").out.startswith("Ha/")


def test_shifted_columns_are_an_error(run: Run):
    write("a.conll", "EU NNP B-NP B-ORG\nrejects VBZ B-VP\n")
    result = run("train-tagger", "a.conll", *TINY, "-o", "m")
    assert result.message == "a.conll, line 2: 3 columns; the lines before have 4"
    write("b.conll", "1\tEU\tB-ORG\n2\trejects\tO\n")
    message = run("train-tagger", "b.conll", *TINY, "-o", "m").message
    assert message.startswith("b.conll: column 0 numbers the tokens; name the column")


@pytest.mark.parametrize(
    ("text", "given", "advice"),
    [
        ("the,O\nUlm,B-LOC\n", [], "--separator comma fits"),
        ("the O\nUlm B-LOC\n", ["--separator", "tab"], "--separator blank fits"),
        ("a O\n#b\n", [], "--comment '#' leaves"),
        ("1\ta\tO\n2\tb\tO\n", [], "such as --token 1"),
        ("1\ta" + "\t_" * 8 + "\n", ["--format", "conll"], "--format conllu reads it"),
    ],
)
def test_advice_names_options(run: Run, text: str, given: list[str], advice: str):
    write("a.txt", text)
    result = run("train-tagger", "a.txt", *TINY, *given, "-o", "m")
    assert result.status == 1
    assert advice in result.err


def test_what_is_told_names_options(run: Run):
    write("a.txt", "".join(f"# {n}\nthe O\nUlm{n} B-LOC\n\n" for n in range(8)))
    result = run("train-tagger", "a.txt", *TINY, "-o", "m")
    assert "--comment '' keeps them" in result.err
    assert "--comment '' keeps them" in run("evaluate", "a.txt", "-m", "m").err
    assert "--comment '' keeps them" in run("predict", "a.txt", "-m", "m").err


def test_quoted_cells_are_cut_as_tables_cut_them(run: Run):
    rows = '"Anna{0}","B-PER"\n"Ulm","I-PER"\n",","O"\n\n'
    write("q.csv", '"word","tag"\n' + "".join(map(rows.format, range(8))))
    result = run("train-tagger", "q.csv", *TINY, "--separator", "comma", "-o", "m")
    assert result.status == 0, result.err
    assert "line 1: left out as the names of the columns: 'word', 'tag'" in result.err
    assert scheme_of("m") == ("bio", True)
    assert "," in SequenceModel.load("m").sides["source"].vocab
    assert run("evaluate", "q.csv", "-m", "m", "--json").status == 0
