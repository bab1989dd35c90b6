"""MaskTransform: what may be hidden, in what shares, and which draws decide."""

import pytest
import torch

from textseq.compat.torchtext.transforms import MaskTransform

PAD, MASK, BOS = 4, 5, 6
TOKENS = torch.tensor([[6, 0, 1, 2, 3], [6, 0, 1, 4, 4]])


def shares(monkeypatch: pytest.MonkeyPatch, mask: float, random: float) -> None:
    monkeypatch.setattr(MaskTransform, "mask_mask_prob", mask)
    monkeypatch.setattr(MaskTransform, "rand_mask_prob", random)


def test_all_that_is_neither_begin_nor_padding(monkeypatch: pytest.MonkeyPatch):
    shares(monkeypatch, 1.0, 0.0)
    seen, hidden, where = MaskTransform(7, MASK, BOS, PAD, mask_prob=1.0)(TOKENS)
    assert seen.tolist() == [[6, 5, 5, 5, 5], [6, 5, 5, 4, 4]]
    assert hidden.tolist() == [0, 1, 2, 3, 0, 1]
    assert where.tolist() == [[0, 1, 1, 1, 1], [0, 1, 1, 0, 0]]
    assert (seen.dtype, where.dtype) == (torch.int64, torch.int32)
    seen, _, _ = MaskTransform(7, MASK, BOS, PAD, mask_bos=True, mask_prob=1.0)(TOKENS)
    assert seen.tolist() == [[5, 5, 5, 5, 5], [5, 5, 5, 4, 4]]


def test_the_first_place_is_hidden_where_no_other_is(monkeypatch: pytest.MonkeyPatch):
    shares(monkeypatch, 1.0, 0.0)
    seen, hidden, _ = MaskTransform(7, MASK, BOS, PAD, mask_prob=0.0)(TOKENS)
    assert seen.tolist() == [[5, 0, 1, 2, 3], [6, 0, 1, 4, 4]]
    assert hidden.tolist() == [6]


def test_random_indices_are_below_the_size_of_the_vocabulary(monkeypatch: pytest.MonkeyPatch):
    shares(monkeypatch, 0.0, 1.0)
    tokens = torch.full((50, 40), 9)
    seen, _, where = MaskTransform(3, MASK, BOS, PAD, mask_prob=0.5)(tokens)
    assert set(seen[where.bool()].tolist()) == {0, 1, 2}
    assert where.sum(1).tolist() == [20] * 50
    assert torch.equal(seen[~where.bool()], tokens[~where.bool()])


def test_shares_of_the_many():
    torch.manual_seed(5)
    tokens = torch.full((200, 100), 9)
    seen, hidden, where = MaskTransform(1, MASK, BOS, PAD)(tokens)
    assert len(hidden) == where.sum() == 200 * 15
    masked, random = (seen == MASK).sum() / len(hidden), (seen == 0).sum() / len(hidden)
    assert masked.item() == pytest.approx(0.8, abs=0.03)
    assert random.item() == pytest.approx(0.1, abs=0.03)


def test_the_draws_are_one_permutation_a_row_then_shares_then_indices():
    tokens = torch.randint(0, 4, (3, 12), generator=torch.Generator().manual_seed(2))
    torch.manual_seed(11)
    places = [torch.randperm(12) for _ in range(3)]
    share = torch.rand_like(tokens, dtype=torch.float)
    random = torch.randint_like(tokens, high=7)
    torch.manual_seed(11)
    seen, _, where = MaskTransform(7, MASK, BOS, PAD, mask_prob=0.5)(tokens)
    for row in range(3):
        # A place is hidden whose number is among the first six that the permutation is of.
        hidden = [
            place for place in range(12) if places[row][place] < 6 and tokens[row, place] != PAD
        ]
        assert where[row].nonzero().flatten().tolist() == hidden
        for place in hidden:
            kept = int(tokens[row, place])
            drawn = share[row, place]
            wanted = MASK if drawn >= 0.2 else int(random[row, place]) if drawn < 0.1 else kept
            assert seen[row, place] == wanted
