"""Prompt: a text that a language model has read, and the texts that follow it.

In: a model and a prompt of one line or several. Out: what follows, piece by piece, as often as
wanted: the prompt is read once. How the next token is chosen is decoding.py's business, how tokens
become text that of text_stream.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor

from textseq.config import TextConfig
from textseq.rnn.layers.cells import State
from textseq.rnn.layers.decoding import Sampling, generate_ids
from textseq.rnn.layers.encoder import Encoder
from textseq.rnn.models.text_stream import TextStream
from textseq.text.cleaning.steps import make_cleaner
from textseq.text.tokens.tokenizer import load_tokenizer
from textseq.text.vocab import Vocab

_PROMPT_TOKENS_AT_ONCE = 1024  # tokens of a prompt that are read in one step


class Continues(Protocol):
    """A model that goes on with a text: a LanguageModel, which stands above this file."""

    vocab: Vocab
    eos: bool
    encoder: Encoder

    @property
    def text_config(self) -> TextConfig:
        """How prompts are prepared."""

    @property
    def device(self) -> torch.device:
        """Where its weights are."""

    def eval(self) -> object:
        """Nothing is dropped from here on."""

    def step(self, ids: Tensor, state: State | None) -> tuple[Tensor, State | None]:
        """The last ids (B,) and the state -> logits (B, V) of the next ones, and the state."""


class Prompt:
    """A prompt that a model has read: `text` as its tokens say it, `unknown` words of it."""

    def __init__(
        self, model: Continues, lines: list[list[str]], last_id: int, state: State | None
    ) -> None:
        self._model, self._last_id, self._state = model, last_id, state
        self._join = load_tokenizer(model.text_config).join
        self._line = lines[-1]
        self.text = "\n".join(map(self._join, lines))
        self.unknown = [token for line in lines for token in line if token not in model.vocab]

    def go_on(
        self, sampling: Sampling, *, max_tokens: int = 200, seed: int = 1, stop_at_eos: bool = True
    ) -> Iterator[str]:
        """See `LanguageModel.generate`."""
        vocab, eos_id = self._model.vocab, self._model.vocab.eos_id
        # What a text cannot hold; <eos> too, where the model has never seen it.
        banned = [word_id for word_id in vocab.special_ids if word_id != eos_id]
        if eos_id is not None and not self._model.eos:
            banned.append(eos_id)
        stream = TextStream(self._join)
        stream.start(self._line)
        first = torch.tensor([self._last_id], device=self._model.device)
        for ids in generate_ids(
            self._model.step, self._state, first, max_tokens=max_tokens, banned=banned,
            eos_id=eos_id if stop_at_eos else None, sampling=sampling, seeds=[seed],
        ):  # fmt: skip
            word_id = int(ids)
            if word_id != eos_id:
                yield stream.add(vocab.tokens[word_id])
                continue
            yield stream.end_line() + ("" if stop_at_eos else "\n")
            if stop_at_eos:
                return
        yield stream.end_line()


@torch.inference_mode()
def read_prompt(model: Continues, prompt: str) -> Prompt:
    """Read a prompt; ValueError where there is nothing to begin with: an empty one, without <eos>.

    An empty prompt stands for the beginning of a line.
    """
    model.eval()
    vocab = model.vocab
    clean, tokenizer = make_cleaner(model.text_config.steps), load_tokenizer(model.text_config)
    lines = [tokenizer.split(clean(line)) for line in prompt.split("\n")]
    ids: list[int] = []
    for line in lines:
        if model.eos:
            assert vocab.eos_id is not None
            ids.append(vocab.eos_id)  # of the line before it
        ids += vocab.encode_words(line).tolist()
    if not ids:
        raise ValueError(
            "the prompt is empty, and this model was trained without <eos>, which could begin "
            "a text; give a prompt"
        )
    state: State | None = None
    for start in range(0, len(ids) - 1, _PROMPT_TOKENS_AT_ONCE):
        stretch = ids[start : min(start + _PROMPT_TOKENS_AT_ONCE, len(ids) - 1)]
        _, state = model.encoder.carry(torch.tensor([stretch], device=model.device), state)
    return Prompt(model, lines, ids[-1], state)
