"""Step Jacobians beside those of autograd, and beside finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.autograd.functional import jacobian

from textseq.config import EchoStateConfig, RNNConfig
from textseq.rnn.echo.reservoir import Matrix, Reservoir
from textseq.rnn.gradients.jacobians import ReservoirJacobians, StepJacobians, make_jacobians
from textseq.rnn.layers.cells import RECURRENT_CELLS, find_cell
from textseq.rnn.layers.recurrent import Recurrent

EXACT = {"atol": 1e-12, "rtol": 1e-10}


def layer_of(
    cell: str, hidden: int = 5, n_inputs: int = 3, initialisation: str = "normal"
) -> nn.RNNBase:
    torch.manual_seed(3)
    config = RNNConfig(cell=cell, hidden=hidden, initialisation=initialisation)
    (layer,) = Recurrent(n_inputs, config, bidirectional=False).double().cells()
    with torch.no_grad():
        for weight in layer.parameters():
            weight += 0.3 * torch.randn_like(weight)  # biases too, and nothing symmetric
    return layer


def step(layer: nn.RNNBase, inputs: Tensor, state: Tensor) -> Tensor:
    """One step by torch: inputs (D,), state (S,) -> the state behind it (S,)."""
    cell = find_cell(layer)
    before = state[None, None].chunk(len(cell.parts), dim=2)
    _, after = cell.run(layer, inputs[None, None], before)
    return torch.cat(after, dim=2)[0, 0]


@pytest.mark.parametrize("initialisation", ["orthogonal", "identity", "normal"])
@pytest.mark.parametrize("cell", RECURRENT_CELLS)
def test_equals_autograd(cell: str, initialisation: str):
    layer = layer_of(cell, initialisation=initialisation)
    inputs = torch.randn(2, 4, 3, dtype=torch.float64)
    size = 5 * len(RECURRENT_CELLS[cell].parts)
    start = torch.randn(2, size, dtype=torch.float64)
    found = StepJacobians(layer, inputs, start)
    assert (len(found), found.size, found.hidden) == (4, size, 5)
    for row in range(2):
        state = start[row]
        for t in range(4):
            torch.testing.assert_close(found.states[row, t], state, **EXACT)
            want = jacobian(lambda before, x=inputs[row, t]: step(layer, x, before), state)
            torch.testing.assert_close(found[t][row], want, **EXACT)
            state = step(layer, inputs[row, t], state).detach()
        torch.testing.assert_close(found.states[row, 4], state, **EXACT)


@pytest.mark.parametrize("cell", RECURRENT_CELLS)
def test_equals_finite_differences(cell: str):
    layer = layer_of(cell, hidden=3)
    inputs = torch.randn(1, 1, 3, dtype=torch.float64)
    size = 3 * len(RECURRENT_CELLS[cell].parts)
    start = torch.randn(1, size, dtype=torch.float64)
    (found,) = StepJacobians(layer, inputs, start)[0]
    h = 1e-6
    with torch.no_grad():
        for place in range(size):
            change = torch.zeros(size, dtype=torch.float64)
            change[place] = h
            after = [step(layer, inputs[0, 0], start[0] + sign * change) for sign in (1, -1)]
            column = (after[0] - after[1]) / (2 * h)
            torch.testing.assert_close(found[:, place], column, atol=1e-8, rtol=0)


@pytest.mark.parametrize("cell", RECURRENT_CELLS)
def test_the_product_is_the_derivative_over_many_steps(cell: str):
    """Through the whole layer at once; of an LSTM the block of h is the total derivative."""
    row, layer, n_steps = RECURRENT_CELLS[cell], layer_of(cell, hidden=4), 7
    inputs = torch.randn(1, n_steps, 3, dtype=torch.float64)

    def last_h(h: Tensor) -> Tensor:
        start = h[None, None]
        state = (start, *(torch.zeros_like(start) for _ in row.parts[1:]))
        return row.run(layer, inputs, state)[0][0, -1]

    product = torch.eye(4 * len(row.parts), dtype=torch.float64)
    for one in StepJacobians(layer, inputs)[::-1]:
        product = product @ one[0]
    want = jacobian(last_h, torch.zeros(4, dtype=torch.float64))
    torch.testing.assert_close(product[:4, :4], want, **EXACT)


@given(
    cell=st.sampled_from(list(RECURRENT_CELLS)), hidden=st.integers(1, 4), n_rows=st.integers(1, 3),
    n_steps=st.integers(1, 4), n_inputs=st.integers(1, 3), bias=st.booleans(),
)  # fmt: skip
@settings(derandomize=True, deadline=None, max_examples=30)
def test_any_size(cell: str, hidden: int, n_rows: int, n_steps: int, n_inputs: int, bias: bool):
    torch.manual_seed(hidden)
    module = RECURRENT_CELLS[cell].module
    layer = module(n_inputs, hidden, batch_first=True, bias=bias).double()
    inputs = torch.randn(n_rows, n_steps, n_inputs, dtype=torch.float64)
    found = StepJacobians(layer, inputs)
    for t in range(n_steps):
        for row in range(n_rows):
            state = found.states[row, t]
            want = jacobian(lambda before, x=inputs[row, t]: step(layer, x, before), state)
            torch.testing.assert_close(found[t][row], want, **EXACT)


def test_a_known_answer():
    """h = tanh(w h'): from h' = 0.5 with w = 2 the slope is 2 (1 - tanh(1)^2) = 0.83994868."""
    layer = nn.RNN(1, 1, batch_first=True)
    with torch.no_grad():
        for weight in layer.parameters():
            weight.zero_()
        layer.weight_hh_l0.fill_(2.0)
    found = StepJacobians(layer, torch.zeros(1, 1, 1), torch.tensor([[0.5]]))
    assert float(found[0]) == pytest.approx(0.83994868, abs=1e-8)


# ---- reservoirs


def echo(leak: float = 0.3, density: float = 0.5, units: int = 6) -> Reservoir:
    config = EchoStateConfig(units=units, density=density, leak=leak, spectral_radius=1.3, seed=4)
    return Reservoir.random(3, config)


def echo_step(reservoir: Reservoir, inputs: Tensor, state: Tensor) -> Tensor:
    """The equation, by torch: inputs (D,), state (N,)."""
    w_in, bias, weight = map(
        torch.from_numpy, (reservoir.w_in, reservoir.bias, reservoir.recurrent.dense())
    )
    new = torch.tanh(w_in @ inputs + bias + weight @ state)
    return (1 - reservoir.leak) * state + reservoir.leak * new


@pytest.mark.parametrize("density", [0.1, 0.5])  # the sparse and the dense way to the states
@pytest.mark.parametrize("leak", [0.01, 0.3, 1.0])
def test_reservoirs_equal_autograd(leak: float, density: float):
    reservoir = echo(leak, density, units=12)
    torch.manual_seed(1)
    inputs = 2 * torch.randn(2, 4, 3, dtype=torch.float64)
    start = torch.randn(2, 12, dtype=torch.float64)
    kept = start.clone()
    found = ReservoirJacobians(reservoir, inputs, start)
    assert (len(found), found.size, found.hidden) == (4, 12, 12)
    assert torch.equal(start, kept)
    for row in range(2):
        state = start[row]
        for t in range(4):
            torch.testing.assert_close(found.states[row, t], state, **EXACT)
            want = jacobian(lambda before, x=inputs[row, t]: echo_step(reservoir, x, before), state)
            torch.testing.assert_close(found[t][row], want, **EXACT)
            state = echo_step(reservoir, inputs[row, t], state)
        torch.testing.assert_close(found.states[row, 4], state, **EXACT)


def test_reservoirs_equal_finite_differences():
    """Through the compiled states of several steps, with no derivative by anybody else."""
    reservoir, h = echo(), 1e-6
    torch.manual_seed(2)
    inputs, start = torch.randn(1, 5, 3, dtype=torch.float64), torch.randn(1, 6).double()
    product = torch.eye(6, dtype=torch.float64)
    for one in ReservoirJacobians(reservoir, inputs, start)[::-1]:
        product = product @ one[0]
    for place in range(6):
        change = torch.zeros(6, dtype=torch.float64)
        change[place] = h
        after = [
            reservoir.states(inputs[0].numpy(), (start[0] + sign * change).numpy())[-1]
            for sign in (1, -1)
        ]
        column = torch.from_numpy((after[0] - after[1]) / (2 * h))
        torch.testing.assert_close(product[:, place], column, atol=1e-8, rtol=0)


def test_a_reservoir_of_leak_1_is_a_tanh_rnn():
    reservoir, layer = echo(leak=1.0), nn.RNN(3, 6, bias=True).double()
    weights = {
        "weight_hh_l0": reservoir.recurrent.dense(), "weight_ih_l0": reservoir.w_in,
        "bias_hh_l0": 0 * reservoir.bias, "bias_ih_l0": reservoir.bias,
    }  # fmt: skip
    layer.load_state_dict({name: torch.from_numpy(weight) for name, weight in weights.items()})
    inputs = torch.randn(2, 5, 3, dtype=torch.float64)
    for one, other in zip(
        make_jacobians(reservoir, inputs), make_jacobians(layer, inputs), strict=True
    ):
        torch.testing.assert_close(one, other, **EXACT)


def test_one_unit_of_a_reservoir_by_hand():
    """h = 0.75 h' + 0.25 tanh(2 h'): at h' = 0.5 the slope is 0.75 + 0.25 x 0.83994868."""
    matrix = Matrix(np.array([[2.0]]), np.zeros((1, 1), np.int32))
    one = Reservoir(np.array([[1.0]]), np.zeros(1), matrix, 0.25)
    found = ReservoirJacobians(one, torch.zeros(1, 1, 1), torch.tensor([[0.5]]))
    assert float(found[0]) == pytest.approx(0.75 + 0.25 * 0.83994868, abs=1e-8)


