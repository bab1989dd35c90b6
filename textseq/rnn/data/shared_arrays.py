"""Arrays on their way to another process: those mapped from disk go by their path.

In: a corpus or an array of a data set. Out: something small that a DataLoader's workers turn
back into it, so that a corpus of gigabytes is neither sent nor copied for each of them. An array
in memory is sent as it is. Forked workers share memory anyway and need none of this.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textseq.arrays import open_array
from textseq.text.encoded import EncodedCorpus
from textseq.text.vocab import Vocab


class MappedFile(NamedTuple):
    """A .npy file that is mapped from disk."""

    path: str
    dtype: str
    shape: tuple[int, ...]


class PackedCorpus(NamedTuple):
    """An EncodedCorpus with its arrays packed."""

    ids: Any
    offsets: Any
    vocab: Vocab
    config: dict[str, Any]
    name: str


def pack_array(value: EncodedCorpus | NDArray[Any] | None) -> Any:
    """A corpus or an array for another process; None stays None."""
    if isinstance(value, EncodedCorpus):
        ids, offsets = pack_array(value.ids), pack_array(value.offsets)
        return PackedCorpus(ids, offsets, value.vocab, value.config, value.name)
    if value is None:
        return None
    base = value.base
    if (
        isinstance(base, np.memmap)
        and base.filename is not None
        and (base.shape, base.dtype, base.ctypes.data)
        == (value.shape, value.dtype, value.ctypes.data)
        and str(base.filename).endswith(".npy")
    ):
        return MappedFile(str(base.filename), value.dtype.str, value.shape)
    return value


def unpack_array(packed: Any) -> Any:
    """What `pack_array` was given."""
    if isinstance(packed, PackedCorpus):
        ids, offsets = unpack_array(packed.ids), unpack_array(packed.offsets)
        return EncodedCorpus(ids, offsets, packed.vocab, packed.config, name=packed.name)
    if isinstance(packed, MappedFile):
        return open_array(Path(packed.path), np.dtype(packed.dtype), packed.shape)
    return packed
