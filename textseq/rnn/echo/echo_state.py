"""Echo state networks for text: a classifier and a tagger of which only the readout is learnt.

    word vectors -> fixed random reservoir -> states -> (their mean, for a label) -> linear readout

In: data sets with labels or tags. Out: models as classifier.py and tagger.py have them, trained in
one pass over the data: no gradient goes through time, so that none can vanish or explode. Numbers
over time are the business of echo_series.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Self, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from textseq.config import (
    ClassifierConfig,
    EchoPooling,
    EchoStateConfig,
    EchoTextConfig,
    Recipe,
    RNNConfig,
    TaggerConfig,
    choice,
)
from textseq.config.tasks import ECHO_STATE
from textseq.keywords import refuse_unknown
from textseq.rnn.data.batch import IGNORE, mask_of
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.words import WordBatch, word_batches
from textseq.rnn.echo.echo_encoder import CharacterReservoir, EchoEncoder
from textseq.rnn.echo.echo_model import BATCH, EchoModel, ReadoutRows, freeze, still
from textseq.rnn.layers.characters import CharacterEncoder
from textseq.rnn.layers.encoder import Embedding, Encoder
from textseq.rnn.layers.pooling import mean_of
from textseq.rnn.models.class_weights import ClassWeights
from textseq.rnn.models.label_model import LabelModel
from textseq.rnn.models.model import Side
from textseq.rnn.models.model_options import option_names
from textseq.rnn.models.tagger import Tagger
from textseq.rnn.models.target_table import TargetName
from textseq.rnn.scores.calibration import fit_temperature
from textseq.vectors.word_vectors import WordVectors

_SCORES = 1 << 24  # that the scale of a tagger's scores is found from, at most


# --- many to one


class EchoClassifier(LabelModel, EchoModel):
    """A reservoir over a text, the mean of its states (or the last one), and a label.

    >>> train = SequenceDataset.from_texts(["a good day", "a bad day"] * 8, ["+", "-"] * 8)
    >>> model = EchoClassifier.for_dataset(train, units=100, dim=8)
    >>> ridge = model.learn(train, train)  # in one pass; fit() has nothing to train
    >>> [prediction.label for prediction in model.predict(["a good day"])]
    ['+']

    Of a text without a known word labels are as probable as they were frequent: a linear readout is
    far off where nothing was learnt.
    """

    task: ClassVar[str] = "echo-classifier"
    targets: ClassVar[tuple[TargetName, ...]] = ("label",)
    unused: ClassVar[tuple[str, ...]] = ("character_size", "washout")
    recipe: Recipe[Any] = ECHO_STATE
    shares: Tensor

    def __init__(
        self,
        sides: dict[str, Side],
        rnn: RNNConfig,
        *,
        echo: Any,
        pooling: EchoPooling = EchoTextConfig.pooling,
        vectors: NDArray[np.float32] | None = None,
        **options: Any,
    ) -> None:
        """`echo`: an EchoStateConfig as JSON; `vectors` (V, D): rows for the words of the source.

        Of `rnn` only the options of embeddings count. Weights are 0 until `for_dataset` or a file
        fills them.
        """
        pooling = choice("pooling", pooling, EchoPooling)
        rnn = still(rnn)
        super().__init__(sides, rnn, echo=dict(echo), pooling=pooling, **options)
        self.echo, self.pooling = EchoStateConfig.from_json(dict(echo)), pooling
        vocab = sides["source"].vocab
        self.encoder = EchoEncoder(vocab, rnn, self.echo, Embedding(vocab, rnn, vectors))
        self.output = nn.Linear(self.encoder.size, self.n_labels)
        self.register_buffer("shares", torch.full((self.n_labels,), 1 / self.n_labels))
        freeze(self)

    @classmethod
    def for_dataset(
        cls,
        train: Examples,
        recipe: Recipe[Any] | RNNConfig | None = None,
        *,
        vectors: WordVectors | None = None,
        class_weights: ClassWeights | None = None,
        max_length: int = ClassifierConfig.max_length,
        seed: int | None = None,
        **options: Any,
    ) -> Self:
        """A new model for a data set with labels, as LabelModel's; `learn` trains it.

        `seed`: None is that of the reservoir.
        """
        whole = cls.recipe_for(train, recipe, options)
        config, echo = _echo_options(whole)
        model = cls.for_labels(
            train, whole.network, vectors=vectors, balanced=config.balanced,
            class_weights=class_weights, seed=whole.seed_or(seed),
            echo=echo.filled(text=True).to_json(), pooling=config.pooling, max_length=max_length,
        )  # fmt: skip
        model.encoder.draw()
        return model

    @property
    def embedding(self) -> Embedding:
        """What turns ids into vectors."""
        return self.encoder.embedding

    def logits(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """(B, T) and (B,) -> (B, C)."""
        logits: Tensor = self.output(self.features(ids, lengths))
        unknown = self.sides["source"].vocab.unk_id
        if unknown is None:
            return logits
        nothing = ((ids == unknown) | ~mask_of(ids, lengths)).all(dim=1, keepdim=True)
        # Times the temperature, by which logits are divided.
        usual = self.temperature * self.shares.clamp(min=1e-6).log()
        return torch.where(nothing, usual, logits)

    def features(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """(B, T) and (B,) -> (B, F): what the readout sees of a text."""
        states, last = self.encoder(ids, lengths)
        return last if self.pooling == "last" else mean_of(states, mask_of(ids, lengths))

    def keep_shares(self, shares: Tensor) -> None:
        """How probable labels are where no word is known."""
        self.shares.copy_(shares)

    def parts(self, dataset: Examples) -> Iterator[tuple[int, ReadoutRows]]:
        """A row for each text."""
        for batch in dataset.loader(BATCH):
            here = batch.to(self.device)
            ids, lengths = here.inputs[:, : self.max_length], here.lengths
            features = self.features(ids, lengths.clamp(max=self.max_length))
            answers = cast("Tensor", here.targets)
            costs = self.class_weights
            yield (
                len(batch),
                ReadoutRows(features, answers, None if costs is None else costs[answers]),
            )


# --- many to many, in step


class EchoTagger(Tagger, EchoModel):
    """A reservoir over the words of a sentence, in both directions, and a tag for each.

    >>> sentences = [(["the", "cat", "sat"], ["DET", "NOUN", "VERB"])] * 8
    >>> train = SequenceDataset.from_sentences(sentences)
    >>> model = EchoTagger.for_dataset(train, units=100, dim=8, character_size=8)
    >>> ridge = model.learn(train, train)  # in one pass; fit() has nothing to train
    >>> [tagged.tags for tagged in model.predict(["the cat sat"])]
    [['DET', 'NOUN', 'VERB']]
    """

    task: ClassVar[str] = "echo-tagger"
    unused: ClassVar[tuple[str, ...]] = ("pooling", "balanced", "washout")
    recipe: Recipe[Any] = ECHO_STATE

    def __init__(
        self,
        sides: dict[str, Side],
        rnn: RNNConfig,
        *,
        echo: Any,
        character_dim: int = 32,
        character_size: int = EchoTextConfig.character_size,
        **options: Any,
    ) -> None:
        """`echo`: an EchoStateConfig as JSON; `character_size`: of the vector of a word's spelling.

        Other `options` are those of a Tagger without a CRF. Weights are 0 until `for_dataset` or a
        file fills them.
        """
        refuse_unknown(options, option_names(Tagger) | option_names(EchoTagger), "EchoTagger")
        # The layers that a Tagger trains are made as small as can be, and replaced.
        small = still(rnn)
        super().__init__(sides, small, **(options | {"crf": False, "characters": "none"}))
        self.echo = EchoStateConfig.from_json(dict(echo))
        self.options = {
            "echo": dict(echo), "character_dim": character_dim, "character_size": character_size,
            "scheme": self.scheme, "lower": self.lower,
        }  # fmt: skip
        vocab, n_more = sides["source"].vocab, 0
        if "characters" in sides:
            letters = sides["characters"].vocab
            spelling = CharacterReservoir(letters, character_dim, character_size, self.echo)
            self.characters, n_more = cast("CharacterEncoder", spelling), spelling.size
        self.reservoir = EchoEncoder(
            vocab, small, self.echo, self.encoder.embedding, n_more=n_more
        )  # fmt: skip
        # Under the name that Tagger.emissions asks for; the same module, with the same interface.
        self.encoder = cast("Encoder", self.reservoir)
        self.output = nn.Linear(self.reservoir.size, len(self.tags))
        freeze(self)

    @classmethod
    def for_dataset(
        cls,
        train: Examples,
        recipe: Recipe[Any] | RNNConfig | None = None,
        *,
        vectors: WordVectors | None = None,
        lower: bool = False,
        more_words: int = TaggerConfig.more_words,
        seed: int | None = None,
        **options: Any,
    ) -> Self:
        """A tagger for the words and tags of its training set; `learn` trains it.

        `lower`: look words up in lower case. `more_words`: those of the vectors, the first ones,
        which the training set lacks. `seed`: None is that of the reservoir.
        """
        whole = cls.recipe_for(train, recipe, options)
        config, echo = _echo_options(whole)
        # A Tagger chooses the Vocabs and makes the embeddings, which are kept.
        base = Tagger.for_tags(
            train, whole.replace(network=still(whole.network)), vectors=vectors, crf=False,
            characters="cnn" if config.character_size else "none", lower=lower,
            more_words=more_words, seed=whole.seed_or(seed),
        )  # fmt: skip
        size = config.character_size
        more = {"character_size": size} if size else {}
        kept = echo.filled(text=True).to_json()
        model = cls(base.sides, base.rnn, echo=kept, scheme=base.scheme, lower=base.lower, **more)
        model.encoder.embedding.load_state_dict(base.encoder.embedding.state_dict())
        model.reservoir.draw()
        if isinstance(model.characters, CharacterReservoir):
            model.characters.draw()
        return model

    def features(self, batch: WordBatch) -> Tensor:
        """(B, T, F): what the readout sees at each position."""
        more = None
        if self.characters is not None:
            more = self.characters(batch.characters, batch.character_lengths)[batch.forms]
        features: Tensor = self.reservoir(batch.inputs, batch.lengths, more)[0]
        return features

    def emissions(self, batch: WordBatch) -> Tensor:
        """(B, T, K): the score of each tag at each position."""
        scores: Tensor = self.output(self.features(batch))
        return scores

    def parts(self, dataset: Examples) -> Iterator[tuple[int, ReadoutRows]]:
        """A row for each word whose tag is known."""
        for batch in word_batches(dataset, self._table(dataset), BATCH):
            here = batch.to(self.device)
            targets = cast("Tensor", here.targets)
            known = targets != IGNORE
            yield len(batch), ReadoutRows(self.features(here)[known], targets[known], None)

    def finish(self, train: Examples, valid: Examples) -> None:
        """The scores are stretched so that their softmax are probabilities (calibration.py)."""
        scores: list[Sequence[Any]] = []
        answers: list[Sequence[Any]] = []
        with torch.inference_mode():
            for _, part in self.parts(valid):
                scores += self.output(part.features).tolist()
                answers += part.answers.tolist()
                if len(scores) * self.output.out_features > _SCORES:
                    break  # enough of them for one number
        if scores:
            temperature = fit_temperature(scores, answers)
            with torch.no_grad():
                self.output.weight.div_(temperature)
                self.output.bias.div_(temperature)


def _echo_options(recipe: Recipe[Any]) -> tuple[EchoTextConfig, EchoStateConfig]:
    """The two parts of a recipe that only echo state networks for text have."""
    config: EchoTextConfig = recipe.options
    assert recipe.echo is not None
    return config, recipe.echo
