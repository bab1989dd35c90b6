"""Messy real input through the text commands: a result or one clear line, always."""

from __future__ import annotations

import bz2
import codecs
import gzip
import json
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
                if not name.endswith("/"):
                    parts = name.split("/")
                    known = parts[-2].lower() if archive == "encodings.zip" else "utf-8"
                    yield name, texts.read(name), known
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


def lines_in(content: bytes, encoding: str) -> int:
    """Lines as text: a last one without its newline counts."""
    text = content.decode(encoding, "replace").removeprefix("\ufeff")
    return text.count("\n") + (not text.endswith("\n") and text != "")


@pytest.mark.slow
@pytest.mark.parametrize("tokenizer", ["word", "char"])
def test_every_text_gives_a_result_or_one_line(run: Run, data: Path, tokenizer: str):
    n_texts = n_results = 0
    for name, content, known in messy(data):
        Path("text").write_bytes(content)
        n_texts += 1
        options = ["--tokenizer", tokenizer, "--min-count", "1", "text"]
        for encoding in {"utf-8", known} if is_codec(known) else {"utf-8"}:
            for errors in ("strict", "replace"):
                how = ["--encoding", encoding, "--errors", errors]
                clean = run("clean", "--clean", STEPS, *how, "text")
                tokens = run("tokenize", *how, *options)
                counts = run("vocab", "--quiet", *how, *options)
                encoded = run("encode", "--quiet", "--force", "--out", "out", *how, *options)
                for result in (clean, tokens, counts, encoded):
                    assert result.status in (0, 1), name
                    if result.status:
                        # Bytes that are no text, archives, and texts without a word.
                        assert errors == "strict" or is_no_text(content, result.message), name
                        assert result.message, name
                assert clean.status == tokens.status, name
                if tokens.status == 0:
                    n_results += 1
                    n_lines = lines_in(content, encoding)
                    assert clean.out.count("\n") == n_lines, name
                    assert tokens.out.count("\n") == n_lines, name
                if encoded.status == 0:
                    config = json.loads(Path("out/config.json").read_text(encoding="utf-8"))
                    assert config["n_sequences"] == n_lines, name
                    assert len(np.load("out/ids.npy")) == config["n_tokens"], name
    assert n_texts > 700
    assert n_results > 1.5 * n_texts


def is_no_text(content: bytes, message: str) -> bool:
    return "no words in" in message or "is a zip archive" in message or "damaged" in message
