"""Captioner: one-to-many, from a vector of features or an image to a text.

In: a data set of features with a text each. Out: a model that writes a text for each row. The
encoded features are where the decoder starts, and it sees them again beside every token. Loss,
search and scores are text_generator.py's, tables and images are read elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, ClassVar, Self, Unpack

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from textseq.config import BleuTokenizer, Errors, RNNConfig, TextConfig
from textseq.rnn.data.batch import Batch
from textseq.rnn.data.captioned import read_captioned, read_items
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.images import ImageShape
from textseq.rnn.layers.decoder import Decoder, DecoderState, Words
from textseq.rnn.layers.encoder import Embedding
from textseq.rnn.layers.features import FeatureEncoder, check_finite
from textseq.rnn.models.model import Side
from textseq.rnn.models.text_generator import MAX_TOKENS, TARGET, GeneratedText, TextGenerator
from textseq.text.given import as_items
from textseq.text.reading.tables import Column, TableOptions
from textseq.text.vocab.embedding import VectorTable

_CHUNK = 2048  # rows that are described together


class Captioner(TextGenerator):
    """Features, encoded, and a decoder that writes about them."""

    task: ClassVar[str] = "captioner"

    def __init__(
        self,
        sides: dict[str, Side],
        rnn: RNNConfig,
        *,
        n_features: int,
        image: Sequence[int] | None = None,
        vectors: NDArray[np.float32] | None = None,
        input_feeding: bool = False,
        tied: bool = True,
        label_smoothing: float = 0.0,
        teacher_forcing: float = 1.0,
        bleu_tokenizer: BleuTokenizer = "auto",
        max_tokens: int = MAX_TOKENS,
    ) -> None:
        """`image`: channels, height and width where the features are pixels (see ImageShape).

        `vectors`: a row for each target word. `max_tokens`: in an answer. The rest as for
        Translator.
        """
        super().__init__(
            sides,
            rnn,
            label_smoothing=label_smoothing,
            teacher_forcing=teacher_forcing,
            bleu_tokenizer=bleu_tokenizer,
            n_features=n_features,
            image=None if image is None else list(image),
            input_feeding=input_feeding,
            tied=tied,
            max_tokens=max_tokens,
        )
        self.n_features, self.max_tokens = n_features, max_tokens
        self.image = None if image is None else ImageShape(*image)
        vocab = sides[TARGET].vocab
        self.encoder = FeatureEncoder(n_features, rnn.hidden, image=self.image, dropout=rnn.dropout)
        self.target_embedding = Embedding(vocab, rnn, vectors)
        size = self.target_embedding.size
        self.decoder = Decoder(
            rnn,
            size,
            n_start=rnn.hidden,
            n_constant=rnn.hidden,
            input_feeding=input_feeding,
        )
        self.words = Words(len(vocab), size, tied=tied and rnn.input == "dense")

    @classmethod
    def for_dataset(
        cls,
        train: Examples,
        rnn: RNNConfig,
        *,
        vectors: VectorTable | None = None,
        seed: int = 1,
        **options: Any,
    ) -> Self:
        """A new model for features and texts such as these; `options` as the class takes them."""
        features = _features_of(train)
        side = Side(train.target_vocab, train.target_text_config)
        longest = int(train.lengths[:, 1].max(initial=1))
        options.setdefault("max_tokens", min(MAX_TOKENS, 2 * longest + 1))
        matrix = None if vectors is None else side.vocab.embedding_matrix(vectors, oov="normal")
        torch.manual_seed(seed)
        model = cls({TARGET: side}, rnn, n_features=features.shape[1], vectors=matrix, **options)
        rows = features if train.rows is None else features[train.rows]
        model.encoder.fit(rows)
        return model

    def begin(self, batch: Batch) -> DecoderState:
        """The features, encoded."""
        vector: Tensor = self.encoder(batch.inputs)
        return self.decoder.start(vector, constant=vector)

    def limits(self, batch: Batch) -> list[int]:
        """The same for all."""
        return [self.max_tokens] * len(batch)

    # ---- for people

    def predict(
        self,
        items: Iterable[ArrayLike],
        batch_size: int = 64,
        *,
        beam: int = 5,
        length_penalty: float = 1.0,
        max_tokens: int = MAX_TOKENS,
    ) -> Iterator[GeneratedText]:
        """The text for each row of features (D,), in order, as they are ready.

        ValueError for a row with another number of features, or with one that is not finite.
        """
        search: dict[str, Any] = {"beam": beam, "length_penalty": length_penalty}
        search["max_tokens"] = max_tokens
        return self._predictions(as_items(items, "rows of features", "row"), batch_size, **search)

    def _predictions(
        self,
        items: Iterable[ArrayLike],
        batch_size: int,
        *,
        beam: int,
        length_penalty: float,
        max_tokens: int,
    ) -> Iterator[GeneratedText]:
        rows, n_before = iter(items), 0
        while chunk := [np.asarray(row, np.float32) for row in islice(rows, _CHUNK)]:
            for number, row in enumerate(chunk, n_before):
                if row.shape != (self.n_features,):
                    raise ValueError(
                        f"row {number} has {row.size} features; this model takes {self.n_features}"
                    )
            features = np.stack(chunk)
            check_finite(features, n_before)
            yield from self.answers(
                Examples(features),
                batch_size,
                beam=beam,
                length_penalty=length_penalty,
                max_tokens=max_tokens,
            )
            n_before += len(chunk)

    def read_inputs(
        self,
        inputs: Sequence[str],
        *,
        features: str | Sequence[Column] | None = None,
        image_column: Column | None = None,
        encoding: str = "utf-8",
        errors: Errors = "strict",
        **how: Unpack[TableOptions],
    ) -> Iterator[ArrayLike]:
        """Rows of features: of a .npy file, of tables, or of image files for a model of images."""
        return read_items(
            inputs,
            TextConfig(encoding=encoding, errors=errors),
            features=features,
            image_column=image_column,
            image=self.image,
            **how,
        )

    def read_labelled(
        self,
        inputs: Sequence[str],
        *,
        features: str | Sequence[Column] | None = None,
        caption: Column = "caption",
        image_column: Column | None = None,
        encoding: str = "utf-8",
        errors: Errors = "strict",
        **how: Unpack[TableOptions],
    ) -> SequenceDataset:
        """Features with their texts, as `read_captioned` reads them, in the model's Vocab."""
        vocab, config = self.sides[TARGET]
        assert config is not None
        return read_captioned(
            inputs,
            config.replace(encoding=encoding, errors=errors),
            features=features,
            caption=caption,
            image_column=image_column,
            image=self.image,
            **how,
            vocab=vocab,
        )


def _features_of(dataset: Examples) -> NDArray[np.float32]:
    if not isinstance(dataset.inputs, np.ndarray) or dataset.target_kind != "sequences":
        raise ValueError(f"a captioner learns from features with texts, not from {dataset!r}")
    return dataset.inputs
