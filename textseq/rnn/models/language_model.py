"""LanguageModel: the next token from those before it, the shape whose output is its next input.

In: a corpus as parallel streams (data/batching.py), or a prompt. Out: the loss of each next token
for training, with a state carried from batch to batch; perplexity; scores of texts; text that goes
on. Gradients reach back over the batch and, where asked, over tokens before it. How a next token is
chosen is decoding.py's business.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from textseq.config import LanguageModelConfig, Recipe, RNNConfig, TextConfig
from textseq.config.tasks import LANGUAGE_MODEL
from textseq.rnn.data.batch import IGNORE, Batch
from textseq.rnn.data.batching import StreamBatches, lm_batches
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.language_data import Sizes, Streams, signatures_of, sizes_of
from textseq.rnn.layers.cells import State
from textseq.rnn.layers.decoding import Sampling
from textseq.rnn.layers.encoder import Encoder
from textseq.rnn.models.model import Loss, Report, SequenceModel, Side, widened
from textseq.rnn.models.prompt import read_prompt
from textseq.rnn.scores.metrics import bootstrap
from textseq.rnn.scores.share_intervals import enough
from textseq.text.encode import encode_lines
from textseq.text.encoded import EncodedCorpus
from textseq.text.given import as_items
from textseq.vectors.word_vectors import WordVectors

_COLD = 500  # tokens of a row in evaluation at least, so that beginnings without a past are few
_LOGITS = 1 << 21  # logits in memory at once, where no gradient needs them
_TEXTS_AT_ONCE = 1024  # texts that are scored together
_BLOCKS = 1000  # of a stream that are drawn anew, at most


class TextScore(NamedTuple):
    """How likely a text is: log probabilities (nats) of its `tokens`, and their perplexity.

    The last token is <eos>, unless the model was trained without.
    """

    tokens: list[str]
    log_probs: list[float]
    log_prob: float
    perplexity: float


class LanguageModel(SequenceModel):
    """A recurrent language model; the side "source" is its vocabulary.

    >>> train = SequenceDataset.from_texts(["the cat sat on the mat"] * 8)
    >>> model = LanguageModel.for_dataset(train, hidden=8, steps=5, eos=False)
    >>> history = fit(model, train, train, TrainConfig(epochs=20, lr=0.05, batch_size=2))
    >>> "".join(model.generate("the cat", max_tokens=2, seed=1))
    ' sat on'
    """

    task = "language-model"
    recipe: Recipe[Any] = LANGUAGE_MODEL
    best = ("perplexity", False)
    unit = "tokens"

    def __init__(
        self,
        sides: dict[str, Side],
        rnn: RNNConfig,
        *,
        vectors: NDArray[np.float32] | None = None,
        tied: bool = LanguageModelConfig.tied,
        eos: bool = True,
        steps: int = LanguageModelConfig.steps,
        back_steps: int | None = None,
        forget: float = LanguageModelConfig.forget,
    ) -> None:
        """`steps` tokens of each stream are read between two updates, and a gradient reaches back
        over `back_steps` (None: as many): the k1 and k2 of truncated BPTT.

        `tied`: a token's score is the product with its embedding (Press and Wolf, 2017). `eos`:
        <eos> stands behind each line. `forget`: the share of the streams that lose their state
        before an update in training. Without it a model begins only once an epoch, and may come
        from a beginning that it has not seen into states that it never leaves. ValueError where
        these do not fit together.
        """
        back_steps = steps if back_steps is None else back_steps
        # Embeddings of another length than the options', and no reading ahead.
        dim = rnn.dim if vectors is None else int(vectors.shape[1])
        rnn = rnn.replace(bidirectional=False, dim=dim)
        options = {"tied": tied, "eos": eos, "steps": steps, "back_steps": back_steps}
        super().__init__(sides, rnn, **options, forget=forget)
        vocab = sides["source"].vocab
        if steps < 1 or back_steps < steps:
            raise ValueError(f"k1 is {steps} and k2 is {back_steps}; 1 <= k1 <= k2 works")
        if not 0 <= forget <= 1:
            raise ValueError(f"forget is {forget}; it is a share, 0 to 1")
        if tied and rnn.input == "one-hot":
            raise ValueError("one-hot input has no embeddings for the output to share; tied=False")
        if eos and vocab.eos_id is None:
            raise ValueError("this Vocab has no <eos>; with_specials(corpus) gives it one")
        self.vocab, self.eos, self.steps, self.back_steps = vocab, eos, steps, back_steps
        self.forget = forget
        self.encoder = Encoder(vocab, rnn, vectors, bidirectional=False)
        n_states, n_shared = self.encoder.size, self.encoder.embedding.size
        self.project: nn.Linear | None = None
        self.weight: nn.Parameter | None = None
        if not tied:
            self.weight = nn.Parameter(torch.empty(len(vocab), n_states).normal_(std=0.1))
        elif n_states != n_shared:
            self.project = nn.Linear(n_states, n_shared)
        self.bias = nn.Parameter(torch.zeros(len(vocab)))
        self.start_epoch()
        self._sizes: tuple[EncodedCorpus, Sizes] | None = None

    @classmethod
    def for_dataset(
        cls,
        train: Examples,
        recipe: Recipe[Any] | RNNConfig | None = None,
        *,
        vectors: WordVectors | None = None,
        eos: bool = True,
        seed: int | None = None,
        **options: Any,
    ) -> Self:
        """A model for this data set (see `stream_of`).

        `recipe`: its options (None: `cls.recipe`; an RNNConfig: that one's, with this network), of
        which `options` change some. `vectors`: what the embeddings begin with. `eos` as in the
        constructor. `seed`: None is that of the recipe's training.
        """
        whole = cls.recipe_for(train, recipe, options)
        config: LanguageModelConfig = whole.options
        seed = whole.seed_or(seed)
        torch.manual_seed(seed)
        vocab = train.vocab
        matrix = None
        if vectors is not None:
            matrix = vocab.embedding_matrix(vectors, oov="normal", seed=seed)
        model = cls(
            {"source": Side(vocab, train.text_config)}, whole.network, vectors=matrix, eos=eos,
            **config.to_json(),
        )  # fmt: skip
        model.recipe = whole
        return model

    @property
    def text_config(self) -> TextConfig:
        """How text becomes tokens; ValueError for a model that was made without."""
        text = self.sides["source"].text
        if text is None:
            raise ValueError("this model does not know how text becomes its tokens")
        return text

    def _logits(self, states: Tensor) -> Tensor:
        """(..., H) -> (..., V)."""
        if self.project is not None:
            states = self.project(states)
        table = self.encoder.embedding.table if self.weight is None else None
        weight = self.weight if table is None else table.weight
        assert weight is not None
        return functional.linear(states, weight, self.bias)

    # ---- training

    def start_epoch(self) -> None:
        """Begin at the start of the streams."""
        # The state before the tokens `_past`, which a gradient may still reach.
        self._carried: State | None = None
        self._past: Tensor | None = None

    def carried(self) -> dict[str, Tensor]:
        """The state of each stream, and the tokens behind it that a gradient may still reach."""
        found = {f"state {n}": part for n, part in enumerate(self._carried or ())}
        return found if self._past is None else found | {"past": self._past}

    def carry_on(self, carried: dict[str, Tensor]) -> None:
        """Go on in the middle of the streams."""
        carried = {name: value.to(self.device) for name, value in carried.items()}
        self._past = carried.pop("past", None)
        self._carried = tuple(carried[f"state {n}"] for n in range(len(carried))) or None

    def batches(
        self, dataset: Examples, batch_size: int, seed: int, epoch: int, *, pin_memory: bool
    ) -> Iterable[Batch]:
        """The corpus in order, each row from where it ended in the batch before."""
        return Streams(self._corpus(dataset), batch_size, self.steps, eos=self.eos)

    def loss(self, batch: Batch) -> Loss:
        """Mean cross entropy (nats) of the targets; the state goes on to the next batch."""
        assert batch.targets is not None
        ids = batch.inputs if self._past is None else torch.cat([self._past, batch.inputs], dim=1)
        # The next batch begins with the last tokens of this one: its gradient reaches them.
        n_kept = min(self.back_steps - self.steps, ids.shape[1])
        before, kept = ids[:, : ids.shape[1] - n_kept], ids[:, ids.shape[1] - n_kept :]
        parts, state = [], self._some_forgotten(self._carried)
        if before.shape[1]:
            states, state = self.encoder.carry(before, state)
            parts.append(states)
        self._carried = None if state is None else tuple(widened(part.detach()) for part in state)
        if n_kept:
            states, _ = self.encoder.carry(kept, state)
            parts.append(states)
        self._past = kept if n_kept else None
        states = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
        logits = self._logits(states[:, -batch.targets.shape[1] :])
        mean = functional.cross_entropy(
            widened(logits.flatten(0, 1)), batch.targets.flatten(), ignore_index=IGNORE
        )
        return Loss(mean, int((batch.targets != IGNORE).sum()))

    # ---- scores

    def _some_forgotten(self, state: State | None) -> State | None:
        """The state with zeros for a few rows, any, in training: they begin anew."""
        if state is None or not self.training or not self.forget:
            return state
        kept = torch.rand(state[0].shape[1], 1, device=state[0].device) >= self.forget
        return tuple(part * kept for part in state)

    def evaluate(self, dataset: Examples, batch_size: int = 64) -> dict[str, float]:
        """Of a corpus read in order: "loss" (nats) and "perplexity" of a token, <eos> included.

        "word_perplexity": of a word between white space, so that tokenizers can be compared;
        "unknown": the share of tokens that are <unk>, which are easy to predict; for models of
        characters "bits_per_char", where <eos> stands for the newline. It is read in up to
        `batch_size` streams, fewer where they would be short.
        """
        corpus = self._corpus(dataset)
        nats = torch.zeros((), dtype=torch.float64, device=self.device)
        n_targets = 0
        for losses, known in self._losses(corpus, batch_size):
            nats += losses.sum(dtype=torch.float64)
            n_targets += int(known.sum())
        return self._scores(float(nats), n_targets, corpus)

    def report(self, dataset: Examples, batch_size: int = 64) -> Report:
        """Scores, what they are of, and the intervals of those of a token.

        Drawn anew are blocks of the stream, since neighbouring tokens are not independent: n
        tokens are n^(2/3) blocks of one length, 1000 at most. So a block grows with the text, and
        lines, which may be of a few tokens each, are not what is drawn.
        """
        corpus = self._corpus(dataset)
        nats = self._nats_of(corpus, batch_size)
        n_blocks = min(_BLOCKS, round(len(nats) ** (2 / 3)))
        ends = np.linspace(0, len(nats), n_blocks + 1).astype(np.int64)
        blocks = np.stack([np.add.reduceat(nats, ends[:-1]), np.diff(ends)], axis=1)
        low, high = bootstrap(blocks, lambda totals: float(totals[0] / totals[1]))
        lowest, highest = self._of_loss(low), self._of_loss(high)
        intervals = enough({name: (lowest[name], highest[name]) for name in lowest}, n_blocks)
        scores = self._scores(float(nats.sum()), len(nats), corpus)
        return Report(scores, intervals, signatures_of(self.text_config, eos=self.eos))

    def _scores(self, nats: float, n_targets: int, corpus: EncodedCorpus) -> dict[str, float]:
        loss, n_stream = nats / n_targets, n_targets + 1  # all but the first are targets
        sizes = self._sizes_of(corpus)
        scores = self._of_loss(loss)
        scores["word_perplexity"] = _exp(loss * n_stream / max(1, sizes.n_words))
        scores["unknown"] = sizes.n_unknown / n_stream
        return scores

    def _of_loss(self, loss: float) -> dict[str, float]:
        """The scores that follow from the mean loss of a token."""
        scores = {"loss": loss, "perplexity": _exp(loss)}
        if self.text_config.tokenizer == "char":
            scores["bits_per_char"] = loss / math.log(2)
        return scores

    def _nats_of(self, corpus: EncodedCorpus, batch_size: int) -> NDArray[np.float64]:
        """(N,) of each target in the order of the stream.

        All is one array from the start: small ones that are kept between the logits of stretches
        hold the memory of these fast.
        """
        n_rows = self._n_rows(corpus, batch_size)
        width = len(StreamBatches(corpus, n_rows, 1, eos=self.eos))
        losses, is_target = np.zeros((n_rows, width), np.float32), np.zeros((n_rows, width), bool)
        start = 0
        for found, known in self._losses(corpus, batch_size):
            stop = start + found.shape[1]
            losses[:, start:stop], is_target[:, start:stop] = found.cpu().numpy(), known.numpy()
            start = stop
        return losses[is_target].astype(np.float64)  # row after row

    def _n_rows(self, corpus: EncodedCorpus, batch_size: int) -> int:
        return max(1, min(batch_size, corpus.n_tokens // _COLD))

    @torch.inference_mode()
    def _losses(self, corpus: EncodedCorpus, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Of the streams, stretch by stretch: nats (B, T) on the device, and where a target is."""
        self.eval()
        n_rows = self._n_rows(corpus, batch_size)
        steps = max(1, min(4 * LanguageModelConfig.steps, _LOGITS // (n_rows * len(self.vocab))))
        state: State | None = None
        for inputs, targets in lm_batches(corpus, n_rows, steps, eos=self.eos):
            logits, state = self.logits(inputs.to(self.device), state)
            losses = functional.cross_entropy(
                logits.flatten(0, 1),
                targets.flatten().to(self.device),
                ignore_index=IGNORE,
                reduction="none",
            )
            yield losses.view_as(targets), targets != IGNORE

    def _corpus(self, dataset: Examples) -> EncodedCorpus:
        """The corpus of a data set in its own order, under this model's vocabulary."""
        corpus = dataset.inputs
        if not isinstance(corpus, EncodedCorpus) or dataset.rows is not None:
            raise ValueError("a language model reads a whole corpus in order; cut() makes parts")
        if corpus.vocab is not self.vocab and corpus.vocab.tokens != self.vocab.tokens:
            raise ValueError(f"{corpus.name} has another vocabulary than the model; encode it anew")
        return corpus

    def _sizes_of(self, corpus: EncodedCorpus) -> Sizes:
        if self._sizes is None or self._sizes[0] is not corpus:
            self._sizes = corpus, sizes_of(corpus, self.text_config, eos=self.eos)
        return self._sizes[1]

    def predict(self, texts: Iterable[str], batch_size: int = 64) -> Iterator[TextScore]:
        """How likely each text is, as a line of its own behind a line end, in the order given.

        TypeError for a str, which is one text.
        """
        return self._predictions(as_items(texts, "texts"), batch_size)

    def _predictions(self, texts: Iterable[str], batch_size: int) -> Iterator[TextScore]:
        texts = iter(texts)
        while chunk := list(islice(texts, _TEXTS_AT_ONCE)):
            corpus = encode_lines(chunk, self.text_config, vocab=self.vocab)
            ends = [self.vocab.eos_id] if self.eos else []
            rows = [np.array([*ends, *line, *ends], np.int64) for line in corpus]
            order = sorted(range(len(rows)), key=lambda row: -len(rows[row]))
            scores: dict[int, TextScore] = {}
            for start in range(0, len(rows), batch_size):
                chosen = order[start : start + batch_size]
                found = self._log_probs([rows[row] for row in chosen])
                for row, log_probs in zip(chosen, found, strict=True):
                    scores[row] = _score(self.vocab.decode(rows[row][1:]), log_probs)
            yield from (scores[row] for row in range(len(rows)))

    @torch.inference_mode()
    def _log_probs(self, rows: list[NDArray[np.int64]]) -> list[list[float]]:
        """For rows of ids, the longest first: log P of each id but the first."""
        self.eval()
        lengths = [max(0, len(row) - 1) for row in rows]
        padded = np.zeros((len(rows), max(lengths) + 1), np.int64)
        for number, row in enumerate(rows):
            padded[number, : len(row)] = row
        ids = torch.from_numpy(padded).to(self.device)
        found: list[list[float]] = [[] for _ in rows]
        state: State | None = None
        step = max(1, _LOGITS // (len(rows) * len(self.vocab)))
        for start in range(0, max(lengths), step):
            n_rows = sum(length > start for length in lengths)  # the others have ended
            stop = min(start + step, max(lengths))
            if state is not None:
                state = tuple(part[:, :n_rows].contiguous() for part in state)
            logits, state = self.logits(ids[:n_rows, start:stop], state)
            log_probs = logits.log_softmax(2)
            targets = ids[:n_rows, start + 1 : stop + 1, None]
            for number, values in enumerate(log_probs.gather(2, targets).squeeze(2).tolist()):
                found[number] += values[: lengths[number] - start]
        return found

    # ---- text that goes on

    def generate(
        self,
        prompt: str = "",
        sampling: Sampling = Sampling(),  # noqa: B008 - frozen
        *,
        max_tokens: int = 200,
        seed: int = 1,
        stop_at_eos: bool = True,
    ) -> Iterator[str]:
        """What follows a prompt, in pieces of text, as it is made; without the prompt.

        The same seed gives the same text. A line end in the text is a "\\n"; with `stop_at_eos`
        the first one ends it, and is not given. ValueError where there is nothing to begin with:
        an empty prompt for a model without <eos>.
        """
        return read_prompt(self, prompt).go_on(
            sampling, max_tokens=max_tokens, seed=seed, stop_at_eos=stop_at_eos
        )

    def step(self, ids: Tensor, state: State | None) -> tuple[Tensor, State | None]:
        """ids (B,) and the state before them -> logits (B, V) of the next ones, the state after."""
        logits, after = self.logits(ids[:, None], state)
        return logits[:, 0], after

    def logits(self, ids: Tensor, state: State | None) -> tuple[Tensor, State]:
        """The same for ids (B, T): logits (B, T, V) of what follows each, the state after all."""
        states, after = self.encoder.carry(ids, state)
        return self._logits(states), after


def _score(tokens: list[str], log_probs: Sequence[float]) -> TextScore:
    total = math.fsum(log_probs)
    return TextScore(tokens, list(log_probs), total, _exp(-total / max(1, len(tokens))))


def _exp(nats: float) -> float:
    """e^nats; where no float is large enough, the largest that JSON can hold."""
    return math.exp(min(nats, 709.0))
