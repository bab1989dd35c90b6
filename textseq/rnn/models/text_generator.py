"""TextGenerator: what models have in common whose answer is a text, written token by token.

In: batches whose targets are texts. Out: the loss of the next token, given those before it; texts
that greedy or beam search finds; BLEU, chrF and exact matches. Where a text begins, a source that
was read or features, is what the subclasses add. The search itself is decoding.py's.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar, NamedTuple, TypedDict, Unpack

import torch
from torch import Tensor
from torch.nn import functional

from textseq.config import BleuTokenizer, RNNConfig, choice
from textseq.keywords import only_options
from textseq.rnn.data.batch import Batch
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.one_pass import shuffled
from textseq.rnn.layers.decoder import Decoder, DecoderState, OutputLayer
from textseq.rnn.layers.decoding import Hypothesis, beam_search, collect, generate_ids
from textseq.rnn.layers.encoder import Embedding
from textseq.rnn.models.model import Loss, Report, SequenceModel, Side, widened
from textseq.rnn.scores.judgement import score_texts
from textseq.rnn.scores.metrics import RESAMPLES, perplexity
from textseq.rnn.scores.share_intervals import enough
from textseq.text.tokens.tokenizer import load_tokenizer
from textseq.text.vocab import BOS, EOS, PAD, Vocab

TARGET = "target"
# Options of a CaptionerConfig that the classes take; the others are for scoring.
WRITES = ("input_feeding", "tied", "label_smoothing", "teacher_forcing", "bleu_tokenizer")
MAX_TOKENS = 500  # in an answer, unless said otherwise
INPUTS_AT_ONCE = 2048  # that `predict` reads together; more would keep the first answer waiting
# A batch has at most so many tokens for each example it could hold: longer ones come with fewer.
_TOKENS_PER_EXAMPLE = 100
_CAPITALS = "The Quick Brown Fox"
_NO_TEXTS = (
    "the data set has the ids of its target texts and not the texts; target_texts=[...] gives them"
)


class GeneratedText(NamedTuple):
    """A text that a model wrote; `log_prob` is the mean of its tokens, in nats, 0 for no tokens."""

    text: str
    log_prob: float


class SearchOptions(TypedDict, total=False):
    """How an answer is looked for, as `TextGenerator.search` takes it."""

    beam: int
    length_penalty: float
    max_tokens: int


class _Search(NamedTuple):
    """The state of a search: of its decoder, and which source each of its rows (N,) has."""

    decoder: DecoderState
    source: Tensor


class TextGenerator(SequenceModel):
    """A decoder with its embeddings and its loss; see Translator and Captioner.

    `label_smoothing`: share of the probability that training spreads over all words.
    `teacher_forcing`: share of the tokens that the decoder reads in training as they should be;
    the others are what it predicts itself (scheduled sampling; Bengio et al., 2015), found in one
    pass over the true target (Duckworth et al., 2019), so that training stays parallel.
    `bleu_tokenizer`: how BLEU cuts texts, see `metrics.bleu`.
    """

    best: ClassVar[tuple[str, bool]] = ("chrf", True)  # BLEU can be 0 for many epochs
    unit: ClassVar[str] = "tokens"

    decoder: Decoder
    words: OutputLayer
    target_embedding: Embedding | None  # None: that of the source

    def __init__(
        self,
        sides: dict[str, Side],
        rnn: RNNConfig,
        *,
        label_smoothing: float,
        teacher_forcing: float,
        bleu_tokenizer: BleuTokenizer = "auto",
        **options: Any,
    ) -> None:
        tokenizer = choice("bleu_tokenizer", bleu_tokenizer, BleuTokenizer)
        if tokenizer != "auto":  # so that trainings begun without it can go on
            options["bleu_tokenizer"] = tokenizer
        for name, share, most in (
            ("label_smoothing", label_smoothing, 0.99),
            ("teacher_forcing", teacher_forcing, 1.0),
        ):
            if not 0 <= share <= most:
                raise ValueError(f"{name} is {share}; it can be 0..{most}")
        options |= {"label_smoothing": label_smoothing, "teacher_forcing": teacher_forcing}
        super().__init__(sides, rnn, **options)
        self.label_smoothing, self.teacher_forcing = label_smoothing, teacher_forcing
        self.bleu_tokenizer: BleuTokenizer = tokenizer
        vocab = sides[TARGET].vocab
        self.bos_id = _special(vocab, vocab.bos_id, BOS)
        self.eos_id = _special(vocab, vocab.eos_id, EOS)
        self.pad_id = _special(vocab, vocab.pad_id, PAD)
        self.banned = [word_id for word_id in vocab.special_ids if word_id != self.eos_id]

    @abstractmethod
    def begin(self, batch: Batch) -> DecoderState:
        """Where the decoder starts for these inputs."""

    @abstractmethod
    def limits(self, batch: Batch) -> list[int]:
        """How many tokens each answer may have, by its own input alone."""

    @property
    def embedding(self) -> Embedding:
        """The embedding of what the decoder reads."""
        assert self.target_embedding is not None
        return self.target_embedding

    def scores_of(self, outputs: Tensor) -> Tensor:
        """Outputs of the decoder (..., D) -> scores of all words (..., V)."""
        table = self.embedding.table
        scores: Tensor = self.words(outputs, None if table is None else table.weight)
        return scores

    # ---- training

    def loss(self, batch: Batch) -> Loss:
        """The mean over all target tokens, <eos> included; smoothed in training only."""
        read, gold, mask = self._shifted(batch)
        state = self.begin(batch)
        if self.training and self.teacher_forcing < 1.0:
            read = self._mixed(read, state)
        outputs, _ = self.decoder(self.embedding(read), state)
        smoothing = self.label_smoothing if self.training else 0.0
        # Padding is left out before the widest product, not after it.
        scores = self.scores_of(outputs[mask])
        mean = functional.cross_entropy(widened(scores), gold[mask], label_smoothing=smoothing)
        return Loss(mean, len(scores))

    def _shifted(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """What is read (B, T'+1), <bos> first, what is to be said, <eos> last, and the mask."""
        assert batch.targets is not None
        assert batch.target_lengths is not None
        targets = batch.targets
        lengths = batch.target_lengths.to(targets.device)[:, None]
        edge = targets.new_full((len(targets), 1), self.bos_id)
        read = torch.cat([edge, targets], dim=1)
        gold = torch.cat([targets, edge], dim=1).scatter(1, lengths, self.eos_id)
        positions = torch.arange(read.shape[1], device=targets.device)
        return read, gold, positions <= lengths

    def _mixed(self, read: Tensor, state: DecoderState) -> Tensor:
        """What is read, with the model's own predictions at some positions."""
        with torch.no_grad():
            outputs, _ = self.decoder(self.embedding(read[:, :-1]), state)
            predicted = self.scores_of(outputs).argmax(dim=2)
        own = torch.rand(predicted.shape, device=read.device) >= self.teacher_forcing
        return torch.cat([read[:, :1], torch.where(own, predicted, read[:, 1:])], dim=1)

    def batches(
        self, dataset: Examples, batch_size: int, seed: int, epoch: int, *, pin_memory: bool
    ) -> Iterable[Batch]:
        """Length buckets, shuffled; very long pairs come in smaller batches."""
        return shuffled(
            dataset, batch_size, seed, epoch,
            max_tokens=batch_size * _TOKENS_PER_EXAMPLE, pin_memory=pin_memory,
        )  # fmt: skip

    # ---- answers

    def search(
        self,
        batch: Batch,
        *,
        beam: int = 5,
        length_penalty: float = 1.0,
        max_tokens: int = MAX_TOKENS,
    ) -> list[Hypothesis]:
        """The best answer that beam search finds for each row."""
        self.eval()
        with torch.inference_mode():
            state, first, limits = self._before(batch, max_tokens)
            found = beam_search(
                self._step,
                state,
                first,
                pick=_pick,
                eos_id=self.eos_id,
                max_tokens=limits,
                width=beam,
                length_penalty=length_penalty,
                banned=self.banned,
            )
        return [best for best, *_ in found]

    def greedy(self, batch: Batch, *, max_tokens: int = MAX_TOKENS) -> list[list[int]]:
        """The ids of each row's answer, the most likely token at each position; a fast look."""
        self.eval()
        with torch.inference_mode():
            state, first, limits = self._before(batch, max_tokens)
            steps = generate_ids(
                self._step,
                state,
                first,
                max_tokens=limits,
                eos_id=self.eos_id,
                banned=self.banned,
            )
            return collect(steps, len(batch), self.eos_id)

    def _before(self, batch: Batch, max_tokens: int) -> tuple[_Search, Tensor, list[int]]:
        batch = batch.to(self.device)
        first = torch.full((len(batch),), self.bos_id, device=self.device)
        sources = torch.arange(len(batch), device=self.device)
        limits = [min(max_tokens, limit) for limit in self.limits(batch)]
        return _Search(self.begin(batch), sources), first, limits

    def _step(self, ids: Tensor, state: _Search) -> tuple[Tensor, _Search]:
        outputs, after, _ = self.decoder.run(self.embedding(ids[:, None]), state.decoder)
        return self.scores_of(outputs[:, 0]), _Search(after, state.source)

    @only_options(SearchOptions)
    def answers(
        self, examples: Examples, batch_size: int, **search: Unpack[SearchOptions]
    ) -> list[GeneratedText]:
        """The answers to all examples, in their order; those of one length are found together."""
        found = [GeneratedText("", 0.0)] * len(examples)
        if not len(examples):
            return found
        for batch in examples.loader(batch_size, max_tokens=batch_size * _TOKENS_PER_EXAMPLE):
            hypotheses = self.search(batch, **search)
            for row, (ids, log_prob, _, ended) in zip(batch.rows.tolist(), hypotheses, strict=True):
                n_tokens = len(ids) + ended
                found[row] = GeneratedText(self.text_of(ids), log_prob / max(1, n_tokens))
        return found

    def text_of(self, ids: Iterable[int]) -> str:
        """The text of target ids, without special tokens but <unk>."""
        vocab, config = self.sides[TARGET]
        assert config is not None
        special = set(vocab.special_ids) - {vocab.unk_id}
        tokens = vocab.decode([word_id for word_id in ids if word_id not in special])
        return load_tokenizer(config).join(tokens)

    # ---- scores

    def evaluate(
        self,
        dataset: Examples,
        batch_size: int = 64,
        *,
        beam: int = 1,
        length_penalty: float = 1.0,
    ) -> dict[str, float]:
        """Loss and perplexity of a token; BLEU, chrF (0..100) and exact matches (0..1) of answers,
        beside the data set's own texts as they were given; and how much of both is <unk> (0..1).

        BLEU is NaN where no line has four tokens. Where the data set has the ids of its texts
        alone, BLEU and chrF are, and exact compares ids. A beam of 1 writes each answer as it
        comes: no `length_penalty` chooses among several.
        """
        search: dict[str, Any] = {"beam": beam, "length_penalty": length_penalty}
        return self._judged(dataset, batch_size, 0, self.bleu_tokenizer, **search).scores

    def report(
        self,
        dataset: Examples,
        batch_size: int = 64,
        *,
        beam: int = 1,
        length_penalty: float = 1.0,
        bleu_tokenizer: BleuTokenizer | None = None,
    ) -> Report:
        """Scores with their intervals over the texts, and sacrebleu's signatures.

        `bleu_tokenizer`: another one than the model's own.
        """
        search: dict[str, Any] = {"beam": beam, "length_penalty": length_penalty}
        tokenizer = bleu_tokenizer or self.bleu_tokenizer
        return self._judged(dataset, batch_size, RESAMPLES, tokenizer, **search)

    def best_on(self, valid: Examples) -> tuple[str, bool]:
        """chrF, or the loss where there are no texts to compare with."""
        return self.best if valid.target_texts is not None else ("loss", False)

    def _judged(
        self,
        dataset: Examples,
        batch_size: int,
        n_resamples: int,
        tokenizer: str,
        *,
        beam: int,
        length_penalty: float,
    ) -> Report:
        self.eval()
        total, n_tokens = 0.0, 0
        for batch in dataset.loader(batch_size, max_tokens=batch_size * _TOKENS_PER_EXAMPLE):
            with torch.inference_mode():
                loss = self.loss(batch.to(self.device))
            total, n_tokens = total + float(loss.mean) * loss.n_items, n_tokens + loss.n_items
        mean = total / max(1, n_tokens)
        scores = {"loss": mean, "perplexity": perplexity(mean)}
        references = dataset.target_texts
        written = self._written(dataset, batch_size, beam, length_penalty)
        unk_id, n_written = self.sides[TARGET].vocab.unk_id, sum(map(len, written))
        shares = {
            "unk_output": sum(i == unk_id for ids in written for i in ids) / max(1, n_written),
            "unk_references": self._unknown(dataset),
        }
        if references is None:
            right = [ids == dataset[row].target.tolist() for row, ids in enumerate(written)]  # type: ignore[union-attr]
            scores |= {"bleu": math.nan, "chrf": math.nan, "exact": sum(right) / len(right)}
            return Report(scores | shares, {}, {}, notes={"bleu": _NO_TEXTS, "chrf": _NO_TEXTS})
        texts = [self.text_of(ids) for ids in written]
        lowercase = self._writes_lowercase()
        found = score_texts(
            texts, references, n_resamples, tokenizer=tokenizer, lowercase=lowercase
        )
        texts_of = {"bleu": found.bleu, "chrf": found.chrf}
        scores |= {name: text.score for name, text in texts_of.items()} | {"exact": found.exact}
        scores |= shares
        intervals = {
            name: text.interval for name, text in texts_of.items() if text.interval is not None
        }
        if found.exact_interval is not None:
            intervals["exact"] = found.exact_interval
        signatures = {name: text.signature for name, text in texts_of.items()}
        notes = {"bleu": found.note} if found.note else None
        return Report(scores, enough(intervals, len(texts)), signatures, notes=notes)

    def _written(
        self, dataset: Examples, batch_size: int, beam: int, length_penalty: float
    ) -> list[list[int]]:
        """The ids of the answers to all examples; with a beam of 1 by the faster greedy search."""
        written: list[list[int]] = [[]] * len(dataset)
        for batch in dataset.loader(batch_size, max_tokens=batch_size * _TOKENS_PER_EXAMPLE):
            if beam > 1:
                best = self.search(batch, beam=beam, length_penalty=length_penalty)
                answers = [hypothesis.ids for hypothesis in best]
            else:
                answers = self.greedy(batch)
            for row, ids in zip(batch.rows.tolist(), answers, strict=True):
                written[row] = ids
        return written

    def _unknown(self, dataset: Examples) -> float:
        """The share of the tokens of the references that the vocabulary lacks."""
        unk_id = self.sides[TARGET].vocab.unk_id
        n_tokens = n_unknown = 0
        for row in range(len(dataset)):
            ids: Any = dataset[row].target
            n_tokens += len(ids)
            n_unknown += 0 if unk_id is None else int((ids == unk_id).sum())
        return n_unknown / max(1, n_tokens)

    def _writes_lowercase(self) -> bool:
        """Whether the model cannot write capitals, since its texts were lowercased."""
        config = self.sides[TARGET].text
        assert config is not None
        if "lowercase" in config.steps or config.tokenizer != "json":
            return "lowercase" in config.steps
        split = load_tokenizer(config).split  # as an uncased one of BERT's
        return split(_CAPITALS) == split(_CAPITALS.lower()) != split("")

    def references(self, dataset: Examples) -> list[str]:
        """The target texts as they were given; ValueError where only their ids are known."""
        texts = dataset.target_texts
        if texts is None:
            raise ValueError(_NO_TEXTS)
        return texts


def _pick(state: _Search, rows: Tensor) -> _Search:
    source = state.source.index_select(0, rows)
    decoder, memory = state.decoder, state.decoder.memory
    # What is attended to is by far the largest part, and beams are reordered within a source.
    if memory is not None and not torch.equal(source, state.source):
        memory = memory.select(rows)
    picked = decoder._replace(memory=None).select(rows)._replace(memory=memory)
    return _Search(picked, source)


def _special(vocab: Vocab, word_id: int | None, name: str) -> int:
    if word_id is None:
        raise ValueError(f"the target texts need {name}, and their Vocab has none; {vocab!r}")
    return word_id
