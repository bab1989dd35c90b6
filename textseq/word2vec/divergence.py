"""Divergence: when a training has gone wrong, and what to change.

In: a job, its losses, its tables. Out: nothing, or a ValueError. An untrained model, whose scores
are all 0, loses ln 2 for each true pair and each noise word; one that learns loses less. What
loses a multiple of that has overshot, and its vectors are worth nothing, finite or not.
"""

from __future__ import annotations

import math

import numpy as np

from textseq.word2vec.job import Job

_WORSE = 2.0  # than an untrained model
_ENOUGH = 10_000  # pairs whose mean is no accident


def check_loss(job: Job, epoch: int, loss: float, pairs: int) -> None:
    """ValueError where the loss summed over so many pairs of an epoch (from 0) is out of bounds."""
    if not math.isfinite(loss) or (pairs >= _ENOUGH and _is_diverged(job, loss, pairs)):
        raise _diverged(job, f"in epoch {epoch + 1} the mean loss is {loss / max(1, pairs):.4g}")


def check_result(job: Job, loss: float, pairs: int) -> None:
    """ValueError where a training that is over is worth nothing: by its last epoch, its tables."""
    if pairs and _is_diverged(job, loss, pairs):
        raise _diverged(job, f"the mean loss of its last epoch is {loss / pairs:.4g}")
    for table in (job.w_in, job.w_out):
        if not np.isfinite([table.min(), table.max()]).all():  # NaN goes through both
            raise _diverged(job, "its vectors are not finite")


def _is_diverged(job: Job, loss: float, pairs: int) -> bool:
    return loss / pairs > _WORSE * _untrained(job)


def _untrained(job: Job) -> float:
    return (1 + job.config.negatives) * math.log(2)


def _diverged(job: Job, what: str) -> ValueError:
    given = [name for name in ("tile", "tile_negatives") if getattr(job.config, name) is not None]
    also = f", and so may leaving out {' and '.join(given)}" if given else ""
    return ValueError(
        f"training diverges: {what}, where a model that knows nothing has "
        f"{_untrained(job):.4g}; lr below {job.rate.lr:g} may hold{also}"
    )
