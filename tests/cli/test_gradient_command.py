"""`grad-flow`: new cells, trained models, synthetic tasks; what is refused before the work."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from textseq.config import EchoStateConfig, RNNConfig, TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.vocabs import with_specials
from textseq.rnn.echo.echo_series import EchoSeries
from textseq.rnn.echo.echo_state import EchoClassifier, EchoTagger
from textseq.rnn.gradients.first_layer import collect_inputs
from textseq.rnn.gradients.jacobians import make_jacobians
from textseq.rnn.models.bag_of_vectors import BagOfVectors
from textseq.rnn.models.classifier import Classifier
from textseq.rnn.models.language_model import LanguageModel
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.models.tagger import Tagger
from textseq.rnn.models.translator import Translator
from textseq.rnn.tasks.labels import LabelPipeline
from textseq.text.encode import encode_lines

pytest.importorskip("matplotlib")

Run = Callable[..., Any]  # `run` of conftest.py
SMALL = ["--hidden", "3", "--length", "12", "--sequences", "2"]
QUICK = ["--hidden", "4", "--steps", "3", "--batch-size", "4"]
TEXT = TextConfig(min_count=1, tokenizer="word", lowercase=True)
TEXTS = ["the good film", "a bad film , a very bad one", "서울 🙂"]


# ---- new cells


def test_all_cells(run: Run, tmp_path: Path):
    result = run("grad-flow", *SMALL)
    assert result.status == 0, result.err
    rows = [line.split() for line in result.out.strip().split("\n")]
    assert rows[0][:2] == ["cell", "initialisation"]
    assert [row[:2] for row in rows[1:-2] if row[0] in ("rnn", "lstm", "gru")] == [
        [cell, how] for cell in ("rnn", "lstm", "gru") for how in ("orthogonal", "identity",
                                                                  "normal")
    ]  # fmt: skip
    assert sum(row[:2] == ["h,", "c"] for row in rows) == 3
    assert result.err == "grad-flow.png shows it\n"
    assert (tmp_path / "grad-flow.png").read_bytes().startswith(b"\x89PNG")


def test_json_and_options(run: Run, tmp_path: Path):
    options = ["--cells", "lstm,rnn,lstm", "--initialisations", "normal", "--forget-bias", "2"]
    result = run("grad-flow", *SMALL, *options, "--json", "--picture", "x.svg", "--quiet")
    assert (result.status, result.err) == (0, "")
    found = json.loads(result.out)
    assert found["hidden"] == 3
    assert found["forget_bias"] == 2
    assert [(row["cell"], row["initialisation"]) for row in found["flows"]] == [
        ("lstm", "normal"), ("rnn", "normal")
    ]  # fmt: skip
    for row in found["flows"]:
        assert row["lags"] == list(range(13))
        assert row["n"] == [2] * 13
        assert len(row["log10_hidden"]["spectral"]["low"]) == 13
    assert [path.name for path in tmp_path.iterdir()] == ["x.svg"]
    again = run("grad-flow", *SMALL, *options, "--json", "--picture", "-", "--quiet")
    assert again.out == result.out


def test_the_smallest(run: Run):
    result = run("grad-flow", "--hidden", "1", "--length", "1", "--sequences", "1",
                 "--input-scale", "0", "--picture", "x.pdf")  # fmt: skip
    assert result.status == 0, result.err
    assert "lag 1  half-life" in result.out


def test_a_reservoir(run: Run, tmp_path: Path):
    options = ["--cells", "gru,esn", "--initialisations", "identity,normal", "--length", "5"]
    result = run("grad-flow", *options, "--json")
    assert result.status == 0, result.err
    found = json.loads(result.out)
    assert [(row["cell"], row["initialisation"]) for row in found["flows"]] == [
        ("gru", "identity"), ("gru", "normal"), ("esn", "random")
    ]  # fmt: skip
    usual = EchoStateConfig().filled()
    assert (found["spectral_radius"], found["leak"]) == (usual.spectral_radius, usual.leak)
    # As many weights at each of 64 units as at each of 500.
    assert found["density"] * 64 == usual.density * usual.units
    assert found["flows"][2]["radius_of"] == "(1 - leak) I + leak W"
    assert (tmp_path / "grad-flow.png").exists()
    given = ["--cells", "esn", "--spectral-radius", "1.5", "--leak", "1", "--picture", "-"]
    result = run("grad-flow", *given, "--hidden", "3")
    assert result.out.count("esn") == 2
    assert "1.500\n" in result.out
    assert "radius (esn): the spectral radius of (1 - leak) I + leak W\n" in result.out
    result = run("grad-flow", *SMALL, "--picture", "-", "--json")
    assert "spectral_radius" not in json.loads(result.out)


# ---- pictures


def test_nothing_is_overwritten(run: Run, tmp_path: Path):
    (tmp_path / "grad-flow.png").write_text("mine")
    result = run("grad-flow", *SMALL)
    assert result.status == 1
    assert result.message.startswith("grad-flow.png exists already; --force replaces it")
    assert result.out == ""
    assert (tmp_path / "grad-flow.png").read_text() == "mine"
    assert run("grad-flow", *SMALL, "--cells", "rnn", "--force").status == 0
    assert (tmp_path / "grad-flow.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("picture", "message"),
    [("x.jpg", "does not end in .png, .svg, .pdf"), ("no/x.png", "there is no folder no"),
     ("folder.png", "folder.png is a folder")],
)  # fmt: skip
def test_places_that_do_not_work(run: Run, tmp_path: Path, picture: str, message: str):
    (tmp_path / "folder.png").mkdir()
    result = run("grad-flow", *SMALL, "--picture", picture)
    assert result.status in (1, 2)
    assert message in result.message
    assert result.out == ""


def test_without_matplotlib(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def missing(path: object) -> None:
        raise ModuleNotFoundError("pictures need matplotlib", name='"textseq[plot]"')

    monkeypatch.setattr("textseq.pictures.figure.check_picture", missing)
    result = run("grad-flow", *SMALL, "--cells", "rnn")  # nobody has asked for the picture
    assert result.status == 0
    assert result.err == "textseq: no picture: pictures need matplotlib\n"
    assert run("grad-flow", *SMALL, "--picture", "x.png").status == 1
    assert list(tmp_path.iterdir()) == []


# ---- trained models


def labelled() -> SequenceDataset:
    return SequenceDataset.from_texts(TEXTS, ["a", "b", "a"], config=TEXT)


def tagger() -> Tagger:
    sentences = [(text.split(), ["X"] * len(text.split())) for text in TEXTS]
    data = SequenceDataset.from_sentences(sentences, config=TEXT)
    return Tagger.for_dataset(data, RNNConfig(hidden=3, dim=3, cell="gru"), min_count=1)


def translator() -> Translator:
    data = SequenceDataset.from_texts(TEXTS, pairs=TEXTS, config=TEXT)
    return Translator.for_dataset(data, RNNConfig(hidden=3, dim=3, cell="rnn"))


def language_model() -> LanguageModel:
    corpus = with_specials(encode_lines(TEXTS, TEXT))
    return LanguageModel.for_dataset(Examples(corpus), RNNConfig(hidden=3, dim=3))


MODELS: dict[str, Callable[[], SequenceModel]] = {
    "classifier": lambda: Classifier.for_dataset(labelled(), RNNConfig(hidden=3, dim=3)),
    "tagger": tagger,
    "translator": translator,
    "language-model": language_model,
}


@pytest.mark.parametrize("task", MODELS)
def test_models_on_bundled_texts(run: Run, tmp_path: Path, task: str):
    MODELS[task]().save(tmp_path / "model")
    result = run("grad-flow", "--model", "model", "--sequences", "4", "--length", "3", "--json")
    assert result.status == 0, result.err
    found = json.loads(result.out)
    assert (found["task"], found["texts"], found["model"]) == (task, 4, "model")
    directions = ["forward"] if task == "language-model" else ["forward", "backward"]
    assert [row["direction"] for row in found["flows"]] == directions
    assert all(row["lags"] == [0, 1, 2, 3] for row in found["flows"])
    assert (tmp_path / "grad-flow.png").exists()


def test_a_task_without_bundled_texts(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(LabelPipeline, "bundled", ())
    MODELS["classifier"]().save(tmp_path / "model")
    result = run("grad-flow", "--model", "model")
    assert result.status == 2
    assert "FILES are due: no texts for a classifier come with textseq" in result.message
    result = run("train-classifier")
    assert result.status == 2
    assert "FILES are due: no data for a classifier comes with textseq" in result.message


def test_a_model_on_texts(run: Run, tmp_path: Path):
    MODELS["classifier"]().save(tmp_path / "model")
    text = "\n".join(["", *TEXTS]).encode()
    result = run("grad-flow", "-m", "model", "-", "--picture", "-", stdin=text)
    assert result.status == 0, result.err
    assert "lstm  forward" in result.out
    assert "backward" in result.out
    assert "lag 8" in result.out
    (tmp_path / "a.csv").write_text('x,review\n1,"good , bad"\n')
    options = ["--picture", "-", "--json", "--text", "review"]
    found = json.loads(run("grad-flow", "-m", "model", "a.csv", *options).out)
    assert found["texts"] == 1
    assert found["flows"][0]["lags"] == [0, 1, 2, 3]


ECHO = EchoStateConfig(units=9, density=0.5)


def echo_tagger() -> EchoTagger:
    sentences = [(text.split(), ["X"] * len(text.split())) for text in TEXTS]
    data = SequenceDataset.from_sentences(sentences, config=TEXT)
    return EchoTagger.for_dataset(data, RNNConfig(dim=3), echo=ECHO, min_count=1)


def echo_classifier() -> EchoClassifier:
    return EchoClassifier.for_dataset(labelled(), RNNConfig(dim=3), echo=ECHO)


@pytest.mark.parametrize("make", [echo_classifier, echo_tagger])
def test_models_with_a_reservoir(run: Run, tmp_path: Path, make: Callable[[], SequenceModel]):
    make().save(tmp_path / "model")
    options = ["--sequences", "2", "--length", "3", "--picture", "-"]
    result = run("grad-flow", "-m", "model", *options)
    assert result.status == 0, result.err
    assert "esn   forward" in result.out
    assert "backward" in result.out
    found = json.loads(run("grad-flow", "-m", "model", *options, "--json").out)
    assert found["texts"] == 2
    for row in found["flows"]:
        # The leak of text is 1.
        assert row["radius"] == pytest.approx(ECHO.filled(text=True).spectral_radius, rel=1e-4)


def test_what_a_reservoir_reads():
    """The states that the flow goes through are those that the model computes, both ways."""
    for model in (echo_classifier().eval(), echo_tagger().eval()):
        found = collect_inputs(model, TEXTS, 2)
        states: list[torch.Tensor] = []
        layer = model.encoder.layer
        hook = layer.register_forward_hook(lambda *given: states.append(given[2][0]))  # noqa: B023
        for text in TEXTS[:2]:
            list(model.predict([text], 1))
        hook.remove()
        for number in range(2):
            for name, part in (("forward", slice(0, 9)), ("backward", slice(9, 18))):
                reading = found[name]
                here = make_jacobians(reading.layer, reading.inputs[number]).states[0, 1:]
                want = states[number][0, :, part]
                want = want.flip(0) if name == "backward" else want
                torch.testing.assert_close(here.float(), want, atol=1e-5, rtol=1e-4)


def test_models_that_do_not_work(run: Run, tmp_path: Path):
    bag = BagOfVectors.for_dataset(labelled(), RNNConfig(hidden=3, dim=3))
    bag.save(tmp_path / "bag")
    result = run("grad-flow", "--model", "bag")
    assert result.message.startswith("a bag-of-vectors has no recurrent layer that reads text; a")
    waves = np.sin(np.arange(60.0))[:, None]
    EchoSeries.for_series(waves, ECHO.replace(washout=5)).save(tmp_path / "series")
    result = run("grad-flow", "--model", "series")
    assert result.message.startswith("an echo-series has no recurrent layer that reads text; a")
    encode_lines(TEXTS, TEXT).save(tmp_path / "corpus")
    assert "not sequence-model" in run("grad-flow", "--model", "corpus").message
    assert "there is no nowhere" in run("grad-flow", "--model", "nowhere").message
    MODELS["classifier"]().save(tmp_path / "model")
    result = run("grad-flow", "--model", "model", "-", stdin=b"\n \n")
    assert result.message == "there is no text with tokens; one is the least"
    assert "no.txt" in run("grad-flow", "--model", "model", "no.txt").message
    assert "not utf-8" in run("grad-flow", "--model", "model", "-", stdin=b"\xff\n").message
    assert not (tmp_path / "grad-flow.png").exists()


# ---- synthetic tasks


@pytest.mark.slow
@pytest.mark.parametrize("task", ["adding", "copy", "order"])
def test_tasks(run: Run, tmp_path: Path, task: str):
    options = ["--lengths", "4,6", "--clip", "0,1", "--seeds", "2", "--cells", "rnn,gru"]
    result = run("grad-flow", "--task", task, *options, *QUICK, "--json", "--seed", "5")
    assert result.status == 0, result.err
    found = json.loads(result.out)
    assert (found["steps"], found["batch_size"], found["hidden"]) == (3, 4, 4)
    trials = found["trials"]
    # The rnn begins in three ways, the gru in one.
    assert len(trials) == 4 * 2 * 2 * 2
    assert {trial["seed"] for trial in trials} == {5, 6}
    assert {trial["clip_norm"] for trial in trials} == {0, 1}
    assert {t["initialisation"] for t in trials if t["cell"] == "gru"} == {"orthogonal"}
    assert all(trial["task"] == task and not trial["solved"] for trial in trials)
    assert (tmp_path / "grad-flow.png").exists()


def test_a_table_of_trainings(run: Run):
    result = run("grad-flow", "--task", "adding", "--lengths", "5", "--cells", "lstm",
                 "--initialisations", "identity,normal", *QUICK)  # fmt: skip
    lines = [line.split() for line in result.out.strip().split("\n")]
    assert [line[:5] for line in lines[1:3]] == [
        ["lstm", how, "5", "1", "1"] for how in ("identity", "normal")
    ]
    assert lines[1][6:8] == ["0.1667", "no"]
    assert result.err == "grad-flow.png shows it\n"


def test_a_training_that_diverges(run: Run, monkeypatch: pytest.MonkeyPatch):
    from textseq.rnn.gradients import memory_trial

    monkeypatch.setattr(memory_trial.SyntheticTask, "loss", lambda *given: given[1].sum() / 0)
    result = run("grad-flow", "--task", "adding", "--lengths", "5", "--cells", "rnn", *QUICK)
    assert result.status == 0, result.err
    assert result.out.count("diverged") == 3


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_defaults_solve_the_adding_problem(run: Run, cell: str):
    """T = 100: 0.01 or less, where 1/6 is what one gets without a memory."""
    result = run("grad-flow", "--task", "adding", "--cells", cell, "--json", "--picture", "-")
    (trial,) = json.loads(result.out)["trials"]
    assert trial["length"] == 100
    assert trial["solved"]
    assert trial["error"] <= 0.01


# ---- what is refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cells", "rnn,transformer"], "'transformer' was given; it can be rnn, lstm, gru"),
        (["--cells", "lstm", "--leak", "1"], "--leak goes with --cells esn"),
        (["--spectral-radius", "0.9"], "--spectral-radius goes with --cells esn"),
        (["--cells", "esn", "--leak", "1.5"], "--leak is 1.5; the most that works is 1"),
        (
            ["--cells", "esn", "--initialisations", "normal"],
            "--initialisations goes with --cells rnn, lstm, gru",
        ),
        (["--task", "adding", "--cells", "esn"], "--cells esn is not trained; --task goes with"),
        (["--task", "adding", "--leak", "1"], "--leak does not go with --task"),
        (["--cells", ""], "'' was given; it can be rnn, lstm, gru"),
        (["--initialisations", "zeros"], "'zeros' was given; it can be orthogonal, identity"),
        (["--hidden", "0"], "--hidden is 0; the least that works is 1"),
        (["--length", "0"], "0 was given; the least that works is 1"),
        (["--sequences", "x"], "'x' is not a whole number"),
        (["--task", "parity"], "'parity' was given; it can be adding, copy, order"),
        (["--task", "adding", "--lengths", "50,0"], "0 was given; the least that works is 1"),
        (["--task", "adding", "--clip", "-1"], "the least that works is 0"),
        (["--task", "adding", "--steps", "0"], "--steps is 0; the least that works is 1"),
        (["--task", "adding", "--model", "x"], "give --model or --task, not both"),
        (["--lengths", "50"], "--lengths goes with --task"),
        (["--steps", "50"], "--steps goes with --task"),
        (["x.txt"], "FILES goes with --model"),
        (["--model", "x", "--cells", "rnn"], "--cells does not go with --model"),
        (["--model", "x", "--hidden", "4"], "--hidden does not go with --model"),
        (["--task", "copy", "--length", "50"], "--length does not go with --task"),
        (["--task", "copy", "x.txt"], "FILES does not go with --task"),
    ],

)  # fmt: skip
def test_wrong_uses(run: Run, arguments: list[str], message: str):
    result = run("grad-flow", *arguments)
    assert result.status == 2
    assert message in result.message
    assert result.out == ""


def test_a_length_that_is_too_short(run: Run, tmp_path: Path):
    result = run("grad-flow", "--task", "order", "--lengths", "100,3", *QUICK)
    assert result.status == 1
    assert result.message == "the length of order is 3; the least that works is 4"
    result = run("grad-flow", "--input-scale", "nan")
    assert result.status == 1
    assert "input_scale is nan" in result.message
    assert not list(tmp_path.iterdir())
