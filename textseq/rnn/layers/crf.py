"""CRF: tags of a sentence chosen together, by scores of each tag and of each step between two.

In: emissions (B, T, K), the score of each tag at each position, and the true lengths. Out: the log
likelihood of given tags, the best tags (Viterbi) and the probability of each tag at each position.
Training knows no forbidden steps; decoding keeps to legal ones (data/tag_schemes.py). Nothing
here knows words, and nothing depends on padding or on the other rows of a batch.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from textseq.rnn.data.batch import mask_of

# A forbidden step costs this much: more than any scores can outweigh, and still a number, so that
# there is a best path where no path is allowed (one word, and only B-X and E-X to choose from).
FORBIDDEN = -1e4


class CRF(nn.Module):
    """A linear-chain CRF (Lafferty et al., 2001).

    `steps` (K + 1, K + 1) are the scores of one tag before another, with the begin as last row
    and the end as last column; `legal`, of the same shape, says which ones decoding may take.
    """

    legal: Tensor

    def __init__(self, legal: NDArray[np.bool_] | Tensor) -> None:
        super().__init__()
        self.n_tags = len(legal) - 1
        self.steps = nn.Parameter(torch.zeros(len(legal), len(legal)))
        # It follows from the tags, which are in the folder of the model already.
        self.register_buffer("legal", torch.as_tensor(legal), persistent=False)

    def nll(
        self, emissions: Tensor, tags: Tensor, lengths: Tensor, known: Tensor | None = None
    ) -> Tensor:
        """(B, T, K), tags (B, T) 0..K-1, lengths (B,) of 1 and more -> -log p(tags), (B,).

        What stands in `tags` behind the end of a sentence does not matter, as long as it is a tag;
        nor where `known` (B, T) is False: there the sum is over all tags.
        """
        scores = self.path_score(emissions, tags, lengths)
        if known is not None:
            gaps = (~known & mask_of(emissions, lengths)).any(dim=1)
            if bool(gaps.any()):
                given = functional.one_hot(tags[gaps], self.n_tags).bool()
                allowed = emissions[gaps].masked_fill(~given & known[gaps, :, None], FORBIDDEN)
                of_gaps = self.log_partition(allowed, lengths[gaps.to(lengths.device)])
                scores = scores.masked_scatter(gaps, of_gaps)
        return self.log_partition(emissions, lengths) - scores

    def path_score(self, emissions: Tensor, tags: Tensor, lengths: Tensor) -> Tensor:
        """(B,): the scores of the tags and of the steps between them, begin and end included."""
        inside = mask_of(emissions, lengths)
        of_tags = emissions.gather(2, tags[:, :, None]).squeeze(2)
        of_steps = self.steps[tags[:, :-1], tags[:, 1:]]
        total = (of_tags * inside).sum(1) + (of_steps * inside[:, 1:]).sum(1)
        last = tags.gather(1, lengths.to(tags.device)[:, None] - 1).squeeze(1)
        return total + self.steps[-1, tags[:, 0]] + self.steps[last, -1]

    def log_partition(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """(B,): the log of the sum of exp(score) over all paths (the forward algorithm)."""
        alpha = _forward(emissions, self.steps, mask_of(emissions, lengths))[-1]
        return torch.logsumexp(alpha + self.steps[:-1, -1], dim=1)

    def decode(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """(B, T): the best legal tags (Viterbi); behind the end of a sentence, anything."""
        steps, inside = self.allowed_steps(), mask_of(emissions, lengths)
        best = steps[-1, :-1] + emissions[:, 0]
        came_from = []
        for pos in range(1, emissions.shape[1]):
            scores, before = (best[:, :, None] + steps[:-1, :-1]).max(dim=1)
            best = torch.where(inside[:, pos, None], scores + emissions[:, pos], best)
            came_from.append(before)
        tag = (best + steps[:-1, -1]).argmax(dim=1)
        path = [tag]
        for pos in range(emissions.shape[1] - 1, 0, -1):
            # Behind the end, the last tag is handed down to where the sentence ends.
            before = came_from[pos - 1].gather(1, tag[:, None]).squeeze(1)
            tag = torch.where(inside[:, pos], before, tag)
            path.append(tag)
        return torch.stack(path[::-1], dim=1)

    def marginals(self, emissions: Tensor, lengths: Tensor) -> Tensor:
        """(B, T, K): the probability of each tag at each position, given the legal paths."""
        steps, inside = self.allowed_steps(), mask_of(emissions, lengths)
        alphas = _forward(emissions, steps, inside)
        beta = steps[:-1, -1].expand_as(alphas[0])  # what is still to come, up to the end
        betas = [beta]
        for pos in range(emissions.shape[1] - 1, 0, -1):
            ahead = (beta + emissions[:, pos])[:, None, :] + steps[:-1, :-1]
            beta = torch.where(inside[:, pos, None], torch.logsumexp(ahead, dim=2), beta)
            betas.append(beta)
        return torch.softmax(torch.stack(alphas, 1) + torch.stack(betas[::-1], 1), dim=2)

    def allowed_steps(self) -> Tensor:
        return self.steps.masked_fill(~self.legal, FORBIDDEN)


def _forward(emissions: Tensor, steps: Tensor, inside: Tensor) -> list[Tensor]:
    """T times (B, K): the log of the sum over all paths up to a position that end in each tag.

    alpha_1 = begin + e_1;  alpha_t[j] = e_t[j] + log sum_i exp(alpha_{t-1}[i] + steps[i, j]).
    Behind the end of a sentence alpha stays.
    """
    alphas = [steps[-1, :-1] + emissions[:, 0]]
    for pos in range(1, emissions.shape[1]):
        ahead = torch.logsumexp(alphas[-1][:, :, None] + steps[:-1, :-1], dim=1)
        alphas.append(torch.where(inside[:, pos, None], ahead + emissions[:, pos], alphas[-1]))
    return alphas
