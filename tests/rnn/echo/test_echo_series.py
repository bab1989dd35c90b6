"""EchoSeries: one step ahead, free-running, in parts, on disk, and on bad input."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from textseq.config import EchoStateConfig
from textseq.rnn.echo.echo_series import EchoSeries
from textseq.rnn.echo.readout import RidgeSums
from textseq.rnn.echo.reservoir import Reservoir
from textseq.rnn.echo.series import mackey_glass, nrmse
from textseq.rnn.model import SequenceModel

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
    series = waves(120)
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
    assert model.show(found[0]).count(",") == 1
    assert model.as_json(found[0]) == {"a": found[0][0], "b": found[0][1]}


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
    with pytest.raises(ValueError, match="has 21 rows; the first 20"):
        model.evaluate(waves(21))


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
    with pytest.raises(ValueError, match=r"has 22 rows; with a washout of 20 it needs 23 or more"):
        EchoSeries.for_series(waves(22), SMALL)
    EchoSeries.for_series(waves(23), SMALL.replace(ridge=1e-3))
    with pytest.raises(ValueError, match="has 0 rows"):
        EchoSeries.for_series(np.zeros((0, 1)), SMALL)
    flat = waves(100)
    flat[:, 1] = 0.1  # its mean is not exactly 0.1
    with pytest.raises(ValueError, match=r"column 'b' is 0\.1 all the way"):
        EchoSeries.for_series(flat, SMALL, columns=["a", "b"])
    flat[3, 0] = np.inf
    with pytest.raises(ValueError, match="not finite"):
        EchoSeries.for_series(flat, SMALL)


def test_a_continuation_without_end(model: EchoSeries):
    wild = EchoSeries.for_series(waves(100), SMALL)
    wild.w_out.mul_(1e9)
    with pytest.raises(ValueError, match=r"after \d+ steps the continuation has no end"):
        wild.go_on(wild.follow(waves(100)), 1000)


def test_fit_is_refused(model: EchoSeries):
    with pytest.raises(TypeError, match="for_series"):
        model.loss(None)  # type: ignore[arg-type]
