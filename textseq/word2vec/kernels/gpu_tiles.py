"""A tile of words as a few matrix products on a GPU (Triton).

In: the kept words of a stretch and its tiles (`gpu_words.py`), the tables. Out: the tables, moved
by atomic additions, and the loss and true pairs of each tile. Letters as in `reference.py`: context
rows X (R), centers C (T), noise words N (K). Each program takes a run of neighbouring tiles, one
after another: so no more tiles are in flight than there are programs, and those that are come from
far apart, where the text speaks of other things. Long rows are taken in parts of BD numbers: the
scores are summed over all parts before any row is moved.
"""

from __future__ import annotations

import triton
import triton.language as tl

from textseq.word2vec.sampling import GOLDEN, MIX_1, MIX_2

_GOLDEN = tl.constexpr(int(GOLDEN))
_MIX_1 = tl.constexpr(int(MIX_1))
_MIX_2 = tl.constexpr(int(MIX_2))


# Numbers that change from stretch to stretch compile once, whatever divides them.
@triton.jit(do_not_specialize=["n_kept", "n_tiles", "n_words"])
def train_tiles(
    w_in, w_out, part_in, part_out, word_id, pos, low, high, first, end, lr, n_kept, n_tiles,
    threshold, alias, n_words, noise_key, share, loss, pairs,
    CBOW: tl.constexpr, EXACT: tl.constexpr, WINDOW: tl.constexpr, K: tl.constexpr,
    D: tl.constexpr, RB: tl.constexpr, TB: tl.constexpr, KB: tl.constexpr, BD: tl.constexpr,
    PRECISION: tl.constexpr,
):  # fmt: skip
    """Train all tiles; RB, TB and KB are R, T and K in whole powers of two, at least 16.

    `part_in`, `part_out` (V,): by what part of its change each row of the tables is moved.
    """
    key = tl.load(noise_key).to(tl.uint64, bitcast=True)
    run = tl.cdiv(n_tiles, tl.num_programs(0))
    for tile in range(tl.program_id(0) * run, tl.minimum((tl.program_id(0) + 1) * run, n_tiles)):
        start, stop = tl.load(first + tile), tl.load(end + tile)
        center = start + tl.arange(0, TB)
        context = start - WINDOW + tl.arange(0, RB)
        slot = tl.arange(0, KB)
        is_center = center < stop
        is_context = (context >= 0) & (context < tl.minimum(stop + WINDOW, n_kept))
        is_noise = slot < K
        center_id = tl.load(word_id + center, mask=is_center, other=0).to(tl.int64)
        context_id = tl.load(word_id + context, mask=is_context, other=0).to(tl.int64)
        noise_id = _noise(key, tl.load(pos + start) * K + slot, threshold, alias, n_words)

        # near[r, t]: context row r is in the context of center t.
        begins = tl.load(low + center, mask=is_center, other=0)
        ends = tl.load(high + center, mask=is_center, other=0)
        near = (context[:, None] >= begins[None, :]) & (context[:, None] < ends[None, :])
        near = near & (context[:, None] != center[None, :]) & is_context[:, None]
        near = near.to(tl.float32)
        # A noise word that is the true word is no noise for that center.
        apart = (noise_id[None, :] != center_id[:, None]) & is_noise[None, :] & is_center[:, None]
        noise = apart.to(tl.float32)

        rate = tl.load(lr + tile)
        part_x = tl.load(part_in + context_id)[:, None]
        part_c = tl.load(part_out + center_id)[:, None]
        part_n = tl.load(part_out + noise_id)[:, None]
        if CBOW:
            total, n_pairs = _cbow(
                w_in, w_out, context_id, is_context, center_id, is_center, noise_id, is_noise,
                near, noise, share, rate, part_x, part_c, part_n,
                EXACT, D, BD, TB, KB, PRECISION,
            )  # fmt: skip
        else:
            total, n_pairs = _skipgram(
                w_in, w_out, context_id, is_context, center_id, is_center, noise_id, is_noise,
                near, noise, share, rate, part_x, part_c, part_n, D, BD, RB, TB, KB, PRECISION,
            )  # fmt: skip
        tl.store(loss + tile, total)
        tl.store(pairs + tile, n_pairs)
        # No warp reads the rows of the next tile before all have moved those of this one.
        tl.debug_barrier()


