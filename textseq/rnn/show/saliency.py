"""Saliency: which words of a text have decided its label.

In: a model of labels and a text. Out: a number for each token, by integrated gradients
(Sundararajan et al., 2017). The numbers of a text add up to how much more the model believes in
the label than it would without any word. The model is not changed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from textseq.rnn.models.label_model import LabelModel
from textseq.text.vocab import Vocab

PATH_STEPS = 32  # places on the way from no words to the text where gradients are taken
_TOKENS_AT_ONCE = 1 << 13


class Saliency(NamedTuple):
    """A text and its tokens: where each stands in the text, and what it adds to the log odds.

    `text` is the text after cleaning, `spans` (start, stop) in it; `weights` are natural logarithms
    of odds, above 0 for the label and below 0 against it. Tokens behind `max_length` have none.
    """

    label: str
    text: str
    tokens: list[str]
    spans: list[tuple[int, int]]
    weights: list[float]


def explain(
    model: LabelModel, text: str, label: str | None = None, steps: int = PATH_STEPS
) -> Saliency:
    """What each token of a text adds to the log odds of a label (None: of the predicted one).

    Gradients of log p(label) / p(others), in the calibrated model, are taken at `steps` points on
    the straight line from vectors of zeros to those of the text, and their mean is multiplied by
    the vectors; the n-grams of the text, which have no vectors, come in by as much. Of a model of
    label sets they are the log odds of one label against its absence; of a model of numbers (label
    None) the number itself. ValueError for a label that the model does not have.
    """
    if not isinstance(text, str):
        raise TypeError(f"a {type(text).__name__} was given; explain takes one text, a str")
    cleaned, tokens, spans = _tokens(model, text)
    labels = (
        model.sides["labels"].vocab if "labels" in model.sides else Vocab(["value"], specials=())
    )
    if label is not None and label not in labels:
        raise ValueError(f"label {label!r} is none of {', '.join(labels.tokens[:20])}")
    examples = model.examples_of([text])
    batch = examples.batch([0]).to(model.device)
    ids, lengths = batch.inputs[:, : model.max_length], batch.lengths.clamp(max=model.max_length)
    was_training = model.training
    model.eval()
    # cuDNN has no gradients of recurrent layers in evaluation mode.
    with torch.backends.cudnn.flags(enabled=False):
        with torch.no_grad():
            vectors = model.embedding(ids)
            if label is None:
                label = labels.tokens[int(model.calibrated(ids, lengths).argmax())]
        weights = _integrated(model, vectors, ids, lengths, labels[label], steps)
    model.train(was_training)
    n_tokens = min(len(tokens), model.max_length)
    return Saliency(label, cleaned, tokens[:n_tokens], spans[:n_tokens], weights[:n_tokens])


def _tokens(model: LabelModel, text: str) -> tuple[str, list[str], list[tuple[int, int]]]:
    from textseq.text.cleaning.steps import make_cleaner
    from textseq.text.tokens.tokenizer import load_tokenizer

    config = model.sides["source"].text
    assert config is not None
    text = text.encode("utf-8", "replace").decode("utf-8")
    cleaned, tokenizer = make_cleaner(config.steps)(text), load_tokenizer(config)
    return cleaned, tokenizer.split(cleaned), tokenizer.spans(cleaned)


def _integrated(
    model: LabelModel, vectors: Tensor, ids: Tensor, lengths: Tensor, label_id: int, steps: int
) -> list[float]:
    """(1, T, D) -> T numbers. The middle of each step is looked at, which is exact to 1/steps^2."""
    total = torch.zeros_like(vectors[0])
    linear, bias = _of_ngrams(model, ids, lengths)
    total_of_linear = torch.zeros_like(linear[0])
    at_once = max(1, _TOKENS_AT_ONCE // ids.shape[1])
    for part in torch.split(torch.arange(steps, device=vectors.device), at_once):
        shares = ((part + 0.5) / steps)[:, None, None]
        points = (vectors * shares).requires_grad_(True)
        linear_points = (linear * shares).requires_grad_(True)

        def instead(*_: Any, points: Tensor = points) -> Tensor:
            return points

        hook = model.embedding.register_forward_hook(instead)
        try:
            n_points = len(part)
            logits = model(ids.expand(n_points, -1), lengths.expand(n_points)) / model.temperature
        finally:
            hook.remove()
        explained = log_odds if model.target is None else model.target.explained
        odds = explained(logits + linear_points.sum(dim=1) + bias, label_id)
        slopes = torch.autograd.grad(odds.sum(), (points, linear_points))
        total += slopes[0].sum(dim=0)
        total_of_linear += slopes[1].sum(dim=0)
    added = (total * vectors[0]).sum(dim=1) + (total_of_linear * linear[0]).sum(dim=1)
    weights: list[float] = (added / steps).tolist()
    return weights


def _of_ngrams(model: LabelModel, ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """(1, T, C) what the n-grams of each token add to the logits, and (C,) what all texts have."""
    if model.ngrams is None:
        return torch.zeros(*ids.shape, model.n_labels, device=ids.device), ids.new_zeros(())
    share = model.ngrams.share
    return share * model.ngrams.by_token(ids, lengths), share * model.ngrams.bias


def log_odds(logits: Tensor, label_id: int) -> Tensor:
    """log p / (1 - p) of a label, of logits (B, C) -> (B,)."""
    others = torch.cat([logits[:, :label_id], logits[:, label_id + 1 :]], dim=1)
    if not others.shape[1]:
        return logits[:, label_id]  # the only label there is
    return logits[:, label_id] - others.logsumexp(dim=1)
