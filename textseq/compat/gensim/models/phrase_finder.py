"""Phrase finder: what of a sentence is a phrase, whoever scores it.

In: a sentence or a corpus, and a score for each candidate. Out: the same with phrases as one token.
A candidate is two words, and the connector words between them; found from left to right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

ENGLISH_CONNECTOR_WORDS = frozenset((
    "a", "an", "the", "for", "of", "with", "without", "at", "from", "to", "in", "on", "by", "and",
    "or",
))  # fmt: skip


class _PhrasesTransformation:
    """What finds phrases in sentences; `score_candidate` says what is one."""

    def __init__(self, connector_words: Iterable[str]) -> None:
        self.connector_words = frozenset(connector_words)

    def score_candidate(
        self, word_a: str, word_b: str, in_between: list[str]
    ) -> tuple[str | None, float | None]:
        """The phrase of two words and the connector words between them, and its score; or None."""
        raise NotImplementedError

    def analyze_sentence(self, sentence: Iterable[str]) -> Iterator[tuple[str, float | None]]:
        """Phrases with their scores, and the other words with None, in order."""
        start, between = "", []  # a phrase may begin there
        for word in sentence:
            if word in self.connector_words:
                if start:
                    between.append(word)
                else:
                    yield word, None
                continue
            if start:
                phrase, score = self.score_candidate(start, word, between)
                if phrase is not None:
                    yield phrase, score
                    start, between = "", []
                    continue
                yield start, None
                yield from ((each, None) for each in between)
            start, between = word, []
        if start:
            yield start, None
            yield from ((each, None) for each in between)

    def __getitem__(self, sentence: Any) -> Any:
        """A sentence with its phrases joined; of a corpus, an iterable of such sentences."""
        items = iter(sentence)
        first = list(zip(range(1), items, strict=False))
        if first and not isinstance(first[0][1], str):
            again = chain((first[0][1],), items) if items is sentence else sentence
            return PhrasedSentences(self, again)
        words = chain((word for _, word in first), items)
        return [token for token, _ in self.analyze_sentence(words)]

    def find_phrases(self, sentences: Iterable[Iterable[str]]) -> dict[str, float]:
        """The phrases that sentences hold, with their scores."""
        tokens = chain.from_iterable(map(self.analyze_sentence, sentences))
        return {phrase: score for phrase, score in tokens if score is not None}


class PhrasedSentences:
    """A corpus with its phrases joined, each time it is iterated over."""

    def __init__(self, phrases: _PhrasesTransformation, sentences: Any) -> None:
        self.phrases = phrases
        self.sentences = sentences

    def __len__(self) -> int:
        return len(self.sentences)

    def __iter__(self) -> Iterator[list[str]]:
        return (self.phrases[sentence] for sentence in self.sentences)

    def __getitem__(self, number: int) -> list[str]:
        found: list[str] = self.phrases[self.sentences[number]]
        return found
