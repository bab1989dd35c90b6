"""Captioner: one-to-many, from a vector of features or an image to a text.

In: a data set of features with a text each. Out: a model that writes a text for each row. The
encoded features are where the decoder starts, and it sees them again beside every token. Loss,
search and scores are text_generator.py's, tables and images are read elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from textseq.config import (
    BleuTokenizer,
    CaptionerConfig,
    Recipe,
    RNNConfig,
)
from textseq.config.tasks import CAPTIONER
from textseq.rnn.data.batch import Batch
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.images import ImageShape
from textseq.rnn.layers.decoder import Decoder, DecoderState, OutputLayer
from textseq.rnn.layers.encoder import Embedding
from textseq.rnn.layers.features import FeatureEncoder, check_finite
from textseq.rnn.models.model import Side
from textseq.rnn.models.text_generator import (
    INPUTS_AT_ONCE,
    MAX_TOKENS,
    TARGET,
    WRITES,
    GeneratedText,
    SearchOptions,
    TextGenerator,
)
from textseq.text.given import as_items
from textseq.text.vocab.embedding import VectorTable


class Captioner(TextGenerator):
    """Features, encoded, and a decoder that writes about them.

    >>> train = SequenceDataset.from_features([[0.0], [1.0]] * 8, ["a dot", "a line"] * 8)
    >>> model = Captioner.for_dataset(train, hidden=8, dim=8)
    >>> history = fit(model, train, train, TrainConfig(epochs=10, lr=0.05))
    >>> [caption.text for caption in model.predict([[1.0]])]
    ['a line']
    """

    task: ClassVar[str] = "captioner"
    recipe: Recipe[Any] = CAPTIONER

    def __init__(
        self,
        sides: dict[str, Side],
        rnn: RNNConfig,
        *,
        n_features: int,
        image: Sequence[int] | None = None,
        vectors: NDArray[np.float32] | None = None,
        input_feeding: bool = CaptionerConfig.input_feeding,
        tied: bool = CaptionerConfig.tied,
        label_smoothing: float = CaptionerConfig.label_smoothing,
        teacher_forcing: float = CaptionerConfig.teacher_forcing,
        bleu_tokenizer: BleuTokenizer = CaptionerConfig.bleu_tokenizer,
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
        self.words = OutputLayer(len(vocab), size, tied=tied and rnn.input == "dense")

    @classmethod
    def for_dataset(
        cls,
        train: Examples,
        recipe: Recipe[Any] | RNNConfig | None = None,
        *,
        image: Sequence[int] | None = None,
        vectors: VectorTable | None = None,
        max_tokens: int | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> Self:
        """A new model for features and texts such as these.

        `recipe`: its options (None: `cls.recipe`; an RNNConfig: that one's, with this network), of
        which `options` change some. `image` as in the constructor. `vectors`: what the embeddings
        begin with. `max_tokens`: None is twice the longest text. `seed`: None is that of the
        recipe's training.
        """
        whole = cls.recipe_for(train, recipe, options)
        features = _features_of(train)
        side = Side(train.target_vocab, train.target_text_config)
        if max_tokens is None:
            max_tokens = min(MAX_TOKENS, 2 * int(train.lengths[:, 1].max(initial=1)) + 1)
        matrix = None if vectors is None else side.vocab.embedding_matrix(vectors, oov="normal")
        torch.manual_seed(whole.seed_or(seed))
        model = cls(
            {TARGET: side},
            whole.network,
            n_features=features.shape[1],
            image=image,
            vectors=matrix,
            max_tokens=max_tokens,
            **{name: getattr(whole.options, name) for name in WRITES},
        )
        rows = features if train.rows is None else features[train.rows]
        model.encoder.fit(rows)
        model.recipe = whole
        return model

    def begin(self, batch: Batch) -> DecoderState:
        """The state of the decoder that the encoded features give."""
        vector: Tensor = self.encoder(batch.inputs)
        return self.decoder.start(vector, constant=vector)

    def limits(self, batch: Batch) -> list[int]:
        """`max_tokens` for each answer."""
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
        search = SearchOptions(beam=beam, length_penalty=length_penalty, max_tokens=max_tokens)
        return self._predictions(as_items(items, "rows of features", "row"), batch_size, search)

    def _predictions(
        self, items: Iterable[ArrayLike], batch_size: int, search: SearchOptions
    ) -> Iterator[GeneratedText]:
        rows, n_before = iter(items), 0
        while chunk := [np.asarray(row, np.float32) for row in islice(rows, INPUTS_AT_ONCE)]:
            for number, row in enumerate(chunk, n_before):
                if row.shape != (self.n_features,):
                    raise ValueError(
                        f"row {number} has {row.size} features; this model takes {self.n_features}"
                    )
            features = np.stack(chunk)
            check_finite(features, n_before)
            yield from self.answers(Examples(features), batch_size, **search)
            n_before += len(chunk)


def _features_of(dataset: Examples) -> NDArray[np.float32]:
    if not isinstance(dataset.inputs, np.ndarray) or dataset.target_kind != "sequences":
        raise ValueError(f"a captioner learns from features with texts, not from {dataset!r}")
    return dataset.inputs
