"""BagOfVectors: one to one, the mean of a text's word vectors to one label.

    word vectors -> their mean -> a hidden layer -> a logit for each label

The plain feed-forward network beside which a recurrent one has to show what reading in order is
worth: it sees which words there are, and not where. In: ids and lengths. Out: logits.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from textseq.config import RNNConfig
from textseq.rnn.data.batch import mask_of
from textseq.rnn.layers.encoder import Embedding
from textseq.rnn.layers.pooling import mean_of
from textseq.rnn.models.label_model import LabelModel
from textseq.rnn.models.model import Side


class BagOfVectors(LabelModel):
    """The mean of the word vectors, a hidden layer of `rnn.hidden` units (tanh), and a label.

    >>> train = SequenceDataset.from_texts(["a good day", "a bad day"] * 8, ["+", "-"] * 8)
    >>> model = BagOfVectors.for_dataset(train, hidden=8)
    >>> history = fit(model, train, train, TrainConfig(epochs=10, lr=0.05))
    >>> [prediction.label for prediction in model.predict(["a good day"])]
    ['+']
    """

    task: ClassVar[str] = "bag-of-vectors"
    unused: ClassVar[tuple[str, ...]] = (
        "cell", "layers", "bidirectional", "initialisation", "forget_bias", "pooling", "ngrams",
    )  # fmt: skip

    def __init__(
        self,
        sides: dict[str, Side],
        rnn: RNNConfig,
        *,
        vectors: NDArray[np.float32] | None = None,
        **options: Any,
    ) -> None:
        """`vectors` (V, D): rows for the words of the source; `options` as LabelModel has them."""
        super().__init__(sides, rnn, **options)
        self.words = Embedding(sides["source"].vocab, rnn, vectors)
        self.layers = nn.Sequential(
            nn.Linear(self.words.size, rnn.hidden),
            nn.Tanh(),
            nn.Dropout(rnn.dropout),
            nn.Linear(rnn.hidden, self.n_labels),
        )

    @property
    def embedding(self) -> Embedding:
        """What turns ids into vectors."""
        return self.words

    def logits(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """(B, T) and (B,) -> (B, C)."""
        logits: Tensor = self.layers(mean_of(self.words(ids), mask_of(ids, lengths)))
        return logits
