from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.config import TextConfig
from textseq.rnn.data import language_data
from textseq.rnn.data.batch import IGNORE
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.language_data import (
    Streams,
    cut,
    encode_texts,
    sizes_of,
    stream_of,
    stream_size,
)
from textseq.text.encode import encode_lines

TEXT = TextConfig(min_count=1)
CELLS = ['a "b" a', "", "b\nc, a", " \ta\r", "가\u2028b\x85c", "b", "<unk> a", "end "]


def csv_of(path: Path, cells: list[str]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["id", "line"], *([7, c] for c in cells)])
    return str(path)


@pytest.mark.parametrize("tokenizer", ["whitespace", "word", "char", "bpe"])
@pytest.mark.filterwarnings("ignore:subword_vocab has no effect")
def test_the_text_of_tables_is_read_as_lines_are(tmp_path: Path, tokenizer: Any):
    config = TextConfig(min_count=1, tokenizer=tokenizer, subword_vocab=60, unit="file")
    wanted = encode_lines([*CELLS, *CELLS[:4]], config.replace(unit="line"))
    names = [csv_of(tmp_path / "a.csv", CELLS), str(tmp_path / "b.jsonl")]
    Path(names[1]).write_text("".join(json.dumps({"line": cell}) + "\n" for cell in CELLS[:4]))
    done: list[int] = []
    columns = {"text": "line", "quoted": True}
    corpus = encode_texts(
        names, config, tmp_path / "out", columns=columns, progress=lambda n, _: done.append(n)
    )
    assert corpus.vocab.tokens == wanted.vocab.tokens
    assert corpus.vocab.counts.tolist() == wanted.vocab.counts.tolist()
    assert [line.tolist() for line in corpus] == [line.tolist() for line in wanted]
    assert done[-1] == 67  # bytes of UTF-8, less the \r that ends a row of the CSV
    # The same under a Vocab that is given, in memory.
    again = encode_texts(
        names, corpus.text_config, tmp_path / "no", vocab=corpus.vocab, columns=columns
    )
    assert [line.tolist() for line in again] == [line.tolist() for line in wanted]
    assert not (tmp_path / "no").exists()


class Line(str):
    """A str that knows how many of its kind there are at a time, and how many there were."""

    now = most = 0

    def __init__(self, *_: Any) -> None:
        Line.now += 1
        Line.most = max(Line.most, Line.now)

    def __del__(self) -> None:
        Line.now -= 1


@pytest.mark.parametrize("tokenizer", ["whitespace", "bpe"])
@pytest.mark.parametrize("known", [False, True])
@pytest.mark.filterwarnings("ignore:subword_vocab has no effect")
def test_tables_are_not_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tokenizer: Any, known: bool
):
    config = TextConfig(min_count=1, tokenizer=tokenizer, subword_vocab=60)
    first = encode_lines(["a b"], config)
    cells = ["a b c"] * 5000
    read = language_data.read_texts
    monkeypatch.setattr(language_data, "read_texts", lambda *a, **b: map(Line, read(*a, **b)))
    monkeypatch.setattr(Line, "most", 0)
    vocab = first.vocab if known else None
    config = first.text_config if known else config
    name = csv_of(tmp_path / "a.csv", cells)
    corpus = encode_texts([name], config, tmp_path / "out", vocab=vocab, columns={"text": "line"})
    assert len(corpus) == 5000
    assert 0 < Line.most < 500


def test_text_of_files_is_encoded_as_files(tmp_path: Path):
    for name, text in (("a", "a b\n\nb"), ("b", "c\n")):
        (tmp_path / name).write_text(text)
    corpus = encode_texts([str(tmp_path / "a"), str(tmp_path / "b")], TEXT, tmp_path / "out")
    assert [corpus.decode(line) for line in range(4)] == [["a", "b"], [], ["b"], ["c"]]
    with pytest.raises(FileNotFoundError, match="nowhere"):
        encode_texts([str(tmp_path / "nowhere")], TEXT, tmp_path / "no")