@triton.jit
def _skipgram(
    w_in, w_out, context_id, is_context, center_id, is_center, noise_id, is_noise,
    near, noise, share, rate, part_x, part_c, part_n,
    D: tl.constexpr, BD: tl.constexpr, RB: tl.constexpr, TB: tl.constexpr, KB: tl.constexpr,
    PRECISION: tl.constexpr,
):  # fmt: skip
    """Context rows predict centers."""
    true_score = tl.zeros([RB, TB], tl.float32)
    noise_score = tl.zeros([RB, KB], tl.float32)
    for part in range((D + BD - 1) // BD):
        _, _, x = _rows(w_in, context_id, is_context, part, D, BD)
        _, _, c = _rows(w_out, center_id, is_center, part, D, BD)
        _, _, n = _rows(w_out, noise_id, is_noise, part, D, BD)
        true_score = tl.dot(x, tl.trans(c), true_score, input_precision=PRECISION)
        noise_score = tl.dot(x, tl.trans(n), noise_score, input_precision=PRECISION)
    # A noise word counts once for each center that the row predicts. Zeros and ones are exact.
    noise_weight = share * tl.dot(near, noise, input_precision="tf32")
    true_loss, true_slope = _loss_and_slope(-true_score)
    noise_loss, noise_slope = _loss_and_slope(noise_score)
    total = tl.sum(near * true_loss) + tl.sum(noise_weight * noise_loss)
    true_step, noise_step = rate * near * true_slope, -rate * noise_weight * noise_slope
    for part in range((D + BD - 1) // BD):
        x_place, x_mask, x = _rows(w_in, context_id, is_context, part, D, BD)
        c_place, c_mask, c = _rows(w_out, center_id, is_center, part, D, BD)
        n_place, n_mask, n = _rows(w_out, noise_id, is_noise, part, D, BD)
        dx = tl.dot(true_step, c, input_precision=PRECISION)
        dx = tl.dot(noise_step, n, dx, input_precision=PRECISION)
        dc = tl.dot(tl.trans(true_step), x, input_precision=PRECISION)
        dn = tl.dot(tl.trans(noise_step), x, input_precision=PRECISION)
        tl.atomic_add(x_place, part_x * dx, mask=x_mask, sem="relaxed")
        tl.atomic_add(c_place, part_c * dc, mask=c_mask, sem="relaxed")
        tl.atomic_add(n_place, part_n * dn, mask=n_mask, sem="relaxed")
    return total, tl.sum(near.to(tl.int32))


@triton.jit
def _cbow(
    w_in, w_out, context_id, is_context, center_id, is_center, noise_id, is_noise,
    near, noise, share, rate, part_x, part_c, part_n,
    EXACT: tl.constexpr, D: tl.constexpr, BD: tl.constexpr, TB: tl.constexpr, KB: tl.constexpr,
    PRECISION: tl.constexpr,
):  # fmt: skip
    """The mean of its context rows predicts each center."""
    n_context = tl.sum(near, axis=0)
    weight = (n_context > 0).to(tl.float32)
    mean = near / tl.maximum(n_context, 1.0)[None, :]
    noise_weight = share * noise * weight[:, None]
    true_score = tl.zeros([TB], tl.float32)
    noise_score = tl.zeros([TB, KB], tl.float32)
    for part in range((D + BD - 1) // BD):
        _, _, x = _rows(w_in, context_id, is_context, part, D, BD)
        _, _, c = _rows(w_out, center_id, is_center, part, D, BD)
        _, _, n = _rows(w_out, noise_id, is_noise, part, D, BD)
        a = tl.dot(tl.trans(mean), x, input_precision=PRECISION)
        true_score += tl.sum(a * c, axis=1)
        noise_score = tl.dot(a, tl.trans(n), noise_score, input_precision=PRECISION)
    true_loss, true_slope = _loss_and_slope(-true_score)
    noise_loss, noise_slope = _loss_and_slope(noise_score)
    total = tl.sum(weight * true_loss) + tl.sum(noise_weight * noise_loss)
    true_step, noise_step = rate * weight * true_slope, -rate * noise_weight * noise_slope
    for part in range((D + BD - 1) // BD):
        x_place, x_mask, x = _rows(w_in, context_id, is_context, part, D, BD)
        c_place, c_mask, c = _rows(w_out, center_id, is_center, part, D, BD)
        n_place, n_mask, n = _rows(w_out, noise_id, is_noise, part, D, BD)
        a = tl.dot(tl.trans(mean), x, input_precision=PRECISION)
        da = tl.dot(noise_step, n, true_step[:, None] * c, input_precision=PRECISION)
        dx = tl.dot(mean if EXACT else near, da, input_precision=PRECISION)
        dn = tl.dot(tl.trans(noise_step), a, input_precision=PRECISION)
        tl.atomic_add(x_place, part_x * dx, mask=x_mask, sem="relaxed")
        tl.atomic_add(c_place, part_c * true_step[:, None] * a, mask=c_mask, sem="relaxed")
        tl.atomic_add(n_place, part_n * dn, mask=n_mask, sem="relaxed")
    return total, tl.sum(weight.to(tl.int32))


@triton.jit
def _rows(table, ids, is_row, part, D: tl.constexpr, BD: tl.constexpr):
    """A part of some rows: where the numbers are, which of them exist, and what they are."""
    d = part * BD + tl.arange(0, BD)
    place = table + ids[:, None] * D + d[None, :]
    mask = is_row[:, None] & (d < D)[None, :]
    return place, mask, tl.load(place, mask=mask, other=0.0)


@triton.jit
def _loss_and_slope(x):
    """log(1 + e^x) and its derivative sigmoid(x), written so that no exponential overflows."""
    e = tl.exp(-tl.abs(x))
    return tl.maximum(x, 0.0) + tl.log(1.0 + e), tl.where(x > 0, 1.0, e) / (1.0 + e)


@triton.jit
def _noise(key, counters, threshold, alias, n_words):
    """Noise words, as `sampling.draw_bits` and the alias table give them."""
    x = counters.to(tl.uint64) * tl.full([1], _GOLDEN, tl.uint64) + key
    x = (x ^ (x >> 30)) * tl.full([1], _MIX_1, tl.uint64)
    x = (x ^ (x >> 27)) * tl.full([1], _MIX_2, tl.uint64)
    x = x ^ (x >> 31)
    column = (((x >> 32) * n_words.to(tl.uint64)) >> 32).to(tl.int64)
    stays = (x & 0xFFFFFFFF).to(tl.int64) < tl.load(threshold + column)
    return tl.where(stays, column, tl.load(alias + column).to(tl.int64))
