"""SentencePieceTokenizer: the pieces of a SentencePiece model.

In: texts. Out: pieces; ids are the business of a VocabTransform, or of the model itself.
"""

from __future__ import annotations

from typing import Any

from textseq.compat.torchtext.data.functional import load_sp_model
from textseq.compat.torchtext.local_files import local_path
from textseq.compat.torchtext.transforms.base import Transform, of_texts


class SentencePieceTokenizer(Transform):
    """A SentencePiece model: str or list[str] to pieces; the package is textseq[sentencepiece]."""

    def __init__(self, sp_model_path: str) -> None:
        """A local file only: FileNotFoundError else; RuntimeError for a file that is no model."""
        super().__init__()
        self.sp_model = load_sp_model(str(local_path(sp_model_path)))

    def forward(self, input: Any) -> Any:
        """list[str] of a str, list[list[str]] of list[str]; TypeError for other input."""
        return of_texts(input, self.sp_model.EncodeAsPieces)
