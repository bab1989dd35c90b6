"""Classifier: many to one, a text read word by word to one label.

    word vectors -> recurrent layers -> states -> pooled to one vector -> a logit for each label

In: ids and lengths. Out: logits. What it shares with other models of labels is in label_model.py.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from textseq.config import ClassifierConfig, Pooling, RNNConfig
from textseq.rnn.data.batch import mask_of
from textseq.rnn.layers.encoder import Embedding, Encoder
from textseq.rnn.layers.pooling import Pool
from textseq.rnn.models.label_model import LabelModel
from textseq.rnn.models.model import Side


class Classifier(LabelModel):
    """A recurrent network over a text, its states pooled, and a label.

    >>> train = SequenceDataset.from_texts(["a good day", "a bad day"] * 8, ["+", "-"] * 8)
    >>> model = Classifier.for_dataset(train, hidden=8)
    >>> history = fit(model, train, train, TrainConfig(epochs=10, lr=0.05))
    >>> [prediction.label for prediction in model.predict(["a good day"])]
    ['+']
    """

    task: ClassVar[str] = "classifier"
    takes: ClassVar[tuple[str, ...]] = (*LabelModel.takes, "pooling", "ngrams")

    def __init__(
        self,
        sides: dict[str, Side],
        rnn: RNNConfig,
        *,
        vectors: NDArray[np.float32] | None = None,
        pooling: Pooling = ClassifierConfig.pooling,
        **options: Any,
    ) -> None:
        """`vectors` (V, D): rows for the words of the source; `options` as LabelModel has them."""
        super().__init__(sides, rnn, pooling=pooling, **options)
        self.encoder = Encoder(sides["source"].vocab, rnn, vectors)
        self.pool = Pool(pooling, self.encoder.size)
        self.output = nn.Linear(self.encoder.size, self.n_labels)

    @property
    def embedding(self) -> Embedding:
        """What turns ids into vectors."""
        return self.encoder.embedding

    def logits(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """(B, T) and (B,) -> (B, C)."""
        states, last = self.encoder(ids, lengths)
        logits: Tensor = self.output(
            self.encoder.dropout(self.pool(states, last, mask_of(ids, lengths))[:, None])[:, 0]
        )
        return logits