def test_what_is_wrong_with_tables_names_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    names = [csv_of(Path(name), ["", " "]) for name in ("a.csv", "b.csv")]
    Path("c.csv").write_text("id,line\n1\n2,a\n")
    Path("d.jsonl").write_text('{"line": "\\ud800"}\n')
    Path("lines").write_text("a\n")
    for inputs, message in (
        (names, "^a.csv, b.csv: no words in the lines given$"),
        (["c.csv"], "^c.csv, line 2: 1 cells, but line 1 has 2; bad_rows"),
        (["d.jsonl"], "^d.jsonl: the lines given: byte 0 .line 1. is not utf-8"),
        (["a.csv", "lines"], "^a.csv, lines: tables and plain text cannot be read together$"),
        (["lines", "nowhere.csv"], "nowhere.csv: tables and plain text"),
    ):
        with pytest.raises(ValueError, match=message):
            encode_texts(inputs, TEXT, tmp_path / "out", columns={"text": "line"})
    with pytest.raises(ValueError, match=r"^a.csv has no column 'text'; it has id, line$"):
        encode_texts(names, TEXT, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    # Under a Vocab that is given there may be none.
    vocab = encode_lines(["a"], TEXT).vocab
    empty = encode_texts(names, TEXT, tmp_path / "no", vocab=vocab, columns={"text": "line"})
    assert (len(empty), empty.n_tokens) == (4, 0)


def test_a_stream_has_line_ends():
    data = stream_of(encode_lines(["b a", "a"], TEXT))
    assert data.vocab.specials == ("<pad>", "<unk>", "<bos>", "<eos>")
    assert [data.vocab.decode(line) for line in data.inputs] == [["b", "a"], ["a"]]


@settings(derandomize=True, deadline=None, max_examples=50)
@given(
    st.lists(st.lists(st.sampled_from("abc"), max_size=5), min_size=2, max_size=12).filter(
        lambda lines: any(lines)
    ),
    st.floats(0.01, 0.99),
)
def test_the_parts_are_the_whole(lines: list[list[str]], share: float):
    whole = stream_of(encode_lines([" ".join(line) for line in lines], TEXT))
    first, last = cut(whole, share)
    assert [line.tolist() for part in (first, last) for line in part.inputs] == [
        line.tolist() for line in whole.inputs
    ]
    assert len(first) > 0
    assert len(last) > 0
    assert np.shares_memory(first.inputs.ids, whole.inputs.ids) or not first.inputs.n_tokens


def test_the_last_part_has_its_share():
    first, last = cut(stream_of(encode_lines(["a b c d"] * 100, TEXT)), 0.1)
    assert (len(first), len(last)) == (90, 10)


@pytest.mark.parametrize(("n_lines", "share"), [(1, 0.5), (5, 0.0), (5, 1.0)])
def test_no_part_may_be_empty(n_lines: int, share: float):
    lines = "1 line" if n_lines == 1 else f"{n_lines} lines"
    with pytest.raises(ValueError, match=f"a share of {share} of the {lines} of this corpus is no"):
        cut(stream_of(encode_lines(["a b"] * n_lines, TEXT)), share)


def test_only_a_corpus_can_be_cut():
    with pytest.raises(ValueError, match="only a whole corpus can be cut"):
        cut(Examples(np.zeros((4, 2), np.float32)), 0.5)
    with pytest.raises(ValueError, match="only a whole corpus can be cut"):
        cut(stream_of(encode_lines(["a b"] * 9, TEXT)).select([1, 2]), 0.5)
    with pytest.raises(ValueError, match="only a whole corpus can be read in order"):
        stream_size(Examples(np.zeros((4, 2), np.float32)))


def test_line_ends_are_tokens_of_a_stream():
    vocab = encode_lines(["a"], TEXT).vocab
    for lines, size in (([], 0), ([""], 1), (["", ""], 2), (["a b", "", "c"], 3 + 3)):
        assert stream_size(stream_of(encode_lines(lines, TEXT, vocab=vocab))) == size


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_every_token_but_the_first_is_a_target(batch_size: int):
    data = stream_of(encode_lines(["a b", "", "c"], TEXT))
    batches = list(Streams(data.inputs, batch_size, 2, eos=True))
    targets = [
        int(target) for batch in batches for target in batch.targets.flatten() if target != IGNORE
    ]
    wanted = data.vocab.encode(["b", "<eos>", "<eos>", "c", "<eos>"])
    assert sorted(targets) == sorted(wanted.tolist())
    assert len(Streams(data.inputs, batch_size, 2, eos=True)) == len(batches)
    assert all(len(batch) == len(batches[0]) for batch in batches)


def test_sizes_by_hand():
    vocab = encode_lines(["a b c"], TEXT).vocab
    corpus = encode_lines(["a b x", "", "y"], TEXT, vocab=vocab)
    assert sizes_of(corpus, TEXT, eos=True) == (4 + 3, 2)
    assert sizes_of(corpus, TEXT, eos=False) == (4, 2)
