"""Messy real input through the text commands: a result or one clear line, always.

What is no text in the encoding it is said to have, or no UTF-8, goes alone through one of the
commands in its turn. All that is text, and with --errors replace simply all, goes through each of
them together, since a start of a command costs more than most of these texts.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Run = Callable[..., Any]  # `run` of conftest.py

STEPS = "mojibake,html,wiki,nfkc,control,quotes,dashes,accents,mask-urls,mask-emails,mask-users,"
STEPS += "mask-numbers,repeats,digits,drop-punctuation,whitespace"


def messy(data: Path) -> Iterator[tuple[str, bytes, str]]:
    """Name, bytes and encoding (as far as it is known) of each text."""
    folder = data / "messy"
    for archive in ("encodings.zip", "udhr.zip", "spamassassin_spam-1.zip"):
        with zipfile.ZipFile(folder / archive) as texts:
            for name in texts.namelist():
                # One begins with hundreds of NULs: in a folder it is no text.
                if not name.endswith(("/", "_mozilla_bug638318_text.html")):
                    parts = name.split("/")
                    known = parts[-2].lower() if archive == "encodings.zip" else "utf-8"
                    yield name, texts.read(name), known if is_codec(known) else "utf-8"
    for name in ("blns.txt", "mbox-short.txt", "GraphemeBreakTest.txt"):
        yield name, (folder / name).read_bytes(), "utf-8"
    packed = (folder / "NormalizationTest.txt.gz").read_bytes()
    yield "normalization", gzip.decompress(packed), "utf-8"
    (dump,) = folder.glob("enwiki*.bz2")
    yield "wiki.xml", bz2.decompress(dump.read_bytes())[:400_000], "utf-8"


def is_codec(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True


def encoding_of(content: bytes, encoding: str) -> str:
    """What a byte order mark says, where UTF-8 is only the default."""
    marks = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
             codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}  # fmt: skip
    found = (name for mark, name in marks.items() if content.startswith(mark))
    return next(found, encoding) if encoding == "utf-8" else encoding


def is_text(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding_of(content, encoding))
    except UnicodeDecodeError:
        return False
    return True


def lines_in(content: bytes, encoding: str) -> int:
    """Lines as text: a last one without its newline counts."""
    text = content.decode(encoding_of(content, encoding), "replace").removeprefix("\ufeff")
    return text.count("\n") + (not text.endswith("\n") and text != "")


def commands(tokenizer: str, *options: str) -> list[list[str]]:
    """Those which cut text into tokens."""
    options = ("--tokenizer", tokenizer, "--min-count", "1", *options)
    return [
        ["tokenize", *options],
        ["vocab", "--quiet", *options],
        ["encode", "--quiet", "--force", "--out", "out", *options],
    ]


def without_notices(err: str) -> list[str]:
    known = ("markup runs over several lines", "this looks like utf-")
    return [line for line in err.splitlines() if not any(each in line for each in known)]


def check_together(run: Run, folder: str, n_lines: int, tokenizer: str, *options: str) -> None:
    """All files of a folder through each command: no error, and no line more or less."""
    cleaned = run("clean", "--clean", STEPS, *options, folder)
    assert (cleaned.status, without_notices(cleaned.err)) == (0, []), folder
    assert cleaned.out.count("\n") == n_lines, folder
    for command in commands(tokenizer, *options, folder):
        result = run(*command)
        assert (result.status, without_notices(result.err)) == (0, []), (folder, command)
        if command[0] == "tokenize":
            assert result.out.count("\n") == n_lines, folder
    config = json.loads(Path("out/config.json").read_text(encoding="utf-8"))
    assert config["n_sequences"] == n_lines, folder
    assert len(np.load("out/ids.npy", allow_pickle=False)) == config["n_tokens"], folder


@pytest.mark.slow
def test_every_text_is_read_whole_or_refused(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # the disk may be slow
    n_texts = n_refused = 0
    n_lines: dict[str, int] = {}  # encoding -> lines of all that is text in it
    for name, content, known in messy(data):
        n_texts += 1
        for encoding in dict.fromkeys((known, "utf-8")):
            Path(encoding).mkdir(exist_ok=True)
            path = Path(encoding, str(n_texts))
            path.write_bytes(content)
            if is_text(content, encoding):
                n_lines[encoding] = n_lines.get(encoding, 0) + lines_in(content, encoding)
                continue
            how = ["--encoding", encoding, str(path)]
            cuts = commands(["word", "char"][n_refused // 4 % 2], *how)
            refused = run(*[["clean", "--clean", STEPS, *how], *cuts][n_refused % 4])
            assert refused.status == 1, name
            assert f"{path}: byte" in refused.message, name
            assert not Path("out").exists(), name
            n_refused += 1
            path.unlink()
    assert n_texts > 700
    assert n_refused > 200
    for encoding, n in n_lines.items():
        check_together(run, encoding, n, "word", "--encoding", encoding)


@pytest.mark.slow
def test_anything_is_text_where_bad_bytes_are_replaced(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)
    n_lines: dict[str, int] = {}
    for number, (name, content, known) in enumerate(messy(data)):
        # The known encoding, or UTF-8 with nearly every letter replaced.
        encoding = known if number % 2 else "utf-8"
        Path(encoding).mkdir(exist_ok=True)
        Path(encoding, f"{number}-{Path(name).name}").write_bytes(content)
        n_lines[encoding] = n_lines.get(encoding, 0) + lines_in(content, encoding)
    for encoding, n in n_lines.items():
        options = ["--encoding", encoding, "--errors", "replace"]
        check_together(run, encoding, n, "char", *options)
