from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse

Run = Callable[..., Any]  # `run` of conftest.py


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a b\nc \xff d\n", "byte 6 (line 2) is not utf-8: ff; give the right encoding (--enc"),
        (b"PK\x03\x04" + bytes(20), "is a zip archive; pipe it in with `unzip -p` and `-`"),
        (gzip.compress(b"a b\n" * 99)[:-9], "is cut off or damaged"),
    ],
)
@pytest.mark.parametrize("command", ["tokenize", "vocab", "encode"])
def test_text_that_cannot_be_read(run: Run, content: bytes, message: str, command: str):
    Path("text").write_bytes(content)
    result = run(command, "text")
    assert result.status == 1
    assert "text" in result.message
    assert message in result.message
    assert [path.name for path in Path().iterdir()] == ["text"]


def test_tokenize_keeps_lines_in_files_and_in_pipes(run: Run):
    Path("text").write_text("Don't stop.\n\nNow!\n", encoding="utf-8")
    result = run("tokenize", "--tokenizer", "word", "--lowercase", "text", "-", stdin=b"x,y")
    assert result == (0, "don't stop .\n\nnow !\nx , y\n", "")
    result = run("tokenize", "--tokenizer", "char", "--json", stdin="é \n".encode())
    assert [json.loads(line) for line in result.out.splitlines()] == [["é", " "]]


def test_ids_of_a_vectors_folder_and_its_options(run: Run, vectors: Path):
    result = run("tokenize", "--ids", "--vocab", vectors, stdin="KING unknown\n서울\n".encode())
    assert result == (0, "2 1\n7\n", "")  # behind <pad> and <unk>; the folder lowercases
    result = run("tokenize", "--ids", "--vocab", vectors, "--json", stdin=b"queen man\n\n")
    assert result.out == "[3, 4]\n[]\n"
    result = run("tokenize", "--vocab", vectors, "--tokenizer", "char", stdin=b"x\n")
    assert result.status == 2
    assert "--tokenizer comes with" in result.message


def test_vocab_as_lines_as_json_and_as_a_folder(run: Run):
    Path("text").write_text("b a b <unk>\nb a c\n", encoding="utf-8")
    result = run("vocab", "--min-count", "1", "--quiet", "text")
    assert result == (0, "b\t3\na\t2\nc\t1\n", "")
    result = run("vocab", "--min-count", "2", "--json", "--quiet", stdin=b"b a b\n")
    assert result.out == '{"token": "b", "count": 2}\n'
    result = run("vocab", "--min-count", "2", "--lowercase", "text", "--out", "words")
    assert (result.status, result.out, result.err) == (0, "", "2 words in words\n")
    assert run("tokenize", "--ids", "--vocab", "words", "text").out == "2 3 2 1\n2 3 1\n"
    assert "words exists already; --force" in run("vocab", "text", "--out", "words").message
    assert run("vocab", "text", "--min-count", "1", "--out", "words", "--force").status == 0


def test_ids_without_a_vocabulary_count_first(run: Run):
    Path("text").write_bytes(b"b a b\n")
    assert run("tokenize", "--ids", "--min-count", "1", "text").out == "2 3 2\n"
    assert run("tokenize", "--ids", "--min-count", "1", stdin=b"b a b\nc\n").out == "2 3 2\n4\n"


def test_encode(run: Run):
    Path("text").write_bytes(b"b a b\n\nc\n")
    result = run("encode", "text", "--min-count", "1")
    assert (result.status, result.out) == (0, "")
    assert result.err.endswith(
        "they are in textseq-corpus; next: textseq train-w2v textseq-corpus\n"
    )
    assert "textseq-corpus exists already; --force" in run("encode", "text").message
    result = run("encode", "text", "--vocab", "textseq-corpus", "--out", "again", "--quiet")
    assert result == (0, "", "")
    assert run("encode", "none", "--out", "new").status == 1
    assert sorted(path.name for path in Path().iterdir()) == ["again", "text", "textseq-corpus"]


# --- tokens and where they stand


def test_offsets_are_places_in_the_line_before_cleaning(run: Run):
    line = "e\u0301 <b>Don't</b>\u0000 stop  &amp; GO"
    options = ["--clean", "nfc,html,control", "--lowercase", "--tokenizer", "word", "--offsets"]
    result = run("tokenize", *options, stdin=line.encode())
    (tokens,) = [json.loads(line) for line in result.out.splitlines()]
    assert [token for token, _, _ in tokens] == ["é", "don't", "stop", "&", "go"]
    assert [line[start:stop] for _, start, stop in tokens] == [
        "e\u0301", "Don't", "stop", "&amp;", "GO",
    ]  # fmt: skip
    assert run("tokenize", "--offsets", "--ids", stdin=b"x").status == 2


