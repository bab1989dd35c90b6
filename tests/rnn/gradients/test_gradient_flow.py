"""How gradients fade: known answers, the derivative of autograd, numbers beyond any float."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.autograd.functional import jacobian

from textseq.config import EchoStateConfig, RNNConfig
from textseq.rnn.echo.reservoir import Matrix, Reservoir
from textseq.rnn.gradients.gradient_flow import (
    Curve,
    Flow,
    curve_of,
    gradient_flow,
    half_life,
    initial_flow,
    one_thread,
)
from textseq.rnn.gradients.jacobians import StepJacobians
from textseq.rnn.layers.cells import RECURRENT_CELLS
from textseq.rnn.layers.recurrent import Recurrent


def layer_of(cell: str, hidden: int = 4, n_inputs: int = 3) -> nn.RNNBase:
    torch.manual_seed(5)
    config = RNNConfig(cell=cell, hidden=hidden, initialisation="normal")
    return Recurrent(n_inputs, config, bidirectional=False).cells()[0]


def diagonal(value: float, hidden: int = 3) -> nn.RNN:
    """h = tanh(value h'), which from zeros on is linear."""
    layer = nn.RNN(2, hidden, batch_first=True)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.zero_()
        layer.weight_hh_l0.copy_(value * torch.eye(hidden))
    return layer


# ---- known answers


@pytest.mark.parametrize("value", [1.0, 0.5, 3.0])
def test_powers_that_no_float_can_hold(value: float):
    """0.5^2000 and 3^2000 are beyond what a float64 holds; their logarithms are not."""
    flow = gradient_flow(diagonal(value), [torch.zeros(2, 2000, 2)])
    want = flow.lags * math.log(value)
    np.testing.assert_allclose(flow.hidden.spectral, [want, want], atol=1e-9)
    np.testing.assert_allclose(flow.hidden.frobenius, [want + math.log(3) / 2] * 2, atol=1e-9)
    assert flow.radius == pytest.approx(value)
    assert flow.radius_of == "W_hh"
    assert flow.n.tolist() == [2] * 2001


def test_an_orthogonal_layer_without_inputs_keeps_everything():
    flow = initial_flow(RNNConfig(cell="rnn", hidden=6), 30, n_sequences=2, input_scale=0.0)
    np.testing.assert_allclose(flow.hidden.spectral, 0, atol=1e-5)
    np.testing.assert_allclose(flow.hidden.frobenius, math.log(6) / 2, atol=1e-5)
    assert half_life(curve_of(flow.hidden.spectral)) is None


def test_a_saturated_cell_lets_nothing_through():
    layer = diagonal(0.9)
    with torch.no_grad():
        layer.bias_ih_l0.fill_(100.0)  # tanh is 1, its slope exactly 0
    flow = gradient_flow(layer, [torch.zeros(2, 3, 2)])
    assert np.isneginf(flow.hidden.spectral[:, 1:]).all()
    curve = curve_of(flow.hidden.spectral)
    assert half_life(curve) == 0.0
    assert np.isneginf([part[-1] for part in curve]).all()
    found = json.loads(json.dumps(flow.to_json(), allow_nan=False))
    assert found["log10_hidden"]["spectral"]["mean"] == [0.0, None, None, None]


@pytest.mark.parametrize("cell", RECURRENT_CELLS)
def test_equals_the_derivative_of_autograd(cell: str):
    """dh_T/dh_t from t = T back to 0, for each; of the LSTM by h alone and by (h, c)."""
    layer, n_steps, hidden = layer_of(cell).double(), 6, 4
    inputs = torch.randn(1, n_steps, 3, dtype=torch.float64)
    flow = gradient_flow(layer, [inputs])
    states = StepJacobians(layer, inputs).states[0]
    for lag in range(1, n_steps + 1):

        def last(state: Tensor, rest: Tensor = inputs[:, n_steps - lag :]) -> Tensor:
            parts = tuple(part[None, None].contiguous() for part in state.split(hidden))
            h, after = RECURRENT_CELLS[cell].run(layer, rest, parts)
            return torch.cat([h[0, -1], *(part[0, 0] for part in after[1:])])

        whole = jacobian(last, states[n_steps - lag])
        for norms, block in ((flow.hidden, whole[:hidden, :hidden]), (flow.state, whole)):
            spectral = float(torch.linalg.matrix_norm(block, 2).log())
            frobenius = float(torch.linalg.matrix_norm(block).log())
            assert norms.spectral[0, lag] == pytest.approx(spectral, abs=1e-10)
            assert norms.frobenius[0, lag] == pytest.approx(frobenius, abs=1e-10)
    assert flow.has_memory == (len(RECURRENT_CELLS[cell].parts) > 1)


@pytest.mark.parametrize("cell", [cell for cell, row in RECURRENT_CELLS.items() if not row.linear])
def test_the_radius_of_gated_cells(cell: str):
    layer, inputs = layer_of(cell), torch.randn(3, 8, 3)
    flow = gradient_flow(layer, [inputs], max_lag=5)
    last = torch.stack(StepJacobians(layer, inputs)[3:]).mean(dim=(0, 1))
    assert flow.radius == pytest.approx(float(torch.linalg.eigvals(last).abs().max()))
    assert flow.radius_of == "the mean step Jacobian"


# ---- reservoirs

LINEAR = EchoStateConfig(units=40, density=0.2, leak=1.0, bias_scaling=0.0)


@pytest.mark.parametrize("radius", [0.5, 0.9, 1.2])
def test_a_linear_reservoir_falls_like_its_radius(radius: float):
    """At zero tanh is linear: the norms are those of the powers of W, and fall like r^lag."""
    config = LINEAR.replace(spectral_radius=radius)
    flow = initial_flow(config, 200, n_sequences=1, input_scale=0.0)
    weight = Reservoir.random(40, config).recurrent.dense()
    want = [math.log(np.linalg.norm(np.linalg.matrix_power(weight, lag), 2)) for lag in range(21)]
    np.testing.assert_allclose(flow.hidden.spectral[0, :21], want, atol=1e-10)
    slope = np.polyfit(flow.lags[20:], flow.hidden.spectral[0, 20:], 1)[0]
    assert slope == pytest.approx(math.log(radius), abs=0.005)
    assert flow.radius == pytest.approx(radius, rel=1e-9)
    assert not flow.has_memory


def test_small_inputs_are_nearly_linear():
    config = LINEAR.replace(spectral_radius=0.9)
    none, small, large = (
        initial_flow(config, 60, n_sequences=2, input_scale=scale).hidden.spectral[:, -1].mean()
        for scale in (0.0, 1e-4, 1.0)
    )
    assert small == pytest.approx(none, abs=1e-3)
    assert large < none - 1  # away from zero tanh is flatter


def test_the_leak_of_a_reservoir_keeps():
    """Of one unit with w = 0.5 and a = 0.25: 0.75 + 0.25 x 0.5 = 0.875 at each step."""
    matrix = Matrix(np.array([[0.5]]), np.zeros((1, 1), np.int32))
    one = Reservoir(np.ones((1, 1)), np.zeros(1), matrix, 0.25)
    flow = gradient_flow(one, [torch.zeros(1, 50, 1)])
    np.testing.assert_allclose(flow.hidden.spectral[0], flow.lags * math.log(0.875), atol=1e-12)
    assert flow.radius == pytest.approx(0.875)
    assert flow.radius_of == "(1 - leak) I + leak W"


def test_the_seed_of_a_reservoir():
    one, same, other = (
        initial_flow(LINEAR.replace(seed=own), 5, n_sequences=2, seed=seed).hidden.spectral
        for own, seed in ((1, 3), (2, 3), (1, 4))
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


# ---- sequences of several lengths


def test_lengths_may_differ():
    layer, long = layer_of("gru"), torch.randn(2, 9, 3)
    short = torch.randn(1, 4, 3)
    flow = gradient_flow(layer, [long, short])
    assert flow.n.tolist() == [3] * 5 + [2] * 5
    alone = gradient_flow(layer, [short])
    np.testing.assert_array_equal(flow.hidden.spectral[2, :5], alone.hidden.spectral[0])
    assert np.isnan(flow.hidden.spectral[2, 5:]).all()
    mean = curve_of(flow.hidden.spectral).mean
    np.testing.assert_allclose(mean[4], flow.hidden.spectral[:, 4].mean())
    np.testing.assert_allclose(mean[9], flow.hidden.spectral[:2, 9].mean())


def test_max_lag_looks_at_the_end():
    layer, inputs = layer_of("lstm"), torch.randn(2, 9, 3)
    flow, whole = gradient_flow(layer, [inputs], max_lag=3), gradient_flow(layer, [inputs])
    assert len(flow.lags) == 4
    np.testing.assert_array_equal(flow.state.spectral, whole.state.spectral[:, :4])
    assert len(gradient_flow(layer, [inputs], max_lag=99).lags) == 10


# ---- means, bands, half-lives


def test_the_mean_is_geometric_and_the_band_leaves_out_the_ends():
    norms = np.log(np.array([[10.0**k, 1.0] for k in range(11)]))
    norms[0, 1] = math.nan
    curve = curve_of(norms)
    np.testing.assert_allclose(np.exp(curve.mean), [1e5, 1.0])
    np.testing.assert_allclose(np.exp(curve.low), [10, 1])
    np.testing.assert_allclose(np.exp(curve.high), [1e9, 1])


def test_half_lives():
    def of(logs: list[float]) -> float | None:
        curve = np.array(logs)
        return half_life(Curve(curve, curve, curve))

    halving = [0.3] + [5 - lag * math.log(2) / 7 for lag in range(1, 40)]
    assert of(halving) == pytest.approx(7)  # lag 0, which no step has touched, does not count
    assert of([0.0, 1.0, 2.0]) is None
    assert of([0.0, 1.0, 1.0]) is None
    assert of([0.0, -1.0]) is None
    assert of([0.0, -1.0, -math.inf]) == 0.0


def test_json():
    flow = initial_flow(RNNConfig(cell="lstm", hidden=3), 5, n_sequences=3)
    found = json.loads(json.dumps(flow.to_json(), allow_nan=False))
    assert found["lags"] == [0, 1, 2, 3, 4, 5]
    assert found["n"] == [3] * 6
    for part, norms in (("log10_hidden", flow.hidden), ("log10_state", flow.state)):
        for kind in ("spectral", "frobenius"):
            curve = curve_of(getattr(norms, kind))
            want = [part / math.log(10) for part in curve]
            got = [found[part][kind][name] for name in ("mean", "low", "high")]
            np.testing.assert_allclose(got, want)
        assert found[part]["half_life"] == half_life(curve_of(norms.spectral))


# ---- new layers


def test_the_same_seed_is_the_same_flow():
    config = RNNConfig(cell="rnn", hidden=5, initialisation="normal")
    state = torch.get_rng_state()
    one, other = (initial_flow(config, 7, n_sequences=2, seed=3) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(one.hidden.spectral, other.hidden.spectral)
    assert initial_flow(config, 4, n_sequences=6, seed=3).radius == one.radius  # the weights
    assert initial_flow(config, 7, n_sequences=2, seed=4).radius != one.radius


@pytest.mark.parametrize("cell", RECURRENT_CELLS)
@pytest.mark.parametrize("initialisation", ["orthogonal", "identity", "normal"])
def test_the_smallest(cell: str, initialisation: str):
    config = RNNConfig(cell=cell, hidden=1, initialisation=initialisation)
    flow = initial_flow(config, 1, n_sequences=1)
    assert flow.hidden.spectral.shape == (1, 2)
    assert np.isfinite(flow.hidden.spectral).all()
    assert half_life(curve_of(flow.hidden.spectral)) is None


def test_a_higher_forget_bias_reaches_further():
    def norm(bias: float) -> float:
        config = RNNConfig(cell="lstm", hidden=16, forget_bias=bias)
        return float(curve_of(initial_flow(config, 60, n_sequences=3).state.spectral).mean[-1])

    assert norm(-1.0) < norm(1.0) < norm(3.0)


def test_one_thread_is_given_back():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_errors():
    with pytest.raises(ValueError, match="length is 0; the least that works is 1"):
        initial_flow(RNNConfig(hidden=2), 0)
    with pytest.raises(ValueError, match="n_sequences is 0"):
        initial_flow(RNNConfig(hidden=2), 5, n_sequences=0)
    with pytest.raises(ValueError, match="input_scale is nan"):
        initial_flow(RNNConfig(hidden=2), 5, input_scale=math.nan)
    with pytest.raises(ValueError, match="nothing for the layer to read"):
        gradient_flow(layer_of("rnn"), [])
    with pytest.raises(ValueError, match="max_lag is 0"):
        gradient_flow(layer_of("rnn"), [torch.zeros(1, 2, 3)], 0)
    layer = layer_of("gru")
    with torch.no_grad():
        layer.weight_hh_l0[0, 0] = torch.inf
    with pytest.raises(ValueError, match="weight_hh_l0 holds numbers that are not finite"):
        gradient_flow(layer, [torch.zeros(1, 2, 3)])
    assert isinstance(gradient_flow(layer_of("rnn"), [torch.zeros(1, 2, 3)]), Flow)
