"""Tagger: a tag for each word, many to many in step.

In: sentences of words. Out: as many tags: parts of speech, or spans in BIO, BIOES or the like. Each
word is its embedding and its spelling (characters.py); a recurrent encoder reads the sentence, in
both directions by default, and a linear layer, or a CRF (crf.py), chooses the tags. A data set is
best read with min_count 1 and a Vocab of its own: it then holds its words as they are written, and
the model looks them up in the Vocabs that it has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, ClassVar, NamedTuple, Self, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from textseq.config import (
    SUBWORD,
    CharacterModel,
    Recipe,
    RNNConfig,
    TaggerConfig,
    TextConfig,
)
from textseq.config.tasks import TAGGER
from textseq.rnn.data.batch import IGNORE, Batch
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.one_pass import OnePass
from textseq.rnn.data.spelling import character_vocab
from textseq.rnn.data.tag_schemes import (
    Scheme,
    SpanReader,
    kept_scheme,
    legal_steps,
    scheme_to_read,
)
from textseq.rnn.data.vocabs import no_tag_id, tags_of
from textseq.rnn.data.words import WordBatch, WordTable, word_batches, word_counts, word_vocab
from textseq.rnn.layers.characters import CharacterEncoder
from textseq.rnn.layers.crf import CRF
from textseq.rnn.layers.encoder import Encoder
from textseq.rnn.layers.recurrent import LockedDropout
from textseq.rnn.models.model import BATCHES_AT_ONCE, Loss, Report, SequenceModel, Side, is_sketch
from textseq.rnn.scores.tag_scores import N_COUNTS, counts_of, tag_intervals, tag_scores
from textseq.text.cleaning.steps import make_cleaner
from textseq.text.encode_tokens import encode_tokens
from textseq.text.encoded import EncodedCorpus
from textseq.text.given import as_items
from textseq.text.notices import notify
from textseq.text.tokens.adapter import replace_surrogates
from textseq.text.tokens.tokenizer import load_tokenizer
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

_TAKES = ("crf", "characters", "character_dim", "character_size", "lower", "more_words")


class Tagged(NamedTuple):
    """A sentence with a tag for each token, and the probability of that tag, 0..1."""

    tokens: list[str]
    tags: list[str]
    probabilities: list[float]


class Tagger(SequenceModel):
    """Words to tags; `Tagger.for_dataset` makes one for its training set.

    >>> sentences = [(["the", "cat", "sat"], ["DET", "NOUN", "VERB"])] * 8
    >>> train = SequenceDataset.from_sentences(sentences)
    >>> model = Tagger.for_dataset(train, hidden=8)
    >>> history = fit(model, train, train, TrainConfig(epochs=10, lr=0.05))
    >>> [tagged.tags for tagged in model.predict(["the cat sat"])]
    [['DET', 'NOUN', 'VERB']]

    `sides`: "source" (words), "labels" (tags) and, unless `characters` is "none", "characters".
    """

    task: ClassVar[str] = "tagger"
    takes_of_text: ClassVar[tuple[str, ...]] = ("min_count", "max_vocab", "tokenizer")
    recipe: Recipe[Any] = TAGGER
    best: ClassVar[tuple[str, bool]] = ("accuracy", True)
    unit: ClassVar[str] = "words"

    def __init__(
        self,
        sides: dict[str, Side],
        rnn: RNNConfig,
        *,
        vectors: NDArray[np.float32] | None = None,
        crf: bool = False,
        scheme: Scheme | None = None,
        characters: CharacterModel = TaggerConfig.characters,
        character_dim: int = TaggerConfig.character_dim,
        character_size: int = TaggerConfig.character_size,
        lower: bool = TaggerConfig.lower,
    ) -> None:
        """`vectors` (V, D) for the words. `crf`: choose the tags of a sentence together.

        `scheme`: of the tags, where they write spans. `lower`: look words up in lower case (their
        characters keep their case).
        """
        super().__init__(
            sides, rnn, crf=crf, scheme=scheme, characters=characters,
            character_dim=character_dim, character_size=character_size, lower=lower,
        )  # fmt: skip
        self.tags = sides["labels"].vocab
        self.scheme, self.lower = scheme, lower
        if scheme is not None:
            self.best = ("f1", True)  # type: ignore[misc] # accuracy says little: most is O
        self.characters: CharacterEncoder | None = None
        if characters != "none":
            letters = sides["characters"].vocab
            if letters.default_id is None or letters.pad_id is None:
                raise ValueError("the characters need <pad> and <unk>, and their Vocab lacks one")
            self.characters = CharacterEncoder(
                letters, characters, character_dim, character_size, rnn
            )
        self.character_dropout = LockedDropout(rnn.embedding_dropout)
        n_more = 0 if self.characters is None else character_size
        self.encoder = Encoder(sides["source"].vocab, rnn, vectors, n_more=n_more)
        self.output = nn.Linear(self.encoder.size, len(self.tags))
        self.crf = CRF(torch.ones((len(self.tags) + 1,) * 2, dtype=torch.bool)) if crf else None
        self.settle()

    def settle(self) -> None:
        """Which steps between tags are legal follows from the tags."""
        if self.crf is not None and not is_sketch():
            self.crf.legal = torch.from_numpy(legal_steps(self.tags.tokens, self.scheme))

    @classmethod
    def for_dataset(
        cls,
        train: Examples,
        recipe: Recipe[Any] | RNNConfig | None = None,
        *,
        vectors: WordVectors | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> Self:
        """A tagger for the words and tags of its training set.

        `recipe`: its options (None: `cls.recipe`; an RNNConfig: that one's, with this network), of
        which `options` change some. Words seen less than `min_count` times and without a vector are
        <unk>, known by their characters; `max_vocab` are kept at most, and of the vectors
        `more_words`, the first ones, which the training set lacks. `tokenizer` will cut raw text.
        `seed`: None is that of the recipe's training. ValueError for a data set without tags.
        """
        whole = cls.recipe_for(train, recipe, options)
        config: TaggerConfig = whole.options
        made = {name: getattr(config, name) for name in _TAKES}
        model = cls.for_tags(train, whole, vectors=vectors, seed=whole.seed_or(seed), **made)
        model.recipe = whole
        return model

    @classmethod
    def for_tags(
        cls,
        train: Examples,
        recipe: Recipe[Any],
        *,
        vectors: WordVectors | None,
        seed: int,
        crf: bool | None,
        characters: CharacterModel,
        lower: bool,
        more_words: int,
        character_dim: int = TaggerConfig.character_dim,
        character_size: int = TaggerConfig.character_size,
    ) -> Self:
        """`for_dataset`, when all options are known; those of the text are the `recipe`'s."""
        text, rnn = recipe.text, recipe.network
        if train.target_kind != "tags" or train.label_vocab is None:
            raise ValueError(f"the targets are {train.target_kind}; a tagger needs a tag a word")
        if text.tokenizer in (*SUBWORD, "char"):
            raise ValueError(
                f"tokenizer is {text.tokenizer!r}; tags go with words: word, whitespace"
            )
        counts = word_counts(train)
        words = word_vocab(counts, vectors, text.min_count, text.max_vocab, more_words, lower=lower)
        rows = (_tag_ids(train, row) for row in range(len(train)))
        gap = no_tag_id(train.label_vocab)
        scheme = kept_scheme(train.label_vocab.tokens, rows, without=() if gap is None else [gap])
        prepared = train.text_config.replace(
            min_count=text.min_count, max_vocab=text.max_vocab, tokenizer=text.tokenizer,
            tokenizer_file=None,
        )  # fmt: skip
        sides = {"source": Side(words, prepared), "labels": Side(tags_of(train.label_vocab), None)}
        if characters != "none":
            sides["characters"] = Side(character_vocab(counts), None)
        matrix = None
        if vectors is not None:
            matrix = words.embedding_matrix(vectors, oov="normal", lower=True)
            rnn = rnn.replace(dim=vectors.dim)  # so that the folder can be opened without them
        torch.manual_seed(seed)
        return cls(
            sides, rnn, vectors=matrix, crf=scheme is not None if crf is None else crf,
            scheme=scheme, characters=characters, character_dim=character_dim,
            character_size=character_size, lower=lower,
        )  # fmt: skip

    # ---- training

    def batches(
        self, dataset: Examples, batch_size: int, seed: int, epoch: int, *, pin_memory: bool
    ) -> OnePass[WordBatch]:
        """The WordBatches of one epoch of training: length buckets, shuffled."""
        return word_batches(
            dataset, self._table(dataset), batch_size,
            epoch=epoch, seed=seed, pin_memory=pin_memory,
        )  # fmt: skip

    def emissions(self, batch: WordBatch) -> Tensor:
        """(B, T, K): the score of each tag at each position."""
        more = None
        if self.characters is not None:
            spelled = self.characters(batch.characters, batch.character_lengths)
            more = self.character_dropout(spelled[batch.forms])
        states, _ = self.encoder(batch.inputs, batch.lengths, more)
        scores: Tensor = self.output(states)
        return scores

    def loss(self, batch: Batch) -> Loss:
        """The mean of -log p(tag) over the words whose tag is known.

        With a CRF it is that of the whole sentence, shared out among its words, over all tags
        where one is not known.
        """
        batch = _as_words(batch)
        # Sums over long sentences need more than half precision.
        return self._loss(self.emissions(batch).float(), batch)

    def _loss(self, emissions: Tensor, batch: WordBatch) -> Loss:
        assert batch.targets is not None
        known = batch.targets != IGNORE
        if self.crf is None:
            total = functional.cross_entropy(
                emissions.flatten(0, 1), batch.targets.flatten(), reduction="sum"
            )
            n_words = int(known.sum())
            return Loss(total / max(1, n_words), n_words)
        each = self.crf.nll(emissions, batch.targets.clamp_min(0), batch.lengths, known)
        n_words = int(known.sum())
        return Loss(each.sum() / max(1, n_words), n_words)

    # ---- scores

    def evaluate(self, dataset: Examples, batch_size: int = 64) -> dict[str, float]:
        """Scores, each 0..1 but the loss.

        `accuracy` over words; `accuracy_unknown` over those that <unk> stands for; `sentences`,
        the share without an error. Of spans also `precision`, `recall` and `f1`. A tag that the
        model does not know is never right; words without a tag do not count. Spans are what the
        scheme of the tags allows (seqeval's strict mode); those of a data set that keeps to another
        scheme are read by that one, and a notice says so. ValueError for a data set without tags.
        """
        loss, counts = self._count(dataset, batch_size)
        return {"loss": loss, **self._scores(counts.sum(axis=0))}

    def report(self, dataset: Examples, batch_size: int = 64) -> Report:
        """Scores, and the intervals of accuracy and F1, over sentences; none of a handful."""
        loss, counts = self._count(dataset, batch_size)
        scores = {"loss": loss, **self._scores(counts.sum(axis=0))}
        return Report(scores, tag_intervals(counts, spans=self.scheme is not None), {})

    def _scores(self, totals: NDArray[Any]) -> dict[str, float]:
        return tag_scores(totals, spans=self.scheme is not None)

    @torch.inference_mode()
    def _count(self, dataset: Examples, batch_size: int) -> tuple[float, NDArray[np.int64]]:
        """The mean loss, and the counts of each sentence (N, 9); see `counts_of`."""
        self.eval()
        names = dataset.label_vocab
        if dataset.target_kind != "tags" or names is None:
            raise ValueError(f"the targets are {dataset.target_kind}; there are no tags to compare")
        unk_id = self.sides["source"].vocab.unk_id or 0
        gap = no_tag_id(names)
        readers = None
        if self.scheme is not None:
            gold_scheme = self._gold_scheme(dataset, self.scheme)
            readers = (
                SpanReader(
                    names.tokens if gold_scheme != self.scheme else self.tags.tokens, gold_scheme
                ),
                SpanReader(self.tags.tokens, self.scheme),
            )
        counts = np.zeros((len(dataset), N_COUNTS), np.int64)
        total, n_items = 0.0, 0
        for batch in word_batches(dataset, self._table(dataset), batch_size):
            on_device = batch.to(self.device)
            emissions = self.emissions(on_device).float()
            loss = self._loss(emissions, on_device)
            total, n_items = total + float(loss.mean) * loss.n_items, n_items + loss.n_items
            pred = self._choose(emissions, batch.lengths).cpu()
            assert batch.targets is not None
            hits, rare = pred.eq(batch.targets).numpy(), batch.inputs.eq(unk_id).numpy()
            for place, row in enumerate(batch.rows.tolist()):
                gold = np.array(_tag_ids(dataset, row), np.int64)
                n_words = len(gold)
                tagged = None if gap is None else gold != gap
                spans = None
                if readers is not None:
                    chosen = self.tags.decode(pred[place, :n_words].numpy())
                    spans = (
                        _spans(readers[0], names.decode(gold), tagged),
                        _spans(readers[1], chosen, tagged),
                    )
                counts[row] = counts_of(hits[place, :n_words], rare[place, :n_words], spans, tagged)
        return total / max(1, n_items), counts

    def _gold_scheme(self, dataset: Examples, scheme: Scheme) -> Scheme:
        """The scheme by which the gold spans are read; a notice where it is not the model's."""
        names = dataset.label_vocab
        assert names is not None
        gap = no_tag_id(names)
        rows = (_tag_ids(dataset, row) for row in range(len(dataset)))
        found = scheme_to_read(names.tokens, rows, scheme, without=() if gap is None else [gap])
        if found != scheme:
            notify(
                f"the tags to compare with ({len(dataset):,} sentences) are {found.upper()}, those "
                f"of the model {scheme.upper()}: spans are read by the scheme of each and scored, "
                "accuracy counts tags as they are written"
            )
        return found

    # ---- prediction

    def predict(
        self, texts: Iterable[str | Sequence[str]], batch_size: int = 64
    ) -> Iterator[Tagged]:
        """The tags of each text, in order; texts are read as they are needed.

        A str is cleaned and cut by the text options of the model, a list is of tokens already
        and comes back as it is. Of a text without tokens there are no tags. TypeError for a str in
        place of all texts.
        """
        return self._predictions(as_items(texts, "texts"), batch_size)

    def _predictions(
        self, texts: Iterable[str | Sequence[str]], batch_size: int
    ) -> Iterator[Tagged]:
        stream = iter(texts)
        while chunk := list(islice(stream, batch_size * BATCHES_AT_ONCE)):
            yield from self._tag(chunk, batch_size)

    @torch.inference_mode()
    def _tag(self, texts: list[str | Sequence[str]], batch_size: int) -> list[Tagged]:
        text = self.text_config
        clean, cut = make_cleaner(text.steps), load_tokenizer(text).split
        rows: list[tuple[list[str], list[str]]] = []  # tokens to give back, and to look up
        for given in texts:
            if isinstance(given, str):
                tokens = cut(clean(given))
                rows.append((tokens, tokens))
            else:
                rows.append((list(given), [clean(token) for token in given]))
        dataset = Examples(_corpus([looked_up for _, looked_up in rows], text))
        self.eval()
        found: dict[int, Tagged] = {}
        for batch in word_batches(dataset, self._table(dataset), batch_size):
            emissions = self.emissions(batch.to(self.device)).float()
            tags = self._choose(emissions, batch.lengths)
            shares = self._shares(emissions, batch.lengths, tags).cpu()
            tags = tags.cpu()
            for place, row in enumerate(batch.rows.tolist()):
                tokens = rows[row][0]
                names = self.tags.decode(tags[place, : len(tokens)].numpy())
                found[row] = Tagged(tokens, names, shares[place, : len(tokens)].tolist())
        return [found[row] for row in range(len(rows))]

    # ---- inside

    @property
    def text_config(self) -> TextConfig:
        """How raw text becomes words."""
        return self.sides["source"].text or TextConfig(tokenizer="word")

    def _choose(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, K) -> tag ids (B, T)."""
        return emissions.argmax(dim=2) if self.crf is None else self.crf.decode(emissions, lengths)

    def _shares(self, emissions: Tensor, lengths: Tensor, tags: Tensor) -> Tensor:
        """The probabilities of these tags, (B, T)."""
        if self.crf is None:
            each = functional.softmax(emissions, dim=2)
        else:
            each = self.crf.marginals(emissions, lengths)
        return each.gather(2, tags[:, :, None]).squeeze(2)

    def _table(self, dataset: Examples) -> WordTable:
        letters = self.sides["characters"].vocab if self.characters is not None else None
        words = self.sides["source"].vocab
        return WordTable(dataset, words, letters, self.tags, lower=self.lower)


def _as_words(batch: Batch) -> WordBatch:
    if not isinstance(batch, WordBatch):
        raise TypeError("a tagger takes WordBatches; `batches` makes them of a data set")
    return batch


def _spans(
    read: SpanReader, tags: list[str], tagged: NDArray[np.bool_] | None
) -> set[tuple[str, int, int]]:
    """The spans of a row of tags, cut where there is no gold tag to compare with."""
    if tagged is not None:
        tags = [tag if there else "O" for tag, there in zip(tags, tagged.tolist(), strict=True)]
    return read(tags)


def _tag_ids(dataset: Examples, row: int) -> list[int]:
    return [int(tag) for tag in cast("NDArray[np.int32]", dataset[row].target)]


def _corpus(rows: list[list[str]], text: TextConfig) -> EncodedCorpus:
    """Cleaned tokens under a Vocab that has them all; there may be none."""
    rows = [[replace_surrogates(token) for token in row] for row in rows]
    every = Vocab.from_counts(Counter(token for row in rows for token in row if token))
    return encode_tokens(rows, text.replace(clean=(), lowercase=False), vocab=every)