@pytest.mark.parametrize("tokenizer", ["bpe", "wordpiece", "unigram", "char", "korean"])
def test_offsets_of_every_tokenizer(run: Run, tokenizer: str):
    lines = ["the cat sat on the mat", "한국어를 씁니다", "", "naïve 🐈\u200d⬛"] * 20
    how = ["--tokenizer", tokenizer]
    if tokenizer not in ("char", "korean"):
        Path("text").write_text("\n".join(lines), encoding="utf-8")
        assert run("vocab", *how, "--subword-vocab", "300", "text", "--out", "v").status == 0
        how = ["--vocab", "v"]
    text = "\n".join(lines).encode()
    plain = run("tokenize", *how, "--json", stdin=text)
    result = run("tokenize", *how, "--offsets", stdin=text)
    assert (plain.status, result.status) == (0, 0)
    for line, tokens, placed in zip(
        lines, plain.out.splitlines(), result.out.splitlines(), strict=True
    ):
        places = json.loads(placed)
        assert [token for token, _, _ in places] == json.loads(tokens)
        assert all(0 <= start < stop <= len(line) for _, start, stop in places)
        starts = [start for _, start, _ in places]
        assert starts == sorted(starts)


def test_subwords_from_text_to_ids(run: Run):
    Path("text").write_text("low lower lowest\nnew newer newest\n" * 50, encoding="utf-8")
    how = ["--tokenizer", "bpe", "--subword-vocab", "290"]
    result = run("vocab", *how, "text", "--out", "v", "--quiet")
    assert result == (0, "", "")
    assert Path("v/tokenizer.json").is_file()
    counted = [line.split("\t") for line in run("vocab", *how, "text", "--quiet").out.splitlines()]
    assert ["▁low", "50"] in counted
    assert counted == sorted(counted, key=lambda pair: (-int(pair[1]), pair[0]))
    assert "<unk>" not in dict(counted)
    with_vocab = run("tokenize", "--ids", "--vocab", "v", "text")
    alone = run("tokenize", "--ids", *how, "text")
    from_pipe = run("tokenize", "--ids", *how, stdin=Path("text").read_bytes())
    assert with_vocab == alone == from_pipe
    assert run("encode", "--vocab", "v", "text", "--out", "c").status == 0
    ids = [int(each) for each in with_vocab.out.split()]
    assert np.load("c/ids.npy").tolist() == ids
    by_file = ["--tokenizer", "json", "--tokenizer-file", "v/tokenizer.json"]
    assert run("tokenize", "--ids", *by_file, "text") == with_vocab
    assert run("tokenize", "--tokenizer", "json", "text").status == 2
    wrong = run("tokenize", "--tokenizer", "word", "--tokenizer-file", "v/tokenizer.json", "text")
    assert wrong.status == 2
    assert "--tokenizer-file is 'v/tokenizer.json'; it goes with" in wrong.message
    assert run("tokenize", "--tokenizer", "json", "--tokenizer-file", "none", "text").status == 1


# --- parts, filters, rows


def test_shards_are_merged_to_what_one_run_gives(run: Run):
    Path("text").write_text("a b c\nb c d\n\nc d e\n" * 40, encoding="utf-8")
    assert run("encode", "text", "--min-count", "50", "--out", "whole", "--quiet").status == 0
    for number in ("1/3", "2/3", "3/3"):
        options = ["--shard", number, "--min-count", "1", "--out", f"part-{number[0]}"]
        assert run("encode", "text", *options, "--quiet").status == 0
        again = run("encode", "text", *options, "--quiet", "--force")  # as often as one likes
        assert again == (0, "", "")
    parts = ["part-3", "part-1", "part-2"]
    assert run("merge", *parts, "--min-count", "50", "--out", "merged", "--quiet") == (0, "", "")
    for name in ("ids.npy", "offsets.npy", "vocab.txt", "counts.npy"):
        assert Path("merged", name).read_bytes() == Path("whole", name).read_bytes()
    missing = run("merge", "part-1", "part-3", "--out", "more")
    assert "shard 2/3 is missing" in missing.message
    assert "'4/3'" in run("encode", "text", "--shard", "4/3", "--out", "x").message
    lines = "".join(run("tokenize", "text", "--shard", f"{i}/3").out for i in (1, 2, 3))
    assert lines == run("tokenize", "text").out
    for i in (1, 2):
        options = ["--shard", f"{i}/2", "--min-count", "1", "--out", f"v{i}"]
        assert run("vocab", "text", *options).status == 0
    assert run("merge", "v1", "v2", "--min-count", "41", "--out", "v").err == "3 words in v\n"
    assert Path("v/vocab.txt").read_text() == "<pad>\n<unk>\nc\nb\nd\n"


def test_filters_are_told(run: Run):
    Path("text").write_text("a b\na b\nc\na b c\n", encoding="utf-8")
    options = ["--duplicates", "exact", "--min-words", "2", "--min-count", "1"]
    result = run("encode", "text", *options)
    assert "1 line dropped: exact duplicate\n" in result.err
    assert "1 line dropped: too few words\n" in result.err
    assert np.load("textseq-corpus/offsets.npy").tolist() == [0, 2, 5]
    assert run("vocab", "text", *options, "--quiet").out == "a\t2\nb\t2\nc\t1\n"


