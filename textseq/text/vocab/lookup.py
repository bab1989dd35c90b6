"""Lookup: the ids of many tokens, by a dict for few of them and by a table for many.

In: a list, a NumPy array of str (fixed width, StringDType or object) or a pyarrow array of strings.
Out: int32 ids of the same shape. The dict answers at once; the table (token_table.py) is several
times as fast, but needs numba, so it is made when enough was asked. Both give the same ids.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textseq.text.given import is_arrow

if TYPE_CHECKING:
    from textseq.text.hash_tables.token_table import TokenTable

UNKNOWN = -1
FEW = 4096  # up to so many tokens at a time a dict is as fast
NUMBA_PAYS = 1_000_000  # tokens after which loading numba has been worth it


class Lookup:
    """From tokens to ids; `ids` is the dict of a Vocab, with the ids 0..n-1 in order."""

    def __init__(self, ids: Mapping[str, int]) -> None:
        self._ids = ids
        self._n_asked = 0
        self._table: TokenTable | None = None

    def find(self, tokens: Any, unknown: int = UNKNOWN) -> NDArray[np.int32]:
        """The id of each token, `unknown` for those without; a null is such a token, too.

        ValueError for arrays of anything but strings.
        """
        if isinstance(tokens, np.ndarray):
            return self._of_array(tokens, unknown).reshape(tokens.shape)
        if is_arrow(tokens):
            chunks = getattr(tokens, "chunks", [tokens])
            found = [self._of_arrow(chunk, unknown) for chunk in chunks]
            return np.concatenate(found) if found else np.empty(0, np.int32)
        return self._of_list(tokens, unknown)

    def _of_list(self, tokens: Sequence[str], unknown: int) -> NDArray[np.int32]:
        table = self._table_for(len(tokens))
        if table is not None:
            found = table.of_list(tokens)
            if found is not None:
                return _replaced(found, unknown)
        return np.fromiter(map(self._ids.get, tokens, repeat(unknown)), np.int32, len(tokens))

    def _of_array(self, tokens: NDArray[Any], unknown: int) -> NDArray[np.int32]:
        kind = tokens.dtype.kind
        if kind not in "UTO":  # fixed width, StringDType, object
            raise ValueError(f"an array of {tokens.dtype} was given; tokens are str")
        table = self._table_for(tokens.size)
        if table is None or kind != "U":
            return self._of_list(tokens.ravel().tolist(), unknown)
        native = np.ascontiguousarray(tokens, tokens.dtype.newbyteorder("="))
        width = native.dtype.itemsize // 4
        if width == 0:
            return self._of_list([""] * tokens.size, unknown)
        points = native.reshape(-1).view(np.uint32).reshape(tokens.size, width)
        return _replaced(table.of_ucs4(points), unknown)

    def _of_arrow(self, tokens: Any, unknown: int) -> NDArray[np.int32]:
        pa: Any = sys.modules["pyarrow"]  # loaded: `tokens` is made of it
        if pa.types.is_dictionary(tokens.type):
            # Each entry of its dictionary is looked up once; behind them stands what null becomes.
            found = np.append(self._of_arrow(tokens.dictionary, unknown), np.int32(unknown))
            entries = tokens.indices.cast(pa.int64()).fill_null(len(found) - 1)
            return np.asarray(found[entries.to_numpy(zero_copy_only=False)], np.int32)
        if str(tokens.type) == "string_view":
            tokens = tokens.cast(pa.large_string())
        if not (pa.types.is_string(tokens.type) or pa.types.is_large_string(tokens.type)):
            raise ValueError(f"an array of {tokens.type} was given; tokens are str")
        table = self._table_for(len(tokens))
        if table is None:
            return self._of_list(tokens.to_pylist(), unknown)
        _, ends, text = tokens.buffers()
        kind = np.dtype(np.int32 if pa.types.is_string(tokens.type) else np.int64)
        own = np.frombuffer(ends, kind, len(tokens) + 1, tokens.offset * kind.itemsize)
        address, n_bytes = (0, 0) if text is None else (text.address, text.size)
        found = table.of_utf8(address, n_bytes, own.astype(np.int64))
        if tokens.null_count:
            found[tokens.is_null().to_numpy(zero_copy_only=False)] = UNKNOWN
        return _replaced(found, unknown)

    def _table_for(self, n_tokens: int) -> TokenTable | None:
        """The table, if it pays for so many tokens more."""
        self._n_asked += n_tokens
        if n_tokens <= FEW:
            return None
        if self._table is None:
            pays_after = len(self._ids) if "numba" in sys.modules else NUMBA_PAYS
            if self._n_asked >= pays_after:
                from textseq.text.hash_tables.token_table import TokenTable

                self._table = TokenTable(list(self._ids))
        return self._table


def _replaced(found: NDArray[np.int32], unknown: int) -> NDArray[np.int32]:
    if unknown != UNKNOWN:
        found[found == UNKNOWN] = unknown
    return found
