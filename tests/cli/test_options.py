from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from textseq.cli import options
from textseq.config import FilterConfig, PadConfig, RNNConfig, TextConfig, Word2VecConfig

Run = Callable[..., Any]  # `run` of conftest.py


@pytest.mark.parametrize(
    ("command", "config", "fields"),
    [
        ("clean", TextConfig, ("clean", "lowercase", "unit", "encoding", "errors")),
        ("clean", FilterConfig, None),
        ("tokenize", TextConfig, None),
        ("vocab", TextConfig, None),
        ("vocab", FilterConfig, None),
        ("encode", TextConfig, None),
        ("encode", FilterConfig, None),
        ("encode", PadConfig, None),
        ("stats", TextConfig, None),
        ("train-w2v", TextConfig, None),
        ("train-w2v", FilterConfig, None),
        ("train-w2v", Word2VecConfig, None),
    ],
)
def test_every_field_is_an_option(
    run: Run, command: str, config: type, fields: tuple[str, ...] | None
):
    text = " ".join(run(command, "--help-all").out.split())
    names = {field.name: field for field in dataclasses.fields(config)}
    for name in fields or names:
        assert f"{options.kebab(name)} " in text
        assert names[name].metadata["help"] in text


@pytest.mark.parametrize("config", [TextConfig, FilterConfig, PadConfig, Word2VecConfig])
def test_options_left_out_give_the_defaults(config: type):
    values = {option.name: option.default for option in options.options_of(config)}
    assert options.make(config, values) == config()


def test_options_reach_the_config(monkeypatch: pytest.MonkeyPatch, run: Run):
    seen: list[Any] = []

    def tokenize(*, text: TextConfig, word2vec: Word2VecConfig) -> None:
        """Examples:"""
        seen.extend([text, word2vec])

    monkeypatch.setattr("textseq.cli.text_commands.tokenize", tokenize)
    tokenize.__annotations__ = {"text": TextConfig, "word2vec": Word2VecConfig, "return": None}
    assert run("tokenize", "--clean", "nfkc, control", "--lowercase", "--max-vocab", "7",
               "--no-dynamic-window", "--lr", "0.5", "--mode", "cbow").status == 0  # fmt: skip
    assert seen[0] == TextConfig(clean=("nfkc", "control"), lowercase=True, max_vocab=7)
    assert seen[1] == Word2VecConfig(dynamic_window=False, lr=0.5, mode="cbow")
    assert run("tokenize", "--clean", "none").status == 0
    assert seen[2].clean == ()


@pytest.mark.parametrize(("given", "after"), [("never", None), ("7", 7), (None, 0)])
def test_a_word_for_none(
    monkeypatch: pytest.MonkeyPatch, run: Run, given: str | None, after: int | None
):
    seen: list[RNNConfig] = []

    def tokenize(*, rnn: RNNConfig) -> None:
        """Examples:"""
        seen.append(rnn)

    monkeypatch.setattr("textseq.cli.text_commands.tokenize", tokenize)
    tokenize.__annotations__ = {"rnn": RNNConfig, "return": None}
    arguments = [] if given is None else ["--train-vectors-after", given]
    assert run("tokenize", *arguments).status == 0
    assert seen == [RNNConfig(train_vectors_after=after)]


@pytest.mark.parametrize("command", ["train-classifier", "train-tagger", "train-lm"])
def test_frozen_vectors_are_in_the_help(run: Run, command: str):
    text = " ".join(run(command, "--help-all").out.split())
    assert "--train-vectors-after N|never" in text
    assert "'never': they stay as given" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("train-lm --train-vectors-after none", "'none' is not a whole number and not 'never'"),
        ("train-lm --train-vectors-after -1", "--train-vectors-after is -1"),
        ("predict --length-penalty nan", "nan was given; a finite number works"),
        ("nearest", "no word was given; `textseq nearest king` asks for one, - reads words from"),
        ("nearest king --threshold 1.5", "1.5 was given; a cosine is 1 at most"),
        ("nearest king --threshold -2", "-2 was given; the least that works is -1"),
        ("nearest king --threshold nan", "nan was given; a finite number works"),
        ("nearest king --pattern (", "'(' is no regular expression: missing )"),
        ("nearest king --weights 1,2", "--weights has 2 numbers for 1 word"),
        ("nearest king --weights x", "'x' is not a number"),
        ("nearest --minus king", "a sum needs a WORD"),
        ("nearest - --minus king", "a sum (--sum, --minus, --weights) is one of words"),
        ("nearest king --texts --sum", "a sum (--sum, --minus, --weights) is one of words"),
        ("nearest king --texts --numbers", "--texts and --numbers say different things"),
        ("nearest - --input -", "standard input (-) was given twice"),
        ("analogy a b", "2 of 3 were given; --input FILE has a question a line"),
        ("similarity", "0 of 2 were given; --input FILE has a question a line"),
        ("similarity a b --input x", "questions were given twice"),
        ("similarity a b --method wmd", "--method and --common are of --texts"),
        ("similarity a b --texts --method best", "'best' was given; it can be mean, sif, wmd"),
        ("similarity a b --texts --common x", "--common goes with --method sif"),
        ("embed --common x", "--common goes with --method sif"),
        ("embed --smoothing 2", "--smoothing is 2.0"),
        ("embed --json --out x.npy", "--json is for standard output"),
        ("rank king", "1 of 2 were given; --input FILE has a question a line"),
        ("neerest king", "No such command 'neerest'. Did you mean 'nearest'?"),
        ("nearest king --foo", "--foo"),
        ("nearest king -n ten", "'ten' is not a whole number"),
        ("nearest king -n -1", "-1 was given; the least that works is 1"),
        ("nearest - -", "standard input (-) was given twice"),
        ("odd-one-out a b", "2 words were given; the odd one out needs three or more"),
        ("analogy a b c --method best", "'best' was given; it can be 3cosadd, 3cosmul"),
        ("train-w2v --min-count 0", "--min-count is 0; the least that works is 1"),
        ("train-w2v --mode fast", "--mode is 'fast'; it can be skipgram, cbow"),
        ("train-w2v --lr nan", "--lr is nan"),
        ("train-w2v --dim 1.5", "'1.5' is not a whole number"),
        ("clean --clean nfcc", "no cleaning step 'nfcc'; did you mean 'nfc'?"),
        ("convert vectors out.txt", "out.txt does not say its format; give --to textseq, word2vec"),
        ("convert vectors out --to x", "--to is 'x'; it can be textseq, word2vec-text"),
        ("convert vectors out --errors x", "--errors is 'x'; it can be strict, replace, ignore"),
    ],
)
def test_wrong_use_is_one_line_and_status_2(run: Run, vectors: Path, arguments: str, message: str):
    vectors.rename("textseq-vectors")
    result = run(*arguments.split())
    assert (result.status, result.out) == (2, "")
    assert message in result.message
    assert "--help` shows what it takes" in result.message
