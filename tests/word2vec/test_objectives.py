"""The table of objectives: it covers the options, and what each row trains stays as it is."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
from typing import Any, get_args

import numpy as np
import pytest

from textseq.config import CbowGradient, Mode, TextConfig, Word2VecConfig
from textseq.text.encode import encode_lines
from textseq.word2vec.device import find_kernel_device
from textseq.word2vec.job import Job
from textseq.word2vec.kernels import reference
from textseq.word2vec.objectives import OBJECTIVES, choose_lr, find_objective
from textseq.word2vec.train import train_word2vec

# Of float64 tables rounded to six digits, which no machine's own rounding reaches; a change of a
# draw, a rate, a tile or a formula is another digest.
TRAINED = {
    "skipgram": "23d8c5a1549301c9",
    "cbow": "7bbe7f16b91037ff",
    "exact cbow": "6c74fb1ff3682f0d",
}


def config_of(objective: str, **options: Any) -> Word2VecConfig:
    return Word2VecConfig(**OBJECTIVES[objective].options | options)


def test_each_config_means_one_row():
    found = set()
    for mode, gradient in itertools.product(get_args(Mode), get_args(CbowGradient)):
        config = Word2VecConfig(mode=mode, cbow_gradient=gradient)
        (name,) = (name for name, row in OBJECTIVES.items() if row.fits(config))
        assert find_objective(config) is OBJECTIVES[name]
        found.add(name)
    assert found == set(OBJECTIVES)


def test_the_rate_is_that_of_the_row_where_none_is_given():
    for name, row in OBJECTIVES.items():
        assert choose_lr(config_of(name)) == row.lr
        assert choose_lr(config_of(name, lr=0.0)) == 0.0


def test_the_help_names_the_rates():
    (field,) = (field for field in dataclasses.fields(Word2VecConfig) if field.name == "lr")
    rates = ", ".join(f"{name} {row.lr:g}" for name, row in OBJECTIVES.items())
    assert f"(default: {rates})" in field.metadata["help"]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_what_is_trained_stays_as_it_is(objective: str):
    config = config_of(objective, dim=8, window=3, subsample=0.01, epochs=2)
    positions = np.arange(1200, dtype=np.int64)
    ids = (2 + (positions * positions * 7919 % 1009) % 97 % 40).astype(np.int32)
    counts = np.bincount(ids, minlength=42)
    job = Job.create(ids, np.array([0, 500, 1200]), counts, 2, config, np.float64)
    digest = hashlib.sha256(repr((job.tile.centers, job.tile.negatives)).encode())
    for epoch in range(config.epochs):
        loss, pairs = reference.train_span(job, epoch, 0, len(ids))
        digest.update(f"{loss:.6f} {pairs}".encode())
    for array in (job.w_in, job.w_out, job.part_in, job.part_out):
        digest.update((np.round(array.astype(np.float64), 6) + 0.0).tobytes())  # no -0.0
    assert digest.hexdigest()[:16] == TRAINED.get(objective)


def test_an_objective_without_fast_kernels_is_trained_by_the_reference(
    monkeypatch: pytest.MonkeyPatch,
):
    corpus = encode_lines(["a b c d", "b c a", "d a b"] * 20, TextConfig(min_count=1))
    config = config_of("skipgram", dim=4, epochs=2, subsample=0.0, device="cpu", threads=2)
    fast = train_word2vec(corpus, config.replace(threads=1))
    slow = dataclasses.replace(OBJECTIVES["skipgram"], kernels=frozenset())
    monkeypatch.setitem(OBJECTIVES, "skipgram", slow)
    vectors = train_word2vec(corpus, config)
    np.testing.assert_allclose(vectors.vectors, fast.vectors, atol=1e-5)
    assert find_kernel_device(config.replace(device="auto")).device == "cpu"
    with pytest.raises(ValueError, match="device is 'cuda', but there is no GPU kernel for mode"):
        find_kernel_device(config.replace(device="cuda"))
