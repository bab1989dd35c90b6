"""A SentencePiece model under torchtext's names, over the package `sentencepiece`.

In: the bytes of a model, or a text to train one on. Out: pieces, ids and text. What the model does
is the package's business.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from textseq.extras import comes_with


def _package() -> Any:
    with comes_with("sentencepiece", "sentencepiece", "SentencePiece models need sentencepiece"):
        import sentencepiece
    return sentencepiece


class ModelFileError(ValueError, RuntimeError):
    """A file that is no model: a RuntimeError in torchtext, a ValueError in all readers here."""


class SentencePiece:
    """One model; it is copied and sent elsewhere as its bytes."""

    def __init__(self, content: bytes, name: str = "this") -> None:
        """ModelFileError for bytes that are no model; `name` is what it calls them."""
        self._content = content
        self._processor = _package().SentencePieceProcessor()
        try:
            self._processor.LoadFromSerializedProto(content)
        except RuntimeError as error:
            reason = " ".join(str(error).split())
            raise ModelFileError(f"{name} is not a SentencePiece model: {reason}") from None

    def __reduce__(self) -> tuple[Any, ...]:
        return SentencePiece, (self._content,)

    def Encode(self, input: str) -> list[str]:
        """As `EncodeAsPieces`."""
        return self.EncodeAsPieces(input)

    def EncodeAsPieces(self, input: str) -> list[str]:
        """The pieces of a text."""
        return list(self._processor.EncodeAsPieces(input))

    def EncodeAsIds(self, input: str) -> list[int]:
        """The ids of the pieces of a text."""
        return list(self._processor.EncodeAsIds(input))

    def DecodeIds(self, ids: list[int]) -> str:
        """The text of ids; IndexError for one that there is none of."""
        return str(self._processor.DecodeIds(ids))

    def DecodePieces(self, pieces: list[str]) -> str:
        """The text of pieces."""
        return str(self._processor.DecodePieces(pieces))

    def GetPieceSize(self) -> int:
        """How many pieces there are."""
        return int(self._processor.GetPieceSize())

    def unk_id(self) -> int:
        """The id of unknown pieces."""
        return int(self._processor.unk_id())

    def PieceToId(self, piece: str) -> int:
        """The id of a piece."""
        return int(self._processor.PieceToId(piece))

    def IdToPiece(self, id: int) -> str:
        """The piece of an id; IndexError where there is none."""
        return str(self._processor.IdToPiece(id))


def train(filename: str, vocab_size: int, model_type: str, model_prefix: str) -> None:
    """Train a model on a file: PREFIX.model and PREFIX.vocab, each there when both are whole.

    RuntimeError for what the package refuses, FileNotFoundError where there is no such file.
    """
    package = _package()
    if not Path(filename).is_file():
        raise FileNotFoundError(f"there is no file {filename}")
    target = Path(f"{model_prefix}.model").absolute()
    with tempfile.TemporaryDirectory(prefix=".sentencepiece.", dir=target.parent) as folder:
        prefix = Path(folder) / "model"
        package.SentencePieceTrainer.Train(
            input=filename, model_prefix=str(prefix), vocab_size=vocab_size,
            model_type=model_type, minloglevel=2,
        )  # fmt: skip
        for suffix in ("vocab", "model"):
            os.replace(f"{prefix}.{suffix}", f"{target.with_suffix('')}.{suffix}")