def test_rows_of_one_length(run: Run, vectors: Path):
    Path("text").write_text("king queen\n\nman woman king paris\n", encoding="utf-8")
    text = ["text", "--min-count", "1"]
    result = run("encode", *text, "--max-length", "3", "--out", "rows")
    assert result.err.endswith("3 rows of length 3 in rows (ids)\n")
    ids = np.load("rows/ids.npy")
    assert ids.shape == (3, 3)
    assert np.load("rows/lengths.npy").tolist() == [2, 0, 3]
    assert (ids[1] == 0).all()
    assert run("encode", *text, "--out", "corpus").status == 0
    options = ["--output", "one-hot", "--max-length", "3", "--out", "hot"]
    assert run("encode", "corpus", *options).status == 0
    hot = scipy.sparse.load_npz("hot/one_hot.npz")
    assert hot.sum() == 5  # padding is rows of zeros
    options = ["--output", "dense", "--max-length", "3", "--vectors", vectors, "--out", "dense"]
    assert run("encode", *text, *options).status == 0
    dense = np.load("dense/dense.npy")
    assert dense.shape == (3, 3, 8)
    assert (dense[1] == 0).all()
    assert (dense[0, 0] == dense[2, 2]).all()  # king
    assert dense[0, 0].any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("encode text --output corpus --max-length 3", "a corpus keeps the length of its lines"),
        ("encode text --output dense", "takes its vectors from --vectors"),
        ("encode text --output rows", "'rows' was given; it can be corpus, ids, one-hot, dense"),
        ("encode text --overlap 3 --max-length 3 --min-count 1", "overlap"),
        ("encode text --percentile 101", "--percentile is 101"),
        ("vocab text --tokenizer bpe --shard 1/2", "train bpe on all of the text first"),
        ("encode text --shard 1", "it is written i/n"),
        ("encode text --tokenizer bpe --subword-vocab 3", "--subword-vocab is 3"),
        ("merge text", "text is not a textseq folder"),
        ("encode text --workers 2", "--workers goes with --engine ray"),
        ("encode text --engine ray --shard 1/2", "--engine ray makes a whole corpus"),
        ("encode text --engine ray --threads 2", "--engine ray makes a whole corpus"),
        ("encode text --engine ray --max-length 3", "--engine ray makes a whole corpus"),
        ("encode text --engine spark", "'spark' was given; it can be local, ray"),
        ("train-w2v text --workers 2", "--workers goes with --engine ray"),
    ],
)
def test_wrong_use(run: Run, arguments: str, message: str):
    Path("text").write_text("a b\n", encoding="utf-8")
    result = run(*arguments.split())
    assert result.status in (1, 2)
    assert message in result.message
    assert [path.name for path in Path().iterdir()] == ["text"]


def test_a_folder_with_other_files_in_it(run: Run):
    Path("in").mkdir()
    Path("in/a.txt").write_text("a b\n")
    Path("in/b.txt").write_text("c\n")
    Path("in/c.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    told = "textseq: 2 text files of in read; left out, as no text: in/c.png\n"
    assert run("tokenize", "in") == (0, "a b\nc\n", told)
    assert run("clean", "in") == (0, "a b\nc\n", told)
    result = run("encode", "in", "--min-count", "1", "--out", "out")
    assert result.err.count(told) == 1
    assert "3 tokens in 2 lines of 2 files, 3 words" in result.err
    assert run("encode", "in", "--min-count", "1", "--quiet", "--force", "--out", "out").err == told


def test_mojibake_behind_what_spoils_it_is_told_once(run: Run):
    result = run("clean", "--clean", "control,mojibake", stdin="schÃ¶n\n".encode())
    assert (result.status, result.out) == (0, "schön\n")
    assert result.err == (
        "textseq: the cleaning step mojibake comes after control, which changes the characters "
        "that it repairs; put mojibake first\n"
    )


def test_a_text_in_utf_16_is_read(run: Run):
    Path("a.txt").write_bytes("한국 à\r\n둘\r\n".encode("utf-16"))
    assert run("tokenize", "a.txt") == (0, "한국 à\n둘\n", "")
    whole = [run("clean", "a.txt", "--shard", f"{part}/3").out for part in (1, 2, 3)]
    assert "".join(whole) == "한국 à\n둘\n"


@pytest.mark.slow
def test_places_of_korean_morphemes_that_are_swallowed(run: Run, data: Path):
    """In a contraction (그건 -> 그거 는, 이거야 -> 이거 이 야) a morpheme may stand nowhere."""
    with gzip.open(data / "nsmc" / "nsmc_test.tsv.gz", "rt", encoding="utf-8") as file:
        texts = [line.split("\t")[1] for line in file][1:2001]
    lines = "".join(f"{text}\n" for text in texts).encode()
    result = run("tokenize", "--tokenizer", "korean", "--offsets", stdin=lines)
    assert result.status == 0, result.err
    found = [json.loads(line) for line in result.out.splitlines()]
    assert len(found) == 2000
    n_empty = 0
    for text, tokens in zip(texts, found, strict=True):
        for _, start, stop in tokens:
            assert 0 <= start <= stop <= len(text)
            n_empty += start == stop
    assert n_empty > 200
