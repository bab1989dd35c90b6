"""What all transforms have in common: they are modules, and none compiles to TorchScript.

In: a text, or a list of texts. Out: whatever a tokenizer makes of each; other input is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from torch import nn

from textseq.compat.torchtext.functional import is_list, unsupported


class Transform(nn.Module):
    """A module of text; torch.jit.script refuses it in one line."""

    @property
    def is_jitable(self) -> bool:
        """False: there is no TorchScript here."""
        return False

    def __prepare_scriptable__(self) -> NoReturn:
        name = type(self).__name__
        raise NotImplementedError(f"textseq's {name} does not compile to TorchScript")


def of_texts(input: Any, act: Callable[[str], Any]) -> Any:
    """`act` on a text, or on each of a list of texts; TypeError for other input."""
    if isinstance(input, str):
        return act(input)
    if is_list(input, str):
        return [act(text) for text in input]
    raise unsupported(input)
