"""EchoSeries: one step ahead, free-running, in parts, on disk, and on bad input."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from textseq.config import EchoStateConfig
from textseq.rnn.echo.echo_series import ContinuationIsWild, EchoSeries
from textseq.rnn.echo.readout import RidgeSums
from textseq.rnn.echo.reservoir import Reservoir
from textseq.rnn.echo.series import mackey_glass, nrmse
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.tasks.table import pipeline_of

SMALL = EchoStateConfig(units=60, density=0.1, washout=20)


def waves(n: int) -> np.ndarray:
    steps = np.arange(n, dtype=float)
    return np.stack([3 + np.sin(steps / 5), 100 * np.cos(steps / 5)], axis=1)


@pytest.fixture(scope="module")
def model() -> EchoSeries:
    return EchoSeries.for_series(waves(400), SMALL, columns=["a", "b"])


def test_mackey_glass_is_learnt():
    series = mackey_glass(2400)
    found = EchoSeries.for_series(series[:2000], EchoStateConfig(units=300, density=0.03))
    assert found.scores(series[1999:], found.follow(series[:1999]).state)["nrmse"] < 2e-3
    free = found.go_on(found.follow(series[:2000]), 84)
    assert nrmse(free, series[2000:2084]) < 0.05


@pytest.mark.parametrize("direct", [True, False])
def test_it_is_the_equation_and_the_ridge(direct: bool):
    series = waves(200)
    echo = SMALL.replace(direct=direct, ridge=1e-3)
    found = EchoSeries.for_series(series, echo)
    rows = (series - series.mean(axis=0)) / series.std(axis=0)
    states = Reservoir.random(2, echo).plain_states(rows)
    features = np.hstack([states, rows]) if direct else states
    sums = RidgeSums(features.shape[1], 2)
    sums.add(features[20:-1], rows[21:])
    true = sums.solve(1e-3)(features) * series.std(axis=0) + series.mean(axis=0)
    np.testing.assert_allclose(found.follow(series).predictions, true, rtol=1e-8)


def test_predict_is_follow(model: EchoSeries):
    rows = waves(50)
    whole = model.follow(rows)
    found = list(model.predict(iter(rows.tolist()), batch_size=1))
    np.testing.assert_allclose(found, whole.predictions, rtol=1e-12)
    np.testing.assert_allclose(found[30], waves(40)[31], atol=0.2)
    first = model.follow(rows[:20])
    rest = model.follow(rows[20:], first.state)
    np.testing.assert_allclose(rest.predictions, whole.predictions[20:], rtol=1e-12)
    assert list(model.predict([])) == []
    assert pipeline_of(model).show(found[0]).count(",") == 1
    assert pipeline_of(model).as_json(found[0]) == {"a": found[0][0], "b": found[0][1]}


def test_going_on(model: EchoSeries):
    followed = model.follow(waves(400))
    found = model.go_on(followed, 30)
    np.testing.assert_allclose(found, waves(430)[400:], atol=0.5)
    # The same as reading one's own predictions.
    again = model.follow(found[:1], followed.state).predictions
    np.testing.assert_allclose(found[1:2], again, rtol=1e-9)
    assert model.go_on(followed, 0).shape == (0, 2)
    with pytest.raises(ValueError, match="no row to go on from"):
        model.go_on(model.follow(np.zeros((0, 2))), 3)


def test_evaluate(model: EchoSeries):
    scores = model.evaluate(waves(200))
    assert set(scores) == {"loss", "nrmse", "nrmse_last_value"}
    assert scores["nrmse"] < 0.01 < scores["nrmse_last_value"]
    with pytest.raises(ValueError, match="has 9 rows; 10 or more"):
        model.evaluate(waves(9))
    short = model.evaluate(waves(50))  # the washout of 20 would be two fifths of it
    followed = model.follow(waves(50)[:5]).state
    assert short == model.scores(waves(50)[5:], followed)


def test_on_disk(model: EchoSeries, tmp_path: Path):
    model.save(tmp_path / "m")
    again = SequenceModel.load(tmp_path / "m")
    assert isinstance(again, EchoSeries)
    assert again.columns == ["a", "b"]
    assert again.device == torch.device("cpu")
    rows = waves(40)
    np.testing.assert_array_equal(again.follow(rows).predictions, model.follow(rows).predictions)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("sources", 60, "units that are not among 0..59"),
        ("sources", -1, "units that are not among 0..59"),
        ("w_out", np.nan, "not finite"),
        ("scale", 0.0, "not above 0"),
    ],
)
def test_a_damaged_folder(model: EchoSeries, tmp_path: Path, name, value, message):
    model.save(tmp_path / "m")
    path = tmp_path / "m" / "model.safetensors"
    arrays = load_file(path)
    arrays[name].flat[0] = value
    save_file(arrays, path)
    with pytest.raises(ValueError, match=f"is damaged: .*{message}"):
        SequenceModel.load(tmp_path / "m")
    path.write_bytes(b"no")
    with pytest.raises(ValueError, match="is damaged"):
        SequenceModel.load(tmp_path / "m")
    config = tmp_path / "m" / "config.json"
    config.write_text(config.read_text().replace('"units": 60', '"units": "x"'))
    with pytest.raises(ValueError, match=r"damaged: units is 'x'"):
        SequenceModel.load(tmp_path / "m")
    shutil.rmtree(tmp_path / "m")
    with pytest.raises(FileNotFoundError, match="there is no"):
        SequenceModel.load(tmp_path / "m")


def test_bad_series():
    with pytest.raises(ValueError, match="has 9 rows; it needs 10 or more"):
        EchoSeries.for_series(waves(9), SMALL)
    for echo in (SMALL, SMALL.replace(ridge=1e-3), SMALL.replace(washout=0)):
        EchoSeries.for_series(waves(10), echo)
    with pytest.raises(ValueError, match="has 0 rows"):
        EchoSeries.for_series(np.zeros((0, 1)), SMALL)
    flat = waves(100)
    flat[:, 1] = 0.1  # its mean is not exactly 0.1
    with pytest.raises(ValueError, match=r"column 'b' is 0\.1 all the way"):
        EchoSeries.for_series(flat, SMALL, columns=["a", "b"])
    flat[3, 0] = np.inf
    with pytest.raises(ValueError, match="not finite"):
        EchoSeries.for_series(flat, SMALL)


def test_what_is_said_of_columns_that_hardly_change():
    late = np.concatenate([np.full(80, 3.0), waves(20)[:, 0]])[:, None]
    with pytest.raises(ValueError, match="column 'y' is 3 all the way through the 80 rows that"):
        EchoSeries.for_series(late[:80], SMALL, columns=["y"])
    noise = np.random.default_rng(4).normal(size=(100, 1))
    model = EchoSeries.for_series(1e12 + noise, SMALL, columns=["y"])
    assert np.isfinite(model.follow(1e12 + noise).predictions).all()
    with pytest.raises(ValueError, match=r"column 'y' changes by .* about 1e\+15, too little"):
        EchoSeries.for_series(1e15 + noise, SMALL, columns=["y"])


def test_a_continuation_without_end():
    series = noisy_wave(160)
    wild = EchoSeries.for_series(series, EchoStateConfig(ridge=1e-8))
    followed = wild.follow(series)
    with pytest.raises(ContinuationIsWild, match=r"after \d+ steps the continuation") as caught:
        wild.go_on(followed, 1000)
    assert caught.value.n_steps > 0
    whole = wild.go_on(followed, caught.value.n_steps)  # the rows before it can be had
    assert np.abs(whole - series.mean()).max() < 100 * series.std()


# ---- real series: noise, trends, few rows


def noisy_wave(n: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    return (np.sin(np.arange(n) / 6) + rng.normal(0, 0.3, n))[:, None]


def growing_season(n: int) -> np.ndarray:
    """Twelve steps a season, that grows with the level, as passengers of air lines did."""
    rng, steps = np.random.default_rng(2), np.arange(n)
    level = 100 + 2.5 * steps
    return (level * (1 + 0.2 * np.sin(steps * np.pi / 6)) + rng.normal(0, 4, n))[:, None]


def walk(n: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(n, 1)).cumsum(axis=0)


@pytest.mark.parametrize(
    ("series", "most"),
    [
        (noisy_wave(300), 0.8),
        (noisy_wave(1500), 0.75),
        (growing_season(144), 1.01),
        (walk(300), 1.1),
    ],
    ids=["noise", "long noise", "season", "walk"],
)
def test_a_real_series_is_predicted_as_well_as_by_its_last_value(series: np.ndarray, most: float):
    n_learnt = len(series) * 4 // 5
    found = EchoSeries.for_series(series[:n_learnt])
    scores = found.scores(series[n_learnt - 1 :], found.follow(series[: n_learnt - 1]).state)
    assert scores["nrmse"] < most * scores["nrmse_last_value"]
    free = found.go_on(found.follow(series), 100)
    assert np.abs(free - series.mean()).max() < 10 * series.std()


def test_what_was_chosen_is_told_and_is_what_the_same_ridge_gives():
    series = noisy_wave(200)
    found = EchoSeries.for_series(series, SMALL.replace(direct=False))
    assert found.info["toward"] == "mean"  # there is no last value that it could see
    ridge = found.info["ridge"]
    again = EchoSeries.for_series(series, SMALL.replace(direct=False, ridge=ridge))
    np.testing.assert_allclose(
        found.follow(series).predictions, again.follow(series).predictions, rtol=1e-9
    )
    assert again.info == {"ridge": ridge, "toward": "mean"}


def test_fit_is_refused(model: EchoSeries):
    with pytest.raises(TypeError, match="for_series"):
        model.loss(None)  # type: ignore[arg-type]