def test_errors_of_reservoirs():
    with pytest.raises(ValueError, match=r"inputs \(1, 2, 5\) are not \(B, T, 3\)"):
        ReservoirJacobians(echo(), torch.zeros(1, 2, 5))
    with pytest.raises(ValueError, match=r"start \(1, 4\) is not \(1, 6\)"):
        ReservoirJacobians(echo(), torch.zeros(1, 2, 3), torch.zeros(1, 4))
    wrong = echo()
    wrong.recurrent.values[0, 0] = np.nan
    with pytest.raises(ValueError, match="recurrent holds numbers that are not finite"):
        ReservoirJacobians(wrong, torch.zeros(1, 2, 3))


def test_the_layer_stays_as_it_is():
    layer = nn.GRU(3, 4)  # float32, and time comes first
    before = {name: weight.clone() for name, weight in layer.named_parameters()}
    inputs = torch.randn(2, 5, 3, requires_grad=True)
    found = StepJacobians(layer, inputs)
    assert found.states.dtype == torch.float64
    assert not found[0].requires_grad
    assert not layer.batch_first
    for name, weight in layer.named_parameters():
        assert weight.dtype == torch.float32
        assert torch.equal(weight, before[name])
    want, _ = layer(inputs.transpose(0, 1))
    torch.testing.assert_close(found.states[:, 1:].float(), want.transpose(0, 1))


