"""torchtext.functional: a sequence, or a batch of them, to tensors, shorter, longer, to numbers.

In: lists of str or int, or lists of such lists. Out: the same shape; TypeError for anything else.
The modules of transforms/ are these functions with their options held.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

__all__ = ["add_token", "str_to_int", "to_tensor", "truncate"]


def is_list(value: Any, kind: type) -> bool:
    """Whether this is a list of `kind` only; an empty one is."""
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def is_batch(value: Any, kind: type) -> bool:
    """Whether this is a list of lists of `kind` only."""
    return isinstance(value, list) and all(is_list(item, kind) for item in value)


def unsupported(input: Any) -> TypeError:
    """The error for input of another kind."""
    return TypeError(f"Input type not supported: {type(input).__name__}, or what is in it")


def each(input: Any, kind: type, act: Callable[[list[Any]], Any]) -> Any:
    """`act` on a list of `kind`, or on each list of a batch; TypeError for other input."""
    if is_list(input, kind):
        return act(input)
    if is_batch(input, kind):
        return [act(items) for items in input]
    raise unsupported(input)


def to_tensor(
    input: Any, padding_value: int | None = None, dtype: torch.dtype = torch.long
) -> Tensor:
    """(T,) of list[int], (B, T) of list[list[int]], padded, or all of one length.

    `dtype` is that of a batch; a single sequence becomes int64 always, as in torchtext.
    """
    if is_list(input, int):
        return torch.tensor(input, dtype=torch.long)
    if not is_batch(input, int):
        raise unsupported(input)
    if padding_value is None:
        return torch.tensor(input, dtype=dtype)
    rows = [torch.tensor(ids, dtype=dtype) for ids in input]
    return pad_sequence(rows, batch_first=True, padding_value=float(padding_value))


def truncate(input: Any, max_seq_len: int) -> Any:
    """A new list of the first `max_seq_len` items of each sequence, int or str."""
    kind = int if is_list(input, int) or is_batch(input, int) else str
    return each(input, kind, lambda items: items[:max_seq_len])


def add_token(input: Any, token_id: int | str, begin: bool = True) -> Any:
    """A new list with a token (str) or its index (int) before or behind each sequence."""
    if not isinstance(token_id, int | str):
        raise unsupported(input)
    kind = int if isinstance(token_id, int) else str
    return each(input, kind, lambda items: [token_id, *items] if begin else [*items, token_id])


def str_to_int(input: Any) -> Any:
    """Numbers of what is spelled out: list[str] or list[list[str]]; ValueError for no number."""
    return each(input, str, lambda items: [int(item) for item in items])
