"""Phrases: words that stand together more often than by chance become one token, New_York.

In: sentences, each an iterable of words. Out: counts of words and pairs, scores, and the sentences
with phrases as single tokens (phrase_finder.py). The vocabulary that the default score multiplies
by counts words and pairs together, as gensim's does. Folders of it hold no pickle.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from textseq.compat.gensim.models.phrase_finder import (
    ENGLISH_CONNECTOR_WORDS,
    _PhrasesTransformation,
)
from textseq.compat.gensim.models.phrase_scores import (
    NEGATIVE_INFINITY,
    SCORERS,
    Scorer,
    find_scorer,
    npmi_scorer,
    original_scorer,
)
from textseq.compat.gensim.utils import prune_vocab

__all__ = [
    "ENGLISH_CONNECTOR_WORDS",
    "FrozenPhrases",
    "Phraser",
    "Phrases",
    "npmi_scorer",
    "original_scorer",
]

_KIND = "gensim-phrases"
_MADE_BY = "Phrases(...).save(FOLDER)"


class _SavedPhrases(_PhrasesTransformation):
    """What both kinds of phrases have on disk: options, and a number for each token."""

    scoring: Scorer
    delimiter: str
    _numbers: str  # the attribute that has them
    _options: tuple[str, ...]  # numbers, too

    def save(self, fname_or_handle: str | os.PathLike[str], *_: Any, **__: Any) -> None:
        """Write a folder, whole or not at all; one that textseq wrote is replaced.

        NotImplementedError for a scoring function of one's own, which only a pickle could hold.
        """
        from textseq.arrays import save_array
        from textseq.artifact import new_folder, write_config
        from textseq.text.vocab.token_file import write_tokens

        name = next((name for name, scorer in SCORERS.items() if scorer is self.scoring), None)
        if name is None:
            raise NotImplementedError(
                "a scoring function of your own is not saved; 'default' and 'npmi' are"
            )
        numbers: dict[str, float] = getattr(self, self._numbers)
        options: dict[str, Any] = {name: getattr(self, name) for name in self._options}
        options |= {"scoring": name, "delimiter": self.delimiter, "holds": self._numbers}
        options["connector_words"] = sorted(self.connector_words)
        with new_folder(fname_or_handle, overwrite=True) as folder:
            write_config(folder, _KIND, options)
            write_tokens(folder / "tokens.txt", list(numbers))
            save_array(folder / "numbers.npy", np.array(list(numbers.values()), np.float64))

    @classmethod
    def load(cls, fname: str | os.PathLike[str]) -> Self:
        """The phrases of a folder; ValueError for one that is damaged or holds the other kind."""
        from textseq.arrays import open_array
        from textseq.artifact import read_config, read_whole
        from textseq.text.vocab.token_file import read_tokens

        def read(folder: Path) -> tuple[dict[str, Any], list[str], NDArray[np.float64]]:
            config = read_config(folder, _KIND, made_by=_MADE_BY)
            tokens = read_tokens(folder / "tokens.txt")
            return config, tokens, open_array(folder / "numbers.npy", np.float64, (len(tokens),))

        if Path(fname).is_file():
            raise ValueError(
                f"{fname} is a file, and a pickle if gensim saved it; where gensim is installed, "
                f"`python -m textseq.compat.gensim.convert {fname} FOLDER` makes a folder of it"
            )
        config, tokens, numbers = read_whole(fname, read)
        if config.get("holds") != cls._numbers:
            raise ValueError(f"{fname} holds {config.get('holds')}, not {cls._numbers}")
        found = cls.__new__(cls)
        try:
            for name in cls._options:
                if not isinstance(config[name], int | float):
                    raise TypeError(f"no number as {name}")
                setattr(found, name, config[name])
            found.connector_words = frozenset(map(str.__str__, config["connector_words"]))
            found.delimiter = str.__str__(config["delimiter"])
            found.scoring = SCORERS[config["scoring"]]
            setattr(found, cls._numbers, dict(zip(tokens, cls._checked(numbers), strict=True)))
        except (KeyError, TypeError) as error:
            raise ValueError(f"{fname} is damaged: {error}") from None
        return found

    @staticmethod
    def _checked(numbers: NDArray[np.float64]) -> list[Any]:
        """The numbers of the tokens; TypeError for some that can be none."""
        if not np.isfinite(numbers).all():
            raise TypeError("numbers that are not finite")
        return list(numbers.tolist())


class Phrases(_SavedPhrases):
    """Counts of words and pairs, from which phrases are told by their score."""

    _numbers = "vocab"
    _options = (
        "min_count", "threshold", "max_vocab_size", "progress_per", "min_reduce",
        "corpus_word_count",
    )  # fmt: skip

    def __init__(
        self,
        sentences: Iterable[Iterable[str]] | None = None,
        min_count: float = 5,
        threshold: float = 10.0,
        max_vocab_size: int = 40_000_000,
        delimiter: str = "_",
        progress_per: int = 10_000,
        scoring: str | Scorer = "default",
        connector_words: Iterable[str] = frozenset(),
    ) -> None:
        """`connector_words` may stand inside a phrase and are not scored; ValueError for options
        out of range and a scoring function that does not take what scores are made of."""
        super().__init__(connector_words)
        if min_count <= 0:
            raise ValueError("min_count should be at least 1")
        if scoring == "default" and threshold <= 0:
            raise ValueError("threshold should be positive for default scoring")
        if scoring == "npmi" and not -1 <= threshold <= 1:
            raise ValueError("threshold should be between -1 and 1 for npmi scoring")
        self.scoring = find_scorer(scoring)
        self.min_count, self.threshold = min_count, threshold
        self.max_vocab_size, self.delimiter = max_vocab_size, delimiter
        self.progress_per, self.min_reduce, self.corpus_word_count = progress_per, 1, 0
        self.vocab: dict[str, int] = {}
        if sentences is not None:
            self.add_vocab(sentences)

    def __str__(self) -> str:
        return (
            f"{type(self).__name__}<{len(self.vocab)} vocab, min_count={self.min_count}, "
            f"threshold={self.threshold}, max_vocab_size={self.max_vocab_size}>"
        )

    def add_vocab(self, sentences: Iterable[Iterable[str]]) -> None:
        """Add the counts of sentences; where they are more than `max_vocab_size`, rare ones go."""
        counts: Counter[str] = Counter()
        least = 1
        for sentence in sentences:
            words = list(sentence)
            counts.update(self._with_pairs(words))
            self.corpus_word_count += len(words)
            if len(counts) > self.max_vocab_size:
                prune_vocab(counts, least)
                least += 1
        if not self.vocab:
            self.vocab = counts
            return
        self.min_reduce = max(self.min_reduce, least)
        for token, count in counts.items():
            self.vocab[token] = self.vocab.get(token, 0) + count
        if len(self.vocab) > self.max_vocab_size:
            prune_vocab(self.vocab, self.min_reduce)
            self.min_reduce += 1

    def _with_pairs(self, words: list[str]) -> Iterable[str]:
        """The words that are no connectors; behind each but the first, its pair with the last."""
        join, connectors = self.delimiter.join, self.connector_words
        if connectors.isdisjoint(words):
            pairs = map(join, pairwise(words))
            return chain(words[:1], chain.from_iterable(zip(words[1:], pairs, strict=True)))
        found: list[str] = []
        open_phrase: list[str] = []
        for word in words:
            if word not in connectors:
                found.append(word)
                if open_phrase:
                    found.append(join([*open_phrase, word]))
                open_phrase = [word]
            elif open_phrase:
                open_phrase.append(word)
        return found

    def score_candidate(
        self, word_a: str, word_b: str, in_between: list[str]
    ) -> tuple[str | None, float | None]:
        """See there; both words and the phrase have been counted."""
        n_a, n_b = self.vocab.get(word_a, 0), self.vocab.get(word_b, 0)
        if n_a <= 0 or n_b <= 0:
            return None, None
        phrase = self.delimiter.join([word_a, *in_between, word_b])
        n_both = self.vocab.get(phrase, 0)
        if n_both <= 0:
            return None, None
        score = self.scoring(
            worda_count=n_a, wordb_count=n_b, bigram_count=n_both, len_vocab=len(self.vocab),
            min_count=self.min_count, corpus_word_count=self.corpus_word_count,
        )  # fmt: skip
        return (phrase, score) if score > self.threshold else (None, None)

    def export_phrases(self) -> dict[str, float]:
        """All phrases of the vocabulary with their scores."""
        found = {}
        for token in self.vocab:
            parts = token.split(self.delimiter)
            if len(parts) > 1:
                phrase, score = self.score_candidate(parts[0], parts[-1], parts[1:-1])
                if phrase is not None and score is not None:
                    found[phrase] = score
        return found

    def freeze(self) -> FrozenPhrases:
        """The phrases without the counts."""
        return FrozenPhrases(self)

    @staticmethod
    def _checked(numbers: NDArray[np.float64]) -> list[Any]:
        if not ((numbers >= 0) & (numbers < 2.0**53)).all():
            raise TypeError("numbers that are no counts")
        return list(numbers.astype(np.int64).tolist())


class FrozenPhrases(_SavedPhrases):
    """Phrases with their scores, which take no more counts."""

    _numbers = "phrasegrams"
    _options = ("min_count", "threshold")

    def __init__(self, phrases_model: Phrases) -> None:
        super().__init__(phrases_model.connector_words)
        self.threshold, self.min_count = phrases_model.threshold, phrases_model.min_count
        self.delimiter, self.scoring = phrases_model.delimiter, phrases_model.scoring
        self.phrasegrams = phrases_model.export_phrases()

    def __str__(self) -> str:
        return (
            f"{type(self).__name__}<{len(self.phrasegrams)} phrases, min_count={self.min_count}, "
            f"threshold={self.threshold}>"
        )

    def score_candidate(
        self, word_a: str, word_b: str, in_between: list[str]
    ) -> tuple[str | None, float | None]:
        """See there."""
        phrase = self.delimiter.join([word_a, *in_between, word_b])
        score = self.phrasegrams.get(phrase, NEGATIVE_INFINITY)
        return (phrase, score) if score > self.threshold else (None, None)


Phraser = FrozenPhrases