def test_numbers_of_steps():
    found = StepJacobians(layer_of("rnn"), torch.zeros(1, 3, 3))
    torch.testing.assert_close(found[-1], found[2])
    assert [one.shape for one in found[1:]] == [(1, 5, 5)] * 2
    assert len(list(found)) == 3
    for wrong in (3, -4):
        with pytest.raises(IndexError, match=f"step {wrong} of 3"):
            found[wrong]


def broken() -> nn.RNNBase:
    layer = nn.LSTM(3, 4)
    with torch.no_grad():
        layer.weight_ih_l0[1, 1] = torch.nan
    return layer


@pytest.mark.parametrize(
    ("layer", "inputs", "message"),
    [
        (nn.RNN(3, 4, num_layers=2), torch.zeros(1, 2, 3), "one layer in one direction"),
        (nn.GRU(3, 4, bidirectional=True), torch.zeros(1, 2, 3), "one layer in one direction"),
        (nn.LSTM(3, 4, proj_size=2), torch.zeros(1, 2, 3), "without projection"),
        (nn.RNN(3, 4, nonlinearity="relu"), torch.zeros(1, 2, 3), "is relu"),
        (nn.Linear(3, 4), torch.zeros(1, 2, 3), "Linear is none of nn.RNN, nn.GRU, nn.LSTM"),
        (nn.RNN(3, 4), torch.zeros(1, 2, 5), r"inputs \(1, 2, 5\) are not \(B, T, 3\)"),
        (nn.RNN(3, 4), torch.zeros(1, 0, 3), r"\(1, 0, 3\) are not"),
        (nn.RNN(3, 4), torch.zeros(2, 3), r"\(2, 3\) are not"),
        (nn.RNN(3, 4), torch.full((1, 2, 3), torch.inf), "inputs hold numbers that are not finite"),
        (broken(), torch.zeros(1, 2, 3), "weight_ih_l0 holds numbers that are not finite"),
    ],
)
def test_errors(layer: nn.RNNBase, inputs: Tensor, message: str):
    with pytest.raises(ValueError, match=message):
        StepJacobians(layer, inputs)


def test_a_start_of_another_size():
    with pytest.raises(ValueError, match=r"start \(1, 4\) is not \(1, 8\)"):
        StepJacobians(nn.LSTM(3, 4), torch.zeros(1, 2, 3), torch.zeros(1, 4))
