from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.config import TextConfig
from textseq.rnn.data.dataset import Prepare, SequenceDataset
from textseq.rnn.data.pairs import as_in, read_pairs, usable

CONFIG = TextConfig(min_count=1)
PLAIN = Prepare(config=CONFIG)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    paths = tmp_path / "a", tmp_path / "b"
    paths[0].write_text("the cat\n\nthe dog runs\nnaïve 🙂\n", encoding="utf-8")
    paths[1].write_text("die Katze\nleer\nder Hund läuft\n\n", encoding="utf-8")
    return str(paths[0]), str(paths[1])


def test_each_side_has_its_vocab(files: tuple[str, str]):
    data = read_pairs(files, PLAIN)
    assert len(data) == 4
    assert "cat" in data.vocab
    assert "cat" not in data.target_vocab
    assert data.target_vocab.eos_id is not None
    assert data.lengths.tolist() == [[2, 2], [0, 1], [3, 3], [2, 0]]


@pytest.mark.parametrize("tokenizer", ["whitespace", "char", "bpe", "unigram"])
@pytest.mark.filterwarnings("ignore:subword_vocab has no effect")
def test_both_sides_share_one(files: tuple[str, str], tokenizer: str):
    config = CONFIG.replace(tokenizer=tokenizer, subword_vocab=300)
    data = read_pairs(files, Prepare(config=config), shared=True)
    assert data.vocab.tokens == data.target_vocab.tokens
    assert data.text_config == data.target_text_config
    assert None not in (data.vocab.pad_id, data.vocab.bos_id, data.vocab.eos_id)
    if tokenizer == "whitespace":
        assert {"cat", "Katze"} <= set(data.vocab)
    more = read_pairs(files[::-1], as_in(data))
    assert more.vocab == data.vocab
    assert more[0].inputs.tolist() == data[0].target.tolist()
    assert more[0].target.tolist() == data[0].inputs.tolist()


def test_subwords_of_each_side(files: tuple[str, str]):
    config = CONFIG.replace(tokenizer="bpe", subword_vocab=300)
    data = read_pairs(files, Prepare(config=config))
    assert data.text_config.tokenizer_file != data.target_text_config.tokenizer_file
    more = read_pairs(files, as_in(data))
    assert [example.inputs.tolist() for example in more] == [e.inputs.tolist() for e in data]
    assert more.text_config == data.text_config


def test_options_of_each_side(files: tuple[str, str]):
    prepare = Prepare(config=CONFIG, target_config=CONFIG.replace(lowercase=True))
    assert "katze" in read_pairs(files, prepare).target_vocab
    # One Vocab has the options of one side.
    assert "Katze" in read_pairs(files, prepare, shared=True).target_vocab


def test_a_line_without_its_translation(files: tuple[str, str], tmp_path: Path):
    (tmp_path / "short").write_text("eins\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"has 4 lines, .*short has 1"):
        read_pairs([files[0], str(tmp_path / "short")], PLAIN)


@pytest.mark.parametrize("tokenizer", ["whitespace", "bpe"])
def test_texts_without_words_are_named(files: tuple[str, str], tokenizer: str):
    config = CONFIG.replace(tokenizer=tokenizer)
    for name in files:
        Path(name).write_text("\n\n", encoding="utf-8")
    for shared in (True, False):
        with pytest.raises(ValueError, match=rf"{files[0]}, {files[1]}: no words in the lines"):
            read_pairs(files, Prepare(config=config), shared=shared)


def same(one: SequenceDataset, other: SequenceDataset) -> bool:
    assert one.vocab == other.vocab
    assert one.target_vocab == other.target_vocab
    assert len(one) == len(other)
    return all(
        np.array_equal(a.inputs, b.inputs) and np.array_equal(a.target, b.target)  # type: ignore[arg-type]
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("shared", [False, True])
def test_columns_of_tables_are_read_like_files(
    files: tuple[str, str], tmp_path: Path, shared: bool
):
    pairs = zip(*(Path(name).read_text().splitlines() for name in files), strict=True)
    rows = [*pairs, ("a, b", 'das "C"')]
    for name, line in zip(files, rows[-1], strict=True):
        with Path(name).open("a") as file:
            file.write(f"{line}\n")
    (tmp_path / "a.tsv").write_text("".join(f"7\t{a}\t{b}\n" for a, b in rows))
    (tmp_path / "b.csv").write_text("text,target\n" + csv_rows(rows[:2]))
    (tmp_path / "c.csv").write_text("text,target\n" + csv_rows(rows[2:]))
    (tmp_path / "d.jsonl").write_text(
        "".join(json.dumps({"en": a, "de": b or None}) + "\n" for a, b in rows)
    )
    wanted = read_pairs(files, PLAIN, shared=shared)
    (tmp_path / "e.tsv").write_text(
        "text\ttarget\n" + "".join(f'"{a}"\t"{b.replace(chr(34), 2 * chr(34))}"\n' for a, b in rows)
    )
    tables: list[tuple[list[str], dict[str, Any]]] = [
        (["e.tsv"], {"quoted": True}),
        (["e.tsv"], {"quoted": True, "text": 0, "target": 1, "header": True}),
        (["a.tsv"], {"text": 1, "target": -1}),
        (["b.csv", "c.csv"], {}),
        (["d.jsonl"], {"text": "en", "target": "de"}),
    ]
    for names, columns in tables:
        paths = [str(tmp_path / name) for name in names]
        assert same(read_pairs(paths, PLAIN, shared=shared, **columns), wanted)
        assert same(read_pairs(paths, as_in(wanted), **columns), wanted)


def test_a_header_is_a_row_where_columns_are_numbers(tmp_path: Path):
    (tmp_path / "a.tsv").write_text("de\ten\nein Haus\ta house\n")
    files = [str(tmp_path / "a.tsv")]
    for header, n in ((None, 2), (False, 2), (True, 1)):
        assert len(read_pairs(files, PLAIN, text=0, target=1, header=header)) == n


def test_standard_input_is_one_text():
    with pytest.raises(ValueError, match="standard input can be one of two texts, not both"):
        read_pairs(["-", "-"], PLAIN)


def csv_rows(rows: list[tuple[str, str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a"], "a text and its translation line for line, or from tables"),
        (["a", "b", "b"], r"given was a, b, b"),
        ([], "given was nothing"),
        (["a.tsv", "b"], "tables and plain text cannot be read together"),
        (["a.tsv"], r"a\.tsv has no column 'text'; it has de, en"),
        (["ragged.tsv"], r"ragged\.tsv, line 3: 1 cells, but line 1 has 2"),
        (["empty.tsv"], r"empty\.tsv: .*no "),
    ],
)
def test_other_files(
    files: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    names: list[str],
    message: str,
):
    monkeypatch.chdir(tmp_path)
    Path("a.tsv").write_text("de\ten\nein Haus\ta house\n")
    Path("ragged.tsv").write_text("text\ttarget\nein Haus\ta house\nzwei\n")
    Path("empty.tsv").write_text("text\ttarget\n")
    with pytest.raises(ValueError, match=message):
        read_pairs(names, PLAIN)


def test_pairs_that_teach_something(files: tuple[str, str]):
    data = read_pairs(files, PLAIN)
    assert usable(data, 3).rows.tolist() == [0, 2]
    assert usable(data, 2).rows.tolist() == [0]
    with pytest.raises(ValueError, match=r"of 4 pairs none has 1\.\.1 tokens on both sides"):
        usable(data, 1)
    kept = data.select([0, 2])
    assert usable(kept, 3) is kept
