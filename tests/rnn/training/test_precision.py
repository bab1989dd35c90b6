"""Which precision an option means on which machine, and training in bfloat16.

A CPU without instructions for bfloat16 computes the same numbers slowly, so all of it runs here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from textseq.config import TrainConfig, find_recipe
from textseq.rnn.training.fit import fit
from textseq.rnn.training.precision import cpu_multiplies_bf16, half_type, in_half
from textseq.text.encoded import EncodedCorpus

CPU, GPU = torch.device("cpu"), torch.device("cuda")
WHOLE = TrainConfig(epochs=4, batch_size=2, threads=1, lr=0.01, device="cpu", patience=99)
HALF = WHOLE.replace(precision="bf16")
NO_DROPOUT = {"dropout": 0.0, "embedding_dropout": 0.0, "word_dropout": 0.0}


# ---- what is chosen


@pytest.mark.parametrize(("avx512", "amx"), [(False, False), (True, False), (False, True)])
def test_a_cpu(monkeypatch: pytest.MonkeyPatch, avx512: bool, amx: bool):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    assert cpu_multiplies_bf16() == (avx512 or amx)
    assert half_type("auto", CPU) == (torch.bfloat16 if avx512 or amx else None)
    assert half_type("bf16", CPU) == torch.bfloat16
    assert half_type("float32", CPU) is None


def test_a_torch_that_does_not_say(monkeypatch: pytest.MonkeyPatch):
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.delattr(torch.cpu, name, raising=False)
    assert half_type("auto", CPU) is None


@pytest.mark.parametrize("native", [True, False])
def test_a_gpu(monkeypatch: pytest.MonkeyPatch, native: bool):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: native)
    assert half_type("float32", GPU) is None
    assert half_type("auto", GPU) == (torch.bfloat16 if native else torch.float16)
    if native:
        assert half_type("bf16", GPU) == torch.bfloat16
    else:
        with pytest.raises(ValueError, match="'bf16', which this GPU does not have"):
            half_type("bf16", GPU)


@pytest.mark.parametrize(("before", "now"), [(True, "auto"), (False, "float32")])
def test_the_older_name(before: bool, now: str):
    options = WHOLE.to_json()
    del options["precision"]
    given = options | {"mixed_precision": before}
    assert TrainConfig.from_json(given) == WHOLE.replace(precision=now)
    assert given["mixed_precision"] is before
    text = f"[training]\nmixed_precision = {str(before).lower()}\n"
    assert find_recipe("classifier", "default").with_toml(text, "a.toml").training.precision == now


def test_an_unknown_precision():
    with pytest.raises(ValueError, match="can be auto, float32, bf16"):
        TrainConfig(precision="float8")


# ---- training in bfloat16


def test_onednn_is_as_it_was(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("textseq.rnn.training.precision.cpu_multiplies_bf16", lambda: False)
    before = torch.backends.mkldnn.enabled
    with in_half(torch.bfloat16, CPU):
        assert not torch.backends.mkldnn.enabled
        assert torch.is_autocast_enabled("cpu")
    assert torch.backends.mkldnn.enabled == before
    assert not torch.is_autocast_enabled("cpu")


def gradients(model: Any, data: Any, half: bool) -> tuple[float, dict[str, torch.Tensor]]:
    """The loss of one batch and the gradients, without dropout."""
    model.train()
    model.zero_grad()
    model.start_epoch()
    batch = next(iter(model.batches(data, 6, 1, 1, pin_memory=False)))
    with in_half(torch.bfloat16 if half else None, CPU):
        loss = model.loss(batch).mean
    assert loss.dtype == torch.float32
    loss.backward()
    return float(loss.detach()), {
        name: value.grad.clone()
        for name, value in model.named_parameters()
        if value.grad is not None
    }


def test_losses_and_gradients_are_close(kind: Any, six_texts: EncodedCorpus):
    data = kind.examples(six_texts)
    model = kind.make(data, **NO_DROPOUT)
    whole, expected = gradients(model, data, False)
    half, found = gradients(model, data, True)
    assert half == pytest.approx(whole, rel=0.01)
    assert found.keys() == expected.keys()
    flat = [torch.cat([each[name].flatten() for name in expected]) for each in (found, expected)]
    assert all(value.dtype == torch.float32 for value in found.values())
    assert float((flat[0] - flat[1]).norm()) < 0.03 * float(flat[1].norm())


def test_every_kind_learns_in_it(kind: Any, six_texts: EncodedCorpus):
    data = kind.examples(six_texts)
    half, whole = (kind.make(data, **NO_DROPOUT) for _ in range(2))
    entries = fit(half, data, data, HALF).epochs
    expected = [entry["train_loss"] for entry in fit(whole, data, data, WHOLE).epochs]
    assert [entry["train_loss"] for entry in entries] == pytest.approx(expected, rel=0.02)
    assert all("skipped" not in entry for entry in entries)  # no scale, so none is left out
    assert {value.dtype for value in half.state_dict().values()} <= {torch.float32, torch.int64}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("module", [nn.LSTM, nn.GRU, nn.RNN])
def test_types_that_layers_give(module: Any, packed: bool):
    """Of the cells some give 16 bits and some 32: what follows them has to take both."""
    layer, inputs = module(4, 5, batch_first=True), torch.randn(2, 3, 4)
    given = nn.utils.rnn.pack_padded_sequence(inputs, torch.tensor([3, 2]), batch_first=True)
    with in_half(torch.bfloat16, CPU):
        out, _ = layer(given if packed else inputs)
    found = out.data.dtype if packed else out.dtype
    by_onednn = module is nn.LSTM and not packed and cpu_multiplies_bf16()
    assert found == (torch.bfloat16 if module is nn.RNN or by_onednn else torch.float32)


def test_scores_of_a_crf_are_float32(kinds: dict[str, Any], six_texts: EncodedCorpus):
    name = next(name for name in kinds if "crf" in name.lower())
    data = kinds[name].examples(six_texts)
    model = kinds[name].make(data, **NO_DROPOUT)
    seen: list[torch.dtype] = []
    real = model.crf.nll

    def nll(emissions: torch.Tensor, *rest: Any) -> torch.Tensor:
        result = real(emissions, *rest)
        seen.extend([emissions.dtype, model.crf.steps.dtype, result.dtype])
        return result

    model.crf.nll = nll
    gradients(model, data, True)
    assert seen == [torch.float32] * 3


def test_resumed_in_the_middle_of_an_epoch(
    kinds: dict[str, Any], six_texts: EncodedCorpus, tmp_path: Path
):
    """What a language model carries goes through a checkpoint, float32 as all that is kept."""
    kind = kinds["language model"]
    data = kind.examples(six_texts)
    model = kind.make(data)
    fit(model, data, data, HALF.replace(epochs=1), checkpoint=tmp_path / "c")
    assert all(value.dtype == torch.float32 for value in model.carried().values())
    whole, again = kind.make(data), kind.make(data)
    expected = fit(whole, data, data, HALF)
    fit(again, data, data, HALF, checkpoint=tmp_path / "c", resume=True)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    assert len(expected.epochs) == 4
