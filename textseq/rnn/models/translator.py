"""Translator: many-to-many, from a text to a text; an encoder, attention, a decoder.

In: a data set of pairs. Out: a model that translates line for line, and shows which words it looked
at for each word it wrote. Loss, search and scores are text_generator.py's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray

from textseq.config import (
    AttentionKind,
    BleuTokenizer,
    Recipe,
    RNNConfig,
    TextConfig,
    TranslatorConfig,
)
from textseq.config.tasks import TRANSLATOR
from textseq.rnn.data.batch import Batch
from textseq.rnn.data.examples import Examples
from textseq.rnn.layers.decoder import Decoder, DecoderState, OutputLayer
from textseq.rnn.layers.encoder import Embedding, Encoder
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
from textseq.text.encode import encode_lines
from textseq.text.encoded import EncodedCorpus
from textseq.text.given import as_items
from textseq.text.vocab.embedding import VectorTable

SOURCE = "source"
# An answer may be so many times as long, for its source, as those of the training set are; and
# somewhat longer, for short ones.
_LENIENCE, _SPARE = 2.0, 10


class Alignment(NamedTuple):
    """Which source tokens a translation looks at: `weights` (T', S) float32, each row adds up to 1.

    The last of the `target` tokens is <eos>; where translating ended without one it is here too.
    """

    source: list[str]
    target: list[str]
    weights: NDArray[np.float32]


class Translator(TextGenerator):
    """An encoder that reads in both directions (as the options say), and an attending decoder.

    >>> train = SequenceDataset.from_texts(["the cat"] * 8, pairs=["le chat"] * 8)
    >>> model = Translator.for_dataset(train, hidden=8, dim=8)
    >>> history = fit(model, train, train, TrainConfig(epochs=10, lr=0.05))
    >>> [translation.text for translation in model.predict(["the cat"])]
    ['le chat']
    """

    task: ClassVar[str] = "translator"
    recipe: Recipe[Any] = TRANSLATOR

    def __init__(
        self,
        sides: dict[str, Side],
        rnn: RNNConfig,
        *,
        vectors: NDArray[np.float32] | None = None,
        target_vectors: NDArray[np.float32] | None = None,
        attention: AttentionKind = TranslatorConfig.attention,
        input_feeding: bool = TranslatorConfig.input_feeding,
        tied: bool = TranslatorConfig.tied,
        label_smoothing: float = TranslatorConfig.label_smoothing,
        teacher_forcing: float = TranslatorConfig.teacher_forcing,
        bleu_tokenizer: BleuTokenizer = TranslatorConfig.bleu_tokenizer,
        length_ratio: float = 1.0,
    ) -> None:
        """`vectors` and `target_vectors`: a row for each word, as for Encoder.

        `attention`, `input_feeding`: see Attention and Decoder. `tied`: the output is the embedding
        table of the target. `length_ratio`: target tokens for each source token. Two sides of one
        Vocab share their embeddings.
        """
        super().__init__(
            sides,
            rnn,
            label_smoothing=label_smoothing,
            teacher_forcing=teacher_forcing,
            bleu_tokenizer=bleu_tokenizer,
            attention=attention,
            input_feeding=input_feeding,
            tied=tied,
            length_ratio=length_ratio,
        )
        if not (math.isfinite(length_ratio) and length_ratio > 0):
            raise ValueError(f"length_ratio is {length_ratio}; it is above 0")
        self.length_ratio = length_ratio
        source, target = sides[SOURCE].vocab, sides[TARGET].vocab
        self.encoder = Encoder(source, rnn, vectors)
        shared = source.tokens == target.tokens and target_vectors is None
        self.target_embedding = None if shared else Embedding(target, rnn, target_vectors)
        size = self.embedding.size
        self.decoder = Decoder(
            rnn,
            size,
            n_start=self.encoder.size,
            n_memory=self.encoder.size,
            attention=attention,
            input_feeding=input_feeding,
        )
        self.words = OutputLayer(len(target), size, tied=tied and rnn.input == "dense")

    @classmethod
    def for_dataset(
        cls,
        train: Examples,
        recipe: Recipe[Any] | RNNConfig | None = None,
        *,
        vectors: VectorTable | None = None,
        target_vectors: VectorTable | None = None,
        length_ratio: float | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> Self:
        """A new model for pairs such as these.

        `recipe`: its options (None: `cls.recipe`; an RNNConfig: that one's, with this network), of
        which `options` change some. `vectors` of source words and `target_vectors` of target words
        are what the embeddings begin with; words without one get a random vector. `length_ratio`:
        None is that of the pairs. `seed`: None is that of the recipe's training.
        """
        whole = cls.recipe_for(train, recipe, options)
        sides = {
            SOURCE: Side(train.vocab, train.text_config),
            TARGET: Side(train.target_vocab, train.target_text_config),
        }
        n_source, n_target = train.lengths.sum(axis=0).tolist()
        if length_ratio is None:
            length_ratio = round(max(n_target, 1) / max(n_source, 1), 3)
        if whole.options.shared and train.vocab.tokens != train.target_vocab.tokens:
            raise ValueError(
                "shared is asked for, and the pairs have a Vocab for each side; "
                "read_pairs(..., shared=True) gives them one"
            )
        torch.manual_seed(whole.seed_or(seed))
        model = cls(
            sides,
            whole.network,
            vectors=_matrix(sides[SOURCE], vectors),
            target_vectors=_matrix(sides[TARGET], target_vectors),
            length_ratio=length_ratio,
            **{name: getattr(whole.options, name) for name in (*WRITES, "attention")},
        )
        model.recipe = whole
        return model

    @property
    def embedding(self) -> Embedding:
        """The embedding of what the decoder reads: the target's own, or that of both sides."""
        return self.encoder.embedding if self.target_embedding is None else self.target_embedding

    def begin(self, batch: Batch) -> DecoderState:
        """The state of the decoder behind the encoded source."""
        states, last = self.encoder(batch.inputs, batch.lengths)
        return self.decoder.start(last, states=states, mask=batch.mask)

    def limits(self, batch: Batch) -> list[int]:
        """In proportion to the length of each source."""
        ratio = _LENIENCE * self.length_ratio
        return [math.ceil(ratio * length) + _SPARE for length in batch.lengths.tolist()]

    # ---- for people

    def predict(
        self,
        texts: Iterable[str],
        batch_size: int = 64,
        *,
        beam: int = 5,
        length_penalty: float = 1.0,
        max_tokens: int = MAX_TOKENS,
    ) -> Iterator[GeneratedText]:
        """The translation of each text, in order, as they are ready.

        `beam`: 1 is greedy, more is better and slower. `length_penalty`: more than 1 makes them
        longer. A text without tokens has the empty translation. TypeError for a str, which is one
        text.
        """
        search = SearchOptions(beam=beam, length_penalty=length_penalty, max_tokens=max_tokens)
        return self._predictions(as_items(texts, "texts"), batch_size, search)

    def _predictions(
        self, texts: Iterable[str], batch_size: int, search: SearchOptions
    ) -> Iterator[GeneratedText]:
        lines = iter(texts)
        while chunk := list(islice(lines, INPUTS_AT_ONCE)):
            corpus = self._encoded(chunk)
            found = [GeneratedText("", 0.0)] * len(chunk)
            filled = np.flatnonzero(np.diff(corpus.offsets))
            answers = self.answers(Examples(corpus).select(filled), batch_size, **search)
            for row, answer in zip(filled.tolist(), answers, strict=True):
                found[row] = answer
            yield from found

    def align(self, text: str, translation: str | None = None, *, beam: int = 5) -> Alignment:
        """What the model looks at when it translates a text, or writes this translation of it.

        ValueError for a text without tokens.
        """
        corpus = self._encoded([text])
        if not corpus.n_tokens:
            raise ValueError(f"{text!r} has no tokens; there is nothing to look at")
        batch = Examples(corpus).batch([0]).to(self.device)
        vocab, config = self.sides[TARGET]
        assert config is not None
        if translation is None:
            ids = self.search(batch, beam=beam)[0].ids
        else:
            ids = encode_lines([translation], config, vocab=vocab).ids.tolist()
        self.eval()
        with torch.inference_mode():
            read = torch.tensor([[self.bos_id, *ids]], device=self.device)
            _, weights = self.decoder(self.embedding(read), self.begin(batch))
        assert weights is not None
        target = vocab.decode([*ids, self.eos_id])
        return Alignment(corpus.decode(0), target, weights[0].float().cpu().numpy())

    def _encoded(self, lines: list[str]) -> EncodedCorpus:
        vocab, config = self.sides[SOURCE]
        assert isinstance(config, TextConfig)
        return encode_lines(lines, config, vocab=vocab)


def _matrix(side: Side, vectors: VectorTable | None) -> NDArray[np.float32] | None:
    return None if vectors is None else side.vocab.embedding_matrix(vectors, oov="normal")
